"""Differences of score between any two agents, paired by deal: face to face, and against the same others.

    direct   the first's score less the second's in the matches that they played against each other
    less luck
             the same less what chance gave; with `adjusted`, less what the draw of both players' moves gave
             too, see `gtbench_leaderboards.estimate.moves`
    any time the interval of the direct difference that holds after every deal at once
    common   the first's score less the second's against the opponents that both have met on a deal, deal by
             deal, each deal counting what the rarer of the two played there

The other intervals are for one look at the end. Whoever looks as a run goes on, and stops when it looks good,
takes `any time` and `decided`: the deal after which the sign of the direct difference was certain at 95 %
though one looks after every deal (`gtbench_leaderboards.estimate.sequential`). Both count each deal once.
Overall is the mean over the games that both have played.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gtbench.records import Record
from gtbench.report import NOTHING, Column, Report, View
from gtbench_leaderboards.data.moves import moves, of_log
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ratio import LEVEL, Estimate, Ratios, estimate, ratios
from gtbench_leaderboards.estimate.sequential import confidence_sequence, decided
from gtbench_leaderboards.ratings.less_luck import MOVES, NOWHERE, less_luck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.moves import Option
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
    adjusted: float | None
    adjusted_low: float | None
    adjusted_high: float | None
    adjusted_why: str
    ever_low: float | None
    ever_high: float | None
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
        "adjusted",
        title="less luck",
        form="+.2f",
        interval=("adjusted_low", "adjusted_high", "adjusted_why"),
        help="The same less what chance gave; with `adjusted`, what the draw of moves gave too.",
    ),
    Column(
        "ever_low",
        title="any time",
        also=("ever_high",),
        form=lambda row: NOTHING if row.ever_low is None else f"{row.ever_low:+.2f}..{row.ever_high:+.2f}",
        help="Where the direct difference is at 95 %, though one looked after every deal.",
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
    "both have met. Intervals: 95 %, clustered by deal, for one look; any time: the interval of the direct "
    "difference that holds though one looks after every deal. Decided at deal: after which its sign was "
    "certain so; - not yet. Less luck: less what chance gave{}."
)


def report(log: RunLog, adjusted: bool = False) -> Report[HeadToHead]:
    """Differences of score between any two agents.

    Args:
        log: The run log.
        adjusted: Take what the draw of moves gave from scores too, where it is known (poker, dice, auction,
            Pig); every match is read again for it.
    """
    rows = tuple(head_to_head(with_ranges(log), of_log(log) if adjusted else None))
    notes = NOTES.format(MOVES if adjusted else "")
    return Report(rows, COLUMNS, notes, split=("game",), views=(View("Head to head: {game}"),))


class _Met(NamedTuple):
    """What agents had of matches against each other in one game; shape (agents, agents, deals)."""

    gave: Floats
    counted: Floats
    mean: Floats
    """What it gave over what it counted; 0 where two have not met."""
    matches: NDArray[np.int64]
    """Shape (agents, agents)."""

    @classmethod
    def of(cls, game: Results) -> _Met:
        """All of it, summed up once."""
        gave, counted = game.by_pair(game.share * game.weight), game.by_pair(game.weight)
        mean = np.divide(gave, counted, out=np.zeros_like(gave), where=counted > 0)
        agents = len(game.agents)
        matches = np.bincount(game.agent * agents + game.opponent, minlength=agents * agents)
        return cls(gave, counted, mean, matches.reshape(agents, agents))


class _Pair(NamedTuple):
    """Two agents in one game."""

    matches: int
    direct: Ratios
    adjusted: Ratios
    lucky: bool
    """Whether anything of luck is known."""
    ever: tuple[float, float] | None
    common: Ratios
    decided: int | None


def head_to_head(
    results: pd.DataFrame, options: Mapping[str, list[Option]] | None = None
) -> list[HeadToHead]:
    """Every two agents' row overall, then in each game; none for two without a match in common.

    Args:
        results: As `RunLog.results()` gives them.
        options: By game, the moves that could have been made; None takes nothing but chance from scores.
    """
    rows: list[HeadToHead] = []
    games = list(by_game(results)) if len(results) else []
    agents = games[0].agents if games else ()
    less = {game.game: _less_luck(game, (options or {}).get(game.game, [])) for game in games}
    met = {game.game: _Met.of(game) for game in games}
    for place, pair in enumerate(itertools.combinations(range(len(agents)), 2)):
        pairs = {
            game.game: _pair(game, met[game.game], pair, less[game.game].part([place])) for game in games
        }
        found = {name: one for name, one in pairs.items() if one}
        names = agents[pair[0]], agents[pair[1]]
        if len(games) > 1 and found:
            rows.append(_row(OVERALL, names, list(found.values())))
        rows += [_row(name, names, [one]) for name, one in found.items()]
    return sorted(rows, key=lambda row: row.game != OVERALL)


def _less_luck(game: Results, options: list[Option]) -> Ratios:
    """The direct differences of all pairs of agents, in the order of `itertools.combinations`, less luck."""
    agents = len(game.agents)
    low, high = np.minimum(game.agent, game.opponent), np.maximum(game.agent, game.opponent)
    pair = low * agents - low * (low + 1) // 2 + high - low - 1
    pair[low == high] = NOWHERE  # nobody is compared with itself
    sign = np.where(game.agent < game.opponent, 1.0, -1.0)
    ours = (game.agent == low) & (low != high)
    shape = agents * (agents - 1) // 2, game.deals
    place = pair[ours] * game.deals + game.deal[ours]
    counted = np.bincount(place, game.weight[ours], shape[0] * shape[1]).astype(np.float64).reshape(shape)
    return less_luck(game, moves(options, game), pair, sign, counted)


def _pair(game: Results, met: _Met, pair: tuple[int, int], less: Ratios) -> _Pair | None:
    """Two agents in one game; None if they have no opponent in common and did not meet."""
    gave, counted = met.gave[pair] - met.gave[pair[::-1]], met.counted[pair]
    direct, common = ratios(gave[None], counted[None]), _common(met, pair)
    if not direct.deals[0] and not common.deals[0]:
        return None
    gaps = _gaps(gave, counted)
    found = decided(gaps, 1 - LEVEL)
    ever = confidence_sequence((1 + gaps) / 2, 1 - LEVEL)
    return _Pair(
        matches=int(met.matches[pair]),
        direct=direct,
        adjusted=less,
        lucky=bool(game.luck.any()) or bool(np.any(less.value != direct.value)),
        ever=(2 * ever[0] - 1, 2 * ever[1] - 1) if len(gaps) else None,
        common=common,
        decided=found.deal if found else None,
    )


def _common(met: _Met, pair: tuple[int, int]) -> Ratios:
    """The difference against the opponents that both have met on a deal."""
    others = [place for place in range(len(met.matches)) if place not in pair]
    both = np.minimum(met.counted[pair[0], others], met.counted[pair[1], others])
    gap = both * (met.mean[pair[0], others] - met.mean[pair[1], others])
    return ratios(gap.sum(axis=0)[None], both.sum(axis=0)[None])


def _gaps(gave: Floats, counted: Floats) -> Floats:
    """The mean difference on each deal on which the two met, in order of play."""
    met = counted > 0
    return np.clip(gave[met] / counted[met], -1, 1)


def _row(game: str, names: tuple[str, str], pairs: Sequence[_Pair]) -> HeadToHead:
    """The row of two agents in one game, or the mean over several."""
    less = Estimate(None, why="no luck is known")
    if any(pair.lucky for pair in pairs):
        less = estimate([pair.adjusted for pair in pairs], 0, low=-1.0)
    ever = None if game == OVERALL else pairs[0].ever
    return HeadToHead(
        game=game,
        agent=names[0],
        other=names[1],
        matches=sum(pair.matches for pair in pairs),
        decided=None if game == OVERALL else pairs[0].decided,
        ever_low=ever[0] if ever else None,
        ever_high=ever[1] if ever else None,
        **less.fields("adjusted"),
        **estimate([pair.direct for pair in pairs], 0, low=-1.0).fields("direct"),
        **estimate([pair.common for pair in pairs], 0, low=-1.0).fields("common"),
    )
