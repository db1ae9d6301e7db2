"""An answer is asked for once, also by those who ask while it is under way."""

from __future__ import annotations

import asyncio

import pytest

from hubmend.core.once import Once


async def test_those_who_ask_together_get_one_answer_for_each_key() -> None:
    asked: list[str] = []

    async def ask(key: str) -> str:
        asked.append(key)
        await asyncio.sleep(0)
        return key.upper()

    once = Once(ask)
    answers = await asyncio.gather(*(once.of(key) for key in "aabab"))
    assert (answers, await once.of("a"), asked) == ([*"AABAB"], "A", ["a", "b"])


async def test_a_fault_is_no_answer() -> None:
    left = [ValueError("busy"), None]

    async def ask(key: str) -> str:
        if fault := left.pop(0):
            raise fault
        return key

    once = Once(ask)
    with pytest.raises(ValueError, match="busy"):
        await once.of("a")
    assert await once.of("a") == "a"
