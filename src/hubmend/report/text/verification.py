"""The four answers of `verify` in the terminal, one line a machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from hubmend.core.arn import is_control
from hubmend.core.run import Run, RunStatus
from hubmend.core.verification import ProofStatus, ScoreAnswer, Verification
from hubmend.report.naming import labels
from hubmend.report.onward import SCAN
from hubmend.report.text.layout import Columns, Line, Row, as_text, quiet, word
from hubmend.report.wording import count, listed

_NAMED = 4  # machines named per remark before the rest is counted


def verification_text(
    run: Run,
    verifications: Sequence[Verification],
    *,
    names: Mapping[str, str] | None = None,
    verbose: bool = False,
) -> RenderableType:
    """Return the four answers per machine, what is missing, and the next command.

    `run` is as it stood when it was verified; `names` are those of accounts, by id.
    """
    if not verifications:
        said = f"Run {run.id} changed no machine, so there is nothing to verify."
        return Group(Line(said), Line(f"Next: {SCAN}"))
    called = labels([one.arn for one in verifications], names or {})
    parts: list[RenderableType] = [Columns([_row(one, called) for one in verifications])]
    parts.extend(_remarks(verifications, called, verbose=verbose))
    return Group(*parts, _ending(verifications), Line(f"Next: {_next(run, verifications)}"))


def _row(one: Verification, called: Mapping[str, str]) -> Row:
    finding = _joined("finding ", word(one.finding.status))
    configuration = _joined("configuration ", word(one.configuration.status))
    return (called[one.arn], configuration, _proof(one), finding, _score(one.score))


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


def _remarks(
    verifications: Sequence[Verification], called: Mapping[str, str], *, verbose: bool
) -> Iterator[RenderableType]:
    """Say why an answer is what it is; machines with the same why share its line."""
    by_why: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in verifications:
        for what, text in _whys(one, verbose=verbose):
            if text:
                by_why[what, text].append(called[one.arn])
    if by_why:
        rows = [(quiet(what), f"{_some(names)}: {why}") for (what, why), names in by_why.items()]
        yield Columns(rows, indent=2)


def _whys(one: Verification, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Say why, for what is not as it should be; for everything with `verbose`."""
    if verbose or one.configuration.status != "passed":
        yield "configuration", one.configuration.why
    if is_control(one.arn) and not verbose:
        return  # it writes no records and has no finding
    yield "traffic", one.configuration.traffic
    if verbose or one.proof.status is not ProofStatus.PROVED:
        yield "proof", one.proof.why
    yield "missing", ", ".join(one.proof.missing)
    yield "finding", one.finding.why
    if verbose or one.score.status == "pending":
        yield "score", one.score.why
    if verbose:
        yield "executions", ", ".join(one.proof.executions)
        yield "control" if is_control(one.arn) else "machine", one.arn


def _some(names: Sequence[str]) -> str:
    said = list(names[:_NAMED])
    if more := len(names) - len(said):
        said.append(f"{more} more")
    return listed(said)


def _ending(verifications: Sequence[Verification]) -> Line:
    """Count machines and, apart from them, the accounts and regions whose control is set."""
    changed = [one for one in verifications if one.configuration.status != "not-changed"]
    machines = [one for one in changed if not is_control(one.arn)]
    controls = [one for one in changed if is_control(one.arn)]
    said = []
    if machines:
        said = [f"Configured {_passed(machines)} of {len(machines)}", _proved(machines)]
    if controls:
        places = count(len(controls), "account and region", "accounts and regions")
        said.append(f"control set in {_passed(controls)} of {places}")
    if left := len(verifications) - len(changed):
        said.append(f"{count(left, 'machine')} not changed")
    text = "; ".join(said)
    return Line(f"{text[0].upper()}{text[1:]}.")


def _passed(verifications: Sequence[Verification]) -> int:
    return sum(one.configuration.status == "passed" for one in verifications)


def _proved(machines: Sequence[Verification]) -> str:
    proved = [one.proof for one in machines if one.proof.status is ProofStatus.PROVED]
    records = count(sum(proof.found for proof in proved), "log record")
    return f"proved {len(proved)} of {len(machines)}" + (f" by {records}" if proved else "")


def _next(run: Run, verifications: Sequence[Verification]) -> str:
    configurations = {one.configuration.status for one in verifications}
    proofs = {one.proof.status for one in verifications}
    if run.status is RunStatus.ROLLED_BACK:
        return SCAN
    if "failed" in configurations or ProofStatus.MISSING in proofs:
        return f"take it back: hubmend rollback {run.id}, or look first: hubmend doctor"
    if "pending" in configurations or ProofStatus.PENDING in proofs:
        return f"hubmend verify {run.id} --wait 3m"
    return f"hubmend report {run.id} -o report.html"


def _joined(*parts: str | Text) -> Text:
    return Text().join(as_text(part) if isinstance(part, Text) else Text(part) for part in parts)
