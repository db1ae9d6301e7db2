"""Many findings, few calls: what callers ask at the same time of one target is asked together.

BatchUpdateFindings takes 100 findings with one payload, GetFindings 20 ids in a filter, and both
are paced (F§2.4, F§2.5, F§4.2). The verbs write and look at one finding at a time, since each may
be refused, journalled and undone by itself; here they meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.codec import canonical
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway, Identity, Response

LINGER_SECONDS = 0.5  # a batch that is not full goes out when nobody joined it for so long
MOST_UPDATED, MOST_READ = 100, 20

_UNPROCESSED = ("UnprocessedAssociationUpdates", "UnprocessedAutomationRules")
_KINDS = {
    "404": ErrorKind.NOT_FOUND,  # of an automation rule: it has numbers for codes
    "ACCESS_DENIED": ErrorKind.DENIED,
    "ConcurrentUpdateError": ErrorKind.CONFLICT,
    "FindingNotFound": ErrorKind.NOT_FOUND,
    "InternalFailure": ErrorKind.OTHER,
}

Answer: TypeAlias = Response | Exception
Send = Callable[[Sequence[Any]], Awaitable[Sequence[Answer]]]


@dataclass
class _Batch:
    """What goes out together: the items, and who waits for the answer about each."""

    send: Send
    most: int
    items: list[Any] = field(default_factory=list)
    waiting: list[asyncio.Future[Response]] = field(default_factory=list)
    joined: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def full(self) -> bool:
        return len(self.items) >= self.most


class BatchingGateway:
    """Implements core.ports.Gateway over another one; `linger` is in seconds."""

    def __init__(self, gateway: Gateway, linger: float = LINGER_SECONDS) -> None:
        self._gateway, self._linger = gateway, linger
        self._open: dict[tuple[Any, ...], _Batch] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def identity(self) -> Identity:
        """Return whose credentials are in use."""
        return await self._gateway.identity()

    def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        """Follow every page of a read."""
        return self._gateway.pages(target, call)

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call's parameters."""
        return self._gateway.fault(call)

    async def read(self, target: Target, call: Call) -> Response:
        """Make a call that changes nothing; findings asked for by their id are asked together."""
        identity = _asked_by_id(call)
        if identity is None:
            return await self._gateway.read(target, call)

        async def send(identities: Sequence[Any]) -> Sequence[Answer]:
            return await self._read(target, identities)

        return await self._join((target, "GetFindings"), identity, MOST_READ, send)

    async def change(self, target: Target, call: Call) -> Response:
        """Make a call that changes something; one finding's update joins others like it.

        What AWS leaves unprocessed raises AwsError with AWS's code, for that finding alone.
        """
        params = dict(call.params)
        identifiers = params.pop("FindingIdentifiers", ())
        if call.operation != "BatchUpdateFindings" or len(identifiers) != 1:
            answer = await self._gateway.change(target, call)
            for part in _UNPROCESSED:
                for refused in answer.get(part, ()):
                    raise _unprocessed(refused, call)
            return answer

        async def send(identities: Sequence[Any]) -> Sequence[Answer]:
            return await self._update(target, identities, params)

        key = (target, call.operation, canonical(params))
        return await self._join(key, identifiers[0], MOST_UPDATED, send)

    async def _read(self, target: Target, identities: Sequence[str]) -> list[Answer]:
        wanted = [{"Value": one, "Comparison": "EQUALS"} for one in dict.fromkeys(identities)]
        params = {"Filters": {"Id": wanted}, "MaxResults": 100}
        answer = await self._gateway.read(target, Call("securityhub", "GetFindings", params))
        found = answer.get("Findings", ())
        return [
            {"Findings": [asff for asff in found if asff.get("Id") == one]} for one in identities
        ]

    async def _update(
        self, target: Target, identities: Sequence[Mapping[str, str]], payload: Mapping[str, Any]
    ) -> list[Answer]:
        params = {**payload, "FindingIdentifiers": list(identities)}
        call = Call("securityhub", "BatchUpdateFindings", params)
        answer = await self._gateway.change(target, call)
        processed = {one.get("Id") for one in answer.get("ProcessedFindings", ())}
        refused = {
            (one.get("FindingIdentifier") or {}).get("Id"): one
            for one in answer.get("UnprocessedFindings", ())
        }
        return [
            {"ProcessedFindings": [dict(one)]}
            if one["Id"] in processed
            else _unprocessed(refused.get(one["Id"]), call)
            for one in identities
        ]

    async def _join(self, key: tuple[Any, ...], item: Any, most: int, send: Send) -> Response:
        batch = self._open.get(key)
        if batch is None:
            batch = self._open[key] = _Batch(send, most)
            task = asyncio.ensure_future(self._send(key, batch))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        batch.items.append(item)
        batch.waiting.append(answer)
        if batch.full:
            del self._open[key]
        batch.joined.set()
        return await answer

    async def _send(self, key: tuple[Any, ...], batch: _Batch) -> None:
        """Wait until a batch is full or nobody joins it any more, and send it."""
        while not batch.full:
            batch.joined.clear()
            try:
                await asyncio.wait_for(batch.joined.wait(), self._linger)
            except TimeoutError:
                break
        if self._open.get(key) is batch:
            del self._open[key]
        # Whoever was stopped meanwhile no longer wants it done.
        pairs = zip(batch.items, batch.waiting, strict=True)
        wanted = [(item, answer) for item, answer in pairs if not answer.done()]
        if not wanted:
            return
        answers: Sequence[Answer]
        try:
            answers = await batch.send([item for item, _ in wanted])
        except Exception as error:  # noqa: BLE001 - it is the answer of all who wait
            answers = [error] * len(wanted)
        for (_, waiting), one in zip(wanted, answers, strict=True):
            _tell(waiting, one)


def _tell(waiting: asyncio.Future[Response], answer: Answer) -> None:
    if waiting.done():
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)


def _asked_by_id(call: Call) -> str | None:
    """Return the one finding a read asks for by its id, None for any other read."""
    if call.operation != "GetFindings":
        return None
    filters = call.params.get("Filters") or {}
    wanted: Sequence[Mapping[str, str]] = filters.get("Id") or ()
    if set(filters) != {"Id"} or len(wanted) != 1 or wanted[0].get("Comparison") != "EQUALS":
        return None
    return wanted[0]["Value"]


def _unprocessed(refused: Mapping[str, Any] | None, call: Call) -> AwsError:
    if refused is None:
        said = "the answer does not say what became of the finding"
        return AwsError(ErrorKind.UNCERTAIN, "", said, str(call))
    code = str(refused.get("ErrorCode", ""))
    kind = _KINDS.get(code, ErrorKind.INVALID)
    said = refused.get("ErrorMessage") or refused.get("ErrorReason") or ""
    return AwsError(kind, code, str(said), str(call))
