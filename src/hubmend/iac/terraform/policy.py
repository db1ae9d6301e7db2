"""Policy documents as Terraform writes them: JSON, jsonencode, or a policy document data source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hubmend.controls.stepfunctions_1.rights import Document
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.syntax import Block
from hubmend.iac.terraform.values import HOLE, Unresolved, Value

# AWS's own policies that allow logs:* on everything, and deny nothing.
BROAD: Mapping[str, Document] = {
    f"arn:aws:iam::aws:policy/{name}": {
        "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]
    }
    for name in (
        "AdministratorAccess",
        "CloudWatchFullAccess",
        "CloudWatchFullAccessV2",
        "CloudWatchLogsFullAccess",
        "PowerUserAccess",
    )
}

_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_FOLLOWED = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")


def encoded(policy: Value) -> Iterator[Document | None]:
    """Return a document given as JSON or to jsonencode; None for what of it cannot be read."""
    if isinstance(policy, Unresolved) and policy.partly is not None:
        policy = policy.partly
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            policy = None
    if isinstance(policy, dict):
        yield from _document(_listed(policy.get("Statement")))
    else:
        yield None


def written(folder: Folder, block: Block) -> Iterator[Document | None]:
    """Return the document of a `data "aws_iam_policy_document"`, as `encoded` does."""
    found = [
        {
            "Effect": "Allow" if effect is None else effect,
            "Action": folder.value(statement, "actions"),
            "NotAction": folder.value(statement, "not_actions"),
            "Resource": folder.value(statement, "resources"),
            "NotResource": folder.value(statement, "not_resources"),
            "Condition": statement.named("condition") + statement.dynamic("condition"),
        }
        for statement in block.named("statement")
        for effect in [folder.value(statement, "effect")]
    ]
    yield from _document(found)
    if block.dynamic("statement") or any(block.value(name) for name in _FOLLOWED):
        yield None


def _document(statements: list[Any]) -> Iterator[Document | None]:
    """Return the statements in the shape IAM's own JSON has, then None if any has a hole."""
    whole = [_statement(one) for one in statements if isinstance(one, dict)]
    yield {"Statement": whole}
    if len(whole) < len(statements) or any(_hole(one) for one in whole):
        yield None


def _statement(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    lists = {
        name: [one if isinstance(one, str) else HOLE for one in _listed(statement[name])]
        for name in _LISTS
        if statement.get(name) is not None
    }
    return {"Effect": statement.get("Effect"), "Condition": statement.get("Condition"), **lists}


def _hole(statement: Mapping[str, Any]) -> bool:
    """Whether it cannot be told which actions a statement speaks of."""
    actions = [*statement.get("Action", ()), *statement.get("NotAction", ())]
    return isinstance(statement["Effect"], Unresolved) or any(HOLE in one for one in actions)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
