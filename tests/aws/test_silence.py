"""An endpoint that does not answer is asked twice, left alone for a while, and tried again."""

from __future__ import annotations

import pytest

from hubmend.aws.failures import TIMED_OUT
from hubmend.aws.silence import NOT_ASKED, REST_SECONDS, Silence
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from tests.aws.test_pacing import HERE, THERE, Monotonic

LOOK = Call("stepfunctions", "ListStateMachines", {})
OTHER = Call("securityhub", "GetFindings", {})
TIMEOUT = AwsError(ErrorKind.UNCERTAIN, TIMED_OUT, "no answer in time")
ANSWER = 30.0


class Asking:
    """Calls that time out, on a clock that a test moves."""

    def __init__(self) -> None:
        self.now = Monotonic()
        self.silence = Silence(ANSWER, self.now)

    def round(self, calls: int = 1, error: AwsError = TIMEOUT) -> None:
        """Begin some calls at once, and have them fail together."""
        began = self.now()
        self.now.seconds += ANSWER
        for _ in range(calls):
            self.silence.failed(HERE, LOOK, error, began)

    def open(self, target: Target = HERE, call: Call = LOOK) -> bool:
        try:
            self.silence.check(target, call)
        except AwsError:
            return False
        return True


def test_two_timeouts_in_a_row_and_the_service_of_that_target_is_left_alone() -> None:
    asking = Asking()
    asking.round()
    assert asking.open()
    asking.round()
    assert not asking.open()
    assert asking.open(THERE)
    assert asking.open(HERE, OTHER)


def test_calls_made_together_count_as_one() -> None:
    asking = Asking()
    asking.round(32)
    assert asking.open()


def test_it_says_what_did_not_answer_and_what_to_look_at() -> None:
    asking = Asking()
    asking.round()
    asking.round()
    said = "stepfunctions did not answer 2 times in a row, 30 s each: left alone for 60 s; scan"
    with pytest.raises(AwsError, match=said) as caught:
        asking.silence.check(HERE, LOOK)
    assert caught.value.operation == "stepfunctions:ListStateMachines"
    assert (caught.value.code, caught.value.kind) == (NOT_ASKED, ErrorKind.UNREACHABLE)


def test_after_its_rest_it_is_asked_again_and_one_more_timeout_is_enough() -> None:
    asking = Asking()
    asking.round()
    asking.round()
    asking.now.seconds += REST_SECONDS
    assert asking.open()
    asking.round()
    assert not asking.open()


@pytest.mark.parametrize("kind", [ErrorKind.DENIED, ErrorKind.THROTTLED, ErrorKind.UNCERTAIN])
def test_any_answer_breaks_the_row(kind: ErrorKind) -> None:
    asking = Asking()
    asking.round()
    asking.round(error=AwsError(kind, "any", "because"))
    asking.round()
    assert asking.open()
    asking.silence.heard(HERE, LOOK)
    asking.round()
    assert asking.open()


def test_no_connection_is_neither_an_answer_nor_a_silence() -> None:
    asking = Asking()
    asking.round()
    asking.round(error=AwsError(ErrorKind.UNREACHABLE, "x", "no connection"))
    assert asking.open()
    asking.round()
    assert not asking.open()
