"""The clients: the real openai SDK against a local server, and the embedded model itself."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from patience import give_up_soon

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.errors import (
    BadOption,
    MissingDependency,
    MissingKey,
    ProviderFailure,
    ProviderRejection,
    RequestRefused,
    UnknownName,
    UserError,
)
from gtbench.models import local, openai
from gtbench.models.pool import ModelPool
from gtbench.models.request import Request, Sampling, Shape
from gtbench.records import Call, Message
from gtbench.testing import ChatReply, LocalProvider, script

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = (Message(role="system", content="Be brief."), Message(role="user", content="Say yes."))


def ask(reply: ChatReply | str, monkeypatch: pytest.MonkeyPatch | None = None) -> tuple[Call, LocalProvider]:
    """One call to a server that gives this reply, again and again."""

    async def one_call() -> Call:
        async with ModelPool() as pool:
            model = pool.connect("openai/some-model")
            return await model.complete(Request(PROMPT, Sampling(temperature=0, max_tokens=9), 5))

    if monkeypatch:
        give_up_soon(monkeypatch)
    with LocalProvider(lambda _: reply) as server:
        return asyncio.run(one_call()), server


def test_a_call_holds_what_was_sent_and_what_came_back() -> None:
    call, server = ask("yes indeed")
    (request,) = server.requests
    assert request["messages"] == [message.model_dump() for message in PROMPT]
    assert request["model"] == "some-model"
    sent = {key: request[key] for key in call.settings}
    assert sent == call.settings == {"temperature": 0, "max_tokens": 9, "seed": 5}
    assert call.messages == PROMPT
    assert (call.reply, call.finish, call.served_by) == ("yes indeed", "stop", "some-model-served")
    assert call.endpoint == f"{server.url}/"
    assert (call.input_tokens, call.output_tokens) == (4, 2)
    assert call.seconds > 0


@pytest.mark.parametrize(
    ("reply", "finish", "text"),
    [
        (ChatReply("half a", finish_reason="length"), "length", "half a"),
        (ChatReply("", finish_reason="content_filter"), "refused", ""),
        (ChatReply("", refusal="I will not."), "refused", "I will not."),
        (ChatReply("filtered", status=400, error_code="content_filter"), "refused", ""),
        (ChatReply("oh no", status=400, error_code="context_length_exceeded"), "too_long", ""),
        (ChatReply("\ud800 lone", finish_reason="stop"), "stop", "? lone"),
    ],
)
def test_why_a_reply_ended_is_read_from_the_providers_own_fields(
    reply: ChatReply, finish: str, text: str
) -> None:
    call, _ = ask(reply)
    assert (call.finish, call.reply) == (finish, text)


@pytest.mark.parametrize(
    ("status", "code", "error", "line"),
    [
        (401, None, ProviderRejection, "does not accept the key: check OPENAI_API_KEY"),
        (403, None, RequestRefused, "refused the request"),
        (404, None, ProviderRejection, "refused the request"),
        (400, None, RequestRefused, "refused the request"),
        (429, "insufficient_quota", ProviderRejection, "no quota left"),
        (429, None, ProviderFailure, "failed"),
        (500, None, ProviderFailure, "failed"),
        (503, None, ProviderFailure, "failed"),
    ],
)
def test_what_the_user_can_fix_is_told_from_what_the_world_did(
    status: int,
    code: str | None,
    error: type[Exception],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(error, match=line) as caught:
        ask(ChatReply("oh no", status=status, error_code=code), monkeypatch)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"finish_reason": "stop"}]},
        {"choices": [{"finish_reason": "stop", "message": None}]},
        {"choices": [{"finish_reason": "error", "message": {"content": ""}, "error": {"code": 502}}]},
        {"choices": [{"finish_reason": "stop", "message": {"content": ["a", "list"]}}]},
        {"choices": [{"finish_reason": "stop", "message": {"content": 3}}]},
        {
            "choices": [{"finish_reason": "stop", "message": {"content": "a"}}],
            "usage": {"prompt_tokens": "x"},
        },
        {"error": "oh no"},
        [],
        "text",
        None,
    ],
)
def test_a_body_that_is_no_answer_is_a_failure_of_the_world(
    body: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    with pytest.raises(ProviderFailure, match="openai/some-model"):
        ask(ChatReply(body=body))


def test_the_anthropic_sdk_plays_a_whole_match() -> None:
    with LocalProvider() as server:
        agents = ["cot[temperature=0.5,max_tokens=50]@anthropic/claude", "prompt@openai/x"]
        match = gtbench.play("tic_tac_toe", agents, seed=1)
    assert match.faults == ()
    (first, *_) = [call for call in match.calls if call.model == "anthropic/claude"]
    request = server.requests[0]
    assert request["system"] == first.messages[0].content
    assert request["messages"] == [{"role": "user", "content": first.messages[1].content}]
    assert (request["temperature"], request["max_tokens"]) == (0.5, 50)
    assert first.settings == {"temperature": 0.5, "max_tokens": 50}
    assert first.served_by == "claude-served"
    assert first.endpoint == server.url.removesuffix("v1")
    assert first.input_tokens > 50
    assert first.output_tokens == 2


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (ChatReply("Action: be", finish_reason="max_tokens"), "truncated"),
        (ChatReply("No.", finish_reason="refusal"), "refused"),
        (ChatReply(""), "empty"),
    ],
)
def test_anthropics_reasons_for_an_end_are_read(reply: ChatReply, fault: str) -> None:
    with LocalProvider(lambda _: reply):
        match = gtbench.play("kuhn_poker", ["prompt@anthropic/claude", "random"], seed=1)
    assert [found.kind for found in match.faults] == [fault, fault]


@pytest.mark.parametrize(
    ("reply", "error", "line"),
    [
        (ChatReply("bad key", status=401), ProviderRejection, "check ANTHROPIC_API_KEY .bad key."),
        (ChatReply("no such", status=404), ProviderRejection, "refused the request: no such"),
        (ChatReply("overloaded", status=529), ProviderFailure, "anthropic/claude failed: overloaded"),
        (ChatReply("slow down", status=429), ProviderFailure, "anthropic/claude failed: slow down"),
        (ChatReply(body={"content": None}), ProviderFailure, "cannot be read"),
        (ChatReply("x", finish_reason="pause_turn"), ProviderFailure, "cannot be read"),
    ],
)
def test_anthropics_errors_are_told_apart(
    reply: ChatReply, error: type[Exception], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    with LocalProvider(lambda _: reply), pytest.raises(error, match=line):
        gtbench.play("kuhn_poker", ["prompt@anthropic/claude", "random"], seed=1)


@pytest.mark.parametrize("model", ["litellm/openai/x", "litellm/anthropic/claude-x"])
def test_litellm_plays_a_whole_match(model: str) -> None:
    with LocalProvider() as server:
        match = gtbench.play("tic_tac_toe", [f"prompt[max_tokens=50]@{model}", "random"], seed=1)
    assert match.faults == ()
    assert {call.model for call in match.calls} == {model}
    assert len(match.calls) == len(server.requests)
    call, request = match.calls[0], server.requests[0]
    assert request["max_tokens"] == 50
    assert call.settings.get("seed") == request.get("seed")
    assert ("seed" in call.settings) == (model == "litellm/openai/x")
    assert call.input_tokens > 50
    assert call.output_tokens == 2


@pytest.mark.parametrize(
    ("status", "error"), [(401, ProviderRejection), (404, ProviderRejection), (500, ProviderFailure)]
)
def test_litellms_errors_are_told_apart(
    status: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    with LocalProvider(lambda _: ChatReply("oh no", status=status)), pytest.raises(error, match="oh no"):
        gtbench.play("kuhn_poker", ["prompt@litellm/openai/x", "random"], seed=1)


def test_litellm_names_the_key_that_a_provider_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    with pytest.raises(MissingKey, match=r"litellm/mistral/x needs a key: .* MISTRAL_API_KEY"):
        gtbench.play("kuhn_poker", ["prompt@litellm/mistral/x", "random"], seed=1)
    with pytest.raises(BadOption, match="litellm/nobody/x: litellm knows no provider of that name"):
        gtbench.play("kuhn_poker", ["prompt@litellm/nobody/x", "random"], seed=1)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": None}])
def test_a_missing_usage_is_no_failure(usage: object) -> None:
    choice = {"finish_reason": "stop", "message": {"content": "Action: bet"}}
    call, _ = ask(ChatReply(body={"choices": [choice], "usage": usage}))
    assert (call.reply, call.input_tokens, call.output_tokens) == ("Action: bet", 0, 0)


@pytest.mark.parametrize("address", ["", "localhost:9/v1", "not a url", "ftp://x/y", "http://[::1"])
def test_an_address_that_is_none_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(UserError, match="OPENAI_BASE_URL is no address"):
        gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)


def test_a_password_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    give_up_soon(monkeypatch)
    with LocalProvider() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("http://", "http://me:planted-secret@"))
        model: Any = openai.OPENAI.connect("x")
        with pytest.raises(
            ProviderFailure, match="cannot be reached"
        ) as caught:  # beside a key it is refused
            asyncio.run(model.complete(Request(PROMPT, Sampling(), 1)))
        asyncio.run(model.aclose())
    assert model._endpoint == f"{server.url}/"
    assert "planted-secret" not in str(caught.value)


def test_a_key_that_is_none_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "se\u00e7ret")
    with pytest.raises(UserError, match="OPENAI_API_KEY is no key") as caught:
        gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)
    assert "ret" not in str(caught.value).replace("OPENAI_API_KEY", "")


def test_a_failure_that_passes_is_tried_again() -> None:
    replies = script(
        ChatReply("away", status=503), ChatReply("slow", status=429), "Action: pass", "Action: pass"
    )
    with LocalProvider(replies) as server:
        match = gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)
    first, *others = match.calls
    assert first.reply == "Action: pass"
    assert [failed.reason for failed in first.retries] == ["openai/x failed: away", "openai/x failed: slow"]
    assert not any(call.retries for call in others)
    assert len(server.requests) == len(match.calls) + 2
    assert match.faults == ()


def test_an_unreachable_server_is_a_failure_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    give_up_soon(monkeypatch)
    with pytest.raises(ProviderFailure, match=r"openai/x cannot be reached: .*127\.0\.0\.1:9"):
        gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)


def test_a_missing_key_is_named_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKey, match="openai/x needs a key: set the environment variable OPENAI_API_KEY"):
        gtbench.play("kuhn_poker", ["prompt@openai/x", "random"], seed=1)


@pytest.fixture(scope="module")
def smollm() -> Iterator[local.LocalModel]:
    """The embedded model; its weights are fetched if they were not before."""
    model = local.connect("smollm2-135m")
    yield model
    asyncio.run(model.aclose())


def complete(model: local.LocalModel, seed: int, grammar: str | None = None, **sampling: Any) -> Call:
    settings = Sampling.model_validate({"temperature": 1.0, "max_tokens": 12} | sampling)
    return asyncio.run(model.complete(Request(PROMPT, settings, seed, shape=Shape(grammar=grammar))))


def test_the_embedded_model_answers_and_counts_its_tokens(smollm: local.LocalModel) -> None:
    call = complete(smollm, seed=1)
    assert call.reply
    assert call.finish in ("stop", "length")
    assert 10 < call.input_tokens < 60
    assert 1 <= call.output_tokens <= 12
    assert complete(smollm, seed=1, max_tokens=2).finish == "length"


def test_the_embedded_models_seed_means_something(smollm: local.LocalModel) -> None:
    assert complete(smollm, seed=1).reply == complete(smollm, seed=1).reply
    assert len({complete(smollm, seed=seed).reply for seed in range(6)}) > 1


def test_a_grammar_constrains_the_embedded_model(smollm: local.LocalModel) -> None:
    for seed in range(3):
        assert complete(smollm, seed, 'root ::= "Action: " ("pass" | "bet")').reply in (
            "Action: pass",
            "Action: bet",
        )
    with pytest.raises(ProviderRejection, match="grammar"):
        complete(smollm, 0, "root ::= [")


def test_the_embedded_model_stops_where_it_is_told_to(smollm: local.LocalModel) -> None:
    call = complete(smollm, 1, 'root ::= "Action: pass"', stop="ion")
    assert (call.reply, call.finish) == ("Act", "stop")


def test_agents_that_share_most_of_their_prompts_each_find_their_own_again(smollm: local.LocalModel) -> None:
    shared = "The rules are long. " * 8
    agents = [
        shared + f"You are told this, agent {name}: {name} it is. " * 6 for name in ("one", "two", "six")
    ]

    def asked(system: str, question: str) -> Call:
        messages = (Message(role="system", content=system), Message(role="user", content=question))
        return asyncio.run(smollm.complete(Request(messages, Sampling(max_tokens=1), 0)))

    for system in agents:
        asked(system, "What now?")
    for system in agents:
        call = asked(system, "And what is your move?")
        assert 0 < call.input_tokens - call.cached_tokens < 20


def test_a_prompt_longer_than_the_embedded_models_context_is_named_so(smollm: local.LocalModel) -> None:
    long = (Message(role="user", content="word " * (local.CONTEXT + 100)),)
    call = asyncio.run(smollm.complete(Request(long, Sampling(), 0)))
    assert (call.finish, call.reply, call.cost) == ("too_long", "", 0)
    assert "exceeds the available context size" in call.reason


SHORT = """
from gtbench.records import Message


