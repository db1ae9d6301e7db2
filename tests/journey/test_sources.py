"""One scan from three sources: the same verdict per machine, for a hundredth of the calls.

Two accounts with two standards each, one with consolidated findings and one with a finding per
standard; then an organization of 136 targets, whose calls are counted by the sandbox itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import hubmend
from hubmend.core.resource import RemarkKind, Scan, Source
from hubmend.sandbox import Sandbox
from hubmend.sandbox.hub import HubSimulation
from hubmend.sandbox.moto_states import states_backend
from hubmend.sandbox.organization import Built
from hubmend.sandbox.wire import Simulation

HOME, OTHER, REGION, FAR = "111122223333", "222233334444", "ap-northeast-1", "us-east-1"
MANY_ACCOUNTS = [HOME, *(f"{number}" * 12 for number in range(2, 9))]
MANY_REGIONS = [
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
]  # fmt: skip
EACH = 8
DEFINITION = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'


class OpenSandbox(Sandbox):
    """An empty sandbox whose Security Hub a test can reach into."""

    hub: HubSimulation

    def __init__(self) -> None:
        super().__init__(empty=True)

    def _simulations(self, built: Built) -> list[Simulation]:
        made = super()._simulations(built)
        (self.hub,) = (one for one in made if isinstance(one, HubSimulation))
        return made


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenSandbox]:
    with OpenSandbox() as started:
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        yield started


def machine(account: str, region: str, name: str, level: str = "OFF", **more: Any) -> str:
    """Make a machine behind everybody's back; answers its ARN."""
    group = f"arn:aws:logs:{region}:{account}:log-group:/aws/vendedlogs/states/{name}-Logs:*"
    logging = {"level": level, "includeExecutionData": False}
    if level != "OFF":
        logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    made = states_backend(account, region).create_state_machine(
        name=name,
        definition=DEFINITION,
        roleArn=more.get("role", f"arn:aws:iam::{account}:role/{name}"),
        tags=more.get("tags", []),
        loggingConfiguration=logging,
        sm_type=more.get("kind", "STANDARD"),
    )
    return str(made.arn)


def scan(source: str, accounts: list[str], regions: list[str], **more: Any) -> Scan:
    options = hubmend.Options(accounts=tuple(accounts), regions=tuple(regions))

    async def work() -> Scan:
        async with hubmend.connect(options) as hub:
            return await hub.scan(source, **more)

    return asyncio.run(work())


def verdicts(seen: Scan) -> dict[str, str]:
    return {row.arn: row.verdict.value for row in seen.resources}


@pytest.fixture
def truth(sandbox: OpenSandbox) -> dict[str, str]:
    """Twelve machines in four targets, half of them failing; and Security Hub after its look."""
    found = {}
    for account in (HOME, OTHER):
        for region in (REGION, FAR):
            for number in range(3):
                level = ("OFF", "ALL", "FATAL")[number]
                arn = machine(account, region, f"m{number}", level, kind="EXPRESS")
                found[arn] = "FAILED" if level == "OFF" else "PASSED"
            sandbox.hub.enable(account, region, consolidated=account == HOME)
    sandbox.hub.aggregate(HOME, REGION)
    return found


def test_every_source_gives_the_same_verdict_per_machine(truth: dict[str, str]) -> None:
    for source in ("api", "hub", "config", "auto"):
        seen = scan(source, [HOME, OTHER], [REGION, FAR])
        assert verdicts(seen) == truth, source
        assert (seen.unread, seen.exit_code) == ((), 1)
        allowed = {RemarkKind.DOUBT} if source == "config" else set()
        assert {one.kind for one in seen.remarks} <= allowed
        told = {row.source for row in seen.resources}
        assert Source(source if source in ("hub", "config") else "api") in told


def test_without_an_aggregator_or_an_administrator_each_account_is_asked_itself(
    sandbox: OpenSandbox, truth: dict[str, str]
) -> None:
    sandbox.hub.world.aggregators.clear()
    sandbox.hub.world.administrator = "999999999999"
    for source in ("hub", "config"):
        seen = scan(source, [HOME, OTHER], [REGION, FAR])
        assert verdicts(seen) == truth
        assert not [one for one in seen.remarks if one.kind is RemarkKind.SOURCE]


