"""Everything that can go wrong, as one tree with the exit code each branch ends in.

HubmendError
 ├─ UsageError        wrong option, file, ARN or configuration               exit 2
 │   ├─ PlanError     a plan file that is damaged, edited or too new         exit 2
 │   ├─ StoreError    the store cannot be opened, read or written            exit 2
 │   └─ SourceError   a source file cannot be read or written                exit 2
 ├─ OutputError       what was asked for cannot be written                   exit 2
 │                    (3 where whoever reads it left before the end)
 ├─ CredentialsError  none found, expired or refused                         exit 2
 ├─ Interrupted       stopped by the user; says how to go on                 exit 3
 └─ AwsError          AWS (or the way to it) refused one call                exit 1
                      (2 where it refused the credentials)

Expected outcomes (a machine that cannot be read, a stale plan, a manual step) are values, not
exceptions; see `core.resource`, `core.plan` and `core.run`.
"""

from __future__ import annotations

from enum import StrEnum

DONE, FAILING, USAGE, INCOMPLETE = 0, 1, 2, 3


class HubmendError(Exception):
    """The root: a message for people, and the exit code of the process."""

    exit_code = FAILING


class UsageError(HubmendError):
    """Something the caller wrote is wrong; nothing was changed."""

    exit_code = USAGE


class PlanError(UsageError):
    """A plan file cannot be trusted: truncated, edited, or of another schema."""


class StoreError(UsageError):
    """The store cannot be opened, read or written."""


class SourceError(UsageError):
    """A source file cannot be read or written; `check` and `fix` report it and go on."""


class OutputError(HubmendError):
    """Standard output or a file cannot be written, or nobody reads it any more (exit code 3)."""

    exit_code = USAGE

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class CredentialsError(HubmendError):
    """No usable AWS credentials; a scan under way keeps what it read."""

    exit_code = USAGE


class Interrupted(HubmendError):  # noqa: N818 - it is a state, not a fault
    """The user stopped the work; the journal is whole."""

    exit_code = INCOMPLETE


class ErrorKind(StrEnum):
    """What a failed AWS call means for the next step."""

    DENIED = "denied"  # the caller lacks a permission
    ROLE_DENIED = "role-denied"  # the machine's role lacks log delivery rights (F§3.7)
    CREDENTIALS = "credentials"  # expired or invalid token
    REGION_OFF = "region-off"  # the region is not enabled in the account: nothing is there
    NOT_FOUND = "not-found"
    EXISTS = "exists"
    THROTTLED = "throttled"
    INVALID = "invalid"  # AWS says the request itself is wrong
    CONFLICT = "conflict"  # another change is in progress
    UNREACHABLE = "unreachable"  # no connection: the call did not happen
    UNCERTAIN = "uncertain"  # timeout, reset or 5xx after sending: it may have happened
    OTHER = "other"


class AwsError(HubmendError):
    """One AWS call that failed.

    `code` and `reason` are AWS's own words; `kind` is what they mean for the next step, `advice`
    what a person can do.
    """

    def __init__(
        self, kind: ErrorKind, code: str, reason: str, operation: str = "", advice: str = ""
    ) -> None:
        self.kind = kind
        self.code = code
        self.reason = reason
        self.operation = operation
        self.advice = advice
        if kind is ErrorKind.CREDENTIALS:
            self.exit_code = USAGE
        said = [part for part in (operation, code, reason) if part]
        super().__init__(": ".join(said) + (f"; {advice}" if advice else ""))
