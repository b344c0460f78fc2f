"""An opponent's words: whatever it writes around its move, no byte of it reaches the other seat's prompt.

Each match is played twice on the same deal by the same two agents on scripted models. The second time the
opponent makes the same moves with an attack around each of them, in its reasoning and in the move's own
line; all that the other seat is sent must be the same, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attacks import ATTACKS

import gtbench
from gtbench.game.deal import derive
from gtbench.testing import ChatReply, LocalProvider, play_legally, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VICTIM, ATTACKER = "victim", "attacker"


WRAPPINGS = ("{}", "**{}**", "`{}`.", '"{}"', "[{}]!", "  {}  ")


def attacked(request: dict[str, Any]) -> str | ChatReply:
    """The move of `play_legally` with an attack around it; every third question meets one alone at first."""
    prompt = words_of(request["messages"][-1]["content"])
    question, again, _ = prompt.partition("\n\nYour last answer to this question was not accepted.")
    move = str(play_legally({"model": ATTACKER, "messages": [{"content": question}]})).removeprefix(
        "Action: "
    )
    luck = derive(question)
    attack = ATTACKS[luck % len(ATTACKS)]
    if luck % 3 == 0 and not again:
        return ChatReply(attack, finish_reason="length" if luck % 2 else "stop")
    wrapped = WRAPPINGS[luck % len(WRAPPINGS)].format(move.upper())
    return f"{attack}\nACTION : {wrapped}"


def prompts(
    game: str, agents: Sequence[str], reply: Callable[[dict[str, Any]], str | ChatReply]
) -> tuple[list[Any], gtbench.Match]:
    """All that the victim was sent in a match, and the match."""

    def answer(request: dict[str, Any]) -> str | ChatReply:
        return reply(request) if request["model"] == ATTACKER else play_legally(request)

    with LocalProvider(answer) as server:
        match = gtbench.play(game, agents, seed=6)
    return [request for request in server.requests if request["model"] == VICTIM], match


@pytest.mark.parametrize("game", gtbench.list_games())
@pytest.mark.parametrize(
    "agents",
    [
        (f"prompt@openai/{VICTIM}", f"cot@openai/{ATTACKER}"),
        (f"prompt@openai/{ATTACKER}", f"cot@openai/{VICTIM}"),
        (f"self_consistency[samples=2]@openai/{VICTIM}", f"prompt@openai/{ATTACKER}"),
        (f"cot@openai/{ATTACKER}", f"tot[depth=1,votes=2,width=2]@openai/{VICTIM}"),
    ],
    ids=["prompt", "cot", "self_consistency", "tot"],
)
def test_no_byte_of_an_opponents_words_reaches_a_prompt(game: str, agents: tuple[str, str]) -> None:
    victim = next(seat for seat in (0, 1) if agents[seat].endswith(VICTIM))
    sent, plain = prompts(game, agents, play_legally)
    received, match = prompts(game, agents, attacked)
    assert received == sent
    assert received
    assert match.rewards == plain.rewards
    assert [turn.view for turn in match.turns] == [turn.view for turn in plain.turns]
    own, others = ([t for t in match.turns if (t.seat == victim) == mine] for mine in (True, False))
    assert not any(turn.faults for turn in own)
    assert all(any(attack[:20] in a.reply for attack in ATTACKS) for t in others for a in t.attempts)
