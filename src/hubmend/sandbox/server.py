"""The HTTP face of the sandbox: simulations first, moto behind them, on loopback only.

werkzeug's development server closes every connection and waits 10 ms after each answer; SDK
clients keep theirs alive and call hundreds of times, so the request handler reads the whole body,
answers with a length and keeps the connection.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.identity import access_key, expired
from hubmend.sandbox.intake import read_request, unsigned_request
from hubmend.sandbox.wire import Response, error_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hubmend.sandbox.clock import SandboxClock
    from hubmend.sandbox.quotas import Quotas
    from hubmend.sandbox.wire import Request, Simulation

    StartResponse = Callable[..., Any]
    Score = Callable[[Request], Response]
    Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

LOG = logging.getLogger(__name__)


class SandboxApplication:
    """WSGI: control paths, then quotas, then the simulations in order, then moto.

    Control: GET/POST /hubmend/clock, GET /hubmend/counters, POST /hubmend/quotas,
    GET /hubmend/score?account=ID&region=NAME.
    """

    def __init__(
        self,
        moto: Application,
        simulations: Sequence[Simulation],
        *,
        clock: SandboxClock,
        quotas: Quotas,
        home: str,
        score: Score | None = None,
    ) -> None:
        self._moto = moto
        self._simulations = simulations
        self._clock = clock
        self._quotas = quotas
        self._home = home
        self._score = score

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if environ["PATH_INFO"].startswith("/hubmend/"):
            answer: Response | None = self._control(environ, body)
        else:
            request = read_request(environ, body, self._home)
            answer = self._offer(request, environ) if request else None
        if answer is None:
            try:
                return self._moto(environ, start_response)
            except NotImplementedError as error:  # moto says so by breaking the connection
                service = request.service if request else ""
                answer = error_answer(service, "NotImplemented", str(error), status=501)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, [*answer.headers.items(), ("x-amzn-RequestId", "hubmend-sandbox")])
        return [answer.body]

    def _offer(self, request: Request, environ: dict[str, Any]) -> Response | None:
        key = access_key(environ["HTTP_AUTHORIZATION"]) or ""
        if key.startswith("EXPIRED"):
            return expired(request.service)
        throttled = self._quotas.admit(request)
        if throttled:
            return throttled
        try:
            for simulation in self._simulations:
                answer = simulation.handle(request) if _wants(simulation, request) else None
                if answer is not None:
                    return answer
        except Exception as error:  # a simulation's bug must reach the caller, not hang it
            LOG.exception("%s %s failed in the sandbox", request.service, request.operation)
            message = f"the sandbox failed on {request.operation}: {error!r}; please report it"
            return error_answer(request.service, "InternalFailure", message, status=500)
        return None

    def _control(self, environ: dict[str, Any], body: bytes) -> Response:
        path, verb = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        content: Any
        if path == "/hubmend/score" and self._score is not None:
            return self._score(unsigned_request(environ))
        try:
            wanted = json.loads(body or b"{}")
            if path == "/hubmend/clock" and verb == "POST":
                content = {"now": self._clock.advance(float(wanted["advance"])).isoformat()}
            elif path == "/hubmend/clock":
                content = {"now": self._clock.now().isoformat()}
            elif path == "/hubmend/counters":
                content = {"counters": self._quotas.rows()}
            elif path == "/hubmend/quotas" and verb == "POST":
                self._quotas.enabled = bool(wanted["enabled"])
                content = {"enabled": self._quotas.enabled}
            else:
                return Response(404, b'{"error": "no such control path"}')
        except (KeyError, TypeError, ValueError) as error:
            return Response(400, json.dumps({"error": f"bad request: {error!r}"}).encode())
        return Response(200, json.dumps(content).encode(), {"Content-Type": "application/json"})


def _wants(simulation: Simulation, request: Request) -> bool:
    return request.service in simulation.services


class LoopbackServer:
    """A threaded HTTP server on 127.0.0.1; `port` 0 takes a free one, readable after `start`."""

    def __init__(self, application: Application, port: int) -> None:
        from hubmend.sandbox.handler import make_server  # noqa: PLC0415 - imports moto and flask

        self._connections: set[socket.socket] = set()
        self._server = make_server(application, port, self._connections)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="hubmend-sandbox",
            daemon=True,
        )

    def start(self) -> None:
        """Serve in a background thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, close every kept connection and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):  # the client may have closed it first
                connection.shutdown(socket.SHUT_RDWR)
