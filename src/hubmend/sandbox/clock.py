"""The sandbox's time: real time plus an offset that tests and demonstrations move forward.

Every simulated delay (role propagation, log delivery, Config and finding lag) compares against
this clock, so that an hour of AWS passes in an instant and no test sleeps.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """UTC time that never stands still and can be advanced; safe to share between threads."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the current sandbox time, aware, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def advance(self, by: float | timedelta) -> datetime:
        """Move forward by seconds or a timedelta; answers the new time.

        Raises ValueError for a negative step, because delays already expired would come back.
        """
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        if step < timedelta():
            raise ValueError(f"the sandbox clock only moves forward, not by {step}")
        with self._lock:
            self._offset += step
            return datetime.now(UTC) + self._offset
