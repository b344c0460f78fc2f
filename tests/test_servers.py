"""What a server does is the world's: strange counts, absurd headers, models that raise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench import registry
from gtbench.errors import BudgetSpent, ProviderFailure
from gtbench.models import PATIENCE, Provider, Request, Sampling
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.pool import ModelPool
from gtbench.records import Call, Message, Sample
from gtbench.testing import ChatReply, LocalProvider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROMPT = (Message(role="user", content="Say yes."),)
PROTOCOLS = ("openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/x")
"""One model of each protocol, and litellm."""


def ask(model: str, times: int = 1) -> list[Call]:
    """Calls through a run's pool, one after the other."""

    async def main() -> list[Call]:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            return [await connected.complete(Request(PROMPT, Sampling(), n)) for n in range(times)]

    return asyncio.run(main())


def answer(model: str, text: str, usage: Any) -> dict[str, Any]:
    """The body of a sound answer, in the words of the model's protocol, with these counts."""
    read, written = usage
    if model.startswith("anthropic/"):
        content = [{"type": "text", "text": text}]
        counts = {"input_tokens": read, "output_tokens": written}
        return {"model": "m", "content": content, "stop_reason": "end_turn", "usage": counts}
    if model == "openai/o3-pro":
        message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
        counts = {"input_tokens": read, "output_tokens": written}
        return {"model": "m", "status": "completed", "output": [message], "usage": counts}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    counts = {"prompt_tokens": read, "completion_tokens": written}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice],
            "usage": counts}  # fmt: skip


# Counts.


STRANGE = (-5, 10**400, 10**18, float("nan"), float("inf"), 1e300, -1e300, None)
"""Numbers that are no counts of tokens."""


@pytest.mark.parametrize("model", PROTOCOLS[:3])
def test_a_count_that_cannot_be_is_unknown_and_costs_no_player_anything(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text(f'["{model}"]\ninput = 1.0\noutput = 1.0\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))
    told = [usage for count in STRANGE for usage in ((count, 3), (7, count))]
    bodies = iter([answer(model, "Action: bet", usage) for usage in told])
    with LocalProvider(lambda _: ChatReply(body=next(bodies))):
        calls = ask(model, len(told))
    assert [call.reply for call in calls] == ["Action: bet"] * len(told)
    assert [(call.input_tokens, call.output_tokens) for call in calls] == [(0, 3), (7, 0)] * len(STRANGE)
    for call in calls:
        ledger = Ledger(Budget(max_cost=9))
        ledger.add([call])
        assert call.cost is None
        assert (ledger.spent.cost, ledger.spent.tokens) == (0, call.input_tokens + call.output_tokens)
        with pytest.raises(BudgetSpent, match=f"price is known of {model}, or of a call whose tokens"):
            ledger.check()


def test_no_more_of_a_prompt_can_come_from_the_cache_than_there_is() -> None:
    body = answer("openai/gpt-4o", "Action: bet", (5, 3))
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 900}
    with LocalProvider(lambda _: ChatReply(body=body)):
        (call,) = ask("openai/gpt-4o")
    assert (call.input_tokens, call.cached_tokens, call.cost) == (5, 0, None)


LIMITS = ("9" * 400, "9" * 4500, "-5", "NaN", "1e9", "0", "")
"""Headers that say no limit of a minute."""


@pytest.mark.parametrize("model", PROTOCOLS)
def test_a_limit_that_cannot_be_is_none(model: str) -> None:
    told = iter(LIMITS)

    class Strange(LocalProvider):
        async def _serve_one(self, answer: Any, http: Any) -> Any:
            names = [f"x-ratelimit-limit-{what}" for what in ("requests", "tokens")]
            names += [f"anthropic-ratelimit-{what}-limit" for what in ("requests", "tokens")]
            self._headers = dict.fromkeys(names, next(told))
            return await super()._serve_one(answer, http)

    async def main() -> list[Call]:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            found = [await connected.complete(Request(PROMPT, Sampling(), n)) for n in range(len(LIMITS))]
            assert pool._counted[0]._model.gate.limits == {}  # type: ignore[attr-defined]
            return found

    with Strange(lambda _: "yes"):
        assert [call.reply for call in asyncio.run(main())] == ["yes"] * len(LIMITS)


def test_a_probability_of_nothing_survives_the_cache_and_the_log(tmp_path: Path) -> None:
    body = answer("openai/x", "Action: bet", (5, 3))
    top = [{"token": "no", "logprob": float("-inf")}]
    token = {"token": "Action: bet", "logprob": 0.0, "top_logprobs": top}
    body["choices"][0]["logprobs"] = {"content": [token]}
    agents = ("prompt[logprobs=true]@openai/x", "random")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1)
    with LocalProvider(lambda _: ChatReply(body=body)):
        logs = [
            gtbench.run(cup, log=tmp_path / f"{name}.gtbench", cache=tmp_path / "kept")
            for name in ("first", "again")
        ]
    kept = [[call.samples[0].tokens[0].top for m in log.matches() for call in m.calls] for log in logs]
    assert kept[0] == kept[1]
    assert kept[0][0] == {"no": float("-inf")}


