"""How far play survives other words for the same game: each agent's score in a skin beside the original's.

    gap        disguised less original, paired by deal, for the luck of a deal is the same in both
    expected   what the original's score makes one expect in other words: the line of least squares through
               the other agents' points, which need not be the diagonal
    effective  effective robustness: disguised less expected, the distance from the line (Taori et al., 2020,
               "Measuring robustness to natural distribution shifts"; Miller et al., 2021)

An agent that remembers a game rather than reasoning has a gap below 0 and lies below the line. A line needs
`POINTS` other agents. Several skins of a game count together. Each row is a point of the plot: original
against disguised, with their intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL, by_game
from gtbench_leaderboards.data.skins import DISGUISED, ORIGINAL, by_skin
from gtbench_leaderboards.estimate.ranks import difference
from gtbench_leaderboards.estimate.ratio import Estimate, Ratios, estimate, ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gtbench.log.read import RunLog

POINTS = 3
FLAT = 1e-9
"""Scores that differ by less are equal, and lie on no line."""


class Robustness(Record):
    """One agent in the original words of a game and in other ones; figures are None where undefined."""

    game: str
    agent: str
    original: float | None
    original_low: float | None
    original_high: float | None
    original_why: str
    disguised: float | None
    disguised_low: float | None
    disguised_high: float | None
    disguised_why: str
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    gap_why: str
    effective: float | None
    effective_low: float | None
    effective_high: float | None
    effective_why: str
    expected: float | None


COLUMNS = (
    Column("game", key=True, help="The game in its original words; overall is the mean over games."),
    Column("agent", key=True, agent=True),
    Column(
        "original",
        form=".2f",
        interval=("original_low", "original_high", "original_why"),
        help="The score in the original words.",
    ),
    Column(
        "disguised",
        form=".2f",
        interval=("disguised_low", "disguised_high", "disguised_why"),
        help="The score in the skin.",
    ),
    Column(
        "gap",
        form="+.2f",
        interval=("gap_low", "gap_high", "gap_why"),
        help="Disguised less original, paired by deal.",
    ),
    Column("expected", form=".2f", help="Where the line through the other agents has it in the skin."),
    Column(
        "effective",
        title="effective robustness",
        form="+.2f",
        interval=("effective_low", "effective_high", "effective_why"),
        help="Disguised less expected; the interval takes the line as it is.",
    ),
)

NOTES = (
    "Gap: the score in other words for the same game less that in the original ones, paired by deal; below 0 "
    "an agent plays worse what it cannot recall. Expected: where the line through the other agents' points "
    "has it; effective robustness: the distance from that line. Intervals: 95 %, clustered by deal."
)


def report(log: RunLog) -> Report[Robustness]:
    """Scores in a skin of a game beside those in its own words."""
    rows = tuple(robustness(with_ranges(log)))
    return Report(rows, COLUMNS, NOTES, split=("game",), views=(View("Robustness: {game}"),))


class _Point(NamedTuple):
    """An agent in one game: `Ratios` of two places each."""

    both: Ratios
    """Disguised, then original."""
    beside_line: Ratios | None
    """Disguised, then expected; None where there is no line."""


def robustness(results: pd.DataFrame) -> list[Robustness]:
    """Every agent's row overall, then in each game that was played both ways, the best in the original first.

    Args:
        results: As `RunLog.results()` gives them.
    """
    if not len(results):
        return []
    both, who = by_skin(results)
    games = list(by_game(both)) if len(both) else []
    found: dict[str, dict[str, _Point]] = {}
    for game in games:
        score = ratios(game.by_deal(game.share * game.weight), game.by_deal(game.weight))
        at = {who[name]: place for place, name in enumerate(game.agents) if score.deals[place]}
        pairs = {
            agent: score.part([at[agent, DISGUISED], at[agent, ORIGINAL]])
            for agent, words in at
            if words == ORIGINAL and (agent, DISGUISED) in at
        }
        found[game.game] = {agent: _Point(own, _beside_line(agent, pairs)) for agent, own in pairs.items()}
    agents = dict.fromkeys(agent for points in found.values() for agent in points)
    parts = {OVERALL: [*found]} if len(found) > 1 else {}
    parts |= {name: [name] for name in found}
    return [
        row for name, names in parts.items() for row in _rows(name, [found[one] for one in names], [*agents])
    ]


def _rows(name: str, games: Sequence[dict[str, _Point]], agents: Sequence[str]) -> list[Robustness]:
    """The rows of one game, or of the mean over several."""
    rows = []
    for agent in agents:
        own = [points[agent] for points in games if agent in points]
        if not own:
            continue
        beside = [one.beside_line for one in own if one.beside_line]
        effective = Estimate(None, why="no line")
        if len(beside) == len(own):
            effective = difference(beside, 0, 1).estimate
        told = {
            "original": estimate([one.both for one in own], 1),
            "disguised": estimate([one.both for one in own], 0),
            "gap": difference([one.both for one in own], 0, 1).estimate,
            "effective": effective,
        }
        expected = float(np.mean([one.value[1] for one in beside])) if effective.value is not None else None
        fields = {key: value for kind, one in told.items() for key, value in one.fields(kind).items()}
        rows.append(Robustness(game=name, agent=agent, expected=expected, **fields))
    return sorted(rows, key=lambda row: -(row.original if row.original is not None else -1))


def _beside_line(agent: str, pairs: dict[str, Ratios]) -> Ratios | None:
    """An agent's score in other words, and that which the line through the others makes one expect."""
    others = np.array([one.value for other, one in pairs.items() if other != agent])
    if len(others) < POINTS or np.ptp(others[:, 1]) < FLAT:
        return None
    slope, start = np.polyfit(others[:, 1], others[:, 0], 1)
    own, scale = pairs[agent], np.array([1.0, slope])
    value = own.value * scale + np.array([0.0, start])
    return Ratios(value, own.pull * scale[:, None], own.deals, own.effective)
