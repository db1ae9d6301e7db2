"""How one HTTP connection is served: HTTP/1.1, kept alive, quiet.

Apart from server.py because it needs moto and werkzeug at import, which take a second.
"""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubmend.sandbox.server import Application


class KeepAliveHandler(MotoRequestHandler):
    """Reads a request wholly, answers with Content-Length, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet

    def run_wsgi(self) -> None:
        """Answer one request through the application."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        started: list[Any] = []
        written: list[bytes] = []  # WSGI's old way of answering, which nothing here uses

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: Any = None, /
        ) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return written.append

        answer = self.server.app(environ, start_response)
        body = b"".join([*written, *answer])
        status, headers = started
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _body(self, environ: dict[str, Any]) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body: bytes = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the sandbox's output belongs to whoever started it."""


class TrackingServer(ThreadedWSGIServer):
    """A threaded server that knows its open connections, so that stopping can close them."""

    connections: set[socket.socket]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while a thread serves it."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away in mid-request."""


def make_server(
    application: Application, port: int, connections: set[socket.socket]
) -> TrackingServer:
    """Bind 127.0.0.1:`port`; raises OSError when the port is taken.

    The socket is bound here because werkzeug, when it binds and fails, ends the process.
    """
    with socket.create_server(("127.0.0.1", port), backlog=128) as bound:
        taken = int(bound.getsockname()[1])
        server = TrackingServer(
            "127.0.0.1", taken, application, handler=KeepAliveHandler, fd=bound.fileno()
        )
    server.connections = connections
    return server
