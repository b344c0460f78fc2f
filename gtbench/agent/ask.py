"""Asking a player: its decision, or the fault that it crashed or let its time run out.

What goes wrong in a player's own code is charged to it and ends nobody else's match, whatever it raises: an
exception is classified by where it began, not by its class. What kept its model from answering (a provider's
failure, a spent budget, a mistake of the user's) stands in the seat's journal from the moment it happened. It
is never the player's, whether its code passes it on, wraps it in another or goes on as if it were nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.agent.command import CommandFailed
from gtbench.errors import GtbenchError
from gtbench.labels import FaultKind
from gtbench.pulse import Pulse, begin, stop, survived
from gtbench.records import Fault
from gtbench.text import line, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.agent.spec import Decision, Player
    from gtbench.game.view import View
    from gtbench.models.request import Journal

LONGEST_TRACE = 8000
"""Characters of a traceback that are kept, its last."""

OURS = (str(Path(__file__).parents[1]), str(Path(asyncio.__file__).parent))
"""Where the code stands that leads to a player's, and is not worth telling."""


async def ask(player: Player, view: View, journal: Journal) -> Decision | Fault:
    """The player's decision, or what it did wrong instead of deciding.

    Args:
        player: The player.
        view: What it sees.
        journal: All that the seat asks of its model, with its time for the move.

    Raises:
        GtbenchError: Its model, or its program, could not answer. Or it is a person, who has left.
    """
    clock = player.clock = journal.clock
    task = begin(player, _decide(player, view))
    late = True
    try:
        in_time = await clock.times(task)
        late = not task.done()
    finally:
        if late:
            await stop(task)
        Pulse.here().go_home()
    if journal.broken is not None:
        raise journal.broken
    if not late and task.cancelled():
        return _crash(asyncio.CancelledError("raised by the player"))
    given = None if late else task.result()
    if isinstance(given, Fault) or (given and in_time):
        return given
    told = f"The player's own time for the move was up: {clock.seconds:g} s."
    return Fault(kind=FaultKind.TIMED_OUT, detail=told)


async def _decide(player: Player, view: View) -> Decision | Fault:
    """The player's decision, or the fault that its code failed."""
    around = sys.exc_info()[1]  # what our caller is handling, which is nothing of the player's
    try:
        return await player.act(view)
    except asyncio.CancelledError:
        raise
    except (SystemExit, KeyboardInterrupt) as error:
        return _crash(survived(error), around)
    except BaseException as error:
        if player.interactive and isinstance(error, GtbenchError):
            raise
        return _crash(error, around)


def _crash(error: BaseException, around: BaseException | None = None) -> Fault:
    """The fault of a player whose code failed."""
    kind = "" if isinstance(error, CommandFailed) else f"{type(error).__name__}: "
    said = kind + _told(lambda: line(str(error)[:LONGEST_TRACE]))
    detail = f"The player's own code failed: {said}".encode("ascii", "backslashreplace").decode()
    return Fault(kind=FaultKind.CRASHED, detail=detail, trace=_told(lambda: _trace(error, around)))


def _told(tell: Callable[[], str]) -> str:
    """What is told of a player's exception, whose own code may fail once more at that."""
    try:
        return tell()
    except BaseException as trouble:  # noqa: BLE001  (whatever it is, it is the player's)
        return f"(it could not be told: {type(trouble).__name__})"


def _trace(error: BaseException, around: BaseException | None) -> str:
    """The end of the traceback, from the player's own code on, without what was being handled around it."""
    seen: set[int] = set()
    link: BaseException | None = error
    while around and link and id(link) not in seen:
        seen.add(id(link))
        if link.__context__ is around:
            link.__context__ = None
        link = link.__context__
    told = traceback.TracebackException.from_exception(error)
    inner: traceback.TracebackException | None = told
    while inner:
        frames = itertools.dropwhile(lambda frame: frame.filename.startswith(OURS), inner.stack)
        inner.stack = traceback.StackSummary.from_list(list(frames))
        inner = inner.__cause__ or inner.__context__
    text = "".join(told.format())[-2 * LONGEST_TRACE :]  # more than is kept, lest a key be cut in two
    return recorded(text).strip()[-LONGEST_TRACE:]
