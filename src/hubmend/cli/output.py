"""What is written, and what becomes of it where it cannot be.

`cli.main` puts these in the place of the two standard streams, so that it is the same whoever
prints: click, rich, or hubmend itself. A stream that failed once swallows the rest, since Python
would try again on its way out, and end with a code of its own.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing takes longer than printing the help

if TYPE_CHECKING:
    from typing import Any, TextIO


class Output:
    """Text on its way to standard output or a file; raises OutputError where it cannot go."""

    def __init__(self, file: TextIO | None, name: str = "standard output") -> None:
        self._file, self._name = file, name

    def write(self, text: str) -> int:
        """Write text; without a stream to begin with (>&-) nothing can be."""
        if self._file is None:
            self._lost(OSError(0, "it is closed"))
            return 0
        try:
            return self._file.write(text)
        except OSError as error:
            self._lost(error)
            return 0

    def flush(self) -> None:
        """Send what was written."""
        try:
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            self._lost(error)

    def isatty(self) -> bool:
        """Whether a person sees it."""
        return self._file is not None and self._file.isatty()

    def __getattr__(self, name: str) -> Any:
        """Return what else a stream has: its encoding, its number."""
        return getattr(self._file, name)

    def _lost(self, error: OSError) -> None:
        from hubmend.core.errors import INCOMPLETE, USAGE, OutputError

        self._mute()
        if isinstance(error, BrokenPipeError):
            said = f"{self._name} was closed before all was written"
            raise OutputError(said, INCOMPLETE) from None
        said = f"{self._name} cannot be written: {error.strerror}"
        raise OutputError(said, USAGE) from None

    def _mute(self) -> None:
        """Let what is still to be sent go nowhere."""
        from contextlib import suppress

        with suppress(OSError, AttributeError):  # closed, or a stream in memory
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


class Messages(Output):
    """Text on standard error: where nobody can read it, the work goes on without."""

    def _lost(self, error: OSError) -> None:
        del error
        self._mute()
