"""The insertions that turn on the logging of a program's failing machines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import place
from hubmend.iac.cdk.addition import RETENTION, Addition, placeable
from hubmend.iac.cdk.judging import judged, own_role
from hubmend.iac.cdk.names import Names
from hubmend.iac.cdk.program import L1, Construct, Import, Program, Record, Statement, Value
from hubmend.iac.cdk.writing import Layout, Made, Python, TypeScript, Writer
from hubmend.iac.source import NEW, Edit, Machine, Patch, Refused, Wanted

_DAYS = ", ".join(map(str, RETENTION))
_UNSEEN = "its class is not imported at the top of the file, or the name is given to more"
_VIA = {
    True: Import("sfn", "aws_stepfunctions", "aws_cdk", 0, 0),
    False: Import("sfn", "aws_stepfunctions", "aws-cdk-lib/aws-stepfunctions", 0, 0),
}


@dataclass
class Patching:
    """One program's patch as it grows, machine by machine."""

    program: Program
    wanted: Wanted
    kind: str
    python: bool
    edits: list[Edit] = field(default_factory=list)
    fixed: list[Machine] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    added: dict[str, list[Import]] = field(default_factory=dict)

    def patch(self) -> Patch:
        """Return the insertions for every failing machine, and what was refused."""
        vias = []
        for made in self.program.constructs:
            machine = judged(self.program, made, self.kind)
            if machine.verdict is not Verdict.FAILED:
                continue
            record, via = made.props.record if made.props else None, self._via(made)
            why = self._obstacle(made)
            if why or via is None or record is None:
                where = machine.path, machine.line
                self.refused.append(Refused(*where, why or _UNSEEN, self._snippet(made)))
                continue
            self._fix(made, record, via)
            self.fixed.append(machine)
            vias.append(via)
        if vias:
            self._import(max(vias, key=lambda via: via.end))
        return Patch(tuple(self.edits), tuple(self.fixed), tuple(self.refused))

    def _obstacle(self, made: Construct) -> str | None:
        """Return why a machine cannot be patched by adding to where it is constructed."""
        days, name = self.wanted.retention_days, _property(made)
        if self.wanted.log_group == NEW and days not in RETENTION:
            return f"CloudWatch Logs keeps records for {_DAYS} days, not for {days}"
        if made.props is None or made.props.record is None or not made.props.here:
            return f"its properties are not written where it is constructed: give them `{name}`"
        if name in made.props.record.fields:
            return f"`{name}` is set here and leaves logging off: it must be changed, not added"
        if not placeable(made):
            return "its scope or its id is an expression that cannot be written a second time"
        if made.name == L1 and own_role(made) is None:
            return f"its role is not made in this file: it needs `{name}`, and its role the rights"
        if made.name == L1 and made.statement is None:
            return "it is constructed inside of another expression: its role's rights cannot follow"
        return None

    def _via(self, made: Construct) -> Import | None:
        """Return the import of the file's top that brings the machine."""
        own = (one for one in self._imports() if one.local == made.local)
        return next(own, None)

    def _imports(self) -> list[Import]:
        return [one for one in self.program.imports if one.local not in self.program.shadowed]

    def _fix(self, made: Construct, record: Record, via: Import) -> None:
        path, text = self.program.file.path, self.program.file.text
        names = Names(self._imports(), self.program.words, via, self.python, self.added)
        writer = self._writer(names, self._layout(made, via))
        addition = Addition(made, text, self.wanted, self.python)
        at = place.indent(text, record.last[0] if record.last else record.start)
        written = writer.field(*addition.property(), at)
        self.edits += place.entry(path, text, record, written, writer.layout.newline)
        role = own_role(made) if made.name == L1 else None
        if role is not None and made.statement is not None:
            self._depend(made, made.statement, addition.rights(role.text), writer)

    def _depend(self, made: Construct, statement: Statement, rights: Made, writer: Writer) -> None:
        """Let the machine wait for the rights, without which it cannot be created (F§3.7)."""
        path, text = self.program.file.path, self.program.file.text
        at = place.indent(text, statement.start)
        method = "add_dependency" if self.python else "addDependency"
        call = f"{statement.target}.node.{method}({writer.write(rights, at)})"
        if not statement.target:
            self.edits.append(Edit(path, made.end, call))
            return
        ended = call if self.python else f"{call};"
        where = (statement.start, statement.end)
        self.edits.append(place.below(path, text, where, [ended], writer.layout.newline))

    def _import(self, via: Import) -> None:
        """Add the imports below one that is there, in its style."""
        path, text = self.program.file.path, self.program.file.text
        names = Names((), frozenset(), via, self.python, self.added)
        end = ";" if text[: via.end].endswith(";") else ""
        lines = list(names.statements(_quote(text[: via.end][::-1]), end))
        newline = place.newline(text)
        if lines:
            self.edits.append(place.below(path, text, (via.start, via.end), lines, newline))

    def _layout(self, made: Construct, via: Import) -> Layout:
        text = self.program.file.text
        quote = _quote(made.id.text if made.id else "") or _quote(text[: via.end][::-1])
        return place.layout(text, quote or '"', python=self.python)

    def _writer(self, names: Names, layout: Layout) -> Writer:
        return (Python if self.python else TypeScript)(layout, names.local)

    def _snippet(self, made: Construct) -> str:
        """Return what a person can paste, in the names of the CDK's own documentation."""
        if self.wanted.log_group == NEW and self.wanted.retention_days not in RETENTION:
            return ""
        via = _VIA[self.python]
        names = Names((via,), frozenset(), via, self.python)
        writer = self._writer(names, Layout("\n", " " * (4 if self.python else 2), '"'))
        if not placeable(made):
            scope = Value("self" if self.python else "this", 0, 0)
            made = replace(made, scope=scope, id=Value("", 0, 0, literal="StateMachine"))
        addition = Addition(made, "", self.wanted, self.python)
        parts = [f"{writer.field(*addition.property(), '')},"]
        if made.name == L1:
            parts.append(writer.write(addition.rights("role"), ""))
        end = "" if self.python else ";"
        return "\n".join([*names.statements('"', end), *parts])


def _property(made: Construct) -> str:
    return "loggingConfiguration" if made.name == L1 else "logs"


def _quote(text: str) -> str:
    """Return the first quotation mark of a text, "" where there is none."""
    found = re.search(r"[\"']", text)
    return found[0] if found else ""
