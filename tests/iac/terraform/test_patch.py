"""Logging turned on in Terraform: insertions alone, in the file's own style, or a refusal."""

from __future__ import annotations

import pytest

from hubmend.iac.source import Rights, SourceFile, Wanted
from tests.iac.terraform.sources import (
    RIGHTS,
    TERRAFORM,
    find,
    fixed,
    folder,
    logged,
    machine,
    only,
    proved,
    refusal,
)

MODULE = 'module "m" {{\n  source = "terraform-aws-modules/step-functions/aws"\n{0}}}\n'
GRANT = """resource "aws_iam_role_policy" "r_log_delivery" {
  name = "hubmend-log-delivery"
  role = aws_iam_role.r.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "HubmendLogDelivery"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery",
          "logs:GetLogDelivery",
          "logs:UpdateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups",
        ]
        Resource = "*"
      },
    ]
  })
}
"""
ROLE = 'resource "aws_iam_role" "r" {{\n{0}}}\n'
FULL = ROLE.format('  managed_policy_arns = ["arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"]\n')
EXCLUSIVE = """resource "aws_iam_role_policies_exclusive" "e" {
  role_name = aws_iam_role.r.name
}
"""


def test_a_machine_gets_logging_a_group_and_the_rights_it_waits_for() -> None:
    assert fixed(machine(), RIGHTS) == (
        """resource "aws_sfn_state_machine" "m" {
  name       = "orders"
  role_arn   = aws_iam_role.r.arn
  definition = "{}"

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.m_logs.arn}:*"
  }

  depends_on = [aws_iam_role_policy.r_log_delivery]
}

resource "aws_cloudwatch_log_group" "m_logs" {
  name              = "/aws/vendedlogs/states/orders-Logs"
  retention_in_days = 365
  skip_destroy      = true
}

"""
        + GRANT
    )


def test_a_role_that_may_deliver_logs_is_left_alone() -> None:
    after = fixed(machine(), FULL)
    assert "aws_iam_role_policy" not in after
    assert "depends_on" not in after


def test_the_rights_added_are_read_back_as_sufficient() -> None:
    after = proved(folder(machine(), RIGHTS), TERRAFORM.patch(folder(machine(), RIGHTS), Wanted()))
    (found,) = TERRAFORM.find(after).machines
    assert found.role_rights is Rights.PRESENT


def test_a_role_of_several_machines_is_given_the_rights_once() -> None:
    after = fixed(machine(name="a") + machine(name="b"), RIGHTS)
    assert after.count('resource "aws_iam_role_policy"') == 1
    assert after.count("depends_on = [aws_iam_role_policy.r_log_delivery]") == 2
    assert after.count('resource "aws_cloudwatch_log_group"') == 2


def test_inline_policies_are_exclusive_so_one_more_block_joins_them() -> None:
    role = """
resource "aws_iam_role" "r" {
\tinline_policy {
\t\tname   = "own"
\t\tpolicy = "{}"
\t}
}
"""
    after = fixed(role + machine(name="a") + machine(name="b"))
    assert after.count("hubmend-log-delivery") == 1
    assert '\n\n\tinline_policy {\n\t\tname = "hubmend-log-delivery"\n\n\t\tpolicy = json' in after
    assert "depends_on" not in after


