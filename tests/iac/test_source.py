"""Insertions: text is added where edits say, and nothing else changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubmend.iac.source import Edit, SourceFile, patched


def test_insertions_go_where_they_say_and_keep_their_order() -> None:
    files = (SourceFile("a", "one\r\ntwo"), SourceFile("b", "other"))
    edits = (Edit("a", 8, "!"), Edit("a", 0, "\ufeff"), Edit("a", 5, "1"), Edit("a", 5, "2"))
    assert patched(files, edits) == (SourceFile("a", "\ufeffone\r\n12two!"), files[1])


@given(st.text(), st.lists(st.tuples(st.integers(0, 50), st.text(min_size=1, max_size=5))))
def test_taking_the_insertions_out_again_gives_the_original(
    text: str, places: list[tuple[int, str]]
) -> None:
    edits = [Edit("a", min(offset, len(text)), added) for offset, added in places]
    after = patched([SourceFile("a", text)], edits)[0].text
    # From the end backwards: what an offset holds was put there in the order of the edits.
    position = len(after)
    last = len(text)
    for edit in sorted(edits, key=lambda edit: edit.offset)[::-1]:
        position -= last - edit.offset
        last = edit.offset
        assert after[position - len(edit.text) : position] == edit.text
        after = after[: position - len(edit.text)] + after[position:]
        position -= len(edit.text)
    assert after == text
