"""Agents whose code does what it must not, each in a way of its own, and some that do nothing wrong."""

from __future__ import annotations

import asyncio
import locale
import os
import random
import re
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from gtbench import Decision, play
from gtbench.errors import BadOption, BudgetSpent, PersonLeft, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gtbench import View


def first(view: View) -> str:
    """The first legal move."""
    return f"Action: {view.legal[0]}"


# Innocent.


async def waits(view: View) -> str:
    """Awaits something several times."""
    for _ in range(3):
        await asyncio.sleep(0.01)
    return first(view)


async def waits_often(view: View) -> str:
    """Awaits something very often."""
    for _ in range(300):
        await asyncio.sleep(0)
    return first(view)


def computes(view: View) -> str:
    """Has a thread of its own."""
    time.sleep(0.01)
    return first(view)


class Tidy:
    """Has tasks of its own from the first, and cancels them."""

    def __init__(self) -> None:
        self.task = asyncio.get_running_loop().create_task(asyncio.sleep(600))

    async def act(self, view: View) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.gather(asyncio.sleep(600), asyncio.create_task(asyncio.sleep(600)))
        return first(view)

    async def aclose(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


def plays_while_it_thinks(view: View) -> str:
    """Has whole matches played, in a loop of their own."""
    play("kuhn_poker", [f"{__file__}:clings", f"{__file__}:waits"], seed=1, seconds_per_move=0.1)
    return first(view)


# Those that hold up the loop.


async def blocks(view: View) -> str:
    """Computes without awaiting."""
    time.sleep(1)  # noqa: ASYNC251
    return first(view)


async def its_tasks_block(view: View) -> str:
    """Has tasks that do."""

    async def block() -> None:
        time.sleep(1)  # noqa: ASYNC251

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(block())
    return first(view)


class Slow:
    """Takes its time to be made, which no clock counts."""

    def __init__(self) -> None:
        time.sleep(1.1)

    async def act(self, view: View) -> str:
        return first(view)


@cache
def hard(seconds: float) -> str:
    """A text that takes so many seconds to be searched."""
    for length in range(16, 99):  # each takes twice as long
        begun = time.thread_time()
        re.match(r"(a+)+$", "a" * length + "b")
        if time.thread_time() - begun > seconds:
            return "a" * length + "b"
    raise AssertionError


def keeps_all_threads_from_running(view: View) -> str:
    """Computes in C, which does not let go of the interpreter."""
    with ONE:
        text = hard(2)
    re.match(r"(a+)+$", text)
    return first(view)


ONE = threading.Lock()


# Those whose code fails.


class Mute(Exception):
    """Cannot be told."""

    def __str__(self) -> str:
        raise ValueError("no words")

    __repr__ = __str__


class Ends(Exception):
    """Ends the process when it is told."""

    def __str__(self) -> str:
        return str(sys.exit(4))


def says_nothing_of_itself(_: View) -> str:
    raise Mute


async def exits_in_its_words(_: View) -> str:
    raise Ends


def has_thousands_of_causes(_: View) -> str:
    error = ValueError("the first")
    for number in range(3000):
        inner, error = error, ValueError(number)
        error.__cause__ = error.__context__ = inner
    raise error


async def has_a_deep_group(_: View) -> str:
    error: Exception = ValueError("deep")
    for _number in range(3000):
        error = ExceptionGroup("group", [error])
    raise error


def says_a_lot(_: View) -> str:
    raise ValueError("x\n" * 200_000)


async def recurses(view: View) -> str:
    return await recurses(view)


def runs_out_of_memory(_: View) -> str:
    raise MemoryError


async def exits(_: View) -> str:
    sys.exit(3)


async def exits_in_a_task(view: View) -> str:
    async def leave() -> None:
        sys.exit(3)

    await asyncio.gather(leave())
    return first(view)


async def interrupts(_: View) -> str:
    raise KeyboardInterrupt


async def raises_a_world_error(_: View) -> str:
    raise ProviderFailure("openai/x is down")


async def raises_a_spent_budget(_: View) -> str:
    raise BudgetSpent("no money left")


def raises_a_user_error(_: View) -> str:
    raise BadOption("name another agent")


async def leaves_as_a_person(_: View) -> str:
    raise PersonLeft


def yields(view: View) -> Iterator[str]:
    yield first(view)


async def yields_and_awaits(view: View) -> AsyncIterator[str]:
    yield first(view)


async def returns_a_coroutine(view: View) -> Any:
    task = asyncio.create_task(waits(view))
    await task
    return task


class Evil:
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError("not for you")


def cannot_be_shown(_: View) -> Any:
    return Evil()


async def cancels_itself(view: View) -> str:
    task = asyncio.current_task()
    assert task
    task.cancel()
    await asyncio.sleep(1)
    return first(view)


def cancel_all() -> None:
    for task in asyncio.all_tasks():
        task.cancel()


async def cancels_all(view: View) -> str:
    cancel_all()
    await asyncio.sleep(0)
    return first(view)


async def stops_the_loop(view: View) -> str:
    asyncio.get_running_loop().stop()
    return first(view)


class Agrees(str):
    """Equals everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


async def has_an_odd_finish(view: View) -> Any:
    return Decision(first(view), Agrees("sure"))  # type: ignore[arg-type]


class _Fails:
    """Is made at first, so that it is let into a run, and then no more."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        if self.made % 10 != 1:  # it is tried once a run
            self.fail()

    def fail(self) -> None:
        raise NotImplementedError

    async def act(self, view: View) -> str:
        return first(view)


class Exits(_Fails):
    def fail(self) -> None:
        sys.exit(5)


class Interrupts(_Fails):
    def fail(self) -> None:
        raise KeyboardInterrupt


class CancelsAll(_Fails):
    def fail(self) -> None:
        cancel_all()


class StopsTheLoop(_Fails):
    def fail(self) -> None:
        asyncio.get_running_loop().stop()


class FailsAsUser(_Fails):
    def fail(self) -> None:
        raise BadOption("choose another")


# Those that do not close.


class Closes:
    """Plays, and then does not close."""

    async def act(self, view: View) -> str:
        return first(view)


class ClosesByExit(Closes):
    async def aclose(self) -> None:
        sys.exit(6)


class ClosesNever(Closes):
    async def aclose(self) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)


