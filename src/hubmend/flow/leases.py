"""One operator per resource: a lease in the store, renewed while the work goes on."""

from __future__ import annotations

from datetime import timedelta

from hubmend.flow.context import Context

LENGTH = timedelta(minutes=10)


async def take(context: Context, resource: str, holder: str) -> str | None:
    """Take the lease of a resource; return why not when another run holds it."""
    now = context.clock.now()
    other = await context.store.lease(resource, holder, now, now + LENGTH)
    if other is None:
        return None
    return (
        f"run {other} is working on it; wait for it, or if it died, try again in "
        f"{LENGTH.seconds // 60} minutes"
    )
