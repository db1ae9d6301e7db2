"""Running a verb: one event loop, errors as one sentence, the documented exit codes."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from hubmend.cli.options import Face
from hubmend.cli.progress import watching
from hubmend.core.errors import INCOMPLETE, HubmendError

if TYPE_CHECKING:
    from hubmend.core.run import RunResult
    from hubmend.wiring import Hubmend

T = TypeVar("T")


def run(
    face: Face,
    work: Callable[[Hubmend], Awaitable[T]],
    expected: float | None = None,
    *,
    watched: bool = True,
    again: str = "",
) -> T:
    """Connect, run one verb and return its value; end the process on an error.

    `watched`: with a progress bar, where there is a terminal for it; `expected` is how many seconds
    the verb should take. `again` is the command that goes on where the user stopped this one.

    What hubmend foresees becomes one sentence on standard error and its exit code. Anything else
    is our fault: said so in one line, with the traceback only when asked for (-v).
    """
    connect = _connecting()

    async def whole() -> T:
        with watching(face, expected, watched=watched) as progress:
            async with connect(face.options, progress=progress) as hub:
                return await work(hub)

    return guarded(face, lambda: asyncio.run(whole()), again)


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


def guarded(face: Face, work: Callable[[], T], again: str = "") -> T:
    """Run something, turning every error into its message and exit code."""
    try:
        return work()
    except HubmendError as error:
        fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        go_on = f". Go on with: {again}" if again else ""
        fail(f"stopped by the user; what was read so far is kept{go_on}", INCOMPLETE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except click.exceptions.Exit:
        raise
    except Exception as error:
        if face.verbose:
            raise
        fail(f"this is a fault in hubmend: {type(error).__name__}: {error}. Run again with -v and "
             "report what it prints", 1)  # fmt: skip


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong on standard error and end."""
    click.echo(f"hubmend: {message}", err=True)
    sys.exit(code)


def leave(code: int) -> None:
    """End with an exit code."""
    if code:
        sys.exit(code)
