"""What turns a machine's logging on, as expressions: the property, its log group, its rights."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hubmend.controls.stepfunctions_1.rights import NEEDED
from hubmend.iac.cdk.judging import express
from hubmend.iac.cdk.program import L1, Construct, Value
from hubmend.iac.cdk.writing import Code, Constant, Expression, Made, Struct, Template
from hubmend.iac.source import NEW, Wanted

PREFIX = "/aws/vendedlogs/states/"
RETENTION = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1096: "THREE_YEARS",
    1827: "FIVE_YEARS",
    2192: "SIX_YEARS",
    2557: "SEVEN_YEARS",
    2922: "EIGHT_YEARS",
    3288: "NINE_YEARS",
    3653: "TEN_YEARS",
}
"""`aws_logs.RetentionDays` by days: all that CloudWatch Logs allows (F§3.11)."""

_CFN = "aws_stepfunctions.CfnStateMachine"
_SIMPLE = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_PLAIN = re.compile(r"[^\\\"'`{}$\r\n]+")
_FORMATTED = re.compile(r"`([^`\r\n]+)`|[fF](?:\"([^\"\\\r\n]+)\"|'([^'\\\r\n]+)')")


@dataclass(frozen=True)
class Addition:
    """What is written for one machine of a file, in one language."""

    made: Construct
    text: str  # of the file, where new ids must be new
    wanted: Wanted
    python: bool

    def property(self) -> tuple[str, Expression]:
        """Return the property that turns logging on, and its value."""
        level = self.wanted.level or ("ALL" if express(self.made) else "ERROR")
        data = ("includeExecutionData", self.wanted.include_execution_data)
        if self.made.name != L1:
            word = Constant(f"aws_stepfunctions.LogLevel.{level}")
            fields = (("destination", self._group()), ("level", word), data)
            return "logs", Struct("aws_stepfunctions.LogOptions", fields)
        arn = replace(self._group(), member="logGroupArn")
        group = Struct(f"{_CFN}.CloudWatchLogsLogGroupProperty", (("logGroupArn", arn),))
        one = Struct(f"{_CFN}.LogDestinationProperty", (("cloudWatchLogsLogGroup", group),))
        return "loggingConfiguration", Struct(
            f"{_CFN}.LoggingConfigurationProperty",
            (("destinations", (one,)), ("level", level), data),
        )

    def rights(self, role: str) -> Made:
        """Return a policy, apart from the role's others, that lets it deliver logs (F§3.8)."""
        fields = (("actions", NEEDED), ("resources", ("*",)))
        statement = Made("aws_iam.PolicyStatement", (), fields)
        return Made(
            "aws_iam.Policy",
            self._place("LogDelivery"),
            (("roles", (Code(role),)), ("statements", (statement,))),
        )

    def _group(self) -> Made:
        place = self._place("Logs")
        wanted = self.wanted.log_group
        if wanted != NEW:
            kind = "Arn" if wanted.startswith("arn:") else "Name"
            return Made(f"aws_logs.LogGroup.fromLogGroup{kind}", (*place, wanted))
        days = Constant(f"aws_logs.RetentionDays.{RETENTION[self.wanted.retention_days]}")
        return Made(
            "aws_logs.LogGroup",
            place,
            (
                ("logGroupName", self._name()),
                ("retention", days),
                ("removalPolicy", Constant("RemovalPolicy.RETAIN")),
            ),
        )

    def _name(self) -> Template:
        """Return a name under the vended-logs prefix (F§3.9), its own in every stack and scope.

        A static name would collide when the stack is deployed twice (F§5.3).
        """
        scope = self.made.scope
        assert scope is not None  # noqa: S101  # placeable
        address = f"{scope.text}.node.addr"
        last = Code(f"{address}[-8:]" if self.python else f"{address}.slice(-8)")
        stack = Made("Stack.of", (Code(scope.text),), member="stackName")
        words = [_worded(part) for part in id_parts(self.made.id)]
        return Template((PREFIX, stack, "-", *words, "-", last))

    def _place(self, suffix: str) -> tuple[Expression, Expression]:
        """Return the machine's scope, and an id beside the machine's that the file has not yet."""
        made = self.made
        assert made.scope is not None  # noqa: S101  # placeable
        parts = id_parts(made.id)
        if not (len(parts) == 1 and isinstance(made.id and made.id.literal, str)):
            return Code(made.scope.text), Template((*parts, suffix))
        ids = (f"{parts[0]}{suffix}{number}" for number in ("", *range(2, 1000)))
        free = (one for one in ids if not re.search(f"[\"'`]{re.escape(one)}[\"'`]", self.text))
        return Code(made.scope.text), next(free)


def placeable(made: Construct) -> bool:
    """Whether a construct's scope and id can be written a second time."""
    return (
        made.scope is not None
        and _SIMPLE.fullmatch(made.scope.text) is not None
        and bool(id_parts(made.id))
    )


def id_parts(ident: Value | None) -> tuple[str | Code, ...]:
    """Return an id as the parts of a template, none when it is too much of an expression."""
    if ident is None:
        return ()
    if isinstance(ident.literal, str):
        return (ident.literal,) if _PLAIN.fullmatch(ident.literal) else ()
    formatted = _FORMATTED.fullmatch(ident.text)
    if formatted:
        return (next(filter(None, formatted.groups())),)
    return (Code(ident.text),) if _SIMPLE.fullmatch(ident.text) else ()


def _worded(part: str | Code) -> str | Code:
    """Return a part of an id as a log group's name may have it (F§3.11)."""
    if isinstance(part, Code) or "{" in part:
        return part
    return re.sub(r"[^a-zA-Z0-9_./#-]", "-", part)
