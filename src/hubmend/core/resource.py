"""What a scan finds: one row per resource, with its verdict, or why it could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from hubmend.core.arn import Target
from hubmend.core.errors import DONE, FAILING, INCOMPLETE


class Verdict(StrEnum):
    """What `detect` says of one resource."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class Kind(StrEnum):
    """What is decided, or recommended, for a resource."""

    ENABLE = "enable"
    SUPPRESS = "suppress"
    DISABLE_CONTROL = "disable-control"
    SET_PARAMETER = "set-parameter"
    NONE = "none"


class Source(StrEnum):
    """Who told of a resource: the machine itself, a Security Hub finding, or AWS Config."""

    API = "api"
    HUB = "hub"
    CONFIG = "config"


class RemarkKind(StrEnum):
    """What a join of sources brings up."""

    DELETED = "deleted"  # a finding, and no machine
    NO_FINDING = "no-finding"  # a machine, and no finding yet
    DISAGREES = "disagrees"  # the finding says one thing, the machine another
    DOUBT = "in-doubt"  # what was told was not enough: the machine itself was read
    ODD = "odd"  # a finding that was left out, with the reason
    SOURCE = "source"  # how the scope was read
    LEFT_OUT = "left-out"  # an account or a target in scope where nothing can be, or be read


@dataclass(frozen=True)
class Remark:
    """Something to know about a scan that is no verdict.

    `subject` is an ARN, a finding's id, an account, a region or a target.
    """

    kind: RemarkKind
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Manager:
    """Who deploys a resource, and how we know (F§5.1)."""

    kind: str = ""
    evidence: str = ""


class SuppressionState(StrEnum):
    """How a suppression in Security Hub stands to what was decided."""

    STANDS = "stands"
    ENDED = "ended"  # its day has passed, its decision is gone, or the resource passes
    FOREIGN = "foreign"  # somebody else set it: hubmend leaves it alone


@dataclass(frozen=True)
class Suppression:
    """What is behind a finding's SUPPRESSED; `why` says why it ended."""

    state: SuppressionState
    owner: str = ""
    until: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A suppressed finding of a resource for which another finding speaks (F§2.2)."""

    id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    suppression: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The Security Hub finding of a resource, as last read (F§2).

    `fields` are its UserDefinedFields; `suppression` is there while its workflow is SUPPRESSED.
    `also_suppressed` are the resource's other findings that are suppressed.
    """

    id: str
    workflow_status: str
    compliance_status: str
    product_arn: str = ""
    updated_at: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    suppression: Suppression | None = None
    rule: str = ""  # the AWS Config rule behind it, as the finding names it
    also_suppressed: tuple[Suppressed, ...] = ()

    @property
    def suppressed(self) -> bool:
        """Whether its workflow status is SUPPRESSED, whatever is behind that."""
        return self.workflow_status == "SUPPRESSED"

    @property
    def any_suppressed(self) -> bool:
        """Whether it, or another finding of the resource, is suppressed."""
        return self.suppressed or bool(self.also_suppressed)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What we would decide, and why.

    `level` is what enabling takes, whatever is recommended: a person may enable all the same. None
    where it is not known, or the resource does not fail.
    """

    decision: Kind
    level: str | None
    why: str

    @property
    def advised(self) -> str | None:
        """The level to show: only enabling has one."""
        return self.level if self.decision is Kind.ENABLE else None


@dataclass(frozen=True, slots=True)  # a scan holds thousands
class Resource:
    """One row of a scan: a state machine as it is now, with its verdict."""

    arn: str
    account: str
    region: str
    name: str
    type: str | None
    level: str | None
    include_execution_data: bool | None
    log_group_arn: str | None
    verdict: Verdict
    reason: str
    role_arn: str | None
    revision_id: str | None
    tags: Mapping[str, str]
    manager: Manager
    finding: Finding | None
    recommendation: Recommendation
    source: Source = Source.API
    as_of: str = ""  # when the source saw it; empty where the machine itself was read
    tagged: bool = True  # False: its tags are not known, and empty here

    @property
    def target(self) -> Target:
        """Return the account and region of the resource."""
        return Target(self.account, self.region)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """Return what is behind those of its findings that are suppressed; what ended first."""
        if self.finding is None:
            return ()
        held: tuple[Finding | Suppressed, ...] = (self.finding, *self.finding.also_suppressed)
        behind = (one.suppression for one in held if one.suppression)
        return tuple(sorted(behind, key=lambda one: one.state is not SuppressionState.ENDED))

    @property
    def suppressed(self) -> bool:
        """Whether its finding is suppressed in Security Hub while the resource still fails.

        A suppression that ended answers for nothing any more.
        """
        if self.verdict is not Verdict.FAILED or self.finding is None:
            return False
        behind = self.finding.suppression
        ended = behind is not None and behind.state is SuppressionState.ENDED
        return self.finding.suppressed and not ended


@dataclass(frozen=True)
class Unread:
    """A target that could not be read at all; region "" is all in scope of the account."""

    account: str
    region: str
    error: str


@dataclass(frozen=True)
class Score:
    """The security score of one standard in one target, computed by the formula of F§1.7.

    `passed` of `counted` controls; `control_status` is that of the scan's control.
    """

    account: str
    region: str
    standard: str
    percent: int | None
    control_status: str
    passed: int = 0
    counted: int = 0


class Tally:
    """Rows counted one by one, so that a scan's sums need not wait for all of its rows."""

    def __init__(self, rows: Iterable[Resource] = ()) -> None:
        self._verdicts: Counter[Verdict] = Counter()
        self.suppressed = 0
        for row in rows:
            self.add(row)

    def add(self, row: Resource) -> None:
        """Count one more row."""
        if row.suppressed:
            self.suppressed += 1
        else:
            self._verdicts[row.verdict] += 1

    @property
    def total(self) -> int:
        """How many rows were counted."""
        return self._verdicts.total() + self.suppressed

    def count(self, verdict: Verdict) -> int:
        """How many rows have this verdict; suppressed ones are counted apart."""
        return self._verdicts[verdict]

    @property
    def summary(self) -> dict[str, int]:
        """Counts as the scan schema has them."""
        counts = {one.value.lower(): self.count(one) for one in Verdict}
        return {**counts, "suppressed": self.suppressed}

    def exit_code(self, unread: Sequence[Unread]) -> int:
        """0 nothing failing, 1 something fails, 3 something could not be read (3 beats 1)."""
        if unread or self.count(Verdict.UNKNOWN):
            return INCOMPLETE
        return FAILING if self.count(Verdict.FAILED) else DONE


@dataclass(frozen=True)
class Scan:
    """Everything one scan saw."""

    id: str
    at: datetime
    control: str
    source: str
    targets: tuple[Target, ...]
    resources: tuple[Resource, ...]
    unread: tuple[Unread, ...]
    scores: tuple[Score, ...] = ()
    account_names: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # account: its OUs
    source_why: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def tally(self) -> Tally:
        """Return the counts of its rows."""
        return Tally(self.resources)

    def count(self, verdict: Verdict) -> int:
        """How many resources have this verdict; suppressed ones are counted apart."""
        return self.tally.count(verdict)

    @property
    def summary(self) -> dict[str, int]:
        """Counts as the scan schema has them."""
        return self.tally.summary

    @property
    def exit_code(self) -> int:
        """0 nothing failing, 1 something fails, 3 something could not be read (3 beats 1)."""
        return self.tally.exit_code(self.unread)
