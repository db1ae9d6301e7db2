"""A patch, held to everything that is promised of it."""

from __future__ import annotations

from hubmend.core.resource import Verdict
from hubmend.iac.source import Patch, SourceFile, Wanted, patched
from tests.iac.template.corpus import language


def fixed(file: SourceFile, wanted: Wanted) -> tuple[SourceFile, Patch]:
    """Patch a file: additions only, passed afterwards, nothing the second time."""
    spoken_for = language(file)
    assert spoken_for
    patch = spoken_for.patch([file], wanted)
    after = patched([file], patch.edits)
    assert spoken_for.differs([file], after, patch) is None, file.path
    assert without(after[0].text, patch) == file.text
    again = spoken_for.patch(after, wanted)
    assert not again.edits
    assert not again.fixed
    found = {one.id: one for one in spoken_for.find(after).machines}
    for one in patch.fixed:
        assert found[one.id].verdict is Verdict.PASSED
        assert found[one.id].role_rights == "present"
        assert wanted.level in {None, found[one.id].level}
        assert found[one.id].include_execution_data is wanted.include_execution_data
    return after[0], patch


def without(text: str, patch: Patch) -> str:
    """Take the inserted texts out again, from the last to the first."""
    moved, places = 0, []
    for edit in sorted(patch.edits, key=lambda one: one.offset):
        places.append((edit.offset + moved, edit.text))
        moved += len(edit.text)
    for place, inserted in reversed(places):
        assert text[place : place + len(inserted)] == inserted
        text = text[:place] + text[place + len(inserted) :]
    return text
