"""Whether a machine's role may deliver logs, as far as its template tells (F§3.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from yaml import MappingNode, Node

from hubmend.controls.stepfunctions_1.rights import evaluate
from hubmend.iac.source import Rights
from hubmend.iac.template.document import Document, call, entries, items, text, told, value, words

ROLE = "AWS::IAM::Role"
_ATTACHED = frozenset({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"})
# AWS managed policies that allow all of logs; any other of AWS's allows no delivery.
_BROAD = frozenset(
    {
        "AdministratorAccess",
        "PowerUserAccess",
        "CloudWatchFullAccess",
        "CloudWatchFullAccessV2",
        "CloudWatchLogsFullAccess",
    }
)
_AWS_POLICY = re.compile(r"(?:arn:[^:]+:iam::aws:policy/(?:[\w-]+/)*)?(?P<name>[\w+=,.@-]+)")
_IN_SUB = re.compile(r"\$\{(\w+)(?:\.Arn)?\}")


def role_of(resources: Node | None, node: Node | None) -> str | None:
    """Return the logical id of the template's own role that a node refers to, else None."""
    called = call(node)
    if called is None:
        return None
    name, argument = called
    if name == "Fn::Sub":
        ids = _IN_SUB.findall(words(argument) or "")
        own = [one for one in ids if _type(resources, one) == ROLE]
        return own[0] if len(own) == 1 else None
    if name not in {"Fn::GetAtt", "Ref"}:
        return None
    first = words(argument) or next((text(one) for one in items(argument)), None) or ""
    logical_id = first.partition(".")[0]
    return logical_id if _type(resources, logical_id) == ROLE else None


def _type(resources: Node | None, logical_id: str) -> str | None:
    return text(value(resources, logical_id, "Type"))


def of_role(document: Document, resources: Node | None, logical_id: str) -> Rights:
    """Return what the policies of a role in the template say, those attached elsewhere included."""
    return of_policies(document, resources, policies_of(resources, logical_id))


def policies_of(resources: Node | None, logical_id: str) -> list[Node]:
    """Return the policies of a role in the template, inline, managed and attached."""
    properties = value(resources, logical_id, "Properties")
    return [
        *told(value(properties, "Policies")),
        *told(value(properties, "ManagedPolicyArns")),
        *_attached(resources, logical_id),
    ]


def denied(resources: Node | None, policies: list[Node]) -> bool:
    """Whether a policy denies a delivery action, which no Allow can make good."""
    documents = (_document(resources, policy) for policy in policies)
    return bool(evaluate([one for one in documents if one], None).denied)


def _attached(resources: Node | None, role: str) -> Iterator[Node]:
    for _, resource in entries(resources):
        if text(value(resource, "Type")) in _ATTACHED:
            properties = value(resource, "Properties")
            roles = [*items(value(properties, "Roles")), *items(value(properties, "RoleName"))]
            called = [called for one in roles if (called := call(one))]
            if properties is not None and any(words(argument) == role for _, argument in called):
                yield properties


def of_policies(document: Document, resources: Node | None, policies: list[Node]) -> Rights:
    """Judge policies: documents, ARNs, names, or references to policies of the template."""
    if document.aliased:
        return Rights.UNKNOWN
    documents: list[Mapping[str, Any]] = []
    unknown = False
    for policy in policies:
        name = _managed(policy)
        if name in _BROAD:
            return Rights.PRESENT
        read = _document(resources, policy)
        documents += [read] if read else []
        unknown = unknown or (name is None and read is None)
    if evaluate(documents, None).sufficient:
        return Rights.PRESENT
    return Rights.UNKNOWN if unknown else Rights.ABSENT


def _managed(policy: Node) -> str | None:
    """Return the name of a managed policy of AWS, written as its ARN, a Sub or its name."""
    called = call(policy)
    if called and called[0] == "Fn::Join":
        parts = [words(one) or "" for one in items(items(called[1])[-1])] if called[1].value else []
        written = "".join(parts[-1:]).removeprefix(":iam::aws:policy/").rpartition("/")[2]
        return written if written in _BROAD or "policy/" in "".join(parts) else None
    named = words(called[1]) if called and called[0] == "Fn::Sub" else text(policy)
    match = _AWS_POLICY.fullmatch((named or "").replace("${AWS::Partition}", "aws"))
    return match["name"] if match else None


def _document(resources: Node | None, policy: Node) -> Mapping[str, Any] | None:
    """Return a policy's statements as plain data; a SAM policy template is one without any."""
    called = call(policy)
    if called:
        target = words(called[1]) if called[0] == "Ref" else None
        owned = value(resources, target, "Properties") if target else None
        return _document(resources, owned) if owned is not None else None
    if not isinstance(policy, MappingNode):
        return None
    body = value(policy, "PolicyDocument") or policy
    return {"Statement": [_statement(one) for one in items(value(body, "Statement"))]}


def _statement(node: Node) -> Mapping[str, Any]:
    plain: dict[str, Any] = {}
    for key, part in entries(node):
        found = [words(one) for one in items(part)]
        plain[str(key.value)] = [one for one in found if one is not None]
    plain["Effect"] = "".join(plain.get("Effect", ()))
    plain["Condition"] = value(node, "Condition") is not None
    return plain
