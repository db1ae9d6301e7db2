"""The rule STEP_FUNCTIONS_STATE_MACHINE_LOGGING_ENABLED as one pure function."""

from __future__ import annotations

LEVELS = ("ALL", "ERROR", "FATAL")


def judge(level: str | None, required: str | None) -> str:
    """PASSED or FAILED for a machine's logging level (F§1.2).

    A missing level and OFF fail. Without a customised `logLevel` any other level passes; with one
    only exactly that level does. Whether AWS also passes a more verbose level than the customised
    one is UNCONFIRMED (the Config and the Security Hub pages disagree); this is the conservative
    reading, under which a caller who sets exactly the customised level is right either way.
    """
    if level not in LEVELS:
        return "FAILED"
    return "PASSED" if required is None or level == required else "FAILED"
