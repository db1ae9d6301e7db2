"""Options of a command stand above [scope] of the policy file; its exclusions stay."""

from __future__ import annotations

from pathlib import Path

from hubmend.core.settings import Scope
from hubmend.policy import Options, read_settings

FILE = """\
[scope]
accounts = "all"
regions = ["us-east-1"]
ous = ["Prod"]
account_tags = { env = "prod" }
exclude_accounts = ["222233334444"]
exclude_regions = ["us-west-1"]
"""


def scope(folder: Path, **options: tuple[str, ...]) -> Scope:
    path = folder / "hubmend.toml"
    path.write_text(FILE, encoding="utf-8")
    return read_settings(Options(config=str(path), **options)).scope  # type: ignore[arg-type]


def test_accounts_named_on_the_command_line_are_not_narrowed_but_for_exclusions(
    tmp_path: Path,
) -> None:
    found = scope(tmp_path, accounts=("111122223333",))
    assert found.accounts == ("111122223333",)
    assert (found.ous, found.account_tags) == ((), {})
    assert found.exclude_accounts == ("222233334444",)
    assert found.regions == ("us-east-1",)


def test_regions_named_on_the_command_line_leave_the_accounts_as_they_are(tmp_path: Path) -> None:
    found = scope(tmp_path, regions=("eu-west-1,eu-west-2",))
    assert found.regions == ("eu-west-1", "eu-west-2")
    assert (found.accounts, found.ous) == (("all",), ("Prod",))
    assert found.exclude_regions == ("us-west-1",)
