"""State machines of a Serverless file: its `stepFunctions`, and those under `resources`.

The plugin's role may deliver logs as soon as a machine has a `loggingConfig` (F§5.3), so rights
are a question only where a machine names a role of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from yaml import MappingNode, Node

from hubmend.iac.source import Refused, Rights
from hubmend.iac.template.document import Document, call, entries, items, value
from hubmend.iac.template.machines import OF_SERVERLESS, Declared
from hubmend.iac.template.roles import of_role, role_of

_ELSEWHERE = "state machines are taken from elsewhere: check the file that holds them"


def own_resources(document: Document) -> Node | None:
    """Return the mapping of resources that the file adds to its stack."""
    parts = (value(part, "Resources") for part in items(value(document.root, "resources")))
    return next((part for part in parts if isinstance(part, MappingNode)), None)


def declared(document: Document) -> Iterator[Declared]:
    """Yield the machines of `stepFunctions.stateMachines`."""
    resources = own_resources(document)
    for part in _machines(document):
        for key, body in entries(part):
            if isinstance(body, MappingNode):
                yield Declared(key, body, body, OF_SERVERLESS, resources)


def elsewhere(document: Document) -> Iterator[Refused]:
    """Yield the places that name another file, or a variable, instead of machines."""
    bodies = (body for part in _machines(document) for _, body in entries(part))
    for node in (*_machines(document), *bodies):
        if not isinstance(node, MappingNode):
            yield Refused(document.path, document.line(node), _ELSEWHERE)


def _machines(document: Document) -> list[Node]:
    steps = value(document.root, "stepFunctions")
    found = value(steps, "stateMachines")
    return items(found) if found is not None or isinstance(steps, MappingNode) else items(steps)


def rights(document: Document, one: Declared) -> Rights:
    """Return whether the role of a machine of the plugin may deliver logs."""
    role = value(one.properties, one.dialect.role)
    if role is None:
        return Rights.PRESENT
    own = role_of(one.resources, role) if call(role) else None
    return of_role(document, one.resources, own) if own else Rights.UNKNOWN
