"""What expressions are worth: what the folder tells, and holes for the rest."""

from __future__ import annotations

import pytest

from hubmend.iac.source import SourceFile
from hubmend.iac.terraform.syntax import Parsed, parse
from hubmend.iac.terraform.values import Scope, Unresolved, Value

CONTEXT = """
locals {
  one   = 1
  list  = ["a", "b"]
  map   = { a = { b = "c" }, "quoted" = 2, (local.one) = 3 }
  loop  = local.loop
  twice = [local.half, local.half]
}
"""


def worth(expression: str) -> Value:
    parsed = parse(SourceFile("x.tf", f"{CONTEXT}\nx = {expression}\n"))
    assert isinstance(parsed, Parsed)
    names = {f"local.{n}": one.value for n, one in parsed.blocks[0].attributes.items()}
    return Scope(names).evaluate(parsed.attributes["x"].value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("null", None),
        ("true", True),
        ("false", False),
        ("12", 12),
        ("1.5", 1.5),
        ('"a"', "a"),
        ('""', ""),
        ('("a")', "a"),
        (r'"\"\\\n\t\r\u00e4\U0001F600$${x}%%{y}"', '"\\\n\t\rä😀${x}%{y}'),
        (r'"\UFFFFFFFF"', "\ufffd"),
        ('"${local.one}"', 1),
        ('"n=${local.one} ${true} ${null}"', "n=1 true null"),
        ('"${local.list[1]}!"', "b!"),
        ("[1, 2,\n # three\n 3]", [1, 2, 3]),
        ("local.map.a.b", "c"),
        ('local.map["quoted"]', 2),
        ("local.list[0]", "a"),
        ("true ? 1 : 2", 1),
        ("false ? 1 : 2", 2),
        ('upper("a")', "A"),
        ('lower("A")', "a"),
        ("toset([1])", [1]),
        ("concat([1], [], [2])", [1, 2]),
        ('lookup(local.map, "quoted")', 2),
        ('lookup(local.map, "none", "d")', "d"),
        ("jsonencode({ a = 1 })", {"a": 1}),
        ("<<EOF\nno \\n escapes, $${x} ${local.one}\nEOF", "no \\n escapes, ${x} 1\n"),
    ],
)
def test_what_the_folder_tells_is_known(expression: str, value: Value) -> None:
    assert worth(expression) == value


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("var.x", "var.x"),
        ("var.x.y[0]", "var.x.y[0]"),
        ("local.none", "local.none"),
        ("local.list[9]", "local.list[9]"),
        ("local.list.a", "local.list.a"),
        ("local.list[*]", "local.list[*]"),
        ("local.map.none", "local.map.none"),
        ("local.loop", "local.loop"),
        ("local.one + 1", "local.one + 1"),
        ("!true", "!true"),
        ("f().x", "f().x"),
        ("f()", "f()"),
        ("upper(var.x)", "upper(var.x)"),
        ("concat([1], var.x)", "concat([1], var.x)"),
        ('lookup(local.map, "none")', 'lookup(local.map, "none")'),
        ("var.x ? 1 : 2", "var.x ? 1 : 2"),
        ("x", "x"),
        ("[for y in z : y]", "[for y in z : y]"),
        ('"${var.x}"', "var.x"),
    ],
)
def test_what_it_does_not_tell_is_named_as_written(expression: str, text: str) -> None:
    assert worth(expression) == Unresolved(text)


@pytest.mark.parametrize(
    ("expression", "partly"),
    [
        ('"a ${var.x} b"', "a \ufffd b"),
        ('"a ${[var.x]}"', "a \ufffd"),
        ('"%{ if var.x }a%{ endif }b"', "\ufffdb"),
        ("<<EOF\n${var.x}\nEOF", "\ufffd\n"),
    ],
)
def test_a_template_keeps_what_is_known_of_it(expression: str, partly: str) -> None:
    found = worth(expression)
    assert isinstance(found, Unresolved)
    assert found.partly == partly


def test_a_key_that_is_not_known_is_a_hole() -> None:
    assert worth("{ (var.x) = 1 }") == {"\ufffd": 1}


def test_locals_that_double_each_other_end() -> None:
    lines = "\n".join(f"a{n} = [local.a{n + 1}, local.a{n + 1}]" for n in range(40))
    parsed = parse(SourceFile("x.tf", lines))
    assert isinstance(parsed, Parsed)
    scope = Scope({f"local.{n}": one.value for n, one in parsed.attributes.items()})
    assert isinstance(scope.evaluate(parsed.attributes["a0"].value), Unresolved)


def test_nesting_of_any_depth_ends() -> None:
    assert isinstance(worth("[" * 3000 + "]" * 3000), Unresolved)
