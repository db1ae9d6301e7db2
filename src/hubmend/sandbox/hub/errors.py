"""The errors that the simulated operations raise, with AWS's codes and HTTP statuses (F§4.2)."""

from __future__ import annotations

_STATUS = {
    "InvalidAccessException": 401,
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ResourceConflictException": 409,
    "LimitExceededException": 429,
}


class HubError(Exception):
    """An error answer of Security Hub or Config; `status` defaults to 400 as on AWS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = _STATUS.get(code, 400)

    @classmethod
    def invalid(cls, message: str) -> HubError:
        """A Security Hub InvalidInputException."""
        return cls("InvalidInputException", f"Invalid parameter(s): {message}")

    @classmethod
    def missing(cls, what: str) -> HubError:
        """A Security Hub ResourceNotFoundException."""
        return cls("ResourceNotFoundException", f"{what} does not exist")
