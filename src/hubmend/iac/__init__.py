"""The same control on infrastructure as code: state machines in source, and the source patch.

A language is one module that implements `hubmend.iac.source.Language`, named in `LANGUAGES`.
"""

from __future__ import annotations

from hubmend.iac import cdk, template
from hubmend.iac.source import Language
from hubmend.iac.terraform import Terraform

# Asked in this order; the first that claims a file has it.
LANGUAGES: tuple[Language, ...] = (Terraform(), *cdk.ALL, *template.ALL)
