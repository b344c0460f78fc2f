"""What a tournament is, and which matches it consists of; what an elicitation is, and what it asks.

A schedule is a pure function of the tournament: the same settings lay out the same matches with the same
numbers, so that a log needs to hold only which of them have been played.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gtbench.agent.spec import load_agent
from gtbench.catalogue import load_game
from gtbench.clock import SECONDS_PER_MOVE
from gtbench.database import application
from gtbench.errors import BadTournament, suggestion
from gtbench.game.deal import derive
from gtbench.game.luck import KEY_BYTES, drawn, new_keys
from gtbench.records import APPLICATION, renamed
from gtbench.scoring import BEFORE, RunPolicy, differences, pair_identity
from gtbench.text import typed
from gtbench.toml import brief, complaint, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.records import Keys


Cell = Annotated[tuple[str, str], Field(strict=False)]
"""An agent and a game, by their strings."""

RECORDED = {"recorded": True}
"""The validation context of settings that were checked when they were recorded."""

SEATINGS = 2
"""Matches of a pair of agents on one deal, which stand side by side in a schedule."""
MOST_MATCHES = 1_000_000
"""A tournament of more is not laid out."""
MOST_SAMPLES = 10_000
"""How often an information set is put to an agent at most."""


class Tournament(BaseModel):
    """Every pair of agents on every deal of every game, each pair in both seatings.

    Names are made canonical: options in order, values in their types.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    agents: Annotated[tuple[str, ...], Field(min_length=2, strict=False)]
    games: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    deals: Annotated[int, Field(ge=1, le=100_000)] = 10
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    """Of all luck and randomness, for an experiment that must be repeated; random unless said.

    An agent that knows the seed knows the luck of every deal.
    """
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 16
    """How many matches are under way at once. No deal and no seed depends on it."""
    seconds_per_move: Annotated[float, Field(gt=0, allow_inf_nan=False)] = SECONDS_PER_MOVE
    """A player's own time for a move, both its answers together; the time of its model does not count."""
    skip_unplayable: bool = False
    """Whether the matches that an agent cannot play are left out, rather than the tournament refused."""
    left_out: Annotated[tuple[Cell, ...], Field(strict=False)] = ()
    """The pairs of an agent and a game that it cannot play, of which no match is played."""
    policy: RunPolicy | None = RunPolicy()
    """What the matches are played and scored under; None in logs up to format 6, which do not say it."""

    @model_validator(mode="before")
    @classmethod
    def _without_policy(cls, data: Any, info: ValidationInfo) -> Any:
        """Settings as logs up to format 7 hold them."""
        if info.context != RECORDED or not isinstance(data, dict):
            return data
        policy = data.get("policy")
        return {**data, "policy": {**BEFORE, **policy} if isinstance(policy, dict) else policy}

    @field_validator("policy")
    @classmethod
    def _policy_of_today(cls, policy: RunPolicy | None, info: ValidationInfo) -> RunPolicy | None:
        told = ", ".join(differences(policy)) if policy else ""
        if info.context != RECORDED and told:
            raise ValueError(f"this gtbench plays under another policy: {told}")
        return policy

    @field_validator("agents")
    @classmethod
    def _known_agents(cls, agents: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.context == RECORDED:
            return agents
        return _each_once(str(load_agent(agent)) for agent in agents)

    @field_validator("games")
    @classmethod
    def _known_games(cls, games: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.context == RECORDED:
            return games
        return _each_once(str(load_game(game)) for game in games)

    @model_validator(mode="after")
    def _can_be_laid_out(self, info: ValidationInfo) -> Self:
        if info.context != RECORDED and self.match_count > MOST_MATCHES:
            raise ValueError(
                f"it has {self.match_count:,} matches, and a tournament has at most {MOST_MATCHES:,}: "
                "name fewer agents, games or deals"
            )
        return self

    @property
    def ask_forced(self) -> bool:
        """Whether seats with one legal move are asked; they were in all runs that do not say."""
        return self.policy is None or self.policy.ask_forced

    @property
    def match_count(self) -> int:
        """How many matches there are, counted without laying them out."""
        agents = frozenset(self.agents)
        missing = Counter(game for agent, game in frozenset(self.left_out) if agent in agents)
        pairs = (math.comb(len(self.agents) - missing[game], 2) for game in self.games)
        return SEATINGS * self.deals * sum(pairs)

    def pairings(self, keys: Keys | None = None) -> tuple[Pairing, ...]:
        """Its matches, in the order in which they are to be played.

        Args:
            keys: Of its run; unless said, new ones.
        """
        return round_robin(self, keys)

    @classmethod
    def recorded(cls, settings: dict[str, Any]) -> Tournament:
        """The tournament of a log, whose games and agents need not be installed to read it."""
        return cls.model_validate(settings, context=RECORDED)

    @classmethod
    def checked(cls, settings: dict[str, Any], source: str) -> Tournament:
        """A tournament from plain settings.

        Raises:
            BadTournament: A setting is unknown, missing or wrong; the line names the source and the key.
            UserError: An agent's or game's own complaint.
        """
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            problem = error.errors()[0]
            key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
            key = key.removeprefix(".")
            if problem["type"] == "extra_forbidden":
                raise BadTournament(
                    f"{source}: unknown key {key!r}{suggestion(key, cls.model_fields)}"
                ) from None
            said = complaint(problem)
            if not key:  # of all of it
                raise BadTournament(f"{source}: {said}") from None
            given = "" if problem["type"] == "missing" else f" (it is {brief(problem['input'])})"
            raise BadTournament(f"{source}: {key}: {said}{given}") from None


class Elicitation(BaseModel):
    """An agent that is asked how it plays, one information set after another, each as often as wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: str
    game: str
    information_sets: tuple[str, ...]
    """By the oracle's names for them."""
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES)]
    seed: int | None = None
    """Of the agent's randomness; random unless said."""

    @model_validator(mode="before")
    @classmethod
    def _of_format_6(cls, data: Any) -> Any:
        """Settings as logs up to format 6 hold them: information sets were called situations."""
        return renamed(data, "situations", "information_sets")

    @property
    def agents(self) -> tuple[str, ...]:
        """The agent, as of a tournament that has one."""
        return (self.agent,)

    @property
    def question_count(self) -> int:
        """How many questions there are."""
        return self.samples * len(self.information_sets)

    def questions(self) -> Iterator[tuple[int, str]]:
        """All that is to be asked: a sample and an information set."""
        return itertools.product(range(self.samples), self.information_sets)


