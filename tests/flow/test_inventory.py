"""A scan from claims: joined with the live machines, doubts read, everything that differs said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from hubmend.core import asff
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind
from hubmend.core.inventory import Claim, Gathered, Wanted
from hubmend.core.resource import Finding, Kind, Remark, RemarkKind, Scan, Source, Verdict
from hubmend.core.settings import Scope, Settings
from hubmend.flow import scan as scan_flow
from hubmend.flow.decide import Wish, decide
from hubmend.flow.inventory import FEW as FEW_MACHINES
from hubmend.flow.inventory import list_first
from hubmend.flow.refresh import refreshed
from hubmend.flow.scan import Asked, begin, resume
from hubmend.flow.tags import FEW
from tests.fakes.findings import CONTROL, KIND, details
from tests.fakes.findings import asff as a_finding
from tests.fakes.world import ACCOUNT, REGION, logs_to, machine_arn
from tests.flow.bench import HERE, Bench, scan

THERE = Target("444455556666", "eu-west-1")
DENIED = AwsError(ErrorKind.DENIED, "AccessDeniedException", "not you", "states:X")
ENDED = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "states:X")


@dataclass
class FakeInventory:
    """The `Inventory` port with what it tells written down."""

    gathered: Gathered = field(default_factory=Gathered)
    source: Source = Source.HUB
    asked: int = 0

    async def gather(self, targets: Sequence[Target]) -> Gathered:  # noqa: ARG002 - written down
        self.asked += 1
        return self.gathered


def claim(bench: Bench, name: str, status: str = "FAILED", **more: Any) -> Claim:
    """A finding's claim, seen now."""
    now = bench.clock.now().isoformat()
    where = {"account": ACCOUNT, "region": REGION, **more}
    document = a_finding(name, status, LastObservedAt=now, **where)
    return asff.parse(document, CONTROL, KIND).claims[0]


async def told(
    bench: Bench, *claims: Claim, thorough: bool = False, wanted: Wanted = Wanted.HUB, **more: Any
) -> Scan:
    inventory = FakeInventory(Gathered({HERE: claims}, **more))
    return await scan(bench.context, [HERE], asked=Asked(wanted, [inventory], thorough=thorough))


def remarks(seen: Scan) -> list[tuple[RemarkKind, str]]:
    return [(one.kind, one.subject.rsplit(":", 1)[-1]) for one in seen.remarks]


def described(bench: Bench) -> list[str]:
    """Record the names of the machines that are described from now on."""
    names: list[str] = []

    def watch(call: Any) -> None:
        if call.operation == "DescribeStateMachine":
            names.append(call.params["stateMachineArn"].rsplit(":", 1)[-1])

    bench.aws.interfere = watch
    return names


def operations(bench: Bench) -> Counter[str]:
    """Count the calls from now on, by operation."""
    counted: Counter[str] = Counter()
    bench.aws.interfere = lambda call: counted.update([call.operation])
    return counted


async def test_machines_whose_finding_is_clear_are_not_read() -> None:
    bench = Bench()
    bench.aws.machine("off")
    bench.aws.machine("on", logging=logs_to("/g"))
    read = described(bench)
    seen = await told(
        bench, claim(bench, "on", "PASSED", details=details("ALL")), claim(bench, "off")
    )
    assert [(row.name, row.verdict, row.source) for row in seen.resources] == [
        ("off", Verdict.FAILED, Source.HUB), ("on", Verdict.PASSED, Source.HUB),
    ]  # fmt: skip
    assert (read, seen.remarks, seen.source) == ([], (), "Security Hub + Step Functions")
    assert seen.source_why == "asked for"
    assert await bench.store.last_scan() == seen


async def test_deleted_new_and_disagreeing_machines_are_each_said() -> None:
    bench = Bench()
    bench.aws.machine("new")
    bench.aws.machine("fixed", logging=logs_to("/g"))
    bench.aws.machine("broken")
    read = described(bench)
    seen = await told(
        bench,
        claim(bench, "deleted"),
        claim(bench, "fixed", details=details("ALL")),
        claim(bench, "broken", "WARNING"),
    )
    assert remarks(seen) == [
        (RemarkKind.DISAGREES, "broken"), (RemarkKind.DELETED, "deleted"),
        (RemarkKind.DISAGREES, "fixed"), (RemarkKind.NO_FINDING, "new"),
    ]  # fmt: skip
    assert sorted(read) == ["broken", "fixed", "new"]
    verdicts = {row.name: (row.verdict, row.source) for row in seen.resources}
    assert verdicts == {
        "broken": (Verdict.FAILED, Source.API), "fixed": (Verdict.PASSED, Source.API),
        "new": (Verdict.FAILED, Source.API),
    }  # fmt: skip
    assert "the machine itself: logging is off" in seen.remarks[0].text


