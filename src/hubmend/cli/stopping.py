"""Ctrl-C, whenever it comes: exit code 3, and no traceback.

Outside of a verb, before it began and once it ended, it ends the process at once. There is nothing
to finish then, and an exception could come up anywhere: in an import, or in click (which would end
with 1: failing resources remain). What a verb does about it is in `cli.running`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hubmend.core.errors import INCOMPLETE

STOPPED = "stopped by the user"


def outside_verbs() -> None:
    """Begin so; where Ctrl-C is ignored (nohup), it still is."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, leave_at_once)


def over() -> None:
    """Let nothing disturb the last steps: Python's own would end by the signal, without a code."""
    if signal.getsignal(signal.SIGINT) is leave_at_once:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C be a KeyboardInterrupt for as long as there is something to finish."""
    ours = signal.getsignal(signal.SIGINT) is leave_at_once
    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, leave_at_once)


def leave_at_once(*_: object) -> None:
    """End the process as a signal handler; what waits to be printed is not."""
    with suppress(OSError):
        os.write(2, f"hubmend: {STOPPED}\n".encode())
    os._exit(INCOMPLETE)
