"""Over generated findings and days: what was there comes back; nothing failing is resolved."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hubmend.core.call import Call
from hubmend.core.resource import Kind
from hubmend.core.run import RunStatus
from hubmend.flow.decide import Wish, decide
from hubmend.flow.hub.payload import NO_NOTE
from tests.fakes.world import logs_to, machine_arn
from tests.flow.bench import HERE, Bench, run

NAMES = ("a", "b", "c")
text = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
somebodys = st.fixed_dictionaries(
    {},
    optional={
        "Workflow": st.fixed_dictionaries(
            {"Status": st.sampled_from(["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"])}
        ),
        "Note": st.fixed_dictionaries({"Text": text, "UpdatedBy": text}),
        "UserDefinedFields": st.dictionaries(text, text, max_size=3),
    },
).filter(bool)


def bench_with_findings(*, consolidated: bool) -> Bench:
    bench = Bench()
    bench.aws.role("able", rights=True)
    for name in NAMES:
        bench.aws.machine(name, bench.aws.role("able"))
    bench.with_security_hub(consolidated=consolidated)
    return bench


def findings(bench: Bench) -> list[dict[str, Any]]:
    held = bench.aws.security_hub.hub.world.targets.values()
    return [one.asff for target in held for one in target.findings.values()
            if one.control == "StepFunctions.1"]  # fmt: skip


def somebody_writes(bench: Bench, asff: dict[str, Any], fields: dict[str, Any]) -> None:
    identity = {"Id": asff["Id"], "ProductArn": asff["ProductArn"]}
    call = Call("securityhub", "BatchUpdateFindings", {"FindingIdentifiers": [identity], **fields})
    bench.aws.security_hub.ask(HERE, call)


def restored(before: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a rollback must bring back: all of it, save RESOLVED, and a note where none was."""
    status, (said, author), fields = before
    note = (said, author) if said else (NO_NOTE, "hubmend")
    return ("NEW" if status == "RESOLVED" else status, note, fields)


@given(data=st.data(), consolidated=st.booleans())
def test_rollback_restores_workflow_note_and_fields_of_every_finding(
    data: st.DataObject, consolidated: bool
) -> None:
    async def whole() -> None:
        bench = bench_with_findings(consolidated=consolidated)
        for asff in findings(bench):
            if fields := data.draw(st.none() | somebodys):
                somebody_writes(bench, asff, fields)
        before = bench.aws.security_hub.written()
        await bench.suppress()
        made = await bench.plan()
        result = await bench.apply(made)
        assert result.ok
        assert (await bench.rollback(result.run)).status is RunStatus.ROLLED_BACK
        after = bench.aws.security_hub.written()
        touched = {one.call.params["FindingIdentifiers"][0]["Id"] for one in made.changes}
        for name, was in before.items():
            assert after[name] == (restored(was) if name in touched else was)

    run(whole)


class Days(RuleBasedStateMachine):
    """People decide, time passes, machines change, somebody else writes, hubmend plans and applies.

    `theirs` are the findings that somebody else set RESOLVED.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bench = bench_with_findings(consolidated=True)
        self.theirs: set[str] = set()
        self.runs: list[str] = []
        run(self.bench.scan)

    @rule(name=st.sampled_from(NAMES), days=st.integers(0, 3))
    def suppress(self, name: str, days: int) -> None:
        run(lambda: self.bench.suppress(machine_arn(name), days=days))

    @rule(name=st.sampled_from(NAMES))
    def enable(self, name: str) -> None:
        wish = Wish(Kind.ENABLE, "ann", level="ALL")
        run(lambda: decide(self.bench.context, wish, [machine_arn(name)]))

    @rule(hours=st.sampled_from([0.01, 30, 100]))
    def time_passes(self, hours: float) -> None:
        self.bench.clock.advance(hours * 3600)
        self.bench.aws.security_hub.settle()

    @rule(name=st.sampled_from(NAMES), on=st.booleans())
    def somebody_configures(self, name: str, on: bool) -> None:
        machine = self.bench.aws.world.machines[machine_arn(name)]
        machine.logging = logs_to("/g") if on else {}
        self.bench.aws.security_hub.settle()

    @rule(place=st.integers(0, 2), fields=somebodys)
    def somebody_writes(self, place: int, fields: dict[str, Any]) -> None:
        asff = findings(self.bench)[place]
        somebody_writes(self.bench, asff, fields)
        if fields.get("Workflow", {}).get("Status") == "RESOLVED":
            self.theirs.add(str(asff["Id"]))

    @rule()
    def plan_and_apply(self) -> None:
        async def whole() -> None:
            await self.bench.scan()
            made = await self.bench.plan()
            if made.changes:
                self.runs.append((await self.bench.apply(made)).run)

        run(whole)

    @precondition(lambda self: self.runs)
    @rule()
    def rollback(self) -> None:
        last = self.runs.pop()
        run(lambda: self.bench.rollback(last))
        self.bench.aws.security_hub.settle()

    @invariant()
    def hubmend_never_writes_resolved(self) -> None:
        for call in self.bench.aws.calls:
            if call.operation == "BatchUpdateFindings":
                assert call.params["Workflow"]["Status"] in ("NEW", "NOTIFIED", "SUPPRESSED")

    @invariant()
    def nothing_that_fails_is_resolved_save_by_somebody_else(self) -> None:
        for asff in findings(self.bench):
            failing = asff["Compliance"]["Status"] == "FAILED" and asff["RecordState"] == "ACTIVE"
            if failing and asff["Workflow"]["Status"] == "RESOLVED":
                assert asff["Id"] in self.theirs

    @invariant()
    def what_is_suppressed_by_hubmend_is_dated_and_owned(self) -> None:
        for asff in findings(self.bench):
            fields = asff.get("UserDefinedFields") or {}
            if "hubmend-decision" in fields:
                assert fields["hubmend-owner"] == "ann"
                assert fields["hubmend-until"]


TestDays = Days.TestCase
