"""Whether the control itself is set as a run decided, awaited while Security Hub updates it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hubmend.core.arn import Target, is_control, parse_arn
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.lanes import Width, side_by_side
from hubmend.core.run import Run, RunStatus
from hubmend.core.verification import ConfigurationAnswer
from hubmend.flow.context import Context
from hubmend.flow.hub import effects
from hubmend.flow.step import look

WIDTH, POLL_SECONDS = Width(each=1, at_most=64), 3.0
SET = ConfigurationAnswer("passed", "the control is set as decided")


async def control_answers(
    context: Context, run: Run, arns: Sequence[str], until: datetime
) -> dict[str, ConfigurationAnswer]:
    """Say of each control among `arns` how it is set, once none is pending or the time is over.

    Nothing is said of a run that was taken back. Raise AwsError when the credentials end.
    """
    controls = [arn for arn in arns if is_control(arn)]
    left = [] if run.status is RunStatus.ROLLED_BACK else controls
    found: dict[str, ConfigurationAnswer] = {}
    while left:
        answers = await side_by_side(left, _target, lambda arn: _answer(context, run, arn), WIDTH)
        found |= zip(left, answers, strict=True)
        left = [arn for arn in left if found[arn].status == "pending"]
        seconds = (until - context.clock.now()).total_seconds()
        if not left or seconds <= 0:
            break
        said = "waiting for Security Hub to update the control"
        context.progress.update(len(controls) - len(left), len(controls), said)
        await context.clock.sleep(min(POLL_SECONDS, seconds))
    return found


def _target(arn: str) -> Target:
    return parse_arn(arn).target


async def _answer(context: Context, run: Run, arn: str) -> ConfigurationAnswer:
    """Look at every change of one control: what is wrong comes before what is pending."""
    pending = None
    for change in run.plan.of(arn):
        effect = effects.effect(change.call)
        try:
            answer = await look(context.gateway, change.target, effect)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return ConfigurationAnswer("failed", f"could not be read: {error}")
        if effects.underway(answer):
            why = f"Security Hub is still updating the control: {change.title}"
            pending = ConfigurationAnswer("pending", why)
        elif not effect.holds(answer):
            return ConfigurationAnswer("failed", f"not as planned: {change.title}")
    return pending or SET
