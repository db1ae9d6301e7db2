"""Control status and security score, which AWS shows in its console and no API returns.

Computed from the findings alone by the published rules (F§1.6, F§1.7) and at once, where AWS
recomputes them once a day; tests use it as the independent answer to compare with.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from urllib.parse import parse_qs

from hubmend.sandbox.hub.catalogue import CONTROLS, STANDARDS, Control, Standard
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.hub.world import World
from hubmend.sandbox.wire import Request, Response


def control_status(
    targets: Sequence[Target], control: Control, standard: Standard | None = None
) -> str:
    """Passed, Failed, Unknown, No data or Disabled over the targets (F§1.6).

    Archived and suppressed findings are ignored. Several targets are the administrator's view:
    Failed as soon as one of them is. `standard` narrows to the control in that standard.
    """
    running = [
        target
        for target in targets
        if (standard in target.standards_of(control) if standard else target.standards_of(control))
    ]
    if not running:
        return "Disabled"
    seen = {
        finding.asff["Compliance"]["Status"]
        for target in running
        for finding in target.findings.values()
        if finding.control == control.id
        and finding.active
        and finding.asff["Workflow"]["Status"] != "SUPPRESSED"
        and (standard is None or finding.standard in {None, standard.key})
    }
    if "FAILED" in seen:
        return "Failed"
    if seen & {"WARNING", "NOT_AVAILABLE"}:
        return "Unknown"
    return "Passed" if seen else "No data"


def score(targets: Sequence[Target], standard: Standard) -> int | None:
    """Passed controls in a hundred Passed, Failed and Unknown ones, whole percent (F§1.7).

    None while nothing is counted, as before the first check.
    """
    statuses = [
        control_status(targets, control, standard)
        for control in CONTROLS.values()
        if standard in control.standards
    ]
    counted = [status for status in statuses if status in {"Passed", "Failed", "Unknown"}]
    if not counted:
        return None
    return math.floor(100 * counted.count("Passed") / len(counted) + 0.5)


def score_answer(world: World, request: Request) -> Response:
    """GET /hubmend/score?account=..&region=..: scores per standard and the control's status."""
    query = parse_qs(request.query)
    if "account" not in query or "region" not in query:
        message = {"error": "name both ?account= and &region="}
        return Response(400, json.dumps(message).encode(), {"Content-Type": "application/json"})
    targets = world.visible(query["account"][0], query["region"][0])
    content = {
        "account": query["account"][0],
        "region": query["region"][0],
        "scores": {standard.key: score(targets, standard) for standard in STANDARDS},
        "controls": {control.id: control_status(targets, control) for control in CONTROLS.values()},
    }
    return Response(200, json.dumps(content).encode(), {"Content-Type": "application/json"})