async def test_what_config_does_not_tell_is_read_without_calling_it_a_difference() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bare = Claim(Source.CONFIG, machine_arn("m"), HERE)
    inventory = FakeInventory(Gathered({HERE: [bare]}), Source.CONFIG)
    seen = await scan(
        bench.context, [HERE], asked=Asked(Wanted.CONFIG, [FakeInventory(), inventory])
    )
    assert remarks(seen) == [(RemarkKind.DOUBT, "m")]
    assert seen.source == "AWS Config + Step Functions"


async def test_a_doubtful_machine_is_unknown_when_refused_and_gone_when_deleted() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.aws.refused = {"DescribeStateMachine": DENIED, "ListStateMachines": DENIED}
    seen = await told(bench, claim(bench, "m", "WARNING"))
    assert seen.resources[0].verdict is Verdict.UNKNOWN
    assert "its finding says WARNING, and states:X" in seen.resources[0].reason
    assert "not compared with the machines that exist now" in seen.remarks[0].text
    bench.aws.refused = {"ListStateMachines": DENIED}
    bench.aws.world.machines.clear()
    gone = await told(bench, claim(bench, "m", "WARNING"))
    assert (gone.resources, remarks(gone)[1:]) == ((), [(RemarkKind.DELETED, "m")])


@pytest.mark.parametrize("bulk", [True, False], ids=["in bulk", "bulk refused"])
async def test_many_doubts_have_their_tags_read_in_bulk(bulk: bool) -> None:
    bench = Bench()
    names = [f"m{number:02d}" for number in range(FEW + 5)]
    for name in names:
        bench.aws.machine(name).tags["team"] = name
    bench.aws.refused = {} if bulk else {"GetResources": DENIED}
    asked: Counter[str] = Counter()

    def watch(call: Any) -> None:
        asked[call.operation] += 1

    bench.aws.interfere = watch
    seen = await told(bench, *(claim(bench, name, "WARNING") for name in names))
    assert [row.tags for row in seen.resources] == [{"team": name} for name in names]
    assert asked["GetResources"] == 1
    assert asked["ListTagsForResource"] == (FEW if bulk else len(names))


async def test_a_new_machine_that_is_deleted_while_it_is_read_is_gone() -> None:
    bench = Bench()
    bench.aws.machine("m")

    def delete(call: Any) -> None:
        if call.operation == "DescribeStateMachine":
            bench.aws.world.machines.clear()

    bench.aws.interfere = delete
    assert remarks(await told(bench)) == [(RemarkKind.DELETED, "m")]


async def test_credentials_that_end_end_the_scan_of_the_target() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.aws.refused = {"DescribeStateMachine": ENDED}
    seen = await told(bench, claim(bench, "m", "WARNING"))
    assert seen.resources == ()
    (unread,) = seen.unread
    assert unread.error == f"{ENDED}, then run hubmend scan --resume"


async def test_beyond_a_thousand_machines_the_join_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan_flow, "THOROUGH", 0)
    bench = Bench()
    bench.aws.machine("new")
    seen = await told(bench, claim(bench, "deleted"))
    assert [row.name for row in seen.resources] == ["deleted"]
    assert "scan --join compares" in seen.remarks[0].text
    compared = await told(bench, claim(bench, "deleted"), thorough=True)
    assert remarks(compared) == [(RemarkKind.DELETED, "deleted"), (RemarkKind.NO_FINDING, "new")]


async def test_a_target_the_source_is_silent_about_is_read_itself_and_said() -> None:
    bench = Bench()
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    odd = Remark(RemarkKind.ODD, "finding", "left out: no resource")
    gathered = Gathered({HERE: [claim(bench, "near")]}, {THERE: "no finding here"}, (odd,))
    seen = await scan(
        bench.context, [HERE, THERE], asked=Asked(Wanted.HUB, [FakeInventory(gathered)])
    )
    assert [(row.name, row.source) for row in seen.resources] == [
        ("near", Source.HUB), ("far", Source.API),
    ]  # fmt: skip
    assert [one.text for one in seen.remarks] == [
        "left out: no resource", "read from Step Functions: no finding here",
    ]  # fmt: skip


