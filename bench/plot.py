"""Pictures of what was measured, for docs/performance.md.

    .venv/peers/plot/bin/python bench/plot.py scans.json million.json docs/images

Takes what bench.scan and bench.million wrote with --json and --output. matplotlib has an
environment of its own, as the peers have.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

OURS, OTHERS, WRONG, QUIET = "#1f6feb", "#9aa4af", "#d1242f", "#57606a"
SIZE = 9  # points


def scans(rows: list[dict[str, Any]], target: Path) -> None:
    """Draw the seconds of each contender, a panel a scene; what is wrong is said beside its bar."""
    titles = list(dict.fromkeys(row["scene"] for row in rows))
    figure, panels = plt.subplots(
        len(titles), 1, figsize=(8, 0.24 * len(rows) + 0.55 * len(titles)), squeeze=False,
        gridspec_kw={"height_ratios": [sum(r["scene"] == t for r in rows) for t in titles]},
    )  # fmt: skip
    for panel, title in zip(panels[:, 0], titles, strict=True):
        own = [row for row in rows if row["scene"] == title][::-1]
        names, walls = [row["program"] for row in own], [row["wall"] for row in own]
        colours = [
            OURS if row["program"] == "hubmend" else WRONG if _wrong(row) else OTHERS for row in own
        ]
        bars = panel.barh(names, walls, color=colours, height=0.7)
        labels = [f" {row['wall']:.1f} s{_wrong(row)}" for row in own]
        panel.bar_label(bars, labels, fontsize=SIZE, color=QUIET)
        panel.set_title(title, loc="left", fontsize=SIZE + 1, fontweight="bold")
        panel.set_xlim(0, max(walls) * 1.45)
        panel.tick_params(axis="y", length=0, labelsize=SIZE)
        panel.xaxis.set_visible(False)
        panel.spines[:].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, dpi=130)


def _wrong(row: dict[str, Any]) -> str:
    said = [f"{row[key]} {key}" for key in ("missed", "false") if row[key]]
    return f", {', '.join(said)}" if said else ""


def million(samples: list[dict[str, float]], target: Path) -> None:
    """Draw seconds and memory against the machines read."""
    machines = [one["machines"] / 1e6 for one in samples]
    figure, (time, memory) = plt.subplots(1, 2, figsize=(8, 2.6))
    for panel, values, title in (
        (time, [one["seconds"] / 60 for one in samples], "minutes"),
        (memory, [one["memory"] for one in samples], "memory, MB"),
    ):
        panel.plot(machines, values, color=OURS, linewidth=2)
        panel.set_title(title, loc="left", fontsize=SIZE + 1, fontweight="bold")
        panel.set_xlabel("million machines", fontsize=SIZE, color=QUIET)
        panel.tick_params(labelsize=SIZE)
        panel.set_xlim(left=0)
        panel.spines[["top", "right"]].set_visible(False)
    time.set_ylim(bottom=0)
    memory.set_ylim(0, 220)
    memory.axhline(200, color=WRONG, linewidth=1, linestyle=":")
    figure.tight_layout()
    figure.savefig(target, dpi=130)


if __name__ == "__main__":
    scanned, sampled, folder = map(Path, sys.argv[1:])
    scans(json.loads(scanned.read_text(encoding="utf-8")), folder / "scanning.png")
    million(json.loads(sampled.read_text(encoding="utf-8")), folder / "million.png")
