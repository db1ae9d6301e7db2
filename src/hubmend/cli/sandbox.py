"""hubmend sandbox."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import Face, common

if TYPE_CHECKING:
    from hubmend.sandbox import Sandbox


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port on 127.0.0.1; a free one unless given.",
)
@click.option("--empty", is_flag=True, help="Without the sample organization.")
@click.option("--quotas", is_flag=True, help="Refuse calls beyond AWS's published quotas.")
@click.option("--plain", is_flag=True, help="Plain moto, without hubmend's simulations.")
@common()
def sandbox(face: Face, *, port: int, empty: bool, quotas: bool, plain: bool) -> None:
    """Serve an embedded AWS with a sample organization on 127.0.0.1 until interrupted.

    Works with the AWS CLI and any SDK; everything is forgotten when it stops.

    \b
    Example (in a second terminal, paste what it prints, then):
      hubmend scan --accounts all --regions us-east-1,ap-northeast-1
    """
    from hubmend.cli.running import guarded

    made = guarded(face, lambda: started(port, empty=empty, quotas=quotas, plain=plain))
    try:
        serve(face, made)
    finally:
        made.stop()
        face.say("stopped; nothing is left behind")


def serve(face: Face, made: Sandbox) -> None:
    """Say how to use a running sandbox, then wait until interrupted or terminated."""
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    _describe(face, made)
    stop.wait()


def started(port: int, *, empty: bool, quotas: bool, plain: bool = False) -> Sandbox:
    """Start a sandbox; raise UsageError when the port is taken or the extra is not installed."""
    from hubmend.core.errors import UsageError
    from hubmend.sandbox import Sandbox

    try:
        return Sandbox(port=port, empty=empty, quotas=quotas, simulate=not plain).start()
    except ImportError as error:
        raise UsageError(
            f"the embedded AWS is not installed ({error.name}): pip install 'hubmend[sandbox]'"
        ) from None
    except OSError as error:
        raise UsageError(f"port {port} cannot be used: {error.strerror}") from None


def _describe(face: Face, made: Sandbox) -> None:
    from hubmend.report.text import sandbox_text

    face.show(sandbox_text(made.endpoint, made.environment(), made.contents()))
