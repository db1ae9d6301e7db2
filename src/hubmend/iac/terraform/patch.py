"""The insertions that turn logging on in Terraform, or why a machine is left to its owner.

Per machine: the logging block, a log group beside it, and what the role lacks, once per role. A
machine whose block, role or folder leaves any doubt is refused with the snippet to paste.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hubmend.core.resource import Verdict
from hubmend.iac.source import Edit, Patch, Refused, Rights, Wanted
from hubmend.iac.terraform import grant, module, writing
from hubmend.iac.terraform.destination import destination, group_name, index, meta
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.machine import LOGGING, Site, sites
from hubmend.iac.terraform.place import Style, depend, places, put
from hubmend.iac.terraform.syntax import Block


def patch(folder: Folder, wanted: Wanted) -> Patch:
    """Return the insertions for every machine of a folder that fails."""
    found = list(sites(folder))
    often = Counter(site.machine.id for site in found)
    work = _Patching(folder, wanted)
    fixed, refused = [], []
    for site in found:
        if site.machine.verdict is not Verdict.FAILED:
            continue
        why = "it is declared twice" if often[site.machine.id] > 1 else work.obstacle(site)
        if why:
            reason = f"{site.machine.id}: not patched: {why}"
            snippet = work.snippet(site)
            refused.append(Refused(site.machine.path, site.machine.line, reason, snippet))
        else:
            work.add(site)
            fixed.append(site.machine)
    return Patch(tuple(work.edits), tuple(fixed), tuple(refused))


@dataclass
class _Patching:
    """What one folder gets; `granted` has the policy each role was given, if it is a resource."""

    folder: Folder
    wanted: Wanted
    edits: list[Edit] = field(default_factory=list)
    granted: dict[str, str] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)

    def obstacle(self, site: Site) -> str:
        """Return why a machine is not patched, or nothing."""
        for broken in self.folder.broken:
            return f"{broken.path} beside it cannot be read"
        if not places(site.block).clear:
            return "it is laid out so that nothing can be added to it"
        if site.block.keyword == "module":
            return module.obstacle(site, self.wanted)
        if site.block.named(LOGGING) or site.block.dynamic(LOGGING):
            return f"its {LOGGING} is there: set its level by hand"
        if group_name(site.block) is None:
            return "its name is written on several lines"
        depends = site.block.value("depends_on")
        if depends and depend(site.block, "") is None:
            return "its depends_on is no plain list"
        return grant.obstacle(site.role) if site.role else ""

    def add(self, site: Site) -> None:
        """Add what one machine needs."""
        block, where = site.block, places(site.block)
        if block.keyword == "module":
            parts = module.inputs(block, self.wanted, self._level(block))
            self.edits.append(put(block, where.inside, parts, depth=1))
            return
        target = destination(self.folder, block, self.wanted, self._free(writing.GROUP, block))
        inside = [self._logging(block, target.expression)]
        behind = [list(target.block)] if target.block else []
        policy = self._grant(site, behind)
        if policy and block.value("depends_on"):
            self.edits += depend(block, policy) or []
        elif policy:
            inside.append([f"depends_on = [{policy}]"])
        self.edits.append(put(block, where.inside, inside, depth=1))
        if behind:
            self.edits.append(put(block, where.behind, behind))

    def _grant(self, site: Site, behind: list[list[str]]) -> str:
        """Give the machine's role what it lacks; return the resource to wait for, if it is one."""
        if site.machine.role_rights is Rights.PRESENT or not site.role or not site.role.block:
            return ""
        role = site.role.block
        if role.labels[1] not in self.granted:
            self.granted[role.labels[1]] = self._given(role, behind)
        return self.granted[role.labels[1]]

    def _given(self, role: Block, behind: list[list[str]]) -> str:
        if grant.inlined(role):
            inside = places(role).inside
            self.edits.append(put(role, inside, [writing.inline_policy()], depth=1))
            return ""
        name = self._free(writing.POLICY, role)
        shared = {key: text for key, text in meta(role).items() if key != "region"}
        inner = writing.policy(f"aws_iam_role.{role.labels[1]}{index(role)}.id")
        behind.append(writing.resource(writing.POLICY, name, shared, inner))
        return f"{writing.POLICY}.{name}"

    def _logging(self, block: Block, target: str) -> list[str]:
        data = self.wanted.include_execution_data
        return writing.logging(self._level(block), target, data=data)

    def _level(self, block: Block) -> str:
        express = self.folder.value(block, "type") == "EXPRESS"
        return self.wanted.level or ("ALL" if express else "ERROR")

    def _free(self, kind: str, block: Block) -> str:
        """Return a name no resource of the kind has, after the block it belongs to."""
        name = f"{block.labels[-1]}_{'logs' if kind == writing.GROUP else 'log_delivery'}"
        return next(one for one in _numbered(name) if self._take(kind, one))

    def _take(self, kind: str, name: str) -> bool:
        known = any(self.folder.resource(kind, name, keyword) for keyword in ("resource", "data"))
        if known or (kind, name) in self.taken:
            return False
        self.taken.add((kind, name))
        return True

    def snippet(self, site: Site) -> str:
        """Return what a person can paste and complete."""
        block = site.block
        if block.keyword == "module":
            parts = module.inputs(block, self.wanted, self._level(block))
        else:
            name = f"{block.labels[-1]}_logs"
            target = destination(self.folder, block, self.wanted, name)
            parts = [self._logging(block, target.expression), list(target.block)]
        if site.machine.role_rights is not Rights.PRESENT:
            inner = writing.policy('"NAME OF THE ROLE"')
            parts.append(
                writing.resource(writing.POLICY, f"{block.labels[-1]}_log_delivery", {}, inner)
            )
        return "\n".join(Style().lay(part).lstrip("\n") + "\n" for part in parts if part)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
