"""The verdict of a state machine that a CDK program constructs."""

from __future__ import annotations

import re

from hubmend.core.resource import Verdict
from hubmend.iac.cdk.program import L1, Construct, Program, Value
from hubmend.iac.source import Machine, Rights

_LEVELS = ("ALL", "ERROR", "FATAL", "OFF")
_DEFAULT = {True: "OFF", False: "ERROR"}  # by whether it is an L1 (F§5.3)
_ROLE = "aws_iam.Role"
# What could let a role deliver logs, wherever in the file it stands.
_GRANTS = re.compile(r"logs:(?:Create(?:LogDelivery|\*)|\*)|FullAccess|Administrator")
_OFF = "logging is off: "


def judged(program: Program, made: Construct, kind: str) -> Machine:
    """Return a construct's verdict; what the file alone does not tell is UNKNOWN."""
    basic = made.name == L1
    logs = _logs(made)
    level, group = _level(logs, basic), _destination(logs, basic)
    verdict, reason = _verdict(program, made, logs, level, group)
    data = logs.field("includeExecutionData") if logs else None
    return Machine(
        path=program.file.path,
        line=made.line,
        kind=kind,
        id=_id(made.id),
        verdict=verdict,
        reason=reason,
        level=level,
        include_execution_data=data.literal if data and isinstance(data.literal, bool) else None,
        log_group=_group(group),
        role_rights=_rights(program, made, basic),
    )


def express(made: Construct) -> bool:
    """Whether a construct says it is an EXPRESS machine; the CDK's default is STANDARD."""
    kind = made.props.field("stateMachineType") if made.props else None
    return kind is not None and (
        kind.name == "aws_stepfunctions.StateMachineType.EXPRESS" or kind.literal == "EXPRESS"
    )


def _logs(made: Construct) -> Value | None:
    name = "loggingConfiguration" if made.name == L1 else "logs"
    return made.props.field(name) if made.props else None


def _level(logs: Value | None, basic: bool) -> str | None:
    """Return the level that is set, or the default's; None where the file does not tell."""
    if logs is None or logs.record is None:
        return None
    given = logs.field("level")
    if given is None:
        return _DEFAULT[basic] if logs.whole else None
    word = given.literal if given.literal is not None else _member(given.name)
    return word if isinstance(word, str) and word in _LEVELS else None


def _member(name: str) -> str:
    owner, _, member = name.rpartition(".")
    return member if owner == "aws_stepfunctions.LogLevel" else ""


def _destination(logs: Value | None, basic: bool) -> Value | None:
    return logs.field("destinations" if basic else "destination") if logs else None


def _verdict(
    program: Program, made: Construct, logs: Value | None, level: str | None, group: Value | None
) -> tuple[Verdict, str]:
    if made.props is None or made.props.record is None:
        what = f"in `{made.props.words}`" if made.props else "not there"
        return Verdict.UNKNOWN, f"its properties are {what}: this file does not tell them"
    if logs is None:
        return _unset(program, made)
    if logs.record is None or level is None:
        told = logs.field("level") or logs
        return Verdict.UNKNOWN, f"the level is in `{told.words}`: this file does not tell it"
    if level == "OFF":
        return Verdict.FAILED, f"{_OFF}level OFF"
    if group is None:
        if logs.whole:
            return Verdict.FAILED, f"{_OFF}level {level} has no destination"
        return Verdict.UNKNOWN, f"the destination is in `{logs.words}`: this file does not tell it"
    return Verdict.PASSED, f"level {level}"


def _unset(program: Program, made: Construct) -> tuple[Verdict, str]:
    if not (made.props and made.props.whole):
        return Verdict.UNKNOWN, "some of its properties are spread from elsewhere: not told here"
    if program.sets_later:
        return Verdict.UNKNOWN, "logging is set outside a constructor in this file"
    name = "loggingConfiguration" if made.name == L1 else "logs"
    return Verdict.FAILED, f"{_OFF}no `{name}`"


def _id(ident: Value | None) -> str:
    if ident is None:
        return ""
    return ident.literal if isinstance(ident.literal, str) else ident.words.strip("`")


def _group(group: Value | None) -> str | None:
    """Return the name of a log group that the file makes, else the reference as written."""
    if group is None:
        return None
    name = group.field("logGroupName") if group.name == "aws_logs.LogGroup" else None
    return name.literal if name and isinstance(name.literal, str) else group.words


def _rights(program: Program, made: Construct, basic: bool) -> Rights:
    """Tell what the CDK will grant: an L2 grants to its own role, an L1 grants nothing (F§5.3).

    A role that is imported, or that the file does not tell, may refuse the L2's grants.
    """
    if made.props is None or not made.props.whole:
        return Rights.UNKNOWN
    if basic:
        told = own_role(made) is not None and not _GRANTS.search(program.file.text)
        return Rights.ABSENT if told else Rights.UNKNOWN
    role = made.props.field("role")
    return Rights.PRESENT if role is None or role.name == _ROLE else Rights.UNKNOWN


def own_role(made: Construct) -> Value | None:
    """Return the role of an L1 machine as the file names it, when the file makes it."""
    arn = made.props.field("roleArn") if made.props else None
    role = arn.owner if arn else None
    return role if role is not None and role.name == _ROLE and not role.here else None