async def asks(view, *, model, word="pass"):
    await model.ask([Message(role="user", content=f"Say {word}.")])
    return f"Action: {view.legal[0]}"
"""
"""An agent whose prompts are short: to read the rules of a game takes the embedded model seconds."""


def test_two_agents_on_the_embedded_model_play_a_match(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text(SHORT)
    asks = f"{tmp_path}/short.py:asks"
    agents = [f"{asks}[max_tokens=9]@local/smollm2-135m", f"{asks}[max_tokens=9,word=bet]@local/smollm2-135m"]
    match = gtbench.play("kuhn_poker", agents, seed=2)
    assert [turn.seat for turn in match.turns] == [0, 1]
    assert [call.model for call in match.calls] == ["local/smollm2-135m"] * 2
    assert all(call.reply and call.output_tokens for call in match.calls)


def test_weights_are_checked_by_their_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = local.fetch("smollm2-135m")

    def bring(_: local.Weights, scratch: Path) -> Path:
        (scratch / "bad.gguf").write_bytes(b"not the weights")
        return scratch / "bad.gguf"

    monkeypatch.setattr(local, "_download", bring)
    assert local.fetch("smollm2-135m") == good  # from the cache
    monkeypatch.setattr(local, "cache_folder", lambda: tmp_path)
    with pytest.raises(UserError, match="not the expected ones; nothing was kept"):
        local.fetch("smollm2-135m")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_a_local_model_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="unknown local model 'smollm'; did you mean 'smollm2-135m'"):
        local.connect("smollm")
    with pytest.raises(UserError, match="there is no such file"):
        local.connect(str(tmp_path / "none.gguf"))
    (tmp_path / "bad.gguf").write_bytes(b"not weights")
    with pytest.raises(UserError, match="cannot be loaded as a model"):
        local.connect(str(tmp_path / "bad.gguf"))
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingDependency, match=r"pip install 'gtbench\[local\]'"):
        local.connect("smollm2-135m")


def test_the_weights_can_be_fetched_ahead() -> None:
    command = [sys.executable, "-m", "gtbench.cli", "models", "fetch", "smollm2-135m"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).stat().st_size == 98_362_432


OPTIONS = "temperature=0.5,top_p=0.9,max_tokens=50,stop=END,seed=11,reasoning_effort=low,x_top_k=40,x_who=me"


def test_options_reach_the_server_as_they_were_said() -> None:
    with LocalProvider() as server:
        match = gtbench.play("kuhn_poker", [f"prompt[{OPTIONS},timeout=30]@openai/x", "random"], seed=1)
    sent = server.requests[0]
    wanted = {
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop": "END", "seed": 11,
        "reasoning_effort": "low", "top_k": 40, "who": "me",
    }  # fmt: skip
    assert sent == wanted | {"model": "x", "messages": sent["messages"]}
    assert match.calls[0].settings == wanted
    options = "max_tokens=50,stop=END,timeout=30,x_top_k=40"
    with LocalProvider() as server:
        gtbench.play("kuhn_poker", [f"prompt[{options}]@anthropic/x", "random"], seed=1)
    assert server.requests[0]["stop_sequences"] == ["END"]
    assert server.requests[0]["top_k"] == 40
    with LocalProvider() as server:
        gtbench.play("kuhn_poker", ["prompt[stop=END,seed=3,x_top_k=40]@litellm/openai/x", "random"], seed=1)
    assert (server.requests[0]["stop"], server.requests[0]["seed"]) == ("END", 3)
    assert server.requests[0]["top_k"] == 40


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        ("prompt[seed=1]@anthropic/x", "anthropic/x takes no seed: drop the option"),
        ("prompt[reasoning_effort=low]@anthropic/x", "anthropic/x takes no reasoning_effort"),
        ("prompt[timeout=9]@local/smollm2-135m", "local/smollm2-135m takes no timeout"),
        (
            "prompt[reasoning_effort=low]@litellm/openai/gpt-4o",
            "does not support parameters: .*reasoning_effort",
        ),
    ],
)
def test_an_option_that_a_model_does_not_take_is_an_error(agent: str, line: str) -> None:
    with LocalProvider() as server, pytest.raises(UserError, match=line):
        gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    assert server.requests == []


@pytest.mark.parametrize("provider", ["vllm", "ollama", "lmstudio", "openrouter"])
def test_a_server_of_the_openai_protocol_is_found_at_its_own_address(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalProvider() as server:
        monkeypatch.delenv("OPENAI_API_KEY")
        monkeypatch.delenv("OPENAI_BASE_URL")
        monkeypatch.setenv(f"{provider.upper()}_BASE_URL", server.url)
        monkeypatch.setenv("OPENROUTER_API_KEY", "a-key")
        match = gtbench.play("kuhn_poker", [f"prompt@{provider}/org/model", "random"], seed=1)
        monkeypatch.setenv("OPENAI_API_KEY", "none")  # as the server's own end expects them
        monkeypatch.setenv("OPENAI_BASE_URL", "none")
    assert match.calls[0].model == f"{provider}/org/model"
    assert server.requests[0]["model"] == "org/model"


def test_a_server_that_needs_a_key_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    with pytest.raises(MissingKey, match="OPENROUTER_API_KEY"):
        gtbench.play("kuhn_poker", ["prompt@openrouter/x", "random"], seed=1)


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("google/gemini-2.5-flash", "litellm/gemini/gemini-2.5-flash"),
        ("gemini/gemini-2.5-flash", "litellm/gemini/gemini-2.5-flash"),
        ("mistral/mistral-large-latest", "litellm/mistral/mistral-large-latest"),
        ("bedrock/anthropic.claude-v2", "litellm/bedrock/anthropic.claude-v2"),
        ("openrouter/org/x", "openrouter/org/x"),
    ],
)
def test_other_providers_resolve_to_litellm(written: str, model: str) -> None:
    assert str(load_agent(f"prompt@{written}")) == f"prompt@{model}"


@pytest.mark.parametrize("provider", ["openai", "anthropic", "vllm"])
def test_a_model_can_stand_at_an_address_of_the_agents_own(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers in one match, neither of which is shown a provider's key."""
    keys: list[str] = []

    class Server(LocalProvider):
        async def _serve_one(self, answer: Any, http: Any) -> Any:
            keys.extend(http.headers.get(name, "") for name in ("Authorization", "X-Api-Key"))
            return await super()._serve_one(answer, http)

    with Server() as one, Server() as two:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-planted-key")
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        urls = [url.removesuffix("/v1") if provider == "anthropic" else url for url in (one.url, two.url)]
        agents = [f"prompt[base_url={urls[0]}]@{provider}/x", f"prompt@{provider}/x@{urls[1]}"]
        match = gtbench.play("kuhn_poker", agents, seed=1)
        monkeypatch.setenv("GTBENCH_BASE_URL_KEY", "own-key")
        gtbench.play("kuhn_poker", agents, seed=1)
    assert match.faults == ()
    assert match.agents == tuple(f"prompt@{provider}/x@{url}" for url in urls)
    for server, url in ((one, urls[0]), (two, urls[1])):
        assert {request["model"] for request in server.requests} == {"x"}
        assert any(call.model == f"{provider}/x@{url}" for call in match.calls)
    assert any("own-key" in key for key in keys)
    assert not any("planted" in key for key in keys)


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        ("prompt[base_url=localhost:8000]@openai/x", "base_url=localhost:8000 is not of the form http://"),
        ("prompt@openai/x@localhost:9", "localhost:9 in openai/x@localhost:9 is no address: write http://"),
        ("prompt@vllm/x@localhost/v1", "write http://localhost/v1"),
        ("prompt[base_url=http://h/v1]@openai/x@http://h/v1", "has an address: drop base_url"),
        ("prompt[base_url=http://me:planted@h/v1]@openai/x", "base_url=h/v1 is not of the form"),
        ("prompt[base_url=http://h/v1]@local/smollm2-135m", "local takes no base_url"),
        ("prompt@google/x@https://h/v1", "litellm takes no base_url"),
        ("random[base_url=http://h/v1]", "random has no option 'base_url'"),
        ("prompt[base_uri=http://h/v1]@openai/x", "did you mean 'base_url'"),
    ],
)
def test_an_address_that_cannot_be_is_refused(agent: str, line: str) -> None:
    with pytest.raises(BadOption, match=line) as caught:
        load_agent(agent)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("model", ["openai/x", "openai/o3-pro", "anthropic/x"])
