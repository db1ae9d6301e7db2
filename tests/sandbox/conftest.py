"""An empty sandbox per test file."""

from collections.abc import Iterator

import pytest

from hubmend.sandbox import Sandbox
from tests.sandbox.calls import Aws


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Sandbox(empty=True) as sandbox:
        yield Aws(sandbox)
