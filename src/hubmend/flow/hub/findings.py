"""The findings of a control in one target, as they are to be restored, read afresh for a plan.

A resource has one finding, or one per standard where findings are not consolidated (F§2.2). ASFF
is read defensively: every part of a finding may be missing (F§2.1).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.asff import finding_of, spokesman
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.core.resource import Finding
from hubmend.flow.denied import NOT_SUBSCRIBED
from hubmend.flow.hub.aggregation import home_of
from hubmend.flow.hub.members import members


@dataclass(frozen=True)
class Note:
    """A finding's only note (F§2.5)."""

    text: str
    author: str


@dataclass(frozen=True)
class Held:
    """A finding with all of it that hubmend may write: `place` is where it is read and written."""

    finding: Finding
    place: Target
    note: Note | None = None

    @property
    def id(self) -> str:
        """Return its id."""
        return self.finding.id

    @property
    def workflow(self) -> str:
        """Return its workflow status."""
        return self.finding.workflow_status

    @property
    def compliance(self) -> str:
        """Return its compliance status."""
        return self.finding.compliance_status

    @property
    def fields(self) -> Mapping[str, str]:
        """Return its UserDefinedFields."""
        return self.finding.fields

    @property
    def standard(self) -> str:
        """Return the standard an unconsolidated finding is filed under, "" otherwise (F§2.2)."""
        before, found, after = self.id.partition(":subscription/")
        return after.split("/", maxsplit=1)[0] if found and before else ""


@dataclass(frozen=True)
class Reading:
    """The active findings of one target by resource ARN; `fault` says why there are none."""

    findings: Mapping[str, tuple[Held, ...]]
    fault: str | None = None

    @property
    def speaking(self) -> Mapping[str, Finding]:
        """Return the finding that speaks for each resource, as a scan has it."""
        return {
            arn: spokesman([one.finding for one in held]) for arn, held in self.findings.items()
        }


async def read(
    gateway: Gateway, target: Target, control: str, elsewhere: Iterable[str] = ()
) -> Reading:
    """Read a control's active findings in a target.

    Where the target's own account may not be asked, the caller's account is: as Security Hub's
    administrator it reads and writes its members' findings, in their region or, where it may not
    or has Security Hub off, in the home region of its finding aggregator (F§2.5, F§2.9). That is
    asked for in the target's region and in those `elsewhere`. Where neither answers for the
    account, `fault` is what the account itself said.

    Raise AwsError when the credentials end.
    """
    try:
        return Reading(await _sweep(gateway, target, target, control))
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        if error.code == NOT_SUBSCRIBED:
            return Reading({}, "it is off there")
        if error.kind is not ErrorKind.DENIED:
            return Reading({}, str(error))
        found = await _by_administrator(gateway, target, control, elsewhere)
        return found or Reading({}, str(error))


async def _by_administrator(
    gateway: Gateway, target: Target, control: str, elsewhere: Iterable[str]
) -> Reading | None:
    async for place in _administering(gateway, target, elsewhere):
        try:
            found = await _sweep(gateway, place, target, control)
            if found or await _answers(gateway, place, target.account):
                return Reading(found)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
    return None


async def _answers(gateway: Gateway, place: Target, account: str) -> bool:
    """Whether having no finding of an account tells that there is none.

    To others than its administrator Security Hub answers no error, but nothing (F§2.9).
    """
    return place.account == account or bool(await members(gateway, place, [account]))


async def _administering(
    gateway: Gateway, target: Target, elsewhere: Iterable[str]
) -> AsyncIterator[Target]:
    """Yield where the caller's own account may have the findings of a target, the nearest first."""
    own = Target((await gateway.identity()).account, target.region)
    if own != target:
        yield own
    home = await home_of(gateway, target, elsewhere)
    if home:
        yield home


async def _sweep(
    gateway: Gateway, place: Target, target: Target, control: str
) -> dict[str, tuple[Held, ...]]:
    wanted = {
        "ComplianceSecurityControlId": control,
        "AwsAccountId": target.account,
        "Region": target.region,
        "RecordState": "ACTIVE",
    }
    filters = {key: [{"Value": value, "Comparison": "EQUALS"}] for key, value in wanted.items()}
    found: dict[str, tuple[Held, ...]] = {}
    call = Call("securityhub", "GetFindings", {"Filters": filters, "MaxResults": 100})
    async for page in gateway.pages(place, call):
        for asff in page.get("Findings", ()):
            if _about(asff, control):
                held = parse(asff, place)
                for one in asff.get("Resources") or ():
                    arn = str(one.get("Id", ""))
                    found[arn] = (*found.get(arn, ()), held)
    return {arn: tuple(sorted(all_, key=lambda one: one.id)) for arn, all_ in found.items()}


def _about(asff: Mapping[str, Any], control: str) -> bool:
    """Whether a finding can be written on and is the control's: an emulator may ignore filters."""
    whole = bool(asff.get("Id")) and bool(asff.get("ProductArn"))
    return whole and (asff.get("Compliance") or {}).get("SecurityControlId") == control


def parse(asff: Mapping[str, Any], place: Target) -> Held:
    """Read a finding out of its ASFF document."""
    note = asff.get("Note") or {}
    kept = Note(str(note["Text"]), str(note.get("UpdatedBy", ""))) if note.get("Text") else None
    return Held(finding_of(asff), place, kept)