def test_an_answer_leaves_nothing_for_the_collector_of_garbage(model: str) -> None:
    """A ring of fifty objects an answer was a tenth of a run's time."""

    async def calls(count: int) -> None:
        async with ModelPool() as pool:
            connected = pool.connect(model)
            for index in range(count):
                await connected.complete(Request(PROMPT, Sampling(), index))

    with LocalProvider():
        asyncio.run(calls(1))
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            asyncio.run(calls(9))
            gc.collect()
            found = [kind.__qualname__ for kind in map(type, gc.garbage)]
        finally:
            gc.set_debug(0)
            gc.enable()
            gc.garbage.clear()
    assert not {"Response", "Request", "Headers", "ClientResponse"} & set(found)


@pytest.mark.parametrize(
    "model",
    ["litellm/vertex_ai/claude-3@20240101", "litellm/bedrock/amazon.nova-v1:0", "openai/x@2024:0",
     "openrouter/org/x:free", "ollama/llama3:8b@q4"],
)  # fmt: skip
def test_a_models_own_name_may_hold_at_signs_and_colons(model: str) -> None:
    spec = load_agent(f"cot[max_tokens=5]@{model}")
    assert (spec.model, str(spec)) == (model, f"cot[max_tokens=5]@{model}")
    assert load_agent(str(spec)) == spec


def test_an_agent_string_with_an_address_is_canonical() -> None:
    written = "prompt[base_url=http://h:1/v1,max_tokens=5]@openai/org/x@20240620"
    assert str(load_agent(written)) == "prompt[max_tokens=5]@openai/org/x@20240620@http://h:1/v1"
    assert str(load_agent(str(load_agent(written)))) == str(load_agent(written))
