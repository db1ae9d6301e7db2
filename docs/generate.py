"""Write docs/reference from the code: `python -m docs.generate`, or `make reference`.

What the code already says is not said again by hand. The pages are committed, so that they can be
read without building anything; tests/docs holds them equal to what this module would write.
"""

from __future__ import annotations

from pathlib import Path

from docs.generators import commands, documents, events, exits, settings

FOLDER = Path(__file__).parent / "reference"
NOTICE = "<!-- Generated from the code by `make reference`. Do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    written = {
        "commands.md": commands.page(),
        "policy-file.md": settings.page(),
        "event-types.md": events.page(),
        "exit-codes.md": exits.page(),
        "documents.md": documents.page(),
    }
    return {name: NOTICE + text.rstrip() + "\n" for name, text in written.items()}


def write() -> list[str]:
    """Write the pages, drop those no longer generated, and return what changed."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    changed = []
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
            changed.append(f"removed {path.name}")
    for name, text in wanted.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(f"wrote {name}")
    return changed


if __name__ == "__main__":
    print("\n".join(write()) or "docs/reference is as the code says")