@pytest.mark.parametrize(
    ("wanted", "type_", "level", "data"),
    [
        (Wanted(), "", "ERROR", "false"),
        (Wanted(), '  type = "EXPRESS"\n', "ALL", "false"),
        (Wanted(), "  type = var.t\n", "ERROR", "false"),
        (Wanted(level="FATAL"), '  type = "EXPRESS"\n', "FATAL", "false"),
        (Wanted(level="ALL", include_execution_data=True), "", "ALL", "true"),
    ],
)
def test_the_level_is_the_one_asked_for_or_the_one_for_the_type(
    wanted: Wanted, type_: str, level: str, data: str
) -> None:
    after = fixed(machine(type_), FULL, wanted=wanted)
    assert f'level                  = "{level}"' in after
    assert f"include_execution_data = {data}" in after


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ('name = "a-${var.env}"', 'name              = "/aws/vendedlogs/states/a-${var.env}-Logs"'),
        ("name = var.n", 'name              = "/aws/vendedlogs/states/${var.n}-Logs"'),
        ('name = f("x")', 'name              = "/aws/vendedlogs/states/${f("x")}-Logs"'),
        ('name_prefix = "p-"', 'name_prefix       = "/aws/vendedlogs/states/p-"'),
        ("", 'name_prefix       = "/aws/vendedlogs/states/m-"'),
    ],
)
def test_the_group_is_named_after_the_machine(name: str, line: str) -> None:
    source = machine().replace('name       = "orders"', name)
    assert f"\n  {line}\n" in fixed(source, FULL)


def test_a_machine_made_several_times_has_as_many_groups() -> None:
    counted = fixed(machine("  count = var.on ? 1 : 0\n"), FULL)
    assert '"m_logs" {\n  count = var.on ? 1 : 0\n\n  name  ' in counted
    assert '"${aws_cloudwatch_log_group.m_logs[count.index].arn}:*"' in counted
    each = fixed(machine("  for_each = {\n    a = 1\n  }\n"), FULL)
    assert '"m_logs" {\n  for_each = {\n    a = 1\n  }\n\n  name  ' in each
    assert '"${aws_cloudwatch_log_group.m_logs[each.key].arn}:*"' in each


def test_a_role_made_several_times_gets_as_many_policies() -> None:
    role = RIGHTS.replace("{\n", "{\n  count = 2\n", 1)
    after = fixed(machine("  count = 2\n").replace("r.arn", "r[count.index].arn"), role)
    assert '"r_log_delivery" {\n  count = 2\n\n  name = "hubmend-log-delivery"\n' in after
    assert "role = aws_iam_role.r[count.index].id" in after


def test_what_is_added_lives_where_its_owner_lives() -> None:
    role = RIGHTS.replace("{\n", "{\n  provider = aws.iam\n", 1)
    after = fixed(machine('  provider = aws.eu\n  region = "eu-west-1"\n'), role)
    assert '"m_logs" {\n  provider = aws.eu\n  region   = "eu-west-1"\n\n' in after
    assert '"r_log_delivery" {\n  provider = aws.iam\n\n' in after


def test_names_that_are_taken_are_not_taken_twice() -> None:
    taken = """
resource "aws_cloudwatch_log_group" "m_logs" {
}
data "aws_cloudwatch_log_group" "m_logs_2" {
}
resource "aws_iam_role_policy" "r_log_delivery" {
}
"""
    after = fixed(machine(), RIGHTS, taken)
    assert 'resource "aws_cloudwatch_log_group" "m_logs_3" {' in after
    assert "depends_on = [aws_iam_role_policy.r_log_delivery_2]" in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", "[X]"),
        ("[a.b]", "[a.b, X]"),
        ("[a.b, c.d,]", "[a.b, c.d, X,]"),
        ("[\n    a.b\n  ]", "[\n    a.b,\n    X\n  ]"),
        ("[\n    a.b,\n  ]", "[\n    a.b,\n    X,\n  ]"),
        ("[\n    a.b, # why\n  ]", "[\n    a.b, # why\n    X,\n  ]"),
        ("[\n    a.b // why\n    # more\n  ]", "[\n    a.b, // why\n    X\n    # more\n  ]"),
    ],
)
def test_what_a_machine_waits_for_is_added_to_its_list(before: str, after: str) -> None:
    found = fixed(machine(f"\n  depends_on = {before}\n"), RIGHTS)
    assert f"  depends_on = {after.replace('X', 'aws_iam_role_policy.r_log_delivery')}\n" in found
    assert found.index("logging_configuration") < found.index("depends_on")


