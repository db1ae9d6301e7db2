"""The line of a key in a TOML file, whatever the way it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.toml_lines import Lines, Path

TEXT = '''\
# a comment, then a table
[scope]
accounts = [
  "1",  # with ] in a comment
  "2]",
]
"quoted key" = "all"

[[rules]]
match = { tags = { env = "dev" }, type = "S" }
reason = """
[defaults]
level = 3
"""
other.dotted = 1
[[rules]]
decision = "enable"
[rules.match]
name = \'\'\'
x\'\'\'
[rules.match.tags]
env = "e"
[[rules.deep]]
a = 1
[[rules.deep]]
a = 2

[defaults]
level = "x"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("scope",), 2),
        (("scope", "accounts"), 3),
        (("scope", "accounts", 1), 3),
        (("scope", "quoted key"), 7),
        (("rules",), 9),
        (("rules", 0), 9),
        (("rules", 0, "match", "tags", "env"), 10),
        (("rules", 0, "reason"), 11),
        (("rules", 0, "other", "dotted"), 15),
        (("rules", 1), 16),
        (("rules", 1, "match"), 18),
        (("rules", 1, "match", "name"), 19),
        (("rules", 1, "match", "tags", "env"), 22),
        (("rules", 1, "deep", 0, "a"), 24),
        (("rules", 1, "deep", 1, "a"), 26),
        (("defaults", "level"), 29),
    ],
)
def test_a_key_is_found_where_its_statement_begins(path: Path, line: int) -> None:
    assert Lines(TEXT).of(path) == line
    assert Lines(TEXT.replace("\n", "\r\n")).of(path) == line


@pytest.mark.parametrize(
    ("path", "line"), [(("rules", 1, "until"), 16), (("scope", "x", "y"), 2), (("none",), 1)]
)
def test_what_is_not_there_is_where_its_table_is(path: Path, line: int) -> None:
    assert Lines(TEXT).of(path) == line


@given(st.lists(st.sampled_from(["", "# c", "a{} = 1", "a{} = [\n1,\n\n]"]), max_size=20))
def test_statements_before_a_key_only_count_their_lines(before: list[str]) -> None:
    head = [one.format(number) for number, one in enumerate(before)]
    lines = "\n".join([*head, "key = 1"])
    assert Lines(lines).of(("key",)) == 1 + sum(one.count("\n") + 1 for one in head)
