"""hubmend: take Security Hub control StepFunctions.1 from FAILED to PASSED, with proof, and back.

The verbs of the command line as a typed Python API:

    import asyncio, hubmend

    async def main() -> None:
        async with hubmend.connect(hubmend.Options(regions=("us-east-1",))) as hub:
            scan = await hub.scan()
            print(scan.summary)

    asyncio.run(main())

`hub.scan()` returns all rows; `async for row in await hub.scanning()` takes them one by one.
Names are imported when first used, so that `import hubmend` costs nothing.
"""

from __future__ import annotations

# typing is not imported: it would take longer than `hubmend --help` does.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from hubmend.core.decision import Decision
    from hubmend.core.dossier import Dossier
    from hubmend.core.errors import AwsError, HubmendError, UsageError
    from hubmend.core.plan import Plan, dump_plan, load_plan
    from hubmend.core.resource import Kind, Resource, Scan, Tally, Verdict
    from hubmend.core.rollout import Rollout
    from hubmend.core.run import Run, RunResult
    from hubmend.core.settings import Settings, load_settings
    from hubmend.core.verification import Verification
    from hubmend.flow.check import Checked
    from hubmend.flow.decide import Wish
    from hubmend.flow.fix import Fixed
    from hubmend.flow.scan import Scanning
    from hubmend.iac.source import Wanted
    from hubmend.policy import Options
    from hubmend.sources import check, fix
    from hubmend.wiring import Hubmend, connect

__version__ = "0.1.0"

_HOME = {
    "AwsError": "core.errors",
    "Checked": "flow.check",
    "Decision": "core.decision",
    "Dossier": "core.dossier",
    "Fixed": "flow.fix",
    "Hubmend": "wiring",
    "HubmendError": "core.errors",
    "Kind": "core.resource",
    "Options": "policy",
    "Plan": "core.plan",
    "Resource": "core.resource",
    "Rollout": "core.rollout",
    "Run": "core.run",
    "RunResult": "core.run",
    "Scan": "core.resource",
    "Scanning": "flow.scan",
    "Settings": "core.settings",
    "Tally": "core.resource",
    "UsageError": "core.errors",
    "Verdict": "core.resource",
    "Verification": "core.verification",
    "Wanted": "iac.source",
    "Wish": "flow.decide",
    "check": "sources",
    "connect": "wiring",
    "dump_plan": "core.plan",
    "fix": "sources",
    "load_plan": "core.plan",
    "load_settings": "core.settings",
}

__all__ = [
    "AwsError",
    "Checked",
    "Decision",
    "Dossier",
    "Fixed",
    "Hubmend",
    "HubmendError",
    "Kind",
    "Options",
    "Plan",
    "Resource",
    "Rollout",
    "Run",
    "RunResult",
    "Scan",
    "Scanning",
    "Settings",
    "Tally",
    "UsageError",
    "Verdict",
    "Verification",
    "Wanted",
    "Wish",
    "check",
    "connect",
    "dump_plan",
    "fix",
    "load_plan",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module 'hubmend' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - `import hubmend` costs nothing

    return getattr(import_module(f"hubmend.{_HOME[name]}"), name)
