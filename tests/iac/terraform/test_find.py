"""Terraform judged: each machine, with what its folder tells and nothing guessed."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.source import Machine, Rights, SourceFile
from tests.iac.terraform.sources import RIGHTS, TERRAFORM, find, folder, logged, machine, only

PASSED, FAILED, UNKNOWN = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN
MODULE = 'module "m" {{\n  source = "terraform-aws-modules/step-functions/aws"\n{0}}}\n'


def test_a_machine_is_found_with_all_there_is_to_know() -> None:
    source = """# comment

resource "aws_sfn_state_machine" "orders" {
  name     = "orders"
  role_arn = aws_iam_role.r.arn
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.l.arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }
}
"""
    assert only(source) == Machine(
        path="infra/0.tf",
        line=3,
        kind="terraform",
        id="aws_sfn_state_machine.orders",
        verdict=PASSED,
        reason="logging is on at ALL",
        level="ALL",
        include_execution_data=True,
        log_group="${aws_cloudwatch_log_group.l.arn}:*",
        role_rights=Rights.UNKNOWN,
    )


VAR = 'variable "l" {{\n  default = {0}\n}}\n'


@pytest.mark.parametrize(
    ("source", "verdict", "reason"),
    [
        (machine(), FAILED, "no logging_configuration"),
        (logged('"FATAL"'), PASSED, "logging is on at FATAL"),
        (logged('"OFF"'), FAILED, "logging is off"),
        (logged("null"), FAILED, "logging_configuration sets no level"),
        (
            machine("  logging_configuration {\n  }\n"),
            FAILED,
            "logging_configuration sets no level",
        ),
        (logged('"LOUD"'), UNKNOWN, "level LOUD is not one AWS documents"),
        (logged("[1]"), UNKNOWN, "level [1] is not one AWS documents"),
        (
            machine('  logging_configuration {\n    level = "ALL"\n  }\n'),
            UNKNOWN,
            "level ALL without a log_destination",
        ),
        (logged("var.l"), UNKNOWN, "dynamic: var.l"),
        (logged("var.l") + 'variable "l" {\n}\n', UNKNOWN, "dynamic: var.l"),
        (logged("var.l") + VAR.format('"ERROR"'), PASSED, "logging is on at ERROR"),
        (logged('"${var.l}"') + VAR.format('"OFF"'), FAILED, "logging is off"),
        (logged("local.l") + "locals {\n  l = var.l\n}\n", UNKNOWN, "dynamic: var.l"),
        (
            logged("local.l.level") + 'locals {\n  l = { level = upper("all") }\n}\n',
            PASSED,
            "logging is on at ALL",
        ),
        (logged("var.on ? 1 : 2"), UNKNOWN, "dynamic: var.on ? 1 : 2"),
        (
            logged(f"f({'x' * 90})"),
            UNKNOWN,
            f"dynamic: f({'x' * 75}...",
        ),
    ],
)
def test_a_level_is_followed_through_the_folder_and_no_further(
    source: str, verdict: Verdict, reason: str
) -> None:
    found = only(source)
    assert (found.verdict, found.reason) == (verdict, reason)


DYNAMIC = """  dynamic "logging_configuration" {{
    for_each = {0}
    {1}
    content {{
      level           = {2}.value
      log_destination = "x"
    }}
  }}
