"""Calibration: how often agents win when they say that they will.

A stated confidence is the chance to earn more than the opponent, and is compared with whether that happened.

    Brier    mean of (stated - came so)^2 over decisions: 0 is perfect, always saying 50 % gives 0.25
             (Brier, 1950)
    bins     the reliability curve: of the decisions with a confidence in a tenth of 0..1, the mean that was
             stated and the share that came so
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import ALL_GAMES, Counted, grouped, of_log
from gtbench_leaderboards.errors.profile import forced_note, rate
from gtbench_leaderboards.estimate.jackknife import interval_note
from gtbench_leaderboards.estimate.ratio import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gtbench.log.read import RunLog

BINS = 10


class Calibration(Record):
    """One agent's stated confidence in a tenth of 0..1, or all of it."""

    agent: str
    low: float  # of the tenth; 0 and 1 for all of it
    high: float
    decisions: int
    stated: float  # mean
    came_so: float  # the share in which more was earned than by the opponent
    came_so_low: float | None
    came_so_high: float | None
    came_so_why: str  # why there is no interval, or what is special about it
    brier: float | None  # of all of it
    brier_low: float | None
    brier_high: float | None
    brier_why: str


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column("low", title="from", form=".0%", key=True, help="The lower end of a tenth of what was stated."),
    Column("high", title="to", form=".0%", key=True, help="Its upper end; 0 % to 100 % is all of it."),
    Column("decisions", form="d", help="Decisions with a confidence in there."),
    Column("stated", form=".0%", help="The mean of the stated chances to earn more than the opponent."),
    Column(
        "came_so",
        form=".0%",
        interval=("came_so_low", "came_so_high", "came_so_why"),
        help="The share of these decisions after which more was earned.",
    ),
    Column(
        "brier",
        title="Brier",
        form=".3f",
        interval=("brier_low", "brier_high", "brier_why"),
        help="Mean squared difference of the two: 0 is perfect, always saying 50 % gives 0.25.",
    ),
)


def report(log: RunLog) -> Report[Calibration]:
    """Whether what agents said they would win, they won."""
    return calibration(of_log(log))


def calibration(counted: Counted) -> Report[Calibration]:
    """Each agent's row over all it stated, then its tenths; none where no confidence was stated."""
    stated = counted.rows[counted.rows["confidence"].notna()]
    rows: list[Calibration] = []
    for group, places in grouped(stated, "game").items():
        if group.kind == ALL_GAMES:
            said = stated.iloc[places]
            tenth = (said["confidence"] * BINS).clip(upper=BINS - 1).astype(int)
            rows.append(_row(counted, group.who, said, (0, BINS)))
            rows += [_row(counted, group.who, said[tenth == i], (i, i + 1)) for i in sorted(tenth.unique())]
    if not rows:
        return _reported((), "")
    notes = (
        "Stated: the chance to earn more than the opponent, asked for with the move. Came so: how often it "
        "did. Brier: the mean squared difference; 0 is perfect, and always saying 50 % gives 0.25. "
    )
    return _reported(rows, notes + forced_note(counted) + interval_note(counted.fewest))


def _reported(rows: Sequence[Calibration], notes: str) -> Report[Calibration]:
    return Report(tuple(rows), COLUMNS, notes, split=("agent",), views=(View("Calibration of {agent}"),))


def _row(counted: Counted, agent: str, said: pd.DataFrame, tenths: tuple[int, int]) -> Calibration:
    """One agent's row."""
    came = rate(counted, said, said["ahead"])
    squared = rate(counted, said, (said["confidence"] - said["ahead"]) ** 2)
    brier = squared if tenths == (0, BINS) else Estimate(None, why="of all of it only")
    return Calibration(
        agent=agent,
        low=tenths[0] / BINS,
        high=tenths[1] / BINS,
        decisions=len(said),
        stated=float(said["confidence"].mean()),
        **came.fields("came_so"),
        **brier.fields("brier"),
    )
