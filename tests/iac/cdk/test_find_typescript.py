"""Which state machines a TypeScript or JavaScript CDK program constructs, and their verdicts."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import TYPESCRIPT
from hubmend.iac.source import Machine, Rights, SourceFile

SFN = "import * as sfn from 'aws-cdk-lib/aws-stepfunctions';\n"
NAMED = "import { StateMachine as Machine, LogLevel } from 'aws-cdk-lib/aws-stepfunctions';\n"
P, F, U = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN


def found(text: str, path: str = "lib/stack.ts") -> tuple[Machine, ...]:
    assert TYPESCRIPT.claims(path, text)
    result = TYPESCRIPT.find([SourceFile(path, text)])
    assert not result.refused
    return result.machines


def one(text: str, path: str = "lib/stack.ts") -> Machine:
    (machine,) = found(text, path)
    return machine


@pytest.mark.parametrize(
    ("imports", "constructor"),
    [
        ("import * as sfn from 'aws-cdk-lib/aws-stepfunctions'", "sfn.StateMachine"),
        ("import * as sfn from '@aws-cdk/aws-stepfunctions';", "sfn.StateMachine"),
        ('import * as sfn from "monocdk/aws-stepfunctions";', "sfn.StateMachine"),
        ("import sfn = require('@aws-cdk/aws-stepfunctions');", "sfn.StateMachine"),
        ("import {StateMachine} from 'aws-cdk-lib/aws-stepfunctions';", "StateMachine"),
        ("import {StateMachine as M} from 'aws-cdk-lib/aws-stepfunctions';", "M"),
        ("import { aws_stepfunctions as sf } from 'aws-cdk-lib';", "sf.StateMachine"),
        ("import { App, aws_stepfunctions } from 'monocdk';", "aws_stepfunctions.StateMachine"),
        ("import * as cdk from 'aws-cdk-lib';", "cdk.aws_stepfunctions.StateMachine"),
        ("import cdk from 'aws-cdk-lib';", "cdk.aws_stepfunctions.StateMachine"),
        ("const sfn = require('aws-cdk-lib/aws-stepfunctions');", "sfn.StateMachine"),
        ("const { StateMachine } = require('aws-cdk-lib/aws-stepfunctions');", "StateMachine"),
        ("const { StateMachine: M } = require('aws-cdk-lib/aws-stepfunctions');", "M"),
        (
            "const cdk = require('aws-cdk-lib'); const { aws_stepfunctions: s } = cdk",
            "s.StateMachine",
        ),
        ("const cdk = require('aws-cdk-lib'); const s = cdk.aws_stepfunctions", "s.StateMachine"),
    ],
)
def test_every_way_to_import_it_finds_the_machine(imports: str, constructor: str) -> None:
    machine = one(f"{imports}\n\nnew {constructor}(this, 'Orders', {{ definition }});\n")
    assert (machine.line, machine.id, machine.verdict) == (3, "Orders", F)
    assert (machine.kind, machine.reason) == ("cdk-typescript", "logging is off: no `logs`")
    assert machine.role_rights is Rights.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "import { StateMachine } from './state-machine'; // aws-cdk-lib\nnew StateMachine(a)",
        "import * as t from 'aws-cdk-lib/aws-events-targets';\nnew t.SfnStateMachine(machine);",
        "import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';\nlet m: StateMachine;",
        "import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';\nStateMachine.fromArn(a)",
        "import 'aws-cdk-lib';\nimport { X } from '@aws-cdk';\nnew X.StateMachine(this);",
        "import { S } from '@aws-solutions-constructs/x'; // aws-cdk-lib\nnew S.StateMachine();",
        "import { Base } from 'aws-cdk-lib';\nclass StateMachine extends Base { c() { super(1) } }",
        "import * as c from 'aws-cdk-lib';\nclass StateMachine { m() { super(this, 'X', {}); } }",
        "import * as c from 'aws-cdk-lib';\nconst [StateMachine] = c; new StateMachine(this);",
        "import * as c from 'aws-cdk-lib';\nclass StateMachine implements M { c() { super(1); } }",
        "import 'aws-cdk-lib';\nconst a = require(), b = require(c); new a.StateMachine(this);",
        "import * as c from 'aws-cdk-lib';\n// StateMachine\nsuper(this, require(a, b), {});",
    ],
)
def test_what_constructs_no_state_machine_of_the_cdk_is_none(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "import * as sfn from 'sst'; new sfn.StateMachine()"),
        ("a.ts", "import * as cdk from 'aws-cdk-lib'; new cdk.App()"),
        ("a.txt", SFN + "new sfn.StateMachine()"),
    ],
)
def test_other_files_are_not_claimed(path: str, text: str) -> None:
    assert not TYPESCRIPT.claims(path, text)


@pytest.mark.parametrize(
    ("logs", "verdict", "level"),
    [
        ("logs: { destination: group, level: sfn.LogLevel.ALL }", P, "ALL"),
        ("logs: { destination: group, level: sfn.LogLevel.FATAL }", P, "FATAL"),
        ("logs: { destination: group }", P, "ERROR"),
        ("'logs': { 'destination': group, }", P, "ERROR"),
        ("logs: { destination: group, level: sfn.LogLevel.OFF }", F, "OFF"),
        ("logs: { level: sfn.LogLevel.ALL }", F, "ALL"),
        ("logs: {}", F, "ERROR"),
        ("logs: undefined", F, None),
        ("logs: props.logs", U, None),
        ("logs: on ? a : b", U, None),
        ("logs: { destination: group, level }", U, None),
        ("logs: { destination: group, level: sfn.Other.ALL }", U, None),
        ("logs: { destination: group, ...rest }", U, None),
        ("logs: { destination: group, ...rest, level: sfn.LogLevel.ALL }", U, "ALL"),
        ("logs: { level: sfn.LogLevel.ALL, ...rest }", U, None),
        ("logs: { ...rest, level: sfn.LogLevel.ALL }", U, "ALL"),
        ("logs: ({ destination: group! } as sfn.LogOptions)", P, "ERROR"),
        ("get logs() { return x }", U, None),
        ("...rest", U, None),
        ("[key]: 1", U, None),
        ("// logs: { destination: group }", F, None),
        ("logs", U, None),
    ],
)
def test_the_verdict_follows_the_logs_property(logs: str, verdict: Verdict, level: str) -> None:
    text = f"{SFN}new sfn.StateMachine(this, 'Orders', {{\n  definition,\n  {logs}\n}});\n"
    machine = one(text)
    assert (machine.verdict, machine.level) == (verdict, level)
    assert machine.reason


@pytest.mark.parametrize(
    ("given", "verdict", "level"),
    [
        ("loggingConfiguration: { level: 'ALL', destinations: [d] }", P, "ALL"),
        ("loggingConfiguration: { level: sfn.LogLevel.FATAL, destinations }", P, "FATAL"),
        ("loggingConfiguration: { destinations: [d] }", F, "OFF"),
        ("loggingConfiguration: { level: 'ERROR' }", F, "ERROR"),
        ("loggingConfiguration: { level: 'LOUD', destinations }", U, None),
        ("loggingConfiguration: config", U, None),
        ("roleArn: arn", F, None),
    ],
)
def test_the_l1_has_cloudformations_properties(given: str, verdict: Verdict, level: str) -> None:
    machine = one(f"{SFN}new sfn.CfnStateMachine(this, 'Orders', {{ {given} }});\n")
    assert (machine.verdict, machine.level, machine.role_rights) == (verdict, level, Rights.UNKNOWN)


@pytest.mark.parametrize(
    ("before", "arguments", "verdict"),
    [
        ("const p = { definition };", "this, 'X', p", F),
        ("const p = { definition, logs: { destination } };", "this, 'X', p", P),
        ("const p = { definition }; p.logs = x;", "this, 'X', p", U),
        ("const p = { definition }; change(p);", "this, 'X', p", U),
        ("const p = { definition }; function f(p) {}", "this, 'X', p", U),
        ("const p = { definition }; const f = p => p;", "this, 'X', p", U),
        ("const { p } = { p: 1 };", "this, 'X', p", U),
        ("const { q: p, ...r } = x;", "this, 'X', p", U),
        ("const p = a ? b : c;", "this, 'X', p", U),
        ("let p; p = { definition };", "this, 'X', p", U),
        ("const p = { definition };", "this, 'X', { ...p, timeout }", F),
        ("const p = { logs: { destination } };", "this, 'X', { ...p, timeout }", P),
        ("const p = { logs: { destination } };", "this, 'X', { ...p, ...q }", U),
        ("const level = sfn.LogLevel.ALL;", "this, 'X', { logs: { destination, level } }", P),
        ("", "this, 'X', props.machine", U),
        ("", "this, 'X', { ...(a && { logs }) }", U),
        ("", "this, 'X'", U),
        ("", "...all", U),
    ],
)
def test_properties_elsewhere_are_judged_only_when_the_file_tells_them(
    before: str, arguments: str, verdict: Verdict
) -> None:
    machine = one(f"{SFN}{before}\nnew sfn.StateMachine({arguments});\n")
    assert (machine.verdict, machine.line) == (verdict, 3)


def test_constants_that_name_each_other_are_not_followed_for_ever() -> None:
    assert one(f"{SFN}const a = b; const b = a; new sfn.StateMachine(this, 'X', a);").verdict is U


def test_a_machine_without_arguments_is_not_judged() -> None:
    machine = one(f"{SFN}const m = new sfn.StateMachine;")
    assert (machine.verdict, machine.id) == (U, "")
    assert "not there" in machine.reason


@pytest.mark.parametrize(
    "after",
    [
        "(m.node.defaultChild as sfn.CfnStateMachine).loggingConfiguration = x;",
        "child.addPropertyOverride('LoggingConfiguration.Level', 'ALL');",
    ],
)
def test_logging_set_after_construction_leaves_the_verdict_open(after: str) -> None:
    machine = one(f"{SFN}const m = new sfn.StateMachine(this, 'X', {{ definition }});\n{after}")
    assert machine.verdict is U


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("role: role", Rights.PRESENT),
        ("role: this.role", Rights.PRESENT),
        ("role: new iam.Role(this, 'R', { assumedBy })", Rights.PRESENT),
        ("role: imported", Rights.UNKNOWN),
        ("role: props.role", Rights.UNKNOWN),
        ("...rest", Rights.UNKNOWN),
    ],
)
def test_the_l2_grants_unless_the_role_may_not_be_its_own(role: str, rights: Rights) -> None:
    text = f"""{SFN}import * as iam from 'aws-cdk-lib/aws-iam';
