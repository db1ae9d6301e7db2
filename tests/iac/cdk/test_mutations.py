"""Broken and odd programs: no crash, and nothing to write that does not hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubmend.iac.cdk import PYTHON, TYPESCRIPT, Cdk
from hubmend.iac.source import SourceFile, Wanted, patched
from tests.iac.cdk import test_patch_python, test_patch_typescript

TS = f"""{test_patch_typescript.ALL}
const shared = {{ timeout }}; const role = new iam.Role(this, 'Role', {{}});
export class A extends cdk.Stack {{
  constructor(scope: Construct, id: string) {{
    const a = new sfn.StateMachine(this, `${{id}}A`, {{ definition: b.next(c), ...shared }}); // é
    new sfn.StateMachine(this, "B", {{ logs: {{ destination, level: sfn.LogLevel.ALL, }} }});
    const l1 = new sfn.CfnStateMachine(this, 'C', {{ roleArn: role.roleArn, }});
  }}
}}
"""
PY = f"""{test_patch_python.ALL}
shared = {{"timeout": t}}; role = iam.Role(self, "Role")
class A(cdk.Stack):
    def __init__(self, scope, id):
        a = sfn.StateMachine(self, f"{{id}}A", definition=b.next(c), **shared)  # é
        sfn.StateMachine(self, "B", logs=sfn.LogOptions(destination=d, level=sfn.LogLevel.ALL,))
        self.l1 = sfn.CfnStateMachine(
            self, 'C', role_arn=role.role_arn,
        )
"""
PIECES = st.sampled_from(
    [*"(){}[],;:.=`'\"\\/*#$\n", "\r", "\t", " ", "\0", "\ufeff", "\ud800", "é", "...", "**",
     "//", "logs", "undefined", "None", "super", "this", "${", "*/", "lambda:", "=>",
     "new ", "import "]
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "path", "text"), [(TYPESCRIPT, "a.ts", TS), (PYTHON, "a.py", PY)], ids=["ts", "py"]
)
@settings(max_examples=250)  # of each language
@given(data=st.data())
def test_a_mutated_program_never_crashes_and_never_writes_what_does_not_hold(
    language: Cdk, path: str, text: str, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 3, 40]))
        text = text[:start] + data.draw(PIECES | st.just(text[end : end + 60])) + text[end:]
    files = [SourceFile(path, text)]
    found, patch = language.find(files), language.patch(files, Wanted())
    assert len(found.refused) <= 1
    after = patched(files, patch.edits)
    if patch.edits and language.differs(files, after, patch) is None:
        assert not language.patch(after, Wanted()).edits
