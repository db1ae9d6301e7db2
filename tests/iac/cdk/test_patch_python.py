"""What is inserted into Python CDK programs, and what is refused."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import PYTHON
from hubmend.iac.source import Edit, Patch, Refused, SourceFile, Wanted, patched
from tests.iac.cdk import patches

PATH = "stack.py"
ALL = """import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_logs as logs, aws_stepfunctions as sfn
"""
NAME = 'f"/aws/vendedlogs/states/{cdk.Stack.of(self).stack_name}-Orders-{self.node.addr[-8:]}"'
LOGS = f"""logs=sfn.LogOptions(
    destination=logs.LogGroup(
        self,
        "OrdersLogs",
        log_group_name={NAME},
        retention=logs.RetentionDays.ONE_YEAR,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    ),
    level=sfn.LogLevel.ERROR,
    include_execution_data=False,
)"""


def fixed(text: str, wanted: Wanted | None = None) -> str:
    return patches.fixed(PYTHON, PATH, text, wanted)


def refusal(text: str, wanted: Wanted | None = None) -> Refused:
    return patches.refusal(PYTHON, PATH, text, wanted)


def test_a_machine_gets_logs_a_log_group_and_what_they_need_imported() -> None:
    before = """from aws_cdk import (
    Duration,
    Stack,
    aws_stepfunctions as sfn,
)
from constructs import Construct


class OrdersStack(Stack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        sfn.StateMachine(
            self,
            'Orders',
            definition_body=body,  # of the order's life
            timeout=Duration.minutes(5)
        )
"""
    assert (
        fixed(before)
        == """from aws_cdk import (
    Duration,
    Stack,
    aws_stepfunctions as sfn,
)
from aws_cdk import RemovalPolicy, aws_logs as logs
from constructs import Construct


class OrdersStack(Stack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        sfn.StateMachine(
            self,
            'Orders',
            definition_body=body,  # of the order's life
            timeout=Duration.minutes(5),
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    'OrdersLogs',
                    log_group_name=NAME,
                    retention=logs.RetentionDays.ONE_YEAR,
                    removal_policy=RemovalPolicy.RETAIN,
                ),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            )
        )
