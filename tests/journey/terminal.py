"""hubmend as a user meets it: a process with arguments, an environment, two streams, an exit code.

The environment is written out rather than inherited, so that nothing of the developer's leaks in.
Every finished process is looked over: no traceback and no secret, whatever else a test asks.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from hubmend.cli.group import verbs

SECRET = "s3cr3t-DoNotPrint"
REGIONS = "us-east-1,ap-northeast-1"
LONGEST_SECONDS = 120
ESCAPE = "\x1b"


@dataclass(frozen=True)
class Done:
    """A process that ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """A folder and an environment to run hubmend in."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    longest: float = LONGEST_SECONDS  # that a command may take

    @property
    def store(self) -> Path:
        return self.folder / "hubmend.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HUBMEND_STORE": f"sqlite:///{self.store}",
            # In a second work tree the code under test is found by this variable.
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            **self.variables,
        }

    def with_variables(self, **variables: str | None) -> Terminal:
        """The same terminal with variables set, or taken away (None)."""
        merged: dict[str, str | None] = {**self.variables, **variables}
        return replace(self, variables={k: v for k, v in merged.items() if v is not None})

    def run(self, *arguments: str | Path, code: int | None = 0) -> Done:
        """Run a command to its end; it must end in `code` unless that is None."""
        with self.running(*arguments) as process:
            return self.finish(process, code)

    def json(self, *arguments: str | Path, code: int | None = 0) -> Any:
        """Run a command with --format json; answers its document."""
        return self.run(*arguments, "--format", "json", code=code).document

    def call(self, *arguments: str, code: int | None = 0) -> Done:
        """Run a command to its end within this process, which spares half a second of imports."""
        with chdir(self.folder):
            result = CliRunner().invoke(verbs, arguments, env=self.environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception  # would be a traceback
        return _looked_over(Done(result.exit_code, result.stdout, result.stderr), code)

    @contextmanager
    def running(self, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
        """Start a command; it is gone when the block ends."""
        with subprocess.Popen(
            [sys.executable, "-m", "hubmend", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt at the keyboard is for pytest
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def finish(self, process: subprocess.Popen[str], code: int | None = 0) -> Done:
        """Wait for a process to end and look it over."""
        out, err = process.communicate(timeout=self.longest)
        return _looked_over(Done(process.returncode, out, err), code)


def _looked_over(done: Done, code: int | None) -> Done:
    said = done.out + done.err
    assert "Traceback" not in said, said
    assert "fault in hubmend" not in said, said
    assert SECRET not in said, said
    assert ESCAPE not in said, said  # no colour codes in a pipe
    assert code is None or done.code == code, f"exit {done.code}, not {code}\n{said}"
    return done


def stop_when(process: subprocess.Popen[str], moment: Callable[[], bool], how: int) -> None:
    """Send a signal once a moment has come; harmless when the process ended before."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while process.poll() is None and not moment():
        assert time.monotonic() < deadline, "the moment to stop hubmend never came"
        time.sleep(0.005)
    if process.poll() is None:
        process.send_signal(how)
    if how == signal.SIGKILL:
        process.communicate(timeout=LONGEST_SECONDS)


def in_sandbox(folder: Path, environment: Mapping[str, str]) -> Terminal:
    """A terminal with a sandbox's environment exported, and a secret that must never be shown."""
    return Terminal(folder, {**environment, "AWS_SECRET_ACCESS_KEY": SECRET})