"""


@pytest.mark.parametrize(
    ("source", "verdict", "reason"),
    [
        (DYNAMIC.format('["ALL"]', "", "logging_configuration"), PASSED, "logging is on at ALL"),
        (DYNAMIC.format('{ a = "OFF" }', "", "logging_configuration"), FAILED, "logging is off"),
        (DYNAMIC.format('["FATAL"]', "iterator = i", "i"), PASSED, "logging is on at FATAL"),
        (DYNAMIC.format("[]", "", "x"), FAILED, "no logging_configuration"),
        (DYNAMIC.format("var.on ? [1] : []", "", "x"), UNKNOWN, "dynamic: var.on ? [1] : []"),
        (DYNAMIC.format("3", "", "x"), UNKNOWN, "dynamic: for_each"),
        (
            '  dynamic "logging_configuration" {\n    for_each = [1]\n  }\n',
            FAILED,
            "logging_configuration sets no level",
        ),
    ],
)
def test_a_dynamic_block_is_followed_where_the_folder_says_what_it_is_made_for(
    source: str, verdict: Verdict, reason: str
) -> None:
    found = only(machine(source))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("files", "level"),
    [
        ({}, "ERROR"),
        ({"terraform_tfvars": 'l = "FATAL"\n'}, "FATAL"),
        ({"terraform_tfvars_json": '{"l": "ALL"}'}, "ALL"),
        ({"a_auto_tfvars": 'l = "ALL"\n', "terraform_tfvars": 'l = "FATAL"\n'}, "ALL"),
        ({"a_auto_tfvars": 'l = "ALL"\n', "b_auto_tfvars_json": '{"l": "FATAL"}'}, "FATAL"),
        ({"prod_tfvars": 'l = "FATAL"\n'}, "ERROR"),  # read only when a command line names it
    ],
)
def test_variables_have_what_terraform_gives_them_by_itself(
    files: dict[str, str], level: str
) -> None:
    assert only(logged("var.l") + VAR.format('"ERROR"'), **files).level == level


def test_an_override_file_may_say_anything() -> None:
    override = SourceFile("infra/my_override.tf", machine())
    (found,) = TERRAFORM.find([*folder(machine()), override]).machines
    assert (found.verdict, found.reason) == (UNKNOWN, "dynamic: overridden in infra/my_override.tf")


@pytest.mark.parametrize(
    ("inputs", "verdict", "reason"),
    [
        ("", FAILED, "no logging_configuration"),
        ('  logging_configuration = { level = "ALL" }\n', PASSED, "logging is on at ALL"),
        ("  logging_configuration = {}\n", FAILED, "logging_configuration sets no level"),
        ("  logging_configuration = var.l\n", UNKNOWN, "dynamic: var.l"),
        ("  logging_configuration = 3\n", UNKNOWN, "dynamic: logging_configuration"),
    ],
)
def test_the_registry_module_is_judged_by_its_inputs(
    inputs: str, verdict: Verdict, reason: str
) -> None:
    found = only(MODULE.format(inputs))
    assert (found.id, found.kind) == ("module.m", "terraform-module")
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("inputs", "rights"),
    [
        ("", Rights.PRESENT),
        ("  attach_cloudwatch_logs_policy = false\n", Rights.ABSENT),
        ("  attach_cloudwatch_logs_policy = var.x\n", Rights.UNKNOWN),
        ("  create_role = false\n", Rights.UNKNOWN),
        ("  role_permissions_boundary = var.b\n", Rights.UNKNOWN),
        ("  use_existing_role = true\n  role_arn = aws_iam_role.r.arn\n", Rights.ABSENT),
        ("  use_existing_role = true\n  role_arn = var.r\n", Rights.UNKNOWN),
    ],
)
def test_the_registry_module_gives_its_own_role_the_rights(inputs: str, rights: Rights) -> None:
    assert only(MODULE.format(inputs), RIGHTS).role_rights is rights


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("registry.terraform.io/terraform-aws-modules/step-functions/aws", True),
        ("github.com/terraform-aws-modules/terraform-aws-step-functions?ref=v5.0.1", True),
        ("git@github.com:terraform-aws-modules/terraform-aws-step-functions.git", True),
        ("terraform-aws-modules/step-functions/aws-extra", False),
        ("my-terraform-aws-modules/step-functions/aws", False),
        ("./modules/step-functions", False),
    ],
)
def test_the_module_is_known_by_the_names_it_has(source: str, found: bool) -> None:
    text = f'module "m" {{\n  source = "{source}"\n}}\n'
    assert bool(find(text).machines) is found
    assert TERRAFORM.claims("main.tf", text) is found


@pytest.mark.parametrize(
    ("path", "text", "claimed"),
    [
        ("a.tf", 'resource "aws_sfn_state_machine" "m" {', True),
        ("a.tf.json", '{"resource": {"aws_sfn_state_machine": {}}}', True),
        ("a.tf", 'resource "aws_sfn_activity" "a" {', False),
        ("a.tfvars", "aws_sfn_state_machine", False),
    ],
)
def test_a_file_is_claimed_at_a_glance(path: str, text: str, claimed: bool) -> None:
    assert TERRAFORM.claims(path, text) is claimed


def test_what_only_speaks_of_a_machine_is_none() -> None:
    source = """
data "aws_sfn_state_machine" "d" {
  name = "x"
}
resource "aws_sfn_state_machine" {
}
resource "aws_sfn_alias" "a" {
  x = aws_sfn_state_machine.m.arn
}
module "a" {
}
output "aws_sfn_state_machine" {
  value = <<EOF
resource "aws_sfn_state_machine" "not" {
EOF
}
"""
    assert find(source) == find("")


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("x.tf", "a = [\n\n}\n", ("infra/x.tf", 1, "what begins here is not valid HCL")),
        ("x.tf", "a = 1\0\n", ("infra/x.tf", None, "it is not text: it holds a NUL character")),
        ("terraform.tfvars.json", "[", ("infra/terraform.tfvars.json", None, "no JSON object")),
        ("terraform.tfvars.json", "[]", ("infra/terraform.tfvars.json", None, "no JSON object")),
        (
            "m.tf.json",
            '{"resource": {"aws_sfn_state_machine": {}}}',
            ("infra/m.tf.json", None, "JSON syntax"),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_rest_is_judged(
    name: str, text: str, refused: tuple[str, int | None, str]
) -> None:
    found = TERRAFORM.find([*folder(logged('"ALL"')), SourceFile(f"infra/{name}", text)])
    assert [one.verdict for one in found.machines] == [PASSED]
    (one,) = found.refused
    path, line, reason = refused
    assert (one.path, one.line) == (path, line)
    assert reason in one.reason


def test_characters_of_any_width_and_a_byte_order_mark_move_nothing() -> None:
    source = "\ufeff# größer 🙂\n" + logged('"ALL"').replace("orders", "bestellungen-ä-🙂")
    found = only(source)
    assert (found.line, found.level, found.log_group) == (2, "ALL", "${x.y}:*")
