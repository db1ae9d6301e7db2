"""From a WSGI environment to a `Request`: service, region, account and operation.

moto works these out inside each service; simulations and quotas need them beforehand. REST
services name no operation in the request, so their paths are matched against botocore's model.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hubmend.sandbox.identity import access_key, account_of, use_operator_key
from hubmend.sandbox.wire import REST_JSON_SERVICES, Request

if TYPE_CHECKING:
    from collections.abc import MutableMapping

SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
PLACEHOLDER = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


def read_request(environ: MutableMapping[str, Any], body: bytes, home: str) -> Request | None:
    """Parse a signed AWS request; None for an unsigned one, which only moto may understand.

    An access key nobody issued is replaced in `environ` by the operator's of account `home`.
    """
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = SCOPE.search(authorization)
    key = access_key(authorization)
    if scope is None or key is None:
        return None
    account = account_of(key)
    if account is None and not key.startswith("EXPIRED"):
        use_operator_key(environ, key)
    region, service = scope.groups()
    path, method = environ.get("PATH_INFO", "/"), environ.get("REQUEST_METHOD", "GET")
    return Request(
        service=service,
        region=region,
        account=account or home,
        operation=_operation(service, method, path, environ, body),
        path=path,
        method=method,
        body=body,
        headers=_headers(environ),
        query=environ.get("QUERY_STRING", ""),
    )


def unsigned_request(environ: MutableMapping[str, Any]) -> Request:
    """Return a control request: nobody signed it, so it names no account or region."""
    path, method = environ.get("PATH_INFO", "/"), environ.get("REQUEST_METHOD", "GET")
    query = environ.get("QUERY_STRING", "")
    return Request("hubmend", "", "", None, path, method, b"", {}, query)


def _headers(environ: MutableMapping[str, Any]) -> dict[str, str]:
    names = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    names["content-type"] = environ.get("CONTENT_TYPE", "")
    return names


def _operation(
    service: str, method: str, path: str, environ: MutableMapping[str, Any], body: bytes
) -> str | None:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rpartition(".")[2]
    rpc = re.fullmatch(r"/service/[^/]+/operation/(\w+)", path)
    if rpc:
        return rpc.group(1)
    if service in REST_JSON_SERVICES:
        return _rest_operation(service, method, path)
    form = body.decode("utf-8", "replace") if b"Action=" in body else environ["QUERY_STRING"]
    action = parse_qs(form).get("Action")
    return action[0] if action else None


def _rest_operation(service: str, method: str, path: str) -> str | None:
    for verb, pattern, name in _routes(service):
        if verb == method and pattern.fullmatch(path):
            return name
    return None


@cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return the service's operations as (verb, path pattern, name), fixed paths first."""
    import botocore.session  # noqa: PLC0415 - paid only when a REST service is called

    model = botocore.session.get_session().get_service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].partition("?")[0]
        pattern = PLACEHOLDER.sub(lambda m: ".+" if m.group(2) else "[^/]+", re.escape(uri))
        routes.append((uri.count("{"), http["method"], re.compile(pattern), name))
    return tuple((verb, pattern, name) for _, verb, pattern, name in sorted(routes, key=_by_holes))


def _by_holes(route: tuple[int, str, re.Pattern[str], str]) -> int:
    return route[0]
