"""How often intervals hold the truth, and ranks too: leagues of agents whose true figures are known.

`leagues.py` says who plays, and how the truth is computed apart from gtbench's estimators. Every league is
counted with the estimators of `gtbench standings`, `head_to_head` and `profile`:

    score, diff   an agent's score, and the difference of two
    less luck     the score less what chance gave
    moves         the difference of two agents in matches against each other, less what chance and the draw of
                  moves gave (`--adjusted`)
    regret, away, errors
                  an agent's mean regret, the share of the stake that it gave away, and how often it erred
    ranks         all true ranks of a table lie in their intervals
    equals        any two agents that play alike are told apart in a table; at most 5 % are meant
    ever          two that play alike are told apart at some deal, looking after every one; at most 5 % too

    python benchmarks/coverage.py --leagues 100                                  # some minutes
    python benchmarks/coverage.py                                                # overnight
    python benchmarks/coverage.py --games kuhn_poker pig --agents 2 5 --deals 10 60
"""
# ruff: noqa: INP001, T201  (a plain script, which prints)

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from leagues import GAMES, Exact, population  # first: see there

import numpy as np  # isort: skip
from variance import corrected, moves_of

from gtbench_leaderboards.estimate.adjusted import adjusted
from gtbench_leaderboards.estimate.jackknife import clustered
from gtbench_leaderboards.estimate.ranks import RankInterval, difference, rank_intervals
from gtbench_leaderboards.estimate.ratio import estimate, ratios
from gtbench_leaderboards.estimate.sequential import decided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leagues import Decisions, Played, Population
    from numpy.typing import NDArray

    from gtbench_leaderboards.estimate.ratio import Estimate

    Floats = NDArray[np.float64]

MEASURES = ("score", "diff", "less luck", "moves", "regret", "away", "errors", "ranks", "equals", "ever")
LOOKS_AHEAD = ("kuhn_poker", "liars_dice", "blind_auction", "pig")
"""Where reports take the draw of moves from scores."""
LEAST, MOST = 0.93, 0.05
"""Below the one an interval misses too often; above the other too many equals are told apart."""
ROUNDING = 1e-9
NOISES = (0.1, 0.9)
"""The share of random moves of the best agent and of the worst."""


def by_deal(played: Played, agents: int, deals: int, of: Floats) -> Floats:
    """Sums over each agent's matches on each deal, of something of both seats; shape (agents, deals)."""
    who = np.concatenate([played.first, played.second])
    place = who * deals + np.tile(played.deal, 2)
    found = np.bincount(place, of.T.ravel(), agents * deals).astype(np.float64)
    return found.reshape(agents, deals)


def scored(played: Played, agents: int, deals: int) -> tuple[Floats, Floats, Floats]:
    """What each deal gave each agent, what it counted, and what chance gave of it."""
    weight = np.column_stack([played.weight, played.weight])
    top, bottom, luck = (
        by_deal(played, agents, deals, of) for of in (played.share * weight, weight, played.luck * weight)
    )
    return top, bottom, luck


def of_decisions(made: Decisions, played: Played, who: int, deals: int) -> dict[str, Estimate]:
    """An agent's figures of play, as the profile has them."""
    own = made.agent == who
    deal, critical = played.deal[made.match[own]], made.stake[own] > ROUNDING
    regret, stake = made.regret[own], made.stake[own]
    sums = [np.bincount(deal, of, deals) for of in (regret, np.ones(len(deal)), regret * critical, stake)]
    wrong, asked = (np.bincount(deal[critical], of, deals) for of in (regret[critical] > ROUNDING, None))
    pairs = {"regret": sums[:2], "away": sums[2:], "errors": (wrong, asked)}
    high = {"regret": float(stake.max())}
    return {
        name: _rate(top, bottom, high.get(name, 1.0), amounts=name != "errors")
        for name, (top, bottom) in pairs.items()
    }


def _rate(top: NDArray[Any], bottom: NDArray[Any], high: float, *, amounts: bool) -> Estimate:
    """A ratio of sums over the deals of one game."""
    cells = [("game", deal) for deal in range(len(top))]
    gave, counted = (dict(zip(cells, of.tolist(), strict=True)) for of in (top, bottom))
    return clustered(gave, counted, high=high, amounts=amounts)


def true_rates(agents: Exact) -> dict[str, Floats]:
    """The true figures of play of every agent, by sweeps over the game."""
    game = agents.layout
    critical = game.stake > ROUNDING
    counted = agents.decided(np.ones(len(game.child)))
    return {
        "regret": agents.decided(game.regret) / counted,
        "away": agents.decided(game.regret) / agents.decided(game.stake),
        "errors": agents.decided(((game.regret > ROUNDING) & critical).astype(float))
        / agents.decided(critical.astype(float)),
    }


