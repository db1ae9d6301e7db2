"""The corpus of public templates, where it is there: its manifest, and its files as they are."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from hubmend.iac.source import SourceFile
from hubmend.iac.template import ALL, Templates

# Beside the folder that holds the clone, or wherever HUBMEND_CORPUS says.
_BESIDE = Path(__file__).resolve().parents[3].parent / "shared" / "corpus"
CORPUS = Path(os.environ.get("HUBMEND_CORPUS", _BESIDE))
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not on this machine")
_KINDS = {"sam-yaml", "cfn-yaml", "cfn-json", "serverless"}
_NEGATIVE = {"negative-cfn", "negative-yaml", "negative-asl"}

Row = Mapping[str, str]


def language(file: SourceFile) -> Templates | None:
    return next((one for one in ALL if one.claims(file.path, file.text)), None)


@cache
def files(*, negative: bool = False) -> Mapping[str, tuple[SourceFile, tuple[Row, ...]]]:
    """Return each file by its path, with the rows of the manifest that speak of it."""
    kinds = _NEGATIVE if negative else _KINDS
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    found: dict[str, tuple[SourceFile, tuple[Row, ...]]] = {}
    for row in (row for row in rows if row["kind"] in kinds):
        path = row["path"]
        if path not in found:
            text = (CORPUS / path).read_bytes().decode("utf-8")
            found[path] = (SourceFile(path, text), ())
        found[path] = (found[path][0], (*found[path][1], row))
    return found
