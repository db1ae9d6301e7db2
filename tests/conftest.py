"""What every test stands on: no real account, a home of its own, repeatable properties."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.spread import Spread, slow_first

# `make test` and CI run the same examples every time; a developer's runs explore.
_SLOW_MACHINE = [HealthCheck.too_slow]
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=_SLOW_MACHINE,
)
settings.register_profile(
    "dev", deadline=None, max_examples=30, suppress_health_check=_SLOW_MACHINE
)
settings.load_profile("dev")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread | None:
    """Spread whole files; other ways of spreading are pytest-xdist's own business."""
    return Spread(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_configure() -> None:
    """Let Ctrl-C reach the processes that tests start: a shell's background job ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)  # after pytest-randomly shuffled them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow_first(items)


# What would lead a test to a person's account, settings or taste in terminals.
_PERSONAL_PREFIXES = ("AWS_", "HUBMEND_", "BOTO_")
_PERSONAL_NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "PYTHONWARNINGS",
)
_POSTGRES_FOLDER = "HUBMEND_TEST_POSTGRES"  # names the developer's database binaries, no secret


def _is_personal(name: str) -> bool:
    if name == _POSTGRES_FOLDER:
        return False
    return name.startswith(_PERSONAL_PREFIXES) or name in _PERSONAL_NAMES


@pytest.fixture(scope="session", autouse=True)
def no_real_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away every way to real credentials, before any fixture starts a server or client."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if _is_personal(name)]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("HOME", str(nowhere))
        yield


@pytest.fixture(autouse=True)
def own_home(
    no_real_account: None,  # noqa: ARG001 - ordering: the session's clean environment comes first
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Give each test a home and state folder of its own, so that none sees another's store."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    return home