def _each_once(names: Iterator[str]) -> tuple[str, ...]:
    """The names as a tuple, unless one stands there twice."""
    kept = tuple(names)
    for name, times in Counter(kept).items():
        if times > 1:
            raise ValueError(f"{name} is listed twice")
    return kept


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a TOML file, as they stand there.

    Raises:
        BadTournament: The file cannot be read, or is no TOML; a run log is told so.
    """
    with suppress(OSError):  # it will be refused
        if application(path) == APPLICATION:
            name = typed(path)
            raise BadTournament(
                f"{path} is a run log, no tournament file: go on with it by gtbench resume {name}, or "
                f"play it again by gtbench run --replay {name}"
            )
    return read_toml(path, BadTournament)


def load_tournament(path: str | Path) -> Tournament:
    """A tournament from its TOML file.

    Raises:
        BadTournament: As for `read_settings` and `Tournament.checked`.
        UserError: An agent's or game's own complaint.
    """
    return Tournament.checked(read_settings(Path(path)), str(path))


@dataclass(frozen=True, slots=True)
class Pairing:
    """A match to be played."""

    number: int
    game: str
    deal: int
    pair: str  # the identity of its pair: the same deal and agents in both seatings
    seed: int  # of the deal's luck
    players_seed: int  # what the players' own randomness depends on
    agents: tuple[str, str]  # by seat


def round_robin(tournament: Tournament, keys: Keys | None = None) -> tuple[Pairing, ...]:
    """The tournament's matches, numbered from 1; any first part of them is as balanced as can be.

    Args:
        tournament: The tournament.
        keys: Of its run; unless said, new ones.
    """
    seeds = _seeds(keys or new_keys(tournament.seed), tournament.deals)
    left_out = frozenset(tournament.left_out)
    players = {
        game: [agent for agent in tournament.agents if (agent, game) not in left_out]
        for game in tournament.games
    }
    _pair = partial(pair_identity, policy=tournament.policy)
    laid_out = (
        (game, deal, seats)
        for deal in range(tournament.deals)
        for game in tournament.games
        for pair in itertools.combinations(players[game], 2)
        for seats in (pair, pair[::-1])
    )
    return tuple(
        Pairing(number, game, deal, _pair(game, seeds[deal][0], seats), *seeds[deal], seats)
        for number, (game, deal, seats) in enumerate(laid_out, 1)
    )


def players_key(keys: Keys) -> str:
    """What the randomness of a run's players is drawn under; a run from before there were keys has one."""
    return keys.players or keys.luck


def _seeds(keys: Keys, deals: int) -> list[tuple[int, int]]:
    """By deal, the seed of its luck and what its players' randomness depends on."""
    return [(_seed(keys.luck, deal), _seed(players_key(keys), deal)) for deal in range(deals)]


def _seed(key: str, deal: int) -> int:
    """What is drawn for a deal under a key, or of the digits that a run from before has in its place."""
    return drawn(key, deal) if len(key) == 2 * KEY_BYTES else derive(key, deal)
