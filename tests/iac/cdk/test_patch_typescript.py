"""What is inserted into TypeScript and JavaScript CDK programs, and what is refused."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import TYPESCRIPT
from hubmend.iac.source import Patch, Refused, SourceFile, Wanted, patched
from tests.iac.cdk import patches

V1 = "import * as cdk from '@aws-cdk/core';\n"
PATH = "lib/stack.ts"
CORE = "import * as cdk from 'aws-cdk-lib';\n"
SFN = "import * as sfn from 'aws-cdk-lib/aws-stepfunctions';\n"
LOGS = "import * as logs from 'aws-cdk-lib/aws-logs';\n"
IAM = "import * as iam from 'aws-cdk-lib/aws-iam';\n"
ROLE = "const r = new iam.Role(this, 'R', {});"
ALL = CORE + SFN + LOGS + IAM
NAME = "`/aws/vendedlogs/states/${cdk.Stack.of(this).stackName}-Orders-${this.node.addr.slice(-8)}`"
INSIDE = f"""destination: new logs.LogGroup(this, 'OrdersLogs', {{
    logGroupName: {NAME},
    retention: logs.RetentionDays.ONE_YEAR,
    removalPolicy: cdk.RemovalPolicy.RETAIN,
  }}),
  level: sfn.LogLevel.ERROR,
  includeExecutionData: false,
