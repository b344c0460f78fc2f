"""Who plays what in a run.

Each agent is seated in each game before the log is made, so that it says now what it cannot do or play.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gtbench import match
from gtbench.agent.spec import load_agent
from gtbench.agent.terminal import terminal
from gtbench.catalogue import load_game
from gtbench.errors import BadOption, BadTournament, CannotPlay, NoOracle, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gtbench.agent.spec import AgentSpec
    from gtbench.game.base import Game
    from gtbench.models.pool import ModelPool
    from gtbench.models.request import Model
    from gtbench.records import Run
    from gtbench.schedule import Cell, Tournament

log = logging.getLogger("gtbench")


class Lineup(NamedTuple):
    """Who plays what."""

    tournament: Tournament
    """Without the matches that are left out."""
    games: Mapping[str, Game]
    """By the tournament's names, as the agents."""
    agents: Mapping[str, AgentSpec]

    def models_of(self, agents: Iterable[str]) -> set[str]:
        """The models that these agents ask."""
        return {model for name in agents if (model := self.agents[name].model)}


async def line_up(tournament: Tournament, pool: ModelPool) -> Lineup:
    """Load the games and agents, and seat each agent in each game.

    Raises:
        CannotPlay: An agent cannot play a game, and its matches are not to be left out.
        BadTournament: No match is left.
        UserError: A name is wrong, or an agent cannot play at all.
    """
    games = {name: load_game(name) for name in tournament.games}
    agents = {name: load_agent(name) for name in tournament.agents}
    tournament = await _playable(Lineup(tournament, games, agents), pool)
    _check_people(agents.values(), tournament.concurrency)
    return Lineup(tournament, games, {name: replace(agent, tried=True) for name, agent in agents.items()})


async def _playable(all_: Lineup, pool: ModelPool) -> Tournament:
    """The tournament without the matches that an agent cannot play, where they may be left out."""
    tournament, games, agents = all_
    cannot: dict[Cell, UserError] = {}
    for name, agent in agents.items():
        model = pool.connect(agent.model) if agent.model else None
        cells = [(name, game) for game in games if (name, game) not in tournament.left_out]
        asked = [(cell, await _complaint(agent, model, games[cell[1]])) for cell in cells]
        wrong = {cell: error for cell, error in asked if error}
        general = [error for error in wrong.values() if not isinstance(error, CannotPlay | NoOracle)]
        if general and len(wrong) == len(cells):  # nothing to do with the game
            raise general[0]
        cannot |= wrong
    if not cannot:
        return tournament
    told = "; ".join(_told(cell, error) for cell, error in cannot.items())
    if not tournament.skip_unplayable:
        raise CannotPlay(told)
    playable = tournament.model_copy(update={"left_out": (*tournament.left_out, *cannot)})
    if not playable.match_count:
        raise BadTournament(f"no match can be played: {told}")
    log.warning("left out: %s", told)
    return playable


def _told(cell: Cell, error: UserError) -> str:
    """Why an agent cannot play a game, in words that name both."""
    text = str(error)
    return ": ".join([*(name for name in cell if name not in text), text])


async def _complaint(agent: AgentSpec, model: Model | None, game: Game) -> UserError | None:
    """Why an agent cannot be seated in a game, if it cannot."""
    try:
        await match.tried(agent, model, game)
    except UserError as error:
        return error
    return None


def _check_people(agents: Iterable[AgentSpec], at_once: int) -> None:
    """Refuse a person who would have to play several matches at once, or who is not there."""
    for person in (agent for agent in agents if agent.interactive):
        if at_once > 1:
            raise BadOption(f"{person} plays one match at a time: run with concurrency 1, not {at_once}")
        if not terminal().is_manned:
            raise BadOption(f"{person} needs a terminal to play at, and standard input is none")


def warn_of_changes(recorded: Run, agents: Mapping[str, AgentSpec]) -> None:
    """Say whose code is not what it was when the log was begun."""
    for name, agent in agents.items():
        if recorded.agents.get(name, agent.origin) != agent.origin:
            log.warning("warning: the code of %s has changed since this run was begun", name)
