"""The estimate counts every call that apply makes against AWS's buckets; the slowest is named."""

from __future__ import annotations

import pytest

from hubmend.core.call import Call, Change
from hubmend.core.plan import Plan
from hubmend.core.quotas import Quota
from hubmend.report.estimate import Estimate, estimate
from hubmend.report.wording import about
from tests.report import samples

VIRGINIA = "us-east-1"
UPDATE = Call("stepfunctions", "UpdateStateMachine", {})
GROUP = Call("logs", "CreateLogGroup", {})
ROLE = Call("iam", "PutRolePolicy", {})
FINDING = Call("securityhub", "BatchUpdateFindings", {})
PARAMETER = Call("securityhub", "UpdateSecurityControl", {})
ALIAS = Call("stepfunctions", "UpdateStateMachineAlias", {})
Changes = tuple[Change, ...]


def changes(number: int, *calls: Call, region: str = samples.TOKYO) -> Changes:
    """So many machines, each with changes by these calls."""
    return tuple(
        Change(f"{region}{n}{call}", f"{region}{n}", samples.PAY, region, call, call, "")
        for n in range(number)
        for call in calls
    )


def estimated(found: Changes, raised: dict[str, Quota] | None = None) -> Estimate:
    return estimate(Plan(samples.SCANNED, samples.CONTROL, found), raised)


@pytest.mark.parametrize(
    ("found", "least", "most"),
    [
        ((), 0, 0),
        (changes(1, UPDATE), 1, 1),
        (changes(100, UPDATE), 2, 6),
        (changes(1000, UPDATE), 900, 920),
        (changes(1000, UPDATE) + changes(1000, UPDATE, region=VIRGINIA), 900, 930),
        (changes(100, GROUP, UPDATE), 9, 13),
        (changes(1, ROLE, UPDATE), 18, 19),
        (changes(130, FINDING), 4, 8),
        (changes(2, PARAMETER), 1, 2),
        (changes(300, UPDATE, ALIAS), 400, 410),  # each alias is looked at twice
    ],
)
def test_it_is_what_the_buckets_of_the_slowest_target_take(
    found: Changes, least: int, most: int
) -> None:
    assert least <= estimated(found).seconds <= most


def test_iam_is_one_bucket_for_all_regions_of_an_account() -> None:
    free: dict[str, Quota] = {"stepfunctions:UpdateStateMachine": (10_000.0, 10_000.0)}
    both = changes(200, ROLE) + changes(200, ROLE, region=VIRGINIA)
    bound = estimated(both, free).bound
    assert bound is not None
    assert (bound.region, bound.operation, bound.calls) == ("", "iam:PutRolePolicy", 400)
    assert "400 role policies in payments-prod at AWS's 10 a second" in (
        estimated(both, free).sentence(samples.NAMES)
    )


def test_each_role_costs_updates_that_are_refused_until_its_rights_are_seen() -> None:
    shared = changes(200, UPDATE) + changes(1, ROLE)
    each = changes(200, ROLE, UPDATE)
    assert estimated(shared).seconds < 130
    assert estimated(each).seconds > 400


def test_what_aws_raised_makes_it_quicker() -> None:
    raised = {"stepfunctions:UpdateStateMachine": (500.0, 10.0)}
    found = estimated(changes(1000, UPDATE), raised)
    assert found.seconds < 100
    assert found.bound is not None
    assert found.bound.operation == "stepfunctions:DescribeStateMachine"


def test_the_slowest_bucket_is_said_and_whose_it_is() -> None:
    found = changes(1000, UPDATE) + changes(300, UPDATE, region=VIRGINIA)
    said = f"about 15 min: 1 000 updates in payments-prod {samples.TOKYO} at AWS's 1 a second"
    assert estimated(found).sentence(samples.NAMES) == said
    assert f"updates in {samples.PAY} {samples.TOKYO}" in estimated(found).sentence()


def test_a_bucket_without_a_noun_is_said_by_its_operation() -> None:
    said = estimated(changes(200, ALIAS)).sentence()
    assert "400 calls of stepfunctions:DescribeStateMachineAlias in" in said


def test_where_no_quota_counts_none_is_said() -> None:
    assert estimated(changes(3, UPDATE)).sentence() == "about 1 s"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(8, "8 s"), (59.6, "1 min"), (84, "1 min 20 s"), (599, "10 min"), (910, "15 min"),
     (7500, "2 h 5 min")],
)  # fmt: skip
def test_what_is_roughly_known_is_said_roughly(seconds: float, said: str) -> None:
    assert about(seconds) == said
