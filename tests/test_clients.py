"""What each client sends, reads, waits for and bills: the real SDKs against a local server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from connected import with_model

from gtbench.errors import ProviderFailure, RequestRefused
from gtbench.models import anthropic, limits, openai
from gtbench.models.answers import Fields
from gtbench.models.openai import OpenAIModel
from gtbench.models.request import Request, Sampling, Shape
from gtbench.models.responses import ResponsesModel
from gtbench.records import Call, Message
from gtbench.testing import ChatReply, LocalProvider, script

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.models.request import Provider
    from gtbench.models.sdk import SdkModel

PROMPT = (Message(role="user", content="Say yes."),)
TOOL = Shape(schema='{"type": "object", "properties": {}}', tool="play")


def ask(name: str, *, shape: Shape = Shape(), **sampling: Any) -> Call:  # noqa: B008  (it is frozen)
    """One call."""
    request = Request(PROMPT, Sampling.model_validate(sampling), 5, shape=shape)
    call: Call = with_model(name, lambda model: model.complete(request))
    return call


CLIENTS = ("openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/x")


# What may pass.


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("status", [408, 409, 520])
def test_a_status_that_may_pass_is_tried_again_and_stops_nothing(
    name: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_drawn", lambda _: 0.0)
    with LocalProvider(script(ChatReply("a moment", status=status), "yes")) as server:
        call = ask(name)
    assert call.reply == "yes"
    assert len(call.retries) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", CLIENTS)
def test_a_refusal_of_unknown_words_is_not_tried_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_drawn", lambda _: 0.0)
    with LocalProvider(lambda _: ChatReply("no", status=403)) as server:
        with pytest.raises(RequestRefused):
            ask(name)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("sampling", "seconds"),
    [
        ({"timeout": 20, "deadline": 90}, [20, 20, 20]),
        ({"timeout": 50, "deadline": 90}, [50, 50, 30]),
        ({"deadline": 90}, [90, 60, 30]),
        ({"timeout": 200, "deadline": 40}, [40, 10]),
        ({}, [600, 600, 600]),
    ],
)
def test_a_try_takes_no_longer_than_its_timeout_nor_than_is_left_of_the_calls_deadline(
    sampling: dict[str, float], seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try fails after half a minute, of a clock that nothing else moves."""
    given: list[float] = []
    now = 1000.0

    async def use(model: SdkModel) -> None:
        async def send(*words: Any) -> Any:
            nonlocal now
            given.append(words[-1])
            now += 30
            raise ProviderFailure("no", passing=True)

        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
        monkeypatch.setattr(model, "send", send)
        await model.complete(Request(PROMPT, Sampling.model_validate(sampling), 0))

    monkeypatch.setattr(limits, "_drawn", lambda _: 0.0)
    monkeypatch.setattr(limits, "TRIES", 3)
    with LocalProvider(), pytest.raises(ProviderFailure):
        with_model("openai/x", use)
    assert given == pytest.approx(seconds)


# Anthropic.


def anthropics(stop_reason: str = "end_turn", text: str = "yes", **usage: int | None) -> ChatReply:
    counted = {"input_tokens": 10, "output_tokens": 5} | usage
    content = [{"type": "text", "text": text}]
    return ChatReply(body={"id": "m", "type": "message", "role": "assistant", "model": "x",
                           "content": content, "stop_reason": stop_reason, "usage": counted})  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "read", "cached"),
    [
        ({}, 10, 0),
        ({"cache_creation_input_tokens": None, "cache_read_input_tokens": None}, 10, 0),
        ({"cache_read_input_tokens": 200}, 210, 200),
        ({"cache_creation_input_tokens": 1000}, 1010, 0),
        ({"cache_creation_input_tokens": 1000, "cache_read_input_tokens": 200}, 1210, 200),
        ({"input_tokens": 0, "cache_read_input_tokens": 200}, 200, 200),
    ],
)
def test_anthropics_counts_are_of_the_parts_of_the_input_and_each_is_billed(
    usage: dict[str, Any], read: int, cached: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text('["anthropic/x"]\ninput = 8\ncached = 1\noutput = 100\n')
    monkeypatch.setenv("GTBENCH_MODELS", str(tmp_path / "models.toml"))
    with LocalProvider(lambda _: anthropics(**usage)):
        call = ask("anthropic/x")
    assert (call.input_tokens, call.cached_tokens, call.output_tokens) == (read, cached, 5)
    assert call.cost == pytest.approx(((read - cached) * 8 + cached * 1 + 5 * 100) / 1e6)


def test_what_anthropic_writes_into_its_cache_costs_more_and_what_it_reads_there_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none-needed")
    counted = {"input_tokens": 10, "output_tokens": 5}
    parts = {"cache_creation_input_tokens": 1000, "cache_read_input_tokens": 200}

    async def cost(**usage: int) -> float | None:
        model = anthropic.connect("claude-sonnet-4-5")
        found = model._cost(model.usage(Fields(usage=Fields(usage))))
        await model.aclose()
        return found

    assert asyncio.run(cost(**counted)) == pytest.approx((10 * 3 + 5 * 15) / 1e6)
    assert asyncio.run(cost(**counted, **parts)) == pytest.approx(
        (10 * 3 + 1000 * 3.75 + 200 * 0.3 + 5 * 15) / 1e6
    )


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refused"),
    ],
)
def test_anthropics_words_for_an_end_are_known_and_none_is_asked_for_again(reason: str, finish: str) -> None:
    with LocalProvider(lambda _: anthropics(reason)) as server:
        assert ask("anthropic/x").finish == finish
    assert len(server.requests) == 1


