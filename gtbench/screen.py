"""The screen: what is printed there passes the door of `gtbench.text`, whoever prints it.

A command of gtbench writes to guarded streams, so that no text, whether a verb, a log message, a traceback
or an agent in this process prints it, can drive the terminal or hide there. Only what is drawn on purpose (a
bar, a table, a heading, an empty screen) goes around them: through `console` and `unguarded`.
"""

from __future__ import annotations

import io
import logging
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from gtbench.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console  # noqa: TID251  (here it is)


class _Guarded(io.TextIOBase):
    """A stream to which each text is written as it may be shown.

    It has no `buffer`, through which others would write around it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors

    def write(self, text: str, /) -> int:
        self.stream.write(shown(text))
        return len(text)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()


class _Messages(logging.Handler):
    """Log messages on standard error as it is at that moment: above a bar, where one is drawn there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:  # noqa: BLE001  (what cannot be said ends nothing)
            self.handleError(record)


def guard() -> None:
    """Put the door before standard output and standard error, log messages and tracebacks included."""
    sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)
    logging.basicConfig(format="%(message)s", handlers=[_Messages()])


def _guarded(stream: TextIO) -> Any:
    return stream if stream is None or isinstance(stream, _Guarded) else _Guarded(stream)


def unguarded(stream: TextIO) -> TextIO:
    """The same stream without the guard: for what may drive a terminal, its texts put through `shown`."""
    return stream.stream if isinstance(stream, _Guarded) else stream


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Where rich draws; texts are taken as they are, without markup, and as they may be shown."""
    stream = unguarded(sys.stderr if stderr else sys.stdout)
    drawn: Console = _console()(file=stream, markup=False, highlight=False, width=width)
    return drawn


@cache
def _console() -> Any:
    """The class of our consoles; rich is loaded where something is drawn."""
    from rich.console import Console  # noqa: TID251  (here it is)
    from rich.segment import Segment

    class Guarded(Console):
        """A console on which everything is shown, and nothing is a link."""

        def render_str(self, text: str, **how: Any) -> Any:
            return super().render_str(shown(text), **how)  # as wide as it will be

        def render(self, *what: Any, **how: Any) -> Iterable[Segment]:
            for text, style, control in super().render(*what, **how):
                yield Segment(text if control else shown(text), style and style.update_link(None), control)

    return Guarded
