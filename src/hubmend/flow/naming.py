"""Names of scans, runs and decisions: readable, ordered by time, unique."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_id(now: datetime) -> str:
    """Return an id such as 20261123-221530-7f3a9c."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
