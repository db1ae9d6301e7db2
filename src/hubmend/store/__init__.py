"""The store: what hubmend remembers, in SQLite on this machine or in a shared PostgreSQL.

SQLAlchemy and Alembic are imported only when a store is opened, so that `import hubmend` and
`hubmend --help` do not wait for them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hubmend.core.errors import StoreError

if TYPE_CHECKING:
    from hubmend.store.late import LateStore
    from hubmend.store.sql import SqlStore

__all__ = ["default_url", "late_store", "open_store"]


def default_url() -> str:
    """Return the URL of the store in the user's state folder (XDG Base Directory, state home)."""
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        # The XDG specification says to ignore a relative path.
        state = Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        raise StoreError(
            "no place for the store: this user has no home folder. "
            "Set HUBMEND_STORE or give --store, e.g. sqlite:////var/lib/hubmend/hubmend.sqlite"
        ) from None
    return f"sqlite:///{state / 'hubmend' / 'hubmend.sqlite'}"


def open_store(url: str | None = None) -> SqlStore:
    """Open a store, making or upgrading its tables where needed; None is `default_url`.

    `url` is sqlite:///PATH (four slashes for an absolute path) or postgresql://HOST/DATABASE.
    Raise StoreError, never with a password in it, when that is no store hubmend can use.
    """
    # Late on purpose: SQLAlchemy costs more than all of `hubmend --help`.
    from hubmend.store.engine import open_engine  # noqa: PLC0415
    from hubmend.store.sql import SqlStore  # noqa: PLC0415

    engine, place = open_engine(default_url() if url is None else url)
    return SqlStore(engine, place)


def late_store(url: str | None = None) -> LateStore:
    """Return a store as `open_store` does, whose database is opened by what is asked first.

    A URL that is none and a file that cannot be made raise StoreError at once, all else then.
    """
    from hubmend.store.late import LateStore  # noqa: PLC0415 - asyncio, which --help does not need
    from hubmend.store.place import make_file, sqlite_path, undecided  # noqa: PLC0415 - as above

    named = default_url() if url is None else url
    path = sqlite_path(named)
    if path is None:
        return LateStore(lambda: open_store(named))
    make_file(path)
    return LateStore(lambda: open_store(named), lambda: undecided(path))