const role = new iam.Role(this, 'Role', {{ assumedBy }});
this.role = new iam.Role(this, 'Role2', {{ assumedBy }});
const imported = iam.Role.fromRoleArn(this, 'Role3', arn);
new sfn.StateMachine(this, 'X', {{ definition, {role} }});
"""
    assert one(text).role_rights is rights


@pytest.mark.parametrize(
    ("made", "statement", "rights"),
    [
        ("new iam.Role(this, 'R', {})", "", Rights.ABSENT),
        ("new iam.Role(this, 'R', {})", "'logs:CreateLogDelivery'", Rights.UNKNOWN),
        ("iam.Role.fromRoleName(this, 'R', 'r')", "", Rights.UNKNOWN),
    ],
)
def test_the_l1_grants_nothing(made: str, statement: str, rights: Rights) -> None:
    text = f"""{SFN}import * as iam from 'aws-cdk-lib/aws-iam';
const role = {made};
allow({statement});
new sfn.CfnStateMachine(this, 'X', {{ roleArn: role.roleArn }});
"""
    assert one(text).role_rights is rights


@pytest.mark.parametrize(
    ("destination", "group"),
    [
        ("group", "/orders"),
        ("new logs.LogGroup(this, 'L', { logGroupName: '/orders' })", "/orders"),
        ("new logs.LogGroup(this, 'L')", "new logs.LogGroup(this, 'L')"),
        ("props.group", "props.group"),
        (
            "logs.LogGroup.fromLogGroupArn(this, 'A very long construct id', `arn:${aws}`)",
            "logs.LogGroup.fromLogGroupArn(this, 'A very long construc...",
        ),
    ],
)
def test_the_log_group_is_named_as_far_as_it_is_told(destination: str, group: str) -> None:
    text = f"""{SFN}import * as logs from 'aws-cdk-lib/aws-logs';
