"""A chain of evidence shows any later change to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.evidence import START, Entry, broken_at, follows, link
from tests.store.values import moments, objects, words

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def chained(bodies: list[dict[str, Any]], name: str = "run-1") -> list[Entry]:
    made: list[Entry] = []
    for seq, body in enumerate(bodies):
        previous = made[-1].hash if made else START
        made.append(link(name, seq, NOW + timedelta(seconds=seq), "seen", body, previous))
    return made


chains = st.lists(objects, min_size=1, max_size=5).map(chained)
ALTERATIONS: dict[str, st.SearchStrategy[Any]] = {
    "chain": words,
    "seq": st.integers(),
    "at": moments,
    "kind": words,
    "body": objects,
    "previous": words,
    "hash": words,
}


@given(chains)
def test_a_chain_as_it_was_written_holds(entries: list[Entry]) -> None:
    assert broken_at(entries) is None


def test_an_empty_chain_holds() -> None:
    assert broken_at([]) is None


@given(st.data(), chains, st.sampled_from(sorted(ALTERATIONS)))
def test_an_altered_field_is_found_where_it_is(
    data: st.DataObject, entries: list[Entry], name: str
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    altered = replace(entries[place], **{name: data.draw(ALTERATIONS[name])})
    if altered == entries[place]:
        return
    entries[place] = altered
    assert broken_at(entries) == place


@given(st.data(), st.lists(objects, min_size=2, max_size=5).map(chained))
def test_a_dropped_entry_is_found_unless_it_was_the_last(
    data: st.DataObject, entries: list[Entry]
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    del entries[place]
    assert broken_at(entries) == place


@given(st.data(), st.lists(objects, min_size=2, max_size=5).map(chained))
def test_reordered_entries_are_found(data: st.DataObject, entries: list[Entry]) -> None:
    turned = data.draw(st.permutations(entries))
    first = next((i for i, one in enumerate(turned) if one != entries[i]), None)
    assert broken_at(turned) == first


@given(st.data(), chains)
def test_an_inserted_entry_is_found(data: st.DataObject, entries: list[Entry]) -> None:
    place = data.draw(st.integers(0, len(entries)))
    stranger = data.draw(st.sampled_from([*entries, *chained([{"other": True}], "run-2")]))
    mixed = [*entries[:place], stranger, *entries[place:]]
    # One that begins a chain may stand first: then what it pushed aside does not fit.
    assert broken_at(mixed) in (place, place + 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": {"x": float("nan")}},
        {"body": {"x": [float("inf")]}},
        {"at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
    ],
)
def test_values_that_no_document_can_hold_break_the_chain_instead_of_the_reader(
    changed: dict[str, Any],
) -> None:
    (entry,) = chained([{}])
    assert not follows(replace(entry, **changed), None)


def test_an_entry_tells_what_was_done_in_its_hash() -> None:
    (entry,) = chained([{"x": 1}])
    assert follows(entry, None)
    assert entry.previous == START
    assert entry.hash.startswith("sha256:")
    assert entry.hash != chained([{"x": 1.0}])[0].hash