TABBED = machine().replace("\n  ", "\n\t")
LAYOUTS = {
    "crlf": (machine().replace("\n", "\r\n"), "\r\n    level "),
    "byte order mark": ("\ufeff" + machine(), "\n    level "),
    "no final newline": (machine().rstrip("\n"), "\n    level "),
    "tabs": (TABBED, "\n\t\tlevel "),
    "four spaces": (machine().replace("\n  ", "\n    "), "\n        level "),
    "indented": ("  " + machine().replace("\n", "\n  "), "\n      level "),
    "nothing inside to go by": (machine().replace("\n  ", "\n"), "\n    level "),
    "a comment after": (machine().rstrip("\n") + " # the end\n# more\n", "\n    level "),
    "comments at its end": (machine("  # last\n  /* words\n  } */\n"), "\n    level "),
    "a heredoc": (machine("  comment = <<-EOT\n    } ${x.y}\n    EOT\n"), "\n    level "),
    "wide characters": (machine().replace("orders", "ä🙂"), "\n    level "),
    "braces apart": (machine().replace('"m" {', '"m"  {  # here'), "\n    level "),
    "a lifecycle": (machine("  lifecycle {\n    ignore_changes = [tags]\n  }\n"), "\n    level "),
}


@pytest.mark.parametrize(("source", "line"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_keeps_its_own_style(source: str, line: str) -> None:
    after = fixed(source, RIGHTS)
    assert line in after
    assert ("\r\n" in source) is ("\n" not in after.replace("\r\n", ""))
    assert after.endswith("\n") is source.endswith("\n")


def test_what_follows_closely_is_kept_apart() -> None:
    after = fixed(machine("  lifecycle {\n  }\n").rstrip() + "\n# next\n" + RIGHTS.lstrip())
    assert "\n  }\n\n  depends_on = [aws_iam_role_policy.r_log_delivery]\n\n  lifecycle {" in after
    assert "\n}\n\n# next\nresource" in after


def test_an_existing_group_is_used_by_its_arn_or_its_name() -> None:
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:own"
    for given in (arn, f"{arn}:*"):
        assert f'= "{arn}:*"\n' in fixed(machine(), FULL, wanted=Wanted(log_group=given))
    named = Wanted(log_group="/own/group")
    group = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "/own/group"\n%s}\n'
    inside = fixed(machine(), FULL, group % "", wanted=named)
    assert '= "${aws_cloudwatch_log_group.g.arn}:*"\n' in inside
    data = """
data "aws_cloudwatch_log_group" "m_logs" {
  provider = aws.eu

  name = "/own/group"
}
"""
    for other in ("", group % "  count = 1\n"):
        found = fixed(machine("  provider = aws.eu\n  count = 2\n"), FULL, other, wanted=named)
        assert '"${trimsuffix(data.aws_cloudwatch_log_group.m_logs.arn, ":*")}:*"' in found
        assert found.endswith(data)


def test_a_group_is_named_as_given_whatever_it_is_called() -> None:
    after = fixed(machine(), FULL, wanted=Wanted(log_group='a"${b}%{c}\\'))
    assert r'name = "a\"$${b}%%{c}\\"' in after


@pytest.mark.parametrize(
    ("version", "keeps"),
    [
        ('{ source = "hashicorp/aws", version = "~> 3.27" }', False),
        ('"~> 3.0"', False),
        ('{ version = "~> 4.39.1" }', False),
        ('{ version = "4.0" }', False),
        ('{ version = ">= 3.0, < 4.40" }', False),
        ('{ version = "<= 4.39" }', False),
        ('{ version = "~> 4" }', True),
        ('{ version = "~> 4.22" }', True),
        ('{ version = ">= 3.0" }', True),
        ('{ version = "= 5.1.0" }', True),
        ('{ version = "nonsense" }', True),
        ("{}", True),
        ("{ version = var.v }", True),
    ],
)
def test_the_group_outlives_the_machine_where_the_provider_can_do_that(
    version: str, keeps: bool
) -> None:
    terraform = f"terraform {{\n  required_providers {{\n    aws = {version}\n  }}\n}}\n"
    assert ("skip_destroy" in fixed(machine(), FULL, terraform)) is keeps


def test_retention_is_the_one_asked_for() -> None:
    assert "retention_in_days = 30\n" in fixed(machine(), FULL, wanted=Wanted(retention_days=30))


def test_the_module_is_turned_on_by_its_inputs() -> None:
    assert fixed(MODULE.format('  name   = "orders-${var.env}"\n')) == MODULE.format(
        """  name   = "orders-${var.env}"

  logging_configuration = {
    level                  = "ERROR"
    include_execution_data = false
  }

  cloudwatch_log_group_name              = "/aws/vendedlogs/states/orders-${var.env}-Logs"
  cloudwatch_log_group_retention_in_days = 365
"""
    )


def test_the_module_keeps_what_its_owner_has_set() -> None:
    own = (
        '  type = "EXPRESS"\n  cloudwatch_log_group_name = "x"\n'
        "  cloudwatch_log_group_retention_in_days = 7\n"
    )
    after = fixed(MODULE.format(own))
    assert (after.count("cloudwatch_"), 'level                  = "ALL"' in after) == (2, True)
    unnamed = fixed(MODULE.format(""))
    assert "cloudwatch_log_group_name" not in unnamed


@pytest.mark.parametrize(
    "group", ["/own/group", "arn:aws:logs:eu-west-1:123456789012:log-group:/own/group:*"]
)
def test_the_module_uses_an_existing_group_by_its_name(group: str) -> None:
    after = fixed(MODULE.format('  name = "n"\n'), wanted=Wanted(log_group=group))
    assert "use_existing_cloudwatch_log_group = true\n" in after
    assert 'cloudwatch_log_group_name         = "/own/group"\n' in after


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ([logged('"OFF"'), RIGHTS], "its logging_configuration is there"),
        (
            [machine('  dynamic "logging_configuration" {\n    for_each = []\n  }\n'), RIGHTS],
            "is there",
        ),
        ([machine(), ""], "its role is not made in this folder (aws_iam_role.r.arn)"),
        ([machine().replace("aws_iam_role.r.arn", '"arn:x"'), ""], "in this folder (arn:x): give"),
        ([machine().replace("aws_iam_role.r.arn", "[]"), ""], "in this folder: give"),
        (
            [machine(), ROLE.format("  permissions_boundary = var.b\n")],
            "boundary that cannot be read",
        ),
        (
            [
                machine(),
                ROLE.format(
                    '  inline_policy {\n    policy = jsonencode({ Statement = { Effect = "Deny",'
                    ' Action = "logs:*", Resource = "*" } })\n  }\n'
                ),
            ],
            "is denied log delivery",
        ),
        ([machine(), ROLE.format("  inline_policy {\n  }\n")], "cannot be added to"),
        ([machine(), ROLE.format('  dynamic "inline_policy" {\n  }\n')], "cannot be added to"),
        (
            [
                machine(),
                RIGHTS,
                EXCLUSIVE,
            ],
            "aws_iam_role_policies_exclusive lists the policies",
        ),
        (
            [
                machine(),
                ROLE.format('  inline_policy {\n    policy = "{}"\n  } }\n').removesuffix("}\n"),
            ],
            "laid out so that no block",
        ),
        ([machine(), "x = [\n"], "infra/1.tf beside it cannot be read"),
        ([machine("  depends_on = local.d\n"), RIGHTS], "its depends_on is no plain list"),
        ([machine("  depends_on = [a.b /* c\n  */\n  ]\n"), RIGHTS], "is no plain list"),
        ([machine().replace('"orders"', 'join("", [\n])'), RIGHTS], "written on several lines"),
        (
            [
                machine().replace("name       =", "name_prefix =").replace('"orders"', "f(\n)"),
                RIGHTS,
            ],
            "several",
        ),
        (['resource "aws_sfn_state_machine" "m" {}\n', RIGHTS], "laid out so that nothing"),
        ([machine().replace('"{}"\n}', '"{}" }'), RIGHTS], "laid out so that nothing"),
        ([machine().rstrip("\n") + " /* a\n b */\n", RIGHTS], "laid out so that nothing"),
        ([MODULE.format("  logging_configuration = {}\n")], "its logging_configuration is set"),
        ([MODULE.format("  create_role = false\n")], "its role is not the module's"),
    ],
)
def test_doubt_is_refused_with_what_a_person_can_paste(sources: list[str], why: str) -> None:
    assert why in refusal(*sources)


