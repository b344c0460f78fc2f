"""What the author of an agent writes: each of the forms that agents/README.md shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import gtbench
from gtbench import Agent, Decision, View
from gtbench.check import check_agent
from gtbench.records import Message
from gtbench_agents.skeleton import Answered, Strategy, TokenBudget

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from gtbench import Game
    from gtbench.models import Chat


def first(view: View) -> str:
    """A plain function."""
    return f"Action: {view.legal[0]}"


class Cautious:
    """With an option and luck of its own."""

    games = ("kuhn_poker",)
    deterministic = True

    def __init__(self, *, rng: Random, patience: int = 3, style: Literal["calm", "bold"] = "calm") -> None:
        self._rng, self._patience, self._style = rng, patience, style

    async def act(self, view: View) -> Decision:
        return Decision(f"{self._style} {self._patience}\nAction: {self._rng.choice(view.legal)}")

    async def aclose(self) -> None:
        """It holds nothing."""


class Polite:
    """With a model."""

    def __init__(self, *, model: Chat, thanks: bool = False) -> None:
        self._model, self._thanks = model, thanks

    async def act(self, view: View) -> Decision:
        words = f"{view.rules}\n\n{view.text}" + " Thanks!" * self._thanks
        messages = [Message(role="system", content="Be short."), Message(role="user", content=words)]
        first, *_ = await self._model.sample(messages, 2, max_tokens=100)
        sample = first if view.objection is None else await self._model.ask(messages)
        return Decision(sample.reply, sample.finish)


class Searching:
    """With the game."""

    def __init__(self, *, game: Game, rng: Random) -> None:
        self._game, self._rng = game, rng

    async def act(self, view: View) -> Decision:
        state = self._game.determinise(view.seen, view.seat, self._rng)
        return Decision(f"Action: {self._game.say(self._game.legal(state, view.seat)[0])}")


class ClairvoyantOne:
    """With the state as it is."""

    def __init__(self, *, true_state: Callable[[], Any]) -> None:
        self._true_state = true_state

    async def act(self, view: View) -> Decision:
        return Decision(f"{self._true_state()}\nAction: {view.legal[0]}")


@dataclass(kw_only=True, eq=False)
class Twice(Strategy):
    """In the skeleton that our own agents share."""

    reasons = True
    times: int = 2

    async def decide(self, view: View, budget: TokenBudget) -> Answered:
        question = self.question(view)
        decisions = await self.answers(view, question, self.times, budget)
        return Answered(question, decisions[-1] if decisions else self.first([]))


def agents(rng: Random, game: Game, chat: Chat) -> tuple[Agent, ...]:
    """All of them are agents."""
    cheat = ClairvoyantOne(true_state=lambda: None)
    return (Cautious(rng=rng), Polite(model=chat), Searching(game=game, rng=rng), cheat)


def plays() -> list[str]:
    """Plays and checks agents."""
    match = gtbench.play("kuhn_poker", ["random", "random"], seed=7)
    moves = [turn.move or "" for turn in match.turns]
    return moves + [finding.evidence for finding in check_agent("./my_agent.py:Cautious")]