def test_what_findings_do_not_know_yet_is_said_machine_by_machine(
    truth: dict[str, str],
) -> None:
    new = machine(HOME, REGION, "new", "ALL")
    gone = list(truth)[1]
    states_backend(HOME, REGION).delete_state_machine(gone)
    seen = scan("hub", [HOME, OTHER], [REGION, FAR])
    said = {(one.kind, one.subject) for one in seen.remarks}
    assert said == {(RemarkKind.NO_FINDING, new), (RemarkKind.DELETED, gone)}
    assert verdicts(seen) == {arn: said for arn, said in truth.items() if arn != gone} | {
        new: "PASSED"
    }


def test_a_region_without_security_hub_is_read_itself(truth: dict[str, str]) -> None:
    elsewhere = machine(HOME, "eu-west-1", "alone")
    seen = scan("hub", [HOME, OTHER], [REGION, FAR, "eu-west-1"])
    assert verdicts(seen) == {**truth, elsewhere: "FAILED"}
    texts = {one.subject: one.text for one in seen.remarks if one.kind is RemarkKind.SOURCE}
    assert set(texts) == {f"{HOME}/eu-west-1", f"{OTHER}/eu-west-1"}
    assert "Security Hub has no finding of the control here" in texts[f"{HOME}/eu-west-1"]


def test_a_region_without_the_control_is_said_once_whoever_is_asked(
    sandbox: OpenSandbox, truth: dict[str, str]
) -> None:
    without = "ca-west-1"
    far = {machine(account, without, "alone"): "FAILED" for account in (HOME, OTHER)}
    for account in (HOME, OTHER):
        sandbox.hub.enable(account, without)
    for source in ("api", "hub"):
        seen = scan(source, [HOME, OTHER], [REGION, FAR, without])
        assert verdicts(seen) == {**truth, **far}
        said = [one for one in seen.remarks if "does not offer the control" in one.text]
        assert [one.subject for one in said] == [without]


def test_a_suppressed_machine_is_suppressed_whoever_is_asked(
    sandbox: OpenSandbox, truth: dict[str, str]
) -> None:
    arn = next(iter(truth))
    (held,) = (
        finding.asff
        for target in sandbox.hub.world.targets.values()
        for finding in target.findings.values()
        if finding.subject == arn
    )
    held["Workflow"]["Status"] = "SUPPRESSED"
    for source in ("api", "hub", "config"):
        seen = scan(source, [HOME, OTHER], [REGION, FAR])
        assert [row.arn for row in seen.resources if row.suppressed] == [arn], source


@pytest.fixture
def organization(sandbox: OpenSandbox) -> dict[str, str]:
    """1,088 machines over 136 targets, all of which log, so that AWS Config leaves no doubt."""
    found = {}
    for account in MANY_ACCOUNTS:
        for region in MANY_REGIONS:
            for number in range(EACH):
                arn = machine(account, region, f"m{number}", "ERROR")
                found[arn] = "PASSED"
            sandbox.hub.enable(account, region)
    sandbox.hub.aggregate(HOME, MANY_REGIONS[0])
    return found


def calls(sandbox: OpenSandbox) -> int:
    return sum(count.calls for count in sandbox.counters.values())


def test_claims_cost_under_1_percent_of_the_calls_of_the_direct_sweep(
    sandbox: OpenSandbox, organization: dict[str, str]
) -> None:
    spent = {}
    for source in ("api", "hub", "config"):
        before = calls(sandbox)
        seen = scan(source, MANY_ACCOUNTS, MANY_REGIONS)
        spent[source] = calls(sandbox) - before
        assert verdicts(seen) == organization, source
        assert seen.unread == ()
    assert spent["hub"] < spent["api"] / 100, spent
    assert spent["config"] < spent["api"] / 100, spent
