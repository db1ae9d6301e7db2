"""Templates: SAM and CloudFormation in YAML and JSON, and the Serverless Framework.

SAM's Globals hold no logging for state machines (of their properties only PropagateTags), so a
machine tells all there is to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hubmend.core.resource import Verdict
from hubmend.iac.source import Found, Machine, Patch, Refused, Rights, SourceFile, Wanted
from hubmend.iac.template import serverless
from hubmend.iac.template.difference import difference
from hubmend.iac.template.document import Document, items, placeholders, read, told, value
from hubmend.iac.template.machines import CLOUDFORMATION, OF_SAM, SAM, Declared, declared, judged
from hubmend.iac.template.patching import Judged, Patching
from hubmend.iac.template.roles import of_policies, of_role, role_of
from hubmend.iac.template.values import Resolve, of_serverless, of_template


@dataclass(frozen=True)
class Templates:
    """One dialect of templates: which files are its own, and where they hold machines."""

    suffixes: tuple[str, ...]
    marks: Callable[[str], bool]
    judge: Callable[[Document], Iterator[Judged]]
    resolve: Callable[[Document], Resolve]
    elsewhere: Callable[[Document], Iterator[Refused]]
    whole_folder: bool = False

    def claims(self, path: str, text: str) -> bool:
        """Whether a file names state machines the way this dialect does."""
        return path.lower().endswith(self.suffixes) and self.marks(text)

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return every state machine that the files declare."""
        machines: list[Machine] = []
        refused: list[Refused] = []
        for file in files:
            document = read(file)
            if isinstance(document, Refused):
                refused.append(document)
                continue
            found = [one.machine for one in self.judge(document)]
            why = placeholders(document) if found else None
            refused += [Refused(file.path, found[0].line, why)] if why else []
            refused += self.elsewhere(document)
            machines += [] if why else found
        return Found(tuple(machines), tuple(refused))

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:
        """Return the insertions for every FAILED machine of the files."""
        patches = [self._patch(file, wanted) for file in files]
        return Patch(
            tuple(edit for one in patches for edit in one.edits),
            tuple(machine for one in patches for machine in one.fixed),
            tuple(refused for one in patches for refused in one.refused),
        )

    def _patch(self, file: SourceFile, wanted: Wanted) -> Patch:
        document = read(file)
        if isinstance(document, Refused):
            return Patch(refused=(document,))
        found = tuple(self.judge(document))
        why = placeholders(document) if found else None
        if why:
            return Patch(refused=(Refused(file.path, found[0].machine.line, why),))
        return Patching(document, self.resolve(document), wanted).patch(found)

    def differs(
        self, before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch
    ) -> str | None:
        """Return how the patched files are more than the originals and the insertions."""
        if [one.path for one in before] != [one.path for one in after]:
            return "the patched files are not the original ones"
        for one, other in zip(before, after, strict=True):
            why = difference(one, other, patch.edits)
            if why:
                return why
        passed = {m.id for m in self.find(after).machines if m.verdict is Verdict.PASSED}
        failing = [machine.id for machine in patch.fixed if machine.id not in passed]
        return f"{', '.join(failing)} would still not pass" if failing else None


def _of_template(document: Document) -> Iterator[Judged]:
    return _of_resources(
        document, declared(value(document.root, "Resources")), of_template(document)
    )


def _of_serverless(document: Document) -> Iterator[Judged]:
    resolve = of_serverless(document)
    for one in serverless.declared(document):
        yield Judged(one, judged(document, one, resolve, serverless.rights(document, one)))
    for part in items(value(document.root, "resources")):
        yield from _of_resources(document, declared(value(part, "Resources")), resolve)


def _of_resources(
    document: Document, found: Iterator[Declared], resolve: Resolve
) -> Iterator[Judged]:
    for one in found:
        yield Judged(one, judged(document, one, resolve, _rights(document, one)))


def _rights(document: Document, one: Declared) -> Rights:
    """Return the rights of a machine's role; SAM makes one of Policies where none is named."""
    role = value(one.properties, one.dialect.role)
    if role is not None:
        own = role_of(one.resources, role)
        return of_role(document, one.resources, own) if own else Rights.UNKNOWN
    if one.dialect is not OF_SAM:
        return Rights.UNKNOWN
    return of_policies(document, one.resources, told(value(one.properties, "Policies")))


def _names_a_machine(text: str) -> bool:
    return SAM in text or CLOUDFORMATION in text


def _is_serverless(text: str) -> bool:
    return (
        "service" in text
        and "provider" in text
        and ("stepFunctions" in text or _names_a_machine(text))
    )


def _nowhere(_: Document) -> Iterator[Refused]:
    return iter(())


SERVERLESS = Templates(
    (".yml", ".yaml", ".json"), _is_serverless, _of_serverless, of_serverless, serverless.elsewhere
)
TEMPLATE = Templates(
    (".yaml", ".yml", ".json", ".template"), _names_a_machine, _of_template, of_template, _nowhere
)
ALL = (SERVERLESS, TEMPLATE)
