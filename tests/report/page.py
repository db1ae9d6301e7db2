"""Reads a rendered report the way a browser would, far enough to judge it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "input", "hr", "link"}
SELF_CLOSED = {"rect", "circle"}


@dataclass
class Page:
    """What was found: every element with its attributes, the text, and nesting faults."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))
        if tag not in SELF_CLOSED:
            self.page.faults.append(f"<{tag}/> is not void")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.page.faults.append(f"</{tag}> closes {self.open[-1:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.page.text += data


def read(html: str) -> Page:
    """Parse a whole page; faults hold what is badly nested or left open."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.faults.extend(f"<{tag}> is left open" for tag in reader.open)
    return reader.page
