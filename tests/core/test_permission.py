"""Rows become a policy document."""

from __future__ import annotations

import pytest

from hubmend.core.permission import (
    Denial,
    Document,
    Names,
    Permission,
    Place,
    partition_of,
    policy,
)

GROUPS = Place("Groups", ("arn:{partition}:logs:*:*:log-group:{log_group}",))
CONTEXT = Place("Context", ("*",), {"StringLike": {"kms:Context": "arn:{partition}:x"}})
NEVER = Denial(("logs:Delete", "logs:Other"), Place("Never", ("arn:{partition}:never",)))


def row(
    action: str, place: Place = GROUPS, verb: str = "apply", *, changes: bool = False
) -> Permission:
    return Permission("logs", "Op", action, place, verb, "why", changes)


def test_reads_belong_to_both_policies_and_changes_to_one() -> None:
    assert row("a:Read").documents == (Document.AUDIT, Document.REMEDIATE)
    assert row("a:Write", changes=True).documents == (Document.REMEDIATE,)
    assert row("a:Decide", verb="decide").documents == (Document.DECIDE,)


def test_a_row_may_name_one_more_policy() -> None:
    also = Permission("a", "B", "a:B", GROUPS, "scan", "why", also=(Document.OPERATOR,))
    assert Document.OPERATOR in also.documents


def test_actions_of_one_place_share_a_statement() -> None:
    rows = [row("logs:B"), row("logs:A"), row("logs:A"), row("kms:C", CONTEXT)]
    assert policy(rows, (), Document.AUDIT, Names("aws-cn")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Groups",
                "Effect": "Allow",
                "Action": ["logs:A", "logs:B"],
                "Resource": "arn:aws-cn:logs:*:*:log-group:/aws/vendedlogs/states/*",
            },
            {
                "Sid": "Context",
                "Effect": "Allow",
                "Action": ["kms:C"],
                "Resource": "*",
                "Condition": {"StringLike": {"kms:Context": "arn:aws-cn:x"}},
            },
        ],
    }


def test_several_log_groups_make_several_resources() -> None:
    names = Names(log_groups=("/a*", "/b*"))
    [statement] = policy([row("logs:A")], (), Document.AUDIT, names)["Statement"]
    assert statement["Resource"] == [
        "arn:aws:logs:*:*:log-group:/a*",
        "arn:aws:logs:*:*:log-group:/b*",
    ]


def test_only_what_is_allowed_is_denied() -> None:
    rows = [row("logs:Delete", changes=True), row("logs:Read")]
    [_, deny] = policy(rows, [NEVER], Document.REMEDIATE, Names())["Statement"]
    assert deny == {
        "Sid": "Never", "Effect": "Deny", "Action": ["logs:Delete"], "Resource": "arn:aws:never",
    }  # fmt: skip
    assert len(policy(rows, [NEVER], Document.AUDIT, Names())["Statement"]) == 1


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("us-east-1", "aws"),
        ("", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_region_tells_the_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition
