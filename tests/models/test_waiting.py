"""Waiting for a model: never beyond a call's deadline, and told to the user."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command

import gtbench
from gtbench.errors import ProviderFailure
from gtbench.models import limits, sdk, waiting
from gtbench.models.account import Account
from gtbench.models.limits import Deadline, Gate
from gtbench.models.pool import OUTAGE, ModelPool
from gtbench.models.request import Request, Sampling
from gtbench.models.waiting import Bulletin, asked
from gtbench.records import Message
from gtbench.testing import ChatReply, LocalProvider, play_legally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMPT = (Message(role="user", content="Say yes."),)
NOW = 1_800_000_000.0
SLOW_DOWN = ChatReply("slow down", status=429)
USED_UP = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-remaining-tokens": "0"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "599.5"}, 599.5),
        ({"retry-after": "172800"}, 172_800),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Sun, 17 Jan 2027 08:00:00 GMT"}, 172_800),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9" * 4500}, None),
        ({"retry-after": "Sun, 99 Jan 2027 08:00:00 GMT"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-remaining-tokens": "12", "x-ratelimit-reset-tokens": "6m0s"}, None),
        ({**USED_UP, "x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "1s"}, 360),
        ({**USED_UP, "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 360),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000060000"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000030"}, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
        (
            {
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2027-01-15T08:01:00Z",
            },
            60,
        ),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone_is_read_from_its_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


IN_TWO_DAYS = format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)
ASKS = {
    "a number": {"Retry-After": "599"},
    "milliseconds": {"Retry-After-Ms": "599000"},
    "a date two days ahead": {"Retry-After": IN_TWO_DAYS},
    "an hour": {"Retry-After": "3600"},
    "a limit's reset": {"X-RateLimit-Remaining-Requests": "0", "X-RateLimit-Reset-Requests": "10m0s"},
}


@pytest.mark.parametrize("how", ASKS)
@pytest.mark.parametrize("model", ["openai/x", "anthropic/x", "litellm/openai/x"])
def test_what_cannot_be_waited_for_by_the_deadline_is_not_waited_for(model: str, how: str) -> None:
    """Neither by the call that was told so, nor by the next, which is not even sent."""

    async def calls() -> list[ProviderFailure]:
        failures = []
        async with ModelPool() as pool:
            connected = pool.connect(model)
            for index in range(2):
                with pytest.raises(ProviderFailure) as caught:
                    await connected.complete(Request(PROMPT, Sampling(deadline=8), index))
                failures.append(caught.value)
        return failures

    with LocalProvider(lambda _: SLOW_DOWN, headers=ASKS[how]) as server:
        told, unsent = asyncio.run(calls())
    assert "slow down (it asks to be left alone for " in str(told)
    assert len(told.tries) == len(server.requests) == 1
    assert f"{model} was not asked: it asks to be left alone for " in str(unsent)
    assert "and the call may take 8 s" in str(unsent)
    assert unsent.tries == ()


def test_a_run_on_a_server_that_asks_for_two_days_ends_and_says_so(tmp_path: Path) -> None:
    agents = ["prompt[deadline=8]@openai/a", "prompt@openai/b", "random"]

    def reply(request: dict[str, Any]) -> str | ChatReply:
        return SLOW_DOWN if request["model"] == "a" else play_legally(request)

    with LocalProvider(reply, headers={"Retry-After": IN_TWO_DAYS}) as server:
        words = ["run", "--agents", *agents, "--games", "kuhn_poker", "--concurrency", "1"]
        done = command(*words, "--log", "run.gtbench", cwd=tmp_path, **server.environment)
    log = gtbench.open_log(tmp_path / "run.gtbench")
    assert done.returncode == 1
    assert sum(request["model"] == "a" for request in server.requests) == 1
    assert log.ledger().spent.calls == len(server.requests)
    assert len(log.voids()) == OUTAGE
    assert len(log.numbers()) == 20
    assert f"openai/a was asked in vain {OUTAGE} times in a row, so it was left alone." in done.stderr
    assert "asks to be left alone for 17" in done.stderr


def test_a_call_that_waits_for_its_turn_is_bounded_once_the_provider_asks_to_be_left_alone() -> None:
    async def one(gate: Gate, deadline: Deadline, failure: ProviderFailure | None, go: asyncio.Event) -> None:
        async with gate.passage(1, 1, deadline):
            await go.wait()
            if failure:
                raise failure

    async def use() -> list[Any]:
        gate, now, never = Gate(Account(at_once=2), "openai/x"), asyncio.Event(), asyncio.Event()
        throttled = ProviderFailure("no", passing=True, throttled=True, retry_after=900)
        holding = asyncio.ensure_future(one(gate, Deadline(900), None, never))
        first = asyncio.ensure_future(one(gate, Deadline(900), throttled, now))
        waiting = [asyncio.ensure_future(one(gate, Deadline(0.05), None, now)) for _ in range(3)]
        await asyncio.sleep(0)
        now.set()
        outcomes = await asyncio.gather(first, *waiting, return_exceptions=True)
        late = await asyncio.gather(one(gate, Deadline(0.05), None, now), return_exceptions=True)
        never.set()
        await holding
        assert gate._inside == 0
        return [*outcomes, *late]

    first, *waited = map(str, asyncio.run(use()))
    assert first == "no"
    assert len(waited) == 4
    for reason in waited:
        assert reason.startswith("openai/x was not asked: ")


def test_a_call_waits_as_long_as_a_server_asks_where_its_deadline_allows() -> None:
    replies: Iterator[str | ChatReply] = iter([SLOW_DOWN, "yes"])

    async def one_call() -> Any:
        async with ModelPool() as pool:
            return await pool.connect("openai/x").complete(Request(PROMPT, Sampling(deadline=60), 1))

    with LocalProvider(lambda _: next(replies), headers={"Retry-After-Ms": "20"}):
        call = asyncio.run(one_call())
    assert call.reply == "yes"
    assert len(call.retries) == 1


# What the user is told.


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


AWAY = ProviderFailure("openai/x cannot be reached: [Errno 111] Connect call failed", passing=True)
THROTTLED = ProviderFailure("openai/x failed: slow down", passing=True, throttled=True)


def test_a_wait_of_a_moment_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gtbench")
    clock = Clock()
    bulletin = Bulletin("openai/x", clock)
    for number in range(1, 9):
        bulletin.failed(AWAY, number, 0.5)
        clock.time += 0.5
        bulletin.answered()
        clock.time += 60
    assert caplog.messages == []


def test_an_outage_is_told_within_ten_seconds_then_now_and_then_and_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "gtbench")
    clock = Clock()
    bulletin, began = Bulletin("openai/x", clock), clock.time
    pauses = [0.4, 0.9, 1.8, 3.0, 8.0, 14.0, 29.0, 60.0]
    first = None
    for number, pause in enumerate(pauses, 1):
        bulletin.failed(AWAY, number, pause)
        first = first or (clock.time - began if caplog.messages else None)
        clock.time += pause
    bulletin.answered()
    assert first is not None
    assert first < 10
    assert caplog.messages == [
        "openai/x: cannot be reached, try 4, next in 3 s",
        "openai/x: cannot be reached, try 8, next in 60 s",
        "openai/x: answers again",
    ]


def test_a_long_wait_is_told_before_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gtbench")
    bulletin = Bulletin("openai/x", Clock())
    for _ in range(16):  # as many calls wait at once
        bulletin.failed(THROTTLED, 1, 30)
    assert caplog.messages == ["openai/x: asks for fewer requests, try 1, next in 30 s"]


def test_a_call_that_waits_for_others_sake_says_so_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gtbench")

    async def one(gate: Gate, failure: ProviderFailure | None) -> None:
        async with gate.passage(1, 1, Deadline(900)):
            if failure:
                raise failure

    async def use() -> None:
        gate = Gate(Account(), "openai/x")
        throttled = ProviderFailure("no", passing=True, throttled=True, retry_after=599)
        await asyncio.gather(one(gate, throttled), return_exceptions=True)
        waits = asyncio.ensure_future(one(gate, None))
        while not caplog.messages:  # noqa: ASYNC110  (it is soon)
            await asyncio.sleep(0)
        waits.cancel()

    asyncio.run(use())
    assert caplog.messages == ["openai/x: asks for fewer requests, next in 599 s"]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.parametrize("model", ["openai/x", "anthropic/x"])
def test_a_server_that_takes_no_connection_is_told_of_as_one_that_cannot_be_reached(
    model: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As behind a firewall: the connection is neither made nor refused."""
    caplog.set_level(logging.INFO, "gtbench")
    monkeypatch.setattr(sdk, "CONNECT", 0.2)
    monkeypatch.setattr(waiting, "UNSAID", 0.2)
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # as many as it queues, which nobody accepts
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)

        async def one_call() -> None:
            async with ModelPool() as pool:
                await pool.connect(model).complete(Request(PROMPT, Sampling(tries=2, deadline=60), 1))

        with pytest.raises(ProviderFailure, match=f"{model} cannot be reached: Connection timeout"):
            asyncio.run(one_call())
    assert caplog.messages == [f"{model}: cannot be reached, try 1, next in 1 s"]


@pytest.mark.parametrize("verb", ["run", "elicit"])
def test_whoever_waits_is_told_behind_a_pipe_too(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "UNSAID", 0.0)
    monkeypatch.setattr(limits, "TRIES", 2)
    address = {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    agent = "prompt@openai/x"
    what = ["--agents", agent, "random", "--games", "kuhn_poker"] if verb == "run" else [agent, "kuhn_poker"]
    done = command(verb, *what, "--log", "run.gtbench", cwd=tmp_path, **address)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if ", next in " in line]
    assert line.startswith("openai/x: cannot be reached, try 1, next in ")
