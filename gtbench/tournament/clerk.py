"""Finished matches on their way into the log: each is committed before it is graded, many at a time.

A match has been paid for, so that it waits for no oracle, which can take its time. Where a run is stopped in
between, `resume` grades it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from gtbench.log.commits import GATHERED, Commits, shared
from gtbench.running import aside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.grading.grade import Graded, Grader
    from gtbench.log.write import LogWriter
    from gtbench.records import Match


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
                self._grading = shared(self._grade_some())
            await asyncio.shield(self._grading)

    async def _grade_some(self) -> None:
        """Grade matches that wait for it, and give their grades to the writer."""
        for number, graded in await aside(partial(self._grades, [*self._ungraded.values()])):
            del self._ungraded[number]
            self._writer.grade(number, *(graded or (None,)))

    def _grades(self, matches: Iterable[Match]) -> list[tuple[int, Graded | None]]:
        """The grades of some matches by their numbers: of as many as take little time, of one at least."""
        ends, graded = time.monotonic() + GATHERED, []
        for match in matches:
            graded.append((match.number, self._grader.grade(match)))
            if time.monotonic() > ends:
                break
        return graded
