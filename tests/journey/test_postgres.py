"""A short journey whose store is a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journey.aws import Witness
from tests.journey.terminal import Terminal
from tests.sandbox.calls import ACCOUNT, REGION, Aws
from tests.store.postgres import serving


@pytest.fixture
def url() -> Iterator[str]:
    with serving() as server, server.database() as lent:
        yield lent


def test_a_whole_cycle_is_kept_in_postgres(terminal: Terminal, aws: Aws, url: str) -> None:
    store = ("--store", url)
    witness = Witness(aws.sandbox.environment())
    arn = aws.machine()
    before = witness.whole_world([ACCOUNT], [REGION])

    terminal.call("scan", "--regions", REGION, *store, code=1)
    terminal.call("decide", arn, "--enable", "--level", "ALL", "--by", "ana", *store)
    terminal.call("plan", "-o", "plan.json", *store)
    run = terminal.json("apply", "plan.json", "--yes", *store)["run"]
    assert witness.machine(arn)["loggingConfiguration"]["level"] == "ALL"
    (answer,) = terminal.json("verify", run, *store)["resources"]
    assert answer["configuration"]["status"] == "passed"
    assert terminal.json("rollback", run, "--yes", *store)["status"] == "rolled-back"
    assert "BROKEN" not in terminal.call("report", "--check", *store).out
    terminal.call("report", run, "-o", "report.html", *store)
    assert witness.whole_world([ACCOUNT], [REGION]) == before
    assert not terminal.store.exists()  # nothing went into the default one