async def test_why_a_target_was_read_itself_is_still_said_after_a_resume() -> None:
    bench = Bench()
    first = Gathered({}, {HERE: "no finding near", THERE: "no finding far"})
    await _unlisted_there(bench, Asked(Wanted.HUB, [FakeInventory(first)]))
    second = Asked(Wanted.HUB, [FakeInventory(Gathered({}, {THERE: "still none"}))])
    resumed = await (await resume(bench.context, second)).whole()
    assert [row.name for row in resumed.resources] == ["near", "far"]
    assert [(one.subject, one.text) for one in resumed.remarks] == [
        (str(HERE), "read from Step Functions: no finding near"),
        (str(THERE), "read from Step Functions: still none"),
    ]


async def _unlisted_there(bench: Bench, reading: Asked) -> Scan:
    """Scan a machine near and one far, whose target cannot be listed."""
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)

    async def refused_there(target: Target, call: Call) -> None:
        if target == THERE and call.operation == "ListStateMachines":
            raise DENIED

    undisturbed, bench.aws.meanwhile = bench.aws.meanwhile, refused_there
    seen = await scan(bench.context, [HERE, THERE], asked=reading)
    bench.aws.meanwhile = undisturbed
    assert [one.account for one in seen.unread] == [THERE.account]
    return seen


async def test_what_was_said_of_the_source_is_still_said_after_every_resume(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan_flow, "THOROUGH", 0)
    bench = Bench()
    odd = [Remark(RemarkKind.ODD, f"finding {number}", "left out") for number in range(3)]
    gathered = Gathered({HERE: [claim(bench, "near")]}, {THERE: "no finding"}, (odd[0],))
    seen = await _unlisted_there(bench, Asked(Wanted.HUB, [FakeInventory(gathered)]))
    uncompared = seen.remarks[1]
    assert uncompared.subject == str(HERE)
    assert "not compared with the machines that exist now" in uncompared.text
    bench.hub.fault = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time", "securityhub:X")
    for remark in odd[1:]:
        again = Asked(Wanted.HUB, [FakeInventory(Gathered({}, {THERE: "none"}, (remark,)))])
        resumed = await (await resume(bench.context, again)).whole()
        assert await bench.store.last_scan() == resumed
    assert [one for one in resumed.remarks if one.kind is RemarkKind.ODD] == odd
    assert uncompared in resumed.remarks


async def test_what_was_said_of_the_source_is_still_said_after_a_kill() -> None:
    bench = Bench()
    odd = Remark(RemarkKind.ODD, "finding", "left out")
    asked = Asked(Wanted.HUB, [FakeInventory(Gathered({}, {HERE: "none"}, (odd,)))])
    scanning = await begin(bench.context, [HERE], asked=asked)
    await bench.store.start_scan(scanning.head)
    resumed = await (await resume(bench.context)).whole()
    assert odd in resumed.remarks


async def test_a_resumed_scan_names_every_source_that_was_read_and_why() -> None:
    bench = Bench()
    seen = await _unlisted_there(bench, Asked(Wanted.API))
    assert (seen.source, seen.source_why) == ("Step Functions", "asked for")
    bench.hub.fault = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time", "securityhub:X")
    silent = FakeInventory(Gathered(silent={THERE: "Security Hub is off"}))
    for _ in range(2):
        scanning = await resume(bench.context, Asked(Wanted.AUTO, [silent]))
        told = (scanning.head.source, scanning.head.source_why)
        assert told == ("Step Functions", "asked for; resumed: auto: Security Hub is off")
        await scanning.whole()
    far = claim(bench, "far", account=THERE.account, region=THERE.region)
    hub = FakeInventory(Gathered({THERE: [far]}))
    resumed = await (await resume(bench.context, Asked(Wanted.HUB, [hub]))).whole()
    assert [row.source for row in resumed.resources] == [Source.API, Source.HUB]
    assert resumed.source == "Step Functions + Security Hub"


async def test_a_custom_level_told_by_findings_is_held_against_claims() -> None:
    bench = Bench()
    bench.aws.machine("m", logging=logs_to("/g", "ALL"))
    one = claim(bench, "m", "FAILED", details=details("ALL"))
    seen = await told(bench, one, levels={HERE: "ERROR"})
    assert (seen.resources[0].verdict, seen.resources[0].source) == (Verdict.FAILED, Source.HUB)


