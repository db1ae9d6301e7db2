"""The policy file, and the options of a command that stand above it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubmend.core.errors import UsageError
from hubmend.core.settings import Scope, Settings, load_settings

CONFIG = "hubmend.toml"


@dataclass(frozen=True)
class Options:
    """What the common options of every verb say; what is not given comes from the policy file."""

    profile: str | None = None
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    config: str | None = None
    store: str | None = None


def read_settings(options: Options) -> Settings:
    """Read the policy file and lay the options over it; raise UsageError when it is wrong."""
    path = policy_file(options)
    settings = Settings() if path is None else load_settings(_text(path), str(path))
    scope = _laid_over(settings.scope, options)
    _check_accounts(scope)
    return replace(settings, scope=scope)


def _laid_over(scope: Scope, options: Options) -> Scope:
    """Return the scope with what options say of it; what the file excludes stays excluded."""
    if accounts := _split(options.accounts):
        scope = replace(scope, accounts=accounts, ous=(), account_tags={})
    return replace(scope, regions=_split(options.regions) or scope.regions)


def policy_file(options: Options) -> Path | None:
    """Return the policy file that is read, None where there is none and none was named."""
    name = options.config or os.environ.get("HUBMEND_CONFIG")
    path = Path(name or CONFIG)
    return None if name is None and not path.is_file() else path


def describe(path: Path | None, settings: Settings) -> str:
    """Return what there is of a policy file, for `doctor`."""
    if path is None:
        return f"none (no {CONFIG} here): defaults hold, nothing is decided by rule"
    return f"{path.absolute()} is valid; rules in it: {len(settings.rules)}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the policy file {path} cannot be read: {error}") from None


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Accept both --regions a --regions b and --regions a,b."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _check_accounts(scope: Scope) -> None:
    for account in scope.accounts:
        if account != "all" and not (account.isdigit() and len(account) == 12):  # noqa: PLR2004
            raise UsageError(f'{account!r} is not an account id: expected 12 digits, or "all"')
