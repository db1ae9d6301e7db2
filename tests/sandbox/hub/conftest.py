"""Fixtures: a hub on a clock that tests move, enabled or not."""

from __future__ import annotations

import pytest

from tests.sandbox.hub.bench import ACCOUNT, REGION, Bench, make_bench


@pytest.fixture
def bench() -> Bench:
    """A hub that is not enabled anywhere yet."""
    return make_bench()


@pytest.fixture
def on(bench: Bench) -> Bench:
    """A hub enabled with both standards in one account and Region."""
    bench.hub.enable(ACCOUNT, REGION)
    return bench
