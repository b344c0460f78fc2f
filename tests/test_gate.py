"""What lets requests to a model through: how many at once, how many in a minute, and none that is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiolimiter import AsyncLimiter

from gtbench.errors import ProviderFailure
from gtbench.models import limits
from gtbench.models.account import Account
from gtbench.models.limits import Deadline, Gate, Pace, persist
from gtbench.models.waiting import Bulletin

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.records import Try

THROTTLED = ProviderFailure("no", passing=True, throttled=True)


async def turns(rounds: int = 20) -> None:
    """Let all that can go on do so."""
    for _ in range(rounds):
        await asyncio.sleep(0)


class Callers:
    """Callers that stay inside a gate until they are let go."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.inside = gate, 0

    def come(self) -> tuple[asyncio.Task[None], asyncio.Event]:
        """One more, and what lets it go."""
        go = asyncio.Event()

        async def stay() -> None:
            async with self.gate.passage(1, 1):
                self.inside += 1
                try:
                    await go.wait()
                finally:
                    self.inside -= 1

        return asyncio.ensure_future(stay()), go


@pytest.mark.parametrize("when", ["it waits", "it was let in just now", "it is inside"])
@pytest.mark.parametrize("times", [1, 5])
def test_a_caller_that_is_called_off_leaves_the_gate_as_wide_as_it_was(when: str, times: int) -> None:
    async def use() -> None:
        gate = Gate(Account(at_once=2))
        callers = Callers(gate)
        for _ in range(times):
            (first, leave), (second, go), (third, end) = (callers.come() for _ in range(3))
            await turns()
            assert callers.inside == 2
            called_off = second if when == "it is inside" else third
            if when == "it was let in just now":
                leave.set()
                while not first.done():  # noqa: ASYNC110  (when it has left, the third is let in and has not run)
                    await asyncio.sleep(0)
                assert gate._inside == 2
            called_off.cancel()
            for event in (leave, go, end):
                event.set()
            await asyncio.gather(first, second, third, return_exceptions=True)
            assert called_off.cancelled()
            assert gate._inside == 0
        last = [callers.come() for _ in range(4)]
        await turns()
        assert callers.inside == 2
        for _, go in last:
            go.set()
        await asyncio.gather(*(task for task, _ in last))

    asyncio.run(use())


@pytest.mark.parametrize("for_what", ["the minute", "a provider that asks to be left alone"])
def test_a_caller_that_is_called_off_while_it_waits_for_something_else_takes_no_place(for_what: str) -> None:
    async def use() -> None:
        gate = Gate(Account(at_once=1, requests_per_minute=1))
        if for_what == "the minute":
            await gate._take_pace(1, 1)
        else:
            gate._throttled(0, 900)
        task, _go = Callers(gate).come()
        await turns()
        assert gate._inside == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert gate._inside == 0

    asyncio.run(use())


def test_who_waits_comes_in_by_turns_as_others_leave() -> None:
    async def use() -> None:
        callers = Callers(Gate(Account(at_once=3)))
        come = [callers.come() for _ in range(7)]
        for number, (_, go) in enumerate(come):
            await turns()
            assert callers.inside == min(3, len(come) - number)
            go.set()
        await asyncio.gather(*(task for task, _ in come))
        assert callers.inside == 0

    asyncio.run(use())


@pytest.mark.parametrize("at_once", [1, 4, None])
def test_a_gate_is_never_wider_than_the_user_says(at_once: int | None) -> None:
    async def one(gate: Gate, failure: ProviderFailure | None = None) -> None:
        async with gate.passage(1, 1):
            if failure:
                raise failure

    async def use() -> list[float]:
        gate, widths = Gate(Account(at_once=at_once)), []
        for failure in (None, None, THROTTLED, *[None] * 200):
            await asyncio.gather(one(gate, failure), return_exceptions=True)
            widths.append(gate.width)
        return widths

    widths = asyncio.run(use())
    assert widths[0] == (at_once or float("inf"))
    assert widths[2] == 1  # no narrower than one, and none was beside it
    assert widths[3] == pytest.approx(min(at_once or 99, 1 + limits.GROWTH))
    assert widths[-1] == pytest.approx(at_once or 1 + 200 * limits.GROWTH)


def test_a_longer_wait_that_was_asked_for_is_not_cut_short_by_a_shorter_one() -> None:
    async def use(*waits: float | None) -> float:
        gate = Gate(Account())

        async def told(wait: float | None, go: asyncio.Event) -> None:
            async with gate.passage(1, 1):
                await go.wait()
                raise ProviderFailure("no", passing=True, throttled=True, retry_after=wait)

        go = asyncio.Event()
        tasks = [asyncio.ensure_future(told(wait, go)) for wait in waits]
        await turns()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        return gate._closed_for()

    for waits in ((900.0, 5.0), (5.0, 900.0), (900.0, None), (None, 900.0), (900.0, 0.0)):
        assert 800 < asyncio.run(use(*waits)) <= 900
    assert asyncio.run(use(None)) == 0


