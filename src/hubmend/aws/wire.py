"""One HTTP client for every account, region and service: botocore's models, parsers and signatures.

The SDK's own clients cost four times the processor time of what is kept of them here, and a pool
of connections for each service in each region (docs/performance.md). What a request and an answer
look like, where a service is, and how a request is signed stays botocore's.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import botocore
from botocore import handlers, parsers, serialize
from botocore.auth import SigV4Auth
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.session import Session
from botocore.utils import get_environ_proxies, parse_timestamp
from yarl import URL

from hubmend.aws.answers import refuse_broken
from hubmend.aws.endpoints import Endpoints
from hubmend.aws.models import Models
from hubmend.core.call import Call

CONNECT_SECONDS = 5.0
CONNECTIONS = 200  # in all: some systems let a process have 256 files open, sockets included
_REFUSED = 300
USER_AGENT = f"hubmend botocore/{botocore.__version__}"


class Wire:
    """Makes calls; opens its connections with the first, and none before.

    `answer` is how long an answer may take, in seconds.
    """

    def __init__(self, session: Session, answer: float) -> None:
        self._session, self._answer = session, answer
        self.models, self._endpoints = Models(), Endpoints(session)
        self._protocols: dict[str, tuple[Any, Any]] = {}
        self._proxies: dict[str, str | None] = {}
        self._http: aiohttp.ClientSession | None = None

    async def call(self, credentials: Any, region: str, call: Call) -> dict[str, Any]:
        """Make a call with frozen credentials, once.

        Raise what botocore and aiohttp raise (`aws.failures` translates it), or AwsError for an
        answer that is not whole.
        """
        operation = self.models.service(call.service).operation_model(call.operation)
        request = self._request(credentials, region, operation, call.params)
        async with self._client().request(
            request.method,
            URL(request.url, encoded=True),
            data=request.body,
            headers=dict(request.headers.items()),
            allow_redirects=False,
            proxy=self._proxy(request.url),
            ssl=self._trust if request.url.startswith("https:") else True,
        ) as response:
            body = await response.read()
            whole = {"status_code": response.status, "headers": response.headers, "body": body}
        return self._parsed(operation, whole)

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.close()

    def _request(
        self, credentials: Any, region: str, operation: OperationModel, params: Mapping[str, Any]
    ) -> Any:
        """Return the signed request, ready to be sent."""
        endpoint = self._endpoints.of(operation.service_model, region)
        serializer, _ = self._protocol(operation)
        asked: dict[str, Any] = serializer.serialize_to_request(dict(params), operation)
        if "host_prefix" in asked and not self._prefixed(endpoint.url):
            del asked["host_prefix"]
        prepare_request_dict(asked, endpoint.url, user_agent=USER_AGENT)
        request = create_request_object(asked)
        signer = SigV4Auth(credentials, endpoint.signing_name, endpoint.signing_region)
        signer.add_auth(request)
        return request.prepare()

    def _parsed(self, operation: OperationModel, response: dict[str, Any]) -> dict[str, Any]:
        refuse_broken(response, operation)
        _, parser = self._protocol(operation)
        parsed: dict[str, Any] = parser.parse(response, operation.output_shape)
        if response["status_code"] >= _REFUSED:
            raise ClientError(parsed, operation.name)
        parsed.pop("ResponseMetadata", None)
        if decode := _AFTERWARDS.get(operation.service_model.service_name):
            decode(parsed, operation)
        return parsed

    def _protocol(self, operation: OperationModel) -> tuple[Any, Any]:
        name = str(operation.service_model.resolved_protocol)
        if name not in self._protocols:
            factory = parsers.ResponseParserFactory()
            factory.set_parser_defaults(blob_parser=None, timestamp_parser=_moment)
            self._protocols[name] = (
                serialize.create_serializer(name, include_validation=True),
                factory.create_parser(name),
            )
        return self._protocols[name]

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=self._answer)
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            self._http = aiohttp.ClientSession(
                connector=connector,
                timeout=timeout,
                skip_auto_headers=("User-Agent", "Content-Type", "Accept-Encoding"),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http

    def _prefixed(self, url: str) -> bool:
        """Whether an operation's own host prefix is used: "sync-" is no name of a loopback host."""
        disabled = self._session.get_config_variable("disable_host_prefix_injection")
        return not disabled and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1")

    def _proxy(self, url: str) -> str | None:
        """Return the proxy the environment names for a URL, looked up once per host.

        aiohttp would look it up for each request, in a thread.
        """
        host = urlsplit(url).netloc
        if host not in self._proxies:
            proxies = get_environ_proxies(url)
            self._proxies[host] = proxies.get(urlsplit(url).scheme)
        return self._proxies[host]

    @cached_property
    def _trust(self) -> ssl.SSLContext | bool:
        """Return whom to trust; reading the user's own certificates takes a while."""
        bundle = self._session.get_config_variable("ca_bundle")
        return ssl.create_default_context(cafile=bundle) if bundle else True


def _moment(value: Any) -> datetime:
    """Return a moment; botocore looks the local time zone up for each that comes as a number."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    parsed: datetime = parse_timestamp(value)
    return parsed


def _policies(parsed: dict[str, Any], operation: OperationModel) -> None:
    handlers.json_decode_policies(parsed, operation)


def _template(parsed: dict[str, Any], operation: OperationModel) -> None:
    if operation.name == "GetTemplate":
        handlers.json_decode_template_body(parsed)


# What botocore's clients do after parsing, for the two services where hubmend relies on it.
_AFTERWARDS: dict[str, Callable[[dict[str, Any], OperationModel], None]] = {
    "iam": _policies,
    "cloudformation": _template,
}
