"""Exit codes, and which error ends in which, from the tree of errors."""

from __future__ import annotations

import inspect

from docs.generators.markdown import table
from hubmend.core import errors
from hubmend.core.errors import DONE, FAILING, INCOMPLETE, USAGE, HubmendError

MEANINGS = {
    DONE: "Done, and nothing is failing.",
    FAILING: "Failing resources remain, or a change failed.",
    USAGE: "Wrong usage or configuration; nothing was changed.",
    INCOMPLETE: "Incomplete: something in scope could not be evaluated, or it was stopped "
    "(Ctrl-C, a reader who left). 3 beats 1.",
}


def page() -> str:
    """Return the page."""
    codes = table(["Code", "Meaning"], [[f"{code}", text] for code, text in MEANINGS.items()])
    raised = table(
        ["Error", "Means", "Code"],
        [[f"`{kind.__name__}`", _summary(kind), f"{kind.exit_code}"] for kind in _tree()],
    )
    return f"# Exit codes\n\n{codes}## Errors\n\nThe Python API raises these instead.\n\n{raised}"


def _tree() -> list[type[HubmendError]]:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, HubmendError)
    ]
    unknown = {kind.exit_code for kind in kinds} - MEANINGS.keys()
    assert not unknown, f"say what exit code {unknown} means, in {__name__}.MEANINGS"
    return kinds


def _summary(kind: type) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]
