"""What the control asks for in a target: its parameters, or that nobody may tell."""

from __future__ import annotations

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Hub


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
        return Parameters(fault=f"the control's logLevel is unknown, any level passes: {error}")
