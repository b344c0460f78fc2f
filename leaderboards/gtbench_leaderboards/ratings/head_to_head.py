"""Differences of score between any two agents, paired by deal: face to face, and against the same others.

    direct   the first's score less the second's in the matches that they played against each other
    common   the first's score less the second's against the opponents that both have met on a deal, deal by
             deal, each deal counting what the rarer of the two played there

`decided` is the deal after which the sign of the direct difference was certain at 95 % though one looks after
every deal (an e-process, see `gtbench_leaderboards.estimate.sequential`); the intervals are for one look at
the end.
Overall is the mean over the games that both have played.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ratio import LEVEL, Ratios, estimate, ratios
from gtbench_leaderboards.estimate.sequential import decided

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]

OVERALL = "overall"


class HeadToHead(Record):
    """Two agents in one game, or overall; figures are None where they are undefined."""

    game: str
    agent: str
    other: str
    matches: int  # against each other
    direct: float | None
    direct_low: float | None
    direct_high: float | None
    direct_why: str  # why there is no interval, or what is special about it
    common: float | None
    common_low: float | None
    common_high: float | None
    common_why: str
    decided: int | None  # after how many deals; None while it is not, and overall


COLUMNS = (
    Column("game", key=True, help="The game; overall is the mean over the games that both have played."),
    Column("agent", key=True, agent=True, help="Whose score is compared."),
    Column("other", key=True, agent=True, help="With whose."),
    Column("matches", form="d", help="Against each other."),
    Column(
        "direct",
        form="+.2f",
        interval=("direct_low", "direct_high", "direct_why"),
        help="The agent's score less the other's in the matches against each other.",
    ),
    Column(
        "decided",
        title="decided at deal",
        form="d",
        help="After which the sign of `direct` was certain, though one looked after every deal.",
    ),
    Column(
        "common",
        title="common opponents",
        form="+.2f",
        interval=("common_low", "common_high", "common_why"),
        help="The agent's score less the other's against those whom both have met on a deal.",
    ),
)

NOTES = (
    "Direct: the agent's score less the other's against each other; common opponents: against those whom "
    "both have met. Intervals: 95 %, clustered by deal, for one look. Decided at deal: after which "
    "the sign of the direct difference was certain (95 %) though one looked after every deal; - not yet."
)


def report(log: RunLog) -> Report[HeadToHead]:
    """Differences of score between any two agents."""
    rows = tuple(head_to_head(with_ranges(log)))
    return Report(rows, COLUMNS, NOTES, split=("game",), views=(View("Head to head: {game}"),))


class _Pair(NamedTuple):
    """Two agents in one game."""

    matches: int
    direct: Ratios
    common: Ratios
    decided: int | None


def head_to_head(results: pd.DataFrame) -> list[HeadToHead]:
    """Every two agents' row overall, then in each game; none for two without a match in common.

    Args:
        results: As `RunLog.results()` gives them.
    """
    rows: list[HeadToHead] = []
    games = list(by_game(results)) if len(results) else []
    agents = games[0].agents if games else ()
    for first, second in itertools.combinations(range(len(agents)), 2):
        pairs = {game.game: _pair(game, first, second) for game in games}
        found = {name: pair for name, pair in pairs.items() if pair}
        names = agents[first], agents[second]
        if len(games) > 1 and found:
            rows.append(_row(OVERALL, names, list(found.values())))
        rows += [_row(name, names, [pair]) for name, pair in found.items()]
    return sorted(rows, key=lambda row: row.game != OVERALL)


def _pair(game: Results, first: int, second: int) -> _Pair | None:
    """Two agents in one game; None if they have no opponent in common and did not meet."""
    ours = (game.agent == first) & (game.opponent == second)
    theirs = (game.agent == second) & (game.opponent == first)
    gave = game.by_deal(game.share * game.weight, ours | theirs)
    counted = game.by_deal(game.weight, ours | theirs)
    direct = ratios((gave[first] - gave[second])[None], counted[first][None])
    common = _common(game, first, second)
    if not direct.deals[0] and not common.deals[0]:
        return None
    return _Pair(int(ours.sum()), direct, common, _decided(gave[first] - gave[second], counted[first]))


def _common(game: Results, first: int, second: int) -> Ratios:
    """The difference against the opponents that both have met on a deal."""
    top, bottom = np.zeros(game.deals), np.zeros(game.deals)
    for opponent in range(len(game.agents)):
        if opponent in (first, second):
            continue
        against = game.opponent == opponent
        gave = game.by_deal(game.share * game.weight, against)[[first, second]]
        counted = game.by_deal(game.weight, against)[[first, second]]
        both = counted.min(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(counted > 0, gave / counted, 0.0)
        top += both * (mean[0] - mean[1])
        bottom += both
    return ratios(top[None], bottom[None])


def _decided(gave: Floats, counted: Floats) -> int | None:
    """After how many deals the sign of the difference was certain."""
    met = counted > 0
    found = decided(np.clip(gave[met] / counted[met], -1, 1), 1 - LEVEL)
    return found.deal if found else None


def _row(game: str, names: tuple[str, str], pairs: Sequence[_Pair]) -> HeadToHead:
    """The row of two agents in one game, or the mean over several."""
    return HeadToHead(
        game=game,
        agent=names[0],
        other=names[1],
        matches=sum(pair.matches for pair in pairs),
        decided=None if game == OVERALL else pairs[0].decided,
        **estimate([pair.direct for pair in pairs], 0, low=-1.0).fields("direct"),
        **estimate([pair.common for pair in pairs], 0, low=-1.0).fields("common"),
    )
