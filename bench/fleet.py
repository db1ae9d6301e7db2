"""The journey of a fleet under AWS's quotas: scan, plan, apply, verify and rollback, as commands.

    python -m bench.fleet --machines 300 --accounts 3 --regions 3

makes so many failing machines in the embedded AWS, spread over accounts and regions. It refuses
what is beyond AWS's published quotas (F§4); printed is what each command took, how many of its
calls were refused, and what was estimated. Half of the machines share a role, some have one of
their own, and most roles lack the rights to deliver logs.
"""

from __future__ import annotations

import argparse
import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3

from hubmend.core.plan import load_plan
from hubmend.report.estimate import estimate
from hubmend.sandbox import Sandbox
from hubmend.sandbox.moto_states import normal_logging, states_backend
from hubmend.sandbox.sample_accounts import create_accounts, create_roles, role_arn
from tests.journey.terminal import Terminal, in_sandbox

ACCOUNTS = {
    "111122223333": "payments-prod", "222233334444": "data-dev", "333344445555": "shared-services",
}  # fmt: skip
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
DEFINITION = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
POLICY = """\
[scope]
accounts = {accounts}
regions = {regions}

[[rules]]
match = {{ name = "*" }}
decision = "enable"
level = "ALL"
"""


@dataclass(frozen=True)
class Step:
    """What one command took, and how many of its calls AWS refused for their number."""

    name: str
    seconds: float
    calls: int
    throttled: int


@dataclass
class Fleet:
    """A sandbox with machines in every target, and a terminal to work on it."""

    sandbox: Sandbox
    terminal: Terminal
    accounts: Sequence[str]
    steps: list[Step] = field(default_factory=list)

    def command(self, *arguments: str) -> Any:
        """Run a command and remember what it took; return its JSON document."""
        calls, throttled = self._counted()
        began = time.monotonic()
        document = self.terminal.json(*arguments, code=None)
        seconds = time.monotonic() - began
        now = self._counted()
        self.steps.append(Step(arguments[0], seconds, now[0] - calls, now[1] - throttled))
        return document

    def estimated(self) -> int:
        """Return how many seconds apply was said to take."""
        return estimate(load_plan((self.terminal.folder / "plan.json").read_text())).seconds

    def picture(self) -> dict[str, Any]:
        """Return what a rollback must restore: logging, groups and role policies."""
        return {account: picture(account) for account in self.accounts}

    def _counted(self) -> tuple[int, int]:
        counts = list(self.sandbox.counters.values())
        return sum(one.calls for one in counts), sum(one.throttled for one in counts)


@contextmanager
def fleet(
    machines: int, folder: Path, accounts: int = 3, regions: int = 3, propagation: float = 2.0
) -> Iterator[Fleet]:
    """Make a fleet, and put AWS's quotas on; new rights are seen `propagation` seconds later."""
    ids, names = tuple(ACCOUNTS)[:accounts], REGIONS[:regions]
    with Sandbox(empty=True, propagation=propagation) as sandbox:
        create_accounts([{"id": one, "name": ACCOUNTS[one], "unit": "all"} for one in ids])
        for account in ids:
            _machines(account, names, machines // accounts)
            _security_hub(sandbox, account)
        sandbox.clock.advance(60)
        policy = POLICY.format(accounts=json.dumps(ids), regions=json.dumps(names))
        (folder / "hubmend.toml").write_text(policy, encoding="utf-8")
        switch = f"{sandbox.endpoint}/hubmend/quotas"
        urllib.request.urlopen(switch, b'{"enabled": true}', timeout=10).close()  # noqa: S310 - loopback
        terminal = replace(in_sandbox(folder, sandbox.environment()), longest=3600)
        yield Fleet(sandbox, terminal, ids)


def _machines(account: str, regions: Sequence[str], count: int) -> None:
    """Make an account's machines, spread over the regions."""
    shared = {"account": account, "name": "shared", "kind": "plain"}
    ready = {"account": account, "name": "ready", "kind": "delivering"}
    own = [{**shared, "name": f"own-{number}"} for number in range(count // 10)]
    create_roles([shared, ready, *own])
    for number in range(count):
        # Of ten machines five share a role without rights, four a role with, one has its own.
        ours = own[number // 10 % len(own)] if own and number % 10 == 0 else ready
        role = shared if number % 2 else ours
        states_backend(account, regions[number % len(regions)]).create_state_machine(
            name=f"machine-{number:04}",
            definition=DEFINITION,
            roleArn=role_arn(role),
            tags=[],
            sm_type="EXPRESS" if number % 4 == 0 else "STANDARD",
        )


def _security_hub(sandbox: Sandbox, account: str) -> None:
    environment = sandbox.environment()
    own = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    sts = own.client("sts", "us-east-1", endpoint_url=sandbox.endpoint)
    role = f"arn:aws:iam::{account}:role/HubmendRemediate"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="fleet")["Credentials"]
    there = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    for region in REGIONS:
        there.client("securityhub", region, endpoint_url=sandbox.endpoint).enable_security_hub()


def picture(account: str) -> dict[str, Any]:
    """Return the part of an account that apply changes, from moto's own objects."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import
    from moto.logs.models import logs_backends  # noqa: PLC0415

    found: dict[str, Any] = {
        role.name: dict(role.policies) for role in iam_backends[account]["aws"].roles.values()
    }
    for region in REGIONS:
        for machine in states_backend(account, region).state_machines:
            found[machine.arn] = normal_logging(machine.loggingConfiguration)
        for name, group in logs_backends[account][region].groups.items():
            found[f"{region} {name}"] = group.retention_in_days
    return found


def walk(made: Fleet) -> dict[str, Any]:
    """Go the whole way; return the documents of the commands."""
    scan = made.command("scan")
    plan = made.command("plan", "-o", "plan.json")
    applied = made.command("apply", "plan.json", "--yes")
    verified = made.command("verify", applied["run"])
    changed = made.picture()
    back = made.command("rollback", applied["run"], "--yes")
    return {"scan": scan, "plan": plan, "apply": applied, "verify": verified, "rollback": back,
            "changed": changed}  # fmt: skip


def report(made: Fleet, steps: Sequence[Step]) -> None:
    """Print what was seen."""
    print(f"{'command':10}{'seconds':>9}{'calls':>8}{'throttled':>11}")
    for step in steps:
        share = step.throttled / max(1, step.calls)
        print(f"{step.name:10}{step.seconds:9.1f}{step.calls:8}{step.throttled:6} {share:.1%}")
    print(f"apply was estimated at {made.estimated()} s")
    for (service, operation, account, region), one in sorted(made.sandbox.counters.items()):
        if one.throttled:
            print(f"  {service}:{operation} {account} {region}: {one.throttled} of {one.calls}")


def main() -> None:
    """Run the journey from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=300)
    parser.add_argument("--accounts", type=int, default=3, choices=(1, 2, 3))
    parser.add_argument("--regions", type=int, default=3, choices=(1, 2, 3))
    parser.add_argument("--propagation", type=float, default=8.0)
    given = parser.parse_args()
    sizes = (given.accounts, given.regions, given.propagation)
    with TemporaryDirectory() as folder, fleet(given.machines, Path(folder), *sizes) as made:
        before = made.picture()
        seen = walk(made)
        report(made, made.steps)
        verdicts = {one["status"] for one in seen["apply"]["resources"]}
        print(f"apply: {seen['apply']['status']} ({', '.join(sorted(verdicts))}); rollback: "
              f"{seen['rollback']['status']}; as before: {made.picture() == before}")  # fmt: skip


if __name__ == "__main__":
    main()
