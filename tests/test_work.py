"""Many things at once: how many are begun, what stops them, and that no failure of several is lost."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import typer
from made import call

import gtbench
from gtbench.cli.driving import Kept, driving
from gtbench.errors import BadOption, BudgetSpent, MissingKey, ProviderFailure, WorldError, foremost, notes
from gtbench.log.commits import Commits
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.pool import OUTAGE, Counted, ModelPool
from gtbench.models.request import Request, Sampling
from gtbench.records import Message
from gtbench.work import Work, tried_last

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

LOG = Path(__file__).parent / "data" / "format-6.gtbench"
AT_ONCE = 4
CALL = Spent(calls=1)


@dataclass
class Counting:
    """Does with each number what it is told to, and notes how many were under way when it began."""

    what: ClassVar[str] = "numbers"

    act: Callable[[int], Awaitable[object]]
    each: Spent | None = CALL
    model: str = ""
    begun: dict[int, int] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)

    def needs(self, one: int) -> set[str]:
        return {self.model} if self.model and one % 2 else set()

    def expects(self, one: int, under_way: Collection[int]) -> Spent | None:
        assert one not in under_way
        if self.each is None and not self.ended:
            return None
        return (self.each or CALL).times(len(under_way) + 1)

    async def do(self, one: int) -> int:
        self.begun[one] = len(self.begun) - len(self.ended)
        try:
            await self.act(one)
        finally:
            self.ended.append(one)
        return one


@dataclass
class Told:
    """A watcher."""

    outcomes: list[int | WorldError] = field(default_factory=list)

    def started(self, begun: object) -> None:
        """Nobody calls it here."""

    def ended(self, outcome: int | WorldError) -> None:
        self.outcomes.append(outcome)


@pytest.fixture
def log(tmp_path: Path) -> gtbench.RunLog:
    return gtbench.open_log(shutil.copy(LOG, tmp_path / "run.gtbench"))


def worked(
    log: gtbench.RunLog, job: Counting, count: int, pool: ModelPool | None = None, watcher: Any = None
) -> Work[int, int]:
    """The work on so many numbers, done to its end."""
    with log.writer() as writer:
        work = Work(
            job, tried_last(range(count), lambda _: False), pool or ModelPool(), AT_ONCE,
            Commits(writer), watcher,
        )  # fmt: skip
        asyncio.run(work.do_all())
    return work


async def steps(one: int) -> None:
    """Something that takes a few turns of the loop, the later ones more."""
    for _ in range(9 + one % 3):
        await asyncio.sleep(0)


def test_as_many_as_may_be_are_under_way_and_each_is_told_of_once(log: gtbench.RunLog) -> None:
    job, told = Counting(steps), Told()
    outcome = worked(log, job, 20, watcher=told).outcome(log)
    assert max(job.begun.values()) == AT_ONCE - 1
    assert sorted(job.ended) == list(range(20))
    assert {one for one in told.outcomes if isinstance(one, int)} == {*range(20)}
    assert len(told.outcomes) == outcome.done == 20
    assert (outcome.broken, outcome.left, outcome.left_alone) == ((), 0, ())


def test_what_came_to_nothing_before_comes_last_and_else_the_order_stays() -> None:
    assert list(tried_last("abcde", lambda one: one in "bc")) == ["a", "d", "e", "b", "c"]


def test_what_the_world_breaks_off_is_told_and_the_rest_goes_on(log: gtbench.RunLog) -> None:
    async def act(one: int) -> None:
        await steps(one)
        if one in (3, 7):
            raise ProviderFailure(f"down at {one}")

    told = Told()
    outcome = worked(log, Counting(act), 10, watcher=told).outcome(log)
    assert outcome.done == 8
    assert sorted(outcome.broken) == ["down at 3", "down at 7"]
    assert sorted(str(one) for one in told.outcomes if isinstance(one, WorldError)) == sorted(outcome.broken)


def test_until_something_has_ended_one_at_a_time_is_tried(log: gtbench.RunLog) -> None:
    """Of what nobody knows what it takes, one may take all that there is."""
    job = Counting(steps, each=None)
    worked(log, job, 6, ModelPool(Ledger(Budget(max_calls=100))))
    assert job.begun[0] == job.begun[1] == 0
    assert max(job.begun.values()) > 0, "once it is known, many are"
    uncapped = Counting(steps, each=None)
    worked(log, uncapped, 6)
    assert uncapped.begun[1] == 1, "without a cap it is all the same"


def test_nothing_is_begun_that_may_pass_a_cap(log: gtbench.RunLog) -> None:
    pool = ModelPool(Ledger(Budget(max_calls=7)))

    async def act(one: int) -> None:
        await steps(one)
        pool.ledger.add([call(1)])

    job = Counting(act)
    with pytest.raises(BudgetSpent, match="max_calls=7 has no room for more numbers: 7 calls"):
        worked(log, job, 20, pool)
    assert job.ended == job.ended[:7]
    assert len(job.ended) == pool.ledger.spent.calls == 7


def test_what_takes_up_nothing_has_room_whatever_was_spent(log: gtbench.RunLog) -> None:
    pool = ModelPool(Ledger(Budget(max_calls=1)))
    pool.ledger.add([call(1), call(1)])
    job = Counting(steps, each=Spent())
    worked(log, job, 5, pool)
    assert len(job.ended) == 5


def test_a_cap_that_is_reached_lets_end_what_is_under_way(log: gtbench.RunLog) -> None:
    async def act(one: int) -> None:
        await steps(one)
        if one == 1:
            raise BudgetSpent("max_calls=1 is spent")

    job, told = Counting(act), Told()
    with pytest.raises(BudgetSpent, match="max_calls=1 is spent"):
        worked(log, job, 20, watcher=told)
    assert len(job.begun) == len(job.ended) < 20
    assert sorted(one for one in told.outcomes if isinstance(one, int)) == sorted({*job.ended} - {1})


class Down:
    """A model that is never there."""

    model, priced, takes = "m/x", True, frozenset[str]()

    async def complete(self, _: Request) -> Any:
        raise ProviderFailure("down", passing=True)

    async def aclose(self) -> None:
        """Nothing is held."""


def test_nothing_is_begun_that_needs_a_model_which_is_left_alone(log: gtbench.RunLog) -> None:
    pool = ModelPool()
    model = Counted(Down(), pool.ledger)
    pool._counted.append(model)

    async def act(one: int) -> None:
        if one % 2:
            await model.complete(Request((Message(role="user", content=str(one)),), Sampling(), one))

    job = Counting(act, model="m/x")
    outcome = worked(log, job, 40, pool).outcome(log)
    asked = {one for one in job.begun if one % 2}
    assert asked == {1, 3, 5, 7, 9}
    assert len(outcome.broken) == OUTAGE
    assert {one for one in job.ended if not one % 2} == {*range(0, 40, 2)}, "others go on"
    assert outcome.left == 20 - OUTAGE
    assert outcome.left_alone == ("m/x was asked in vain 5 times in a row",)


def together(*errors: Exception) -> Counting:
    """A job of which so many fail at the same moment, in this order."""
    gate = asyncio.Event()

    async def act(one: int) -> None:
        if one == len(errors) - 1:
            asyncio.get_running_loop().call_soon(gate.set)
        await gate.wait()
        if one < len(errors):
            raise errors[one]
        await asyncio.Event().wait()

    return Counting(act)


def test_of_failures_at_once_the_users_comes_first_and_none_is_lost(log: gtbench.RunLog) -> None:
    unforeseen = LookupError("nobody has foreseen this")
    key, option = MissingKey("openai/a", "OPENAI_API_KEY"), BadOption("depth is from 1")
    key.__cause__ = cause = KeyError("OPENAI_API_KEY")
    job = together(unforeseen, key, option)
    with pytest.raises(MissingKey, match="set the environment variable OPENAI_API_KEY") as raised:
        worked(log, job, 10)
    assert raised.value is key
    assert key.__cause__ is cause, "what was behind it still is"
    bug, other = sorted(notes(key), key=len, reverse=True)
    assert other == "depth is from 1"
    assert bug.startswith("Traceback")
    assert bug.endswith("LookupError: nobody has foreseen this")
    assert "test_work.py" in bug, "and where it came from"
    assert len(job.begun) == len(job.ended) == AT_ONCE, "what was under way was called off"


def test_failures_that_are_alike_are_told_once(log: gtbench.RunLog) -> None:
    with pytest.raises(BadOption, match="wrong key") as raised:
        worked(log, together(*(BadOption("wrong key") for _ in range(AT_ONCE))), 10)
    assert notes(raised.value) == ()
    again = foremost([BadOption("wrong key"), foremost([BadOption("one"), BadOption("wrong key")])])
    assert (str(again), notes(again)) == ("wrong key", ("one",))


def test_each_failure_is_a_line_of_the_command_line(
    log: gtbench.RunLog, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Kept("the rest is in the log", "")
    with pytest.raises(typer.Exit), driving(kept, lambda: True):
        worked(log, together(MissingKey("openai/a", "KEY_A"), MissingKey("openai/b", "KEY_B")), 10)
    assert capsys.readouterr().err.splitlines() == [
        "error: openai/a needs a key: set the environment variable KEY_A",
        "error: openai/b needs a key: set the environment variable KEY_B",
        "the rest is in the log",
    ]


def test_what_is_called_off_calls_off_all_that_is_under_way(log: gtbench.RunLog) -> None:
    full = asyncio.Event()

    async def act(_: int) -> None:
        if len(job.begun) == AT_ONCE:
            full.set()
        await asyncio.Event().wait()

    job, told = Counting(act), Told()

    async def main() -> None:
        with log.writer() as writer:
            left = tried_last(range(20), lambda _: False)
            task = asyncio.create_task(Work(job, left, ModelPool(), AT_ONCE, Commits(writer), told).do_all())
            await full.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert len(job.begun) == len(job.ended) == AT_ONCE
    assert told.outcomes == []
