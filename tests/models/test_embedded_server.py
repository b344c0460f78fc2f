"""The real SDKs against a real model over HTTP: llama.cpp's own server, with the embedded model's weights."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from connected import with_model

import gtbench
from gtbench.models import local
from gtbench.models.request import Chat, Sampling
from gtbench.records import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.models.request import Model
    from gtbench.models.sdk import SdkModel
    from gtbench.records import Call

PROMPT = (Message(role="user", content="Write a sentence about the sea."),)
FORM = 'root ::= "Action: " ("pass" | "bet")'


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The server's address; its weights are fetched if they were not before."""
    model = local.connect("smollm2-135m")
    yield model._server.listening_address
    asyncio.run(model.aclose())


@pytest.fixture(autouse=True)
def _leads_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("OPENAI", f"{address}/v1"), ("ANTHROPIC", address)):
        monkeypatch.setenv(f"{name}_BASE_URL", value)
        monkeypatch.setenv(f"{name}_API_KEY", "none-needed")


@pytest.mark.parametrize("model", ["openai/smollm2", "litellm/openai/smollm2"])
def test_a_model_of_the_openai_protocol_plays_a_whole_match(model: str) -> None:
    match = gtbench.play("kuhn_poker", [f"prompt[max_tokens=9,x_grammar={FORM}]@{model}", "random"], seed=1)
    assert match.faults == ()
    assert match.calls
    for call in match.calls:
        assert call.reply in ("Action: pass", "Action: bet")
        assert call.input_tokens > 300
        assert 1 < call.output_tokens <= 9
        assert "SmolLM2" in call.served_by


def test_a_model_of_anthropics_protocol_plays_a_whole_match() -> None:
    """There nothing can hold a small model to the form of an answer, so that it may forfeit."""
    match = gtbench.play("kuhn_poker", ["prompt[max_tokens=9]@anthropic/smollm2", "random"], seed=1)
    assert match.calls
    for call in match.calls:
        assert call.reply
        assert call.input_tokens > 300
        assert 1 <= call.output_tokens <= 9
    assert match.forfeited_by in ((), (0,))
    assert all(fault.kind in ("truncated", "unparsable", "illegal", "ambiguous") for fault in match.faults)


def ask(seed: int, n: int = 1, **sampling: Any) -> Call:
    """One request, of so many replies."""

    async def use(model: SdkModel) -> Call:
        settings = Sampling.model_validate({"temperature": 1.5, "max_tokens": 8} | sampling)
        chat = Chat(cast("Model", model), settings, seed)
        assert len(await chat.sample(PROMPT, n)) == n
        (call,) = chat.journal.calls
        return call

    call: Call = with_model("openai/smollm2", use)
    return call


def test_several_replies_come_of_one_request() -> None:
    call = ask(1, n=3)
    assert len({sample.reply for sample in call.samples}) > 1


def test_a_seed_means_something() -> None:
    assert ask(1).reply == ask(1).reply
    assert len({ask(seed).reply for seed in range(4)}) > 1


def test_a_reply_ends_where_it_is_told_to_or_at_its_limit() -> None:
    whole = ask(1)
    assert (whole.finish, whole.output_tokens) == ("length", 8)
    word = whole.reply.split()[2]
    stopped = ask(1, stop=word)
    assert stopped.finish == "stop"
    assert stopped.reply == whole.reply[: whole.reply.index(word)]


def test_a_json_schema_is_kept() -> None:
    schema = {"type": "object", "properties": {"move": {"enum": ["pass", "bet"]}}, "required": ["move"]}
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}

    async def use(model: SdkModel) -> Any:
        return await model.send(PROMPT, {"max_tokens": 40, "seed": 1, "response_format": form}, 60)

    answer, _ = with_model("openai/smollm2", use)
    assert json.loads(answer.choices[0].message.content)["move"] in ("pass", "bet")
