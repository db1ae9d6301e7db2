"""What a control must offer: the verbs are generic and ask these questions of it.

A second control is a folder of its own whose record answers them; apply, verify and rollback exist
once (style.md, rule 2).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError
from hubmend.core.inventory import Claim, Listed
from hubmend.core.permission import Denial, Permission
from hubmend.core.ports import Clock, Gateway, Response
from hubmend.core.resource import Finding, Resource, Verdict
from hubmend.core.settings import Settings

if TYPE_CHECKING:  # a scan neither plans nor verifies
    from hubmend.core.plan import Manual, Note, Owner
    from hubmend.core.verification import (
        ConfigurationAnswer,
        ProofAnswer,
        ProofRequest,
        Traffic,
    )


class State(Protocol):
    """A resource as read: its address, and everything a plan must restore."""

    @property
    def arn(self) -> str:
        """The ARN."""
        ...

    @property
    def name(self) -> str:
        """The name people use."""
        ...

    @property
    def target(self) -> Target:
        """The account and region."""
        ...


S = TypeVar("S", bound=State)
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Unreadable:
    """A resource that exists but could not be read: its verdict is UNKNOWN."""

    arn: str
    name: str
    type: str | None
    target: Target
    error: str


@dataclass(frozen=True)
class Parameters:
    """The control's parameters in one target; `level` None: any passes (F§1.2), if no `fault`."""

    level: str | None = None
    fault: str | None = None  # AWS refuses to tell
    known: bool = True  # whether Security Hub answered: if not, nobody knows if a level passes


@dataclass(frozen=True)
class Doubt:
    """Why a claim is not enough for a row: the resource itself must be read."""

    why: str


@dataclass(frozen=True)
class Effect:
    """How to see whether a call took effect: read again, and ask.

    `holds` gets the response, or None where AWS answers that the thing does not exist; `there`
    tells whether an answer without an error shows the thing at all. `lags`: for minutes AWS may
    show the state before, so that seeing it is no proof that nothing happened.
    Where `read` lists what it may be, page by page, `each` gives the reads of a page's things: the
    first that holds is meant. `told` makes of the response the call's own answer, if that was lost.
    Where `read` only names things, `then` gives the read that shows them, None where it names none.
    """

    read: Call
    holds: Callable[[Response | None], bool]
    there: Callable[[Response], bool] = lambda _: True
    lags: bool = False
    each: Callable[[Response], Iterable[Call]] | None = None
    told: Callable[[Response], Response] | None = None
    then: Callable[[Response], Call | None] | None = None


@dataclass(frozen=True)
class Outline:
    """What `plan` proposes for one resource.

    Changes, or manual steps instead; both where a person must do what changes leave out.
    """

    changes: tuple[Change, ...] = ()
    manual: Manual | None = None
    notes: tuple[Note, ...] = ()
    skip: str | None = None
    owner: Owner | None = None


# Asks for the resources of a target that a rollback does not restore itself, as they are now.
Neighbours = Callable[[Target], Awaitable[Sequence[Resource]]]


