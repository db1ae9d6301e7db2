"""Whether an answer of AWS is whole, looked at before the SDK parses it.

botocore reads JSON that broke off as an answer without members: "there is no such log group" where
nobody said so. Broken XML it refuses by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hubmend.core.errors import AwsError, ErrorKind

_JSON_PROTOCOLS = ("json", "rest-json")
_REFUSED = 300  # botocore takes what is below for success


def refuse_broken(response_dict: Mapping[str, Any], operation_model: Any) -> None:
    """Raise AwsError (uncertain) for an answer whose JSON is not whole, refusals included.

    A refusal whose JSON broke off may be one that
    passes, so it is asked again; one in another shape (moto refuses in XML, a proxy in HTML) is
    left to botocore, which tells it by its status.
    """
    if operation_model.service_model.resolved_protocol not in _JSON_PROTOCOLS:
        return
    if operation_model.has_streaming_output:
        return
    status, shape = int(response_dict["status_code"]), operation_model.output_shape
    body, refused = response_dict["body"], status >= _REFUSED
    if refused and not body.lstrip().startswith(b"{"):
        return
    if not _whole(body, needed=bool(shape and shape.members) and not refused):
        said = f"the answer (HTTP {status}) is not whole: it broke off, or is not from AWS"
        raise AwsError(ErrorKind.UNCERTAIN, "BrokenAnswer", said, operation_model.name)


def _whole(body: bytes, *, needed: bool) -> bool:
    """Whether a body is a JSON object; operations that answer nothing may send no body."""
    if not body:
        return not needed
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
