"""A loopback proxy in front of the embedded AWS that does by script what networks and AWS do.

It runs in the loop of the test. Changes are forwarded one at a time, and a picture of the world
before and after each tells whether it took effect: that is how double effects are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from hubmend.sandbox.wire import error_answer
from tests.faults.script import STOPS, Fault, Mishap, Script

_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_READS = ("Describe", "Get", "List", "Filter", "Batch", "Simulate")
_HOP = {"host", "connection", "transfer-encoding", "content-length"}
_SLOW_SECONDS, _LOOK_SECONDS = 0.02, 0.005

_REFUSALS: Mapping[Fault, tuple[str, str, str, int]] = {
    # fault: code in JSON services, code in query services, message, status
    Fault.THROTTLED: ("ThrottlingException", "Throttling", "Rate exceeded", 400),
    Fault.THROTTLED_ON: ("ThrottlingException", "Throttling", "Rate exceeded", 400),
    Fault.BROKEN_BEFORE: ("InternalFailure", "ServiceFailure", "We are sorry", 500),
    Fault.BROKEN_AFTER: ("InternalFailure", "ServiceFailure", "We are sorry", 500),
    Fault.UNAVAILABLE: ("ServiceUnavailable", "ServiceUnavailable", "Try again", 503),
    Fault.DENIED: ("AccessDeniedException", "AccessDenied", "User is not authorized to do it", 400),
    Fault.EXPIRED: ("ExpiredTokenException", "ExpiredToken", "The security token is expired", 400),
    Fault.SKEWED: ("InvalidSignatureException", "SignatureDoesNotMatch",
                   "Signature expired: 20261123T090000Z is now earlier than 20261123T091500Z", 403),
}  # fmt: skip
_BEFORE = {Fault.THROTTLED, Fault.THROTTLED_ON, Fault.BROKEN_BEFORE, Fault.UNAVAILABLE,
           Fault.DENIED, Fault.EXPIRED, Fault.SKEWED, Fault.CLOSED_BEFORE, Fault.RESET_BEFORE,
           Fault.SILENT_BEFORE, Fault.LATE, Fault.KILLED_BEFORE, Fault.STOPPED_BEFORE}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the embedded AWS answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Forwarded:
    """A change that reached AWS: whether it was accepted, and whether the world changed by it."""

    operation: str
    body: bytes
    status: int
    changed: bool


def operation_of(headers: Mapping[str, str], body: bytes) -> str:
    """Return the operation of a request, as the embedded AWS tells it; empty where it cannot."""
    target = headers.get("X-Amz-Target")
    if target:
        return target.rpartition(".")[2]
    action = parse_qs(body.decode("utf-8", "replace")).get("Action")
    return action[0] if action else ""


class Proxy:
    """The proxy; an async context manager. `picture` photographs what changes may change.

    `witness` is told of each change (operation, body) before it is forwarded.
    """

    def __init__(self, upstream: str, picture: Callable[[], Any]) -> None:
        self._upstream, self._picture = upstream, picture
        self.witness: Callable[[str, bytes], None] = lambda _operation, _body: None
        self.script = Script()
        self.forwarded: list[Forwarded] = []
        self.victim: int | None = None  # the process id that is killed or stopped
        self.served = 0
        self._one_change = asyncio.Lock()
        self._late: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=60)
        self._client = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.settle()
        await self._runner.cleanup()
        await self._client.close()

    @property
    def endpoint(self) -> str:
        """The URL to use as AWS_ENDPOINT_URL."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def arm(self, *mishaps: Mishap) -> Script:
        """Let these go wrong from now on, and nothing else."""
        self.script = Script(mishaps)
        return self.script

    async def settle(self) -> None:
        """Let every late effect happen now."""
        self._hurry.set()
        while self._late:
            await asyncio.gather(*self._late)
        self._hurry.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        operation = operation_of(request.headers, body)
        self.served += 1
        mishap = self.script.next(operation)
        if mishap is None:
            return _whole(await self._forward(request, operation, body))
        fault = mishap.fault
        if fault is Fault.LATE:
            self._remember(request, operation, body, mishap.patience)
        answer = None if fault in _BEFORE else await self._forward(request, operation, body)
        return await self._mishandle(request, fault, answer)

    async def _mishandle(
        self, request: web.Request, fault: Fault, answer: Answer | None
    ) -> web.StreamResponse:
        if fault in _REFUSALS:
            return _refusal(request, fault)
        if fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
            return self._kill(request)
        if fault in STOPS:
            self._signal(signal.SIGINT)
            return await _no_answer(request, fault)
        if answer is None or fault is Fault.SILENT_AFTER:
            return await _no_answer(request, fault)
        if fault is Fault.SLOW:
            await asyncio.sleep(_SLOW_SECONDS)
        elif fault is Fault.KILLED_ANSWERED:
            asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._kill, request)
        elif fault in (Fault.CLOSED_AFTER, Fault.RESET_AFTER):
            return _hang_up(request, reset=fault is Fault.RESET_AFTER)
        elif fault is Fault.TRUNCATED:
            cut = answer.body[: len(answer.body) // 2] or b"{"
            return _whole(Answer(answer.status, answer.headers, cut))
        elif fault is Fault.HALF_WRITTEN:
            return await _half(request, answer)
        return _whole(answer)

    async def _forward(self, request: web.Request, operation: str, body: bytes) -> Answer:
        if operation.startswith(_READS) or not operation:
            return await self._send(request, body)
        async with self._one_change:
            self.witness(operation, body)
            before = self._picture()
            answer = await self._send(request, body)
            changed = self._picture() != before
            self.forwarded.append(Forwarded(operation, body, answer.status, changed))
        return answer

    async def _send(self, request: web.Request, body: bytes) -> Answer:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        url = self._upstream + request.raw_path
        async with self._client.request(
            request.method, url, headers=headers, data=body, skip_auto_headers=("Content-Type",)
        ) as answered:
            content = await answered.read()
            kept = {k: v for k, v in answered.headers.items() if k.lower() not in _HOP}
            return Answer(answered.status, kept, content)

    def _remember(self, request: web.Request, operation: str, body: bytes, patience: int) -> None:
        """Forward a request once the caller gave up and a few more calls came."""

        async def later() -> None:
            await _until(lambda: _gone(request) or self._hurry.is_set())
            enough = self.served + patience
            await _until(lambda: self.served >= enough or self._hurry.is_set())
            await self._forward(request, operation, body)

        task = asyncio.ensure_future(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _kill(self, request: web.Request) -> web.StreamResponse:
        self._signal(signal.SIGKILL)
        return _hang_up(request, reset=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.victim is not None:
            with contextlib.suppress(ProcessLookupError):  # it came to its end first
                os.kill(self.victim, number)
            self.victim = None


def _whole(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _refusal(request: web.Request, fault: Fault) -> web.Response:
    found = _SERVICE.search(request.headers.get("Authorization", ""))
    service = found[1] if found else ""
    json_code, query_code, message, status = _REFUSALS[fault]
    code = query_code if service in ("iam", "sts") else json_code
    said = error_answer(service, code, message, status=status)
    return web.Response(status=said.status, headers=said.headers, body=said.body)


async def _no_answer(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault in (Fault.CLOSED_BEFORE, Fault.RESET_BEFORE):
        return _hang_up(request, reset=fault is Fault.RESET_BEFORE)
    await _until(lambda: _gone(request))
    return web.Response()


def _hang_up(request: web.Request, *, reset: bool) -> web.StreamResponse:
    """End the connection without an answer: politely, or so that the peer's kernel says "reset"."""
    transport = request.transport
    if transport is not None:
        if reset:
            plain: socket.socket = transport.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # nobody is there to read it


async def _half(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Promise the whole answer, write half of it, and end the connection."""
    body = answer.body or b"{}"
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _until(true: Callable[[], bool]) -> None:
    """Wait for what nothing announces: a peer that hangs up, calls that come."""
    while not true():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(_LOOK_SECONDS)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
