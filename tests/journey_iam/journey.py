"""The whole journey by a user with one policy, and everything hubmend said on the way."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from hubmend.core.diagnosis import Diagnosis, Health
from hubmend.core.errors import HubmendError
from hubmend.core.resource import Kind, Verdict
from hubmend.core.run import RunResult
from hubmend.flow.decide import Wish
from hubmend.policy import Options
from hubmend.wiring import Hubmend, connect
from tests.journey_iam.guard import ACCOUNT, REGION, GuardedSandbox

_SDK_NAMES = {"states": "stepfunctions", "tagging": "resourcegroupstaggingapi"}
WORKFLOW = {"StartAt": "Pay", "States": {"Pay": {"Type": "Pass", "End": True}}}
TRUST = {"Version": "2012-10-17", "Statement": []}
WORK = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


class Hurried:
    """The machine's time; waiting is cut short."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))


@dataclass
class Told:
    """What came of a journey."""

    lines: list[str] = field(default_factory=list)
    whole: bool = False
    diagnosis: Diagnosis | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def missing(self) -> set[str]:
        """The actions doctor says are missing."""
        checks = self.diagnosis.checks if self.diagnosis else ()
        return {one for check in checks if check.health is Health.MISSING for one in check.actions}


@dataclass
class World:
    """A guarded sandbox with its user; each test gets machines, a role and a log group of its own.

    The sandbox is shared, since starting one takes as long as a journey.
    """

    sandbox: GuardedSandbox
    user: dict[str, str] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def begin(self) -> None:
        """Turn Security Hub on and make the user."""
        self.client("securityhub").enable_security_hub()
        iam = self.client("iam")
        iam.create_user(UserName="journey")
        key = iam.create_access_key(UserName="journey")["AccessKey"]
        self.sandbox.guard.key = key["AccessKeyId"]
        self.user = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": REGION,
        }

    def client(self, service: str) -> Any:
        if service not in self._clients:
            environment = self.sandbox.environment()
            self._clients[service] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.sandbox.endpoint,
                aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
                config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
            )
        return self._clients[service]

    def calls(self) -> Counter[tuple[str, str]]:
        """How often each operation reached the sandbox, by botocore's names."""
        found: Counter[tuple[str, str]] = Counter()
        for (service, operation, _, _), count in self.sandbox.counters.items():
            found[_SDK_NAMES.get(service, service), operation] += count.calls
        return found

    def town(self) -> Town:
        """Make four machines on one role without rights, with findings, and an old log group."""
        town = Town(f"t{next(self._numbers)}")
        iam, role = self.client("iam"), f"machines-{town.tag}"
        made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(WORK))
        managed = iam.create_policy(PolicyName=role, PolicyDocument=json.dumps(WORK))["Policy"]
        iam.attach_role_policy(RoleName=role, PolicyArn=managed["Arn"])
        for name, kind in (
            (town.orders, "STANDARD"),
            (town.cards, "EXPRESS"),
            (town.idle, "STANDARD"),
            (town.quiet, "STANDARD"),
        ):
            self.client("stepfunctions").create_state_machine(
                name=name.rsplit(":", 1)[-1], type=kind, roleArn=made["Arn"],
                definition=json.dumps(WORKFLOW), tags=[{"key": "team", "value": "pay"}],
            )  # fmt: skip
        self.client("logs").create_log_group(logGroupName=town.old_group)
        self.sandbox.clock.advance(61)  # findings follow
        return town

    def alias(self, machine: str) -> None:
        """Send the machine's traffic through alias `live`."""
        states = self.client("stepfunctions")
        version = states.publish_state_machine_version(stateMachineArn=machine)
        route = {"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}
        states.create_state_machine_alias(name="live", routingConfiguration=[route])

    def leave(self, town: Town) -> None:
        for name in (town.orders, town.cards, town.idle, town.quiet):
            self.client("stepfunctions").delete_state_machine(stateMachineArn=name)


@dataclass(frozen=True)
class Town:
    """What one test works on: `orders` runs, `cards` runs and logs to the old group, `idle` not.

    `quiet` is left as it is: its finding is suppressed.
    """

    tag: str

    @property
    def orders(self) -> str:
        return self._arn("orders")

    @property
    def cards(self) -> str:
        return self._arn("cards")

    @property
    def idle(self) -> str:
        return self._arn("idle")

    @property
    def quiet(self) -> str:
        return self._arn("quiet")

    @property
    def old_group(self) -> str:
        return f"/aws/vendedlogs/states/old-{self.tag}"

    def _arn(self, name: str) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}-{self.tag}"


def attach(document: dict[str, Any]) -> None:
    """Make a document the user's only policy."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    iam_backends[ACCOUNT]["aws"].users["journey"].policies = {"only": json.dumps(document)}


async def travel(town: Town, folder: Path, update_versions: str | None = None) -> Told:
    """Run every verb, as far as it goes."""
    told = Told()
    options = Options(regions=(REGION,), store=f"sqlite:///{folder / 'hubmend.sqlite'}")
    async with connect(options, clock=Hurried()) as hub:
        try:
            told.diagnosis = await hub.doctor()
            told.whole = await _verbs(hub, told, town, update_versions)
        except HubmendError as error:
            told.lines.append(str(error))
    return told


async def _verbs(hub: Hubmend, told: Told, town: Town, update_versions: str | None) -> bool:
    before = await hub.scan()
    told.lines += [one.error for one in before.unread]
    told.lines += [row.reason for row in before.resources if row.verdict is Verdict.UNKNOWN]
    wish = Wish(Kind.ENABLE, "ana", level="ALL", update_versions=update_versions)
    await hub.decide(wish, [town.orders, town.idle])
    old = Wish(Kind.ENABLE, "ana", level="ALL", log_group=town.old_group, retention_days=365)
    await hub.decide(old, [town.cards])
    leave = Wish(Kind.SUPPRESS, "ana", "test only", until=date(2099, 1, 1))
    await hub.decide(leave, [town.quiet])
    plan = await hub.plan()
    told.lines += [f"{one.reason} {one.steps}" for one in plan.manual]
    told.lines += [one.reason for one in plan.skipped]
    told.lines += [one.text for one in plan.notes]
    applied = await hub.apply(plan)
    hear(told, applied)
    inputs = {one: ("{}",) for one in (town.orders, town.cards) if one in plan.resources}
    answers = await hub.verify(applied.run, inputs=inputs, wait=timedelta(seconds=3))
    told.lines += [f"{one.configuration.why} {one.proof.why}" for one in answers]
    proved = [one.proof.status for one in answers if one.arn in inputs]
    back = await hub.rollback(applied.run)
    hear(told, back)
    after = await hub.scan()
    same = [_logging(row) for row in before.resources] == [_logging(row) for row in after.resources]
    return applied.ok and back.ok and proved == ["proved"] * 2 and same


def hear(told: Told, result: RunResult) -> None:
    told.lines += [f"{one.error} {' '.join(one.notes)}" for one in result.resources]


def _logging(row: Any) -> Sequence[Any]:
    return (row.arn, row.level, row.log_group_arn, row.verdict)
