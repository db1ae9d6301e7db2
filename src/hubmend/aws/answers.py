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


def refuse_broken(response_dict: Mapping[str, Any], operation_model: Any, **_: Any) -> None:
    """Raise AwsError (uncertain) for a success whose JSON is not whole.

    A handler of botocore's before-parse event.
    """
    if operation_model.service_model.resolved_protocol not in _JSON_PROTOCOLS:
        return
    status = int(response_dict["status_code"])
    if status >= _REFUSED or operation_model.has_streaming_output:
        return
    shape = operation_model.output_shape
    if not _whole(response_dict["body"], needed=bool(shape and shape.members)):
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
