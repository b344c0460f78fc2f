"""Signals that end a process: Ctrl-C, SIGTERM (a batch system, a container) and SIGHUP (a closed terminal).

Work that is under way is called off in peace, so that it can still record what it has done and end what it
has begun; then the signal takes its course. A signal that the process ignores (SIGHUP under nohup) stays
ignored, and a handler of SIGTERM or SIGHUP that somebody else has set stays in its place.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal has called off what was under way."""

    def __init__(self, signum: signal.Signals) -> None:
        super().__init__(signum.name)
        self.signum = signum


def signal_of(interrupt: KeyboardInterrupt) -> signal.Signals:
    """The signal behind it; Python itself says it of Ctrl-C only."""
    return interrupt.signum if isinstance(interrupt, Interrupted) else signal.SIGINT


def raise_interrupts() -> None:
    """From now on each of these signals raises `Interrupted` in the main thread: for a program of ours."""
    if not _in_main_thread():
        return
    for signum in ENDING:
        if _is_free(signum):
            signal.signal(signum, _raise)


def ignore_further() -> None:
    """Ignore further signals that would end the process, which is about to end by itself."""
    if not _in_main_thread():
        return
    for signum in ENDING:
        signal.signal(signum, signal.SIG_IGN)


@contextmanager
def held(act: Callable[[], object]) -> Iterator[None]:
    """Have the first such signal do this, and further ones nothing; it takes its course after the block.

    Only the main thread can say so; elsewhere nothing changes.

    Raises:
        Interrupted: A signal came, and the process goes on. An error of the block comes before it.
    """
    if not _in_main_thread():
        yield
        return
    came: list[signal.Signals] = []

    def note(signum: int, _frame: object) -> None:
        came.append(signal.Signals(signum))
        if len(came) == 1:
            act()

    before = {signum: signal.signal(signum, note) for signum in ENDING if _is_free(signum)}
    try:
        yield
    finally:
        for signum, handler in before.items():  # a program of ours only has to say how to go on
            signal.signal(signum, signal.SIG_IGN if came and handler is _raise else handler)
    if came:
        if before[came[0]] is signal.SIG_DFL:
            signal.raise_signal(came[0])
        raise Interrupted(came[0])  # the first process of a container does not die of a signal


def _raise(signum: int, _frame: object) -> NoReturn:
    raise Interrupted(signal.Signals(signum))


def _is_free(signum: signal.Signals) -> bool:
    """Whether the signal would end the process, or is Ctrl-C.

    A shell lets what it begins in the background ignore Ctrl-C, which is for others; who sends SIGINT to the
    process itself means it.
    """
    handler: Any = signal.getsignal(signum)
    return signum == signal.SIGINT or handler is signal.SIG_DFL or handler is _raise


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
