"""What is found in public templates is what their manifest says."""

from __future__ import annotations

from hubmend.core.resource import Verdict
from hubmend.iac.source import SourceFile
from tests.iac.template.corpus import files, language, needs_corpus

_VERDICTS = {
    "on": Verdict.PASSED,
    "none": Verdict.FAILED,
    "off": Verdict.FAILED,
    "dynamic": Verdict.UNKNOWN,
}
# Each machine told differently than in the manifest, with the reason; (path's end, id) -> why.
_DIFFERENT: dict[tuple[str, str], str] = {}
_DIFFERENT_RIGHTS = {
    ("celebrity-identifier-sam/template.yaml", "IdnetifierStateMachine"): (
        "its policy lacks logs:DeleteLogDelivery, without which the role has not all rights (F§3.8)"
    ),
}


def _told(file: SourceFile, line: str) -> tuple[object, ...] | None:
    spoken_for = language(file)
    found = spoken_for.find([file]).machines if spoken_for else ()
    return next(
        ((one.id, one.verdict, one.level or "") for one in found if str(one.line) == line), None
    )


@needs_corpus
def test_every_machine_is_found_with_the_verdict_level_and_line_of_the_manifest() -> None:
    different = set()
    for path, (file, rows) in files().items():
        for row in (row for row in rows if row["verdict"] != "parse-error"):
            expected = (row["logical_id"], _VERDICTS[row["verdict"]], row["level"])
            if _told(file, row["line"]) != expected:
                different.add((path, row["logical_id"]))
    unexplained = {one for one in different if not _explained(one, _DIFFERENT)}
    assert not unexplained


@needs_corpus
def test_no_machine_is_found_that_the_manifest_does_not_list() -> None:
    for file, rows in files().values():
        spoken_for = language(file)
        listed = {row["line"] for row in rows}
        assert spoken_for
        assert {str(one.line) for one in spoken_for.find([file]).machines} <= listed


@needs_corpus
def test_the_rights_of_each_role_are_those_of_the_manifest() -> None:
    for path, (file, rows) in files().items():
        spoken_for = language(file)
        assert spoken_for
        rights = {one.id: one.role_rights for one in spoken_for.find([file]).machines}
        for row in rows:
            known = row["role_policy"] in {"present", "absent", "unknown"}
            if known and not _explained((path, row["logical_id"]), _DIFFERENT_RIGHTS):
                assert rights[row["logical_id"]] == row["role_policy"], path


@needs_corpus
def test_no_machine_and_no_refusal_comes_of_a_negative_file() -> None:
    for file, _ in files(negative=True).values():
        spoken_for = language(file)
        found = spoken_for.find([file]) if spoken_for else None
        assert found is None or not (found.machines or found.refused), file.path


@needs_corpus
def test_a_file_that_cannot_be_parsed_is_refused_with_its_line_and_the_reason() -> None:
    broken = [file for file, rows in files().values() if rows[0]["verdict"] == "parse-error"]
    assert len(broken) == 11
    for file in broken:
        spoken_for = language(file)
        assert spoken_for
        refused = spoken_for.find([file]).refused
        assert [one.path for one in refused] == [file.path]
        assert refused[0].line
        assert ("{{" in file.text) == ("render it" in refused[0].reason)


def _explained(machine: tuple[str, str], table: dict[tuple[str, str], str]) -> bool:
    return any(machine[0].endswith(path) and machine[1] == id_ for path, id_ in table)
