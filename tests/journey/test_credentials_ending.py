"""A session that ends in the middle of a scan: nothing is lost, and renewing it goes on."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measuring import Scene, environment, standing_in
from bench.standin.world import REGIONS, World
from tests.journey.terminal import Terminal

# botocore insists on new keys ten minutes before the old ones end.
SESSION = """
import datetime, json, pathlib, sys
asked, over = pathlib.Path("asked"), pathlib.Path("over")
asked.touch()
if over.exists() and len(asked.read_text()):
    sys.exit("the session is over:\\nplease sign in")
asked.write_text("once")
lasting = datetime.timedelta(minutes=10, seconds=1.5) if over.exists() else datetime.timedelta(1)
ends = datetime.datetime.now(datetime.UTC) + lasting
keys = {"AccessKeyId": "AKIA111122223333AAAA", "SecretAccessKey": "bench", "SessionToken": "t"}
print(json.dumps({"Version": 1, **keys, "Expiration": ends.isoformat()}))
"""


def signed_in(folder: Path, address: str) -> Terminal:
    """A terminal whose credentials come from a process that answers once while `over` exists."""
    (folder / "session.py").write_text(SESSION)
    (folder / ".aws").mkdir()
    process = f"{sys.executable} {folder / 'session.py'}"
    (folder / ".aws" / "config").write_text(f"[default]\ncredential_process = {process}\n")
    (folder / "over").touch()
    variables = environment(address)
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return Terminal(folder, {k: v for k, v in variables.items() if k not in keys})


def test_a_session_that_ends_keeps_what_was_read_and_says_how_to_go_on(tmp_path: Path) -> None:
    world = World(20, REGIONS[:4], accounts=30)
    with standing_in(Scene("a long scan", world, latency=0.1)) as address:
        terminal = signed_in(tmp_path, address)
        scope = ("--accounts", "all", "--regions", ",".join(world.regions), "--source", "api")
        cut = terminal.json("scan", *scope, code=3)
        (tmp_path / "over").unlink()
        resumed = terminal.json("scan", "--resume", code=1)
    assert cut["resources"]
    assert cut["unread"]
    for one in cut["unread"]:
        assert "could not be renewed" in one["error"]
        assert "the session is over: please sign in; renew the credentials" in one["error"]
        assert one["error"].endswith("then run hubmend scan --resume")
    assert len(resumed["resources"]) == 20 * 4 * 30
    assert resumed["unread"] == []


def test_a_session_that_is_over_before_the_scan_is_wrong_usage(tmp_path: Path) -> None:
    with standing_in(Scene("nothing", World(1, REGIONS[:1]))) as address:
        terminal = signed_in(tmp_path, address)
        (tmp_path / "asked").write_text("once")
        done = terminal.run("scan", "--regions", REGIONS[0], code=2)
    assert "no usable AWS credentials" in done.err
    assert done.err.count("\n") == 1
