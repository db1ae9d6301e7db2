"""policy check: which rule catches what; evaluation is deterministic and total."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.decision import Decision
from hubmend.core.resource import (
    Kind,
    Manager,
    Recommendation,
    Resource,
    Scan,
    Verdict,
)  # fmt: skip
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import Settings, load_settings
from hubmend.flow.policy import Review, RuleState, review
from tests.flow.bench import HERE, Bench, scan

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = """\
[[rules]]
match = { tags = { env = "dev" } }
decision = "suppress"
reason = "verification environment"
owner = "platform@example.com"
until = 2027-03-31

[[rules]]
match = { name = "a*" }
decision = "enable"

[[rules]]
match = { name = "ab*" }
decision = "enable"

[[rules]]
match = { region = "mars-1" }
decision = "enable"

[[rules]]
match = { type = "STANDARD" }
decision = "suppress"
reason = "old"
owner = "o"
until = 2026-01-01
"""


def row(name: str, verdict: Verdict = Verdict.FAILED, **more: str) -> Resource:
    arn = f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"
    return Resource(
        arn, "111122223333", "eu-west-1", name, "EXPRESS", "OFF", False, None, verdict, "", None,
        None, more, Manager(), None, Recommendation(Kind.NONE, None, ""),
    )  # fmt: skip


def scanned(*rows: Resource) -> Scan:
    return Scan("s", NOW, "StepFunctions.1", "Step Functions", (HERE,), rows, ())


def test_each_rule_shows_what_it_is_the_first_to_match() -> None:
    rows = (row("a1"), row("ab1"), row("z", env="dev"), row("y"), row("x", Verdict.PASSED))
    found = review(load_settings(POLICY), scanned(*rows), TODAY)
    assert [(one.rule.line, one.state, [r.name for r in one.catches]) for one in found.rules] == [
        (1, RuleState.CATCHES, ["z"]), (8, RuleState.CATCHES, ["a1", "ab1"]),
        (12, RuleState.SHADOWED, []), (16, RuleState.NOTHING, []), (20, RuleState.ENDED, []),
    ]  # fmt: skip
    assert found.rules[2].shadows == (8,)
    assert [one.name for one in found.uncaught] == ["y"]


def test_a_rule_that_ended_catches_nothing_and_shadows_none() -> None:
    ended = POLICY[POLICY.rindex("[[rules]]") :]
    found = review(
        load_settings(f'{ended}\n[[rules]]\ndecision = "enable"'), scanned(row("a")), TODAY
    )
    assert [(one.state, len(one.catches), one.shadows) for one in found.rules] == [
        (RuleState.ENDED, 0, ()), (RuleState.CATCHES, 1, ()),
    ]  # fmt: skip


def test_a_persons_decision_stands_above_the_rule_that_is_the_first_to_match() -> None:
    rows = (row("a1"), row("a2"), row("ab1"), row("y"), row("x"), row("z", env="dev"))
    until = {"y": TODAY, "ab1": date(2026, 11, 22)}
    decisions = [
        Decision("d", row(name).arn, Kind.SUPPRESS, "ann", NOW, until=until.get(name))
        for name in ("a1", "y", "ab1", "z")
    ]
    found = review(load_settings(POLICY), scanned(*rows), TODAY, decisions)
    dev, named = found.rules[:2]
    assert (dev.state, dev.catches, dev.overruled) == (RuleState.OVERRULED, (), (rows[5],))
    assert (named.state, named.catches) == (RuleState.CATCHES, (rows[1], rows[2]))
    assert named.overruled == (rows[0],)
    assert (found.uncaught, found.decided) == ((rows[4],), (rows[0], rows[3], rows[5]))


def test_a_decision_about_the_account_stands_above_every_rule_of_its_machines() -> None:
    decision = Decision("d", HERE.account, Kind.DISABLE_CONTROL, "ann", NOW)
    rows = (replace(row("a1"), account=HERE.account), replace(row("a2"), account="444455556666"))
    named = review(load_settings(POLICY), scanned(*rows), TODAY, [decision]).rules[1]
    assert (named.catches, named.overruled) == (rows[1:], rows[:1])


def test_without_a_scan_only_the_file_is_checked() -> None:
    found = review(load_settings(POLICY), None, TODAY)
    assert {one.state for one in found.rules} == {RuleState.NOTHING, RuleState.ENDED}
    assert (found.scan, found.uncaught) == (None, ())


@pytest.mark.parametrize("pattern", ["Sandbox", "ou-1", "Work/Sandbox", "Work*", "S?ndbox"])
def test_a_rule_by_unit_matches_name_id_and_path_of_any_unit_around(pattern: str) -> None:
    policy = load_settings(f'[[rules]]\nmatch = {{ ou = "{pattern}" }}\ndecision = "enable"\n')
    units = {"111122223333": ("Work", "ou-0", "Sandbox", "ou-1", "Work/Sandbox")}
    seen = replace(scanned(row("a")), units=units)
    assert review(policy, seen, TODAY).rules[0].state is RuleState.CATCHES
    assert review(policy, scanned(row("a")), TODAY).rules[0].state is RuleState.NOTHING
    assert (policy.asks_units, load_settings(POLICY).asks_units) == (True, False)


async def test_units_are_remembered_with_the_scan_and_hold_for_the_plan() -> None:
    bench = Bench(settings=load_settings(
        '[[rules]]\nmatch = { ou = "Sandbox" }\ndecision = "suppress"\nreason = "r"\n'
        'owner = "o"\nuntil = 2099-01-01\n'
    ))  # fmt: skip
    bench.aws.machine("m")
    seen = await scan(bench.context, [HERE], units={HERE.account: ("Sandbox",)})
    assert seen.resources[0].recommendation.decision is Kind.SUPPRESS
    assert await bench.store.last_scan() == seen
    assert [one.kind for one in (await bench.plan()).decisions] == [Kind.SUPPRESS]


NAMES = st.sampled_from(["a", "ab", "b", "*", "a*", "[", "?"])
MATCHES = st.builds(
    Match,
    name=st.none() | NAMES,
    region=st.none() | st.sampled_from(["eu-west-1", "us-*"]),
    ou=st.none() | NAMES,
    tags=st.dictionaries(st.sampled_from(["env"]), NAMES, max_size=1),
)
RULES = st.lists(
    st.builds(
        Rule,
        match=MATCHES,
        decision=st.sampled_from([Kind.ENABLE, Kind.SUPPRESS]),
        until=st.none() | st.dates(),
        line=st.integers(1, 99),
    ),
    max_size=6,
)
ROWS = st.lists(
    st.builds(row, st.sampled_from(["a", "ab", "b"]), st.sampled_from(list(Verdict))), max_size=5
)


@given(rules=RULES, rows=ROWS, today=st.dates(), units=st.lists(NAMES, max_size=2))
def test_any_rules_over_any_machines_give_one_answer_each(
    rules: list[Rule], rows: list[Resource], today: date, units: list[str]
) -> None:
    settings = Settings(rules=tuple(rules))
    seen = replace(scanned(*rows), units={"111122223333": tuple(units)})

    def look() -> Review:
        return review(settings, seen, today)

    found = look()
    assert found == look()
    caught = [machine for one in found.rules for machine in one.catches]
    passed_over = [
        machine for machine in rows
        if machine not in caught and machine.verdict is not Verdict.FAILED
    ]  # fmt: skip
    assert len(caught) + len(found.uncaught) + len(passed_over) == len(rows)
    located = settings.located(seen.units)
    for one in found.rules:
        assert all(located.rule_for(machine, today) == one.rule for machine in one.catches)
