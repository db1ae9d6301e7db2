"""Whether a patched CDK program is the original and the additions, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hubmend.core.resource import Verdict
from hubmend.iac.source import Edit, Found, Patch, SourceFile, patched

Token = tuple[int, str]  # character offset and text
Tokens = Callable[[SourceFile], Sequence[Token] | None]  # None where the text does not parse


def difference(
    before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch, tokens: Tokens
) -> str | None:
    """Return how patched files are more than their originals and the additions, or None."""
    if tuple(after) != patched(before, patch.edits):
        return "the files are not the originals and the additions"
    for old, new in zip(before, after, strict=True):
        edits = [edit for edit in patch.edits if edit.path == old.path]
        original, changed = tokens(old), tokens(new)
        if original is None or changed is None:
            return f"{new.path} would not parse"
        if [text for _, text in original] != _kept(changed, edits):
            return f"{new.path} would read otherwise"
    return None


def misjudged(before: Found, after: Found, patch: Patch) -> str | None:
    """Return how the verdicts are not those of before with the patched machines PASSED, or None."""
    fixed = {(one.path, one.line) for one in patch.fixed}
    wanted = [
        (one.id, Verdict.PASSED if (one.path, one.line) in fixed else one.verdict)
        for one in before.machines
    ]
    if wanted != [(one.id, one.verdict) for one in after.machines]:
        return "the machines would not be judged as they should"
    return None


def _kept(tokens: Sequence[Token], edits: Sequence[Edit]) -> list[str]:
    """Return the tokens that no insertion made."""
    spans: list[tuple[int, int]] = []
    added = 0
    for edit in sorted(edits, key=lambda edit: edit.offset):
        start = edit.offset + added
        added += len(edit.text)
        spans.append((start, start + len(edit.text)))
    return [
        text
        for at, text in tokens
        if not any(start <= at and at + len(text) <= end for start, end in spans)
    ]
