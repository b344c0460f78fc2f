"""Who has the event loop, and the time in which it answers.

All players of a run share one loop. One whose code computes without awaiting holds up all others, who can
do nothing about it: no clock may count such time but its own, and it is named. So each step of a player's
code is timed where it is driven (`Steps`), those of the tasks that it makes included, and for all others only
the time counts in which the loop answers (`Pulse.time`).

A step that would end the process (`SystemExit`) has only failed, and code that does not stop when it is told
to is left behind: neither keeps a run from going on, or from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import threading
import time
from collections.abc import Coroutine
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

log = logging.getLogger("gtbench")

BEAT = 0.05
"""Seconds between two beats of a loop that answers."""
LONGEST_BEAT = 2 * BEAT
"""The most seconds that count between two beats; in the rest of them the loop did not answer."""
LONG = 1.0
"""Seconds for which the loop may be held up before a line says by whom."""
STUCK = 10.0
"""Seconds after which that is said while it still goes on."""
SECONDS_TO_STOP = 2.0
"""How long is waited for code that has been told to stop."""


class Holder:
    """Somebody whose code runs in the loop: a player in its seat, or a model."""

    charged = False
    """Whether it is charged for its time, so that its tasks are told from those of others too."""

    def __init__(self, name: str) -> None:
        self.name = name

    def may_end(self, owner: Holder | None) -> bool:
        """Whether its code may end what is another's: its own, or its model's."""
        return owner is not None and (owner.name == self.name or not owner.charged)

    def takes(self) -> None:
        """Its code runs from now on."""

    def gives(self) -> None:
        """Its code has stopped, or waits for something."""

    def charge(self, seconds: float) -> None:
        """Its code ran elsewhere for so long while the loop did not answer."""


HOLDER: contextvars.ContextVar[Holder | None] = contextvars.ContextVar("HOLDER", default=None)
"""Whose code runs in this task; nobody's where it is our own."""


