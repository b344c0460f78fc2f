"""The time that a player has for a move, and a thread for one that does not await."""

from __future__ import annotations

import asyncio
import contextvars
import math
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

SECONDS_PER_MOVE = 300.0
"""A player's own time for a move unless a tournament says otherwise: so long that only who hangs meets it."""

GRAIN = 0.02
"""Seconds by which the end of a player's time may be seen too late."""


class Clock:
    """A player's own time for one move; it stands still while its model is asked.

    How long a model takes is not the player's doing: a throttled or slow server has limits of its own
    (`gtbench.models.limits`), and passing them is the world's failure.

    Args:
        seconds: How long; None for a player with all the time in the world.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = self._left = math.inf if seconds is None else seconds
        self._since: float | None = None  # by the event loop's clock; None while it stands still
        self._thinking, self._asking = False, 0

    @property
    def left(self) -> float:
        """How many seconds are left."""
        gone = 0.0 if self._since is None else asyncio.get_running_loop().time() - self._since
        return self._left - gone

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The time in which a model is asked; several may be asked at once."""
        self._asking += 1
        self._run_or_stand()
        try:
            yield
        finally:
            self._asking -= 1
            self._run_or_stand()

    async def times(self, task: asyncio.Task[Any]) -> bool:
        """Wait for a task to end; false if its time is up before that."""
        self._thinking = True
        self._run_or_stand()
        try:
            while not task.done() and self.left > 0:
                await asyncio.wait([task], timeout=max(GRAIN, self.left) if self.left < math.inf else None)
            return self.left > 0
        finally:
            self._thinking = False
            self._run_or_stand()

    def _run_or_stand(self) -> None:
        """Run while the player thinks, and stand still while it waits for its model or its turn."""
        self._left, self._since = self.left, None
        if self._thinking and not self._asking:
            self._since = asyncio.get_running_loop().time()


async def in_thread(call: Callable[[], T]) -> T:
    """The result of a call that may take long or never end, in a thread of its own.

    A thread cannot be ended from outside. One that never ends keeps nothing waiting, not even the end of the
    process, as one of `asyncio.to_thread` would.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(report: Callable[[Any], None], outcome: object) -> None:
        if not ended.done():  # else nobody waits for it any more
            report(outcome)

    def work() -> None:
        report: Callable[[Any], None] = ended.set_result
        outcome: object
        try:
            outcome = context.run(call)
        except StopIteration as error:  # which a future does not take
            report, outcome = ended.set_exception, RuntimeError(f"StopIteration: {error}")
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is whoever's waits for it)
            report, outcome = ended.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
            loop.call_soon_threadsafe(tell, report, outcome)

    threading.Thread(target=work, daemon=True).start()
    return await ended
