"""What is stored reloads to an equal value, and what is damaged is refused with its path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.codec import DecodeError, canonical, decode, encode, fingerprint
from hubmend.core.decision import Decision
from hubmend.core.dossier import Dossier
from hubmend.core.evidence import Entry, link
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind, Scan, Verdict
from hubmend.core.run import ResourceResult, ResourceStatus, Run
from hubmend.core.verification import (
    ConfigurationAnswer,
    FindingAnswer,
    ProofAnswer,
    ProofStatus,
    ScoreAnswer,
    Verification,
)
from tests.store.values import (
    ARN,
    decisions,
    json_values,
    moments,
    objects,
    plans,
    runs,
    scans,
    words,
)

texts = st.lists(words, max_size=2).map(tuple)
entries = st.builds(
    link, st.text(), st.integers(0), moments, st.text(), objects, st.text(max_size=8)
)


@dataclass(frozen=True)
class Part:
    name: str
    share: float = 1.0


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    count: int
    kind: Kind
    since: datetime
    until: date | None = None
    free: Any = None
    named: Mapping[str, Part] = field(default_factory=dict)


WHOLE = Whole((Part("a"), Part("b", 2.5)), 3, Kind.ENABLE, datetime(2026, 1, 2, 3, tzinfo=UTC))
GOOD: dict[str, Any] = encode(WHOLE)


def through_json(value: Any) -> Any:
    return json.loads(canonical(value))


verifications = st.builds(
    Verification,
    words,
    st.builds(ConfigurationAnswer, words, words),
    st.builds(
        ProofAnswer, st.sampled_from(ProofStatus), words, st.integers(), st.integers(),
        texts, words, texts, texts,
    ),
    st.builds(FindingAnswer, words, words),
    st.builds(ScoreAnswer, st.none() | st.integers(), st.none() | st.integers()),
)  # fmt: skip
verdicts = st.dictionaries(words, st.sampled_from(Verdict), max_size=2)
dossiers = st.builds(
    Dossier,
    at=moments,
    control=words,
    scan=st.none(),
    run=st.none() | runs,
    results=st.just((ResourceResult(ARN, ResourceStatus.KEPT, "why", ("note",)),)),
    verifications=st.lists(verifications, max_size=2).map(tuple),
    decisions=st.lists(decisions, max_size=1).map(tuple),
    entries=st.lists(entries, max_size=1).map(tuple),
    broken_at=st.none() | st.integers(),
    before=verdicts,
    after=verdicts,
)


@given(st.one_of(plans, decisions, scans, runs, entries, dossiers))
def test_every_stored_value_comes_back_equal(value: Any) -> None:
    assert decode(type(value), through_json(value)) == value


@pytest.mark.parametrize("kind", [Plan, Decision, Scan, Run, Entry])
def test_a_stored_kind_is_never_made_of_something_else(kind: type) -> None:
    others: tuple[Any, ...] = (None, [], "text", 1, True)
    for other in others:
        with pytest.raises(DecodeError, match=r"^\$: expected an object"):
            decode(kind, other)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parts": "no"}, "$.parts: expected a list, found str"),
        ({"parts": [{"name": "a"}, {"name": 1}]}, "$.parts[1].name: expected a str, found int"),
        ({"parts": [{"share": 1.0}]}, "$.parts[0]: missing key 'name'"),
        ({"parts": [{"name": "a", "size": 1}]}, "$.parts[0]: unknown key 'size'"),
        ({"count": True}, "$.count: expected a int, found bool"),
        ({"count": 1.0}, "$.count: expected a int, found float"),
        ({"count": None}, "$.count: expected a int, found NoneType"),
        ({"kind": "perhaps"}, "$.kind: 'perhaps' is not a valid Kind"),
        ({"kind": []}, "$.kind: [] is not a valid Kind"),
        ({"since": 5}, "$.since: expected a date, found int"),
        ({"since": "yesterday"}, "$.since: Invalid isoformat string: 'yesterday'"),
        ({"since": "2026-01-02"}, "$.since: 2026-01-02 00:00:00 has no time zone"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "$.since: date value out of range"),
        ({"until": "2027-02-30"}, "$.until: day is out of range for month"),
        ({"until": "2027-02-03T10:00:00Z"}, "$.until: Invalid isoformat string"),
        ({"named": []}, "$.named: expected an object, found list"),
        ({"named": {"x": {"name": None}}}, "$.named.x.name: expected a str, found NoneType"),
    ],
)
def test_a_damaged_document_is_refused_with_the_path_of_the_fault(
    changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(DecodeError) as refused:
        decode(Whole, {**GOOD, **changed})
    assert message in str(refused.value)


def test_what_has_a_default_may_be_left_out() -> None:
    few = {key: GOOD[key] for key in ("parts", "count", "kind", "since")}
    assert decode(Whole, few) == WHOLE


def test_a_whole_number_is_good_enough_for_a_share() -> None:
    assert decode(Part, {"name": "a", "share": 2}).share == 2


def test_a_moment_comes_back_in_utc() -> None:
    there = WHOLE.since.astimezone(timezone(timedelta(hours=9)))
    back = decode(Whole, {**GOOD, "since": there.isoformat()})
    assert (back, back.since.tzinfo) == (WHOLE, UTC)


@given(json_values)
def test_any_json_is_either_a_value_or_a_decode_error(data: Any) -> None:
    kinds: tuple[type, ...] = (Whole, Plan, Decision, Entry)
    for kind in kinds:
        try:
            found: Any = decode(kind, data)
        except DecodeError as error:
            found = str(error)
        assert isinstance(found, kind) or found.startswith("$")


@given(objects)
def test_canonical_json_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)
    assert fingerprint(turned) == fingerprint(value)
    assert json.loads(canonical(value)) == value


def test_canonical_json_is_one_ascii_line_without_spaces() -> None:
    assert canonical({"b": "é\n", "a": [1, None, True]}) == '{"a":[1,null,true],"b":"\\u00e9\\n"}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_json_number_has_no_canonical_form(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"x": number})


def test_moments_are_encoded_in_utc_whatever_their_zone() -> None:
    there = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    assert encode([there, date(2026, 1, 2), Kind.ENABLE]) == [
        "2026-01-01T00:00:00.000000Z",
        "2026-01-02",
        "enable",
    ]


def test_a_class_is_not_taken_for_its_values() -> None:
    assert encode(Part) is Part
    assert ARN in canonical({"arn": ARN})
