"""Running a verb: one event loop, errors as one sentence, the documented exit codes."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from hubmend.cli.options import Face
from hubmend.cli.progress import watching
from hubmend.cli.stopping import STOPPED, leave_at_once, stoppable
from hubmend.core.errors import INCOMPLETE, HubmendError, OutputError

if TYPE_CHECKING:
    from hubmend.core.run import RunResult
    from hubmend.wiring import Hubmend

T = TypeVar("T")
# What started hubmend may hand Ctrl-C on (uv, npm, make): it comes twice, and was pressed once.
ONCE_SECONDS = 1.0


def _nothing() -> str:
    return ""


def run(
    face: Face,
    work: Callable[[Hubmend], Awaitable[T]],
    expected: float | None = None,
    *,
    watched: bool = True,
    kept: Callable[[], str] = _nothing,
) -> T:
    """Connect, run one verb and return its value; end the process on an error.

    `watched`: with a progress bar, where there is a terminal for it; `expected` is how many seconds
    the verb should take. `kept` says what there is of the work where it was cut off.

    What hubmend foresees becomes one sentence on standard error and its exit code. Anything else
    is our fault: said so in one line, with the traceback only when asked for (-v).
    """
    guarded(face, face.ready)
    connect = _connecting()

    async def whole() -> T:
        with watching(face, expected, watched=watched) as progress:
            async with connect(face.options, progress=progress) as hub:
                return await work(hub)

    return guarded(face, lambda: in_loop(whole()), kept)


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; Ctrl-C cancels it, and raises CancelledError once it ended.

    Not as asyncio has it, whose second Ctrl-C is an exception in whatever task is at work: nothing
    would be brought to its end. Pressed again after a while, it ends the process at once.
    """

    async def main() -> T:
        here, task = threading.current_thread(), asyncio.current_task()
        if task and here is threading.main_thread() and before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, _cancelling(task))
        return await work

    before = signal.getsignal(signal.SIGINT)
    try:
        return asyncio.run(main())
    finally:
        if signal.getsignal(signal.SIGINT) is not before:
            signal.signal(signal.SIGINT, before)


def _cancelling(task: asyncio.Task[Any]) -> Callable[..., None]:
    """Return a signal handler that cancels a task, once."""
    loop, pressed = task.get_loop(), list[float]()

    def stop(*_: object) -> None:
        pressed.append(time.monotonic())
        if len(pressed) == 1 and not task.done():
            loop.call_soon_threadsafe(task.cancel)
        elif pressed[-1] - pressed[0] > ONCE_SECONDS:
            leave_at_once()

    return stop


def _connecting() -> Callable[..., AbstractAsyncContextManager[Hubmend]]:
    """Import the AWS SDK, which check and fix do without; what is imported is never garbage."""
    gc.disable()
    from hubmend.wiring import connect

    gc.freeze()
    gc.enable()
    return connect


def told(face: Face, result: RunResult | None) -> None:
    """Say on standard error what became of notes on findings: they are beside the point."""
    from hubmend.core.run import ResourceStatus

    if result is None:
        face.say("Security Hub has no finding to write on.")
        return
    done = sum(one.status is ResourceStatus.DONE for one in result.resources)
    face.say(f"Told on the findings of {done} of {len(result.resources)} machines "
             f"(take it back: hubmend rollback {result.run}).")  # fmt: skip
    for one in result.resources:
        if one.error:
            face.say(f"Not told: {one.arn.rsplit(':', 1)[-1]}: {one.error}")


def guarded(face: Face, work: Callable[[], T], kept: Callable[[], str] = _nothing) -> T:
    """Run something, turning every error into its message and exit code."""
    try:
        with stoppable():
            return work()
    except OutputError as error:
        fail(_told(str(error), kept()), error.exit_code)
    except HubmendError as error:
        fail(str(error), error.exit_code)
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail(_told(STOPPED, kept()), INCOMPLETE)
    except click.exceptions.Exit:
        raise
    except Exception as error:
        if face.verbose:
            raise
        fail(f"this is a fault in hubmend: {type(error).__name__}: {error}. Run again with -v and "
             "report what it prints", 1)  # fmt: skip


def _told(happened: str, kept: str) -> str:
    return f"{happened}; {kept}" if kept else happened


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong on standard error and end."""
    click.echo(f"hubmend: {message}", err=True)
    sys.exit(code)


def leave(code: int) -> None:
    """End with an exit code."""
    if code:
        sys.exit(code)
