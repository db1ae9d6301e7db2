"""verify: four answers per resource, each on its own clock, none standing for another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from hubmend.core import journal
from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Change
from hubmend.core.codec import encode, fingerprint
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.lanes import Width, side_by_side
from hubmend.core.reference import resolved
from hubmend.core.resource import Kind, Score, Verdict
from hubmend.core.run import Run, RunStatus
from hubmend.core.verification import (
    ConfigurationAnswer,
    ProofAnswer,
    ProofRequest,
    ProofStatus,
    Started,
    Traffic,
    Verification,
)
from hubmend.flow.clocks import Following, follow, score_answer, scores_now
from hubmend.flow.context import Context
from hubmend.flow.hub import effects as hub
from hubmend.flow.hub.as_decided import control_answers
from hubmend.flow.naming import new_id
from hubmend.flow.runs import History, history, known_run

# FilterLogEvents allows as few as five calls a second in a target (F§4.3).
WIDTH, POLL_SECONDS = Width(8, 256), 3.0


@dataclass
class _Proving:
    """One resource while its proof is awaited."""

    arn: str
    since: datetime | None
    left: str | None
    traffic: Traffic
    started: list[Started] = field(default_factory=list)
    fault: str | None = None


async def verify(
    context: Context,
    run: str,
    *,
    arns: Sequence[str] = (),
    inputs: Mapping[str, Sequence[str]] | None = None,
    wait: timedelta = timedelta(0),
    traffic: bool = False,
) -> tuple[Verification, ...]:
    """Verify a run's resources (or the named ones) and add the answers to its evidence.

    `inputs` starts one execution per input of a resource first: running a workflow has effects,
    so only what the caller names is run, and only once the change has settled. `wait` is how long
    to look again for what is pending; with `traffic` also for what nothing that ran proves yet,
    and not for findings, which take longer than anybody who waits for traffic has.
    Raise UsageError when the run or an ARN is not known.
    """
    found = await known_run(context, run)
    chosen = _chosen(found, arns)
    past = history(await context.store.entries(run))
    proving = [_proving(context, found, past, arn) for arn in chosen]
    if inputs:
        await _settle(context, [one for one in proving if one.arn in inputs])
        await side_by_side(proving, _lane, lambda one: _execute(context, run, one, inputs), WIDTH)
    until = context.clock.now() + wait
    unsettled = {ProofStatus.PENDING} | ({ProofStatus.NOT_PROVABLE} if traffic else set())
    proofs = await _proofs(context, proving, until, unsettled)
    following, scores = await _followed(context, proving, context.clock.now() if traffic else until)
    controls = await control_answers(context, found, chosen, until)
    before = await _before(context, found)

    async def answered(one: _Proving) -> Verification:
        now, target = context.clock.now(), _lane(one)
        finding, made = following.answer(one.arn, now), _made(found, past, one.arn)
        configuration = controls.get(one.arn) or await _configuration(
            context, found, one.arn, made, following.targets[target].parameters
        )
        score = score_answer(before.get(target, ()), scores[target], finding, now)
        return Verification(one.arn, configuration, proofs[one.arn], finding, score)

    answers = await side_by_side(proving, _lane, answered, WIDTH)
    for answer in answers:
        await context.store.append(run, context.clock.now(), journal.VERIFICATION, encode(answer))
    return tuple(answers)


def _proving(context: Context, run: Run, past: History, arn: str) -> _Proving:
    traffic = context.control.traffic(_made(run, past, arn))
    return _Proving(arn, _since(run, past, arn), _left(run, arn), traffic)


def _chosen(run: Run, arns: Sequence[str]) -> tuple[str, ...]:
    unknown = set(arns) - set(run.plan.resources)
    if unknown:
        raise UsageError(f"{min(unknown)} is not among the resources run {run.id} changed")
    return tuple(arn for arn in run.plan.resources if not arns or arn in arns)


def _since(run: Run, past: History, arn: str) -> datetime | None:
    """Return when a resource itself was last changed, None when it was not."""
    own = _own(run, arn)
    return past.moments.get(own[-1].id) if own and own[-1].id in past.done else None


def _own(run: Run, arn: str) -> tuple[Change, ...]:
    """Return the changes of a resource itself, as against those of its findings."""
    return tuple(change for change in run.plan.of(arn) if not hub.of_hub(change.call))


def _left(run: Run, arn: str) -> str | None:
    """Return why a run leaves a resource's configuration, None when it changes it."""
    if _own(run, arn):
        return None
    decided = next((one for one in run.plan.decisions if one.resource == arn), None)
    if decided is None or decided.kind is not Kind.SUPPRESS:
        return f"not changed, but its finding: {run.plan.of(arn)[-1].title}"
    return f"not changed: suppressed until {decided.until} by {decided.by}"


