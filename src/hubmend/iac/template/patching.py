"""The insertions that turn logging on in one file: logging, log group and rights, or a refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml import MappingNode, Node, SequenceNode

from hubmend.core.resource import Verdict
from hubmend.iac.source import NEW, Machine, Patch, Refused, Rights, Wanted
from hubmend.iac.template import delivery
from hubmend.iac.template.document import Document, entries, entry, text, told, value
from hubmend.iac.template.insertion import Insertion, into_mapping, into_sequence, ordered
from hubmend.iac.template.machines import OF_SAM, OF_SERVERLESS, Declared
from hubmend.iac.template.rendering import Style, as_json, style, yaml_lines
from hubmend.iac.template.roles import denied, of_policies, policies_of, role_of
from hubmend.iac.template.serverless import own_resources
from hubmend.iac.template.values import Resolve

_INDENT = 40  # more than any key of a resource is indented
_NO_PLACE = "the text around it leaves no safe place for an insertion"
_DENIED = (
    "a policy of its role denies a delivery action, and the next deploy would fail: "
    "narrow that Deny first"
)
_BOUNDED = (
    "the permissions boundary of its role cannot be read here: see that it allows the delivery "
    "actions, then paste"
)
_ROLE_ELSEWHERE = (
    "its role is not declared in this file, and without the right to deliver logs the next deploy "
    "would fail: add the policy to the role where it is declared, then the logging here"
)


@dataclass(frozen=True)
class Judged:
    """A machine as declared, and as judged."""

    declared: Declared
    machine: Machine


@dataclass
class Patching:
    """One file while its machines are patched, one after the other."""

    document: Document
    resolve: Resolve
    wanted: Wanted
    insertions: list[Insertion] = field(default_factory=list)
    fixed: list[Machine] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    groups: dict[str, Any] = field(default_factory=dict)  # for a Serverless file without resources

    def __post_init__(self) -> None:
        self.style = style(self.document)
        root = self.document.root
        for resources in (value(root, "Resources"), own_resources(self.document)):
            self.taken.update(str(key.value) for key, _ in entries(resources))

    def patch(self, machines: Sequence[Judged]) -> Patch:
        """Patch every machine that failed."""
        in_the_way = unpatchable(self.document)
        for one in machines:
            if one.machine.verdict is not Verdict.FAILED:
                continue
            try:
                insertions = self._insertions(one, in_the_way)
            except _NotPatchableError as why:
                self.refused.append(self._refusal(one, str(why)))
                continue
            self.insertions += insertions
            self.fixed.append(one.machine)
        self.insertions += [self._resources(self.groups)] if self.groups else []
        edits = ordered(self.document.path, self.insertions)
        return Patch(edits, tuple(self.fixed), tuple(self.refused))

    def _insertions(self, one: Judged, in_the_way: str | None) -> list[Insertion]:
        declared, properties = one.declared, one.declared.properties
        if in_the_way or declared.looped:
            raise _NotPatchableError(
                in_the_way or "one text declares several machines (Fn::ForEach)"
            )
        if not isinstance(properties, MappingNode):
            raise _NotPatchableError("it has no properties")
        target, present = self._logging(declared, properties)
        role = self._own_role(one)
        group = delivery.free_id(one.machine.id, self.taken)
        body = delivery.logging(declared.dialect, self._level(declared), self.wanted, group)
        missing = {name: part for name, part in body.items() if name not in present}
        new_group = self.wanted.log_group == NEW and declared.dialect.destinations in missing
        logging = missing if present else {declared.dialect.logging: missing}
        found = self._rights(one, role)
        found.append(_placed(into_mapping(self.document, target, logging, self.style)))
        if new_group:
            found += self._group(declared, group)
        # From here nothing refuses any more: what was promised is remembered.
        self.roles.update({role} if role else ())
        self.taken.update({group} if new_group else ())
        return found

    def _logging(
        self, declared: Declared, properties: MappingNode
    ) -> tuple[MappingNode, frozenset[str]]:
        """Return the mapping that takes the logging, and what its logging names already."""
        name = declared.dialect.logging
        if entry(properties, name) is None:
            return properties, frozenset()
        logging = value(properties, name)
        present = frozenset(str(key.value) for key, _ in entries(logging))
        if not isinstance(logging, MappingNode) or not present:
            raise _NotPatchableError(f"its {name} is written, but empty: fill it in by hand")
        level = self.resolve(value(logging, declared.dialect.level))
        if isinstance(level, str) and level.upper() in {"OFF", "FALSE"}:
            raise _NotPatchableError("its level is written as OFF: replace it by hand")
        return logging, present

    def _level(self, declared: Declared) -> str:
        kind = self.resolve(value(declared.properties, declared.dialect.type))
        express = isinstance(kind, str) and kind.upper() == "EXPRESS"
        return self.wanted.level or ("ALL" if express else "ERROR")

    def _own_role(self, one: Judged) -> str | None:
        """Return the role to give rights to: the template's own, or None where none needs any."""
        declared = one.declared
        if one.machine.role_rights is Rights.PRESENT:
            return None
        role = value(declared.properties, declared.dialect.role)
        generated = role is None and declared.dialect is OF_SAM
        own = role_of(declared.resources, role)
        if own is None and not generated:
            raise _NotPatchableError(_ROLE_ELSEWHERE)
        self._refuse_what_no_policy_allows(declared, own)
        return own

    def _refuse_what_no_policy_allows(self, declared: Declared, role: str | None) -> None:
        resources, properties = declared.resources, declared.properties
        policies = told(value(properties, "Policies"))
        if role:
            policies = policies_of(resources, role)
            properties = value(resources, role, "Properties")
        if denied(resources, policies):
            raise _NotPatchableError(_DENIED)
        boundary = told(value(properties, "PermissionsBoundary"))
        allowed = of_policies(self.document, resources, boundary) is Rights.PRESENT
        if boundary and not allowed:
            raise _NotPatchableError(_BOUNDED)

    def _rights(self, one: Judged, role: str | None) -> list[Insertion]:
        if one.machine.role_rights is Rights.PRESENT or role in self.roles:
            return []
        if role is None:
            return [self._policy(one.declared.properties, delivery.POLICY)]
        properties = value(one.declared.resources, role, "Properties")
        return [self._policy(properties, delivery.INLINE_POLICY)]

    def _policy(self, properties: Node | None, policy: Any) -> Insertion:
        policies = entry(properties, "Policies")
        if policies is None and isinstance(properties, MappingNode):
            new = {"Policies": [policy]}
            return _placed(into_mapping(self.document, properties, new, self.style))
        if policies is None or not isinstance(policies[1], SequenceNode):
            raise _NotPatchableError("the Policies of its role are not a list: make them one")
        if policies[1].tag.startswith("!"):
            raise _NotPatchableError("the Policies of its role are behind a function")
        return _placed(into_sequence(self.document, policies[1], policy, self.style))

    def _group(self, declared: Declared, name: str) -> list[Insertion]:
        """Return the insertion of the log group after its machine, or beside other resources."""
        condition = text(value(declared.resource, "Condition"))
        plugin = declared.dialect is OF_SERVERLESS
        body = delivery.log_group(
            name.removesuffix("Logs"), self.wanted.retention_days, None if plugin else condition
        )
        if isinstance(declared.resources, MappingNode):
            after = None if plugin else declared.resource
            apart = not plugin and self._apart(declared)
            return [
                _placed(
                    into_mapping(
                        self.document,
                        declared.resources,
                        {name: body},
                        self.style,
                        after=after,
                        apart=apart,
                    )
                )
            ]
        if entry(self.document.root, "resources"):
            raise _NotPatchableError("the resources of its stack are in another file")
        self._resources({**self.groups, name: body})  # refuses here, where a machine can be named
        self.groups[name] = body
        return []

    def _apart(self, declared: Declared) -> bool:
        """Whether the file puts blank lines between its resources."""
        text = self.document.text
        starts = [self.document.start(key) for key, _ in entries(declared.resources)]
        before = (text[max(0, start - _INDENT) : start] for start in starts[1:])
        return any(one.rstrip(" ").endswith(("\n\n", "\n\r\n")) for one in before)

    def _resources(self, groups: dict[str, Any]) -> Insertion:
        """Return the insertion of the `resources` that a Serverless file lacks."""
        root = self.document.root
        new = {"resources": {"Resources": groups}}
        found = (
            into_mapping(self.document, root, new, self.style, apart=True)
            if isinstance(root, MappingNode)
            else None
        )
        return _placed(found)

    def _refusal(self, one: Judged, why: str) -> Refused:
        return Refused(one.machine.path, one.machine.line, why, self._snippet(one.declared))

    def _snippet(self, declared: Declared) -> str:
        """Return what a person can paste: the logging, the log group and the policy."""
        group = delivery.free_id(declared.id, self.taken)
        level = self._level(declared)
        parts: dict[str, Any] = {
            declared.dialect.logging: delivery.logging(declared.dialect, level, self.wanted, group)
        }
        if self.wanted.log_group == NEW:
            name = group.removesuffix("Logs")
            parts[group] = delivery.log_group(name, self.wanted.retention_days, None)
        parts["Policies"] = [delivery.INLINE_POLICY]
        if self.document.json:
            return as_json(parts, Style())
        return "\n".join(yaml_lines(parts, Style()))


class _NotPatchableError(Exception):
    """Why one machine is refused; it never leaves this module."""


def _placed(insertion: Insertion | None) -> Insertion:
    if insertion is None:
        raise _NotPatchableError(_NO_PLACE)
    return insertion


def unpatchable(document: Document) -> str | None:
    """Return why nothing may be inserted anywhere in a file, None where it may."""
    if document.aliased:
        return "the file uses YAML anchors and aliases: one insertion could be in several places"
    for node in document.nodes:
        counts = Counter(str(key.value) for key, _ in entries(node))
        double = next((key for key, count in counts.items() if count > 1), None)
        if double is not None:
            return f"the key {double} stands twice in one mapping (line {document.line(node)})"
    return None