"""


def fixed(text: str, wanted: Wanted | None = None, path: str = PATH) -> str:
    return patches.fixed(TYPESCRIPT, path, text, wanted)


def refusal(text: str, wanted: Wanted | None = None) -> Refused:
    return patches.refusal(TYPESCRIPT, PATH, text, wanted)


def test_a_machine_gets_logs_a_log_group_and_what_they_need_imported() -> None:
    before = """import { Duration, Stack } from 'aws-cdk-lib';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new StateMachine(this, 'Orders', {
      definitionBody, // of the order's life
      timeout: Duration.minutes(5),
    });
  }
}
"""
    assert (
        fixed(before)
        == """import { Duration, Stack } from 'aws-cdk-lib';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { LogLevel } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new StateMachine(this, 'Orders', {
      definitionBody, // of the order's life
      timeout: Duration.minutes(5),
      logs: {
        destination: new logs.LogGroup(this, 'OrdersLogs', {
          logGroupName: NAME,
          retention: logs.RetentionDays.ONE_YEAR,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
  }
}
""".replace("NAME", NAME.replace("cdk.", ""))
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{\n  a,\n}", "{\n  a,\n  LOGS,\n}"),
        ("{\n  a\n}", "{\n  a,\n  LOGS\n}"),
        ("{\n  a // note\n}", "{\n  a, // note\n  LOGS\n}"),
        ("{\n  a, /* b */ // note\n}", "{\n  a, /* b */ // note\n  LOGS,\n}"),
        ("{\n  a,\n  // note\n}", "{\n  a,\n  LOGS,\n  // note\n}"),
        ("{\n  a, b }", "{\n  a, b, LOGS }"),
        ("{\n  a }", "{\n  a,\n  LOGS }"),
        ("{\n  a: b({\n    c,\n  })\n}", "{\n  a: b({\n    c,\n  }),\n  LOGS\n}"),
        ("{\n  ...shared,\n}", "{\n  ...shared,\n  LOGS,\n}"),
    ],
)
def test_the_property_follows_the_last_in_its_style(before: str, after: str) -> None:
    start = f"{ALL}const shared = {{}};\nnew sfn.StateMachine(this, 'Orders', "
    logs = "logs: {\n    " + INSIDE.replace("\n", "\n  ").rstrip(" ") + "  }"
    assert fixed(f"{start}{before});\n") == f"{start}{after.replace('LOGS', logs)});\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{ a }", "{ a, LOGS }"),
        ("{ a, }", "{ a, LOGS, }"),
        ("{ a /* b */ }", "{ a, LOGS /* b */ }"),
        ("{}", "{ LOGS }"),
    ],
)
def test_properties_on_one_line_stay_there(before: str, after: str) -> None:
    start = f"{ALL}new sfn.StateMachine(this, 'Orders', "
    logs = f"logs: {{\n  {INSIDE}}}"
    assert fixed(f"{start}{before});") == f"{start}{after.replace('LOGS', logs)});"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("unit", ["\t", "    ", "   "])
def test_line_endings_mark_and_indentation_are_the_files(ending: str, mark: str, unit: str) -> None:
    def laid_out(text: str) -> str:
        return mark + text.replace("\n", ending).replace("  ", unit)

    before = f"{ALL}class A {{\n  b() {{\n    new sfn.StateMachine(this, 'Orders', {{\n      a,\n"
    inside = INSIDE.replace("\n", "\n      ").rstrip(" ")
    logs = f"      logs: {{\n        {inside}      }},\n"
    end = "    });\n  }\n}"
    assert fixed(laid_out(before + end)) == laid_out(before + logs + end)


@pytest.mark.parametrize(
    ("imports", "constructor", "lines", "names"),
    [
        (SFN, "sfn.StateMachine",
         ["import { RemovalPolicy, Stack } from 'aws-cdk-lib';", LOGS[:-1]],
         ["logs.LogGroup", "Stack.of", "sfn.LogLevel"]),
        (CORE + SFN + "import { LogGroup } from 'aws-cdk-lib/aws-logs';\n", "sfn.StateMachine",
         ["import { RetentionDays } from 'aws-cdk-lib/aws-logs';"],
         ["new LogGroup", " RetentionDays.ONE", "cdk.Stack.of"]),
        (CORE, "cdk.aws_stepfunctions.StateMachine", [],
         ["cdk.aws_logs.LogGroup", "cdk.aws_stepfunctions.LogLevel", "cdk.Stack"]),
        ("import { aws_stepfunctions as sf, aws_logs, Stack, RemovalPolicy } from 'aws-cdk-lib';\n",
         "sf.StateMachine", [], ["aws_logs.LogGroup", "sf.LogLevel", "{Stack.of"]),
        ('import { aws_stepfunctions as sf, Stack } from "aws-cdk-lib"\n', "sf.StateMachine",
         ['import { RemovalPolicy } from "aws-cdk-lib"',
          'import * as logs from "aws-cdk-lib/aws-logs"'], ["logs.LogGroup", " RemovalPolicy."]),
        (V1 + "import * as sfn from '@aws-cdk/aws-stepfunctions';\n", "sfn.StateMachine",
         ["import * as logs from '@aws-cdk/aws-logs';"], ["cdk.Stack.of"]),
        ("import { StateMachine } from '@aws-cdk/aws-stepfunctions';\n", "StateMachine",
         ["import * as logs from '@aws-cdk/aws-logs';",
          "import { LogLevel } from '@aws-cdk/aws-stepfunctions';",
          "import { RemovalPolicy, Stack } from '@aws-cdk/core';"], ["logs.LogGroup"]),
        ("import sfn = require('monocdk/aws-stepfunctions');\n", "sfn.StateMachine",
         ["import { RemovalPolicy, Stack } from 'monocdk';",
          "import * as logs from 'monocdk/aws-logs';"], []),
        ("const sfn = require('aws-cdk-lib/aws-stepfunctions');\n", "sfn.StateMachine",
         ["const { RemovalPolicy, Stack } = require('aws-cdk-lib');",
          "const logs = require('aws-cdk-lib/aws-logs');"], ["logs.LogGroup"]),
        ("const { StateMachine } = require('aws-cdk-lib/aws-stepfunctions')\nlet LogLevel, Stack\n",
         "StateMachine",
         ["const { RemovalPolicy, Stack: cdkStack } = require('aws-cdk-lib')",
          "const logs = require('aws-cdk-lib/aws-logs')",
          "const { LogLevel: cdkLogLevel } = require('aws-cdk-lib/aws-stepfunctions')"],
         ["cdkLogLevel.ERROR", "cdkStack.of"]),
        (CORE + SFN + "const logs = 1, cdkLogs = 2;\n", "sfn.StateMachine",
         ["import * as cdkLogs2 from 'aws-cdk-lib/aws-logs';"], ["new cdkLogs2.LogGroup"]),
        (CORE + SFN + LOGS + "const f = (logs) => logs;\n", "sfn.StateMachine",
         ["import * as cdkLogs from 'aws-cdk-lib/aws-logs';"], ["new cdkLogs.LogGroup"]),
        (CORE + SFN + "import type { LogGroup } from 'aws-cdk-lib/aws-logs';\n", "sfn.StateMachine",
         [LOGS[:-1]], ["new logs.LogGroup"]),
        (CORE + SFN + "import { type LogGroup } from 'aws-cdk-lib/aws-logs';\n", "sfn.StateMachine",
         [LOGS[:-1]], ["new logs.LogGroup"]),
        (CORE + SFN.rstrip() + " // for it\n", "sfn.StateMachine", [LOGS[:-1]],
         ["new logs.LogGroup"]),
    ],
)  # fmt: skip
def test_names_are_the_files_own_or_imported_in_its_style(
    imports: str, constructor: str, lines: list[str], names: list[str]
) -> None:
    before = f"{imports}\nnew {constructor}(this, 'Orders', {{ definition }});\n"
    after = fixed(before)
    head = after.split("\nnew ")[0].splitlines()
    assert [line for line in head if line not in imports.splitlines()] == lines
    assert all(name in after for name in names)


def test_an_import_shared_with_other_code_on_its_line_is_followed_at_once() -> None:
    before = f"{CORE}{SFN[:-1]} start();\nnew sfn.StateMachine(this, 'Orders', {{ a }});\n"
    assert f"{SFN}{LOGS[:-1]} start();\n" in fixed(before)


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        (Wanted(level="ALL"), ["level: sfn.LogLevel.ALL,"]),
        (Wanted(level="FATAL"), ["level: sfn.LogLevel.FATAL,"]),
        (Wanted(include_execution_data=True), ["includeExecutionData: true,"]),
        (Wanted(retention_days=7), ["retention: logs.RetentionDays.ONE_WEEK,"]),
        (Wanted(retention_days=3653), ["retention: logs.RetentionDays.TEN_YEARS,"]),
        (
            Wanted(log_group="/central/it's"),
            ["logs.LogGroup.fromLogGroupName(this, 'OrdersLogs', '/central/it\\'s'),"],
        ),
        (
            Wanted(log_group="arn:aws:logs:eu-west-1:1:log-group:g", retention_days=8),
            [".fromLogGroupArn(this, 'OrdersLogs', 'arn:aws:logs:eu-west-1:1:log-group:g'),"],
        ),
    ],
)
def test_what_is_wanted_is_written(wanted: Wanted, parts: list[str]) -> None:
    after = fixed(f"{ALL}new sfn.StateMachine(this, 'Orders', {{ a }});\n", wanted)
    assert all(part in after for part in parts)


@pytest.mark.parametrize("express", ["sfn.StateMachineType.EXPRESS", "'EXPRESS'"])
def test_an_express_machine_gets_every_event(express: str) -> None:
    before = f"{ALL}new sfn.StateMachine(this, 'Orders', {{ stateMachineType: {express} }});\n"
    assert "level: sfn.LogLevel.ALL" in fixed(before)


@pytest.mark.parametrize(
    ("ident", "group", "name"),
    [
        ('"Orders"', '"OrdersLogs"', "-Orders-"),
        ("'Map of Orders/1'", "'Map of Orders/1Logs'", "-Map-of-Orders/1-"),
        ("`${p}Orders`", "`${p}OrdersLogs`", "-${p}Orders-"),
        ("`Orders`", "`OrdersLogs`", "-Orders-"),
        ("id", "`${id}Logs`", "-${id}-"),
        ("props.id", "`${props.id}Logs`", "-${props.id}-"),
    ],
)
def test_ids_and_names_come_from_the_machines_id(ident: str, group: str, name: str) -> None:
    after = fixed(f"{ALL}new sfn.StateMachine(props.scope, {ident}, {{ a }});\n")
    assert f"new logs.LogGroup(props.scope, {group}, {{" in after
    assert f"${{cdk.Stack.of(props.scope).stackName}}{name}${{props.scope.node.addr" in after


def test_places_count_characters_not_bytes() -> None:
    before = f"// 注文 😀\n{ALL}new sfn.StateMachine(this, 'Orders', {{ a: '注文' }}); // 注文\n"
    after = fixed(before)
    assert after.startswith(f"// 注文 😀\n{ALL}")
    assert "{ a: '注文', logs: {\n" in after


def test_an_id_that_the_file_has_is_not_given_again() -> None:
    before = (
        f"{ALL}f('OrdersLogs', \"OrdersLogs2\");\nnew sfn.StateMachine(this, 'Orders', {{ a }});\n"
    )
    assert "new logs.LogGroup(this, 'OrdersLogs3', {" in fixed(before)


def test_every_machine_of_a_file_is_patched_and_those_on_stay() -> None:
    before = f"""{CORE}{SFN}
const a = new sfn.StateMachine(this, 'A', {{ b }});
const on = new sfn.StateMachine(this, 'On', {{ logs: {{ destination }} }});
const c = new sfn.StateMachine(this, 'C', {{
  chain: start.next(new sfn.StateMachine(this, 'Inner', {{ b }})),
}});
"""
    after = fixed(before)
    assert after.count("new logs.LogGroup(this, ") == 3
    assert after.count("from 'aws-cdk-lib/aws-logs'") == 1
    verdicts = [one.verdict for one in TYPESCRIPT.find([SourceFile(PATH, after)]).machines]
    assert verdicts == [Verdict.PASSED] * 4


CONFIGURATION = f"""loggingConfiguration: {{
    destinations: [{{
      cloudWatchLogsLogGroup: {{
        logGroupArn: new logs.LogGroup(this, 'OrdersLogs', {{
          logGroupName: {NAME},
          retention: logs.RetentionDays.ONE_YEAR,
          removalPolicy: cdk.RemovalPolicy.RETAIN,
        }}).logGroupArn,
      }},
    }}],
    level: 'ERROR',
    includeExecutionData: false,
  }},
"""
POLICY = """new iam.Policy(this, 'OrdersLogDelivery', {
  roles: [role],
  statements: [new iam.PolicyStatement({
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    resources: ['*'],
  })],
})"""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("const machine = ", ";\nmachine.node.addDependency(POLICY);"),
        ("this.machine = ", ";\nthis.machine.node.addDependency(POLICY);"),
        ("", ".node.addDependency(POLICY);"),
    ],
)
def test_an_l1_gets_rights_for_its_role_and_waits_for_them(left: str, right: str) -> None:
    before = f"""{ALL}const role = new iam.Role(this, 'Role', {{ assumedBy }});
{left}new sfn.CfnStateMachine(this, 'Orders', {{
  roleArn: role.roleArn,
}});
"""
    after = before.replace("roleArn,\n});", f"roleArn,\n  {CONFIGURATION}}}){right}")
    assert fixed(before) == after.replace("POLICY", POLICY)


@pytest.mark.parametrize(
    ("text", "wanted", "reason"),
    [
        ("const p = {}; new sfn.StateMachine(this, 'X', p)", Wanted(), "give them `logs`"),
        ("new sfn.StateMachine(this, 'X', { logs: undefined })", Wanted(), "is set here"),
        ("new sfn.StateMachine(this, 'X', { logs: {} })", Wanted(), "is set here"),
        ("new sfn.StateMachine(this, 'X' + n, {})", Wanted(), "cannot be written a second time"),
        ("new sfn.StateMachine(this, 'a\\'b', {})", Wanted(), "cannot be written a second time"),
        ("new sfn.StateMachine(scope(), 'X', {})", Wanted(), "cannot be written a second time"),
        ("new sfn.StateMachine({})", Wanted(), None),
        ("new sfn.StateMachine(this, 'X', {}); f(sfn => 1)", Wanted(), "the name is given to more"),
        ("const s = sfn; new s.StateMachine(this, 'X', {})", Wanted(), "not imported at the top"),
        ("new sfn.StateMachine(this, 'X', {})", Wanted(retention_days=8), "not for 8"),
        ("new sfn.CfnStateMachine(this, 'X', { roleArn: arn })", Wanted(), "role is not made"),
        ("new sfn.CfnStateMachine(this, 'X', { roleArn: r.arn })", Wanted(), "role is not made"),
        (
            f"{ROLE} f(new sfn.CfnStateMachine(this, 'X', {{ roleArn: r.roleArn }}))",
            Wanted(),
            "inside of another expression",
        ),
        (
            f"{ROLE} if (r) new sfn.CfnStateMachine(this, 'X', {{ roleArn: r.roleArn }})",
            Wanted(),
            "inside of another expression",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_added_to_is_refused_with_what_to_paste(
    text: str, wanted: Wanted, reason: str | None
) -> None:
    if reason is None:  # not judged, so there is nothing to patch
        assert TYPESCRIPT.patch([SourceFile(PATH, f"{SFN}{IAM}{text};")], wanted) == Patch()
        return
    refused = refusal(f"{SFN}{IAM}{text};", wanted)
    assert reason in refused.reason
    assert refused.line == 3
    if wanted.retention_days == 8:
        assert refused.snippet == ""
    else:
        assert 'import * as logs from "aws-cdk-lib/aws-logs";' in refused.snippet
        assert "new logs.LogGroup(" in refused.snippet
        assert ("new iam.Policy(" in refused.snippet) == ("Cfn" in text)


def test_a_snippet_can_be_pasted_and_parses() -> None:
    snippet = refusal(f"{SFN}const p = {{}};\nnew sfn.StateMachine(this, 'X', p);").snippet
    imports, _, logs = snippet.partition("logs: {")
    assert logs
    text = f"{SFN}{imports}\nnew sfn.StateMachine(this, 'X', {{ definition, logs: {{{logs} }});"
    (machine,) = TYPESCRIPT.find([SourceFile(PATH, text)]).machines
    assert machine.verdict is Verdict.PASSED


def test_a_file_that_does_not_parse_is_refused() -> None:
    assert "not valid TypeScript" in refusal(f"{SFN}new sfn.StateMachine(").reason


SAMPLE = f"{CORE}{SFN}\nnew sfn.StateMachine(this, 'Orders', {{ a }}); // end\n"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("// end", "// End", "not the originals and the additions"),
        ("", " ", "not the originals and the additions"),
    ],
)
def test_text_that_no_edit_made_is_a_difference(old: str, new: str, reason: str) -> None:
    before = [SourceFile(PATH, SAMPLE)]
    patch = TYPESCRIPT.patch(before, Wanted())
    after = [SourceFile(PATH, patched(before, patch.edits)[0].text.replace(old, new, 1))]
    assert reason in str(TYPESCRIPT.differs(before, after, patch))


@pytest.mark.parametrize(
    ("at", "text", "reason"),
    [
        ("{ a", "{", "would not parse"),
        ("end", "the ", "would read otherwise"),
        ("Orders", "My", "would read otherwise"),
        ("// end", "/* */", "would not be judged as they should"),
        ("// end", "new sfn.StateMachine(this, 'B', {});", "would not be judged as they should"),
    ],
)
def test_edits_that_do_other_than_they_say_are_a_difference(
    at: str, text: str, reason: str
) -> None:
    before = [SourceFile(PATH, SAMPLE)]
    patch = TYPESCRIPT.patch(before, Wanted())
    edit = type(patch.edits[0])(PATH, SAMPLE.index(at), text)
    wrong = Patch((edit,), patch.fixed)
    assert reason in str(TYPESCRIPT.differs(before, patched(before, wrong.edits), wrong))
    broken = [SourceFile(PATH, "new {")]
    assert "would not parse" in str(TYPESCRIPT.differs(broken, broken, Patch()))
