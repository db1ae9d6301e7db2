"""What the control asks for in a target: its parameters, or that nobody may tell."""

from __future__ import annotations

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Hub

# The same words wherever it happens, so that a scan says it once of many accounts.
UNKNOWN = (
    "machines pass at any level: Security Hub refused to tell which logLevel the control asks for "
    "(hubmend doctor says what to add)"
)


async def asked(hub: Hub, target: Target) -> Parameters:
    """Return the control's parameters; where AWS refuses to tell them, any level passes.

    `fault` says so then, for a machine may pass that the control fails. Raise AwsError for what is
    no refusal.
    """
    try:
        return Parameters(await hub.parameters(target))
    except AwsError as error:
        if error.kind is not ErrorKind.DENIED:
            raise
        return Parameters(fault=UNKNOWN)
