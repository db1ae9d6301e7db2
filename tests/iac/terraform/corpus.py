"""The corpus of real Terraform, where it is at hand beside the repository."""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

from hubmend.iac.source import SourceFile
from tests.iac.terraform.sources import TERRAFORM

ROOT = Path(__file__).parents[3].parent / "shared" / "corpus"
_KINDS = ("terraform", "tf-module", "negative-tf")


def rows() -> list[dict[str, str]]:
    with (ROOT / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in found if row["kind"] in _KINDS]


def folders() -> dict[str, tuple[SourceFile, ...]]:
    names = {str(PurePosixPath(row["path"]).parent) for row in rows()}
    return {name: read(name) for name in sorted(names)}


def read(name: str) -> tuple[SourceFile, ...]:
    return tuple(
        SourceFile(f"{name}/{one.name}", one.read_bytes().decode())
        for one in sorted((ROOT / name).iterdir())
        if one.name.endswith(TERRAFORM.suffixes)
    )