class Taken(Pace):
    """Notes what is taken, and lets all through."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.amounts: list[float] = []

    async def take(self, amount: float) -> None:
        self.amounts.append(amount)


def test_of_a_minutes_tokens_a_request_takes_its_prompt_and_a_guess_at_its_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "Pace", Taken)

    async def use() -> list[list[float]]:
        gate = Gate(Account(requests_per_minute=100, tokens_per_minute=1000))
        for most, answered in ((500, None), (500, 100), (500, 200), (500, None), (50, 0), (500, None)):
            async with gate.passage(400, most):
                gate.learn({}, answered)
        return [gate._paces[what].amounts for what in ("requests", "tokens")]  # type: ignore[attr-defined]

    requests, tokens = asyncio.run(use())
    assert requests == [1] * 6
    guesses = [
        500,
        500,
        100,
        110,
        50,
        99,
    ]  # all it may be, until one is known; then the mean of late, if less
    assert tokens == pytest.approx([400 / limits.CHARACTERS_A_TOKEN + guess for guess in guesses])


def test_a_pace_lets_a_large_amount_through_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> list[float]:
        pace, parts = Pace(600), []

        async def acquire(_: AsyncLimiter, amount: float) -> None:
            parts.append(amount)

        monkeypatch.setattr(AsyncLimiter, "acquire", acquire)
        await pace.take(150)
        return parts

    assert asyncio.run(use()) == [60, 60, 30]


@pytest.mark.parametrize(
    ("said", "learned"),
    [("600", 600), ("0", None), ("-5", None), ("none", None), ("9" * 400, None), ("6e2", None), ("", None)],
)
def test_a_limit_that_is_none_is_not_learned(said: str, learned: int | None) -> None:
    gate = Gate(Account(tokens_per_minute=7))
    for prefix in ("x-ratelimit-limit-", "anthropic-ratelimit-"):
        gate.learn(
            {f"{prefix}requests": said, f"{prefix}tokens": said, f"{prefix}requests-limit": said}, None
        )
    assert gate.limits == {"tokens": 7} | ({"requests": learned} if learned else {})


# Tries.


def tried(
    monkeypatch: pytest.MonkeyPatch, once: Callable[[int], ProviderFailure | None], tries: int | None = None,
    seconds: float = 3600.0,
) -> tuple[int, tuple[Try, ...], list[float]]:  # fmt: skip
    """How often a request is sent, the failures before the answer or the end, and the pauses."""
    sent, pauses = 0, []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def one() -> None:
        nonlocal sent
        sent += 1
        if failure := once(sent):
            raise failure

    monkeypatch.setattr(limits, "_drawn", lambda number: number / 100)
    monkeypatch.setattr("gtbench.models.limits.asyncio.sleep", pause)

    async def use() -> tuple[Try, ...]:
        try:
            return (await persist(one, Deadline(seconds), tries, Bulletin("m/x")))[1]
        except ProviderFailure as error:
            return error.tries

    failed = asyncio.run(use())
    return sent, failed, pauses


def fails(**how: object) -> Callable[[int], ProviderFailure]:
    return lambda _: ProviderFailure("no", **{"passing": True} | how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how", "tries", "sent"),
    [
        ({}, None, limits.TRIES),
        ({}, 3, 3),
        ({"passing": False}, None, 1),
        ({"unreadable": True}, None, limits.READINGS),
        ({"unreadable": True}, 2, 2),
        ({"throttled": True}, 4, 4),
        ({"retry_after": 3601.0}, None, 1),
        ({"retry_after": 3601.0, "throttled": True}, None, 1),
    ],
)
def test_a_request_is_sent_as_often_as_its_failure_deserves(
    how: dict[str, object], tries: int | None, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, failed, pauses = tried(monkeypatch, fails(**how), tries)
    assert found == len(failed) == sent
    assert len(pauses) == sent - 1


def test_the_pause_after_a_failure_is_what_the_server_asks_for_where_that_is_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def once(number: int) -> ProviderFailure | None:
        waits = {1: None, 2: 7.0, 3: 0.001}
        return ProviderFailure("no", passing=True, retry_after=waits[number]) if number in waits else None

    assert tried(monkeypatch, once)[2] == [0.01, 7.0, 0.03]


def test_a_request_that_was_not_sent_is_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried(monkeypatch, fails(sent=False, passing=False))[1] == ()


def test_pauses_grow_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtbench.models.limits.random.uniform", lambda low, high: (low, high))
    drawn: list[object] = [limits._drawn(number) for number in range(1, 12)]
    assert drawn[:4] == [(0, 0.5), (0, 1), (0, 2), (0, 4)]
    assert drawn[-1] == (0, limits.LONGEST_PAUSE)
    late: object = limits._drawn(10**6)
    assert late == (0, limits.LONGEST_PAUSE)
