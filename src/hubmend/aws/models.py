"""botocore's service models: whether a call is well formed, and how its pages are chained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

from hubmend.aws.data import loader
from hubmend.core.call import Call


class Models:
    """Service models, each loaded once."""

    def __init__(self) -> None:
        self._services: dict[str, ServiceModel] = {}
        self._pages: dict[str, Mapping[str, Any]] = {}

    def service(self, name: str) -> ServiceModel:
        """Return the model of a service."""
        if name not in self._services:
            document = loader().load_service_model(name, "service-2")
            self._services[name] = ServiceModel(document, name)
        return self._services[name]

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call by the service model, None when it is well formed."""
        try:
            shape = self.service(call.service).operation_model(call.operation).input_shape
        except (UnknownServiceError, OperationNotFoundError) as error:
            return str(error)
        if shape is None:
            return None if not call.params else f"{call} takes no parameters"
        report = ParamValidator().validate(dict(call.params), shape)
        return str(report.generate_report()) if report.has_errors() else None

    def next_page(self, call: Call, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that ask for the next page; empty on the last one."""
        rule = self._paginators(call.service).get(call.operation) or _guess(response)
        more = rule.get("more_results")
        if more and not jmespath.search(more, response):
            return {}
        inputs, outputs = _listed(rule.get("input_token")), _listed(rule.get("output_token"))
        tokens = {
            name: jmespath.search(path, response)
            for name, path in zip(inputs, outputs, strict=True)
        }
        return {name: value for name, value in tokens.items() if value}

    def _paginators(self, service: str) -> Mapping[str, Any]:
        if service not in self._pages:
            try:
                document = loader().load_service_model(service, "paginators-1")
            except DataNotFoundError:
                document = {}
            self._pages[service] = document.get("pagination", {})
        return self._pages[service]


def _guess(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """Operations newer than botocore's paginator file follow the usual token names."""
    name = next((one for one in ("nextToken", "NextToken") if one in response), None)
    return {"input_token": name, "output_token": name} if name else {}


def _listed(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value
