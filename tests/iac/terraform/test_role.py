"""What a role may do: the policies a folder gives it, however it writes them."""

from __future__ import annotations

import pytest

from hubmend.controls.stepfunctions_1.rights import NEEDED
from hubmend.iac.source import Rights
from tests.iac.terraform.sources import RIGHTS, machine, only

PRESENT, ABSENT, UNKNOWN = Rights.PRESENT, Rights.ABSENT, Rights.UNKNOWN
ACTIONS = ", ".join(f'"{action}"' for action in NEEDED)
ALLOW = f"""jsonencode({{
    Statement = [{{ Effect = "Allow", Action = [{ACTIONS}], Resource = "*" }}]
  }})"""
OTHER = """<<EOF
{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "${aws_s3_bucket.b.arn}"}}
EOF
"""


def role(more: str) -> str:
    return f'resource "aws_iam_role" "r" {{\n  name = "orders-role"\n{more}}}\n'


def policy(document: str, to: str = "aws_iam_role.r.id") -> str:
    head = 'resource "aws_iam_role_policy" "p" {'
    return f"{RIGHTS}{head}\n  role   = {to}\n  policy = {document}\n}}\n"


def rights(*texts: str) -> Rights:
    return only(machine(), *texts).role_rights


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (ALLOW, PRESENT),
        (OTHER, ABSENT),
        (ALLOW.replace('"*"', '"arn:aws:logs:*:*:log-group:x"'), ABSENT),
        (
            'jsonencode({ Statement = [{ Effect = "Allow", Action = var.a, Resource = "*" }] })',
            UNKNOWN,
        ),
        (
            'jsonencode({ Statement = [{ Effect = var.e, Action = "s3:*", Resource = "*" }] })',
            UNKNOWN,
        ),
        (
            'jsonencode({ Statement = [{ Effect = "Deny", NotAction = "s3:*", Resource = "*" }] })',
            ABSENT,
        ),
        ("jsonencode({ Statement = [var.s] })", UNKNOWN),
        ("jsonencode({})", ABSENT),
        ("jsonencode([])", UNKNOWN),
        ('file("policy.json")', UNKNOWN),
        ('"{"', UNKNOWN),
        (f'"{"[" * 9999}"', UNKNOWN),
        ("data.aws_iam_policy_document.none.json", UNKNOWN),
    ],
)
def test_a_role_policy_is_read_where_it_can_be(document: str, found: Rights) -> None:
    assert rights(policy(document)) is found


DATA = 'data "aws_iam_policy_document" "d" {{\n{0}\n}}\n'


def statement(more: str = "") -> str:
    return f'  statement {{\n    actions   = [{ACTIONS}]\n    resources = ["*"]\n{more}  }}\n'


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (statement(), PRESENT),
        (statement('    effect = "Deny"\n'), ABSENT),
        (statement('    condition {\n      test = "Bool"\n    }\n'), ABSENT),
        (statement('    dynamic "condition" {\n    }\n'), ABSENT),
        ('  statement {\n    not_actions = ["s3:*"]\n    resources = ["*"]\n  }\n', PRESENT),
        ('  statement {\n    actions = ["logs:*"]\n    not_resources = ["x"]\n  }\n', PRESENT),
        ('  dynamic "statement" {\n  }\n', UNKNOWN),
        ("  source_policy_documents = [var.d]\n", UNKNOWN),
        ("", ABSENT),
    ],
)
def test_a_policy_document_data_source_is_read(document: str, found: Rights) -> None:
    source = policy("data.aws_iam_policy_document.d.json")
    assert rights(source, DATA.format(document)) is found


