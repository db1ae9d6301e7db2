"""The HTML report: whole, self-contained, accessible, and deaf to hostile text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubmend.core.dossier import Dossier
from hubmend.core.plan import Note, Plan
from hubmend.core.run import Run, RunStatus
from hubmend.report import render_html
from tests.report import samples
from tests.report.page import read
from tests.report.sample_controls import controlled

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

MAKERS = [samples.dossier, samples.rolled_back, samples.scanned_only, samples.nothing, controlled]
EVERY = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
CSS = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def small() -> Dossier:
    """Two machines of the sample, for a snapshot a person can review."""
    whole = samples.dossier()
    assert whole.run is not None
    kept = {samples.arn("card-capture"), samples.arn("report-preview", samples.DATA, "us-east-1")}
    plan = whole.run.plan
    plan = replace(
        plan,
        changes=tuple(c for c in plan.changes if c.resource in kept),
        decisions=tuple(d for d in plan.decisions if d.resource in kept),
    )
    return replace(
        whole,
        run=replace(whole.run, plan=plan),
        results=tuple(r for r in whole.results if r.arn in kept),
        verifications=tuple(v for v in whole.verifications if v.arn in kept),
        decisions=plan.decisions,
        entries=samples.entries(plan),
    )


@EVERY
def test_every_page_is_well_formed(make: Callable[[], Dossier]) -> None:
    assert read(render_html(make())).faults == []


@EVERY
def test_a_page_loads_nothing_and_runs_nothing(make: Callable[[], Dossier]) -> None:
    html = render_html(make())
    page = read(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & {t for t, _ in page.elements}
    addresses = [a.get("href") or a.get("src") or "" for _, a in page.elements]
    assert all(address.startswith("#") for address in addresses if address)
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    (css,) = CSS.findall(html)
    assert "@import" not in css
    assert "url(" not in css
    policies = [m["content"] for m in page.all("meta") if m.get("http-equiv")]
    assert policies[0] is not None
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


@EVERY
def test_links_lead_to_one_place_each(make: Callable[[], Dossier]) -> None:
    page = read(render_html(make()))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {(a["href"] or "")[1:] for a in page.all("a")} <= set(ids)


@EVERY
def test_headings_descend_one_level_at_a_time(make: Callable[[], Dossier]) -> None:
    page = read(render_html(make()))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@EVERY
def test_landmarks_tables_and_picture_can_be_read_aloud(make: Callable[[], Dossier]) -> None:
    page = read(render_html(make()))
    assert all(len(page.all(tag)) == 1 for tag in ("header", "nav", "main", "footer"))
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    pictures = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(pictures) == len(page.all("desc"))


def test_the_page_opens_with_the_sentence_a_manager_repeats() -> None:
    html = render_html(samples.dossier())
    (title,) = re.findall(r"<h1>(.*?)</h1>", html)
    assert title == (
        "On 23 Nov 2026 hubmend turned logging on for 6 of 10 failing state machines in "
        "2 accounts; 3 are proved by 33 log records; 1 could not be done; "
        "1 suppressed in Security Hub by a dated decision; "
        "everything can be undone with: <code>hubmend rollback 01JDCM3Q8V7Y2N4K</code>"
    )


def test_every_machine_of_the_run_has_its_section() -> None:
    dossier = samples.dossier()
    page = read(render_html(dossier))
    assert dossier.run is not None
    assert len(page.all("article")) == len(dossier.run.plan.resources) + 1  # and one by hand
    assert all(arn in page.text for arn in dossier.run.plan.resources)


def test_a_rolled_back_run_says_so_before_anything_else() -> None:
    text = read(render_html(samples.rolled_back())).text
    assert "took back run" in text[: text.index("Before and after")]
    assert "kept on purpose" in text


def test_a_broken_chain_is_said_at_the_top_and_marked_in_the_ledger() -> None:
    html = render_html(replace(samples.dossier(), broken_at=7))
    assert html.index("evidence chain is broken") < html.index("<nav")
    assert html.count('class="broken"') == 1
    assert "The chain holds" not in html


def test_a_call_announced_and_never_answered_is_not_called_done() -> None:
    dossier = samples.dossier()
    page = read(render_html(replace(dossier, entries=dossier.entries[:2])))
    assert "announced; no answer was recorded" in page.text


def test_a_run_without_changes_says_what_to_do_next() -> None:
    empty = Plan(samples.SCANNED, samples.CONTROL, ())
    run = Run("R1", empty, RunStatus.DONE, samples.STARTED, samples.STARTED)
    dossier = replace(samples.nothing(), scan=samples.scan(), run=run, before={}, after={})
    text = read(render_html(dossier)).text
    assert "This run changed no machine" in text
    assert "nothing was changed, so there is nothing to undo" in text


def test_what_was_left_out_of_the_scope_is_in_the_report() -> None:
    text = read(render_html(samples.scanned_only())).text
    assert "444455556666: AWS Organizations says CLOSED: not read" in text
    assert "Left out" not in read(render_html(samples.dossier())).text


def test_names_come_before_arns() -> None:
    text = read(render_html(samples.dossier())).text
    assert text.index("card-authorize") < text.index(samples.arn("card-authorize"))


EVIL = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}",
    "\u202egpj.exe",
    "\x1b[31mred\x1b[0m",
    '"><b>',
    "\x00",
    "\ud800",
    "]]>",
    "<!--",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(evil=st.one_of(st.sampled_from(EVIL), st.text(max_size=40)))
def test_hostile_text_stays_text(evil: str) -> None:
    evil = f"x{evil}"
    dossier = small()
    assert dossier.scan is not None
    assert dossier.run is not None
    rows = tuple(
        replace(row, name=evil, reason=evil, tags={evil: evil}) for row in dossier.scan.resources
    )
    results = tuple(replace(r, error=evil, notes=(evil,)) for r in dossier.results)
    notes = (Note(dossier.run.plan.resources[0], evil),)
    run = replace(dossier.run, plan=replace(dossier.run.plan, notes=notes))
    calm = read(render_html(_with(dossier, "calm")))
    page = read(
        html := render_html(
            replace(dossier, scan=replace(dossier.scan, resources=rows), results=results, run=run)
        )
    )
    assert page.faults == []
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in calm.elements]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", html)
    html.encode()


def _with(dossier: Dossier, text: str) -> Dossier:
    assert dossier.run is not None
    notes = (Note(dossier.run.plan.resources[0], text),)
    results = tuple(replace(r, error=text, notes=(text,)) for r in dossier.results)
    run = replace(dossier.run, plan=replace(dossier.run.plan, notes=notes))
    return replace(dossier, run=run, results=results)


def test_the_body_of_a_small_report(snapshot: SnapshotAssertion) -> None:
    html = render_html(small())
    assert html[html.index("<body>") :] == snapshot


def _luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_colours_reach_contrast_aa(scheme: str) -> None:
    (css,) = CSS.findall(render_html(samples.nothing()))
    blocks = re.findall(r":root\{(.*?)\}", css, re.DOTALL)
    colours = dict(
        re.findall(r"--([a-z-]+):(#[0-9a-f]+)", blocks[["light", "dark", "print"].index(scheme)])
    )
    for text in ("ink", "soft", "link", "failed", "passed", "unknown", "suppressed"):
        for paper in ("paper", "wash"):
            light, dark = sorted((_luminance(colours[text]), _luminance(colours[paper])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {paper}"
    for paper in ("add", "del"):
        light, dark = sorted((_luminance(colours["ink"]), _luminance(colours[paper])))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"ink on {paper}"
