"""What a simulation receives and answers: one parsed AWS request, one HTTP response.

A simulation sits in front of moto and may answer a request or leave it to moto by answering
None, so each simulated service is one object that knows nothing of HTTP servers. Error shapes
differ by protocol, so the three AWS protocols met here are built once, in this module.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_SERVICES = frozenset({"states", "logs", "config", "organizations", "kms", "tagging"})
REST_JSON_SERVICES = frozenset({"securityhub"})


@dataclass(frozen=True)
class Request:
    """One AWS request as a simulation sees it.

    `service` is the signing name (states, logs, securityhub, config, iam, ...), `operation` the
    botocore operation name or None where it could not be told, `query` the raw query string.
    `headers` has lower-case names.
    """

    service: str
    region: str
    account: str
    operation: str | None
    path: str
    method: str
    body: bytes
    headers: Mapping[str, str]
    query: str

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object; an empty body is `{}`, anything else not JSON raises."""
        decoded = json.loads(self.body or b"{}")
        if not isinstance(decoded, dict):
            raise TypeError(f"{self.service} {self.operation}: the body is not a JSON object")
        return decoded


@dataclass(frozen=True)
class Response:
    """An HTTP answer: status code, body bytes and extra headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Simulation(Protocol):
    """A simulated piece of AWS, offered every request of its services before moto is."""

    @property
    def services(self) -> frozenset[str]:
        """Signing names of the services this simulation wants to see."""

    def handle(self, request: Request) -> Response | None:
        """Answer the request, or None to leave it to the next simulation and then to moto."""


def json_answer(content: Mapping[str, Any], *, rest: bool = False) -> Response:
    """Answer with success in the JSON protocols: AWS JSON 1.0, or REST-JSON with `rest`."""
    kind = "application/json" if rest else "application/x-amz-json-1.0"
    return Response(200, json.dumps(content).encode(), {"Content-Type": kind})


def error_answer(service: str, code: str, message: str, *, status: int = 400) -> Response:
    """Answer with an error in the protocol of `service`: JSON with a type header, or query XML."""
    if service in REST_JSON_SERVICES:
        body = json.dumps({"Code": code, "Message": message}).encode()
        return Response(
            status, body, {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        )
    if service in JSON_SERVICES:
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
        return Response(status, body, headers)
    xml = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "</Error><RequestId>hubmend-sandbox</RequestId></ErrorResponse>"
    )
    return Response(status, xml.encode(), {"Content-Type": "text/xml"})
