"""A second, independent parser reads patched Terraform: the original, and what was added."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.iac.source import SourceFile, Wanted, patched
from tests.iac.terraform import corpus
from tests.iac.terraform.sources import RIGHTS, TERRAFORM, folder, machine

hcl2 = pytest.importorskip("hcl2")

ADDED = ("aws_cloudwatch_log_group", "aws_iam_role_policy")
INLINE = 'resource "aws_iam_role" "r" {\n  inline_policy {\n    name = "own"\n  }\n}\n'
SYNTHETIC = [
    folder(machine() + RIGHTS),
    folder(machine("  depends_on = [a.b]\n  count = 2\n") + RIGHTS),
    folder(machine("  depends_on = [\n    a.b, # c\n  ]\n  for_each = { a = 1 }\n") + RIGHTS),
    folder(machine("  provider = aws.x\n") + INLINE),
    folder(machine(name="a") + RIGHTS + machine(name="b")),
]


def resources(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return kind, name and body of every resource of a file."""
    found = hcl2.loads(text).get("resource", [])
    return [
        (kind.strip('"'), name.strip('"'), body)
        for one in found
        for kind, named in one.items()
        for name, body in named.items()
    ]


def without(body: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without what a patch adds to it."""
    kept = {name: value for name, value in body.items() if name != "logging_configuration"}
    for name in ("depends_on", "inline_policy"):
        left = [
            one for one in kept.pop(name, []) if "log_delivery" not in str(one).replace("-", "_")
        ]
        kept |= {name: left} if left else {}
    return kept


def agrees(files: tuple[SourceFile, ...]) -> None:
    patch = TERRAFORM.patch(files, Wanted())
    assert patch.edits
    for before, after in zip(files, patched(files, patch.edits), strict=True):
        if before == after:
            continue
        old, new = resources(before.text), resources(after.text)
        known = {(kind, name) for kind, name, _ in old}
        added = [one for one in new if one[:2] not in known]
        assert {kind for kind, _, _ in added} <= set(ADDED)
        stayed = [(kind, name, without(body)) for kind, name, body in new if (kind, name) in known]
        assert stayed == old
        others_before, others_after = hcl2.loads(before.text), hcl2.loads(after.text)
        others_before.pop("resource"), others_after.pop("resource")
        assert others_before == others_after


@pytest.mark.parametrize("files", SYNTHETIC)
def test_python_hcl2_reads_the_original_and_the_additions(files: tuple[SourceFile, ...]) -> None:
    agrees(files)


@pytest.mark.skipif(not corpus.ROOT.exists(), reason="the corpus is not at hand")
def test_python_hcl2_agrees_on_the_corpus() -> None:
    for files in corpus.folders().values():
        if TERRAFORM.patch(files, Wanted()).edits:
            agrees(files)
