"""What a log can tell of agents that stand beside each other, and what it takes to tell more.

    resolution   the smallest difference of score that the deals of the log tell, with the power asked for
    needed       deals of each game that tell a difference as large as `gap`, played as the log's were
    matches, calls, tokens, cost
                 of the deals still to be played, as those of the log took: all matches of either agent

The formulas stand in `gtbench_leaderboards.estimate.planning`. It is about one comparison that was chosen
beforehand; ranks of a table hold for all its pairs at once, and need more.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from gtbench.errors import BadOption
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench.schedule import SEATINGS
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL, by_game
from gtbench_leaderboards.estimate.planning import POWER, deals_needed, resolution, spread, together
from gtbench_leaderboards.estimate.ranks import difference
from gtbench_leaderboards.estimate.ratio import LEVEL, Estimate, ratios
from gtbench_leaderboards.ratings import plan_ahead as ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results
    from gtbench_leaderboards.estimate.ratio import Ratios

    Floats = NDArray[np.float64]

GAP = 0.05
MEASURES = ("matches", "calls", "tokens", "cost")


class Planned(Record):
    """Two agents in one game, or overall: what is known, and what more would take; None where undefined."""

    game: str
    agent: str
    other: str
    deals: int  # that both have played, in the game that has fewest
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    difference_why: str
    told: str  # yes or no: whether the interval leaves 0 out
    resolution: float | None
    needed: int | None  # deals of each game, those of the log included
    more: int | None  # deals of each game still to be played
    matches: int | None  # of these deals
    calls: int | None
    tokens: int | None
    cost: float | None  # US dollars; also None where a price is not known


COLUMNS = (
    Column("game", key=True, help="The game; overall is the mean over the games that both have played."),
    Column("agent", key=True, agent=True, help="The one with the higher score."),
    Column("other", key=True, agent=True, help="The next one."),
    Column("deals", form="d", help="Of each game, in the log."),
    Column(
        "difference",
        form="+.3f",
        interval=("difference_low", "difference_high", "difference_why"),
        help="The agent's score less the other's, deals paired.",
    ),
    Column("told", title="told apart", help="Whether the difference is sure, for one look at these two."),
    Column("resolution", form=".3f", help="The smallest difference that these deals tell with the power."),
    Column("needed", title="deals needed", form="d", help="Of each game, to tell the gap with the power."),
    Column("more", title="still to play", form="d", help="Of them, those that the log does not have."),
    Column("matches", form="d", help="All matches of the two on the deals still to play."),
    Column("calls", form="d", help="Of these matches, as many as the log's took."),
    Column("tokens", form="d", help="In and out."),
    Column("cost", title="US dollars", form=".2f", help="Not known where a price is not."),
)

NOTES = (
    "To tell a gap of {gap:g} of the score at 95 % with a power of {power:.0%}: Student's t of paired deals, "
    "with the variance of differences by deal; about (1.96 + {z:.2f})^2 variance / gap^2 deals of each "
    "game. For one comparison that was chosen beforehand: ranks of a whole table need more."
)
OF_LOG = (
    "Matches, calls, tokens and dollars are those of the deals still to play, at what the log's matches of "
    "the two took."
)
AHEAD = (
    "Nothing was played yet: the variance is that of two players that choose at random, and calls and tokens "
    "are rough. After a few deals, gtbench plan LOG knows better."
)


def report(
    log: RunLog | None = None,
    gap: float = GAP,
    power: float = POWER,
    *,
    first: str = "",
    second: str = "",
    games: Sequence[str] = (),
    agents: Sequence[str] = (),
) -> Report[Planned]:
    """What it takes to tell neighbours in the standings apart.

    Without a log it is planned for each two of --agents in --games, by what random play of the games takes
    and by what their strategies usually ask and write.

    Args:
        log: The run log; None plans by defaults.
        gap: The smallest difference of score that is to be told, between 0 and 1.
        power: The probability with which it is to be told.
        first: With `second`: these two agents, rather than all neighbours; a name or letter.
        second: The other one.
        games: Without a log, which ones.
        agents: Without a log, which ones.
    """
    if not (0 < gap < 1 and 1 - LEVEL < power < 1):
        least = 1 - LEVEL
        raise BadOption(
            f"gap lies between 0 and 1, power between {least:.2g} and 1; they are {gap:g} and {power:g}"
        )
    if bool(first) != bool(second):
        raise BadOption("name two agents, first and second, or none")
    notes = NOTES.format(gap=gap, power=power, z=stats.norm.ppf(power))
    if log is None:
        if first:
            raise BadOption("first and second are agents of a LOG: name one, or --agents without it")
        if not games or len(agents) < 2:  # noqa: PLR2004
            raise BadOption("name a LOG, or --games and at least two --agents")
        rows, whence = plan_ahead(games, agents, gap=gap, power=power), AHEAD
    else:
        pair = (log.agent(first), log.agent(second)) if first else None
        rows, whence = plan(with_ranges(log), gap=gap, power=power, pair=pair), OF_LOG
    return Report(tuple(rows), COLUMNS, f"{notes} {whence}", split=("game",), views=(View("Plan: {game}"),))


def plan_ahead(
    games: Sequence[str], agents: Sequence[str], *, gap: float = GAP, power: float = POWER
) -> list[Planned]:
    """The rows of each two agents, overall and in each game, before anything was played.

    Args:
        games: Which ones.
        agents: Which ones, all in all games.
        gap: What is to be told.
        power: With which probability.
    """
    found = {game: ahead.measured(game) for game in games}
    parts = ({OVERALL: [*found]} if len(found) > 1 else {}) | {game: [game] for game in games}
    rows = []
    for name, some in parts.items():
        known = [one.of for game in some if (one := found[game]).of is not None]
        of = together([one for one in known if one]) if len(known) == len(some) else None
        needed = deals_needed(gap, of, wanted=power) if of else None
        for pair in itertools.combinations(agents, 2):
            taken = [ahead.taken(agent, found[game]) for agent in pair for game in some]
            cost = None if any(one.cost is None for one in taken) else sum(one.cost or 0.0 for one in taken)
            matches = SEATINGS * needed if needed else 0
            rows.append(
                Planned(
                    game=name,
                    agent=pair[0],
                    other=pair[1],
                    deals=0,
                    told="no",
                    resolution=None,
                    needed=needed,
                    more=needed,
                    matches=needed and matches * len(some),
                    calls=needed and round(matches * sum(one.calls for one in taken)),
                    tokens=needed and round(matches * sum(one.tokens for one in taken)),
                    cost=matches * cost if needed and cost is not None else None,
                    **Estimate(None, why="nothing was played").fields("difference"),
                )
            )
    return rows


@dataclass(frozen=True, slots=True)
class _Game:
    """What planning needs of one game."""

    score: Ratios
    taken: Floats
    """Shape (measures, agents, agents): what the matches of two agents took, a deal."""


def plan(
    results: pd.DataFrame, *, gap: float = GAP, power: float = POWER, pair: tuple[str, str] | None = None
) -> list[Planned]:
    """The rows of neighbours overall, then in each game; or those of two agents.

    Args:
        results: As `RunLog.results()` gives them.
        gap: What is to be told.
        power: With which probability.
        pair: Two agents, rather than all neighbours.
    """
    if not len(results):
        return []
    games = list(by_game(results))
    agents = games[0].agents
    counted = [(game.game, [_counted(game)]) for game in games]
    whole = [(OVERALL, [one for _, found in counted for one in found])] if len(games) > 1 else []
    rows = []
    for name, found in whole + counted:
        pairs = [(agents.index(pair[0]), agents.index(pair[1]))] if pair else _neighbours(found, len(agents))
        for first, second in pairs:
            both = [one for one in found if min(one.score.deals[first], one.score.deals[second])]
            if both:
                names = agents[first], agents[second]
                rows.append(_row(name, names, both, (first, second), gap=gap, power=power))
    return rows


def _neighbours(found: Sequence[_Game], agents: int) -> Iterator[tuple[int, int]]:
    """The agents that stand beside each other by score, the better one first."""
    played = [i for i in range(agents) if any(one.score.deals[i] for one in found)]
    scores = {i: float(np.mean([one.score.value[i] for one in found if one.score.deals[i]])) for i in played}
    return itertools.pairwise(sorted(played, key=lambda i: -scores[i]))


def _counted(game: Results) -> _Game:
    """Scores of one game, and what its matches took."""
    tokens = game.column("input_tokens", "output_tokens")
    shape = len(game.agents), len(game.agents)
    place = game.agent * shape[0] + game.opponent
    taken = []
    half = np.full(len(tokens), 0.5)  # a match has two rows
    for values in (half, game.column("calls"), tokens, game.column("cost")):
        own = np.bincount(place, values, shape[0] * shape[1]).reshape(shape)
        taken.append((own + own.T) / game.deals)
    top = game.share * game.weight
    return _Game(ratios(game.by_deal(top), game.by_deal(game.weight)), np.array(taken))


def _row(
    name: str,
    names: tuple[str, str],
    games: Sequence[_Game],
    pair: tuple[int, int],
    *,
    gap: float,
    power: float,
) -> Planned:
    """The row of two agents."""
    scores = [one.score for one in games]
    found = difference(scores, *pair)
    of = spread(scores, *pair)
    deals = np.array([min(one.deals[place] for place in pair) for one in scores])
    needed = deals_needed(gap, of, wanted=power) if of else None
    taken: Sequence[float | None] = (None,) * len(MEASURES)
    if needed is not None:
        more = [max(0, needed - played) for played in deals.tolist()]
        sums = sum(n * _of_either(one.taken, *pair) for n, one in zip(more, games, strict=True))
        taken = [None if np.isnan(value) else float(value) for value in sums]
    matches, calls, tokens, cost = taken
    return Planned(
        game=name,
        agent=names[0],
        other=names[1],
        deals=int(deals.min()),
        told="yes" if found.p <= 1 - LEVEL else "no",
        resolution=resolution(deals, of, wanted=power) if of else None,
        needed=needed,
        more=None if needed is None else max(0, needed - int(deals.min())),
        matches=_whole(matches),
        calls=_whole(calls),
        tokens=_whole(tokens),
        cost=cost,
        **found.estimate.fields("difference"),
    )


def _of_either(taken: Floats, first: int, second: int) -> Floats:
    """What a deal takes in the matches of either of two agents; those against each other count once."""
    found: Floats = (taken[:, first] + taken[:, second]).sum(axis=-1) - taken[:, first, second]
    return found


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
