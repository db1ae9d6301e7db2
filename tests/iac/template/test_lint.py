"""cfn-lint finds nothing in a patched template that it did not find before."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from hubmend.iac.source import Wanted
from tests.iac.template.corpus import files, needs_corpus
from tests.iac.template.patches import fixed

_SHARES = 16  # a share of the templates: all of them take a minute of cfn-lint's time


def _findings(text: str) -> Counter[tuple[str, str]]:
    found = lint(text, config=ManualArgs(regions=["eu-west-1"]))
    # Some messages list all resources, of which a patch makes one more.
    return Counter((one.rule.id, re.sub(r"\[.*\]", "[]", one.message)) for one in found)


@needs_corpus
@pytest.mark.parametrize("share", [0, 3])
def test_nothing_new_is_found(share: int) -> None:
    templates = [
        file
        for file, rows in files().values()
        if rows[0]["kind"] != "serverless"
        and rows[0]["verdict"] == "none"
        and len(file.text) < 20_000
    ]
    for file in templates[share::_SHARES]:
        after, patch = fixed(file, Wanted())
        if patch.fixed:
            new = _findings(after.text) - _findings(file.text)
            assert not new, file.path
