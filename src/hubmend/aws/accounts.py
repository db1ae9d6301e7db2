"""Which accounts a scope means: those Organizations lists, narrowed by what is said of them."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ordered import each, ordered
from hubmend.core.ports import Gateway
from hubmend.core.settings import Scope

WIDTH = 16
FEW = 30  # accounts AWS describes at once (F§4.4): more are listed, twenty a call
ACTIVE = "ACTIVE"
_ELSEWHERE = "Run from the management account or a delegated administrator, or list accounts"


@dataclass(frozen=True)
class Account:
    """An account of the organization."""

    name: str
    state: str

    @property
    def closed(self) -> str:
        """Return why nobody gets in, in AWS's own word; empty where the account is open."""
        return "" if self.state == ACTIVE else f"AWS Organizations says {self.state}: not read"


@dataclass
class Known:
    """Accounts of the organization by id; `whole` where they are all."""

    accounts: dict[str, Account] = field(default_factory=dict)
    whole: bool = True

    def add(self, one: Mapping[str, Any]) -> None:
        """Take in an account as Organizations tells of it."""
        # AWS retires Status in favour of State, which tells more (BC:organizations).
        state = one.get("State") or one.get("Status") or ACTIVE
        self.accounts[one["Id"]] = Account(one.get("Name", ""), state)


async def known_accounts(gateway: Gateway, here: Target, scope: Scope) -> Known:
    """Return the accounts of the organization, or for few listed ones AWS's first page of twenty.

    A refusal is an error only where the scope is the organization.
    """
    found, few = Known(), not scope.organization and len(scope.accounts) <= FEW
    needed = scope.organization
    try:
        async for page in gateway.pages(here, Call("organizations", "ListAccounts", {})):
            for one in page["Accounts"]:
                found.add(one)
            if few and page.get("NextToken"):
                found.whole = False
                break
    except AwsError as error:
        if needed:
            raise UsageError(
                "the accounts of the organization need organizations:ListAccounts, which was "
                f"refused: {error}. {_ELSEWHERE}"
            ) from None
    if needed and not any(not one.closed for one in found.accounts.values()):
        raise UsageError(f"organizations:ListAccounts names no active account. {_ELSEWHERE}")
    return found


async def describe(gateway: Gateway, here: Target, known: Known, ids: Sequence[str]) -> None:
    """Add the accounts that are not known, one call each, as far as AWS tells of them."""

    async def one(account: str) -> None:
        call = Call("organizations", "DescribeAccount", {"AccountId": account})
        with suppress(AwsError):  # names are for people
            known.add((await gateway.read(here, call))["Account"])

    await each([account for account in ids if account not in known.accounts], one, WIDTH)


async def selected(
    gateway: Gateway,
    here: Target,
    scope: Scope,
    known: Mapping[str, Account],
    units: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:
    """Return the ids of a scope's accounts, closed ones too; raise UsageError where none is left.

    Tags are asked last: they cost a call for each account.
    """
    listed = sorted(known) if scope.organization else scope.accounts or (here.account,)
    left = [one for one in dict.fromkeys(listed) if one not in scope.exclude_accounts]
    if scope.ous:
        _check_units(scope.ous, units)
        left = [one for one in left if _within(units.get(one, ()), scope.ous)]
    if scope.account_tags:
        left = [one async for one in _tagged(gateway, here, left, scope.account_tags)]
    if not left:
        raise UsageError(f"no account is in scope: {_conditions(scope)} leave none")
    return tuple(left)


def _within(units: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(fnmatchcase(unit, one) for unit in units for one in wanted)


def _check_units(wanted: Sequence[str], units: Mapping[str, tuple[str, ...]]) -> None:
    """Raise UsageError for a unit without any account: it is misspelt, or nothing would be read."""
    existing = sorted({unit for around in units.values() for unit in around})
    for one in wanted:
        if not _within(existing, [one]):
            near = difflib.get_close_matches(one, existing, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"ous in [scope]: no account is in an organizational unit {one!r}, by name, id or "
                f"path{hint}"
            )


async def _tagged(
    gateway: Gateway, here: Target, accounts: Sequence[str], wanted: Mapping[str, str]
) -> AsyncIterator[str]:
    """Yield the accounts that carry every tag."""

    async def tags(account: str) -> tuple[str, dict[str, str]]:
        call = Call("organizations", "ListTagsForResource", {"ResourceId": account})
        pages = [page async for page in gateway.pages(here, call)]
        return account, {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    try:
        async for account, found in ordered(accounts, tags, WIDTH):
            if all(key in found and fnmatchcase(found[key], one) for key, one in wanted.items()):
                yield account
    except AwsError as error:
        raise UsageError(
            "account_tags in [scope] need organizations:ListTagsForResource, which was refused: "
            f"{error}. {_ELSEWHERE}"
        ) from None


def _conditions(scope: Scope) -> str:
    """Name the conditions that hold, as the policy file writes them."""
    said = [
        ("accounts", ", ".join(scope.accounts)),
        ("ous", ", ".join(scope.ous)),
        ("account_tags", ", ".join(f"{key} = {one}" for key, one in scope.account_tags.items())),
        ("exclude_accounts", ", ".join(scope.exclude_accounts)),
    ]
    return "; ".join(f"{key} {value}" for key, value in said if value)
