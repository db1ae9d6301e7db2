"""The four answers of `verify` in the terminal, one line a machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from hubmend.core.verification import ProofStatus, ScoreAnswer, Verification
from hubmend.report.naming import name_of
from hubmend.report.text.layout import Columns, Line, Row, as_text, quiet, word
from hubmend.report.wording import count, listed

_NAMED = 4  # machines named per remark before the rest is counted


def verification_text(
    run_id: str, verifications: Sequence[Verification], *, verbose: bool = False
) -> RenderableType:
    """Return the four answers per machine, what is missing, and the next command."""
    if not verifications:
        said = f"Run {run_id} changed no machine, so there is nothing to verify."
        return Group(Line(said), Line("Next: hubmend scan"))
    parts: list[RenderableType] = [Columns([_row(one) for one in verifications])]
    parts.extend(_remarks(verifications, verbose=verbose))
    return Group(*parts, *_ending(run_id, verifications))


def _row(one: Verification) -> Row:
    finding = _joined("finding ", word(one.finding.status))
    configuration = _joined("configuration ", word(one.configuration.status))
    name = name_of(one.arn).text
    return (name, configuration, _proof(one), finding, _score(one.score))


def _proof(one: Verification) -> Text:
    proof = one.proof
    if proof.status is ProofStatus.NOT_PROVABLE:
        return _joined("proof ", word("not-provable"))
    found = f" {proof.found} of {count(proof.expected, 'record')}" if proof.expected else ""
    return _joined("proof ", word(proof.status.value), found)


def _score(score: ScoreAnswer) -> str:
    if score.now is None:
        return "score -"
    if score.before is None or score.before == score.now:
        return f"score {score.now} %"
    return f"score {score.before} -> {score.now} %"


def _remarks(verifications: Sequence[Verification], *, verbose: bool) -> Iterator[RenderableType]:
    """Say why an answer is what it is; machines with the same why share its line."""
    by_why: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in verifications:
        for what, text in _whys(one, verbose=verbose):
            if text:
                by_why[what, text].append(name_of(one.arn).text)
    if by_why:
        rows = [(quiet(what), f"{_some(names)}: {why}") for (what, why), names in by_why.items()]
        yield Columns(rows, indent=2)


def _whys(one: Verification, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Say why, for what is not as it should be; for everything with `verbose`."""
    if verbose or one.configuration.status != "passed":
        yield "configuration", one.configuration.why
    yield "traffic", one.configuration.traffic
    if verbose or one.proof.status is not ProofStatus.PROVED:
        yield "proof", one.proof.why
    yield "missing", ", ".join(one.proof.missing)
    yield "finding", one.finding.why
    if verbose or one.score.status == "pending":
        yield "score", one.score.why
    if verbose:
        yield "executions", ", ".join(one.proof.executions)
        yield "machine", one.arn


def _some(names: Sequence[str]) -> str:
    said = list(names[:_NAMED])
    if more := len(names) - len(said):
        said.append(f"{more} more")
    return listed(said)


def _ending(run_id: str, verifications: Sequence[Verification]) -> Iterator[RenderableType]:
    proofs = [one.proof for one in verifications]
    proved = [proof for proof in proofs if proof.status is ProofStatus.PROVED]
    records = count(sum(proof.found for proof in proved), "log record")
    changed = [one for one in verifications if one.configuration.status != "not-changed"]
    wrong = sum(one.configuration.status != "passed" for one in changed)
    left = len(verifications) - len(changed)
    said = [
        f"Configured {len(changed) - wrong} of {len(changed)}",
        f"proved {len(proved)} of {len(changed)}" + (f" by {records}" if proved else ""),
    ]
    if left:
        said.append(f"{count(left, 'machine')} not changed")
    yield Line("; ".join(said if changed else said[2:]) + ".")
    if wrong or any(proof.status is ProofStatus.MISSING for proof in proofs):
        yield Line(f"Next: take it back: hubmend rollback {run_id}, or look first: hubmend doctor")
    elif any(proof.status is ProofStatus.PENDING for proof in proofs):
        yield Line(f"Next: hubmend verify {run_id} --wait 3m")
    else:
        yield Line(f"Next: hubmend report {run_id} -o report.html")


def _joined(*parts: str | Text) -> Text:
    return Text().join(as_text(part) if isinstance(part, Text) else Text(part) for part in parts)
