"""Whether AWS offers the control in a region is asked once, and a refusal is no answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubmend.aws.hub import SecurityHub
from hubmend.core.arn import Target
from tests.aws.test_inventories import DENIED, ENDED
from tests.aws.test_scope import OWN, Organization
from tests.fakes.findings import CONTROL, KIND


def available(word: str) -> dict[str, Any]:
    return {"SecurityControlDefinition": {"CurrentRegionAvailability": word}}


@pytest.mark.parametrize(
    ("answer", "offered"),
    [
        (available("AVAILABLE"), True), (available("UNAVAILABLE"), False), ({}, True),
        (DENIED, True), (ENDED, True),
    ],
)  # fmt: skip
async def test_a_region_is_asked_about_once_in_the_callers_account(
    answer: Any, offered: bool
) -> None:
    gateway = Organization({"GetSecurityControlDefinition": answer})
    hub = SecurityHub(gateway, CONTROL, KIND)
    assert await asyncio.gather(*[hub.offered("af-south-1") for _ in range(9)]) == [offered] * 9
    assert gateway.places("GetSecurityControlDefinition") == [Target(OWN, "af-south-1")]
    await hub.offered("me-south-1")
    assert len(gateway.calls) == 2
