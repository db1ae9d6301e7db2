"""Broken and odd source: never a crash, and what is written is always whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.resource import Verdict
from hubmend.iac.source import SourceFile, Wanted, patched
from tests.iac.terraform.sources import RIGHTS, TERRAFORM, logged, machine

WHOLE = (
    "\ufeff# größe\n"
    + machine("  count = 2\n\n  depends_on = [a.b, # c\n    d.e]\n")
    + RIGHTS
    + logged("local.l", "n")
    + 'locals {\n  l = "ALL"\n}\nx {\n  y = <<-EOT\n    ${a.b}\n  EOT\n}\n'
)
PIECES = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "${",
    "<<EOF\n",
    "\n",
    "\r\n",
    "#",
    "/*",
    "*/",
    ",",
    "=",
    "\0",
    "🙂",
]

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*PIECES, *WHOLE.split(" ")]), max_size=40).map("".join),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = WHOLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = (
            text[:start] + draw(st.one_of(st.just(""), st.sampled_from(PIECES), texts)) + text[end:]
        )
    return text


@given(mutated(), st.one_of(st.just(RIGHTS.replace('"r"', '"s"')), texts))
def test_mutated_source_is_judged_or_refused_and_never_half_patched(text: str, other: str) -> None:
    files = (SourceFile("a/x.tf", text), SourceFile("a/y.tf", other))
    found = TERRAFORM.find(files)
    patch = TERRAFORM.patch(files, Wanted())
    assert len(patch.fixed) + len(patch.refused) <= len(found.machines)
    after = patched(files, patch.edits)
    if TERRAFORM.differs(files, after, patch) is None:
        passing = {
            (one.path, one.id)
            for one in TERRAFORM.find(after).machines
            if one.verdict is Verdict.PASSED
        }
        assert {(one.path, one.id) for one in patch.fixed} <= passing
        assert not TERRAFORM.patch(after, Wanted()).edits


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
def test_any_text_is_read(text: str) -> None:
    for name in ("x.tf", "terraform.tfvars", "terraform.tfvars.json", "x.tf.json"):
        TERRAFORM.find([SourceFile(name, text)])
