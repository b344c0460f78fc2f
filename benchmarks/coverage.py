"""How often intervals hold the truth, and ranks too: leagues of agents whose true scores are known.

Agents play a game's best moves, or an equilibrium's, but a share of their moves at random; each plays each
other in both seats on each of many deals, as the schedule has it. That is the population, and its means are
the truth. A league draws some of its deals, with replacement, and counts them as `gtbench standings` does.

    python benchmarks/coverage.py
    python benchmarks/coverage.py --games kuhn_poker pig --agents 2 5 --deals 10 60 --leagues 1000
"""
# ruff: noqa: INP001, T201  (a plain script, which prints)

from __future__ import annotations

import argparse
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench import Table, load_game
from gtbench_leaderboards.estimate.ranks import difference, rank_intervals
from gtbench_leaderboards.estimate.ratio import estimate, ratios

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEATS = (0, 1)
GAMES = ("tic_tac_toe", "nim", "kuhn_poker", "liars_dice", "blind_auction", "pig", "prisoners_dilemma")
"""Those in which an agent's exact play costs little."""
POPULATION = 1000
"""Deals."""


def player(game: Any, noise: float, rng: Random) -> Callable[[Table, int], int]:
    """An agent that plays well but a share of its moves, which it draws among the legal ones."""
    oracle = None if game.name == "prisoners_dilemma" else game.oracle()

    def act(table: Table, seat: int) -> int:
        legal = table.legal(seat)
        if rng.random() < noise:
            return rng.choice(legal)
        if oracle is None:  # tit for tat
            return table.plies[-1][1 - seat] if table.plies else legal[0]
        policy = oracle.policy(table.view(seat))
        return rng.choices(list(policy), list(policy.values()))[0] if policy else rng.choice(legal)

    return act


def population(name: str, agents: int, deals: int = POPULATION) -> tuple[Floats, Floats]:
    """What each agent got on each deal, and how much that counts; shapes (agents, deals)."""
    game, rng = load_game(name), Random(1)
    players = [player(game, noise, rng) for noise in np.linspace(0.1, 0.9, agents)]
    top, bottom = np.zeros((agents, deals)), np.zeros((agents, deals))
    for place in range(deals):
        deal = game.deal(place)
        for first in range(agents):
            for second in range(agents):
                if first != second:
                    table, pair = Table(game, deal), (first, second)
                    while not table.over:
                        table.play({seat: players[pair[seat]](table, seat) for seat in table.to_move})
                    for seat, who in enumerate(pair):
                        span = game.payoff_range(table.state, seat)
                        top[who, place] += span.weight * span.share(table.earned[seat])
                        bottom[who, place] += span.weight
    return top, bottom


def coverage(top: Floats, bottom: Floats, deals: int, leagues: int) -> tuple[float, float, float]:
    """In which share of leagues a score, a difference and all ranks are told so that the truth is in them."""
    rng = np.random.default_rng(2)
    truth = top.sum(axis=1) / bottom.sum(axis=1)
    agents, order = len(truth), np.argsort(-truth)
    scores = differences = ranks = 0
    for league in range(leagues):
        drawn = rng.integers(0, top.shape[1], deals)
        found = [ratios(top[:, drawn], bottom[:, drawn])]
        who, other = league % agents, (league + 1) % agents
        scores += holds(estimate(found, who), truth[who])
        differences += holds(difference(found, who, other).estimate, truth[who] - truth[other])
        told = rank_intervals(found, agents)
        ranks += all(told[i].low <= place <= told[i].high for place, i in enumerate(order, start=1))
    return scores / leagues, differences / leagues, ranks / leagues


def holds(found: Any, truth: float) -> bool:
    """Whether an interval, if there is one, holds the truth."""
    return found.low is None or bool(found.low - 1e-9 <= truth <= found.high + 1e-9)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", nargs="+", default=GAMES)
    parser.add_argument("--agents", nargs="+", type=int, default=[2, 3, 5])
    parser.add_argument("--deals", nargs="+", type=int, default=[10, 25, 60])
    parser.add_argument("--leagues", type=int, default=1000)
    args = parser.parse_args(words)
    print(
        f"{'95 % intervals hold the truth in':34}",
        *(f"{deals:>4} deals: score  diff  ranks" for deals in args.deals),
    )
    for game in args.games:
        for agents in args.agents:
            top, bottom = population(game, agents)
            cells = []
            for deals in args.deals:
                shares = coverage(top, bottom, deals, args.leagues)
                cells.append(" " * 13 + "  ".join(f"{share:.3f}" for share in shares) + " ")
            print(f"{game:20} {agents:>2} agents   ", *cells, flush=True)


if __name__ == "__main__":
    main()
