"""Standard output and standard error of the command line: what cannot be written to them ends in one line.

A character that the terminal's encoding lacks is written as its number. A full disk behind standard output
is a `UserError`, and an ended reader (`gtbench matches LOG | head`) ends the command without a word. Nothing
that is wrong with standard error stops anything: nobody could be told.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from gtbench.errors import GtbenchError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMS = (0, 1, 2)


class ReaderLeft(GtbenchError):
    """Nobody reads standard output any more."""


def guard() -> None:
    """Write to both streams through what is described above, where they are the process's own."""
    for descriptor in STREAMS:
        _open_if_closed(descriptor)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _guarded(sys.stdout, 1, _refuse)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _guarded(sys.stderr, 2, lambda _error: None)


def _open_if_closed(descriptor: int) -> None:
    """Put nothing behind a closed descriptor, which the next file that is opened, a log say, would get."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


def _guarded(
    stream: io.TextIOBase | None, descriptor: int, failed: Callable[[OSError], None]
) -> io.TextIOWrapper:
    """A stream like this one that writes to the descriptor."""
    raw = _Raw(descriptor, failed)
    lines = stream is sys.stderr or raw.isatty()
    encoding = getattr(stream, "encoding", "utf-8")
    return _Stream(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=lines)


class _Stream(io.TextIOWrapper):
    """A stream that an agent's code cannot close, which others still write to."""

    def close(self) -> None:
        self.flush()


class _Raw(io.FileIO):
    """A descriptor that says once that it cannot be written, and takes all that comes after that."""

    def __init__(self, descriptor: int, failed: Callable[[OSError], None]) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._failed, self._broken = failed, False

    def write(self, data: Any, /) -> int:
        if not self._broken:
            try:
                return super().write(data)
            except OSError as error:
                self._broken = True
                self._failed(error)
        return len(data)


def _refuse(error: OSError) -> NoReturn:
    if isinstance(error, BrokenPipeError):
        raise ReaderLeft from error
    raise UserError(f"standard output cannot be written: {error.strerror}") from error
