"""decide refuses what cannot be meant, and exactly one decision stands for a machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core import journal
from hubmend.core.arn import Target
from hubmend.core.decision import Decision
from hubmend.core.errors import UsageError
from hubmend.core.resource import Kind, Manager, Recommendation, Resource, Verdict
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import Settings
from hubmend.flow.decide import Wish, decide, standing
from tests.fakes.world import ACCOUNT, machine_arn
from tests.flow.bench import Bench

TODAY = date(2026, 11, 23)
ARN = machine_arn("m")
ENABLE = Wish(Kind.ENABLE, "ann")
QUIET = Wish(Kind.SUPPRESS, "ann", reason="dev", until=TODAY)
OFF = Wish(Kind.DISABLE_CONTROL, "ann", reason="dev")


async def scanned() -> Bench:
    bench = Bench()
    bench.aws.machine("m")
    await bench.scan()
    return bench


@pytest.mark.parametrize(
    ("wish", "arns", "account", "message"),
    [
        (Wish(Kind.ENABLE, " "), [ARN], None, "--by"),
        (ENABLE, [], None, "at least one state machine"),
        (ENABLE, ["m"], None, "not an ARN"),
        (ENABLE, [f"{ARN}:1"], None, "no version"),
        (ENABLE, [machine_arn("other")], None, "not seen by the last scan"),
        (Wish(Kind.ENABLE, "ann", level="OFF"), [ARN], None, "level 'OFF'"),
        (Wish(Kind.ENABLE, "ann", retention_days=6), [ARN], None, "retention of 6 days"),
        (
            Wish(Kind.ENABLE, "ann", update_versions="maybe"),
            [ARN],
            None,
            "update-versions 'maybe' is not one of ask, yes, no",
        ),
        (Wish(Kind.ENABLE, "ann", log_group="a b"), [ARN], None, "cannot be a log group's name"),
        (Wish(Kind.ENABLE, "ann", until=date(2026, 1, 1)), [ARN], None, "in the past"),
        (Wish(Kind.SUPPRESS, "ann", until=TODAY), [ARN], None, "--reason is needed to suppress"),
        (Wish(Kind.SUPPRESS, "ann", reason="dev"), [ARN], None, "--until is needed"),
        (Wish(Kind.DISABLE_CONTROL, "ann", reason="x"), [ARN], ACCOUNT, "for one account"),
        (Wish(Kind.DISABLE_CONTROL, "ann", reason="x"), [], None, "for one account"),
        (Wish(Kind.DISABLE_CONTROL, "ann", reason="x"), [], "1234", "not an account id"),
        (Wish(Kind.DISABLE_CONTROL, "ann"), [], ACCOUNT, "--reason is needed to disable the"),
        (OFF, [], "222233334445", "account 222233334445 was not seen by the last scan .*the id"),
        (OFF, [], "", "'' is not an account id"),
        (ENABLE, [ARN], ACCOUNT, "--account is for --disable-control and --parameter-level"),
        (replace(QUIET, level="ERROR"), [ARN], None, "--level is for .*leave it out to suppress"),
        (replace(QUIET, kms_key="k"), [ARN], None, "--kms-key is for --enable"),
        (
            replace(QUIET, include_execution_data=False),
            [ARN],
            None,
            "--no-execution-data is for --enable",
        ),
        (
            replace(OFF, log_group="x"),
            [],
            ACCOUNT,
            "--log-group is for --enable: leave it out to disable the control",
        ),
        (
            replace(OFF, kind=Kind.SET_PARAMETER, level="ALL", retention_days=7),
            [],
            ACCOUNT,
            "--retention-days is for --enable: leave it out to set the parameter",
        ),
    ],
)
async def test_a_wish_that_cannot_be_meant_is_refused_and_nothing_is_recorded(
    wish: Wish, arns: list[str], account: str | None, message: str
) -> None:
    bench = await scanned()
    with pytest.raises(UsageError, match=message):
        await decide(bench.context, wish, arns, account)
    assert await bench.store.decisions() == ()


@pytest.mark.parametrize(
    ("wish", "arns", "account", "message"),
    [
        (ENABLE, [ARN], None, "--all-accounts is for --disable-control"),
        (OFF, [], ACCOUNT, "--account and --all-accounts contradict each other"),
    ],
)
async def test_all_accounts_goes_with_neither_machines_nor_one_account(
    wish: Wish, arns: list[str], account: str | None, message: str
) -> None:
    bench = await scanned()
    with pytest.raises(UsageError, match=message):
        await decide(bench.context, wish, arns, account, everywhere=True)
    assert await bench.store.decisions() == ()


async def test_where_many_targets_were_scanned_a_message_counts_them() -> None:
    bench = Bench()
    await bench.scan(*(Target(ACCOUNT, f"eu-west-{number}") for number in range(7)))
    with pytest.raises(UsageError, match=r"UTC, 7 accounts and regions\): check the ARN"):
        await decide(bench.context, ENABLE, [ARN])


async def test_nothing_can_be_decided_before_a_scan() -> None:
    with pytest.raises(UsageError, match="run hubmend scan first"):
        await decide(Bench().context, ENABLE, [ARN])


@pytest.mark.parametrize(
    ("wish", "arns", "account", "subject"),
    [
        (ENABLE, [ARN], None, ARN),
        (Wish(Kind.SUPPRESS, "ann", reason="dev", until=TODAY), [ARN], None, ARN),
        (Wish(Kind.DISABLE_CONTROL, "ann", reason="dev"), [], ACCOUNT, ACCOUNT),
    ],
)
async def test_a_decision_is_remembered_and_put_in_evidence(
    wish: Wish, arns: list[str], account: str | None, subject: str
) -> None:
    bench = await scanned()
    (made,) = await decide(bench.context, wish, arns, account)
    assert made.resource == subject
    assert await bench.store.decisions() == (made,)
    (entry,) = await bench.store.entries(journal.DECISIONS)
    assert (entry.kind, entry.body["by"]) == (journal.DECISION, "ann")


def row(**changes: Any) -> Resource:
    made = Resource(
        arn=ARN, account=ACCOUNT, region="us-east-1", name="m", type="STANDARD", level="OFF",
        include_execution_data=False, log_group_arn=None, verdict=Verdict.FAILED, reason="",
        role_arn=None, revision_id=None, tags={}, manager=Manager(), finding=None,
        recommendation=Recommendation(Kind.NONE, None, ""),
    )  # fmt: skip
    return replace(made, **changes)


def decision(subject: str, kind: Kind = Kind.ENABLE, until: date | None = None) -> Decision:
    return Decision("d", subject, kind, "ann", datetime(2026, 11, 1, tzinfo=UTC), until=until)


def test_a_decision_about_the_machine_comes_before_one_about_its_account_and_any_rule() -> None:
    rules = Settings(rules=(Rule(Match(), Kind.SUPPRESS, "r", "o", date(2027, 1, 1)),))
    own, wide = decision(ARN), decision(ACCOUNT, Kind.DISABLE_CONTROL)
    assert standing(row(), {ARN: own, ACCOUNT: wide}, rules, TODAY) == own
    assert standing(row(), {ACCOUNT: wide}, rules, TODAY) == wide
    ruled = standing(row(), {}, rules, TODAY)
    assert ruled is not None
    assert (ruled.source, ruled.by, ruled.kind) == ("rule", "o", Kind.SUPPRESS)


def test_an_expired_decision_gives_way_to_the_next() -> None:
    old = decision(ARN, Kind.SUPPRESS, until=date(2026, 11, 22))
    wide = decision(ACCOUNT)
    assert standing(row(), {ARN: old, ACCOUNT: wide}, Settings(), TODAY) == wide
    assert standing(row(), {ARN: old}, Settings(), TODAY) is None


def test_a_rule_speaks_of_failing_machines_only_and_ends_on_its_day() -> None:
    enabling = Settings(rules=(Rule(Match(), Kind.ENABLE, line=4),))
    ended = Settings(rules=(Rule(Match(), Kind.SUPPRESS, "r", "o", date(2026, 11, 22)),))
    found = standing(row(), {}, enabling, TODAY)
    assert found is not None
    assert (found.by, found.reason) == ("hubmend.toml", "hubmend.toml, rule at line 4")
    assert standing(row(verdict=Verdict.PASSED), {}, enabling, TODAY) is None
    assert standing(row(), {}, ended, TODAY) is None


days = st.one_of(st.none(), st.dates(date(2026, 11, 20), date(2026, 11, 26)))
kinds = st.sampled_from([Kind.ENABLE, Kind.SUPPRESS, Kind.DISABLE_CONTROL])
subjects = st.sampled_from([ARN, ACCOUNT, "999988887777"])
rules = st.builds(
    Rule,
    st.builds(Match, name=st.sampled_from([None, "m", "x*"])),
    kinds,
    st.sampled_from(["", "why"]),
    st.sampled_from(["", "owner"]),
    days,
)


@given(
    decided=st.dictionaries(subjects, st.tuples(kinds, days)),
    ruled=st.lists(rules),
    verdict=st.sampled_from(Verdict),
)
def test_at_most_one_decision_stands_and_it_is_one_that_was_made_and_holds(
    decided: dict[str, tuple[Kind, date | None]], ruled: list[Rule], verdict: Verdict
) -> None:
    made = {one: decision(one, *said) for one, said in decided.items()}
    settings = Settings(rules=tuple(ruled))
    found = standing(row(verdict=verdict), made, settings, TODAY)
    personal = [made[one] for one in (ARN, ACCOUNT) if one in made and made[one].stands(TODAY)]
    if personal:
        assert found == personal[0]
    elif found is None:
        assert settings.rule_for(row(), TODAY) is None or verdict is not Verdict.FAILED
    else:
        assert found.source == "rule"
        assert verdict is Verdict.FAILED
        assert found.stands(TODAY)
