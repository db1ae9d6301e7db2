"""The words of the evidence: which kinds of entry a run's chain holds.

Bodies are plain JSON:

- run-started    {"plan": fingerprint, "control": id, "by": ARN of the caller, "rollout": Rollout}
- rollout        a Rollout: the run was resumed with other numbers
- canary         a Canary: which resources were tried first, and what verifying them said
- call-before    {"change": id, "way": "apply"|"rollback", "resource": ARN, "call": Call}
- call-after     the same, and {"outcome": Outcome, "error": text|null, "response": excerpt|null}
- resource       {"way": ..., "arn": ..., "status": ResourceStatus, "error": ..., "notes": [...]}
- run-finished   {"way": ..., "status": RunStatus}
- execution      {"resource": ARN, "execution": ARN, "status": text, "input": fingerprint}
- verification   a Verification
- told           {"run": ID}: the run that noted on findings what this one has done
- decision       a Decision (chain "decisions")
"""

from __future__ import annotations

from enum import StrEnum

DECISIONS = "decisions"

RUN_STARTED = "run-started"
ROLLOUT = "rollout"
CANARY = "canary"
CALL_BEFORE = "call-before"
CALL_AFTER = "call-after"
RESOURCE = "resource"
RUN_FINISHED = "run-finished"
EXECUTION = "execution"
VERIFICATION = "verification"
TOLD = "told"
DECISION = "decision"


class Way(StrEnum):
    """Which way a run is being walked."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class Outcome(StrEnum):
    """What came of one call."""

    DONE = "done"
    ALREADY = "already"  # its effect was there before; no call was made
    FAILED = "failed"  # it certainly did not happen
    UNCERTAIN = "uncertain"  # it may have happened, and re-reading did not settle it
    KEPT = "kept"  # an undo that must not be made (a log group that holds records)
