"""Finished matches on their way into the log: each is committed before it is graded, many at a time.

A match has been paid for, so that it waits for no oracle, which can take its time. Where a run is stopped in
between, `resume` grades it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from gtbench.aio import aside

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from gtbench.grading import Grader
    from gtbench.log_writer import LogWriter
    from gtbench.records import Grade, Match

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
            self._gathering = self._gathering or _shared(self._commit())
            await asyncio.shield(self._gathering)  # many wait for it, and one may be called off

    async def _commit(self) -> None:
        """Commit what waits, when the last commit has ended and some more has gathered."""
        async with self._committing:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(self._committed + GATHERED - loop.time())
            self._committed, self._gathering = loop.time(), None
            await asyncio.to_thread(self._writer.commit)


class Clerk(Commits):
    """Writes what a run's matches bring; the matches under way wait for neither the disk nor an oracle.

    Args:
        writer: The run's log.
        grader: Grades its matches; an oracle does one thing at a time.
    """

    def __init__(self, writer: LogWriter, grader: Grader) -> None:
        super().__init__(writer)
        self._grader = grader
        self._ungraded: dict[int, Match] = {}
        self._grading: asyncio.Task[None] | None = None  # of some matches; those left over need another

    async def enter(self, played: Match) -> None:
        """Commit a match, and have it graded; its grades are committed with what is written next.

        Raises:
            WorldError: Its record cannot be written.
        """
        self._writer.add(played)
        await self.written()
        if played.game not in self._grader.games:
            return
        self._ungraded[played.number] = played
        while played.number in self._ungraded:
            if not self._grading or self._grading.done():
                self._grading = _shared(self._grade_some())
            await asyncio.shield(self._grading)

    async def _grade_some(self) -> None:
        """Grade matches that wait for it, and give their grades to the writer."""
        for number, grades in await aside(partial(self._grades, [*self._ungraded.values()])):
            del self._ungraded[number]
            self._writer.grade(number, grades)

    def _grades(self, matches: Iterable[Match]) -> list[tuple[int, tuple[Grade, ...] | None]]:
        """The grades of some matches by their numbers: of as many as take little time, of one at least."""
        ends, graded = time.monotonic() + GATHERED, []
        for match in matches:
            graded.append((match.number, self._grader.grade(match)))
            if time.monotonic() > ends:
                break
        return graded


def _shared(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """Work that many wait for; where all of them have been called off, its failure is not complained of.

    What could not be written then fails again at the end of the log.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
