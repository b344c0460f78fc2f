"""Samples, tries, limits and outages: the real SDKs against a server that throttles, fails and hangs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from connected import with_model
from scripted import Scripted

import gtbench
from gtbench.errors import ProviderFailure
from gtbench.models import limits, pool
from gtbench.models.account import Account
from gtbench.models.limits import Gate, Pace
from gtbench.models.request import Chat, Request, Sampling
from gtbench.records import Message
from gtbench.testing import UNUSUAL, ChatReply, Faults, LocalProvider, Trouble, play_legally, script

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from gtbench.models.request import Model
    from gtbench.models.sdk import SdkModel
    from gtbench.records import Call

PROMPT = (Message(role="user", content="Say yes."),)


def ask(model: SdkModel, index: int = 0, **sampling: float) -> Awaitable[Call]:
    return model.complete(Request(PROMPT, Sampling.model_validate(sampling), index))


# Samples.


@pytest.mark.parametrize(("name", "requests"), [("openai/x", 1), ("anthropic/x", 3), ("litellm/openai/x", 1)])
def test_several_samples_are_the_same_to_the_agent_however_they_come(name: str, requests: int) -> None:
    counter = iter(range(9))

    async def use(model: SdkModel) -> tuple[Chat, Any]:
        chat = Chat(cast("Model", model), Sampling(max_tokens=9), 5)
        return chat, await chat.sample(PROMPT, 3)

    with LocalProvider(lambda _: f"reply {next(counter)}") as server:
        chat, samples = with_model(name, use)
    assert sorted(sample.reply for sample in samples) == ["reply 0", "reply 1", "reply 2"]
    assert len(server.requests) == len(chat.journal.calls) == requests
    assert len({call.key for call in chat.journal.calls}) == requests
    assert sum(call.output_tokens for call in chat.journal.calls) == 6


def test_samples_that_are_asked_for_at_once_stand_in_the_order_of_their_requests() -> None:
    """Whichever is answered first: a match and its replay hold the same."""

    class Backwards(Scripted):
        """Answers the last of its requests first."""

        async def complete(self, request: Request) -> Call:
            call = await super().complete(request)
            for _ in range(10 - request.index):
                await asyncio.sleep(0)
            return call

    async def main() -> Chat:
        chat = Chat(Backwards(*"abcdef"), Sampling(), 0)
        assert [sample.reply for sample in await chat.sample(PROMPT, 4)] == [*"abcd"]
        assert [sample.reply for sample in await chat.sample(PROMPT, 2)] == [*"ef"]
        return chat

    assert [call.reply for call in asyncio.run(main()).journal.calls] == [*"abcdef"]


def test_where_one_of_several_samples_fails_the_others_are_waited_for_and_counted() -> None:
    """They have been sent, and are paid for."""

    class FirstFails(Scripted):
        async def complete(self, request: Request) -> Call:
            if request.index == 0:
                raise ProviderFailure("no", passing=True)
            for _ in range(10):
                await asyncio.sleep(0)
            return await super().complete(request)

    async def main() -> list[str]:
        chat = Chat(FirstFails(*"abc"), Sampling(), 0)
        with pytest.raises(ProviderFailure):
            await chat.sample(PROMPT, 4)
        return [call.reply for call in chat.journal.calls]  # at once: nothing is under way any more

    assert asyncio.run(main()) == [*"abc"]


def test_a_server_that_gives_one_reply_whatever_is_asked_is_asked_again() -> None:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "one"}}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "x", "choices": [choice]}

    async def use(model: SdkModel) -> Any:
        return await Chat(cast("Model", model), Sampling(), 5).sample(PROMPT, 3)

    with LocalProvider(lambda _: ChatReply(body=body)) as server:
        assert len(with_model("openai/x", use)) == 3
    assert [request.get("n") for request in server.requests] == [3, None, None]


@pytest.mark.parametrize("name", ["openai/x", "openai/gpt-5-pro", "litellm/openai/gpt-4o"])
def test_log_probabilities_are_kept_where_they_are_asked_for(name: str) -> None:
    with LocalProvider() as server:
        plain = gtbench.play("kuhn_poker", [f"prompt@{name}", "random"], seed=1)
        match = gtbench.play("kuhn_poker", [f"prompt[logprobs=true]@{name}", "random"], seed=1)
    assert plain.calls[0].samples[0].tokens == ()
    (sample,) = match.calls[0].samples
    assert "".join(token.text for token in sample.tokens) == sample.reply
    assert all(token.logprob == 0 for token in sample.tokens)
    assert "logprobs" in str(server.requests[-1])


# The responses protocol.


def test_a_model_that_needs_the_responses_protocol_plays_a_whole_match() -> None:
    with LocalProvider() as server:
        agent = "cot[reasoning_effort=low,max_tokens=50,temperature=0.5]@openai/gpt-5-pro"
        match = gtbench.play("tic_tac_toe", [agent, "random"], seed=1)
    assert match.faults == ()
    request, call = server.requests[0], match.calls[0]
    assert request["input"] == [message.model_dump() for message in call.messages]
    assert request["reasoning"] == {"effort": "low"}
    assert (request["max_output_tokens"], request["store"]) == (50, False)
    assert call.served_by == "gpt-5-pro-served"
    assert call.input_tokens > 50
    assert call.output_tokens == 2


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (ChatReply("Action: be", finish_reason="length"), "truncated"),
        (ChatReply("", finish_reason="content_filter"), "refused"),
        (ChatReply("", refusal="I will not."), "refused"),
        (ChatReply(""), "empty"),
    ],
)
def test_why_a_response_ended_is_read_from_its_own_fields(reply: ChatReply, fault: str) -> None:
    with LocalProvider(lambda _: reply):
        match = gtbench.play("kuhn_poker", ["prompt@openai/o3-pro", "random"], seed=1)
    assert [found.kind for found in match.faults] == [fault, fault]


@pytest.mark.parametrize("name", ["openai/x", "openai/o3-pro"])
def test_a_model_that_spends_its_budget_on_reasoning_is_told_its_budget(name: str) -> None:
    reply = ChatReply("", finish_reason="length", reasoning_tokens=64)
    with LocalProvider(lambda _: reply):
        match = gtbench.play("kuhn_poker", [f"prompt[max_tokens=64]@{name}", "random"], seed=1)
    assert match.faults[0].kind == "truncated"
    assert match.faults[0].detail == (
        "The reply was cut off at its token limit (64 tokens, 64 of them for reasoning that is not shown)."
    )


# Tries.

TRIED_AGAIN = set(Faults(0).kinds) - UNUSUAL - {Trouble.DENIED}
"""The troubles that may be gone at the next try."""


@pytest.mark.parametrize("name", ["openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/x"])
@pytest.mark.parametrize("trouble", sorted(TRIED_AGAIN))
def test_every_trouble_is_tried_again_and_remembered(name: str, trouble: Trouble) -> None:
    class Once(Faults):
        def at(self, number: int) -> Trouble | None:
            return trouble if number == 0 else None

    with LocalProvider(lambda _: "yes", faults=Once(1)) as server:
        call = with_model(name, lambda model: ask(model, timeout=0.5))
    assert call.reply == "yes"
    (failed,) = call.retries
    assert failed.reason.startswith(f"{name} ")
    assert "\n" not in failed.reason
    assert len(server.requests) == 2


def test_what_a_provider_counts_for_an_answer_that_is_none_is_billed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text('["openai/x"]\ninput = 1.0\noutput = 1.0\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))

    class Once(Faults):
        def at(self, number: int) -> Trouble | None:
            return Trouble.NO_CHOICE if number == 0 else None

    with LocalProvider(lambda _: "yes", faults=Once(1)):
        call = with_model("openai/x", ask)
    (failed,) = call.retries
    assert (failed.input_tokens, failed.output_tokens, failed.cost) == (9, 1, 1e-5)
    assert (call.input_tokens, call.output_tokens) == (2, 1)
    assert call.cost == pytest.approx(1.3e-5)


def test_a_call_is_given_up_at_its_deadline_with_all_its_tries() -> None:
    with LocalProvider(faults=Faults(1, kinds=(Trouble.HANGS,))) as server:
        with pytest.raises(ProviderFailure, match=r"openai/x gave no answer in 0.\d+ s") as caught:
            with_model("openai/x", lambda model: ask(model, timeout=0.2, deadline=1.0))
        assert len(caught.value.tries) == len(server.requests) > 1


def test_a_try_that_the_deadline_cuts_off_does_not_hide_why_the_call_took_so_long() -> None:
    class Slowed(Faults):
        def at(self, number: int) -> Trouble | None:
            return Trouble.THROTTLED if number == 0 else Trouble.HANGS

    with LocalProvider(faults=Slowed(1)) as server:
        with pytest.raises(ProviderFailure, match="openai/x failed: ") as caught:
            with_model("openai/x", lambda model: ask(model, timeout=9.0, deadline=1.5))
        assert len(caught.value.tries) == len(server.requests) == 2
    assert caught.value.throttled
    assert "gave no answer in" in caught.value.tries[-1].reason


def test_a_throttled_call_is_waited_out_and_another_failure_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRIES", 2)
    throttled = [ChatReply("slow down", status=429)] * 4
    with LocalProvider(script(*throttled, "yes")):
        assert len(with_model("openai/x", ask).retries) == 4
    failed = [ChatReply("oh no", status=500)] * 4
    with LocalProvider(script(*failed, "yes")), pytest.raises(ProviderFailure) as caught:
        with_model("openai/x", ask)
    assert len(caught.value.tries) == 2


@pytest.mark.parametrize("name", ["openai/x", "anthropic/x", "litellm/openai/x"])
def test_retry_after_is_kept_by_every_call_to_the_model(name: str) -> None:
    class First(Faults):
        def at(self, number: int) -> Trouble | None:
            return Trouble.THROTTLED if number == 0 else None

    came: list[float] = []

    def reply(_: object) -> str:
        came.append(time.monotonic())
        return "yes"

    async def use(model: SdkModel) -> None:
        first = asyncio.ensure_future(ask(model))
        while not came:  # noqa: ASYNC110  (the server is another thread)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await asyncio.gather(first, ask(model, 1))

    with LocalProvider(reply, faults=First(1)):
        with_model(name, use)
    assert len(came) == 3
    assert min(came[1:]) - came[0] > 0.09  # the server asks for a tenth of a second


# Limits.


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("openai/x", {"x-ratelimit-limit-requests": "600", "x-ratelimit-limit-tokens": "90000"}),
        (
            "anthropic/x",
            {"anthropic-ratelimit-requests-limit": "600", "anthropic-ratelimit-tokens-limit": "90000"},
        ),
        ("litellm/openai/x", {"x-ratelimit-limit-requests": "600", "x-ratelimit-limit-tokens": "90000"}),
    ],
)
def test_limits_are_learned_from_the_providers_headers(name: str, headers: dict[str, str]) -> None:
    async def use(model: SdkModel) -> dict[str, int]:
        assert model.gate.limits == {}
        await ask(model)
        return model.gate.limits

    with LocalProvider(headers=headers):
        assert with_model(name, use) == {"requests": 600, "tokens": 90_000}


def test_the_users_limits_come_before_the_providers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models.toml").write_text('["openai/x"]\nrequests_per_minute = 50\nat_once = 3\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))

    async def use(model: SdkModel) -> dict[str, int]:
        await asyncio.gather(*(ask(model, index) for index in range(5)))
        return model.gate.limits

    headers = {"x-ratelimit-limit-requests": "600", "x-ratelimit-limit-tokens": "none"}
    with LocalProvider(headers=headers, latency=0.05) as server:
        assert with_model("openai/x", use) == {"requests": 50}
    assert server.most_at_once == 3


@pytest.mark.parametrize("limit", [1200, 30])
def test_no_more_than_the_limit_and_a_short_burst_is_let_through(limit: int) -> None:
    async def use() -> float:
        pace, started = Pace(limit), time.monotonic()
        burst = max(1.0, limit / 10)
        for _ in range(int(burst)):
            await pace.take(1)
        await pace.take(limit / 120)  # half a second's worth
        return time.monotonic() - started

    assert asyncio.run(use()) > 0.45


def test_a_large_prompt_takes_more_than_one_burst() -> None:
    async def use() -> float:
        pace, started = Pace(600), time.monotonic()
        await pace.take(65)
        return time.monotonic() - started

    assert asyncio.run(use()) > 0.45


def test_a_throttled_gate_narrows_once_for_what_was_sent_and_widens_again() -> None:
    async def one(gate: Gate, throttled: asyncio.Event, *, fails: bool) -> None:
        async with gate.passage(10, 10):
            await throttled.wait()
            if fails:
                raise ProviderFailure("no", passing=True, throttled=True)

    async def use() -> None:
        gate, throttled = Gate(Account()), asyncio.Event()
        tasks = [asyncio.ensure_future(one(gate, throttled, fails=n < 5)) for n in range(16)]
        await asyncio.sleep(0)
        throttled.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        # halved once, though five were throttled, then grown by eleven answers
        assert gate.width == pytest.approx(8 + 11 * limits.GROWTH)
        for _ in range(100):
            await one(gate, throttled, fails=False)
        assert gate.width == pytest.approx(8 + 111 * limits.GROWTH)

    asyncio.run(use())


def test_a_caller_that_gives_up_waiting_takes_nobodys_place() -> None:
    async def use() -> None:
        gate, done = Gate(Account(at_once=1)), asyncio.Event()

        async def one() -> None:
            async with gate.passage(1, 1):
                await done.wait()

        first, second, third = (asyncio.ensure_future(one()) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        done.set()
        await asyncio.wait_for(asyncio.gather(first, third), 5)
        assert second.cancelled()
        await asyncio.wait_for(one(), 5)

    asyncio.run(use())


def test_a_server_with_little_room_serves_many_calls_in_the_end() -> None:
    async def use(model: SdkModel) -> float:
        calls = await asyncio.gather(*(ask(model, index) for index in range(60)))
        assert all(call.reply == "yes" for call in calls)
        return model.gate.width

    with LocalProvider(lambda _: "yes", latency=0.02, room=4) as server:
        width = with_model("openai/x", use)
    assert server.answered == 60
    assert width < 60


# Outages.


def test_a_model_that_is_down_is_left_alone_and_the_others_play_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TRIES", 1)
    down = True

    def reply(request: dict[str, Any]) -> str | ChatReply:
        return ChatReply("away", status=500) if down and request["model"] == "a" else play_legally(request)

    agents = ("prompt@openai/a", "prompt@openai/b", "random")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=10, concurrency=1, seed=0)
    with LocalProvider(reply) as server:
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
        assert len(log.voids()) == pool.OUTAGE
        assert sum(request["model"] == "a" for request in server.requests) == pool.OUTAGE
        assert {match.number for match in log.matches()} == {
            number for number in range(1, 61) if (number - 1) % 6 in (4, 5)
        }
        assert log.ledger().failed == pool.OUTAGE
        down = False
        gtbench.resume(log.path)
    assert len(log.numbers()) == 60
    assert log.voids() == ()