const group = new logs.LogGroup(this, 'Group', {{ logGroupName: '/orders', retention }});
new sfn.StateMachine(this, 'X', {{
  logs: {{ destination: {destination}, includeExecutionData: true }},
}});
"""
    machine = one(text)
    assert (machine.log_group, machine.include_execution_data) == (group, True)


def test_a_class_that_extends_the_construct_constructs_it_with_super() -> None:
    text = f"""{SFN}export class Orders extends sfn.StateMachine {{
  constructor(scope: Construct, id: string) {{
    super(scope, id, {{ definition }});
  }}
}}
const Later = class extends sfn.StateMachine {{ constructor() {{ super(a, `${{b}}-c`, {{}}); }} }};
"""
    assert [(m.line, m.id) for m in found(text)] == [(4, "id"), (7, "${b}-c")]
    assert [
        m.line for m in found(text.replace(": Construct", "").replace(": string", ""), "a.js")
    ] == [4, 7]


def test_every_machine_of_a_file_is_found_in_its_order() -> None:
    text = f"""{NAMED}// naïve, 日本語
const a = new Machine(this, 'A', {{ logs: {{ destination, level: LogLevel.ALL }} }});
const b = new Machine(this, "B", {{ definition: start }}), c = new Machine(this, `C`, {{}});
"""
    assert [(m.line, m.id, m.verdict) for m in found(text)] == [
        (3, "A", P),
        (4, "B", F),
        (4, "C", F),
    ]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_a_byte_order_mark_do_not_matter(ending: str, mark: str) -> None:
    text = f"{mark}{SFN}\n\nnew sfn.StateMachine(this, 'X', {{ definition }});"
    assert one(text.replace("\n", ending)).line == 4


def test_jsx_is_read() -> None:
    text = f"{SFN}const page = <b>hello</b>;\nnew sfn.StateMachine(this, 'X', {{}});"
    assert one(text, "a.tsx").line == one(text, "a.jsx").line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{SFN}new sfn.StateMachine(this, 'X', {{", 2),
        (f"{SFN}\nclass {{{{ cookiecutter.name }}}} {{}} // new sfn.StateMachine", 3),
        (f"{SFN}new sfn.StateMachine(this, 'X', {{ a: }})", 2),
    ],
)
def test_what_does_not_parse_is_refused_with_its_line(text: str, line: int) -> None:
    result = TYPESCRIPT.find([SourceFile("lib/stack.ts", text)])
    assert result.machines == ()
    (refused,) = result.refused
    assert (refused.path, refused.line) == ("lib/stack.ts", line)
    assert "not valid TypeScript" in refused.reason
