"""Where a service is reached and how requests to it are signed: botocore's rules, without a client.

The rules of a service are read once, whatever the number of regions; AWS_ENDPOINT_URL, its forms
per service, and the profile's `services` section are honoured as botocore honours them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.endpoint_provider import EndpointProvider
from botocore.model import ServiceModel
from botocore.session import Session

from hubmend.aws.data import loader


@dataclass(frozen=True)
class Endpoint:
    """A URL, and the name and region to sign for."""

    url: str
    signing_name: str
    signing_region: str


class Endpoints:
    """Endpoints by service and region, each resolved once, in the environment as it is now."""

    def __init__(self, session: Session) -> None:
        self._session, self._environment = session, dict(os.environ)
        self._rules: dict[str, EndpointProvider] = {}
        self._known: dict[tuple[str, str], Endpoint] = {}

    def of(self, model: ServiceModel, region: str) -> Endpoint:
        """Return where a service of a region is reached."""
        key = (str(model.service_name), region)
        if key not in self._known:
            self._known[key] = self._resolve(model, region)
        return self._known[key]

    def _resolve(self, model: ServiceModel, region: str) -> Endpoint:
        variable = self._session.get_config_variable
        custom = self._custom(str(model.service_name))
        found = self._provider(str(model.service_name)).resolve_endpoint(
            Region=region,
            UseDualStack=bool(variable("use_dualstack_endpoint")),
            UseFIPS=bool(variable("use_fips_endpoint")),
            **({"Endpoint": custom} if custom else {}),
        )
        schemes = found.properties.get("authSchemes") or [{}]
        scheme: dict[str, str] = next((s for s in schemes if s.get("name") == "sigv4"), {})
        return Endpoint(
            str(found.url),
            scheme.get("signingName") or str(model.signing_name),
            scheme.get("signingRegion") or region,
        )

    def _provider(self, service: str) -> EndpointProvider:
        if service not in self._rules:
            rules = loader().load_service_model(service, "endpoint-rule-set-1")
            self._rules[service] = EndpointProvider(rules, loader().load_data("partitions"))
        return self._rules[service]

    def _custom(self, service: str) -> str | None:
        """Return the endpoint the user configured for a service, if any.

        botocore resolves this only inside its clients; the class that knows the order of the
        places is used as it is (the contract suite runs with AWS_ENDPOINT_URL).
        """
        if self._session.get_config_variable("ignore_configured_endpoint_urls"):
            return None
        places = ConfiguredEndpointProvider(
            self._session.full_config,
            self._session.get_scoped_config(),
            service,
            self._environment,
        )
        found = places.provide()
        return str(found) if found else None