class Pulse:
    """The heartbeat of one event loop.

    Args:
        now: The seconds that have passed, whatever the loop does.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._counted, self._last = 0.0, now()
        self._watchers = 0
        self._next: asyncio.TimerHandle | None = None
        self._told: dict[str, float] = {}  # for how long each has held up the loop when it was last said
        self.go_home: Callable[[], None] = lambda: None
        """Goes back to the folder that the process belongs in, which somebody's code may have changed."""
        self.holder: Holder | None = None
        """Whose code runs now."""
        self.since = now()
        """Since when."""
        self.held_up = 0.0
        """Seconds for which the loop did not answer since somebody's code ran in it."""

    @staticmethod
    def here() -> Pulse:
        """The pulse of the loop that runs here."""
        loop = asyncio.get_running_loop()
        if (pulse := _PULSES.get(loop)) is None:
            pulse = _PULSES[loop] = Pulse()
        return pulse

    def time(self) -> float:
        """Seconds in which the loop has answered; they go by only while it beats."""
        return self._counted + min(self._now() - self._last, LONGEST_BEAT)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """The time in which somebody is waited for."""
        if not self._watchers:
            self._last = self._now()
            self._beat()
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers and self._next:
                self._next.cancel()

    def _beat(self) -> None:
        """Count what has passed since the last beat, and have the next."""
        self.count()
        self._next = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def count(self) -> None:
        """Count what has passed since the last beat, as far as the loop answered in it."""
        self._counted, self._last = self.time(), self._now()

    def hand(self, holder: Holder | None) -> Holder | None:
        """Note that another's code runs from now on; return whose did."""
        now, before = self._now(), self.holder
        if before:
            before.gives()
            if (held := now - self.since) > LONGEST_BEAT:
                self.held_up += held
                self.tell(before, held)
        self.since = now  # before the holder, as another thread reads them
        self.holder = holder
        if holder:
            holder.takes()
        return before

    @contextmanager
    def held_by(self, holder: Holder) -> Iterator[None]:
        """The time in which somebody's code runs here, which does not await."""
        token, before = HOLDER.set(holder), self.hand(holder)
        try:
            yield
        finally:
            HOLDER.reset(token)
            self.hand(before)

    def tell(self, holder: Holder, seconds: float, where: str = "") -> None:
        """Say who has held up the loop for long; and again only where it was twice as long."""
        if seconds > max(LONG, 2 * self._told.get(holder.name, 0.0)):
            self._told[holder.name] = seconds
            log.warning(
                "warning: %s held up all matches for %.1f s%s; no other's clock ran meanwhile",
                line(holder.name), seconds, where,
            )  # fmt: skip

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Say who holds up the loop that runs in this thread while it still does."""
        ended, thread = threading.Event(), threading.get_ident()

        def watch() -> None:
            while not ended.wait(LONG):
                holder, held = self.holder, self._now() - self.since
                frame = sys._current_frames().get(thread)  # noqa: SLF001  (made for this)
                if holder and frame and held > STUCK:
                    self.tell(holder, held, f" so far, at {frame.f_code.co_filename}:{frame.f_lineno}")

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            ended.set()


_PULSES: WeakKeyDictionary[asyncio.AbstractEventLoop, Pulse] = WeakKeyDictionary()


class Steps(Coroutine[Any, Any, T]):
    """A coroutine of somebody's, whose every step is timed: between two steps nobody holds the loop.

    Args:
        coroutine: The coroutine.
        holder: Whose it is; unless said, whoever's the task is that drives it.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T], holder: Holder | None = None) -> None:
        self._coroutine, self._pulse, self._holder = coroutine, Pulse.here(), holder
        self.left = False
        """Whether it was left behind: it is then not run any more."""

    def send(self, value: Any) -> Any:
        """Run it up to where it waits next."""
        return self._step(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        """The same, with an exception where it waits."""
        return self._step(self._coroutine.throw, *error)

    def close(self) -> None:
        """End it where it waits."""
        self._coroutine.close()

    def __await__(self) -> Any:
        """Drive it without a task of its own, by the steps above."""
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def _step(self, go: Callable[..., Any], *what: Any) -> Any:
        if self.left:
            _keep(self._coroutine)
            raise asyncio.CancelledError
        token = HOLDER.set(self._holder) if self._holder else None
        holder = HOLDER.get()
        before = self._pulse.hand(holder)
        try:
            return go(*what)
        except (SystemExit, KeyboardInterrupt) as error:  # a loop would end by it
            raise survived(error, "the player" if holder and holder.charged else "the model") from error
        finally:
            self._pulse.hand(before)
            if token:
                HOLDER.reset(token)


def survived(error: BaseException, who: str = "the player") -> RuntimeError:
    """What is raised in place of an exception that would end the process."""
    code = f", with exit code {error}" if isinstance(error, SystemExit) else ""
    return RuntimeError(f"{who} called for the end of the process{code}")


def begin(holder: Holder, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task of somebody's."""
    context = contextvars.copy_context()
    context.run(HOLDER.set, holder)
    return asyncio.get_running_loop().create_task(Steps(coroutine), context=context)


def _keep(coroutine: object) -> None:
    """Keep a coroutine that does not stop for ever; to forget it would run it once more, to its end."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(coroutine))


async def stop(*tasks: asyncio.Task[Any]) -> None:
    """Tell tasks to stop, and go on without those that do not."""
    for task in tasks:
        task.add_done_callback(
            lambda ended: ended.cancelled() or ended.exception()
        )  # nobody else looks at it
        task.cancel()
    if not tasks:
        return
    _, clinging = await asyncio.wait(tasks, timeout=SECONDS_TO_STOP)
    for task in clinging:
        if isinstance(steps := task.get_coro(), Steps):
            steps.left = True
            task.cancel()
    if clinging:
        await asyncio.wait(clinging, timeout=0)


async def close(holder: Holder, aclose: Callable[[], Coroutine[Any, Any, object]], seconds: float) -> None:
    """Have somebody release what it holds; a failure of that costs nobody a match, and is said.

    Args:
        holder: Who holds it.
        aclose: Releases it.
        seconds: How long that may take.
    """
    closing = begin(holder, aclose())
    try:
        with Pulse.here().beating():
            await asyncio.wait([closing], timeout=seconds)
    except asyncio.CancelledError:  # the run ends, but not before what is held is released
        await asyncio.wait([closing], timeout=seconds)
        raise
    finally:
        if late := not closing.done():
            await stop(closing)
        Pulse.here().go_home()
        if failure := f"in {seconds:g} s" if late else _failure(closing):
            log.warning("warning: %s did not close%s%s", line(holder.name), " " if late else ": ", failure)


def _failure(task: asyncio.Task[Any]) -> str:
    """What went wrong in a task that has ended; empty if nothing did."""
    if task.cancelled():
        return named(asyncio.CancelledError())
    return named(error) if (error := task.exception()) else ""


def named(error: BaseException) -> str:
    """An exception's class, and what it says if anything, on one line."""
    return ": ".join(filter(None, (type(error).__name__, line(error))))
