"""The file's names for what is the CDK's, and the imports to add for what it has no name for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubmend.iac.cdk.program import Import

_ALIASES = {"aws_logs": "logs", "aws_iam": "iam", "aws_stepfunctions": "sfn"}


@dataclass
class Names:
    """Names things as the file does; what has to be imported is gathered in `added`.

    `imports` are those of the file's top level that nothing else in it is named like; `via` is
    the one that brings the state machine, and tells the package and the style.
    """

    imports: Sequence[Import]
    taken: frozenset[str]
    via: Import
    python: bool
    added: dict[str, list[Import]] = field(default_factory=dict)

    def local(self, name: str) -> str:
        """Return the file's name for something of the CDK, one to import where it has none."""
        own = [one for imports in self.added.values() for one in imports]
        known = [one for one in (*self.imports, *own) if self._leads(one, name)]
        best = max(known, key=lambda one: len(one.name), default=None) or self._import(name)
        return ".".join(filter(None, (best.local, name[len(best.name) :].lstrip("."))))

    def statements(self, quote: str, end: str) -> Iterator[str]:
        """Return the imports to add, one statement each; `end` is the file's end of a statement."""
        for path, unsorted in sorted(self.added.items()):
            imports = sorted(unsorted, key=lambda one: one.name.rpartition(".")[2])
            if self.python:
                names = ", ".join(_renamed(one, " as ") for one in imports)
                yield f"from {path} import {names}"
                continue
            source = f"{quote}{path}{quote}"
            whole = "." not in imports[0].name and imports[0].name.startswith("aws_")
            word = ": " if self.via.required else " as "
            what = f"{{ {', '.join(_renamed(one, word) for one in imports)} }}"
            if self.via.required:
                yield f"const {imports[0].local if whole else what} = require({source}){end}"
            else:
                yield f"import {f'* as {imports[0].local}' if whole else what} from {source}{end}"

    def _leads(self, one: Import, name: str) -> bool:
        """Whether an import reaches a name.

        A module is reached through the whole library only where the state machine is, too.
        """
        if not one.name:
            return not name.startswith("aws_") or not self.via.name
        return f"{name}.".startswith(f"{one.name}.")

    def _import(self, name: str) -> Import:
        """Import a name: a module whole unless the file takes single names from it."""
        module, _, rest = name.partition(".") if name.startswith("aws_") else ("", "", name)
        single = not module or any(one.name.startswith(f"{module}.") for one in self.imports)
        member = rest.partition(".")[0] if single else ""
        path = self._path(module if single or not self.python else "", package=not single)
        wanted = member or _ALIASES[module]
        local = self._free(wanted, f"cdk{wanted[0].upper()}{wanted[1:]}")
        made = Import(local, ".".join(filter(None, (module, member))), path, 0, 0)
        self.added.setdefault(path, []).append(made)
        return made

    def _path(self, module: str, *, package: bool) -> str:
        """Return where a module is imported from; version 1's core is a package of its own."""
        if self.python:
            root = self.via.module.partition(".")[0]
            if module:
                return f"{root}.{module}"
            first = any(one.module.endswith(".core") for one in self.imports) and not package
            return f"{root}.core" if first else root
        root = self.via.module.partition("/")[0]
        if module:
            return f"{root}/{module.replace('_', '-')}"
        return "@aws-cdk/core" if root == "@aws-cdk" else root

    def _free(self, *wanted: str) -> str:
        used = self.taken | {one.local for imports in self.added.values() for one in imports}
        numbered = (f"{wanted[-1]}{number}" for number in range(2, len(used) + 3))
        return next(name for name in (*wanted, *numbered) if name not in used)


def _renamed(one: Import, word: str) -> str:
    name = one.name.rpartition(".")[2]
    return name if name == one.local else f"{name}{word}{one.local}"