MANAGED = f'resource "aws_iam_policy" "p" {{\n  policy = {ALLOW}\n}}\n'
ATTACHED = (
    'resource "aws_iam_role_policy_attachment" "a" {{\n  role = {0}\n  policy_arn = {1}\n}}\n'
)
FULL = '"arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"'


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ([RIGHTS], ABSENT),
        ([""], UNKNOWN),  # the role is nowhere
        (
            [RIGHTS, MANAGED, ATTACHED.format("aws_iam_role.r.name", "aws_iam_policy.p.arn")],
            PRESENT,
        ),
        ([role(""), MANAGED, ATTACHED.format('"orders-role"', "aws_iam_policy.p.arn")], PRESENT),
        ([RIGHTS, MANAGED, ATTACHED.format("aws_iam_role.q.name", "aws_iam_policy.p.arn")], ABSENT),
        (
            [RIGHTS, MANAGED, ATTACHED.format("aws_iam_role.r.name", "aws_iam_policy.q.arn")],
            UNKNOWN,
        ),
        ([RIGHTS, ATTACHED.format("aws_iam_role.r.name", FULL)], PRESENT),
        ([RIGHTS, ATTACHED.format("aws_iam_role.r.name", FULL.replace("Full", "Odd"))], UNKNOWN),
        (
            [
                RIGHTS,
                ATTACHED.format("[aws_iam_role.r.name]", FULL)
                .replace("role_policy", "policy")
                .replace("role =", "roles ="),
            ],
            PRESENT,
        ),
        ([role(f"  managed_policy_arns = [{FULL}]\n")], PRESENT),
        ([role(f"  managed_policy_arns = {FULL}\n")], PRESENT),
        ([role(f"  inline_policy {{\n    policy = {ALLOW}\n  }}\n")], PRESENT),
        ([role('  dynamic "inline_policy" {\n  }\n')], UNKNOWN),
        ([role(f"  permissions_boundary = var.b\n  managed_policy_arns = [{FULL}]\n")], UNKNOWN),
        ([role(f"  permissions_boundary = {FULL}\n  managed_policy_arns = [{FULL}]\n")], PRESENT),
        (
            [
                role(
                    "  permissions_boundary = aws_iam_policy.b.arn\n"
                    f"  managed_policy_arns = [{FULL}]\n"
                ),
                f'resource "aws_iam_policy" "b" {{\n  policy = {OTHER}}}\n',
            ],
            ABSENT,
        ),
    ],
)
def test_policies_reach_a_role_in_every_way_terraform_has(
    sources: list[str], found: Rights
) -> None:
    assert rights(*sources) is found


@pytest.mark.parametrize(
    ("often", "roles", "found"),
    [
        ("", "", PRESENT),
        ("  count = 1\n", "", PRESENT),
        ("  count = 0\n", "", UNKNOWN),
        ("  count = var.logging ? 1 : 0\n", "", UNKNOWN),
        ("  count = var.on ? 1 : 0\n", "  count = var.on ? 1 : 0\n", PRESENT),
        ("  count = var.on ? 1 : 0\n", "  count = 1\n", UNKNOWN),
        ('  for_each = toset(["a"])\n', "", PRESENT),
        ("  for_each = {}\n", "", UNKNOWN),
        ("  for_each = var.all\n", "", UNKNOWN),
    ],
)
def test_a_policy_that_may_not_be_made_proves_nothing(
    often: str, roles: str, found: Rights
) -> None:
    attached = ATTACHED.format("aws_iam_role.r.name", FULL).replace("{\n", "{\n" + often, 1)
    assert rights(role(roles), attached) is found


def test_a_policy_made_as_often_as_the_machine_is_there_for_it() -> None:
    often = "  count = var.on ? 1 : 0\n"
    attached = ATTACHED.format("aws_iam_role.r.name", FULL).replace("{\n", "{\n" + often, 1)
    assert only(machine(often), RIGHTS, attached).role_rights is PRESENT


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("aws_iam_role.r.arn", PRESENT),
        ("aws_iam_role.r[0].arn", PRESENT),
        ("aws_iam_role.r[each.key].arn", PRESENT),
        ('"${aws_iam_role.r.arn}"', PRESENT),
        ("local.r", PRESENT),
        ("true ? aws_iam_role.r.arn : var.x", PRESENT),
        ("data.aws_iam_role.r.arn", UNKNOWN),
        ("aws_iam_user.r.arn", UNKNOWN),
        ('"arn:aws:iam::123456789012:role/r"', UNKNOWN),
        ("var.r", UNKNOWN),
    ],
)
def test_a_role_is_found_by_its_reference(arn: str, found: Rights) -> None:
    source = machine().replace("aws_iam_role.r.arn", arn)
    own = "locals {\n  r = aws_iam_role.r.arn\n}\n"
    assert only(source, own, role(f"  managed_policy_arns = [{FULL}]\n")).role_rights is found