async def test_auto_takes_the_first_source_that_tells_of_many() -> None:
    bench = Bench()
    many = [claim(bench, f"m{number}") for number in range(101)]
    hub = FakeInventory(Gathered(silent={HERE: "Security Hub is off"}))
    config = FakeInventory(Gathered({HERE: many}), Source.CONFIG)
    for one in many:
        bench.aws.machine(one.arn.rsplit(":", 1)[-1])
    seen = await scan(bench.context, [HERE], asked=Asked(Wanted.AUTO, [hub, config]))
    assert (seen.source, len(seen.resources)) == ("AWS Config + Step Functions", 101)
    assert seen.source_why == "auto: it tells of 101 machines, a hundred a call"


async def test_few_machines_that_are_listed_need_no_source() -> None:
    bench = Bench()
    bench.aws.machine("m")
    inventory, asked = FakeInventory(), operations(bench)
    few = await list_first(bench.context, REGION, Wanted.AUTO)
    seen = await scan(bench.context, [HERE], asked=Asked(Wanted.AUTO, [inventory], first=few))
    assert [row.name for row in seen.resources] == ["m"]
    assert seen.source_why == "auto: few enough to read one by one"
    assert (inventory.asked, asked["ListStateMachines"]) == (0, 1)


@pytest.mark.parametrize(
    ("count", "scope", "wanted", "known"),
    [
        (0, Scope(), Wanted.AUTO, 0),
        (FEW_MACHINES, Scope(), Wanted.API, FEW_MACHINES),
        (FEW_MACHINES + 1, Scope(), Wanted.AUTO, None),
        (1, Scope(), Wanted.HUB, None),
        (1, Scope(regions=("all",)), Wanted.AUTO, None),
    ],
)
async def test_machines_are_listed_first_where_they_may_be_few(
    count: int, scope: Scope, wanted: Wanted, known: int | None
) -> None:
    bench = Bench(Settings(scope=scope))
    for number in range(count):
        bench.aws.machine(f"m{number}")
    first = await list_first(bench.context, REGION, wanted)
    assert (len(first) if isinstance(first, Sequence) else first) == known


@pytest.mark.parametrize("wanted", [Wanted.AUTO, Wanted.API])
async def test_machines_that_cannot_be_listed_are_not_asked_for_twice(wanted: Wanted) -> None:
    bench, inventory = Bench(), FakeInventory(Gathered(silent={HERE: "off"}))
    asked = operations(bench)
    bench.aws.refused = {"ListStateMachines": DENIED}
    first = await list_first(bench.context, REGION, wanted)
    seen = await scan(bench.context, [HERE], asked=Asked(wanted, [inventory], first=first))
    assert [one.error for one in seen.unread] == [str(DENIED)]
    assert asked["ListStateMachines"] == 1


async def test_without_credentials_whoever_asks_who_is_calling_says_so() -> None:
    bench = Bench()

    def refuse(_: Any) -> None:
        raise CredentialsError("no keys")

    bench.aws.interfere = refuse
    assert await list_first(bench.context, REGION, Wanted.AUTO) is None


async def test_auto_reads_few_machines_themselves() -> None:
    bench = Bench()
    bench.aws.machine("m")
    seen = await told(bench, claim(bench, "m"), wanted=Wanted.AUTO)
    assert seen.source_why == "auto: few enough to read one by one"
    assert seen.resources[0].source is Source.API


async def test_auto_without_any_other_source_reads_each_machine_and_says_why() -> None:
    bench = Bench()
    bench.aws.machine("m")
    silent = FakeInventory(Gathered(silent={HERE: "Security Hub is off"}))
    seen = await scan(bench.context, [HERE], asked=Asked(Wanted.AUTO, [silent, FakeInventory()]))
    assert seen.source == "Step Functions"
    assert seen.source_why == "auto: Security Hub is off; there is nothing to ask about"


async def test_asked_for_the_machines_themselves_nobody_else_is_asked() -> None:
    bench = Bench()
    bench.aws.machine("m")
    other = FakeInventory()
    seen = await scan(bench.context, [HERE], asked=Asked(Wanted.API, [other]))
    assert (other.asked, seen.source, seen.source_why) == (0, "Step Functions", "asked for")


async def test_a_direct_scan_says_where_findings_differ() -> None:
    bench = Bench()
    same, lags = bench.aws.machine("same").arn, bench.aws.machine("lags").arn
    bench.aws.machine("new")
    gone = machine_arn("gone")
    bench.hub.found = {
        same: Finding("1", "NEW", "FAILED"), lags: Finding("2", "RESOLVED", "PASSED"),
        gone: Finding("3", "NEW", "FAILED"),
    }  # fmt: skip
    seen = await bench.scan()
    assert remarks(seen) == [
        (RemarkKind.DISAGREES, "lags"), (RemarkKind.NO_FINDING, "new"),
        (RemarkKind.DELETED, "gone"),
    ]  # fmt: skip