def test_a_role_that_an_override_file_changes_is_left_to_its_owner() -> None:
    override = SourceFile("infra/override.tf", RIGHTS)
    patch = TERRAFORM.patch([*folder(machine(), RIGHTS), override], Wanted())
    assert not patch.edits
    assert "aws_iam_role.r is overridden in infra/override.tf" in patch.refused[0].reason


def test_a_module_with_a_group_of_its_own_is_not_given_another() -> None:
    own = MODULE.format('  cloudwatch_log_group_name = "x"\n')
    assert refusal(own, wanted=Wanted(log_group="y")) == "it names a log group of its own"


def test_a_machine_declared_twice_is_refused_both_times() -> None:
    patch = TERRAFORM.patch(folder(machine(), machine(), RIGHTS), Wanted())
    assert not patch.edits
    assert [one.path for one in patch.refused] == ["infra/0.tf", "infra/1.tf"]
    assert "it is declared twice" in patch.refused[0].reason


def test_one_refusal_does_not_keep_the_others_from_being_patched() -> None:
    files = folder(machine(name="a") + logged('"OFF"', "b"), RIGHTS)
    patch = TERRAFORM.patch(files, Wanted())
    assert [one.id for one in patch.fixed] == ["aws_sfn_state_machine.a"]
    assert [one.line for one in patch.refused] == [6]
    assert "level" in patch.refused[0].snippet


