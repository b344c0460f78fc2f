"""The time that a player has for a move, and a thread for one that does not await."""

from __future__ import annotations

import asyncio
import contextvars
import math
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from gtbench.pulse import HOLDER, Pulse

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
    (`gtbench.models.limits`), and passing them is the world's failure. Nor is it the player's doing when
    others hold up the event loop: while the player waits, only the time counts in which the loop answers.
    While its own code runs in the loop, all of it does.

    Args:
        seconds: How long; None for a player with all the time in the world.
        now: The seconds that have passed, whatever the loop does.
    """

    def __init__(self, seconds: float | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = self._left = math.inf if seconds is None else seconds
        self._now = now
        self._pulse: Pulse | None = None  # of the loop in which it is waited for
        self._thinking, self._computing, self._asking = False, False, 0
        self._passed = self._answered = 0.0  # when it was last looked at: in all, and as the loop answered

    @property
    def left(self) -> float:
        """How many seconds are left."""
        self._count()
        return self._left

    def charge(self, seconds: float) -> None:
        """Take away time that was the player's though the loop did not answer in it."""
        self._left -= seconds

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The time in which a model is asked; several may be asked at once."""
        self._count()
        self._asking += 1
        try:
            yield
        finally:
            self._count()
            self._asking -= 1

    def computes(self, yes: bool) -> None:
        """Note whether the player's own code runs in the loop."""
        self._count()
        self._computing = yes

    async def times(self, task: asyncio.Task[Any]) -> bool:
        """Wait for a task to end; false if its time is up before that."""
        self._pulse = Pulse.here()
        with self._pulse.beating():
            self._count()
            self._thinking = True
            try:
                while not task.done() and self.left > 0:
                    await asyncio.wait(
                        [task], timeout=max(GRAIN, self.left) if self.left < math.inf else None
                    )
                return self.left > 0
            finally:
                self._thinking = False

    def _count(self) -> None:
        """Take away what has passed since it was last looked at, by the measure that was in force."""
        if not self._pulse:
            return
        passed, answered = self._now(), self._pulse.time()
        if self._thinking and not self._asking:
            self._left -= passed - self._passed if self._computing else answered - self._answered
        self._passed, self._answered = passed, answered


async def in_thread(call: Callable[[], T]) -> T:
    """The result of a call that may take long or never end, in a thread of its own.

    A thread cannot be ended from outside. One that never ends keeps nothing waiting, not even the end of the
    process, as one of `asyncio.to_thread` would. One that lets no other thread run, as a call into C may,
    holds up the loop as code in the loop would: it has then computed for longer than the loop has answered.
    """
    loop, pulse, holder = asyncio.get_running_loop(), Pulse.here(), HOLDER.get(None)
    ended: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()
    answered, held_up = pulse.time(), pulse.held_up

    def tell(report: Callable[[Any], None], outcome: object, computed: float) -> None:
        if ended.done():  # nobody waits for it any more
            return
        report(outcome)
        unseen = computed - (pulse.time() - answered)
        if holder and unseen > 0:
            holder.charge(unseen)
            pulse.tell(holder, unseen - (pulse.held_up - held_up))  # without what others have held up

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
            loop.call_soon_threadsafe(tell, report, outcome, time.thread_time())

    waiting = pulse.hand(None)  # a thread begins when others let it, which is not its player's doing
    threading.Thread(target=work, daemon=True).start()
    pulse.hand(waiting)
    return await ended
