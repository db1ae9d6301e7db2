"""A dossier as one self-contained HTML file that an owner can read and an auditor can check.

No script at all, no font, no image, nothing fetched: a content security policy in the file says
so, and the same file opens in ten years. All text is escaped by the template engine, and control
and direction characters are shown as codes (wording.visible).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hubmend.core.dossier import Dossier
from hubmend.core.resource import Verdict
from hubmend.core.run import RunStatus
from hubmend.report import difference, naming, wording
from hubmend.report.census import Standing, census
from hubmend.report.control import title_of
from hubmend.report.headline import headline, next_step
from hubmend.report.ledger import ledger
from hubmend.report.picture import bars
from hubmend.report.story import Story, account_names, controls, stories


def render_html(dossier: Dossier) -> str:
    """Return the dossier as one HTML document."""
    return _environment().get_template("report.html").render(_context(dossier))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hubmend.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "moment": wording.moment,
        "day": wording.day,
        "name_of": naming.name_of,
        "difference": difference.difference,
        "documents": difference.documents,
        "call_lines": difference.call_lines,
        "sign_of": difference.sign_of,
        "anchor": _anchor,
        "command": _command,
    }
    environment.globals |= {
        "count": wording.count,
        "Standing": Standing,
        "where": naming.where,
        "short_where": naming.short_where,
    }
    return environment


def _finalize(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return wording.visible(value)
    return value


def _context(dossier: Dossier) -> Mapping[str, Any]:
    told = stories(dossier)
    counted = census(dossier)
    plan = dossier.run.plan if dossier.run else None
    shown, passed = _split(told) if dossier.run is None else (told, ())
    return {
        "dossier": dossier,
        "control_title": title_of(dossier.control),
        "run": dossier.run,
        "rolled_back": dossier.run is not None and dossier.run.status is RunStatus.ROLLED_BACK,
        "scan": dossier.scan,
        "headline": headline(dossier),
        "next_step": next_step(dossier),
        "census": counted,
        "bars": bars(counted),
        "machines": shown,
        "passed": passed,
        "controls": controls(dossier),
        "skipped": plan.skipped if plan else (),
        "manual": plan.manual if plan else (),
        "names": account_names(dossier),
        "ledger": ledger(dossier),
    }


def _split(told: tuple[Story, ...]) -> tuple[tuple[Story, ...], tuple[Story, ...]]:
    passed = tuple(story for story in told if story.before is Verdict.PASSED)
    return tuple(story for story in told if story.before is not Verdict.PASSED), passed


def _anchor(position: int, kind: str = "machine") -> str:
    """Return the id of a section: by position, since names may repeat and be hostile."""
    return f"{kind}-{position}"


def _command(text: str) -> Markup:
    """Return text with its command ("hubmend ..." up to the end) set as code."""
    before, found, after = wording.visible(text).partition(": hubmend ")
    if not found:
        return Markup("{}").format(before)
    end = "." if after.endswith(".") else ""
    return Markup("{}: <code>hubmend {}</code>{}").format(before, after.removesuffix("."), end)
