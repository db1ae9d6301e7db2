"""The floor: raw asyncio, requests written by hand, nothing judged but the level.

    python -m bench.contenders.floor REGIONS CONCURRENCY QUOTAS OUTPUT

QUOTAS is 1 to keep AWS's pace for DescribeStateMachine (200 at once, 20 a second after).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

BURST, RATE = 200, 20.0


class Line:
    """One connection, one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, region: str, operation: str, body: dict[str, str]) -> dict[str, object]:
        """Make one call; the signature is not checked by anybody."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        payload = json.dumps(body).encode()
        scope = f"AKIA111122223333AAAA/20260101/{region}/states/aws4_request"
        head = (
            f"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSStepFunctions.{operation}\r\n"
            f"authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=x\r\n"
            f"content-length: {len(payload)}\r\n\r\n"
        )
        writer.write(head.encode() + payload)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        found: dict[str, object] = json.loads(await reader.readexactly(length))
        return found


async def listed(line: Line, region: str) -> list[str]:
    """Return the ARNs of a region."""
    arns: list[str] = []
    token = ""
    while True:
        answer = await line.ask(region, "ListStateMachines", {"nextToken": token} if token else {})
        machines = answer["stateMachines"]
        assert isinstance(machines, list)
        arns += [one["stateMachineArn"] for one in machines]
        token = str(answer.get("nextToken", ""))
        if not token:
            return arns


async def scan(regions: list[str], concurrency: int, *, quotas: bool) -> set[str]:
    """Return the ARNs of the machines whose level is OFF."""
    where = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    lines = [Line(str(where.hostname), int(where.port or 80)) for _ in range(concurrency)]
    found = (
        await asyncio.gather(
            *(listed(lines[n % concurrency], region) for n, region in enumerate(regions))
        )
        if len(regions) <= concurrency
        else [await listed(lines[0], region) for region in regions]
    )
    left = deque(arn for arns in found for arn in arns)
    failing: set[str] = set()
    began, count = time.monotonic(), 0

    async def work(line: Line) -> None:
        nonlocal count
        while left:
            arn = left.popleft()
            count += 1
            if quotas and count > BURST:
                await asyncio.sleep(max(0.0, began + (count - BURST) / RATE - time.monotonic()))
            body = {"stateMachineArn": arn}
            answer = await line.ask(arn.split(":")[3], "DescribeStateMachine", body)
            logging = answer["loggingConfiguration"]
            assert isinstance(logging, dict)
            if logging["level"] == "OFF":
                failing.add(arn)

    await asyncio.gather(*(work(line) for line in lines))
    return failing


if __name__ == "__main__":
    given = sys.argv[1:]
    failed = asyncio.run(scan(given[0].split(","), int(given[1]), quotas=given[2] == "1"))
    Path(given[3]).write_text(json.dumps(sorted(failed)), encoding="utf-8")
