"""Sandboxes of the command line's tests: one per test file, gone afterwards.

`pytest --dist loadfile` keeps a file's tests on one worker, so that each sandbox, and the journey
through it, is made once. (pytest-xdist 3.8's groups have no effect with pytest 9.2.)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubmend.sandbox import Sandbox
from tests.journey.terminal import Terminal, in_sandbox
from tests.sandbox.calls import Aws


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """An empty AWS, with log delivery and validation simulated."""
    with Sandbox(empty=True, delivery_delay=0.0) as sandbox:
        yield Aws(sandbox)


@pytest.fixture
def terminal(aws: Aws, tmp_path: Path) -> Terminal:
    """A terminal with a store of its own."""
    return in_sandbox(tmp_path, aws.sandbox.environment())