""".replace("NAME", NAME.replace("cdk.", "").replace('"', "'"))
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('(\n  self, "Orders",\n  a=b,\n)', '(\n  self, "Orders",\n  a=b,\n  LOGS,\n)'),
        ('(\n  self, "Orders",\n  a=(b)\n)', '(\n  self, "Orders",\n  a=(b),\n  LOGS\n)'),
        ('(\n  self, "Orders",\n  a=b # c\n)', '(\n  self, "Orders",\n  a=b, # c\n  LOGS\n)'),
        ('(\n  self, "Orders",\n  a=b, # c\n)', '(\n  self, "Orders",\n  a=b, # c\n  LOGS,\n)'),
        ('(\n  self, "Orders",\n  a=b)', '(\n  self, "Orders",\n  a=b,\n  LOGS)'),
        ('(self, "Orders",\n     a=b)', '(self, "Orders",\n     a=b,\n     LOGS)'),
        ('(\n  self, "Orders",\n  **shared,\n)', '(\n  self, "Orders",\n  **shared,\n  LOGS,\n)'),
        ('(self, "Orders", a=b)', '(self, "Orders", a=b, LOGS)'),
        ('(self, "Orders")', '(self, "Orders", LOGS)'),
        ('(self, "Orders", a=b,)', '(self, "Orders", a=b, LOGS,)'),
        ('(scope=self, id="Orders")', '(scope=self, id="Orders", LOGS)'),
    ],
)  # fmt: skip
def test_the_argument_follows_the_last_in_its_style(before: str, after: str) -> None:
    start = f"{ALL}shared = {{}}\nif True:\n  pass\nm = sfn.StateMachine"
    (line,) = [one for one in after.splitlines() if "LOGS" in one]
    indent = line[: len(line) - len(line.lstrip())]
    logs = LOGS.replace("    ", "  ").replace("\n", f"\n{indent}")
    assert fixed(f"{start}{before}\n") == f"{start}{after.replace('LOGS', logs)}\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("unit", ["\t", "    ", "  "])
def test_line_endings_mark_and_indentation_are_the_files(ending: str, mark: str, unit: str) -> None:
    def laid_out(text: str) -> str:
        return mark + text.replace("\n", ending).replace("    ", unit)

    before = f'{ALL}def f(self):\n    sfn.StateMachine(\n        self, "Orders",\n        a=b,\n'
    logs = "        " + LOGS.replace("\n", "\n        ") + ",\n"
    assert fixed(laid_out(before + "    )")) == laid_out(before + logs + "    )")


@pytest.mark.parametrize(
    ("imports", "constructor", "lines", "names"),
    [
        ("from aws_cdk import aws_stepfunctions as sfn", "sfn.StateMachine",
         ["from aws_cdk import RemovalPolicy, Stack, aws_logs as logs"], ["logs.LogGroup("]),
        ("from aws_cdk.aws_stepfunctions import StateMachine", "StateMachine",
         ["from aws_cdk import RemovalPolicy, Stack, aws_logs as logs",
          "from aws_cdk.aws_stepfunctions import LogLevel, LogOptions"],
         ["=LogOptions(", "=LogLevel.ERROR"]),
        ("import aws_cdk as cdk", "cdk.aws_stepfunctions.StateMachine", [],
         ["cdk.aws_logs.LogGroup(", "cdk.aws_stepfunctions.LogOptions("]),
        ("import aws_cdk.aws_stepfunctions as sfn", "sfn.StateMachine",
         ["from aws_cdk import RemovalPolicy, Stack, aws_logs as logs"], []),
        ("from aws_cdk import core, aws_stepfunctions as sfn", "sfn.StateMachine",
         ["from aws_cdk import aws_logs as logs"],
         ["{core.Stack.of(self)", "=core.RemovalPolicy."]),
        ("from aws_cdk.core import Stack\nfrom aws_cdk import aws_stepfunctions as sfn",
         "sfn.StateMachine",
         ["from aws_cdk import aws_logs as logs", "from aws_cdk.core import RemovalPolicy"],
         ["{Stack.of(self)"]),
        ("from aws_cdk import aws_stepfunctions as sfn\nlogs = Stack = None", "sfn.StateMachine",
         ["from aws_cdk import RemovalPolicy, Stack as cdkStack, aws_logs as cdkLogs"],
         ["cdkLogs.LogGroup(", "{cdkStack.of(self)"]),
        (f"{ALL}from aws_cdk.aws_logs import LogGroup", "sfn.StateMachine", [], ["=LogGroup("]),
    ],
)  # fmt: skip
def test_names_are_the_files_own_or_imported(
    imports: str, constructor: str, lines: list[str], names: list[str]
) -> None:
    after = fixed(f"{imports}\n\nm = {constructor}(self, 'Orders', definition=d)\n")
    head = after.split("\nm = ")[0].splitlines()
    assert [line for line in head if line and line not in imports.splitlines()] == lines
    assert all(name in after for name in names)


@pytest.mark.parametrize(
    ("ident", "group", "name"),
    [
        ("'Orders'", "'OrdersLogs'", "-Orders-"),
        ('f"{p}Orders"', 'f"{p}OrdersLogs"', "-{p}Orders-"),
        ("F'{p[\"a\"]}'", "f'{p[\"a\"]}Logs'", '-{p["a"]}-'),
        ("construct_id", 'f"{construct_id}Logs"', "-{construct_id}-"),
    ],
)
def test_ids_and_names_come_from_the_machines_id(ident: str, group: str, name: str) -> None:
    after = fixed(f"{ALL}sfn.StateMachine(self.scope, {ident}, a=b)\n")
    assert f"self.scope,\n        {group},\n" in after
    assert f"{{cdk.Stack.of(self.scope).stack_name}}{name}{{self.scope.node.addr[-8:]}}" in after


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        (Wanted(level="ALL"), ["level=sfn.LogLevel.ALL,"]),
        (Wanted(include_execution_data=True), ["include_execution_data=True,"]),
        (Wanted(retention_days=90), ["retention=logs.RetentionDays.THREE_MONTHS,"]),
        (
            Wanted(log_group="/central"),
            ['=logs.LogGroup.from_log_group_name(self, "OrdersLogs", "/central"),'],
        ),
        (
            Wanted(log_group="arn:aws:logs:eu-west-1:1:log-group:g"),
            ['.from_log_group_arn(self, "OrdersLogs", "arn:aws:logs:eu-west-1:1:log-group:g"),'],
        ),
    ],
)
def test_what_is_wanted_is_written(wanted: Wanted, parts: list[str]) -> None:
    after = fixed(f'{ALL}sfn.StateMachine(self, "Orders", a=b)\n', wanted)
    assert all(part in after for part in parts)


CONFIGURATION = f"""logging_configuration=sfn.CfnStateMachine.LoggingConfigurationProperty(
        destinations=[sfn.CfnStateMachine.LogDestinationProperty(
            cloud_watch_logs_log_group=sfn.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                log_group_arn=logs.LogGroup(
                    self,
                    "OrdersLogs",
                    log_group_name={NAME},
                    retention=logs.RetentionDays.ONE_YEAR,
                    removal_policy=cdk.RemovalPolicy.RETAIN,
                ).log_group_arn,
            ),
        )],
        level="ERROR",
        include_execution_data=False,
    )"""
POLICY = """.node.add_dependency(iam.Policy(
    self,
    "OrdersLogDelivery",
    roles=[role],
    statements=[iam.PolicyStatement(
        actions=[
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        resources=["*"],
    )],
))"""


@pytest.mark.parametrize(
    ("left", "right"),
    [("m = ", "\nm"), ("self.m = ", "  # it\nself.m"), ("", "")],
)
def test_an_l1_gets_rights_for_its_role_and_waits_for_them(left: str, right: str) -> None:
    comment = right.partition("\n")[0]
    before = f"""{ALL}role = iam.Role(self, "Role", assumed_by=states)
{left}sfn.CfnStateMachine(
    self, "Orders",
    role_arn=role.role_arn
){comment}
"""
    after = before.replace(
        f"role_arn\n){comment}\n", f"role_arn,\n    {CONFIGURATION}\n){right}{POLICY}\n"
    )
    assert fixed(before) == after


@pytest.mark.parametrize(
    ("text", "wanted", "reason"),
    [
        ('sfn.StateMachine(self, "X", logs=None)', Wanted(), "is set here"),
        ('sfn.StateMachine(self, "X", logs=sfn.LogOptions())', Wanted(), "is set here"),
        ('sfn.StateMachine(self, "X" + n)', Wanted(), "cannot be written a second time"),
        ("sfn.StateMachine(self)", Wanted(), "cannot be written a second time"),
        ("sfn.StateMachine()", Wanted(), "cannot be written a second time"),
        ('def f(sfn): sfn.StateMachine(self, "X")', Wanted(), "the name is given to more"),
        ('sfn.StateMachine(self, "X")', Wanted(retention_days=2), "not for 2"),
        ('sfn.CfnStateMachine(self, "X", role_arn=arn)', Wanted(), "role is not made"),
        ('f(sfn.CfnStateMachine(self, "X", role_arn=r.role_arn))', Wanted(), "another expression"),
        ('if a: sfn.CfnStateMachine(self, "X", role_arn=r.role_arn)', Wanted(), "another expr"),
        ('sfn.CfnStateMachine(self, "X", role_arn=r.role_arn); b()', Wanted(), "another expr"),
        ('a = b = sfn.CfnStateMachine(self, "X", role_arn=r.role_arn)', Wanted(), "another expr"),
        ('a["b"] = sfn.CfnStateMachine(self, "X", role_arn=r.role_arn)', Wanted(), "another expr"),
    ],
)
def test_what_cannot_be_added_to_is_refused_with_what_to_paste(
    text: str, wanted: Wanted, reason: str
) -> None:
    refused = refusal(f"{ALL}r = iam.Role(self, 'R')\n{text}\n", wanted)
    assert reason in refused.reason
    assert refused.line == 4
    assert ("logs.LogGroup(" in refused.snippet) == (wanted.retention_days == 365)


def test_a_machine_imported_within_a_function_is_refused() -> None:
    text = "def f():\n    import aws_cdk.aws_stepfunctions as sfn\n    sfn.StateMachine(self, 'X')"
    assert "not imported at the top" in refusal(text).reason


def test_a_snippet_can_be_pasted_and_parses() -> None:
    snippet = refusal(f"{ALL}sfn.StateMachine(self, 'X' + n)").snippet
    imports, _, logs = snippet.partition("logs=")
    text = f"{ALL}{imports}\nsfn.StateMachine(self, 'X' + n, logs={logs})"
    (machine,) = PYTHON.find([SourceFile(PATH, text)]).machines
    assert machine.verdict is Verdict.PASSED


def test_a_file_that_does_not_parse_is_refused() -> None:
    assert "not valid Python" in refusal("import aws_cdk\nStateMachine(").reason


@pytest.mark.parametrize(
    ("at", "text", "reason"),
    [
        ("a=b", "(", "would not parse"),
        ("self", "return ", "would not parse"),
        ("Orders", "My", "would read otherwise"),
        ("# end", "sfn.StateMachine(self, 'B')", "would not be judged as they should"),
        ("# end", "\n", "would not be judged as they should"),
    ],
)
def test_edits_that_do_other_than_they_say_are_a_difference(
    at: str, text: str, reason: str
) -> None:
    sample = f'{ALL}sfn.StateMachine(self, "Orders", a=b)\n# end\n'
    before = [SourceFile(PATH, sample)]
    patch = PYTHON.patch(before, Wanted())
    assert "not the originals" in str(PYTHON.differs(before, before, patch))
    wrong = Patch((Edit(PATH, sample.index(at), text),), patch.fixed)
    assert reason in str(PYTHON.differs(before, patched(before, wrong.edits), wrong))
