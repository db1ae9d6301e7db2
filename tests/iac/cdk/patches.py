"""What every patch of a CDK program must keep to, whatever it adds."""

from __future__ import annotations

from hubmend.iac.cdk import Cdk
from hubmend.iac.source import Refused, SourceFile, Wanted, patched


def fixed(language: Cdk, path: str, text: str, wanted: Wanted | None = None) -> str:
    """Return the patched text; nothing is refused, and a second run has nothing to do."""
    before = [SourceFile(path, text)]
    patch = language.patch(before, wanted or Wanted())
    assert patch.fixed
    assert not patch.refused
    after = patched(before, patch.edits)
    assert language.differs(before, after, patch) is None
    assert not language.patch(after, wanted or Wanted()).edits
    return after[0].text


def refusal(language: Cdk, path: str, text: str, wanted: Wanted | None = None) -> Refused:
    """Return why a file's only machine is not patched."""
    patch = language.patch([SourceFile(path, text)], wanted or Wanted())
    assert not patch.edits
    assert not patch.fixed
    (refused,) = patch.refused
    return refused
