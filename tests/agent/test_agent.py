"""Agent strings, and what the agents ask their models."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from scripted import Scripted

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption, UnknownName
from gtbench.game.table import Table
from gtbench.game.view import Objection
from gtbench.labels import FaultKind
from gtbench.models.request import Sampling
from gtbench.records import Fault

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("random", "random"),
        (" random ", "random"),
        ("random[]", "random"),
        ("prompt@openai/gpt-5", "prompt@openai/gpt-5"),
        (
            "cot[ max_tokens = 64 , temperature=0 ]@openai/gpt-5",
            "cot[max_tokens=64,temperature=0.0]@openai/gpt-5",
        ),
        ("prompt[answer=tag]@local/a/b@c.gguf", "prompt[answer=tag]@local/a/b@c.gguf"),
        ("prompt@local/my[1].gguf", "prompt@local/my[1].gguf"),
    ],
)
def test_an_agent_string_has_one_canonical_form(written: str, canonical: str) -> None:
    assert str(load_agent(written)) == canonical
    assert str(load_agent(canonical)) == canonical


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("promt@openai/x", "unknown agent 'promt'; did you mean 'prompt'?"),
        ("prompt@opnai/x", "unknown model provider 'opnai'; did you mean 'openai'?"),
        ("prompt", "prompt needs a model: prompt@PROVIDER/MODEL"),
        ("prompt@openai", "'openai' is not a model: write PROVIDER/MODEL"),
        ("prompt@", "prompt needs a model"),
        ("prompt@openai/x[omit=seed]", "options stand before the model: prompt[omit=seed]@openai/x"),
        ("random@openai/x", "random plays without a model: drop '@openai/x'"),
        ("prompt[temprature=1]@openai/x", "prompt has no option 'temprature'; did you mean 'temperature'?"),
        ("prompt[temperature=hot]@openai/x", "prompt: temperature=hot: input should be a valid number"),
        ("prompt[temperature=9]@openai/x", "temperature=9: input should be less than or equal to 2"),
        ("prompt[max_tokens=0]@openai/x", "max_tokens=0: input should be greater than or equal to 1"),
        ("prompt[answer=xml]@openai/x", "answer=xml: input should be 'tag', 'grammar', 'json' or 'tool'"),
        ("prompt[temperature]@openai/x", "'temperature' is not one option=value"),
        ("prompt[temperature=1,temperature=2]@openai/x", "is not one option=value"),
        ("random[seed=1]", "random has no option 'seed'; there is none"),
        ("prompt[temperature=1@openai/x", "is not of the form"),
        ("prompt[temperature=1]xopenai/x", "is not of the form"),
        ("prompt[temperature=true]@openai/x", "temperature=true: input should be a valid number"),
        ("prompt[max_tokens=true]@openai/x", "max_tokens=true: input should be a valid integer"),
        ("", "is not of the form"),
        ("prompt[seed=-1]@openai/x", "seed=-1: input should be greater than or equal to 0"),
        ("prompt[timeout=0]@openai/x", "timeout=0: input should be greater than 0"),
        (
            "prompt[reasoning_effort=huge]@openai/x",
            "reasoning_effort=huge: input should be 'none', 'minimal'",
        ),
        ("prompt[top_k=4]@openai/x", "prompt has no option 'top_k'; did you mean 'top_p'?"),
        ("random[x_top_k=4]", "random has no option 'x_top_k'"),
        ("prompt@gogle/x", "unknown model provider 'gogle'"),
    ],
)
def test_a_wrong_agent_string_gets_one_line(written: str, line: str) -> None:
    with pytest.raises((BadOption, UnknownName), match=re.escape(line)) as caught:
        load_agent(written)
    assert "\n" not in str(caught.value)


KUHN = gtbench.load_game("kuhn_poker")


def kuhn_view() -> gtbench.View:
    return Table(KUHN, KUHN.deal(1)).view(0)


async def act(string: str, model: Scripted, view: gtbench.View) -> str:
    agent = load_agent(string).seat(model, "seed", game=gtbench.load_game(view.game))
    return (await agent.act(view)).reply


@pytest.mark.parametrize("strategy", ["prompt", "cot"])
def test_golden_prompts(strategy: str, golden: Callable[[str, str], None]) -> None:
    view = kuhn_view()
    fault = Fault(kind=FaultKind.ILLEGAL, detail='"fold" is not a legal move now.')
    again = view._replace(objection=Objection("I give up.\nAction: fold", fault))
    model = Scripted("Action: bet", "Action: bet", takes=["grammar"])
    for question in (view, again):
        asyncio.run(act(f"{strategy}@openai/x", model, question))
    parts = []
    for request in model.asked:
        parts += [f"### {message.role}\n{message.content}" for message in request.messages]
        parts.append(f"### grammar\n{request.shape.grammar}")
    golden(f"prompt_{strategy}.txt", "\n\n".join(parts) + "\n")


def test_the_methods_differ_in_nothing_but_the_instruction() -> None:
    asked = {}
    for strategy in ("prompt", "cot"):
        model = Scripted("Action: bet")
        asyncio.run(act(f"{strategy}@openai/x", model, kuhn_view()))
        asked[strategy] = [message.content for message in model.asked[0].messages]
    assert asked["prompt"][1:] == asked["cot"][1:]
    shared = asked["prompt"][0].split("Reply with nothing but")[0]
    assert asked["cot"][0].startswith(shared)


def test_the_second_question_begins_with_the_first() -> None:
    """So that a provider's prompt cache serves it."""
    view = kuhn_view()
    again = view._replace(objection=Objection("x", Fault(kind=FaultKind.EMPTY, detail="y")))
    model = Scripted("Action: bet", "Action: bet")
    for question in (view, again):
        asyncio.run(act("prompt@openai/x", model, question))
    first, second = (request.messages for request in model.asked)
    assert second[0] == first[0]
    assert second[1].content.startswith(first[1].content)


