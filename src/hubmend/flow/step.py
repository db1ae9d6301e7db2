"""One call of a run, made with care: journalled before and after, settled when in doubt.

A call whose answer was lost may have happened. It is never repeated blindly: what it should have
changed is read again first (core.control.Effect), and only a call that shows no effect is made
once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hubmend.core import journal
from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.codec import encode
from hubmend.core.control import Effect
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.journal import Outcome, Way
from hubmend.core.ports import Gateway, Response
from hubmend.core.reference import references, resolved
from hubmend.flow.context import Context
from hubmend.flow.hub import effects as hub
from hubmend.flow.leases import Hold

# New rights of a role and new log groups take seconds to be seen (F§3.7): about a minute in all.
PROPAGATION_PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0)
# A call made may take a moment to show (F§3.5).
SETTLING_PAUSES = (0.5, 1.0, 2.0, 4.0)
MOST_REPEATS = 3


@dataclass(frozen=True)
class Done:
    """What came of one call; `error` is for people."""

    outcome: Outcome
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the effect is there (or is rightly kept)."""
        return self.outcome in (Outcome.DONE, Outcome.ALREADY, Outcome.KEPT)


class Walker:
    """Makes the calls of one run, one way, for as long as this process holds the run."""

    def __init__(
        self,
        context: Context,
        run: str,
        way: Way,
        hold: Hold,
        answers: Mapping[str, Response] | None = None,
    ) -> None:
        self._context, self._run, self._way, self._hold = context, run, way, hold
        self._answers = dict(answers or {})  # of the changes made, by earlier processes too
        self._tried: dict[str, asyncio.Event] = {}  # whether AWS sees a change yet

    def resolved(self, change: Change) -> Change:
        """Return a change with what earlier ones answered filled in, as far as that is known."""
        return resolved(change, self._answers)

    async def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Add one entry to the run's evidence."""
        now = self._context.clock.now()
        await self._context.store.append(self._run, now, kind, {"way": self._way, **body})

    async def look(self, change: Change) -> Response | None:
        """Read what a change is about again; None when AWS says it does not exist."""
        effect = self.effect(change.call)
        answer = await look(self._context.gateway, change.target, effect)
        if answer is not None and effect.told and effect.holds(answer):
            self._answers.setdefault(change.id, effect.told(answer))
        return answer

    async def shows(self, change: Change, call: Call) -> bool:
        """Whether the effect of a change's call, or of its undo, is there now."""
        return self.effect(call).holds(await self.look(change))

    def effect(self, call: Call) -> Effect:
        """Return how to see whether a call took effect: Security Hub's are no control's own."""
        return hub.effect(call) if hub.of_hub(call) else self._context.control.effect(call)

    def _will_pass(self, call: Call, error: AwsError) -> bool:
        if hub.of_hub(call):
            return hub.will_pass(error)
        return self._context.control.will_pass(call, error)

    @asynccontextmanager
    async def after(self, changes: Iterable[str]) -> AsyncIterator[None]:
        """Let one of those that come after the same changes try whether AWS sees them; then all.

        A hundred machines of one role would each be refused until its new rights are seen, and
        each refusal costs a call of which AWS refills one a second (F§3.7, F§4.1).
        """
        mine = []
        for name in sorted(changes):  # in one order, so that nobody waits in a circle
            if name in self._tried:
                await self._tried[name].wait()
            else:
                self._tried[name] = asyncio.Event()
                mine.append(name)
        try:
            yield
        finally:
            for name in mine:
                self._tried[name].set()

    async def settle(self, change: Change, outcome: Outcome, error: str | None = None) -> Done:
        """Record an outcome that needed no call."""
        call = change.call if self._way is Way.APPLY else change.undo or change.call
        await self._after(change, call, outcome, error, None)
        return Done(outcome, error)

    async def make(self, change: Change, call: Call, *, doubted: bool = False) -> Done:
        """Make a call, waiting out what passes by itself; raise AwsError when credentials end.

        `doubted` says that it may have been made before, by a process that died.
        """
        if unknown := references(call):
            return Done(Outcome.FAILED, f"{call} needs {unknown[0]}, which is not known")
        pauses, repeats = list(PROPAGATION_PAUSES), MOST_REPEATS
        while True:
            await self._hold.check()
            await self.note(journal.CALL_BEFORE, _body(change, call))
            try:
                answer = await self._context.gateway.change(change.target, call)
            except AwsError as error:
                if error.kind is ErrorKind.CREDENTIALS:
                    await self._after(change, call, Outcome.FAILED, str(error), None)
                    raise
                if self._will_pass(call, error) and pauses:
                    await self._after(change, call, Outcome.FAILED, str(error), None)
                    await self._wait(change, pauses.pop(0), error)
                    continue
                again = doubted or repeats < MOST_REPEATS
                settled = await self._settled(change, call, error, doubted=again)
                if settled is None and repeats:
                    repeats -= 1
                    continue
                return settled or Done(Outcome.UNCERTAIN, f"no answer to {call}: {error}")
            if self._way is Way.APPLY:
                self._answers[change.id] = answer
            await self._after(change, call, Outcome.DONE, None, answer)
            return Done(Outcome.DONE)

    async def _settled(
        self, change: Change, call: Call, error: AwsError, *, doubted: bool
    ) -> Done | None:
        """Return what a failed call came to; None when it showed no effect and may be repeated.

        `doubted` says that an earlier try may have happened: then "exists" may mean by us. "Not
        found" is what a deletion wants, by whomever.
        """
        answers = {ErrorKind.NOT_FOUND, ErrorKind.EXISTS} if doubted else {ErrorKind.NOT_FOUND}
        if error.kind in answers and await self.shows(change, call):
            await self._after(change, call, Outcome.ALREADY, str(error), None)
            return Done(Outcome.ALREADY)
        if error.kind is not ErrorKind.UNCERTAIN:
            await self._after(change, call, Outcome.FAILED, str(error), None)
            return Done(Outcome.FAILED, str(error))
        for pause in SETTLING_PAUSES:
            if await self.shows(change, call):
                why = f"the answer was lost ({error.reason}); its effect was seen by reading again"
                await self._after(change, call, Outcome.DONE, why, None)
                return Done(Outcome.DONE)
            await self._context.clock.sleep(pause)
        await self._after(change, call, Outcome.UNCERTAIN, str(error), None)
        return None

    async def _wait(self, change: Change, seconds: float, error: AwsError) -> None:
        busy = error.kind is not ErrorKind.ROLE_DENIED and hub.of_hub(change.call)
        why = "another change of it to end" if busy else "AWS to see the new rights"
        said = f"{change.title}: waiting {seconds:.0f} s for {why}"
        self._context.progress.update(0, None, said)
        await self._context.clock.sleep(seconds)

    async def _after(
        self, change: Change, call: Call, outcome: Outcome, error: str | None, answer: Any
    ) -> None:
        if self._way is Way.APPLY and outcome in (Outcome.DONE, Outcome.ALREADY):
            answer = answer or self._answers.get(change.id)  # told from what was read
        body = {**_body(change, call), "outcome": outcome, "error": error}
        await self.note(journal.CALL_AFTER, {**body, "response": encode(answer or None)})


async def look(gateway: Gateway, target: Target, effect: Effect) -> Response | None:
    """Read what shows an effect; None where AWS says that it does not exist."""
    try:
        if effect.each is None:
            answer = await gateway.read(target, effect.read)
            more = effect.then(answer) if effect.then else None
            answer = await gateway.read(target, more) if more else answer
            return answer if effect.there(answer) else None
        async for page in gateway.pages(target, effect.read):
            for call in effect.each(page):
                found = await look(gateway, target, Effect(call, effect.holds))
                if effect.holds(found):
                    return found
    except AwsError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
    return None


def _body(change: Change, call: Call) -> dict[str, Any]:
    return {"change": change.id, "resource": change.resource, "call": call}
