"""A little HTTP server on loopback that answers as a test scripts it, and counts requests."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

WHO = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/tester</Arn>"
    "<UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)


@dataclass(frozen=True)
class Reply:
    """One answer: `how` is answer, drop (after reading the request), cut or slow.

    A service that speaks XML gets `text`, or what `body` says of a refusal.
    """

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    how: str = "answer"
    text: str = ""


def refusal(code: str, reason: str = "because", status: int = 400) -> Reply:
    return Reply(status, {"__type": code, "message": reason})


@dataclass
class Script:
    """What the server answers, in order; the last answer is given for ever. STS is apart.

    `off` are regions in which STS does not know the caller.
    """

    replies: list[Reply]
    off: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)  # operations asked for, in order

    def next(self, operation: str) -> Reply:
        self.seen.append(operation)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving(*replies: Reply) -> Iterator[tuple[str, Script]]:
    """Serve a script; give its address and what it has seen."""
    script = Script(list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unused_address() -> str:
    """Return an address on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _xml(refused: Mapping[str, Any]) -> str:
    code, reason = refused["__type"], refused["message"]
    said = f"<Error><Code>{code}</Code><Message>{reason}</Message></Error>"
    return f"<ErrorResponse>{said}</ErrorResponse>"


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if b"GetCallerIdentity" in body:
                unknown = any(f"/{one}/sts/" in self.headers["Authorization"] for one in script.off)
                said = _xml(refusal("InvalidClientTokenId").body) if unknown else WHO
                self._send(403 if unknown else 200, said.encode(), "text/xml")
                return
            if asked := parse_qs(body.decode()).get("Action"):
                reply = script.next(asked[0])
                self._send(reply.status, (reply.text or _xml(reply.body)).encode(), "text/xml")
                return
            target = str(self.headers.get("X-Amz-Target", "?"))
            self._play(script.next(target.rsplit(".", 1)[-1]))

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

        def _play(self, reply: Reply) -> None:
            text = json.dumps(reply.body).encode()
            if reply.how == "drop":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if reply.how == "slow":
                time.sleep(0.6)
            self._send(reply.status, text, "application/x-amz-json-1.0", cut=reply.how == "cut")

        def _send(self, status: int, body: bytes, kind: str, *, cut: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = cut

    return Handler
