"""Many things of one kind, done at once: a run's matches, an agent's questions, a judge's decisions."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from gtbench.errors import BudgetSpent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gtbench.models.pool import ModelPool

T = TypeVar("T")


def tried_last(things: Iterable[T], tried: Callable[[T], bool]) -> deque[T]:
    """What is to be done; what came to nothing before comes last, since it may do so again."""
    return deque(sorted(things, key=tried))


@dataclass(slots=True)
class Driver(Generic[T]):
    """Does all that is left, until a cap has no room for more or something the user can fix comes up."""

    what: ClassVar[str]
    """What is done, in the plural."""

    left: deque[T]
    pool: ModelPool
    at_once: int
    not_begun: list[T] = field(init=False, default_factory=list)
    """What stays undone since a model that it needs is left alone."""
    spent: list[BudgetSpent] = field(init=False, default_factory=list)
    under_way: dict[int, T] = field(init=False, default_factory=dict)
    """What has been begun and has not ended."""
    ended: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set when something has."""

    async def do(self, one: T) -> Any:
        """Do one thing."""
        raise NotImplementedError

    async def done(self, outcome: Any) -> None:
        """What follows when room for the next thing has been made."""

    def needs(self, one: T) -> set[str]:
        """The models without which it cannot be done."""
        raise NotImplementedError

    def short_of(self, one: T) -> str:
        """What cap it may pass, so that it is not begun; empty where there is room.

        Until something has ended, nothing is known of what one takes up, and one at a time is tried.
        """
        raise NotImplementedError

    async def drive(self) -> None:
        """Do them all.

        Raises:
            BudgetSpent: A cap is reached, or has no room for more.
            Exception: What the first of them that failed has raised; the others were called off.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                while self.left and not self.spent:
                    if await self._room():
                        one = self.left.popleft()
                        self.under_way[id(one)] = one
                        tasks.create_task(self._see_through(one))
                        await asyncio.sleep(0)  # its first request leaves: not all answers come at once
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        if self.spent:
            raise self.spent[0]

    async def _room(self) -> bool:
        """Whether the next thing can be begun now; if not, something else has come up by then."""
        full = len(self.under_way) >= self.at_once
        if not full and self.needs(self.left[0]) & self.pool.left_alone.keys():
            self.not_begun.append(self.left.popleft())
            return False
        short = "" if full else self.short_of(self.left[0])
        if not full and not short:
            return True
        if not self.under_way:
            self.spent.append(BudgetSpent(f"{short} has no room for more {self.what}: {self.pool.ledger}"))
            return False
        self.ended.clear()
        await self.ended.wait()
        return False

    async def _see_through(self, one: T) -> None:
        """Do one thing, and make room for the next."""
        try:
            outcome = await self.do(one)
        finally:
            del self.under_way[id(one)]
            self.ended.set()
        await self.done(outcome)
