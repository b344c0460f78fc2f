"""What telling two agents apart would take, before anything is played: by defaults per game and strategy.

    per game      100 deals are played in both seatings by two players that choose at random: how much their
                  difference of score varies from deal to deal, how often a seat is asked in a match, and how
                  many characters its view and the rules have
    per strategy  how many requests a decision takes, and how many tokens each writes, see `STRATEGIES`; a
                  prompt has a token for each `CHARACTERS`
    per model     the price that is known of it

Two players of strength draw more often in board games than random ones, so that fewer deals may do. After a
few deals the log itself knows better: `gtbench plan LOG`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from gtbench.agent.spec import load_agent
from gtbench.catalogue import load_game
from gtbench.game.table import Table
from gtbench.models import prices
from gtbench_leaderboards.estimate.planning import Spread, spread
from gtbench_leaderboards.estimate.ratio import ratios

if TYPE_CHECKING:
    from gtbench.agent.spec import AgentSpec

DEALS = 100
CHARACTERS = 4
INSTRUCTIONS = 150
"""Tokens of what is said around rules and view."""
STRATEGIES = {"prompt": (1, 20), "cot": (1, 300), "self_consistency": (5, 300), "tot": (13, 150)}
"""Requests a decision, and tokens that each writes; another strategy counts as `cot`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What random play tells of a game."""

    of: Spread | None
    decisions: float
    """Of a seat in a match."""
    characters: float
    """Of rules and view at a decision."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a match takes of one agent."""

    calls: float
    tokens: float
    cost: float | None
    """US dollars; None where the price is not known."""


def measured(name: str, deals: int = DEALS) -> Measured:
    """Play a game at random.

    Raises:
        UserError: There is no such game.
    """
    game, rng = load_game(name), Random(1)
    top, bottom = np.zeros((2, deals)), np.zeros((2, deals))
    decisions = characters = 0
    for place in range(deals):
        deal = game.deal(place)
        for seating in (0, 1):
            table = Table(game, deal)
            while not table.over:
                actions = {}
                for seat in table.to_move:
                    decisions += 1
                    characters += len(game.rules(seat)) + len(table.view(seat).text)
                    actions[seat] = rng.choice(table.legal(seat))
                table.play(actions)
            for seat in (0, 1):
                span = game.payoff_range(table.state, seat)
                top[seat ^ seating, place] += span.weight * span.share(table.earned[seat])
                bottom[seat ^ seating, place] += span.weight
    return Measured(spread([ratios(top, bottom)], 0, 1), decisions / (4 * deals), characters / decisions)


def taken(agent: str, game: Measured) -> Taken:
    """What a match of a game takes of an agent.

    Raises:
        UserError: There is no such agent, or the user's file of prices cannot be read.
    """
    spec = load_agent(agent)
    if not spec.model:
        return Taken(0.0, 0.0, 0.0)
    requests, written = _asks(spec)
    read = game.characters / CHARACTERS + INSTRUCTIONS
    calls = requests * game.decisions
    known = prices.cost(
        spec.model,
        "",
        input_tokens=round(1000 * read),  # of a thousand calls, for tokens are whole
        cached_tokens=0,
        output_tokens=round(1000 * written),
    )
    return Taken(calls, calls * (read + written), None if known is None else calls * known / 1000)


def _asks(spec: AgentSpec) -> tuple[int, int]:
    """How many requests a decision takes, and how many tokens each writes."""
    requests, written = STRATEGIES.get(spec.strategy, STRATEGIES["cot"])
    own = {key: int(value) for key, value in spec.options.items() if isinstance(value, int)}
    if spec.strategy == "self_consistency":
        requests = own.get("samples", requests)
    if spec.strategy == "tot":
        steps, width, votes = own.get("depth", 2), own.get("width", 3), own.get("votes", 3)
        requests = steps * (width + (votes if width > 1 else 0)) + 1  # then the move
    return requests, written
