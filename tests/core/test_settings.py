"""hubmend.toml: what it may say, and the line and key of what it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.errors import USAGE, UsageError
from hubmend.core.resource import Kind, Manager, Resource
from hubmend.core.rollout import Rollout
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import RETENTION_DAYS, Defaults, Scope, Settings, load_settings
from tests.store.values import resource

TODAY = date(2026, 11, 23)
DESIGN = """\
[scope]
accounts = "all"                 # or a list; "all" asks Organizations
regions = "all"
audit_role = "Audit"
remediate_role = "Fix"
external_id = "secret"

[defaults]
level = "auto"                   # auto | ALL | ERROR | FATAL
include_execution_data = false
log_group = "/aws/vendedlogs/states/{name}-Logs"
retention_days = 365
kms_key = ""
update_versions = "ask"

[[rules]]
match = { tags = { env = "dev" }, type = "STANDARD" }
decision = "suppress"
reason = "verification environment, SEC-12"
owner = "platform@example.com"
until = 2027-03-31
"""


def test_the_policy_file_of_the_design_is_read_whole() -> None:
    rule = Rule(
        Match(tags={"env": "dev"}, type="STANDARD"),
        Kind.SUPPRESS,
        "verification environment, SEC-12",
        "platform@example.com",
        date(2027, 3, 31),
        line=16,
    )
    scope = Scope(("all",), ("all",), "Audit", "Fix", "secret")
    assert load_settings(DESIGN) == Settings(scope, Defaults(), (rule,))


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "[scope]\n[defaults]\n", "rules = []"])
def test_what_is_not_said_takes_its_default(text: str) -> None:
    assert load_settings(text) == Settings()


GOOD: list[tuple[str, Any]] = [
    ('[scope]\naccounts = ["111122223333", "444455556666"]',
     Settings(Scope(accounts=("111122223333", "444455556666")))),
    ('[scope]\nregions = ["us-east-1", "us-gov-west-1", "mx-central-1"]',
     Settings(Scope(regions=("us-east-1", "us-gov-west-1", "mx-central-1")))),
    ('[scope]\nous = ["Workloads/Prod", "ou-ab12-1"]\naccount_tags = { env = "prod" }',
     Settings(Scope(ous=("Workloads/Prod", "ou-ab12-1"), account_tags={"env": "prod"}))),
    ('[scope]\nexclude_accounts = ["111122223333"]\nexclude_regions = ["us-east-1"]',
     Settings(Scope(exclude_accounts=("111122223333",), exclude_regions=("us-east-1",)))),
    ('[defaults]\nlevel = "FATAL"', Settings(defaults=Defaults(level="FATAL"))),
    ("[defaults]\ninclude_execution_data = true",
     Settings(defaults=Defaults(include_execution_data=True))),
    ("[defaults]\nretention_days = 1", Settings(defaults=Defaults(retention_days=1))),
    ('[defaults]\nupdate_versions = "no"', Settings(defaults=Defaults(update_versions="no"))),
    ('[apply]\ncanary = 2\ncanary_wait = "10m"\nmax_failures = 0',
     Settings(rollout=Rollout(2, 600, 0))),
    ('[defaults]\nkms_key = "arn:k"\nlog_group = "mine"',
     Settings(defaults=Defaults(kms_key="arn:k", log_group="mine"))),
    ('[[rules]]\ndecision = "enable"\nlevel = "ALL"',
     Settings(rules=(Rule(Match(), Kind.ENABLE, level="ALL", line=1),))),
    ('defaults = { level = "ALL" }\nrules = [\n  { decision = "enable" },\n]',
     Settings(defaults=Defaults(level="ALL"), rules=(Rule(Match(), Kind.ENABLE, line=2),))),
    ('[[rules]]\ndecision = "enable"\n[rules.match]\nname = "a*"\n[rules.match.tags]\nenv = "dev"',
     Settings(rules=(Rule(Match(name="a*", tags={"env": "dev"}), Kind.ENABLE, line=1),))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "settings"), GOOD)
def test_what_may_be_said(text: str, settings: Settings) -> None:
    assert load_settings(text) == settings


@pytest.mark.parametrize(
    ("scope", "whole"),
    [
        (Scope(), False),
        (Scope(accounts=("all",)), True),
        (Scope(ous=("Prod",)), True),
        (Scope(account_tags={"env": "prod"}), True),
        (Scope(accounts=("111122223333",), ous=("Prod",)), False),
        (Scope(exclude_accounts=("111122223333",)), False),
    ],
)
def test_units_and_tags_without_a_list_mean_the_organization(scope: Scope, whole: bool) -> None:
    assert scope.organization is whole


@pytest.mark.parametrize(
    ("scope", "whole"),
    [
        (Scope(accounts=("all",)), True),
        (Scope(accounts=("all",), exclude_accounts=("111122223333",)), True),
        (Scope(accounts=("all",), ous=("Prod",)), False),
        (Scope(accounts=("all",), account_tags={"env": "prod"}), False),
        (Scope(accounts=("111122223333",)), False),
        (Scope(), False),
    ],
)
def test_the_organization_is_whole_but_for_what_is_excluded(scope: Scope, whole: bool) -> None:
    assert scope.whole is whole


@pytest.mark.parametrize(
    ("scope", "alone"),
    [
        (Scope(), True),
        (Scope(regions=("us-east-1",)), True),
        (Scope(accounts=("111122223333",)), False),
        (Scope(accounts=("111122223333", "444455556666")), False),
        (Scope(regions=("eu-west-1",)), False),
        (Scope(regions=("us-east-1", "eu-west-1")), False),
        (Scope(regions=("all",)), False),
        (Scope(accounts=("all",)), False),
        (Scope(ous=("Prod",)), False),
    ],
)
def test_a_scope_may_be_the_callers_own_account_and_region_alone(scope: Scope, alone: bool) -> None:
    assert scope.only("us-east-1") is alone


@pytest.mark.parametrize("days", RETENTION_DAYS)
def test_every_retention_that_cloudwatch_offers_may_be_chosen(days: int) -> None:
    assert load_settings(f"[defaults]\nretention_days = {days}").defaults.retention_days == days


SUPPRESS = '\n[[rules]]\ndecision = "suppress"'
STANDING = f'{SUPPRESS}\nreason = "r"\nowner = "o"\nuntil = 2027-01-01'
BAD: list[tuple[str, int, str]] = [
    # unknown keys, in each table
    ("\ncolour = 1", 2, "colour is not known; known: apply, defaults, quotas, rules, scope"),
    ("[scope]\n\nacounts = 1", 3, "acounts is not known in [scope]"),
    ('[defaults]\nlevel = "ALL"\nlevels = 1', 3, "levels is not known in [defaults]"),
    ("[apply]\ncanaries = 1", 2, "canaries is not known in [apply]"),
    ("[apply]\ncanary = -1", 2, "canary is -1; it must be 0 (none) or more"),
    ("[apply]\nmax_failures = true", 2, "max_failures must be a int, not True"),
    ('[apply]\n\ncanary_wait = "soon"', 3, "canary_wait is wrong: 'soon' is not a duration"),
    ('[[rules]]\ndecision = "enable"\nwhy = ""', 3, "why is not known in [[rules]]"),
    ('[[rules]]\ndecision = "enable"\nmatch = { unit = "x" }', 3, "unit is not known in match"),
    ('[[rules]]\ndecision = "enable"\n[rules.match]\nnam = "x"', 4, "nam is not known in match"),
    # not a table
    ("scope = 3", 1, "scope must be a table"),
    ("defaults = []", 1, "defaults must be a table"),
    ('[[rules]]\ndecision = "enable"\nmatch = "all"', 3, "match must be a table"),
    ('[[rules]]\ndecision = "enable"\nmatch.tags = "env"', 3, "tags must be a table"),
    ("[rules]\nx = 1", 1, "rules must be written as [[rules]]"),
    ("rules = 3", 1, "rules must be written as [[rules]]"),
    ("\nrules = [{decision = 'enable'}, 3]", 2, "rules must hold tables"),
    # accounts and regions
    ('[scope]\naccounts = "some"', 2, "accounts must be \"all\" or a list of accounts, not 'some'"),
    ("[scope]\naccounts = [111122223333]", 2, "accounts must be"),
    ('[scope]\n\naccounts = [\n  "111122223333",\n  "1111",\n]', 3, "accounts must be"),
    ('[scope]\naccounts = ["all"]', 2, "accounts must be"),
    ('[scope]\naccounts = ["１１１１２２２２３３３３"]', 2, "accounts must be"),  # noqa: RUF001 - other digits
    ('[scope]\nregions = ["us-east"]', 2, 'regions must be "all" or a list of regions'),
    ('[scope]\nregions = ["US-EAST-1"]', 2, "regions must be"),
    ('[scope]\nregions = ["us-east-1\\n"]', 2, "regions must be"),
    ("[scope]\nregions = true", 2, "regions must be"),
    # types
    ('[scope]\nous = "all"', 2, "ous must be a list of ous, not 'all'"),
    ('[scope]\nous = [""]', 2, "ous must be"),
    ('[scope]\n\nou = ["Prod"]', 3, "ou is not known in [scope]"),
    ('[scope]\naccount_tags = "env"', 2, "account_tags must be a table"),
    ("[scope]\n\naccount_tags = { env = 1 }", 3, "account_tags must map names to text"),
    ('[scope]\nexclude_accounts = "all"', 2, "exclude_accounts must be a list of accounts"),
    ('[scope]\nexclude_regions = ["us-east"]', 2, "exclude_regions must be a list of regions"),
    ("[scope]\naudit_role = 1", 2, "audit_role must be a str, not 1"),
    ("[scope]\nremediate_role = false", 2, "remediate_role must be a str, not False"),
    ("[scope]\nexternal_id = []", 2, "external_id must be a str, not []"),
    ("[defaults]\ninclude_execution_data = 0", 2, "include_execution_data must be a bool, not 0"),
    ('[defaults]\ninclude_execution_data = "no"', 2, "include_execution_data must be a bool"),
    ("[defaults]\nlog_group = {}", 2, "log_group must be a str, not {}"),
    ("[defaults]\nkms_key = 1.5", 2, "kms_key must be a str, not 1.5"),
    ('[[rules]]\ndecision = "enable"\nreason = 1', 3, "reason must be a str"),
    ('[[rules]]\ndecision = "enable"\nowner = 1979-05-27', 3, "owner must be a str"),
    ('[[rules]]\ndecision = "enable"\nmatch = { name = 3 }', 3, "name must be a str"),
    ('[[rules]]\ndecision = "enable"\nmatch = { account = 111122223333 }', 3, "account must be"),
    ('[[rules]]\ndecision = "enable"\n[rules.match.tags]\nenv = true', 3,
     "tags must map names to text"),
    # dates
    ('[[rules]]\ndecision = "enable"\nuntil = "2027-03-31"', 3,
     "until must be a date, not '2027-03-31'"),
    ('[[rules]]\ndecision = "enable"\nuntil = 2027-03-31T10:00:00Z', 3, "until must be a date"),
    ('[[rules]]\ndecision = "enable"\nuntil = 10:00:00', 3, "until must be a date"),
    # choices
    ('[defaults]\nlevel = "all"', 2,
     "level is 'all'; choose from auto, ALL, ERROR, FATAL"),
    ('[defaults]\nlevel = "OFF"', 2, "level is 'OFF'"),
    ('[defaults]\nlevel = ["ALL"]', 2, "level is ['ALL']"),
    ("[defaults]\nretention_days = 100", 2, "retention_days is 100; choose from 1, 3, 5"),
    ("[defaults]\nretention_days = true", 2, "retention_days is True"),
    ("[defaults]\nretention_days = 365.0", 2, "retention_days is 365.0"),
    ('[defaults]\nretention_days = "365"', 2, "retention_days is '365'"),
    ("[defaults]\nretention_days = -1", 2, "retention_days is -1"),
    ('[defaults]\nupdate_versions = "maybe"', 2,
     "update_versions is 'maybe'; choose from ask, yes, no"),
    ('[[rules]]\ndecision = "disable-control"', 2,
     "decision is 'disable-control'; choose from enable, suppress"),
    ('[[rules]]\ndecision = "none"', 2, "decision is 'none'"),
    ('[[rules]]\ndecision = "enable"\nlevel = "auto"', 3, "level is 'auto'; choose from ALL"),
    ('[[rules]]\ndecision = "enable"\nmatch = { type = "standard" }', 3,
     "type is 'standard'; choose from STANDARD, EXPRESS"),
    ('\n\n[[rules]]\nreason = "x"', 3, "decision is missing; choose from enable, suppress"),
    # quotas that AWS raised
    ("[quotas]\nDescribe = [1, 1]", 2, "Describe must be SERVICE:OPERATION"),
    ('[quotas]\n"logs:GetLogEvents" = 5', 2, "logs:GetLogEvents must be [bucket size, refill"),
    ('[quotas]\n"logs:GetLogEvents" = [5]', 2, "logs:GetLogEvents must be [bucket size, refill"),
    ('[quotas]\n"logs:GetLogEvents" = [5, 0]', 2, "logs:GetLogEvents must be [bucket size, refill"),
    ('[quotas]\n"logs:GetLogEvents" = [5, inf]', 2, "logs:GetLogEvents must be [bucket size"),
    ('[quotas]\n"logs:GetLogEvents" = [true, 5]', 2, "logs:GetLogEvents must be [bucket size"),
    # a suppression needs its three
    (SUPPRESS, 3, "decision is suppress: reason, owner and until are needed with it"),
    (f'{SUPPRESS}\nowner = "o"\nuntil = 2027-01-01', 3, "decision is suppress"),
    (f'{SUPPRESS}\nreason = "r"\nuntil = 2027-01-01', 3, "decision is suppress"),
    (f'{SUPPRESS}\nreason = "r"\nowner = "o"', 3, "decision is suppress"),
    (f'{SUPPRESS}\nreason = "r"\nowner = " \\t"\nuntil = 2027-01-01', 3, "decision is suppress"),
    (f'{SUPPRESS}\nreason = " "\nowner = "o"\nuntil = 2027-01-01', 3, "decision is suppress"),
    (f'{SUPPRESS}\nreason = ""\nowner = "o"\nuntil = 2027-01-01', 3, "decision is suppress"),
    (f'{STANDING}\nlevel = "ALL"', 7, "level is for rules that enable"),
    # what an automation rule cannot ask exactly is not standing
    ('[[rules]]\ndecision = "enable"\n\nstanding = true', 4, "standing is for rules that suppress"),
    (f"{STANDING}\nstanding = 1", 7, "standing must be a bool, not 1"),
    *[
        (f"{STANDING}\nstanding = true\nmatch = {{ {match} }}", 8, said)
        for match, said in (
            ('ou = "Sandbox"', "ou cannot be standing: findings do not carry it"),
            ('type = "STANDARD"', "type cannot be standing"),
            ('manager = "SAM"', "manager cannot be standing"),
            ('account = "1*2"', "account of a standing rule is written out, or ends in its only"),
            ('account = "*"', "account of a standing rule is written out"),
            ('account = "111122223333", name = "dev-?"', "name of a standing rule is written out"),
            ('account = "111122223333", name = "[ab]*"', "name of a standing rule is written out"),
            ('name = "dev-*"', "name of a standing rule needs account, in full"),
            ('account = "1111*", name = "dev-*"', "name of a standing rule needs account, in full"),
            ('tags = { env = "dev", team = "pay" }', "tags of a standing rule is one tag"),
            ('tags = { env = "dev*" }', "tags of a standing rule has no wildcards"),
        )
    ],
    (f'[[rules]]\ndecision = "enable"\nmatch.name = "a*"\n{STANDING}\nstanding = true', 10,
     "standing does not know of rules before it, and the rule at line 1 may enable what it"),
    # the second rule is at fault, not the first; nor what only looks like the key
    ('[[rules]]\ndecision = "enable"\n[[rules]]\ndecision = 3', 4, "decision is 3"),
    ('[[rules]]\nlevel = "ALL"\ndecision = "enable"\n[defaults]\nlevel = 1', 5, "level is 1"),
    ('[defaults]\nlog_group = "level = 1"\n# level = 2\nlevel = 3', 4, "level is 3"),
    ('[defaults]\nlog_group = """\nlevel = 1\n"""\nlevel = 3', 5, "level is 3"),
    ('[defaults]\n"level" = 3', 2, "level is 3"),
    ("defaults.level = 3", 1, "level is 3"),
    ("[defaults]\r\n\r\nlevel = 3\r\n", 3, "level is 3"),
    ("# \u2028 is no line end\n[defaults]\nlevel = 3", 3, "level is 3"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), BAD)
def test_what_may_not_be_said_is_refused_with_its_line_and_key(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        load_settings(text, "my.toml")
    assert str(refused.value).startswith(f"my.toml, line {line}: {message}")
    assert refused.value.exit_code == USAGE


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[scope\n", "line 1"),
        ('[scope]\nx = "a\n', "line 2"),
        ("[scope", "end of document"),
        ("[scope]\n[scope]", "line 2"),
        ("a = 1\na = 2\n", "line 2"),
        ("[[rules]]\nuntil = 2027-02-30", "line 2"),
        ("[[rules]]\nuntil = 2027-13-01", "line 2"),
        ("x = \x00", "line 1"),
        ("x = " + "9" * 5000, "digits"),
        ("x = " + "[" * 9999, ""),
    ],
)
def test_what_is_no_toml_says_where(text: str, place: str) -> None:
    with pytest.raises(UsageError, match=r"^hubmend.toml is not valid TOML: ") as refused:
        load_settings(text)
    assert place in str(refused.value)


@given(st.text())
def test_any_text_is_settings_or_a_usage_error(text: str) -> None:
    try:
        assert isinstance(load_settings(text), Settings)
    except UsageError:
        assert text


KEYS = (
    "scope", "defaults", "rules", "accounts", "regions", "audit_role", "level", "retention_days",
    "include_execution_data", "decision", "match", "tags", "type", "reason", "owner", "until",
    "name", "x",
)  # fmt: skip
VALUES = (
    "1", "true", "1.5", '"all"', '"ALL"', '"enable"', '"suppress"', "2027-01-01", "[]", "{}", "365",
    '["us-east-1"]', '{ tags = { a = "b" } }', "[1]", '"STANDARD"', '"""\n[x]\n"""', "[\n1,\n]",
)  # fmt: skip
HEADERS = ("[scope]", "[defaults]", "[[rules]]", "[rules.match]", "[rules.match.tags]", "[rules]")
tomlish = st.lists(
    st.sampled_from(HEADERS)
    | st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(VALUES))
    | st.sampled_from(["", "# level = 1"]),
    max_size=12,
).map("\n".join)


@given(tomlish)
def test_anything_like_a_policy_file_is_settings_or_a_usage_error_with_a_line(text: str) -> None:
    try:
        settings = load_settings(text)
    except UsageError as error:
        said = str(error)
    else:
        said, lines = "line", [rule.line for rule in settings.rules]
        assert lines == sorted(lines)
        assert all(text.split("\n")[line - 1].startswith(("[[rules]]", "rules")) for line in lines)
    assert "line" in said or "end of document" in said


def machine(**changed: Any) -> Resource:
    return replace(resource("pay-settle"), **changed)


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        (Match(), True),
        (Match(account="111122223333"), True),
        (Match(account="999999999999"), False),
        (Match(region="us-*"), True),
        (Match(region="eu-*"), False),
        (Match(name="pay-*"), True),
        (Match(name="pay-?ettle"), True),
        (Match(name="[op]ay-settle"), True),
        (Match(name="PAY-*"), False),
        (Match(name="pay"), False),
        (Match(type="STANDARD"), True),
        (Match(type="EXPRESS"), False),
        (Match(manager="SAM"), False),
        (Match(manager=""), True),
        (Match(tags={"env": "prod"}), True),
        (Match(tags={"env": "pr*"}), True),
        (Match(tags={"env": "dev"}), False),
        (Match(tags={"team": "*"}), False),
        (Match(name="pay-*", tags={"env": "dev"}), False),
        (Match(name="pay-*", region="us-east-1", tags={"env": "*"}), True),
    ],
)
def test_a_rule_is_about_a_machine_when_every_condition_holds(match: Match, holds: bool) -> None:
    assert match.holds(machine()) is holds


def test_a_rule_may_speak_of_who_deploys_a_machine_and_of_one_without_a_type() -> None:
    assert Match(manager="Cloud*").holds(machine(manager=Manager("CloudFormation", "s")))
    assert not Match(type="STANDARD").holds(machine(type=None))


def test_the_first_rule_that_matches_decides() -> None:
    text = "\n".join(
        f'[[rules]]\ndecision = "enable"\nlevel = "{level}"\nmatch = {{ name = "{name}" }}'
        for level, name in (("FATAL", "other"), ("ERROR", "pay-*"), ("ALL", "*"))
    )
    settings = load_settings(text)
    found = settings.rule_for(machine(), TODAY)
    assert found is not None
    assert (found.level, found.line) == ("ERROR", 5)
    assert load_settings("").rule_for(machine(), TODAY) is None


def test_a_rule_that_ended_hides_none_after_it() -> None:
    last, on, after = (TODAY.replace(day=day) for day in (22, 23, 24))
    rules = (
        Rule(Match(), Kind.SUPPRESS, until=last, line=1),
        Rule(Match(), Kind.ENABLE, until=on, line=2),
    )
    settings = Settings(rules=rules)
    assert [settings.rule_for(machine(), day) for day in (last, on)] == list(rules)
    assert settings.rule_for(machine(), after) is None


def test_quotas_that_aws_raised_are_pairs() -> None:
    text = '[quotas]\n"stepfunctions:UpdateStateMachine" = [100, 2.5]'
    assert load_settings(text).quotas == {"stepfunctions:UpdateStateMachine": (100.0, 2.5)}


@pytest.mark.parametrize(
    "match",
    [
        "",
        'account = "111122223333"',
        'account = "1111*", region = "*-1"',
        'account = "111122223333", name = "dev-*"',
        'account = "111122223333", name = "dev"',
        'tags = { env = "dev" }',
    ],
)
def test_what_may_be_standing(match: str) -> None:
    text = f"{STANDING}\nstanding = true\nmatch = {{ {match} }}"
    (rule,) = load_settings(text).rules
    assert rule.standing


@pytest.mark.parametrize(
    ("before", "match"),
    [
        ('decision = "enable"\nmatch.account = "444455556666"', 'account = "111122223333"'),
        ('decision = "enable"\nmatch.account = "44*"', 'account = "111122223333"'),
        ('decision = "enable"\nmatch.account = "4444*"', 'account = "1111*"'),
        ('decision = "enable"\nmatch.tags.env = "prod"', 'tags = { env = "dev" }'),
        (STANDING.split("\n", 2)[2], 'account = "111122223333"'),
    ],
)
def test_a_standing_rule_may_come_after_rules_that_enable_nothing_it_matches(
    before: str, match: str
) -> None:
    text = f"[[rules]]\n{before}\n{STANDING}\nstanding = true\nmatch = {{ {match} }}"
    assert load_settings(text).rules[1].standing


def test_how_a_rule_is_carried_out_and_where_it_stands_is_no_part_of_its_name() -> None:
    (rule,) = load_settings(STANDING).rules
    assert replace(rule, standing=True, line=9).id == rule.id
    assert replace(rule, reason="other").id != rule.id


def test_a_rule_by_unit_keeps_its_name_when_accounts_come_and_go() -> None:
    text = STANDING + '\nmatch.ou = "Sandbox"'
    alone, joined, nobody = (
        load_settings(text).located(units).rules[0].id
        for units in ({"1": ("Sandbox",)}, {"1": ("Sandbox",), "2": ("Sandbox",)}, {})
    )
    assert alone == joined == nobody == load_settings(text).rules[0].id


def test_reason_and_owner_are_kept_without_the_blanks_around_them() -> None:
    text = STANDING.replace('"r"', '" r\\t"').replace('"o"', '" o "')
    assert load_settings(text).rules == load_settings(STANDING).rules


@pytest.mark.parametrize(
    ("match", "said"),
    [
        (Match(), "every machine"),
        (Match(account="1", ou="Work", tags={"env": "dev"}), "ou Work, account 1, tag env=dev"),
    ],
)
def test_a_match_says_what_it_is_about(match: Match, said: str) -> None:
    assert str(match) == said


@pytest.mark.parametrize(
    ("match", "tagged", "found"),
    [
        (Match(tags={"env": "dev"}), True, 1),  # it is known to have no such tag
        (Match(tags={"env": "dev"}), False, None),
        (Match(manager="CDK"), False, None),
        (Match(name="other-*", tags={"env": "dev"}), False, 1),  # not about it, whatever its tags
        (Match(name="pay"), False, 0),
    ],
)
def test_no_rule_decides_behind_one_that_asks_for_tags_that_are_not_known(
    match: Match, tagged: bool, found: int | None
) -> None:
    rules = (Rule(match, Kind.ENABLE, line=1), Rule(Match(), Kind.ENABLE, line=2))
    one = replace(machine(), name="pay", tags={}, tagged=tagged)
    decides = Settings(rules=rules).rule_for(one, TODAY)
    assert decides == (None if found is None else rules[found])
    first = Settings(rules=rules).first_rule(one, TODAY)
    assert first == rules[0 if found is None else found]
