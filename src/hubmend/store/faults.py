"""What a database says when it fails, as a StoreError that says what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from hubmend.core.errors import StoreError

# PostgreSQL's serialization failure and deadlock; Aurora DSQL answers the first for its conflicts.
CONFLICTS = frozenset({"40001", "40P01"})

# The first fitting line wins; the words are SQLite's and libpq's own.
HINTS = (
    ("not a database", "It is some other file: give another path with --store."),
    ("malformed", "The file is damaged: restore it from a backup, or give another with --store."),
    ("readonly database", "You may not write it: change its owner, or give another with --store."),
    ("unable to open", "Check that you may write there, or give another path with --store."),
    ("is locked", "Another process has been writing it for long: let it end, then try again."),
    ("disk is full", "Make room there, then try again."),
    ("authentication failed", "Check the user and the password in the store's URL."),
    ("no password supplied", "Put the password in the store's URL, or in PGPASSWORD."),
    ("does not exist", "Create it first, or correct the store's URL."),
    ("permission denied", "Grant this user the rights to create and write tables there."),
    ("connection", "Check that the server runs and that the store's URL is right."),
)
OTHERWISE = "What was written before is kept: try again."


@dataclass(frozen=True)
class Place:
    """Where a store is: as people may see it, and the password they must not see."""

    name: str
    password: str | None = None

    def __str__(self) -> str:
        return self.name

    def failed(self, error: Exception) -> StoreError:
        """Return the StoreError for what a database driver raised."""
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        lines = str(cause).strip().splitlines()
        text = lines[0].strip().rstrip(".") if lines else type(cause).__name__
        if self.password:
            text = text.replace(self.password, "***")
        hint = next((hint for words, hint in HINTS if words in text.lower()), None)
        return StoreError(f"the store {self} failed: {text}. {hint or OTHERWISE}")


def conflicting(error: SQLAlchemyError) -> bool:
    """Whether another writer was quicker, so that the same work done again may succeed."""
    if isinstance(error, IntegrityError):
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", None) in CONFLICTS
