"""State machines of CDK programs in Java, C# and Go: found, and not judged."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac import LANGUAGES
from hubmend.iac.cdk.others import CSHARP, GO, JAVA, Unjudged
from hubmend.iac.source import Patch, SourceFile, Wanted

JAVA_TEXT = """import software.amazon.awscdk.services.stepfunctions.*;
// StateMachine.Builder.create(this, "Comment")
String s = "new StateMachine(this, \\"Text\\")";
StateMachine a = StateMachine.Builder.create(this, "Orders").build();
var b = new software.amazon.awscdk.services.stepfunctions.CfnStateMachine(
    this, "Raw", props);
"""
CSHARP_TEXT = """using Amazon.CDK.AWS.StepFunctions;\r
/* new StateMachine(this, "Comment") */\r
var s = @"new StateMachine(""x"")"; char q = '"';\r
var m = new StateMachine(this, "Orders", new StateMachineProps { });\r
var n = new CfnStateMachine(scope, Id());\r
"""
GO_TEXT = """import sfn "github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
const s = `sfn.NewStateMachine(a, "Text")`
m := sfn.NewStateMachine(stack, jsii.String("Orders"), &sfn.StateMachineProps{})
"""


@pytest.mark.parametrize(
    ("language", "path", "text", "expected"),
    [
        (JAVA, "src/Stack.java", JAVA_TEXT, [(4, "Orders"), (5, "Raw")]),
        (CSHARP, "src/Stack.cs", CSHARP_TEXT, [(4, "Orders"), (5, "")]),
        (GO, "main.go", GO_TEXT, [(3, "Orders")]),
    ],
)
def test_machines_are_found_and_not_judged(
    language: Unjudged, path: str, text: str, expected: list[tuple[int, str]]
) -> None:
    files = [SourceFile(path, text)]
    assert [one for one in LANGUAGES if one.claims(path, text)] == [language]
    machines = language.find(files).machines
    assert [(one.line, one.id) for one in machines] == expected
    assert {one.verdict for one in machines} == {Verdict.UNKNOWN}
    assert {one.kind for one in machines} == {language.kind}
    assert all("cdk synth" in one.reason for one in machines)
    assert language.patch(files, Wanted()) == Patch()
    assert language.differs(files, files, Patch()) is None
    assert language.differs(files, [SourceFile(path, "")], Patch()) is not None


@pytest.mark.parametrize(
    ("language", "path", "text"),
    [
        (JAVA, "a.java", "new StateMachine(this)"),
        (JAVA, "a.java", "import software.amazon.awscdk.App; // new StateMachine("),
        (JAVA, "a.kt", JAVA_TEXT),
        (CSHARP, "a.cs", "using Amazon.CDK; new SfnStateMachine(machine)"),
        (GO, "a.go", "awsstepfunctions.NewStateMachine(stack)"),
    ],
)
def test_other_files_are_not_claimed(language: Unjudged, path: str, text: str) -> None:
    assert not language.claims(path, text)
    assert language.find([SourceFile(path, text)]).machines == () or path == "a.kt"