# Models of other people's.


class Odd:
    """A model that does what it is told to instead of answering."""

    model, priced, takes = "plug/x", True, frozenset({*Sampling.model_fields, *PATIENCE})

    def __init__(self, does: Callable[[], Any]) -> None:
        self._does = does

    async def complete(self, request: Request) -> Any:
        return self._does()

    async def aclose(self) -> None:
        """Nothing is held."""


def raises(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def odd_call(**fields: Any) -> Callable[[], Any]:
    """A call of which some fields are as no model can have them."""
    sample = Sample(reply="Action: bet", finish="stop")
    return lambda: Call(model="plug/x", messages=(), settings={}, samples=(sample,)).model_copy(update=fields)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (raises(ZeroDivisionError("by nought")), "ZeroDivisionError: by nought"),
        (raises(KeyError("usage")), "KeyError: 'usage'"),
        (raises(RecursionError()), "RecursionError"),
        (raises(SystemExit(3)), "SystemExit: 3"),
        (raises(asyncio.CancelledError()), "CancelledError"),
        (raises(ExceptionGroup("several", [ValueError("one")])), "ExceptionGroup: several"),
        (lambda: None, "complete returned None, not a Call"),
        (lambda: {"samples": ["Action: bet"]}, "not a Call"),
        (odd_call(samples=()), "the call holds no sample"),
        (odd_call(output_tokens=-5), "counts of tokens, or a cost, that cannot be"),
        (odd_call(input_tokens=10**400), "that cannot be"),
        (odd_call(cost=float("nan")), "that cannot be"),
        (odd_call(cost=-1.0), "that cannot be"),
    ],
)
def test_whatever_comes_out_of_a_model_but_a_call_is_a_failure_of_the_world(
    does: Callable[[], Any], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = registry.load
    provider = Provider("odd ones", lambda _: Odd(does), lambda: "")
    monkeypatch.setattr(
        registry, "load", lambda kind, name: provider if name == "plug" else plain(kind, name)
    )
    with pytest.raises(ProviderFailure) as caught:
        gtbench.play("kuhn_poker", ["prompt@plug/x", "random"], seed=1)
    assert str(caught.value).startswith("plug/x failed: ")
    assert told in str(caught.value)
    cup = gtbench.Tournament(agents=("prompt@plug/x", "random", "greedy"), games=("kuhn_poker",), deals=1)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert len(log.matches()) == 2
    assert {void.reason for void in log.voids()} == {str(caught.value)}
    assert not any(match.faults for match in log.matches())
    assert log.ledger().failed == log.ledger().spent.calls == sum(len(void.failed) for void in log.voids())
    assert log.ledger().spent[:2] == (0, 0)