def holds(found: Estimate, truth: float) -> bool:
    """Whether an interval, if there is one, holds the truth."""
    if found.low is None or found.high is None:
        return True
    return bool(found.low - ROUNDING <= truth <= found.high + ROUNDING)


def covered(agents: Population, deals: int, leagues: int) -> dict[str, float]:
    """In which share of leagues each figure is told so that the truth is in it."""
    truth, hits = agents.scores, defaultdict[str, list[bool]](list)
    rates = true_rates(agents) if isinstance(agents, Exact) else {}
    order = np.argsort(-truth)
    for league in range(leagues):
        played = agents.league(deals, league)
        top, bottom, luck = scored(played, agents.agents, deals)
        found = [ratios(top, bottom)]
        who, other = league % agents.agents, (league + 1) % agents.agents
        hits["score"].append(holds(estimate(found, who), truth[who]))
        hits["diff"].append(holds(difference(found, who, other).estimate, truth[who] - truth[other]))
        if luck.any():
            less = [ratios(adjusted(top, bottom, luck), bottom)]
            hits["less luck"].append(holds(estimate(less, who), truth[who]))
        if isinstance(agents, Exact) and agents.layout.name in LOOKS_AHEAD:
            hits["moves"].append(direct(agents, played, deals, tuple(sorted((who, other)))))
        told = rank_intervals(found, agents.agents)
        hits["ranks"].append(
            all(told[i].low <= rank <= told[i].high for rank, i in enumerate(order, start=1))
        )
        if played.decisions:
            for name, one in of_decisions(played.decisions, played, who, deals).items():
                hits[name].append(holds(one, rates[name][who]))
    return {name: float(np.mean(values)) for name, values in hits.items()}


def direct(agents: Exact, played: Played, deals: int, pair: tuple[int, ...]) -> bool:
    """Whether the interval of two agents' direct difference less luck holds the truth."""
    first, second = pair
    truth = (agents.score(first, second) - agents.score(second, first)) @ (1, -1) / 2
    _, found = corrected(played, agents, np.array([pair]), deals, moves_of(played, agents))
    return holds(estimate(found, 0, low=-1.0), float(truth))


def alike(agents: Population, deals: int, leagues: int) -> dict[str, float]:
    """In which share of leagues of agents that play alike any two are told apart, and two at some deal."""
    apart, ever = 0, 0
    everybody = RankInterval(1, agents.agents)
    for league in range(leagues):
        played = agents.league(deals, league)
        top, bottom, _ = scored(played, agents.agents, deals)
        apart += any(rank != everybody for rank in rank_intervals([ratios(top, bottom)], agents.agents))
        gaps = (top[0] - top[1]) / bottom[0]
        ever += decided(np.clip(gaps[bottom[0] > 0], -1, 1), 1 - 0.95) is not None
    return {"equals": apart / leagues, "ever": ever / leagues}


def misses(cell: str, shares: Mapping[str, float]) -> list[str]:
    """What is not as it is meant, in words."""
    return [
        f"{cell}: {name} {share:.3f}"
        for name, share in shares.items()
        if (share > MOST if name in ("equals", "ever") else share < LEAST)
    ]


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", nargs="+", default=GAMES)
    parser.add_argument("--agents", nargs="+", type=int, default=[2, 3, 5, 12])
    parser.add_argument("--deals", nargs="+", type=int, default=[10, 25, 60])
    parser.add_argument("--leagues", type=int, default=1000)
    args = parser.parse_args(words)
    print(f"{'95 % intervals hold the truth in':36}", *(f"{name:>9}" for name in MEASURES))
    missed: list[str] = []
    for game in args.games:
        for agents in args.agents:
            differ, same = population(game, np.linspace(*NOISES, agents)), population(game, [0.5] * agents)
            for deals in args.deals:
                shares = covered(differ, deals, args.leagues) | alike(same, deals, args.leagues)
                cell = f"{game} {agents} agents {deals} deals"
                told = (f"{shares[name]:9.3f}" if name in shares else f"{'-':>9}" for name in MEASURES)
                print(f"{cell:36}", *told, flush=True)
                missed += misses(cell, shares)
    print(
        f"\nOutside {LEAST} (coverage) or {MOST} (told apart), {args.leagues} leagues each:",
        *missed,
        sep="\n",
    )


if __name__ == "__main__":
    main()
