"""Policies follow the policy file: its roles, its log groups."""

from __future__ import annotations

import pytest

from hubmend.controls import StepFunctions1
from hubmend.core.permission import Document
from hubmend.core.settings import Defaults, Scope, Settings
from hubmend.flow.iam_policy import iam_policy, names


def resources(settings: Settings, kind: Document, sid: str, *groups: str) -> list[str]:
    document = iam_policy(StepFunctions1(), settings, kind, "aws", groups).document
    [found] = [one["Resource"] for one in document["Statement"] if one["Sid"] == sid]
    return [found] if isinstance(found, str) else list(found)


def test_the_roles_of_the_policy_file_may_be_assumed_and_no_other() -> None:
    settings = Settings(Scope(audit_role="Look", remediate_role="Mend"))
    assert resources(settings, Document.OPERATOR, "HubmendRoles") == [
        "arn:aws:iam::*:role/Look",
        "arn:aws:iam::*:role/Mend",
    ]


@pytest.mark.parametrize(
    ("named", "pattern"),
    [
        ("/aws/vendedlogs/states/{name}-Logs", "/aws/vendedlogs/states/*"),
        ("/audit/workflows", "/audit/workflows*"),
        ("/audit/*", "/audit/*"),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/audit/all:*", "/audit/all*"),
    ],
)
def test_log_groups_of_the_policy_file_are_a_pattern(named: str, pattern: str) -> None:
    assert names(Settings(defaults=Defaults(log_group=named)), "aws").log_groups == (pattern,)


def test_more_log_groups_may_be_named_and_none_twice() -> None:
    listed = resources(Settings(), Document.AUDIT, "LogGroups", "/b/*", "/aws/vendedlogs/states/")
    assert [one.rsplit(":", 1)[-1] for one in listed] == ["/aws/vendedlogs/states/*", "/b/*"]


def test_the_rows_of_a_policy_come_with_it() -> None:
    made = iam_policy(StepFunctions1(), Settings(), Document.DECIDE, "aws")
    assert all(Document.DECIDE in one.documents for one in made.permissions)
    assert {one.verb for one in made.permissions} == {
        "scan", "apply", "decide", "operator",
    }  # fmt: skip
