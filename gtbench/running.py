"""From plain calls into asyncio, and the collector of garbage while much is under way."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gtbench import loop
from gtbench.pulse import Pulse, stop
from gtbench.signals import held

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

T = TypeVar("T")

GLANCE = 0.2
"""Seconds after which a thread that only waits looks whether Ctrl-C was pressed."""

YOUNG = 50_000
"""Objects made and not freed between two searches for cycles among them: some megabytes at most."""


def run_to_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and return its result, also where an event loop is running already (a notebook).

    The first Ctrl-C, SIGTERM or SIGHUP cancels the coroutine, which closes what it holds in peace; further
    ones change nothing. Then the signal takes its course, see `gtbench.signals`.

    Raises:
        KeyboardInterrupt: The coroutine was cancelled by a signal and has ended.
    """
    interrupted = threading.Event()
    cancel: list[Callable[[], object]] = []

    async def main() -> T | None:
        here, task = asyncio.get_running_loop(), asyncio.current_task()
        if task:
            ours = contextvars.Context()  # a signal may come while a player's code runs
            cancel.append(lambda: here.call_soon_threadsafe(task.cancel, context=ours))
        if interrupted.is_set():  # before there was anything to be cancelled
            coroutine.close()
            return None
        try:
            return await _hosted(coroutine, go_home)
        except asyncio.CancelledError:
            if interrupted.is_set():
                return None
            raise

    def interrupt() -> None:
        interrupted.set()
        with suppress(RuntimeError):  # the loop is closed: all has ended
            for call_off in cancel:
                call_off()

    with held(interrupt), same_folder() as go_home:  # which raises where it was interrupted
        return cast("T", _in_own_loop(main))


def _in_own_loop(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a coroutine in a loop of its own, in a thread of its own where a loop is running here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return loop.run(main)
    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(loop.run, main)
        while not result.done():  # a signal that another thread received is seen when this one wakes
            wait([result], timeout=GLANCE)
        return result.result()


async def _hosted(coroutine: Coroutine[Any, Any, T], go_home: Callable[[], None]) -> T:
    """The result of a coroutine, in a loop that runs strangers' code too and ends all the same."""
    pulse = Pulse.here()
    pulse.go_home = go_home
    with pulse.watched():
        try:
            return await coroutine
        finally:
            await stop(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))


@contextmanager
def same_folder() -> Iterator[Callable[[], None]]:
    """The process is in the same folder afterwards, where strangers' code runs that may change it.

    What is yielded goes back to it meanwhile.
    """
    folder = os.open(os.curdir, os.O_PATH)

    def go_home() -> None:
        with suppress(OSError):  # it may not be entered any more
            os.fchdir(folder)

    try:
        yield go_home
    finally:
        go_home()
        os.close(folder)


async def aside(work: Callable[[], T]) -> T:
    """The result of work in a thread of its own while the loop goes on; an interrupt does not wait for it."""
    here = asyncio.get_running_loop()
    done: asyncio.Future[T] = here.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(cast("T", result))

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001  (it is raised again where the work was asked for)
            error = raised
        with suppress(RuntimeError):  # the loop was closed meanwhile
            here.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await done


@contextmanager
def rare_collections() -> Iterator[None]:
    """Search for garbage in cycles more rarely than Python does by itself.

    With a thousand matches under way a fifth of the time went into searches, of which nearly all found that
    everything was still in use.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], YOUNG) if before[0] else 0, *before[1:])  # 0 is off, and stays so
    try:
        yield
    finally:
        gc.set_threshold(*before)
