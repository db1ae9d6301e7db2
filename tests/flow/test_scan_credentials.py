"""Credentials that end while a scan is under way: what was read is kept, the rest is for later."""

from __future__ import annotations

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, HubmendError
from hubmend.flow.scan import resume
from tests.flow.bench import HERE, Bench
from tests.flow.test_scan import THERE

LOST = CredentialsError("the AWS credentials could not be renewed: no; renew the credentials")
EXPIRED = AwsError(
    ErrorKind.CREDENTIALS, "ExpiredTokenException", "expired", "states:X", "renew the credentials"
)
FAULTS = pytest.mark.parametrize("fault", [LOST, EXPIRED], ids=["not-renewed", "expired"])


def end(bench: Bench, fault: HubmendError, *operations: str) -> None:
    """Let the credentials end in the far target, at these operations."""

    async def ended(target: Target, call: Call) -> None:
        if target == THERE and call.operation in operations:
            raise fault

    bench.aws.meanwhile = ended


def machines(bench: Bench) -> None:
    for target in (HERE, THERE):
        bench.aws.machine("m", account=target.account, region=target.region)


@FAULTS
@pytest.mark.parametrize("operation", ["ListStateMachines", "DescribeStateMachine"])
async def test_credentials_that_end_keep_what_was_read_and_are_for_a_resume(
    fault: HubmendError, operation: str
) -> None:
    bench = Bench()
    machines(bench)
    end(bench, fault, operation)
    seen = await bench.scan(HERE, THERE)
    assert [row.account for row in seen.resources] == [HERE.account]
    (unread,) = seen.unread
    assert unread.account == THERE.account
    assert unread.error == f"{fault}, then run hubmend scan --resume"
    assert seen.exit_code == 3
    assert await bench.store.last_scan() == seen

    end(bench, fault)
    resumed = await (await resume(bench.context)).whole()
    assert [row.account for row in resumed.resources] == [HERE.account, THERE.account]
    assert resumed.unread == ()


async def test_scores_that_cannot_be_asked_any_more_cost_no_row() -> None:
    bench = Bench()
    machines(bench)
    bench.hub.score_fault = LOST
    seen = await bench.scan(HERE)
    assert (len(seen.resources), seen.unread, seen.scores) == (1, (), ())