def test_machines_that_log_or_cannot_be_judged_stay_as_they_are() -> None:
    patch = TERRAFORM.patch(folder(logged('"ALL"', "a") + logged("var.x", "b"), RIGHTS), Wanted())
    assert (patch.edits, patch.fixed, patch.refused) == ((), (), ())


def test_the_snippet_of_a_machine_without_a_role_here_is_whole() -> None:
    patch = TERRAFORM.patch(folder(machine()), Wanted(level="ALL"))
    snippet = patch.refused[0].snippet
    assert snippet.startswith("logging_configuration {\n")
    parsed = find(machine(), snippet.partition("}\n\n")[2])
    assert not parsed.refused
    assert '  role = "NAME OF THE ROLE"\n' in snippet
    assert only(machine(snippet.partition("}\n")[0] + "}\n")).level == "ALL"


def test_files_of_the_folder_that_hold_no_machine_stay_as_they_are() -> None:
    files = (*folder(machine(), RIGHTS), SourceFile("infra/main.tf.json", "{}"))
    after = proved(files, TERRAFORM.patch(files, Wanted()))
    assert after[1:] == files[1:]


def test_a_very_long_file_is_patched_whole() -> None:
    source = "".join(
        machine(name=f"m{number}").replace("role.r.", f"role.r{number}.")
        + RIGHTS.replace('"r"', f'"r{number}"')
        for number in range(200)
    )
    after = fixed(source)
    for kind in ("aws_cloudwatch_log_group", "aws_iam_role_policy"):
        assert after.count(f'resource "{kind}"') == 200
