"""The score after a plan, from the rows of the scan and the changes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hubmend.core.call import Call, Change
from hubmend.core.resource import Finding, Resource, Scan, Score, Verdict
from hubmend.flow.projection import project
from tests.fakes.world import ACCOUNT, REGION, machine_arn
from tests.flow.bench import Bench

STANDARD = "standards/fsbp/v/1.0.0"
BEFORE = Score(ACCOUNT, REGION, STANDARD, 50, "Failed", 1, 2)
FAR = replace(BEFORE, region="eu-north-1")


def change(arn: str, operation: str, service: str = "stepfunctions", **params: Any) -> Change:
    return Change("1", arn, ACCOUNT, REGION, Call(service, operation, params), None, "")


def enabling(name: str) -> Change:
    return change(machine_arn(name), "UpdateStateMachine")


def writing(name: str, status: str) -> Change:
    params = {"Workflow": {"Status": status}}
    return change(machine_arn(name), "BatchUpdateFindings", "securityhub", **params)


async def scanned(*findings: tuple[str, str, str]) -> Scan:
    """Two machines that fail, a and b, with findings as given: name, compliance, workflow."""
    bench = Bench()
    bench.aws.machine("a")
    bench.aws.machine("b")
    bench.hub.found = {
        machine_arn(name): Finding(name, workflow, compliance)
        for name, compliance, workflow in findings
    }
    return replace(await bench.scan(), scores=(BEFORE, FAR))


@pytest.mark.parametrize(
    ("changes", "status", "after"),
    [
        ([enabling("a")], "Failed", 50),
        ([enabling("a"), enabling("b")], "Passed", 100),
        ([enabling("a"), writing("b", "SUPPRESSED")], "Passed", 100),
        ([writing("a", "SUPPRESSED"), writing("b", "SUPPRESSED")], "No data", 100),
        ([writing("a", "NOTIFIED")], "Failed", 50),
        ([change(machine_arn("a"), "BatchUpdateFindings", "securityhub")], "Failed", 50),
        (
            [change(ACCOUNT, "BatchUpdateStandardsControlAssociations", "securityhub",
                    StandardsControlAssociationUpdates=[
                        {"AssociationStatus": "DISABLED", "StandardsArn": f"arn:x::{STANDARD}"}])],
            "Disabled", 100,
        ),
        (
            [change(ACCOUNT, "BatchUpdateStandardsControlAssociations", "securityhub",
                    StandardsControlAssociationUpdates=[
                        {"AssociationStatus": "ENABLED", "StandardsArn": f"arn:x::{STANDARD}"}])],
            "Failed", 50,
        ),
    ],
)  # fmt: skip
async def test_the_score_counts_the_control_as_its_findings_will_say(
    changes: list[Change], status: str, after: int
) -> None:
    seen = await scanned()
    (one,) = project(seen, seen.resources, changes)
    assert (one.before, one.status_before) == (50, "Failed")
    assert (one.after, one.status_after) == (after, status)


async def test_a_suppression_that_stands_keeps_a_finding_out_and_one_that_ends_lets_it_in() -> None:
    seen = await scanned(("b", "FAILED", "SUPPRESSED"))
    (one,) = project(seen, seen.resources, [enabling("a")])
    assert one.status_after == "Passed"
    (one,) = project(seen, seen.resources, [enabling("a"), writing("b", "NEW")])
    assert one.status_after == "Failed"


async def test_a_machine_that_could_not_be_read_counts_as_its_finding_says() -> None:
    seen = await scanned(("a", "WARNING", "NEW"))
    unknown = tuple(replace(row, verdict=Verdict.UNKNOWN) for row in seen.resources)
    seen = replace(seen, resources=unknown)
    (one,) = project(seen, seen.resources, [writing("b", "NEW")])
    assert one.status_after == "Unknown"


async def test_a_standard_without_the_control_does_not_move_and_no_change_projects_nothing() -> (
    None
):
    seen = replace(await scanned(), scores=(replace(BEFORE, control_status="Not checked"),))
    (one,) = project(seen, seen.resources, [enabling("a"), enabling("b")])
    assert (one.after, one.status_after) == (50, "Not checked")
    assert project(seen, seen.resources, []) == []


async def test_rows_read_again_for_the_plan_count_as_they_are() -> None:
    seen = await scanned()
    passing: Resource = replace(seen.resources[1], verdict=Verdict.PASSED)
    (one,) = project(seen, [passing], [enabling("a")])
    assert one.status_after == "Passed"


async def test_a_control_disabled_here_stays_on_elsewhere() -> None:
    seen = await scanned()
    update = {"AssociationStatus": "DISABLED", "StandardsArn": f"arn:x::{STANDARD}"}
    off = change(
        ACCOUNT, "BatchUpdateStandardsControlAssociations", "securityhub",
        StandardsControlAssociationUpdates=[update],
    )  # fmt: skip
    far = replace(enabling("c"), region=FAR.region)
    here, there = project(seen, seen.resources, [off, far])
    assert (here.status_after, there.status_after) == ("Disabled", "No data")
