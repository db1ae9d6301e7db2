"""verify follows finding and score on their own clocks, and hurries AWS Config where it may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.resource import Finding
from hubmend.core.verification import Verification
from hubmend.flow.verify import verify
from tests.fakes.world import machine_arn
from tests.flow.bench import Bench

ARN = machine_arn("a")
MINUTES = timedelta(minutes=5)
DENIED = AwsError(ErrorKind.DENIED, "AccessDeniedException", "not you", "config:X")
ENDED = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "config:X")


async def enabled() -> tuple[Bench, str]:
    """A machine under Security Hub, found failing, then enabled a moment ago."""
    bench = Bench()
    bench.aws.machine("a")
    bench.with_security_hub()
    bench.aws.security_hub.settle()
    await bench.enable()
    run = (await bench.apply(await bench.plan())).run
    bench.aws.security_hub.hub.observe()
    return bench, run


async def one(bench: Bench, run: str, **wishes: Any) -> Verification:
    (answer,) = await verify(bench.context, run, **wishes)
    return answer


async def test_a_finding_that_was_not_followed_yet_says_what_is_missing_and_until_when() -> None:
    bench, run = await enabled()
    answer = await one(bench, run)
    assert answer.finding.status == "pending"
    assert "AWS Config has not recorded the change yet" in answer.finding.why
    assert answer.finding.until
    assert answer.finding.until - bench.clock.now() > timedelta(hours=23)
    assert answer.score.status == "pending"
    assert answer.score.until == answer.finding.until + timedelta(hours=24)
    assert [one.control_status for one in answer.score.standards] == ["Failed", "Failed"]


async def test_once_recorded_the_rule_is_evaluated_and_the_finding_passes_at_once() -> None:
    bench, run = await enabled()
    began = bench.clock.now()
    answer = await one(bench, run, wait=MINUTES)
    assert answer.finding.status == "passed"
    # Config records after 20 seconds; by itself it would judge 40 seconds later.
    assert bench.clock.now() - began < timedelta(seconds=40)
    assert bench.aws.made("StartConfigRulesEvaluation") == 1
    assert answer.score.status == "computed"
    assert {one.control_status for one in answer.score.standards} == {"Passed"}
    assert all((one.now or 0) > (one.before or 0) for one in answer.score.standards)


async def test_what_config_refuses_is_said_and_the_finding_followed_all_the_same() -> None:
    bench, run = await enabled()
    bench.aws.refused = {"StartConfigRulesEvaluation": DENIED}
    bench.clock.advance(25)
    now = await one(bench, run)
    assert "asked to at once it refused: config:X" in now.finding.why
    answer = await one(bench, run, wait=MINUTES)
    assert answer.finding.status == "passed"


async def test_where_the_record_may_not_be_read_the_rule_is_started_once_all_the_same() -> None:
    bench, run = await enabled()
    bench.aws.refused = {"GetResourceConfigHistory": DENIED}
    answer = await one(bench, run, wait=timedelta(seconds=10))
    assert "was asked to judge it" in answer.finding.why
    assert bench.aws.made("StartConfigRulesEvaluation") == 1


async def test_a_machine_config_has_never_recorded_is_waited_for() -> None:
    bench, run = await enabled()
    bench.aws.refused = {
        "GetResourceConfigHistory": AwsError(ErrorKind.NOT_FOUND, "NotDiscovered", "no", "x")
    }
    assert "not recorded the change yet" in (await one(bench, run)).finding.why


@pytest.mark.parametrize("text", ["", "{", "[]", None])
async def test_a_record_that_cannot_be_read_is_no_record(
    text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, run = await enabled()
    whole = bench.aws.read

    async def read(target: Any, call: Call) -> Any:
        if call.operation == "GetResourceConfigHistory":
            return {"configurationItems": [{"configuration": text}]}
        return await whole(target, call)

    monkeypatch.setattr(bench.aws, "read", read)
    assert "not recorded the change yet" in (await one(bench, run)).finding.why


async def test_a_finding_that_names_no_rule_is_waited_for() -> None:
    bench, run = await enabled()
    bench.hub.found = {ARN: Finding("f", "NEW", "FAILED")}
    bench.context = type(bench.context)(**{**vars(bench.context), "hub": bench.hub})
    answer = await one(bench, run)
    assert "names no rule" in answer.finding.why


@pytest.mark.parametrize("operation", ["StartConfigRulesEvaluation", "GetResourceConfigHistory"])
async def test_credentials_that_end_end_the_following(operation: str) -> None:
    bench, run = await enabled()
    bench.clock.advance(25)
    bench.aws.refused = {operation: ENDED}
    with pytest.raises(AwsError, match="over"):
        await one(bench, run)


async def test_scores_that_may_not_be_asked_leave_the_others_standing() -> None:
    bench, run = await enabled()
    bench.context = type(bench.context)(**{**vars(bench.context), "hub": bench.hub})
    bench.hub.score_fault = DENIED
    assert (await one(bench, run)).score.status == "not-available"
    bench.hub.score_fault = ENDED
    with pytest.raises(AwsError, match="over"):
        await one(bench, run)
