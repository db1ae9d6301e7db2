"""What people write: boto3 in a loop, or in threads, with botocore's retries.

python -m bench.contenders.plain_boto3 REGIONS THREADS RETRY_MODE OUTPUT
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def scan(regions: list[str], threads: int, mode: str) -> set[str]:
    """Return the ARNs of the machines whose level is OFF; one that is throttled away is lost."""
    retries = {"mode": mode, "max_attempts": 10 if mode == "adaptive" else 4}
    config = Config(retries=retries, max_pool_connections=max(threads, 1))
    failing: set[str] = set()

    def look(client: Any, arn: str) -> None:
        try:
            answer = client.describe_state_machine(stateMachineArn=arn)
        except ClientError:
            return
        if answer.get("loggingConfiguration", {}).get("level", "OFF") == "OFF":
            failing.add(arn)

    for region in regions:
        client = boto3.client("stepfunctions", region_name=region, config=config)
        pages = client.get_paginator("list_state_machines").paginate()
        arns = [one["stateMachineArn"] for page in pages for one in page["stateMachines"]]
        if threads:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda arn, one=client: look(one, arn), arns))
        else:
            for arn in arns:
                look(client, arn)
    return failing


if __name__ == "__main__":
    given = sys.argv[1:]
    failed = scan(given[0].split(","), int(given[1]), given[2])
    Path(given[3]).write_text(json.dumps(sorted(failed)), encoding="utf-8")
