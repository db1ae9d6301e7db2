"""What an SDK exception means: one place that turns botocore's errors into ours.

The distinction that matters is whether a call may have happened. No connection means it did not;
a timeout, a reset, a 5xx or an unreadable answer after sending means it may have (F§3.5, F§3.7).
"""

from __future__ import annotations

import asyncio
import re
import socket

import aiohttp
from botocore import exceptions as sdk

from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, HubmendError, UsageError

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403",
           "KmsAccessDeniedException", "InvalidAccessException"}  # fmt: skip
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException",
            "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
            "TokenRefreshRequired", "RequestExpired", "RequestTimeTooSkewed",
            "RequestInTheFuture"}  # fmt: skip
_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException",
              "ThrottledException", "RequestLimitExceeded", "KmsThrottlingException", "429",
              "SlowDown"}  # fmt: skip
_NOT_FOUND = re.compile(r"NotFound|NotDiscovered|NoSuch|DoesNotExist|^404$")
_EXISTS = re.compile(r"AlreadyExists")
_CONFLICT = {"ConflictException", "OperationAbortedException", "ConcurrentModification",
             "ConcurrentModificationException"}  # fmt: skip
_UNREACHABLE = (sdk.ConnectTimeoutError, sdk.ProxyConnectionError,
                aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError,
                socket.gaierror)  # fmt: skip
# A valid signature is refused when the clocks are more than five minutes apart.
_SKEWED = re.compile(r"Signature (expired|not yet current)|Request(TimeTooSkewed|InTheFuture)")
TIMED_OUT = "Timeout"
RENEW = "renew the credentials: sign in again (aws sso login) or set new keys"
SET_CLOCK = "this computer's clock and AWS's differ: set it"
_NO_CREDENTIALS = (sdk.NoCredentialsError, sdk.PartialCredentialsError,
                   sdk.CredentialRetrievalError, sdk.NoAuthTokenError, sdk.TokenRetrievalError,
                   sdk.UnauthorizedSSOTokenError, sdk.SSOError, sdk.ConfigNotFound,
                   sdk.ConfigParseError)  # fmt: skip

# The role's own refusal, as against the caller's: told apart by the text (F§3.7).
ROLE_DENIED = "is not authorized to access the Log Destination"


def translate(error: BaseException, operation: str) -> HubmendError:
    """Turn an SDK exception into ours; what is not known may have happened."""
    if isinstance(error, sdk.ClientError):
        return _refused(error, operation)
    said = _line(error)
    if isinstance(error, sdk.ProfileNotFound):
        return UsageError(f"{said}. Profiles are read from your AWS config and credentials files")
    if isinstance(error, _NO_CREDENTIALS):
        return CredentialsError(
            f"no usable AWS credentials: {said}. Sign in (aws sso login, aws configure) or set "
            "AWS_PROFILE; for a try-out run hubmend sandbox and export what it prints"
        )
    if isinstance(error, sdk.ParamValidationError | sdk.InvalidRegionError | sdk.NoRegionError):
        return UsageError(f"{operation}: {said}")
    name = type(error).__name__
    if isinstance(_connecting(error), _UNREACHABLE):
        return AwsError(ErrorKind.UNREACHABLE, name, f"no connection to AWS: {said}", operation)
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return AwsError(ErrorKind.UNCERTAIN, TIMED_OUT, "no answer in time", operation)
    return AwsError(ErrorKind.UNCERTAIN, name, said or "the answer broke off", operation)


def not_renewed(error: BaseException) -> HubmendError:
    """Say that credentials which worked could not be renewed, as against never having had any."""
    failure = translate(error, "renewing the credentials")
    if not isinstance(failure, CredentialsError):
        return failure
    return CredentialsError(f"the AWS credentials could not be renewed: {_line(error)}; {RENEW}")


def _line(error: BaseException) -> str:
    """Return the SDK's text as one line without its full stop: ours goes on after it."""
    return " ".join(str(error).split()).removesuffix(".")


def _connecting(error: BaseException) -> object:
    """Return what the SDK met while looking for credentials over the network."""
    if isinstance(error, sdk.EndpointConnectionError):
        return error.kwargs.get("error")
    return error


def _refused(error: sdk.ClientError, operation: str) -> AwsError:
    detail = error.response.get("Error", {})
    code, reason = str(detail.get("Code", "")), str(detail.get("Message", "")) or "no message"
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = _kind(code, reason, status)
    skewed = kind is ErrorKind.CREDENTIALS and _SKEWED.search(f"{code} {reason}")
    advice = RENEW if kind is ErrorKind.CREDENTIALS else ""
    if skewed:
        advice = SET_CLOCK
    return AwsError(kind, code or str(status), reason, operation, advice)


def _kind(code: str, reason: str, status: int) -> ErrorKind:
    if code in _THROTTLED or status == 429 or reason == "Rate exceeded":  # noqa: PLR2004
        return ErrorKind.THROTTLED
    if code in _EXPIRED:
        return ErrorKind.CREDENTIALS
    if ROLE_DENIED in reason:
        return ErrorKind.ROLE_DENIED
    if code in _DENIED or status == 403:  # noqa: PLR2004
        return ErrorKind.DENIED
    if code in _CONFLICT:
        return ErrorKind.CONFLICT
    if _NOT_FOUND.search(code):
        return ErrorKind.NOT_FOUND
    if _EXISTS.search(code):
        return ErrorKind.EXISTS
    if status >= 500 and status != 501:  # noqa: PLR2004 - 501: not implemented, nothing happened
        return ErrorKind.UNCERTAIN
    return ErrorKind.INVALID
