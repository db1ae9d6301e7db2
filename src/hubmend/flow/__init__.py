"""The verbs: asyncio over the ports, one file each, the same for every control."""
