"""Commits to a run's log: what is added by many goes in with one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gtbench.log.write import LogWriter

GATHERED = 0.025
"""Seconds between two commits, in which what is to be written gathers: much costs hardly more than little."""


class Commits:
    """The commits to a log, many records each: those who add to it wait for the same one."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer
        self._gathering: asyncio.Task[None] | None = None  # a commit to come, of all that waits by then
        self._committing = asyncio.Lock()
        self._committed = 0.0  # when the last commit began, by the event loop's clock

    async def written(self) -> None:
        """Wait until all that was given to the writer stands in the log."""
        if self._writer.waiting:
            self._gathering = self._gathering or shared(self._commit())
            await asyncio.shield(self._gathering)  # many wait for it, and one may be called off

    async def _commit(self) -> None:
        """Commit what waits, when the last commit has ended and some more has gathered."""
        async with self._committing:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(self._committed + GATHERED - loop.time())
            self._committed, self._gathering = loop.time(), None
            await asyncio.to_thread(self._writer.commit)


def shared(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """Work that many wait for; where all of them have been called off, its failure is not complained of.

    What could not be written then fails again at the end of the log.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
