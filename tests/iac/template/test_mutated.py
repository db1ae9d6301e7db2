"""Whatever is done to a template: no crash, and nothing written but additions."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from hubmend.iac.source import SourceFile, Wanted, patched
from hubmend.iac.template import ALL
from tests.iac.template.test_patch import _CFN, _POLICY, _SAM, _SLS

_JSON = json.dumps(
    {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "p"}]}},
            "Flow": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Name": "é😀"},
            },
        }
    },
    indent="\\t",
)
_TEMPLATES = st.sampled_from([_SAM, _SAM + _POLICY, _CFN, _SLS, _JSON])
_SCRAPS = st.sampled_from(
    [
        *("\n", " ", "  ", "\t", "- ", ": ", "#", "&a ", "*a", "|", ">+", "{", "}", "[", "]", '"'),
        *("'", "!If ", "!Ref ", "<<: ", "? ", "---\n", "...\n", "{{ x }}", "\r", "\ufeff", "\x00"),
        *("\u2028", "\ud800", "null", "Policies:", "Logging: ", "\\ud83d\\ude00", ",", "%", "@"),
    ]
)
_MUTATION = st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(_SCRAPS, st.text(max_size=3)))


@given(_TEMPLATES, st.lists(_MUTATION, min_size=1, max_size=4), st.booleans())
@settings(max_examples=500, deadline=None)
def test_mutated_characters_never_lead_to_a_wrong_patch(
    text: str, mutations: list[tuple[float, int, str]], lines: bool
) -> None:
    for place, cut, scrap in mutations:
        at = int(place * len(text))
        if lines:  # whole lines move: what stays is more often well formed
            at = text.rfind("\n", 0, at) + 1
            end = (text.find("\n", at) + 1 or len(text)) if cut % 2 else at
        else:
            end = at + cut
        text = text[:at] + scrap + text[end:]
    _held(text)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["OFF", "ALL", "*"])),
        lambda children: st.one_of(
            st.lists(children, max_size=3),
            st.dictionaries(
                st.sampled_from(["Ref", "Fn::If", "Fn::GetAtt", "Statement", "Level", "<<", "x"]),
                children,
                max_size=3,
            ),
        ),
        max_leaves=6,
    ),
    st.sampled_from(
        ["Logging", "Policies", "Role", "Type", "LoggingConfiguration", "RoleArn", "Tags"]
    ),
    st.sampled_from(["AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"]),
)
@settings(max_examples=300, deadline=None)
def test_mutated_structure_never_leads_to_a_wrong_patch(
    value: object, name: str, kind: str
) -> None:
    body = {"Type": kind, "Properties": {"Name": "flow", name: value}}
    _held(json.dumps({"Resources": {"Flow": body, "Role": {"Type": "AWS::IAM::Role"}}}, indent=1))


def _held(text: str) -> None:
    file = SourceFile("t.yaml", text)
    for language in ALL:
        found = language.find([file])
        patch = language.patch([file], Wanted())
        after = patched([file], patch.edits)
        why = language.differs([file], after, patch)
        if why is None and patch.edits:
            again = language.patch(after, Wanted())
            assert not again.edits
            assert len(language.find(after).machines) == len(found.machines)
