"""The policy file's keys with their defaults, from the settings classes.

The code says which keys there are and what they default to; what a key is for is said here, and a
key without a sentence, or a sentence without a key, stops the generator.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields

from docs.generators.markdown import table
from hubmend.core.rollout import Rollout
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import RETENTION_DAYS, Defaults, Scope

SECTIONS = {
    "[scope]": Scope,
    "[defaults]": Defaults,
    "[apply]": Rollout,
    "[[rules]]": Rule,
    "match": Match,
}
NOT_WRITTEN = {"[[rules]] line", "match units"}  # filled in by the reader, and by a scan

MEANINGS = {
    "[scope] accounts": 'Account ids, or "all" for every account of the organization. '
    "Empty: the account of the credentials.",
    "[scope] regions": 'Region names, or "all" for every enabled region. '
    "Empty: the region of the credentials.",
    "[scope] audit_role": "The role taken in each account to read.",
    "[scope] remediate_role": "The role taken in each account to change.",
    "[scope] external_id": "The external id those roles ask for, if any.",
    "[scope] ous": "Only accounts in one of these organizational units or below, by name, id or "
    "path (`Workloads/Prod`), wildcards allowed. Without `accounts`, of the whole organization.",
    "[scope] account_tags": "Only accounts whose tags in AWS Organizations have all these values, "
    "wildcards allowed. Without `accounts`, of the whole organization.",
    "[scope] exclude_accounts": "Account ids that are never in scope, also with `--accounts`.",
    "[scope] exclude_regions": "Regions that are never in scope, also with `--regions`.",
    "[defaults] level": "ALL, ERROR or FATAL, or auto: what the recommendation says.",
    "[defaults] include_execution_data": "Whether records carry inputs and outputs. They can be "
    "personal data.",
    "[defaults] log_group": "A log group name, in which {name} is the machine's, or an ARN.",
    "[defaults] retention_days": "How long records are kept. One of "
    + ", ".join(map(str, RETENTION_DAYS))
    + ".",
    "[defaults] kms_key": "The key that encrypts a new log group. Empty: CloudWatch Logs' own.",
    "[defaults] update_versions": "Whether to publish a version and repoint aliases where traffic "
    "goes through them: ask, yes or no.",
    "[apply] canary": "How many machines `apply` changes and verifies before it begins the rest.",
    "[apply] canary_wait": "How long it waits for log records of what they run meanwhile, as "
    "`90s`, `10m` or `1h`.",
    "[apply] max_failures": "How many machines may fail before no other is begun.",
    "[[rules]] match": "Which machines the rule is about; every condition must hold.",
    "[[rules]] decision": "enable or suppress.",
    "[[rules]] reason": "Why. Needed to suppress.",
    "[[rules]] owner": "Who answers for it. Needed to suppress.",
    "[[rules]] until": "The last day it holds; then the rules after it decide. Needed to suppress.",
    "[[rules]] level": "The level to enable, in place of the default.",
    "[[rules]] standing": "Whether Security Hub itself is to suppress what it matches, by an "
    "automation rule: for machines to come.",
    "match account": "The account id.",
    "match ou": "An organizational unit around the account, by name, id or path (`Work/Sandbox`).",
    "match region": "The region.",
    "match name": "The machine's name.",
    "match type": "STANDARD or EXPRESS.",
    "match manager": "What deploys it, as `scan` names it.",
    "match tags": "Tags that the machine must carry. "
    "Where they could not be read, no rule decides behind this one.",
}

INTRODUCTION = """# Policy file

`hubmend.toml`, in the folder where hubmend runs, or named by `--config` or `HUBMEND_CONFIG`. The
first rule that matches a machine and has not ended decides; a person's decision stands above a
rule. An unknown key or a value of the wrong kind is refused with its line.

"""
HEADINGS = {
    "[scope]": "Where to look, and the roles to take there.",
    "[defaults]": "What enabling means where a decision does not say otherwise.",
    "[apply]": "How `apply` goes about a plan where its options do not say otherwise.",
    "[[rules]]": "Decisions by rule, in order.",
    "match": "The conditions of a rule. Values may hold the wildcards `*` and `?`.",
}

QUOTAS = """
## `[quotas]`

Request quotas that AWS raised for your accounts, so that hubmend may go faster: the bucket's size
and its refill a second, by service and operation as the SDK names them. What is not named keeps
AWS's published quota.

```toml
[quotas]
"stepfunctions:DescribeStateMachine" = [1000, 100]
```
"""


def page() -> str:
    """Return the page."""
    told = {f"{section} {one.name}" for section, kind in SECTIONS.items() for one in fields(kind)}
    stray = (told - NOT_WRITTEN) ^ MEANINGS.keys()
    assert not stray, f"keys and their meanings differ in {stray}: see {__name__}.MEANINGS"
    return INTRODUCTION + "".join(_section(section) for section in SECTIONS) + QUOTAS


def _section(section: str) -> str:
    rows = [
        [f"`{one.name}`", _default(one.default), MEANINGS[f"{section} {one.name}"]]
        for one in fields(SECTIONS[section])
        if f"{section} {one.name}" not in NOT_WRITTEN
    ]
    heading = f"## `{section}`\n\n{HEADINGS[section]}\n\n"
    return heading + table(["Key", "Default", "Meaning"], rows)


def _default(value: object) -> str:
    """Return a default as TOML writes it, nothing where there is none."""
    if value is None or value is MISSING or value == "":
        return ""
    return f"`{json.dumps(value)}`"
