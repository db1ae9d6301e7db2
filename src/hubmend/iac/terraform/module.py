"""The registry's step-functions module: logging turned on by its own inputs.

It makes the log group, with retention, and the role's policy; it is told both names and days.
https://registry.terraform.io/modules/terraform-aws-modules/step-functions/aws
"""

from __future__ import annotations

from hubmend.iac.source import NEW, Rights, Wanted
from hubmend.iac.terraform.destination import group_name
from hubmend.iac.terraform.machine import LOGGING, Site
from hubmend.iac.terraform.syntax import Block
from hubmend.iac.terraform.writing import aligned, indented, literal, quoted, truth

_NAME = "cloudwatch_log_group_name"
_EXISTING = "use_existing_cloudwatch_log_group"
_DAYS = "cloudwatch_log_group_retention_in_days"


def obstacle(site: Site, wanted: Wanted) -> str:
    """Return why a module's inputs cannot turn logging on, or nothing."""
    if site.block.value(LOGGING):
        return f"its {LOGGING} is set: change it by hand"
    if site.machine.role_rights is not Rights.PRESENT:
        return "its role is not the module's to give rights to, as far as this folder tells"
    if wanted.log_group != NEW and (site.block.value(_NAME) or site.block.value(_EXISTING)):
        return "it names a log group of its own"
    return ""


def inputs(block: Block, wanted: Wanted, level: str) -> list[list[str]]:
    """Return the inputs to add; those its owner has set stay as they are."""
    data = {"level": quoted(level), "include_execution_data": truth(wanted.include_execution_data)}
    logging = [f"{LOGGING} = {{", *indented(aligned(data)), "}"]
    given = {name: value for name, value in _group(block, wanted).items() if not block.value(name)}
    return [logging, aligned(given)] if given else [logging]


def _group(block: Block, wanted: Wanted) -> dict[str, str]:
    if wanted.log_group == NEW:
        key, name = group_name(block) or ("", "")
        named = {_NAME: quoted(name)} if key == "name" else {}
        return {**named, _DAYS: str(wanted.retention_days)}
    name = wanted.log_group.removesuffix(":*").rpartition(":")[2]
    return {_EXISTING: "true", _NAME: literal(name)}