def test_a_window_that_is_full_before_the_first_word_is_an_end_as_well() -> None:
    with LocalProvider(lambda _: anthropics("model_context_window_exceeded", "")) as server:
        assert ask("anthropic/x").finish == "length"
    assert len(server.requests) == 1


def test_a_tool_is_to_be_called_once_only() -> None:
    with LocalProvider() as server:
        call = ask("anthropic/x", shape=TOOL)
    assert call.samples[0].argument
    choice = {"type": "tool", "name": "play", "disable_parallel_tool_use": True}
    assert server.requests[0]["tool_choice"] == call.settings["tool_choice"] == choice
    assert [tool["name"] for tool in server.requests[0]["tools"]] == ["play"]


# OpenAI.


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (None, "max_completion_tokens"),
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("https://us.api.openai.com/v1", "max_completion_tokens"),
        ("https://api.openai.com.example.org/v1", "max_tokens"),
        ("https://notapi.openai.com/v1", "max_tokens"),
        ("https://my.openai.azure.com/openai/v1", "max_tokens"),
        ("http://127.0.0.1:9/v1", "max_tokens"),
    ],
)
def test_the_limit_of_a_reply_is_called_what_the_server_calls_it(
    address: str | None, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    if address:
        monkeypatch.setenv("OPENAI_BASE_URL", address)
    model = openai.OPENAI.connect("gpt-4o")
    assert isinstance(model, OpenAIModel)
    for own in (None, "max_new_tokens"):
        request = Request(PROMPT, Sampling(max_tokens=77, max_tokens_field=own), 5)
        assert model.settings(request) == {own or field: 77, "seed": 5}
    asyncio.run(model.aclose())


RESPONSES = (
    "o1-pro", "o3-pro", "o3-pro-2025-06-10", "gpt-5-pro", "gpt-5.2-pro", "gpt-5-codex", "gpt-5.1-codex-max",
    "codex-mini-latest", "o3-deep-research", "o4-mini-deep-research", "computer-use-preview",
)  # fmt: skip
CHAT = (
    "gpt-4o", "gpt-4o-mini", "gpt-5", "gpt-5-mini", "gpt-5.2", "o1", "o3", "o3-mini", "o4-mini",
    "gpt-5-proxy", "my-pro", "ft:gpt-4o-mini:me::pro",
)  # fmt: skip


def test_only_models_that_need_it_are_asked_by_the_responses_protocol() -> None:
    assert [name for name in (*RESPONSES, *CHAT) if openai.RESPONSES_ONLY.search(name)] == [*RESPONSES]


@pytest.mark.parametrize(
    ("server", "name", "kind"),
    [
        (openai.OPENAI, "gpt-5-pro", ResponsesModel),
        (openai.OPENAI, "gpt-5", OpenAIModel),
        (openai.VLLM, "gpt-5-pro", OpenAIModel),
    ],
)
def test_only_openais_own_are_asked_so(
    server: Provider, name: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    model = server.connect(name)
    assert type(model) is kind
    asyncio.run(model.aclose())
