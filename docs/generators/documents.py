"""The JSON documents, shown as the code writes them for made-up values.

Each is made twice: once with everything there, to show, and once with everything left out that
may be, to tell which keys can be null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any

from docs.generators.markdown import table
from docs.generators.specimen import specimen
from hubmend.core.decision import Decision
from hubmend.core.diagnosis import Diagnosis, Health, Need
from hubmend.core.plan import Plan, dump_plan
from hubmend.core.resource import Kind, RemarkKind, Scan, Verdict
from hubmend.core.run import ResourceStatus, RunResult, RunStatus
from hubmend.core.verification import ProofStatus, Verification
from hubmend.flow.check import Checked
from hubmend.flow.fix import Fixed
from hubmend.flow.policy import Review
from hubmend.iac.source import Rights
from hubmend.report import documents, source
from hubmend.report.doctor import doctor_document
from hubmend.report.policy import policy_document

Make = Callable[[bool], dict[str, Any]]

DOCUMENTS: dict[str, tuple[str, Make]] = {
    "hubmend/scan/1": (
        (
            'What `hubmend scan` writes. In `unread`, region `""` stands for all the regions in '
            "scope of an account that refused its role."
        ),
        lambda bare: documents.scan_document(_scan(bare)),
    ),
    "hubmend/decisions/1": (
        "What `hubmend decide` and `hubmend decisions` write.",
        lambda bare: documents.decisions_document([specimen(Decision, bare=bare)]),
    ),
    "hubmend/plan/1": (
        "What `hubmend plan` writes and `hubmend apply` reads. An edited plan is refused.",
        lambda bare: dump_plan(specimen(Plan, bare=bare)),
    ),
    "hubmend/run/1": (
        "What `hubmend apply` and `hubmend rollback` write.",
        lambda bare: documents.run_document(specimen(RunResult, bare=bare)),
    ),
    "hubmend/evidence/1": (
        "What `hubmend verify` writes.",
        lambda bare: documents.verification_document("<run>", [specimen(Verification, bare=bare)]),
    ),
    "hubmend/policy/1": (
        "What `hubmend policy check` writes.",
        lambda bare: policy_document(specimen(Review, bare=bare)),
    ),
    "hubmend/check/1": (
        "What `hubmend check` writes.",
        lambda bare: source.check_document(specimen(Checked, bare=bare)),
    ),
    "hubmend/fix/1": (
        "What `hubmend fix` writes.",
        lambda bare: source.fix_document(specimen(Fixed, bare=bare)),
    ),
    "hubmend/doctor/1": (
        "What `hubmend doctor` writes.",
        lambda bare: doctor_document(specimen(Diagnosis, bare=bare)),
    ),
}
WORDS: dict[str, type[Enum]] = {
    "verdict": Verdict,
    "kind of a remark": RemarkKind,
    "rights of a role in source": Rights,
    "decision": Kind,
    "status of a run": RunStatus,
    "status of a resource in a run": ResourceStatus,
    "status of a proof": ProofStatus,
    "status of a check": Health,
    "what a check is needed for": Need,
}

INTRODUCTION = """# JSON documents

With `--format json`, standard output is exactly one of these documents. Keys are stable: within a
version keys are only added, and a change of meaning gets a new version in `schema`. Text in angle
brackets stands for a value; lists show one item.

"""


def page() -> str:
    """Return the page."""
    text = INTRODUCTION + "## Words\n\n" + table(["Key", "Values"], _words())
    for schema, (meaning, make) in DOCUMENTS.items():
        document = make(False)
        assert document["schema"] == schema, f"{document['schema']} is shown as {schema}"
        shown = json.dumps(document, indent=2)
        text += f"## {schema}\n\n{meaning}\n\n```json\n{shown}\n```\n\n"
        nullable = ", ".join(f"`{path}`" for path in _nulls(make(True)))
        text += f"May be null: {nullable}.\n\n" if nullable else ""
    return text


def _scan(bare: bool) -> Scan:
    scan: Scan = specimen(Scan, bare=bare)
    names = {} if bare else {target.account: "<account_name>" for target in scan.targets}
    return replace(scan, account_names=names)


def _words() -> list[list[str]]:
    return [[key, ", ".join(f"`{one.value}`" for one in kind)] for key, kind in WORDS.items()]


def _nulls(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every null in a document."""
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _nulls(one, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for one in value:
            yield from _nulls(one, f"{path}[]")