async def test_a_machine_that_could_not_be_read_differs_from_nothing() -> None:
    bench = Bench()
    arn = bench.aws.machine("m").arn
    bench.hub.found = {arn: Finding("1", "RESOLVED", "PASSED")}
    bench.aws.refused = {"DescribeStateMachine": DENIED}
    assert (await bench.scan()).remarks == ()


async def _planned(bench: Bench, *claims: Claim) -> list[tuple[str, str | None]]:
    seen = await told(bench, *claims)
    await decide(bench.context, Wish(Kind.ENABLE, "ann"), [row.arn for row in seen.resources])
    bench.clock.advance(1)
    made = await bench.plan()
    return [(one.resource.rsplit(":", 1)[-1], one.level) for one in made.decisions]


async def test_a_plan_reads_what_was_only_told_of_before_it_decides() -> None:
    bench = Bench()
    bench.aws.machine("express", kind="EXPRESS")
    bench.aws.machine("standard")
    decided = await _planned(
        bench, claim(bench, "express", details=None), claim(bench, "standard", details=None)
    )
    assert decided == [("express", "ALL"), ("standard", "ERROR")]


async def test_a_plan_leaves_out_a_told_machine_that_is_gone() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await told(bench, claim(bench, "m"))
    bench.aws.world.machines.clear()
    assert (await bench.plan()).changes == ()
    assert (await bench.plan()).skipped == ()


async def _two_targets_decided(bench: Bench) -> None:
    """Scan a machine here and one there from findings, and decide to enable both."""
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    far = claim(bench, "far", account=THERE.account, region=THERE.region)
    inventory = FakeInventory(Gathered({HERE: [claim(bench, "near")], THERE: [far]}))
    asked = Asked(Wanted.HUB, [inventory])
    seen = await scan(bench.context, [HERE, THERE], asked=asked)
    await decide(bench.context, Wish(Kind.ENABLE, "ann"), [row.arn for row in seen.resources])
    bench.clock.advance(1)


async def test_a_target_whose_level_cannot_be_read_spoils_no_plan_and_is_said() -> None:
    bench = Bench()
    await _two_targets_decided(bench)
    silent = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time", "securityhub:X")
    bench.hub.faults[HERE] = silent
    made = await bench.plan()
    assert {change.target for change in made.changes} == {THERE}
    (skipped,) = made.skipped
    assert skipped.resource == machine_arn("near")
    assert skipped.reason == f"could not be read: the control's logLevel: {silent}"


async def test_a_plan_asks_again_for_a_level_that_the_scan_could_not_read() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.hub.fault = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time", "securityhub:X")
    await bench.scan()
    await decide(bench.context, Wish(Kind.ENABLE, "ann"), [machine_arn("m")])
    assert (await bench.plan()).changes == ()
    bench.hub.fault, bench.hub.level = None, "FATAL"
    made = await bench.plan()
    assert [one.level for one in made.decisions] == ["FATAL"]


async def test_credentials_that_end_end_the_plan() -> None:
    bench = Bench()
    await _two_targets_decided(bench)
    bench.hub.faults[HERE] = ENDED
    with pytest.raises(AwsError, match="over"):
        await bench.plan()


async def test_a_slow_target_keeps_no_other_from_being_read_for_a_plan() -> None:
    bench = Bench()
    await _two_targets_decided(bench)
    read, gate = described(bench), asyncio.Event()

    async def slow_here(target: Target, _: Call) -> None:
        await (gate.wait() if target == HERE else asyncio.sleep(0))

    bench.aws.meanwhile = slow_here
    seen = await bench.store.last_scan()
    assert seen
    again = asyncio.ensure_future(refreshed(bench.context, seen.resources))
    for _ in range(100):
        await asyncio.sleep(0)
    assert read == ["far"]
    gate.set()
    assert [row.source for row in await again] == [Source.API, Source.API]


def test_claims_are_counted_over_targets() -> None:
    one = Claim(Source.HUB, "a", HERE, seen=datetime.min)  # noqa: DTZ901 - never read
    assert Gathered({HERE: [one, replace(one, arn="b")], THERE: [one]}).count == 3