class ClosesBlocking(Closes):
    def aclose(self) -> None:
        threading.Event().wait(60)


class ClosesOddly(Closes):
    async def aclose(self) -> None:
        raise Mute


class ClosesAll(Closes):
    async def aclose(self) -> None:
        cancel_all()


# Those that leave something behind.


async def clings(_: View) -> str:
    """Does not stop when it is told to."""
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


async def leaves_a_task_that_clings(view: View) -> str:
    async def cling() -> None:
        while True:
            with suppress(BaseException):
                await asyncio.sleep(60)

    view.__class__.left = asyncio.create_task(cling())  # type: ignore[attr-defined]  # a task needs a holder
    return first(view)


async def leaves_a_task_that_exits(view: View) -> str:
    async def leave() -> None:
        await asyncio.sleep(0)
        sys.exit(3)

    asyncio.create_task(leave())  # noqa: RUF006  (nobody looks at it)
    await asyncio.sleep(0.01)
    return first(view)


async def leaves_a_task_that_fails(view: View) -> str:
    async def fail() -> None:
        raise ValueError("late\n" * 99)

    asyncio.create_task(fail())  # noqa: RUF006  (nobody looks at it)
    await asyncio.sleep(0.01)
    return first(view)


async def leaves_a_future_that_fails(view: View) -> str:
    asyncio.get_running_loop().create_future().set_exception(ValueError("late"))
    return first(view)


async def leaves_a_call_that_fails(view: View) -> str:
    asyncio.get_running_loop().call_soon(int, "late")
    await asyncio.sleep(0.01)
    return first(view)


async def leaves_a_call_that_stops_the_loop(view: View) -> str:
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)
    await asyncio.sleep(0.01)
    return first(view)


async def leaves_a_call_that_exits(view: View) -> str:
    asyncio.get_running_loop().call_soon(sys.exit, 3)
    await asyncio.sleep(0.01)
    return first(view)


def leaves_threads(view: View) -> str:
    threading.Thread(target=threading.Event().wait, args=(600,)).start()
    return first(view)


async def fills_all_threads(view: View) -> str:
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 600) for _ in range(20)))
    return first(view)


def changes_the_process(view: View) -> str:
    """Changes what all share."""
    os.chdir("/")
    os.environ.clear()
    random.seed(0)
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    sys.stdin.close()
    sys.stdout.close()
    return first(view)