def test_sampling_options_reach_the_model_and_each_call_has_its_own_seed() -> None:
    async def ask_twice(model: Scripted) -> None:
        agent = load_agent("prompt[temperature=0.5,max_tokens=7]@openai/x").seat(model, 1, "a", game=KUHN)
        await agent.act(kuhn_view())
        await agent.act(kuhn_view())

    models = [Scripted("a", "b"), Scripted("a", "b")]
    for model in models:
        asyncio.run(ask_twice(model))
    first, second = models[0].asked
    assert first.sampling == Sampling(temperature=0.5, max_tokens=7)
    assert first.seed != second.seed
    assert models[1].asked == [first, second]


def test_random_plays_each_legal_move_equally_often() -> None:
    game = gtbench.load_game("tic_tac_toe")
    view = Table(game, game.deal(0)).view(0)
    counts: Counter[str] = Counter()

    async def play() -> None:
        for seed in range(3600):
            counts[(await load_agent("random").seat(None, seed).act(view)).reply] += 1

    asyncio.run(play())
    assert set(counts) == {f"Action: {move}" for move in view.legal}
    assert sum((n - 400) ** 2 / 400 for n in counts.values()) < 26.1  # 99.9 % at 8 degrees of freedom


def test_a_grammar_is_refused_for_a_model_that_takes_none() -> None:
    with pytest.raises(BadOption, match="scripted/x takes no answer=grammar: use answer=tag"):
        load_agent("prompt[answer=grammar]@openai/x").seat(Scripted(), 1, game=KUHN)


@pytest.mark.parametrize(("tokens", "characters"), [(96, 160), (16, 1), (1024, 320)])
def test_a_bounded_thought_leaves_room_for_the_move(tokens: int, characters: int) -> None:
    model = Scripted("Action: bet", takes=["grammar"])
    asyncio.run(act(f"cot[max_tokens={tokens}]@openai/x", model, kuhn_view()))
    assert f"{{1,{characters}}}" in (model.asked[0].shape.grammar or "")
