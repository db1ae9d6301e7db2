"""A hub on a clock that tests move and on machines that tests make, without moto or HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hubmend.sandbox.config_service import ConfigSimulation
from hubmend.sandbox.hub import HubSimulation, Machine, Settings
from hubmend.sandbox.wire import Request, Response

ACCOUNT, REGION = "111122223333", "us-east-1"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class AwsError(Exception):
    """An error answer, by its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass
class StoppedClock:
    """A clock that only moves when told."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Machines:
    """A machine source that tests write; changes are stamped with the clock."""

    clock: StoppedClock
    held: dict[tuple[str, str], dict[str, Machine]] = field(default_factory=dict)

    def machines(self, account: str, region: str) -> list[Machine]:
        return list(self.held.get((account, region), {}).values())

    def put(
        self,
        name: str,
        level: str | None = None,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        **more: Any,
    ) -> str:
        arn = f"arn:aws:states:{region}:{account}:stateMachine:{name}"
        logging: dict[str, Any] = {}
        if level is not None:
            group = f"arn:aws:logs:{region}:{account}:log-group:/aws/vendedlogs/states/{name}:*"
            logging = {"level": level, "includeExecutionData": False}
            logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
        place = self.held.setdefault((account, region), {})
        before = place.get(arn)
        now = self.clock.now()
        if before:
            place[arn] = replace(before, logging=logging, changed_at=now, **more)
        else:
            role = f"arn:aws:iam::{account}:role/{name}"
            place[arn] = Machine(arn, name, "STANDARD", role, logging, now, now, **more)
        return arn

    def remove(self, arn: str) -> None:
        for place in self.held.values():
            place.pop(arn, None)


@dataclass
class Bench:
    """A hub, Config beside it, its machines and its clock."""

    clock: StoppedClock
    machines: Machines
    hub: HubSimulation
    config: ConfigSimulation

    def ask(
        self, operation: str, *, account: str = ACCOUNT, region: str = REGION, **arguments: Any
    ) -> dict[str, Any]:
        """Call Security Hub; arguments go by name whatever their place on the wire."""
        return self._answer(self.hub.handle(_request("securityhub", locals())))

    def ask_config(
        self, operation: str, *, account: str = ACCOUNT, region: str = REGION, **arguments: Any
    ) -> dict[str, Any]:
        return self._answer(self.config.handle(_request("config", locals())))

    def findings(self, control: str = "StepFunctions.1", **where: Any) -> list[dict[str, Any]]:
        wanted = [{"Value": control, "Comparison": "EQUALS"}]
        answer = self.ask("GetFindings", Filters={"ComplianceSecurityControlId": wanted}, **where)
        return list(answer["Findings"])

    def finding(self, arn: str) -> dict[str, Any]:
        """The one active finding of a resource."""
        (found,) = [
            finding
            for finding in self.findings()
            if finding["Resources"][0]["Id"] == arn and finding["RecordState"] == "ACTIVE"
        ]
        return found

    def update(self, *findings: dict[str, Any], **fields: Any) -> dict[str, Any]:
        ids = [{"Id": one["Id"], "ProductArn": one["ProductArn"]} for one in findings]
        return self.ask("BatchUpdateFindings", FindingIdentifiers=ids, **fields)

    def settle(self) -> None:
        """Let a configuration change reach its finding: observed now, then all delays."""
        self.hub.observe()
        self.clock.advance(seconds=61)

    def _answer(self, response: Response | None) -> dict[str, Any]:
        assert response is not None
        body: dict[str, Any] = json.loads(response.body)
        if response.status != 200:
            code = response.headers["x-amzn-ErrorType"]
            raise AwsError(code, body.get("Message", body.get("message", "")))
        return body


def _request(service: str, call: dict[str, Any]) -> Request:
    body = json.dumps(call["arguments"]).encode()
    return Request(
        service, call["region"], call["account"], call["operation"], "/", "POST", body, {}, ""
    )


def make_bench(
    *, settings: Settings | None = None, administrator: str | None = None, **options: Any
) -> Bench:
    clock = StoppedClock()
    machines = Machines(clock)
    hub = HubSimulation(
        clock, administrator=administrator, settings=settings, source=machines, **options
    )
    return Bench(clock, machines, hub, ConfigSimulation(clock, hub))
