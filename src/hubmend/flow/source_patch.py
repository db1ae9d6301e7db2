"""From live to source: the patch in the user's own repository for what a stack deploys.

A machine that a stack owns is found in source by its logical id. What comes of it is attached to
the plan for people to review; `apply` never writes a source file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hubmend.core.decision import Decision
from hubmend.core.plan import Note, Owner, Plan, SourcePatch
from hubmend.core.ports import Progress, Tree
from hubmend.core.resource import Verdict
from hubmend.core.settings import Defaults
from hubmend.flow.check import check
from hubmend.flow.fix import fix
from hubmend.iac import LANGUAGES
from hubmend.iac.source import NEW, Language, Machine, Wanted

# A CDK logical id is the construct's path without separators, and eight digits of its hash.
# https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html#identifiers-logical-ids
_HASHED = re.compile(r"(.*?)[0-9A-F]{8}")
# https://github.com/serverless-operations/serverless-step-functions lib/naming.js
_SERVERLESS = "StepFunctionsStateMachine"


def with_source(
    plan: Plan,
    tree: Tree,
    roots: Sequence[str],
    defaults: Defaults,
    progress: Progress,
    languages: Sequence[Language] = LANGUAGES,
) -> Plan:
    """Return the plan with a source patch, or why there is none, for each resource of a stack.

    Raise UsageError when a root does not exist.
    """
    owned = [owner for owner in plan.owners if owner.logical_id]
    if not owned:
        return plan
    machines = check(tree, roots, progress, languages).machines
    decided = {one.resource: one for one in plan.decisions}
    patches: list[SourcePatch] = []
    notes: list[Note] = []
    for owner in owned:
        declared = [one for one in machines if declares(one, owner.logical_id or "")]
        said = _why_none(owner, declared, roots)
        if said is None:
            wanted = _wanted(decided[owner.resource], defaults)
            made = fix(tree, [declared[0].path], wanted, progress, languages=languages)
            found = next((one for one in made.patches if one.path == declared[0].path), None)
            said = None if found else "; ".join(one.reason for one in made.refused)
            if found:
                place = declared[0]
                patches.append(SourcePatch(owner.resource, place.path, place.line, made.diff))
        if said is not None:
            notes.append(Note(owner.resource, said))
    return replace(plan, patches=tuple(patches), notes=(*plan.notes, *notes))


def declares(machine: Machine, logical_id: str) -> bool:
    """Whether a machine in source is what a stack has under a logical id."""
    name = re.sub(r"[^A-Za-z0-9]", "", machine.id)
    if machine.kind.startswith("cdk-"):
        hashed = _HASHED.fullmatch(logical_id)
        return bool(name) and hashed is not None and hashed[1].endswith(name)
    if machine.kind == "serverless" and logical_id.endswith(_SERVERLESS):
        return logical_id.removesuffix(_SERVERLESS).lower() == name.lower()
    return machine.id == logical_id


def _why_none(owner: Owner, declared: Sequence[Machine], roots: Sequence[str]) -> str | None:
    """Return why no patch can be made for a stack's resource, None where one can."""
    if not declared:
        return f"no source under {', '.join(roots)} declares {owner.logical_id}"
    if len(declared) > 1:
        places = ", ".join(f"{one.path}:{one.line}" for one in declared)
        return f"{owner.logical_id} is declared more than once, choose yourself: {places}"
    one = declared[0]
    place = f"its source, {one.path}:{one.line},"
    if one.verdict is Verdict.PASSED:
        return f"{place} sets logging already: deploy it"
    return None if one.verdict is Verdict.FAILED else f"{place} cannot be judged: {one.reason}"


def _wanted(decision: Decision, defaults: Defaults) -> Wanted:
    return Wanted(
        level=decision.level,
        include_execution_data=bool(decision.include_execution_data),
        retention_days=decision.retention_days or defaults.retention_days,
        log_group=decision.log_group or NEW,
    )
