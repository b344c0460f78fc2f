"""The fields of a request: left out, renamed, sent as JSON, and given up where a server refuses them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI

import gtbench
from gtbench.agent.options import sampling_of
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption, UserError
from gtbench.judging.plan import load_judge
from gtbench.models.openai import OpenAIModel, is_official
from gtbench.models.request import Request, Sampling
from gtbench.names import halves
from gtbench.testing import ChatReply, LocalProvider, play_legally

if TYPE_CHECKING:
    from pathlib import Path


def sent(agent: str) -> tuple[dict[str, Any], gtbench.Match]:
    """The first request that an agent makes, and its match."""
    with LocalProvider() as server:
        match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    return server.requests[0], match


@pytest.mark.parametrize(
    ("agent", "left"),
    [
        ("prompt[omit=seed]@openai/x", {"max_tokens"}),
        ("prompt[omit=seed;max_tokens]@openai/x", set()),
        ("prompt[omit=store]@openai/o3-pro", {"max_output_tokens"}),
        ("prompt[omit=max_tokens]@anthropic/x", set()),
        ("prompt[omit=seed]@litellm/openai/x", {"max_tokens"}),
        ("prompt[omit=seed,answer=tool]@openai/x", {"max_tokens", "tools", "tool_choice"}),
        ("prompt[omit=seed;tool_choice,answer=tool]@openai/x", {"max_tokens", "tools"}),
        ("prompt[omit=seed,max_tokens_field=max_completion_tokens]@openai/x", {"max_completion_tokens"}),
        ("prompt[omit=store,max_tokens_field=limit]@openai/o3-pro", {"limit"}),
        ("prompt[max_tokens_field=limit]@anthropic/x", {"limit"}),
    ],
)
def test_a_field_can_be_left_out_or_renamed(agent: str, left: set[str]) -> None:
    request, match = sent(agent)
    assert match.calls[0].settings.keys() == left
    assert request.keys() - {"model", "messages", "input", "system"} == left
    assert str(load_agent(str(load_agent(agent)))) == str(load_agent(agent))


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        ("prompt[omit=sed]@openai/x", "omit=sed: openai/x is sent no field 'sed'; did you mean 'seed'"),
        ("prompt[omit=seed]@anthropic/x", "omit=seed: anthropic/x is sent no field 'seed'"),
        ("prompt[omit=a b]@openai/x", "omit=a b: string should match pattern"),
        ("prompt[max_tokens_field=]@openai/x", "max_tokens_field="),
        ("prompt[omit=seed]@local/smollm2-135m", "takes no omit: drop the option"),
        ("prompt[omit=text]@openai/x", "omit=text: openai/x is sent no field 'text'"),
        ("prompt[omit=sed]@openai/o3-pro", "omit=sed: openai/o3-pro is sent no field 'sed'"),
        ("prompt[omit=sed]@litellm/openai/x", "omit=sed: litellm/openai/x is sent no field 'sed'"),
    ],
)
def test_a_field_that_is_not_there_cannot_be_left_out(agent: str, line: str) -> None:
    with LocalProvider() as server, pytest.raises(UserError, match=line):
        gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    assert server.requests == []


@pytest.mark.parametrize("provider", ["openai/x", "openai/o3-pro", "anthropic/x", "litellm/openai/x"])
@pytest.mark.parametrize("name", ["model", "messages", "tools", "limit"])
def test_a_field_that_gtbench_sends_is_no_field_of_the_providers_own(name: str, provider: str) -> None:
    agent = f"prompt[max_tokens_field=limit,x_{name}=4]@{provider}"
    with LocalProvider() as server, pytest.raises(BadOption, match=f"x_{name}: gtbench itself sends"):
        gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("x_seed=4", "x_seed: gtbench itself sends openai/x the field 'seed': drop the option"),
        ("omit=seed,x_seed=4", "x_seed: gtbench itself sends"),
        ("stop=a,x_stop=b", "x_stop: gtbench itself sends"),
        ("omit=top_k,x_top_k=4", "omit=top_k: openai/x is sent no field 'top_k'"),
        ("max_tokens_field=seed", "max_tokens_field=seed: openai/x is sent another field 'seed'"),
        ("max_tokens_field=model", "max_tokens_field=model: openai/x is sent another field 'model'"),
    ],
)
def test_no_field_of_a_request_is_said_twice(options: str, line: str, tmp_path: Path) -> None:
    with LocalProvider() as server:
        words = ["run", "--agents", f"prompt[{options}]@openai/x", "random", "--games", "nim"]
        done = command(*words, "--log", "run.gtbench", cwd=tmp_path, **server.environment)
    assert f"error: {line}" in done.stderr
    assert done.returncode == 1
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_a_field_that_is_not_there_is_refused_before_there_is_a_log_or_a_call(tmp_path: Path) -> None:
    wrong = "prompt[omit=nonsense]@openai/x"
    with LocalProvider() as server:
        for words in (
            ["run", "--agents", "prompt@openai/y", wrong, "--games", "nim"],
            ["elicit", wrong, "kuhn_poker"],
            ["play", "nim", "--vs", wrong],
        ):
            done = command(*words, "--log", "run.gtbench", cwd=tmp_path, **server.environment)
            (line,) = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
            assert line.startswith("error: omit=nonsense: openai/x is sent no field 'nonsense'; there is ")
            assert done.returncode == 1
            assert done.stdout == ""
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_what_only_some_requests_have_can_be_left_out_of_all() -> None:
    request, _ = sent("prompt[omit=seed;tool_choice;n]@openai/x")
    assert request.keys() == {"model", "messages", "max_tokens"}


def test_fields_of_the_providers_own_are_sent_as_the_json_that_they_look_like() -> None:
    options = 'x_chat_template_kwargs={"enable_thinking": false, "of": ["a,b", "]@["]},x_list=[1, null]'
    agent = f"prompt[{options},x_off=false,x_nothing=null,x_text=nulls,x_number=4]@openai/x"
    request, match = sent(agent)
    wanted = {
        "chat_template_kwargs": {"enable_thinking": False, "of": ["a,b", "]@["]}, "list": [1, None],
        "off": False, "nothing": None, "text": "nulls", "number": 4,
    }  # fmt: skip
    assert {name: request[name] for name in wanted} == wanted
    assert {name: match.calls[0].settings[name] for name in wanted} == wanted
    assert load_agent(match.agents[0]) == load_agent(agent)
    assert sent(match.agents[0])[0] == request


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.dictionaries(st.sampled_from("pqr"), JSON.filter(lambda v: isinstance(v, dict | list)), min_size=1))
def test_every_json_survives_an_agent_string(fields: dict[str, Any]) -> None:
    written = ",".join(
        f"x_{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()
    )
    spec = load_agent(f"prompt[{written} , temperature=0.5]@openai/x@2024")
    assert sampling_of(spec.options).extra == fields
    assert load_agent(str(spec)) == spec
    assert halves(str(spec))[1] == "@openai/x@2024"
    judge = load_judge(f"openai/x[{written}]")
    assert sampling_of(judge.settings).extra == fields
    assert load_judge(str(judge)) == judge


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("x_a={enable_thinking: false}", "x_a={enable_thinking: false} begins as JSON does, and is none"),
        ('x_a={"a": NaN}', "begins as JSON does, and is none"),
        ('x_a={"a": 1e999}', "begins as JSON does, and is none"),
        ('x_a={"headers": [{"api_key": "planted"}]}', "x_a is no option: keys come from the environment"),
        ("x_a=[1", "is not of the form"),
        ("x_a=" + "[" * 100_000, "is not of the form"),
        ("x_a={}}", "begins as JSON does|is not one option|is not of the form"),
    ],
)
def test_what_begins_as_json_and_is_none_is_refused(options: str, line: str) -> None:
    with pytest.raises(BadOption, match=line) as caught:
        load_agent(f"prompt[{options}]@openai/x")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "official"),
    [
        ("api.openai.com", True),
        ("eu.api.openai.com", True),
        ("us.api.openai.com", True),
        ("notapi.openai.com", False),
        ("openai.example.com", False),
    ],
)
def test_openais_servers_for_regions_are_openais(host: str, *, official: bool) -> None:
    client = AsyncOpenAI(api_key="none", base_url=f"https://{host}/v1")
    model = OpenAIModel("openai/gpt-4o-mini", client, "OPENAI_API_KEY")
    field = "max_completion_tokens" if official else "max_tokens"
    assert model.settings(Request((), Sampling(), 1)) == {field: 1024, "seed": 1}
    assert model.priced == official
    assert not is_official("eu.api.openai.com.example.org")
    asyncio.run(model.aclose())


# Several replies to a request.


def one_at_a_time(request: dict[str, Any]) -> str | ChatReply:
    """A server that refuses n."""
    if request.get("n", 1) > 1:
        return ChatReply("n: only 1 is supported", status=400)
    return play_legally(request)


def test_where_several_replies_are_refused_single_ones_are_asked_for_from_then_on(tmp_path: Path) -> None:
    agents = (
        "self_consistency[samples=3]@openai/x",
        "self_consistency[samples=3]@litellm/openai/x",
        "random",
    )
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=2, concurrency=1, seed=0)
    with LocalProvider(one_at_a_time) as server:
        log = gtbench.run(cup, log=tmp_path / "run.gtbench", cache=tmp_path / "kept")
        refused = [request for request in server.requests if request.get("n", 1) > 1]
        assert len(refused) == 2  # once for each of the models
        assert log.ledger().spent.calls == len(server.requests)
        assert log.ledger().failed == 2
        gtbench.run(cup, log=tmp_path / "again.gtbench", cache=tmp_path / "kept")
        assert len(server.requests) == log.ledger().spent.calls
    assert log.voids() == ()
    assert not any(match.faults for match in log.matches())
    assert {len(turn.attempts[0].calls) for m in log.matches() for turn in m.turns} == {0, 3}
    replayed = gtbench.run(cup, replay=log.path, log=tmp_path / "replayed.gtbench")
    asked = [Counter(call.key for call in each.calls()) for each in (log, replayed)]
    assert asked[0] == asked[1]
    assert [m.rewards for m in log.matches()] == [m.rewards for m in replayed.matches()]


def test_a_request_that_is_refused_singly_too_leaves_the_model_as_it_was() -> None:
    refusing = True

    def reply(request: dict[str, Any]) -> str | ChatReply:
        return ChatReply("not this prompt", status=400) if refusing else play_legally(request)

    with LocalProvider(reply) as server:
        for _ in range(2):
            try:
                gtbench.play("kuhn_poker", ["self_consistency[samples=3]@openai/x", "random"], seed=1)
            except gtbench.errors.GtbenchError as error:
                assert "not this prompt" in str(error)  # noqa: PT017
            refusing = False
    assert [request.get("n") for request in server.requests[:3]] == [3, None, 3]
