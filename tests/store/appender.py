"""A second hubmend process: append to a chain and say each position once it is durable."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from hubmend.store import open_store


async def append(url: str, chain: str, count: int) -> None:
    store = open_store(url)
    for number in range(count):
        entry = await store.append(chain, datetime.now(UTC), "called", {"number": number})
        sys.stdout.write(f"{entry.seq}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    asyncio.run(append(sys.argv[1], sys.argv[2], int(sys.argv[3])))