class Control(Protocol[S]):
    """The questions a control answers."""

    id: str
    title: str
    settling: timedelta  # for so long after a change AWS may still use what was before
    config_type: str  # the resource type as AWS Config records it
    config_rule: str  # the AWS Config rule behind the control, by which Security Hub names its own
    asff_type: str  # the resource type as findings name it
    arns: str  # its resources' ARNs, of {partition}, {region}, {account} and {name}
    config_query: str  # AWS Config's advanced query for the resources, one claim a row
    costs: tuple[str, str]  # service and operation of the one call that reading a resource takes
    permissions: Sequence[Permission]
    denials: Sequence[Denial]

    def probe(self, permission: Permission, partition: str, target: Target) -> Call | None:
        """Return a harmless call that shows whether a permission is there, None where none is."""
        ...

    def needs(
        self, change: Change, snapshot: Mapping[str, Any]
    ) -> Iterable[tuple[Permission, str | None]]:
        """Return what a change and its undo need, with the resource asked about. Pure.

        The resource is None where any of the permission's place will do.
        """
        ...

    def read(
        self, gateway: Gateway, target: Target, pages: AsyncIterator[Sequence[Listed]]
    ) -> AsyncIterator[S | Unreadable]:
        """Read every resource of a target, given the pages of `listed`."""
        ...

    async def read_one(self, gateway: Gateway, arn: str, tags: Tags | None = None) -> S:
        """Read one resource, with the tags it was scanned with; raise AwsError when it cannot."""
        ...

    def listed(self, gateway: Gateway, target: Target) -> AsyncIterator[Sequence[Listed]]:
        """List every resource of a target, a page a call, in as few calls as can be."""
        ...

    async def read_tagged(self, gateway: Gateway, arn: str) -> S:
        """Read one resource with its tags; raise AwsError when it cannot."""
        ...

    async def tags(self, gateway: Gateway, target: Target) -> Mapping[str, Tags] | None:
        """Return the tags of a target's resources by ARN, in bulk; None where that is refused."""
        ...

    def claimed(
        self, claim: Claim, parameters: Parameters, settings: Settings, now: datetime
    ) -> Resource | Doubt:
        """Judge one resource by what a source tells of it. Pure and total."""
        ...

    def row(
        self,
        state: S | Unreadable,
        parameters: Parameters,
        settings: Settings,
        finding: Finding | None,
        today: date,
    ) -> Resource:
        """Judge one resource: verdict, reason and recommendation. Pure and total."""
        ...

    def verdict(self, state: S, parameters: Parameters) -> tuple[Verdict, str]:
        """Return the verdict and the reason for it. Pure and total."""
        ...

    def check(self, resource: Resource, decision: Decision, settings: Settings) -> None:
        """Raise UsageError when a decision about a resource cannot be meant. Pure."""
        ...

    async def survey(
        self, gateway: Gateway, state: S, decision: Decision, settings: Settings
    ) -> Any:
        """Read all that a plan for this resource must know."""
        ...

    def outline(
        self,
        state: S,
        decision: Decision,
        settings: Settings,
        surroundings: Any,
        planned: Sequence[Change],
        created: datetime,
    ) -> Outline:
        """Propose changes for one resource, given those planned before it. Pure."""
        ...

    def snapshot(self, state: S) -> Mapping[str, Any]:
        """Return the state as plain JSON, for the plan."""
        ...

    def moved(self, snapshot: Mapping[str, Any], state: S) -> str | None:
        """Return what moved since the snapshot, None when nothing did. Pure."""
        ...

    def as_planned(self, changes: Sequence[Change], state: S) -> str | None:
        """Return how the state differs from what the changes set, None when it does not. Pure."""
        ...

    def effect(self, call: Call) -> Effect:
        """Return how to see whether a call took effect. Pure."""
        ...

    def will_pass(self, call: Call, error: AwsError) -> bool:
        """Whether this failure is expected to pass by itself soon (propagation)."""
        ...

    async def refuse(self, gateway: Gateway, change: Change) -> str | None:
        """Return why a change must not be made now (what it is about moved), None when it may."""
        ...

    async def keep(self, gateway: Gateway, change: Change, neighbours: Neighbours) -> str | None:
        """Return why a change must not be undone now, None when it may.

        `neighbours` are asked for only where something would be deleted.
        """
        ...

    def traffic(self, changes: Sequence[Change]) -> Traffic:
        """Return where changes, as made, sent the resource's traffic. Pure."""
        ...

    async def routed(
        self, gateway: Gateway, changes: Sequence[Change]
    ) -> ConfigurationAnswer | None:
        """Say whether traffic goes where changes sent it and is as decided; None: they sent none.

        Raise AwsError when it cannot be read.
        """
        ...

    async def execute(
        self, gateway: Gateway, state: S, name: str, text: str, start: str | None = None
    ) -> tuple[str, str]:
        """Start one execution of the resource, or of `start` (Traffic.start), with an input.

        Return its ARN and its status so far.
        """
        ...

    async def prove(
        self, gateway: Gateway, state: S, request: ProofRequest, clock: Clock
    ) -> ProofAnswer:
        """Compare the records that must exist with those that do."""
        ...

    async def history(self, gateway: Gateway, execution: str) -> Any:
        """Return an execution's events with the levels that write each."""
        ...
