"""A dossier: all that a report tells about one run, or about the whole scope, gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hubmend.core.decision import Decision
from hubmend.core.evidence import Entry
from hubmend.core.resource import Scan, Verdict
from hubmend.core.run import ResourceResult, Run
from hubmend.core.verification import Verification


@dataclass(frozen=True)
class Dossier:
    """What failed, who decided what, what was changed, the proof, and whether the chain holds.

    `scan` is the newest scan before the run began (the newest of all without a run). `before`
    and `after` are the resources' verdicts by ARN, for the picture, the control's own ARNs left
    out: `after` takes the verified configuration of the run's resources and leaves the others as
    scanned. `broken_at` is the position of the first entry of evidence that does not fit its
    chain, None when the chain holds.
    """

    at: datetime
    control: str
    scan: Scan | None
    run: Run | None
    results: tuple[ResourceResult, ...]
    verifications: tuple[Verification, ...]
    decisions: tuple[Decision, ...]
    entries: tuple[Entry, ...]
    broken_at: int | None
    before: Mapping[str, Verdict]
    after: Mapping[str, Verdict]