def _made(run: Run, past: History, arn: str) -> list[Change]:
    """Return the changes of a resource itself with what AWS answered filled in."""
    return [resolved(change, past.answers) for change in _own(run, arn)]


def _lane(one: _Proving) -> Target:
    return parse_arn(one.arn).target


async def _settle(context: Context, proving: Sequence[_Proving]) -> None:
    """Wait until no execution can start under the configuration before the change any more."""
    newest = max((one.since for one in proving if one.since), default=None)
    if newest is None:
        return
    left = (newest + context.control.settling - context.clock.now()).total_seconds()
    if left > 0:
        said = f"waiting {left:.0f} s: AWS may still start runs as configured before the change"
        context.progress.update(0, None, said)
        await context.clock.sleep(left)


async def _execute(
    context: Context, run: str, one: _Proving, inputs: Mapping[str, Sequence[str]]
) -> None:
    if one.since is None:
        return
    for text in inputs.get(one.arn, ()):
        began = context.clock.now()
        name = f"verify-{new_id(began)}"
        try:
            state = await context.control.read_one(context.gateway, one.arn)
            arn, status = await context.control.execute(
                context.gateway, state, name, text, one.traffic.start
            )
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            one.fault = f"execution {name} could not be started: {error}"
            return
        ended = context.clock.now() if status != "RUNNING" else None
        one.started.append(Started(arn, status, began, ended))
        body = {
            "resource": one.arn, "execution": arn, "status": status, "input": fingerprint(text),
        }  # fmt: skip
        await context.store.append(run, began, journal.EXECUTION, body)


async def _proofs(
    context: Context,
    proving: Sequence[_Proving],
    until: datetime,
    unsettled: Collection[ProofStatus],
) -> dict[str, ProofAnswer]:
    """Look for every proof until none is unsettled or the waiting is over."""
    found: dict[str, ProofAnswer] = {}
    left = list(proving)
    while True:
        found |= await side_by_side(left, _lane, lambda one: _proof(context, one), WIDTH)
        left = [one for one in left if found[one.arn].status in unsettled]
        done = len(proving) - len(left)
        context.progress.update(done, len(proving), "waiting for log records" if left else "")
        if not left or context.clock.now() >= until:
            return found
        await context.clock.sleep(POLL_SECONDS)


async def _proof(context: Context, one: _Proving) -> tuple[str, ProofAnswer]:
    if one.fault or one.left:
        why = one.fault or "the run changed nothing that writes records"
        return one.arn, ProofAnswer(ProofStatus.NOT_PROVABLE, "", 0, 0, (), why)
    if one.since is None:
        why = "the change was not made, or was taken back"
        return one.arn, ProofAnswer(ProofStatus.NOT_PROVABLE, "", 0, 0, (), why)
    try:
        state = await context.control.read_one(context.gateway, one.arn)
        request = ProofRequest(one.since, one.started, one.traffic.versions)
        proof = await context.control.prove(context.gateway, state, request, context.clock)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return one.arn, ProofAnswer(ProofStatus.NOT_PROVABLE, "", 0, 0, (), str(error))
    return one.arn, proof


async def _followed(
    context: Context, proving: Sequence[_Proving], until: datetime
) -> tuple[Following, Mapping[Target, Sequence[Score]]]:
    """Return where every finding stands once none is pending or the time is over, and scores."""
    following = Following({one.arn: one.since for one in proving})
    await follow(context, following, until)
    targets = list(following.targets)
    scores = await side_by_side(targets, lambda one: one, partial(scores_now, context), WIDTH)
    return following, dict(zip(targets, scores, strict=True))


async def _before(context: Context, run: Run) -> Mapping[Target, Sequence[Score]]:
    """Return the scores of the scan before a run, per target."""
    scan = await context.store.last_scan(before=run.started)
    found: dict[Target, list[Score]] = {}
    for one in scan.scores if scan else ():
        found.setdefault(Target(one.account, one.region), []).append(one)
    return found


async def _configuration(
    context: Context, run: Run, arn: str, made: Sequence[Change], parameters: Parameters
) -> ConfigurationAnswer:
    if run.status is RunStatus.ROLLED_BACK:
        return ConfigurationAnswer("failed", "the run was rolled back")
    left = _left(run, arn)
    if left:
        return ConfigurationAnswer("not-changed", left)
    try:
        state = await context.control.read_one(context.gateway, arn)
        routed = await context.control.routed(context.gateway, made)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return ConfigurationAnswer("failed", f"could not be read: {error}")
    differs = context.control.as_planned(made, state)
    if differs:
        return ConfigurationAnswer("failed", differs)
    if routed and routed.status == "failed":
        return routed
    verdict, reason = context.control.verdict(state, parameters)
    reason = "; ".join(filter(None, (reason, parameters.fault)))
    status = "passed" if verdict is Verdict.PASSED else "failed"
    return ConfigurationAnswer(status, reason, routed.traffic if routed else "")
