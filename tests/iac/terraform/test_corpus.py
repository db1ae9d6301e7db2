"""Real Terraform, where the corpus is at hand: judged as its manifest says, and patched."""

from __future__ import annotations

from collections import Counter

import pytest

from hubmend.core.decision import LEVELS
from hubmend.core.resource import Verdict
from hubmend.iac.source import Wanted
from tests.iac.terraform.corpus import ROOT, folders, rows
from tests.iac.terraform.sources import TERRAFORM, proved

pytestmark = pytest.mark.skipif(not ROOT.exists(), reason="the corpus is not at hand")

VERDICTS = {
    "on": Verdict.PASSED,
    "none": Verdict.FAILED,
    "off": Verdict.FAILED,
    "dynamic": Verdict.UNKNOWN,
}


def test_every_machine_is_found_and_judged_as_the_manifest_says() -> None:
    found = {
        (one.path, one.line): one
        for files in folders().values()
        for one in TERRAFORM.find(files).machines
    }
    wanted = {
        (row["path"], int(row["line"])): row for row in rows() if not row["kind"].startswith("neg")
    }
    assert found.keys() == wanted.keys()
    for place, row in wanted.items():
        one = found[place]
        assert one.verdict is VERDICTS[row["verdict"]], place
        assert one.level == (row["level"] if row["verdict"] == "on" else None), place
        assert one.id.endswith(f".{row['logical_id']}"), place


def test_rights_are_those_of_the_manifest_or_honestly_unknown() -> None:
    differing: Counter[tuple[str, str]] = Counter()
    places = {(row["path"], int(row["line"])): row["role_policy"] for row in rows() if row["line"]}
    for files in folders().values():
        for one in TERRAFORM.find(files).machines:
            manifest = places[one.path, one.line].removesuffix("(dir)")
            if manifest != one.role_rights.value:
                differing[manifest, one.role_rights.value] += 1
    assert differing == {
        # Their policies come from templatefile() or from AWS, and are not read.
        ("absent", "unknown"): 5,
        # Their policies are made under a condition that is neither the role's nor the machine's.
        ("present", "unknown"): 2,
        # The module gives its own role the rights: the manifest leaves it out.
        ("", "present"): 1,
    }


def test_no_negative_file_holds_a_machine_and_none_is_refused() -> None:
    negative = {row["path"] for row in rows() if row["kind"] == "negative-tf"}
    assert negative
    for files in folders().values():
        found = TERRAFORM.find(files)
        assert not negative & {one.path for one in found.machines}
        assert not found.refused


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        *(Wanted(level, data) for level in LEVELS for data in (False, True)),
        Wanted(log_group="/own/group"),
    ],
)
def test_every_machine_without_logging_is_patched(wanted: Wanted) -> None:
    unlogged = {row["path"] for row in rows() if row["verdict"] == "none"}
    level, data = wanted.level or "ERROR", wanted.include_execution_data
    patched = set()
    for files in folders().values():
        patch = TERRAFORM.patch(files, wanted)
        assert not patch.refused
        after = proved(files, patch)
        patched |= {one.path for one in patch.fixed}
        fixed = {one.id for one in patch.fixed}
        for one in TERRAFORM.find(after).machines:
            if one.id in fixed:
                assert (one.level, one.include_execution_data) == (level, data)
    assert patched == unlogged
