"""What the check asks of all that agents are handed beside their views: it says nothing of the deal.

Matches are seated on many deals, while what the players' own randomness depends on stays the same. Then all
that is handed must stay the same: what changes with the deal could be looked up among deals that are tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from gtbench import match
from gtbench.agent.spec import AgentSpec, Player
from gtbench.env.environments import WordsEnv
from gtbench.errors import CheckFailed
from gtbench.game.base import SEATS
from gtbench.game.luck import drawn, new_keys
from gtbench.models.request import Chat
from gtbench.running import run_to_end

if TYPE_CHECKING:
    from gtbench.check.sample import PositionSample
    from gtbench.game.base import Game
    from gtbench.game.view import View
    from gtbench.models.pool import ModelPool

DEALS = 20
SHOWN = 100
"""How much of what differs is shown, in characters."""


@dataclass(frozen=True, slots=True)
class _Watched(AgentSpec):
    """An agent of which is noted what it would be handed; in its place sits a player that says nothing.

    It forfeits at its first turn, since all is handed over before that.
    """

    found: list[dict[str, str]] = field(default_factory=list)
    """By name and as texts what was handed over, in the order of seats."""

    def seat(self, *place: Any, **given: Any) -> Player:
        """A silent player."""
        self.found.append({name: _text(it) for name, it in self.handed(*place, **given).items()})
        return Player(_silent)


async def _silent(_: View) -> str:
    """No move."""
    return ""


def _text(handed: Any) -> str:
    """All that can be read from something that was handed over."""
    if isinstance(handed, Random):
        return str(handed.getstate())
    if isinstance(handed, Chat):
        return f"{handed.model.model}, {handed.sampling}, {handed.seed}"
    return str(handed() if callable(handed) else handed)


def seeds(seed: int) -> list[int]:
    """The seeds of deals as a run draws them."""
    return [drawn(new_keys(seed).luck, deal) for deal in range(DEALS)]


async def refuse_handed(spec: AgentSpec, game: Game, seed: int, pool: ModelPool | None = None) -> int:
    """Raise `CheckFailed` where an agent is handed another thing on another deal; how much was compared."""
    watched = _Watched(spec.strategy, spec.options, spec.model, spec.code)
    for deal in seeds(seed):
        await match.play(game, [watched, watched], seed=deal, players_seed=seed, pool=pool)
    for number, handed in enumerate(watched.found):
        seat = number % len(SEATS)
        _refuse(f"{spec}: its {{}}", watched.found[seat], handed, f"seat {seat} of {game}")
    return len(watched.found)


def _refuse(what: str, first: dict[str, str], other: dict[str, str], where: str) -> None:
    """Raise `CheckFailed` where something differs."""
    for name, before in first.items():
        if other[name] != before:
            raise CheckFailed(
                f"{what.format(name)} depends on the deal, which can be looked up by it, in {where}"
                f"\n\nOn one deal:\n{before[:SHOWN]}\n\nOn another:\n{other[name][:SHOWN]}"
            )


async def _probe(view: View, *, rng: Random, game: Game) -> str:  # noqa: ARG001  (handed if asked for)
    """Asks for all that an agent without a model is handed."""
    return await _silent(view)


def handed(sample: PositionSample) -> str:
    """Nothing that an agent is handed beside its view depends on the deal."""
    game, found = sample.game, 0
    for spec in (AgentSpec("probe", {}, None, _probe), AgentSpec("exec:probe", {}, None)):
        found += run_to_end(refuse_handed(spec, game, sample.seed))
    env, infos = WordsEnv(game), []
    for deal in seeds(sample.seed):
        env.reset(seed=deal)
        infos.append({agent: str(info) for agent, info in env.infos.items()})
        _refuse(f"{game}: the info of {{}}", infos[0], infos[-1], "the environment")
    return f"{found} seats and {len(infos)} environments, on {DEALS} deals"
