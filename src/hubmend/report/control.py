"""What a control is called and about, from its own record, so that no text here repeats it."""

from __future__ import annotations

from hubmend import controls


def title_of(control: str) -> str:
    """Return a control's title; its id where this hubmend does not know it."""
    return next((str(record.title) for record in _records() if record.id == control), control)


def explanation_of(control: str) -> str:
    """Return what a control is about in Markdown; its id where this hubmend does not know it."""
    return next((record.explain() for record in _records() if record.id == control), control)


def _records() -> list[controls.StepFunctions1]:
    return [getattr(controls, name)() for name in controls.__all__]
