"""State machines in Terraform, judged as the control would judge what they deploy (F§1.2).

Two shapes make one: the provider's resource, and the registry's step-functions module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hubmend.core.decision import LEVELS
from hubmend.core.resource import Verdict
from hubmend.iac.source import Machine, Rights
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.role import Role, role_of
from hubmend.iac.terraform.syntax import Block, Expression
from hubmend.iac.terraform.values import Scope, Unresolved, Value

RESOURCE = "aws_sfn_state_machine"
LOGGING = "logging_configuration"
# As the registry names it, or its repository.
MODULE = re.compile(
    r"(?<![\w-])terraform-aws-modules/(step-functions/aws|terraform-aws-step-functions)(?![\w-])"
)
_LONGEST = 80  # of an expression shown in a reason


@dataclass(frozen=True)
class Site:
    """A machine where it stands: its block, and its role; None where a module makes the role."""

    machine: Machine
    block: Block
    role: Role | None


@dataclass(frozen=True)
class Logging:
    """What a source says of logging; `unknown` is what of it nobody can follow here."""

    present: bool = True
    level: Value = None
    data: Value = None
    destination: str | None = None
    unknown: str = ""


def sites(folder: Folder) -> Iterator[Site]:
    """Return every state machine of a folder, in the order of its files and lines."""
    for block in folder.blocks:
        match block.keyword, block.labels:
            case "resource", (kind, name) if kind == RESOURCE:
                role = role_of(folder, block)
                logging = _of_resource(folder, block)
                yield _site(folder, block, f"{RESOURCE}.{name}", logging, role, role.rights)
            case "module", (name,) if registry(folder, block):
                given, rights = _of_module_role(folder, block)
                logging = _of_module(folder, block)
                yield _site(folder, block, f"module.{name}", logging, given, rights)


def registry(folder: Folder, block: Block) -> bool:
    """Whether a module is the registry's, from the registry or from its repository."""
    source = folder.value(block, "source")
    return isinstance(source, str) and MODULE.search(source) is not None


def _site(
    folder: Folder, block: Block, name: str, logging: Logging, role: Role | None, rights: Rights
) -> Site:
    override = folder.overridden.get((block.keyword, *block.labels))
    if override:
        logging = Logging(unknown=f"overridden in {override}")
    verdict, reason = _judge(logging)
    machine = Machine(
        path=block.path,
        line=block.line,
        kind="terraform" if block.keyword == "resource" else "terraform-module",
        id=name,
        verdict=verdict,
        reason=reason,
        level=logging.level if isinstance(logging.level, str) else None,
        include_execution_data=_flag(logging.data),
        log_group=logging.destination,
        role_rights=rights,
    )
    return Site(machine, block, role)


def _judge(logging: Logging) -> tuple[Verdict, str]:
    level, unknown = logging.level, logging.unknown
    if isinstance(level, Unresolved):
        unknown = level.text
    if unknown:
        return Verdict.UNKNOWN, f"dynamic: {_short(unknown)}"
    if not logging.present:
        return Verdict.FAILED, f"no {LOGGING}"
    if level is None:
        return Verdict.FAILED, f"{LOGGING} sets no level"
    if level == "OFF":
        return Verdict.FAILED, "logging is off"
    if level not in LEVELS:
        return Verdict.UNKNOWN, f"level {_short(str(level))} is not one AWS documents"
    if logging.destination is None:
        return Verdict.UNKNOWN, f"level {level} without a log_destination"
    return Verdict.PASSED, f"logging is on at {level}"


def _of_resource(folder: Folder, block: Block) -> Logging:
    for one in block.dynamic(LOGGING):
        return _of_dynamic(folder, one)
    for one in block.named(LOGGING):
        return _of_block(folder.scope, one)
    return Logging(present=False)


def _of_dynamic(folder: Folder, block: Block) -> Logging:
    """Follow a block made for each of a collection: none, or the first, since one is allowed."""
    over = folder.value(block, "for_each")
    if not isinstance(over, list | dict):
        return Logging(unknown=over.text if isinstance(over, Unresolved) else "for_each")
    if not over:
        return Logging(present=False)
    name = block.value("iterator")
    iterator = name.text if name else LOGGING
    first: Value = next(iter(over.values())) if isinstance(over, dict) else over[0]
    scope = replace(folder.scope, values={**folder.settings, f"{iterator}.value": first})
    for content in block.named("content"):
        return _of_block(scope, content)
    return Logging()


def _of_block(scope: Scope, block: Block) -> Logging:
    return Logging(
        level=_worth(scope, block.value("level")),
        data=_worth(scope, block.value("include_execution_data")),
        destination=_destination(scope, block.value("log_destination")),
    )


def _of_module(folder: Folder, block: Block) -> Logging:
    """Read the module's own input, a map; it makes the log group unless it is given one."""
    given = folder.value(block, LOGGING)
    if given is None:
        return Logging(present=False)
    if not isinstance(given, dict):
        return Logging(unknown=given.text if isinstance(given, Unresolved) else LOGGING)
    group = given.get("log_destination", folder.value(block, "cloudwatch_log_group_name"))
    return Logging(
        level=given.get("level"),
        data=given.get("include_execution_data"),
        destination=_written(group) or "made by the module",
    )


def _of_module_role(folder: Folder, block: Block) -> tuple[Role | None, Rights]:
    """Return the role a module is given. Its own, the default, gets the rights it needs."""
    if folder.value(block, "use_existing_role") not in (None, False):
        role = role_of(folder, block)
        return role, role.rights
    attached = folder.value(block, "attach_cloudwatch_logs_policy")
    if attached is False:
        return None, Rights.ABSENT
    bounded = folder.value(block, "role_permissions_boundary") is not None
    made = folder.value(block, "create_role") in (None, True)
    sure = attached in (None, True) and made and not bounded
    return None, Rights.PRESENT if sure else Rights.UNKNOWN


def _worth(scope: Scope, expression: Expression | None) -> Value:
    return scope.evaluate(expression) if expression else None


def _destination(scope: Scope, expression: Expression | None) -> str | None:
    return _written(_worth(scope, expression))


def _written(value: Value) -> str | None:
    """Return a string, or the reference as written."""
    text = value.text if isinstance(value, Unresolved) else value
    return text.strip().removeprefix('"').removesuffix('"') if isinstance(text, str) else None


def _flag(value: Value) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
