"""A plan lists what its changes need and the remediating identity lacks, before any call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Missing
from hubmend.core.ports import Identity
from hubmend.core.resource import Kind
from hubmend.flow.decide import Wish, decide
from hubmend.flow.missing import RESOURCES_A_CALL
from tests.fakes.world import ACCOUNT, REGION, machine_arn, role_arn
from tests.flow.bench import Bench

OTHER = "222233334444"
ME = f"arn:aws:iam::{ACCOUNT}:user/tester"


def denied(operation: str) -> AwsError:
    return AwsError(ErrorKind.DENIED, "AccessDenied", "no", f"iam:{operation}")


def simulations(bench: Bench) -> list[Call]:
    """Collect the questions about whoever makes the changes, from now on."""
    asked: list[Call] = []

    def watch(call: Call) -> None:
        if call.operation == "SimulatePrincipalPolicy" and "PolicyInputList" not in call.params:
            asked.append(call)

    bench.aws.interfere = watch
    return asked


async def test_nothing_is_missing_where_all_is_allowed() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.enable()
    made = await bench.plan()
    assert made.missing == ()
    assert made.notes == ()


async def test_what_is_missing_is_told_with_who_lacks_it_and_where() -> None:
    bench = Bench()
    bench.aws.machine("m", bench.aws.role("r"))
    bench.aws.world.denied |= {"iam:PutRolePolicy", "iam:PassRole", "states:StartExecution"}
    await bench.enable()
    assert (await bench.plan()).missing == (
        Missing(ACCOUNT, ME, "iam:PassRole", (role_arn("r"),)),
        Missing(ACCOUNT, ME, "iam:PutRolePolicy", (role_arn("r"),)),
    )


async def test_what_an_undo_needs_belongs_to_its_change() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.aws.world.denied.add("logs:DeleteLogGroup")
    await bench.enable()
    assert [one.action for one in (await bench.plan()).missing] == ["logs:DeleteLogGroup"]


async def test_only_what_the_plan_does_is_asked_about() -> None:
    bench = Bench()
    bench.aws.group("/mine", 365)
    bench.aws.machine("m", bench.aws.role("able", rights=True))
    await bench.enable(log_group="/mine")
    asked = simulations(bench)
    await bench.plan()
    actions = {action for call in asked for action in call.params["ActionNames"]}
    assert actions == {"states:UpdateStateMachine", "iam:PassRole"}


async def test_a_plan_without_changes_asks_nothing() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.scan()
    asked = simulations(bench)
    assert (await bench.plan()).changes == ()
    assert asked == []


async def test_many_machines_are_asked_about_together_some_at_a_time() -> None:
    bench = Bench()
    role = bench.aws.role("able", rights=True)
    count = RESOURCES_A_CALL + 1
    for number in range(count):
        bench.aws.machine(f"m{number:03}", role)
    await bench.enable()
    bench.aws.world.denied.add("states:UpdateStateMachine")
    asked = simulations(bench)
    (lacking,) = (await bench.plan()).missing
    assert len(lacking.resources) == count
    sizes = [len(call.params["ResourceArns"]) for call in asked]
    assert max(sizes) == RESOURCES_A_CALL
    assert len(asked) == 5  # groups in two, machines in two, the one role in one


async def test_another_account_is_asked_about_its_remediate_role() -> None:
    bench = Bench()
    bench.aws.machine("m", account=OTHER)
    await bench.scan(Target(OTHER, REGION))
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), [machine_arn("m", OTHER)])
    bench.aws.world.denied.add("states:UpdateStateMachine")
    (lacking,) = (await bench.plan()).missing
    role = f"arn:aws:iam::{OTHER}:role/HubmendRemediate"
    assert (lacking.account, lacking.principal) == (OTHER, role)


class Who:
    """The fake AWS, asked by another identity."""

    def __init__(self, aws: Any, arn: str) -> None:
        self._aws, self._arn = aws, arn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._aws, name)

    async def identity(self) -> Identity:
        return Identity(ACCOUNT, self._arn, "aws")


async def planned_by(arn: str, refused: Sequence[str] = ()) -> Any:
    bench = Bench()
    bench.aws.machine("m", bench.aws.role("r"))
    bench.aws.role("Admin")
    await bench.enable()
    bench.aws.world.denied.add("iam:PassRole")
    bench.aws.refused.update({one: denied(one) for one in refused})
    bench.context = replace(bench.context, gateway=Who(bench.aws, arn))
    return await bench.plan()


async def test_a_session_of_a_role_is_asked_about_as_that_role() -> None:
    made = await planned_by(f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/ana")
    assert [one.principal for one in made.missing] == [role_arn("Admin")]


@pytest.mark.parametrize(
    ("arn", "refused", "why"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", [], "IAM simulates roles and users only"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Nobody/ana", [], "IAM simulates roles"),
        (ME, ["SimulatePrincipalPolicy"], "iam:SimulatePrincipalPolicy: AccessDenied: no"),
    ],
)
async def test_what_cannot_be_told_is_said_once_per_account(
    arn: str, refused: list[str], why: str
) -> None:
    made = await planned_by(arn, refused)
    assert made.missing == ()
    (note,) = [note for note in made.notes if note.resource == ACCOUNT]
    assert why in note.text
    assert note.text.endswith("compare with hubmend iam-policy remediate")


async def test_credentials_that_end_meanwhile_stop_the_plan() -> None:
    bench = Bench()
    bench.aws.machine("m", bench.aws.role("able", rights=True))
    await bench.enable()
    expired = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "iam:Simulate")

    def end(call: Call) -> None:
        if call.operation == "SimulatePrincipalPolicy" and "PolicyInputList" not in call.params:
            raise expired

    bench.aws.interfere = end
    with pytest.raises(AwsError, match="over"):
        await bench.plan()
