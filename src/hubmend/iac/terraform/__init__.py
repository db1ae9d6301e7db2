"""Terraform: the provider's aws_sfn_state_machine, and the registry's step-functions module.

A folder is read as Terraform reads it: `syntax` parses, `values` follows variables and locals,
`machine` judges, `role` and `policy` say what the role may do.
"""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.iac.source import Found, Patch, Refused, SourceFile, Wanted
from hubmend.iac.terraform.difference import difference
from hubmend.iac.terraform.folder import read
from hubmend.iac.terraform.machine import MODULE, RESOURCE, sites
from hubmend.iac.terraform.patch import patch

_JSON = (
    "it is in Terraform's JSON syntax, which is not judged; `hubmend scan` judges what it deploys"
)


class Terraform:
    """Terraform's native syntax. Its JSON syntax is found, and refused."""

    suffixes = (".tf", ".tf.json", ".tfvars", ".tfvars.json")
    whole_folder = True

    def claims(self, path: str, text: str) -> bool:
        """Whether a file names the resource or the module."""
        return path.endswith((".tf", ".tf.json")) and (
            RESOURCE in text or MODULE.search(text) is not None
        )

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return every state machine of a folder."""
        folder = read(files)
        return Found(
            machines=tuple(site.machine for site in sites(folder)),
            refused=(*folder.broken, *self._json(files)),
        )

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:
        """Return the insertions for every failing machine of a folder."""
        return patch(read(files), wanted)

    def differs(
        self, before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch
    ) -> str | None:
        """Return how a patched folder is more than the original and the additions, or None."""
        for old, new in zip(before, after, strict=True):
            edits = [edit for edit in patch.edits if edit.path == old.path]
            found = difference(old, new, edits) if edits or old != new else None
            if found:
                return found
        return None

    def _json(self, files: Sequence[SourceFile]) -> list[Refused]:
        return [
            Refused(file.path, None, _JSON)
            for file in files
            if file.path.endswith(".tf.json") and self.claims(file.path, file.text)
        ]
