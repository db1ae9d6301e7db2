"""Names before ARNs: what people call a resource, its account and its place.

Reads ARNs leniently, unlike core.arn: a report has to show whatever is in the store and must
never be the thing that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubmend.core.arn import is_control
from hubmend.report.wording import count, listed

_RESOURCE, _REGION, _ACCOUNT = 5, 3, 4


@dataclass(frozen=True)
class Name:
    """What people call a resource. `account` and `region` are empty where the ARN has none."""

    text: str
    account: str
    region: str


def name_of(arn: str) -> Name:
    """Split an ARN into its parts for people; an account id names the account itself."""
    parts = arn.split(":", _RESOURCE)
    if len(parts) <= _RESOURCE or parts[0] != "arn":
        account, _, parameter = arn.partition("/")
        if not account.isdigit():
            return Name(arn, "", "")
        return Name(parameter or f"account {account}", account, "")
    short = parts[_RESOURCE].rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    return Name(short, parts[_ACCOUNT], parts[_REGION])


def subjects(resources: Sequence[str]) -> str:
    """Return "3 machines", "3 machines and the control in 2 regions"."""
    controls = sum(map(is_control, resources))
    machines = len(resources) - controls
    said = [count(machines, "machine")] if machines or not controls else []
    if controls:
        said.append(f"the control in {count(controls, 'region')}")
    return listed(said)


def account_label(account: str, names: Mapping[str, str]) -> str:
    """Return "payments-prod (111122223333)", or the id alone where no name is known."""
    name = names.get(account, "")
    return f"{name} ({account})" if name and name != account else account


def where(arn: str, names: Mapping[str, str]) -> str:
    """Return account and region of an ARN in one phrase."""
    name = name_of(arn)
    return ", ".join(part for part in (account_label(name.account, names), name.region) if part)


def short_where(arn: str, names: Mapping[str, str]) -> str:
    """Return the account's name (or its id) and the region, for rows that must stay narrow."""
    name = name_of(arn)
    return ", ".join(
        part for part in (names.get(name.account) or name.account, name.region) if part
    )


def labels(arns: Sequence[str], names: Mapping[str, str]) -> Mapping[str, str]:
    """Return what to call each of some resources, by ARN, so that no two are called the same.

    That is its name, with its account and region where another has that name, too, or where it is
    the control, which is called the same everywhere.
    """
    called = Counter(name_of(arn).text for arn in arns)
    return {arn: label(arn, names, alone=called[name_of(arn).text] == 1) for arn in arns}


def label(arn: str, names: Mapping[str, str], *, alone: bool = True) -> str:
    """Return what to call a resource; `alone` tells that no other of its name is spoken of."""
    text = name_of(arn).text
    return text if alone and not is_control(arn) else f"{text} ({short_where(arn, names)})"
