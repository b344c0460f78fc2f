"""The exit codes of the command line; README.md has the same table."""

from __future__ import annotations

from enum import IntEnum
from signal import Signals

BY_SIGNAL = 128
"""What a shell adds to a signal's number for the exit code of a process that it has ended."""


class ExitCode(IntEnum):
    """How a command has ended."""

    DONE = 0
    """All that was asked for is done."""
    WRONG = 1
    """Something that you can fix; matches that are void; a replay that differs."""
    USAGE = 2
    """The command line cannot be read; typer ends the command so by itself."""
    CAP = 3
    """A cap is reached."""
    HANGUP = BY_SIGNAL + Signals.SIGHUP
    """The terminal was closed."""
    INTERRUPT = BY_SIGNAL + Signals.SIGINT
    """Ctrl-C."""
    READER_LEFT = BY_SIGNAL + Signals.SIGPIPE
    """Nobody reads standard output any more."""
    TERMINATE = BY_SIGNAL + Signals.SIGTERM
    """SIGTERM, of a batch system or a container, say."""
