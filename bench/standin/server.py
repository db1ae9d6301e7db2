"""The stand-in's HTTP: a protocol of asyncio, since a web framework would be what is measured.

    python -m bench.standin.server --machines 5000 --latency 0.02 --quotas

prints its address; GET /counters tells what was asked. Loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import re

from bench.standin.answers import JSON, Answers
from bench.standin.world import REGIONS, World

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"x-amz-target: *[\w.]*?(\w+)\r\n", re.IGNORECASE)
_SIGNATURE = re.compile(rb"authorization: *([^\r]+)\r\n", re.IGNORECASE)
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")


class Connection(asyncio.Protocol):
    """One connection: requests one after another, each answered after the latency."""

    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers, self._latency = answers, latency
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._request(head, body)

    def _request(self, head: bytes, body: bytes) -> None:
        signature = _SIGNATURE.search(head)
        signed = signature[1].decode() if signature else ""
        if head.startswith(b"GET /counters"):
            self._send(200, self._answers.counters(), JSON)
            return
        if self._answers.silent(signed):
            return
        operation = _operation(head, body)
        answer = self._answers.answer(operation, signed, body)
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._send, *answer)
        else:
            self._send(*answer)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        head = f"HTTP/1.1 {status} OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
        if not self._transport.is_closing():
            self._transport.write(f"{head}x-amzn-requestid: bench\r\n\r\n".encode() + body)


def _operation(head: bytes, body: bytes) -> str:
    """Return the operation's name; of REST services the method and path."""
    if target := _TARGET.search(head):
        return target[1].decode()
    if action := _ACTION.search(body):
        return action[1].decode()
    return head.split(b" HTTP/", 1)[0].decode()


async def serve(
    world: World, *, latency: float, quotas: bool, rival: float = 0.0, port: int = 0
) -> None:
    """Serve until cancelled; print the address first."""
    answers = Answers(world, quotas=quotas, rival=rival)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(answers, latency), "127.0.0.1", port, backlog=1024
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Run the stand-in from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--regions", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--refusing", type=int, default=0)
    parser.add_argument("--silent", type=int, default=0)
    parser.add_argument("--suspended", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--quotas", action="store_true")
    parser.add_argument("--rival", type=float, default=0.0, help="part of the quotas taken away")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    world = World(
        given.machines, REGIONS[: given.regions], given.accounts, given.refusing, given.silent,
        given.suspended,
    )  # fmt: skip
    serving = serve(
        world, latency=given.latency, quotas=given.quotas, rival=given.rival, port=given.port
    )
    asyncio.run(serving)


if __name__ == "__main__":
    main()
