"""The event loop of a run: strangers' code runs in it too, and ends neither the run nor what is another's.

A player that cancels what is not its own, or stops the loop, gets an exception and has crashed. What fails
where nobody awaits it is one line that names whose it was. Where the loop itself is ended (`SystemExit` in a
callback), the run ends with what is finished in its log, and the error says by whom.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from gtbench.errors import UserError
from gtbench.pulse import HOLDER, Holder, Steps, named
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

log = logging.getLogger("gtbench")

MOST_THREADS = 10_000
"""Threads of `asyncio.to_thread`; those that hang keep theirs, and must not keep others from having one."""


class Task(asyncio.Task[Any]):
    """A task that knows whose it is; a player can cancel neither another's nor the run's own."""

    owner: Holder | None = None
    """Whose it is; nobody's where it is the run's own."""

    def cancel(self, msg: Any | None = None) -> bool:
        """As in asyncio, unless another player's code calls it."""
        holder = HOLDER.get()
        if holder and holder.charged and not holder.may_end(self.owner):
            raise RuntimeError("the player cancels a task that is not its own")
        return super().cancel(msg)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that only who runs it can stop."""

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(_made)
        self.set_exception_handler(_told)
        self.set_default_executor(_Threads())

    def stop(self) -> None:
        """As in asyncio, unless a player's or a model's code calls it."""
        if HOLDER.get():
            raise RuntimeError("the event loop is not the player's to stop")
        super().stop()


class _Threads(ThreadPoolExecutor):
    """The threads of `asyncio.to_thread`: enough for all that hang, and a loop that ends waits for none."""

    def __init__(self) -> None:
        super().__init__(MOST_THREADS)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=cancel_futures)


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a coroutine in a loop of its own.

    Raises:
        UserError: Somebody's code has ended the loop, or called off the coroutine.
    """
    token = HOLDER.set(None)  # a player may have a match played while it thinks
    try:
        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(main())
    except (SystemExit, KeyboardInterrupt, asyncio.CancelledError) as error:
        who = _whose(error)
        by = line(who.name) if who else "an agent's or a model's code"
        raise UserError(f"{by} has ended the run: {named(error)}; leave it out to go on") from error
    finally:
        HOLDER.reset(token)


def _made(loop: asyncio.AbstractEventLoop, coroutine: Any, **settings: Any) -> Task:
    """A task factory: a task that a player's code makes is that player's too, and is timed."""
    context = settings.get("context")
    owner = context.get(HOLDER) if context else HOLDER.get()
    if owner and owner.charged and not isinstance(coroutine, Steps):
        coroutine = Steps(coroutine)
    task = Task(coroutine, loop=loop, **settings)
    task.owner = owner
    return task


def _told(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
    """Say what has failed though nobody awaits it; what is the run's own is told in full."""
    thing = what.get("task") or what.get("future") or what.get("handle")
    owner = _owner(thing)
    if isinstance(thing, Task | asyncio.Handle) and owner is None:
        loop.default_exception_handler(what)
        return
    by, error = line(owner.name) if owner else "an agent or a model", what.get("exception")
    said = named(error) if error else line(what["message"])
    log.warning("warning: code that %s has left behind failed: %s", by, said)


def _owner(thing: object) -> Holder | None:
    """Whose a task or a callback is."""
    if isinstance(thing, asyncio.Handle):
        return thing._context.get(HOLDER)  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001
    return thing.owner if isinstance(thing, Task) else None


def _whose(error: BaseException) -> Holder | None:
    """Whose callback an exception came from that ended the loop."""
    frames = [frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return next((owner for thing in frames if (owner := _owner(thing))), None)
