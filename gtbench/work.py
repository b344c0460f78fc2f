"""Many things of one kind, done at once under a budget: a run's matches, questions to an agent or a judge.

Each kind is a `Job`; all that is not peculiar to one of them stands here. What the world breaks off stays
undone, and the rest goes on; what the user can fix, and what nobody has foreseen, calls all of it off. What
is done stands in the log by then, so that the same work can be taken up again later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from gtbench.errors import BudgetSpent, WorldError, foremost
from gtbench.log.commits import Commits
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from collections.abc import Set as AbstractSet

    from gtbench.log.read import RunLog
    from gtbench.log.write import LogWriter
    from gtbench.models.ledger import Spent
    from gtbench.models.pool import ModelPool
    from gtbench.models.request import Journal

T = TypeVar("T")
R = TypeVar("R")
Thing_contra = TypeVar("Thing_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Begun_contra = TypeVar("Begun_contra", contravariant=True)
Ended_contra = TypeVar("Ended_contra", contravariant=True)


class Job(Protocol[Thing_contra, Result_co]):
    """What is to be done with each of many things of one kind."""

    what: ClassVar[str]
    """The things, in the plural."""

    def needs(self, one: Thing_contra) -> AbstractSet[str]:
        """The models without which it cannot be done."""
        ...

    def expects(self, one: Thing_contra, under_way: Collection[Any]) -> Spent | None:
        """What one more may take up together with all that are under way.

        None as long as nothing is known of that: one at a time is tried until then.
        """
        ...

    async def do(self, one: Thing_contra) -> Result_co:
        """Do one thing, and give its record to the log, or that of what it has cost in vain.

        Raises:
            WorldError: The world has broken it off.
            BudgetSpent: A cap is reached: nothing more is begun.
            Exception: Going on would be of no use: all that is under way is called off.
        """
        ...


class Watcher(Protocol[Begun_contra, Ended_contra]):
    """Is told what happens while many things are done, for a progress bar, say."""

    def started(self, begun: Begun_contra, /) -> None:
        """Every model is there, and work begins: on a log, or on a judge's plan; some may be done already."""
        ...

    def ended(self, outcome: Ended_contra | WorldError, /) -> None:
        """One more stands in the log, or the world has broken it off, and why."""
        ...


class Outcome(NamedTuple):
    """What has become of a list of things to be done."""

    log: RunLog
    done: int
    broken: tuple[str, ...]
    """Why some were broken off by the world."""
    left: int
    """How many were not begun, since a model that they need is left alone."""
    left_alone: tuple[str, ...]
    """Why it is, if any is."""


def broken_off(error: BaseException, *journals: Journal) -> str:
    """Why a thing was broken off; empty where nobody has to be told, and its record would hold nothing.

    That the world did it is told in any case, and else what was paid for.
    """
    if not isinstance(error, WorldError) and not any(one.calls or one.failed for one in journals):
        return ""
    if isinstance(error, asyncio.CancelledError):
        return "interrupted"
    return line(error) or type(error).__name__


def tried_last(things: Iterable[T], tried: Callable[[T], bool]) -> deque[T]:
    """What is to be done; what came to nothing before comes last, since it may do so again."""
    return deque(sorted(things, key=tried))


@dataclass(slots=True)
class Work(Generic[T, R]):
    """Does all that is left, until a cap has no room for more or something the user can fix comes up.

    Args:
        job: What is done with each.
        left: What is to be done, in this order.
        pool: The models' connections, and what may be spent on them.
        at_once: How many may be under way.
        commits: Those to the log, which nobody is held up by.
        watcher: Told of each that has ended.
    """

    job: Job[T, R]
    left: deque[T]
    pool: ModelPool
    at_once: int
    commits: Commits
    watcher: Watcher[Any, R] | None = None
    _done: int = field(init=False, default=0)
    _broken: list[WorldError] = field(init=False, default_factory=list)
    _not_begun: int = field(init=False, default=0)
    _spent: BudgetSpent | None = field(init=False, default=None)
    _under_way: dict[int, T] = field(init=False, default_factory=dict)
    _freed: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    async def do_all(self) -> None:
        """Do them all.

        Raises:
            BudgetSpent: A cap is reached, or has no room for more; what was under way has been done.
            Exception: Some of them failed, and the others were called off: see `errors.foremost`.
        """
        failed: tuple[BaseException, ...] = ()
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._begin_all(tasks)
        except BaseExceptionGroup as group:
            failed = group.exceptions
        if failed:
            raise foremost(failed)  # here, where it keeps its own cause
        if self._spent:
            raise self._spent

    def outcome(self, log: RunLog) -> Outcome:
        """What has become of it."""
        broken, alone = tuple(map(str, self._broken)), tuple(self.pool.left_alone.values())
        return Outcome(log, self._done, broken, self._not_begun, alone)

    async def _begin_all(self, tasks: asyncio.TaskGroup) -> None:
        """Begin one after the other, each as soon as there is room for it."""
        while self.left and not self._spent:
            one = self.left[0]
            if len(self._under_way) >= self.at_once:
                await self._wait()
            elif self.job.needs(one) & self.pool.left_alone.keys():
                self._not_begun += 1
                self.left.popleft()
            elif not (short := self._short_of(one)):
                self._under_way[id(one)] = self.left.popleft()
                tasks.create_task(self._see_through(one))
                await asyncio.sleep(0)  # its first request leaves: not all answers come at once
            elif self._under_way:
                await self._wait()
            else:
                self._spent = BudgetSpent(f"{short} has no room for more {self.job.what}: {self.pool.ledger}")

    async def _wait(self) -> None:
        """Wait until something that is under way has ended."""
        self._freed.clear()
        await self._freed.wait()

    def _short_of(self, one: T) -> str:
        """What keeps one more from being begun, a cap that it may pass as a rule; empty where there is room.

        What takes up nothing always has room.
        """
        ledger = self.pool.ledger
        if not ledger.budget.capped:
            return ""
        expected = self.job.expects(one, self._under_way.values())
        if expected is None:
            return f"the first of the {self.job.what}" if self._under_way else ""
        return ledger.short_of(expected) if any(expected) else ""

    async def _see_through(self, one: T) -> None:
        """Do one thing, and make room for the next; tell of it when it stands in the log."""
        outcome: R | WorldError
        try:
            outcome = await self.job.do(one)
            self._done += 1
        except WorldError as error:
            self._broken.append(error)
            outcome = error
        except BudgetSpent as error:
            self._spent = self._spent or error
            return
        finally:
            del self._under_way[id(one)]
            self._freed.set()
        await self.commits.written()
        if self.watcher:
            self.watcher.ended(outcome)


async def do_in_log(
    log: RunLog,
    job: Callable[[LogWriter], Job[T, R]],
    left: deque[T],
    pool: ModelPool,
    *,
    at_once: int,
    watcher: Watcher[Any, R] | None = None,
    begun: Any = None,
) -> Outcome:
    """Do all that is left, where each is a record of its own in a log; nobody else may write it meanwhile.

    Args:
        log: The log.
        job: What is done with each, by the writer of the log.
        left: As of `Work`, with those that follow.
        pool: The models.
        at_once: How many.
        watcher: Who is told.
        begun: What the watcher is told at the beginning; the log, unless it is something else.

    Raises:
        LogError: Somebody else writes the log.
        BudgetSpent: As of `Work.do_all`, as is what else comes up.
    """
    with log.writer() as writer:
        if watcher:
            watcher.started(log if begun is None else begun)
        work = Work(job(writer), left, pool, at_once, Commits(writer), watcher)
        await work.do_all()
    return work.outcome(log)
