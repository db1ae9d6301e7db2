"""What the synthesised templates must hold: six machines a stack, each with a log group of its own.

usage: templates.py CDK_OUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MACHINES = 6  # of one stack of the sample
PREFIX = "/aws/vendedlogs/states/"


def main(folder: str) -> None:
    """Check every template of a folder; names must differ over all stacks."""
    names = []
    for path in sorted(Path(folder).glob("*.template.json")):
        resources = json.loads(path.read_text(encoding="utf-8"))["Resources"]
        names += stack(resources)
        print(f"{path}: {MACHINES} machines log")  # noqa: T201
    assert len(names) == 2 * MACHINES == len(set(names)), names  # noqa: S101


def stack(resources: dict[str, Any]) -> list[str]:
    """Check one stack and return the names of its log groups."""
    found = [one for one in resources.items() if one[1]["Type"].endswith("::StateMachine")]
    assert len(found) == MACHINES, found  # noqa: S101
    groups = []
    for logical, machine in found:
        logging = machine["Properties"]["LoggingConfiguration"]
        express = machine["Properties"].get("StateMachineType") == "EXPRESS"
        assert logging["Level"] == ("ALL" if express else "ERROR"), logical  # noqa: S101
        (destination,) = logging["Destinations"]
        target = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"]
        group = resources[target[0]]
        assert target[1] == "Arn", logical  # noqa: S101
        assert group["DeletionPolicy"] == "Retain", logical  # noqa: S101
        assert group["Properties"]["RetentionInDays"] == 365, logical  # noqa: S101, PLR2004
        assert group["Properties"]["LogGroupName"].startswith(PREFIX), logical  # noqa: S101
        waits = [resources[name] for name in machine["DependsOn"]]
        assert any("logs:CreateLogDelivery" in json.dumps(one) for one in waits), logical  # noqa: S101
        groups.append(group["Properties"]["LogGroupName"])
    return groups


if __name__ == "__main__":
    main(sys.argv[1])
