"""Every machine of the public templates without logging is patched, or refused for a reason."""

from __future__ import annotations

from collections import Counter

import pytest

from hubmend.iac.source import Wanted
from tests.iac.template.corpus import files, language, needs_corpus
from tests.iac.template.patches import fixed

# Of 197 machines that fail; a machine with a role of another stack cannot be fixed in its file.
_FIXED = 136
_REFUSED = {
    "its role is not declared in this file": 38,
    # Fixtures of the SAM translator that deny everything to their machine.
    "denies a delivery action": 18,
    "it has no properties": 2,
    "stands twice in one mapping": 1,
    "its level is written as OFF": 1,
    "the file cannot be parsed": 11,
}


@needs_corpus
@pytest.mark.parametrize("level", [None, "ALL", "ERROR", "FATAL"])
@pytest.mark.parametrize("data", [False, True])
def test_a_patch_adds_and_passes_and_is_made_once(level: str | None, data: bool) -> None:
    # A third of the files each: their whole product takes a minute and shows nothing more.
    chosen = [file for file, _ in files().values()][len(level or "") % 3 :: 3]
    assert sum(len(fixed(file, Wanted(level, data))[1].fixed) for file in chosen) > 30


@needs_corpus
def test_every_failing_machine_is_patched_or_refused_with_a_snippet() -> None:
    number, reasons = 0, Counter[str]()
    for file, _ in files().values():
        spoken_for = language(file)
        assert spoken_for
        patch = spoken_for.patch([file], Wanted())
        number += len(patch.fixed)
        for one in patch.refused:
            assert one.snippet or "cannot be parsed" in one.reason
            reasons[next(why for why in _REFUSED if why in one.reason)] += 1
    assert (number, dict(reasons)) == (_FIXED, _REFUSED)


@needs_corpus
@pytest.mark.parametrize("group", ["kept", "arn:aws:logs:eu-west-1:123456789012:log-group:kept"])
def test_an_existing_log_group_is_named_and_none_made(group: str) -> None:
    for file, _ in [*files().values()][::5]:
        after, patch = fixed(file, Wanted(log_group=group))
        assert not patch.fixed or "log-group:kept:*" in after.text
        assert not any("AWS::Logs::LogGroup" in edit.text for edit in patch.edits)
