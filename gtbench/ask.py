"""Asking a player: its decision, or the fault that it crashed or let its time run out.

What goes wrong in a player's own code is charged to it and ends nobody else's match. What gtbench raises on
purpose passes through, however deep in the player's code it began: a provider that failed, a spent budget, a
mistake of the user's.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.command import CommandFailed
from gtbench.errors import FaultKind, GtbenchError
from gtbench.records import Fault
from gtbench.text import line, recorded

if TYPE_CHECKING:
    from gtbench.agent import Agent, Decision
    from gtbench.clock import Clock
    from gtbench.table import View

LONGEST_TRACE = 8000
"""Characters of a traceback that are kept, its last."""

OURS = (str(Path(__file__).parent), str(Path(asyncio.__file__).parent))
"""Where the code stands that leads to a player's, and is not worth telling."""

SECONDS_TO_STOP = 2.0
"""How long is waited for a player that has been told to stop."""


async def ask(player: Agent, view: View, clock: Clock) -> Decision | Fault:
    """The player's decision, or what it did wrong instead of deciding."""
    around = sys.exc_info()[1]  # what our caller is handling, which is nothing of the player's
    task = asyncio.create_task(_decide(player, view))
    try:
        in_time = await clock.times(task)
    except BaseException:
        await _stop(task)
        raise
    if task.done() and not task.cancelled() and (error := task.exception()):
        return _crash(_apart(error, around))
    if not in_time:
        await _stop(task)
        told = f"The player's own time for the move was up: {clock.seconds:g} s."
        return Fault(kind=FaultKind.TIMED_OUT, detail=told)
    if task.cancelled():
        return _crash(asyncio.CancelledError("raised by the player"))
    return task.result()


async def _decide(player: Agent, view: View) -> Decision:
    """The player's decision; one that wants to end the whole process has only crashed."""
    try:
        return await player.act(view)
    except SystemExit as error:
        raise RuntimeError(f"the player called for the end of the process, with exit code {error}") from error


async def _stop(task: asyncio.Task[Decision]) -> None:
    """Tell a player to stop, and go on without one that does not."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody else looks at it
    task.cancel()
    await asyncio.wait([task], timeout=SECONDS_TO_STOP)


def _crash(error: BaseException) -> Fault:
    """The fault of a player whose code failed.

    Raises:
        GtbenchError: It failed since something else did, which is not the player's.
    """
    if on_purpose := _on_purpose(error):
        raise on_purpose
    kind = "" if isinstance(error, CommandFailed) else f"{type(error).__name__}: "
    said = line(f"{kind}{error}").encode("ascii", "backslashreplace").decode()
    return Fault(kind=FaultKind.CRASHED, detail=f"The player's own code failed: {said}", trace=_trace(error))


def _apart(error: BaseException, around: BaseException | None) -> BaseException:
    """An exception that did not begin with what was being handled around it."""
    inner: BaseException | None = error
    while around and inner:
        if inner.__context__ is around:
            inner.__context__ = None
        inner = inner.__context__
    return error


def _on_purpose(error: BaseException | None) -> GtbenchError | None:
    """The exception of gtbench's own that an exception is, holds or began with."""
    if error is None or isinstance(error, GtbenchError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_on_purpose, error.exceptions)), None)
    return _on_purpose(error.__cause__ or (None if error.__suppress_context__ else error.__context__))


def _trace(error: BaseException) -> str:
    """The end of the traceback, from the player's own code on."""
    told = traceback.TracebackException.from_exception(error)
    inner: traceback.TracebackException | None = told
    while inner:
        frames = itertools.dropwhile(lambda frame: frame.filename.startswith(OURS), inner.stack)
        inner.stack = traceback.StackSummary.from_list(list(frames))
        inner = inner.__cause__ or inner.__context__
    return recorded("".join(told.format())).strip()[-LONGEST_TRACE:]
