"""The command of each contender, and how to read which machines it says fail."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

POLICY = """
policies:
- name: logging
  resource: step-machine
  filters:
  - or:
    - {type: value, key: loggingConfiguration.level, value: "OFF"}
    - {type: value, key: loggingConfiguration.level, value: absent}
"""
FREE = """
[quotas]
"stepfunctions:DescribeStateMachine" = [1e9, 1e9]
"stepfunctions:ListStateMachines" = [1e9, 1e9]
"""
PEERS = Path(sys.prefix) / "peers"
HUBMEND = Path(sys.executable).with_name("hubmend")


@dataclass(frozen=True)
class Program:
    """A command, given regions, whether quotas are on and a folder; and the verdicts it left."""

    name: str
    command: Callable[[Sequence[str], bool, Path], list[str]]
    failing: Callable[[Path], set[str]]


def _written(folder: Path) -> set[str]:
    return set(json.loads((folder / "out.json").read_text(encoding="utf-8")))


def _floor(regions: Sequence[str], quotas: bool, folder: Path) -> list[str]:
    return [sys.executable, "-m", "bench.contenders.floor", ",".join(regions), "32",
            str(int(quotas)), str(folder / "out.json")]  # fmt: skip


def _boto3(threads: int, mode: str) -> Callable[[Sequence[str], bool, Path], list[str]]:
    def command(regions: Sequence[str], quotas: bool, folder: Path) -> list[str]:
        del quotas
        return [sys.executable, "-m", "bench.contenders.plain_boto3", ",".join(regions),
                str(threads), mode, str(folder / "out.json")]  # fmt: skip

    return command


def _hubmend(regions: Sequence[str], quotas: bool, folder: Path) -> list[str]:
    (folder / "hubmend.toml").write_text("" if quotas else FREE, encoding="utf-8")
    return [str(HUBMEND), "scan", "--regions", ",".join(regions), "--format", "json",
            "--output", str(folder / "scan.json"), "--store", f"sqlite:///{folder}/s.sqlite",
            "--config", str(folder / "hubmend.toml")]  # fmt: skip


def _scanned(folder: Path) -> set[str]:
    document = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    return {row["arn"] for row in document["resources"] if row["verdict"] == "FAILED"}


def _custodian(regions: Sequence[str], quotas: bool, folder: Path) -> list[str]:
    del quotas
    policy = folder / "policy.yml"
    policy.write_text(POLICY, encoding="utf-8")
    chosen = [word for region in regions for word in ("--region", region)]
    return [str(PEERS / "custodian/bin/custodian"), "run", "--cache-period", "0",
            "--output-dir", str(folder / "out"), *chosen, str(policy)]  # fmt: skip


def _matched(folder: Path) -> set[str]:
    return {
        machine["stateMachineArn"]
        for path in (folder / "out").rglob("resources.json")
        for machine in json.loads(path.read_text(encoding="utf-8"))
    }


def _prowler(regions: Sequence[str], quotas: bool, folder: Path) -> list[str]:
    del quotas
    return [str(PEERS / "prowler/bin/prowler"), "aws", "--no-banner", "--ignore-exit-code-3",
            "--checks", "stepfunctions_statemachine_logging_enabled",
            "--output-formats", "csv", "--output-directory", str(folder / "out"),
            "--filter-region", *regions]  # fmt: skip


def _reported(folder: Path) -> set[str]:
    failing: set[str] = set()
    for path in (folder / "out").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            failing |= {row["RESOURCE_UID"] for row in rows if row["STATUS"] == "FAIL"}
    return failing


PROGRAMS = {
    one.name: one
    for one in (
        Program("hubmend", _hubmend, _scanned),
        Program("Prowler", _prowler, _reported),
        Program("Cloud Custodian", _custodian, _matched),
        Program("boto3 loop", _boto3(0, "standard"), _written),
        Program("boto3, 16 threads", _boto3(16, "standard"), _written),
        Program("boto3, 16 threads, adaptive", _boto3(16, "adaptive"), _written),
        Program("floor", _floor, _written),
    )
}
