"""How long a plan will take, from AWS's published buckets: so that every wait says how long.

Targets are worked on side by side, so the slowest one counts. In it every call that `apply` makes
draws on a bucket: the changes, what is read before and after them, and the tries until AWS sees
new rights. Buckets are taken to be full at the start, and nobody else to draw on them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from hubmend.core.call import Change
from hubmend.core.plan import Plan
from hubmend.core.quotas import Quota, account_wide, quota
from hubmend.flow.step import PROPAGATION_PAUSES
from hubmend.report.wording import about, count

CALL_SECONDS = 0.3  # our allowance for one round trip, not an AWS figure
SIDE_BY_SIDE = 32  # changes under way in a target (flow/graph.py)
OWN_SECONDS = 0.01  # and for what hubmend itself does about a change: two entries in the journal
# A freshly written role policy takes seconds to be seen (F§3.7): in most cases by the fourth try.
ROLE_SECONDS = sum(PROPAGATION_PAUSES[:3])
ROLE_TRIES = 2  # updates refused until then, by one machine for all that share the role
BATCH_SECONDS = 2.0  # and for a hundred findings: gathered, looked at, written
_MARGIN = 1.01  # hubmend stays slightly under the quotas
_WORTH_SAYING = 5.0

_FINDINGS, _READ = 1 / 100, 1 / 20  # of a call for one finding (F§2.4, F§2.5)
# What apply reads for a change, beside the machine itself.
_READS: Mapping[str, Mapping[str, float]] = {
    "UpdateStateMachineAlias": {
        "stepfunctions:DescribeStateMachineAlias": 2,
        "stepfunctions:DescribeStateMachine": 4,
    },
    "BatchUpdateFindings": {"securityhub:GetFindings": _READ},
    "BatchUpdateStandardsControlAssociations": {"securityhub:ListStandardsControlAssociations": 1},
    "UpdateSecurityControl": {"securityhub:BatchGetSecurityControls": 1},
}
_NOUNS = {
    "stepfunctions:UpdateStateMachine": ("update", "updates"),
    "stepfunctions:PublishStateMachineVersion": ("version", "versions"),
    "logs:CreateLogGroup": ("log group", "log groups"),
    "logs:PutRetentionPolicy": ("retention", "retentions"),
    "iam:PutRolePolicy": ("role policy", "role policies"),
}

_Place = tuple[str, str]  # account and region, "" where a quota is the account's
_Draw = tuple[_Place, str]  # and an operation as SERVICE:OPERATION


@dataclass(frozen=True)
class Bound:
    """What takes longest: so many calls on one bucket, which AWS refills at `rate` a second."""

    account: str
    region: str
    operation: str
    calls: int
    rate: float


@dataclass(frozen=True)
class Estimate:
    """The seconds `apply` is expected to take, and the bucket that makes it so, if one does."""

    seconds: int
    bound: Bound | None = None

    def sentence(self, names: Mapping[str, str] | None = None) -> str:
        """Return "about 15 min: 1 000 updates in payments-prod us-east-1 at AWS's 1 a second"."""
        said = f"about {about(self.seconds)}"
        if self.bound is None:
            return said
        one = self.bound
        other = (f"call of {one.operation}", f"calls of {one.operation}")
        calls = count(one.calls, *_NOUNS.get(one.operation, other))
        where = f"{(names or {}).get(one.account) or one.account} {one.region}".strip()
        return f"{said}: {calls} in {where} at AWS's {one.rate:g} a second"


def estimate(plan: Plan, raised: Mapping[str, Quota] | None = None) -> Estimate:
    """Return how long `apply` is expected to take; `raised` is what AWS granted beyond its quotas.

    Raised quotas are by SERVICE:OPERATION, as in the policy file.
    """
    if not plan.changes:
        return Estimate(0)
    calls: dict[_Draw, float] = defaultdict(float)
    for draw, number in _calls(plan):
        calls[draw] += number
    waits = {draw: _wait(draw, number, raised) for draw, number in calls.items()}
    slowest = max(waits, key=lambda draw: waits[draw])
    own = len(plan.changes) * OWN_SECONDS
    role = ROLE_SECONDS if any(one.call.service == "iam" for one in plan.changes) else 0
    total = max(waits[slowest], _work(plan, calls), own) + _chain(plan) + role
    bound = None
    if waits[slowest] >= max(_WORTH_SAYING, total / 2):
        (account, region), operation = slowest
        service, _, name = operation.partition(":")
        rate = quota(service, name, raised)[1]
        bound = Bound(account, region, operation, ceil(calls[slowest]), rate)
    return Estimate(max(1, ceil(total)), bound)


def _calls(plan: Plan) -> Iterator[tuple[_Draw, float]]:
    """Yield every call that apply makes, by the bucket it draws on."""
    for resource in plan.resources:
        own = [one for one in plan.of(resource) if one.call.service != "securityhub"]
        if own:  # the machine as it was, and as it then is
            yield _draw(own[0], "stepfunctions:DescribeStateMachine"), 2
    for change in plan.changes:
        operation = change.call.operation
        yield _draw(change, str(change.call)), _FINDINGS if _is_batched(change) else 1
        for read, number in _READS.get(operation, {}).items():
            yield _draw(change, read), number
        if operation == "PutRolePolicy":
            yield _draw(change, "stepfunctions:UpdateStateMachine"), ROLE_TRIES


def _draw(change: Change, operation: str) -> _Draw:
    region = "" if account_wide(operation.partition(":")[0]) else change.region
    return (change.account, region), operation


def _is_batched(change: Change) -> bool:
    return change.call.operation == "BatchUpdateFindings"


def _wait(draw: _Draw, calls: float, raised: Mapping[str, Quota] | None) -> float:
    service, _, operation = draw[1].partition(":")
    size, rate = quota(service, operation, raised)
    return max(0.0, calls - size) / rate * _MARGIN


def _work(plan: Plan, calls: Mapping[_Draw, float]) -> float:
    """Return what the round trips of the busiest target take, so many at a time."""
    places: Counter[_Place] = Counter()
    for (place, _), number in calls.items():
        places[place] += ceil(number)
    findings = Counter(one.target for one in plan.changes if _is_batched(one))
    batches = max((ceil(number / 100) for number in findings.values()), default=0)
    return max(places.values()) * CALL_SECONDS / SIDE_BY_SIDE + batches * BATCH_SECONDS


def _chain(plan: Plan) -> float:
    """Return what the calls of one machine take, which come one after the other."""
    return max(len(plan.of(one)) + 2 for one in plan.resources) * CALL_SECONDS
