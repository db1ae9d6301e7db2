"""The state machines of one file, and the verdict on each (F§1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yaml import MappingNode, Node, ScalarNode

from hubmend.core.decision import LEVELS
from hubmend.core.resource import Verdict
from hubmend.iac.source import Machine, Rights
from hubmend.iac.template.document import Document, call, entries, entry, items, text, value, words
from hubmend.iac.template.values import Dynamic, Resolve

CLOUDFORMATION = "AWS::StepFunctions::StateMachine"
SAM = "AWS::Serverless::StateMachine"
_OFF = frozenset({"OFF", "FALSE"})  # YAML 1.1 reads a bare OFF as false


@dataclass(frozen=True)
class Dialect:
    """How one kind of source spells a machine and its logging (F§5.3)."""

    kind: str
    logging: str
    level: str
    data: str
    destinations: str
    role: str
    type: str


OF_CLOUDFORMATION = Dialect(
    "cloudformation",
    "LoggingConfiguration",
    "Level",
    "IncludeExecutionData",
    "Destinations",
    "RoleArn",
    "StateMachineType",
)
OF_SAM = Dialect("sam", "Logging", "Level", "IncludeExecutionData", "Destinations", "Role", "Type")
OF_SERVERLESS = Dialect(
    "serverless", "loggingConfig", "level", "includeExecutionData", "destinations", "role", "type"
)
_BY_TYPE = {CLOUDFORMATION: OF_CLOUDFORMATION, SAM: OF_SAM}


@dataclass(frozen=True)
class Declared:
    """One machine where it is declared: its key, its resource, and what holds its logging.

    `resources` is the template's mapping of resources that it can refer to; `looped` says that one
    text stands for several machines (Fn::ForEach).
    """

    key: ScalarNode
    resource: Node
    properties: Node | None
    dialect: Dialect
    resources: Node | None
    looped: bool = False

    @property
    def id(self) -> str:
        """Return its logical id, or its key in Serverless."""
        return str(self.key.value)


def declared(resources: Node | None) -> Iterator[Declared]:
    """Yield the state machines of a template's Resources, those in Fn::ForEach included."""
    for key, resource in entries(resources):
        looped = str(key.value).startswith("Fn::ForEach::")
        pairs = entries(items(resource)[-1]) if looped and items(resource) else [(key, resource)]
        for name, one in pairs:
            dialect = _BY_TYPE.get(text(value(one, "Type")) or "")
            if dialect:
                properties = value(one, "Properties")
                yield Declared(name, one, properties, dialect, resources, looped)


@dataclass(frozen=True)
class _Judgement:
    verdict: Verdict
    reason: str
    level: str | None = None


def judged(document: Document, one: Declared, resolve: Resolve, rights: Rights) -> Machine:
    """Judge a declared machine."""
    logging = value(one.properties, one.dialect.logging)
    judgement = _judge(one, logging, resolve)
    data = resolve(value(logging, one.dialect.data))
    return Machine(
        path=document.path,
        line=document.line(one.key),
        kind=one.dialect.kind,
        id=one.id,
        verdict=judgement.verdict,
        reason=judgement.reason,
        level=judgement.level,
        include_execution_data=data.lower() == "true" if isinstance(data, str) else None,
        log_group=_destination(document, value(logging, one.dialect.destinations)),
        role_rights=rights,
    )


def _judge(one: Declared, logging: Node | None, resolve: Resolve) -> _Judgement:
    unseen = _unseen(one, logging)
    if unseen:
        return _Judgement(Verdict.UNKNOWN, f"dynamic: {unseen}")
    if not isinstance(logging, MappingNode) or call(logging):
        whole = resolve(logging)
        if isinstance(whole, Dynamic):
            return _Judgement(Verdict.UNKNOWN, f"dynamic: logging is behind {whole.behind}")
        return _Judgement(Verdict.FAILED, f"no {one.dialect.logging}")
    level = resolve(value(logging, one.dialect.level))
    if isinstance(level, Dynamic):
        return _Judgement(Verdict.UNKNOWN, f"dynamic: the level is behind {level.behind}")
    if level is None and _merged(logging):
        return _Judgement(Verdict.UNKNOWN, "dynamic: the level is behind a YAML merge (<<)")
    return _by_level(one, (level or "").upper(), value(logging, one.dialect.destinations))


def _by_level(one: Declared, level: str, destinations: Node | None) -> _Judgement:
    name = one.dialect.logging
    if not level:
        return _Judgement(Verdict.FAILED, f"{name} names no level, which is OFF")
    if level in _OFF:
        return _Judgement(Verdict.FAILED, "level OFF", "OFF")
    if level not in LEVELS:
        return _Judgement(Verdict.UNKNOWN, f"level {level!r} is none of {', '.join(LEVELS)}, OFF")
    if not items(destinations):
        return _Judgement(Verdict.FAILED, f"level {level}, but no destination", level)
    return _Judgement(Verdict.PASSED, f"level {level}", level)


def _unseen(one: Declared, logging: Node | None) -> str | None:
    """Return what could bring logging in unseen, None where nothing could."""
    called = call(one.properties)
    if called:
        return f"the properties are behind {called[0]}"
    if logging is None and entry(one.properties, "Fn::Transform"):
        return "the properties are completed by Fn::Transform"
    if logging is None and (_merged(one.properties) or _merged(one.resource)):
        return "the properties are completed by a YAML merge (<<)"
    return None


def _merged(node: Node | None) -> bool:
    return entry(node, "<<") is not None


def _destination(document: Document, destinations: Node | None) -> str | None:
    """Return the log group as written; CloudFormation wraps its ARN twice, Serverless does not."""
    first = next(iter(items(destinations)), None)
    if first is None:
        return None
    arn = value(first, "CloudWatchLogsLogGroup", "LogGroupArn")
    node = arn if arn is not None else first
    return words(node) if not call(node) and words(node) else document.written(node)
