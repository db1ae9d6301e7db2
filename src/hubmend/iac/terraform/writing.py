"""The Terraform that turns logging on, as lines indented by two spaces (F§5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.iac.terraform.place import INDENT

GROUP = "aws_cloudwatch_log_group"
POLICY = "aws_iam_role_policy"


def resource(
    kind: str, name: str, meta: Mapping[str, str], body: Sequence[str], keyword: str = "resource"
) -> list[str]:
    """Return a resource; its meta-arguments stand first, by themselves."""
    head = [*aligned(meta), ""] if meta else []
    return [f'{keyword} "{kind}" "{name}" {{', *indented([*head, *body]), "}"]


def logging(level: str, destination: str, *, data: bool) -> list[str]:
    """Return the block that turns a machine's logging on."""
    inner = {
        "level": quoted(level),
        "include_execution_data": truth(data),
        "log_destination": destination,
    }
    return ["logging_configuration {", *indented(aligned(inner)), "}"]


def policy(role: str) -> list[str]:
    """Return the inside of a role policy that allows log delivery."""
    return [*aligned({"name": quoted(POLICY_NAME), "role": role}), "", *document()]


def inline_policy() -> list[str]:
    """Return the block that adds the rights to a role with inline policies of its own."""
    return [
        "inline_policy {",
        *indented([*aligned({"name": quoted(POLICY_NAME)}), "", *document()]),
        "}",
    ]


def document() -> list[str]:
    """Return the policy itself (F§3.8)."""
    first, *rest = _hcl(DOCUMENT)
    return [f"policy = jsonencode({first}", *rest[:-1], f"{rest[-1]})"]


def aligned(pairs: Mapping[str, str]) -> list[str]:
    """Return attributes with their signs in one column, as terraform fmt does."""
    width = max(len(name) for name in pairs)
    return [f"{name:<{width}} = {value}" for name, value in pairs.items()]


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines one step further in; empty ones stay empty."""
    return [f"{INDENT}{line}" if line else "" for line in lines]


def quoted(text: str) -> str:
    """Return a string, with the interpolations it has."""
    return f'"{text}"'


def literal(text: str) -> str:
    """Return a string that means itself, whatever it holds."""
    return quoted(re.sub(r"([$%])\{", r"\1\1{", re.sub(r'(["\\])', r"\\\1", text)))


def truth(value: bool) -> str:
    """Return a boolean as HCL writes it."""
    return str(value).lower()


def _hcl(value: Any) -> list[str]:
    """Return a JSON value in HCL; only single lines that follow each other are aligned."""
    match value:
        case dict():
            return ["{", *indented(list(_members(value))), "}"]
        case list():
            return ["[", *indented([f"{line}" for one in value for line in _element(one)]), "]"]
        case _:
            return [quoted(value)]


def _element(value: Any) -> list[str]:
    lines = _hcl(value)
    return [*lines[:-1], f"{lines[-1]},"]


def _members(value: Mapping[str, Any]) -> Iterator[str]:
    run: dict[str, str] = {}
    for name, one in value.items():
        first, *rest = _hcl(one)
        if rest:
            yield from aligned(run) if run else []
            run = {}
            yield f"{name} = {first}"
            yield from rest
        else:
            run[name] = first
    yield from aligned(run) if run else []
