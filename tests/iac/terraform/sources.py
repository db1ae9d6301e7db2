"""Terraform as tests write it: a machine, its role, and whatever a case is about."""

from __future__ import annotations

from hubmend.core.resource import Verdict
from hubmend.iac.source import Found, Machine, Patch, SourceFile, Wanted, patched
from hubmend.iac.terraform import Terraform

TERRAFORM = Terraform()
RIGHTS = """
resource "aws_iam_role" "r" {
  assume_role_policy = "{}"
}
"""


def machine(body: str = "", name: str = "m") -> str:
    """Return a state machine with the role of RIGHTS, and more in its body."""
    return f"""resource "aws_sfn_state_machine" "{name}" {{
  name       = "orders"
  role_arn   = aws_iam_role.r.arn
  definition = "{{}}"
{body}}}
"""


def logged(level: str, name: str = "m") -> str:
    """Return a state machine that logs at what `level` is worth."""
    inner = f'    level = {level}\n    log_destination = "${{x.y}}:*"\n'
    return machine(f"  logging_configuration {{\n{inner}  }}\n", name)


def folder(*texts: str, **named: str) -> tuple[SourceFile, ...]:
    """Return files of one folder: numbered ones, and others by name (`_` for a dot)."""
    numbered = {f"{number}.tf": text for number, text in enumerate(texts)}
    others = {name.replace("_", "."): text for name, text in named.items()}
    return tuple(SourceFile(f"infra/{name}", text) for name, text in {**numbered, **others}.items())


def find(*texts: str, **named: str) -> Found:
    return TERRAFORM.find(folder(*texts, **named))


def only(*texts: str, **named: str) -> Machine:
    """Return the one machine there is."""
    (found,) = find(*texts, **named).machines
    return found


def fixed(*texts: str, wanted: Wanted | None = None, **named: str) -> str:
    """Return the first file, patched, after everything a patch promises has been checked."""
    files = folder(*texts, **named)
    patch = TERRAFORM.patch(files, wanted or Wanted())
    assert not patch.refused, patch.refused
    return proved(files, patch)[0].text


def proved(files: tuple[SourceFile, ...], patch: Patch) -> tuple[SourceFile, ...]:
    """Return patched files: the original and additions, all that was fixed passes, and stays."""
    after = patched(files, patch.edits)
    assert TERRAFORM.differs(files, after, patch) is None
    verdicts = {(one.path, one.id): one.verdict for one in TERRAFORM.find(after).machines}
    for one in patch.fixed:
        assert verdicts[one.path, one.id] is Verdict.PASSED
    again = TERRAFORM.patch(after, Wanted())
    assert (again.edits, again.fixed) == ((), ())
    return after


def refusal(*texts: str, wanted: Wanted | None = None, **named: str) -> str:
    """Return why the one machine of a folder is not patched; nothing may be."""
    patch = TERRAFORM.patch(folder(*texts, **named), wanted or Wanted())
    assert not patch.edits
    (refused,) = patch.refused
    assert "logging_configuration" in refused.snippet
    return refused.reason.partition("not patched: ")[2]
