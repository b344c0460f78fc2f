"""Two agents on the same kinds of decisions.

Agents meet different positions: one that plays worse is asked harder questions, and fewer of them. So they
are compared within kinds of decisions (game, phase, how much was at stake), and the differences are averaged
with the same weights for both: each kind's share of the decisions of the two together (direct
standardisation). Kinds that only one of them met are left out, and it is said how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gtbench.errors import BadOption, suggestion
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import Counted, of_log
from gtbench_leaderboards.errors.profile import forced_note
from gtbench_leaderboards.estimate.jackknife import interval_note, jackknife, ratio
from gtbench_leaderboards.estimate.ratio import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.estimate.jackknife import Floats


class Comparison(Record):
    """One measure of two agents over the kinds of decisions that both met."""

    measure: str
    first: float | None  # the first agent's, standardised
    second: float | None
    difference: float | None  # first less second
    difference_low: float | None
    difference_high: float | None
    difference_why: str  # why there is no interval, or what is special about it
    kinds: int  # of decisions, that both met
    first_decisions: int  # of these kinds
    second_decisions: int


COLUMNS = (
    Column("measure", key=True),
    Column("first", form=".1%", help="The first agent's, averaged over kinds of decisions."),
    Column("second", form=".1%", help="The second agent's, with the same weights."),
    Column(
        "difference",
        form="+.1%",
        interval=("difference_low", "difference_high", "difference_why"),
        help="First less second; below 0 it speaks for the first.",
    ),
    Column("kinds", form="d", help="Kinds of decisions that both met: game, phase, how much was at stake."),
    Column("first_decisions", form="d", help="The first agent's decisions of these kinds."),
    Column("second_decisions", form="d", help="The second agent's."),
)


def report(log: RunLog, first: str, second: str) -> Report[Comparison]:
    """Two agents on the same kinds of decisions.

    Args:
        log: The run log.
        first: An agent, by its name or letter.
        second: Another one.
    """
    return comparison(of_log(log), log.agent(first), log.agent(second))


def comparison(counted: Counted, first: str, second: str) -> Report[Comparison]:
    """Two agents compared.

    Raises:
        BadOption: One of them did not play.
    """
    agents = {agent for agent, _ in counted.players}
    if first == second:
        raise BadOption(f"{first} is compared with itself: name two agents")
    for agent in (first, second):
        if agent not in agents:
            raise BadOption(f"{agent} did not play in this run{suggestion(agent, agents)}")
    found = counted.rows[counted.rows["regret"].notna()]
    critical = found[found["stake"] != 0]
    given_away = (critical["regret"] / critical["stake"]).clip(upper=1.0)
    measures = (
        ("faulty", found, found["faults"] != "[]"),
        ("errors", critical, critical["error"]),
        ("given away", critical, given_away),
    )
    rows = tuple(_row(counted, name, among, what, (first, second)) for name, among, what in measures)
    notes = (
        "Decisions of the same game, phase and criticality are compared, and the differences averaged with "
        "the same weights for both. A difference below 0 speaks for the first. Faulty: the share of "
        "decisions with at least one fault. Errors: of those in which something was at stake. Given away: "
        "the share of that stake. "
    )
    title = f"{first} (first) and {second} (second)".replace("{", "{{").replace("}", "}}")
    return Report(
        rows, COLUMNS, notes + forced_note(counted) + interval_note(counted.fewest), views=(View(title),)
    )


def _row(
    counted: Counted, measure: str, found: pd.DataFrame, what: Any, agents: tuple[str, str]
) -> Comparison:
    """One measure of both."""
    asked = found[found["agent"].isin(agents)].groupby(["game", "phase", "criticality"], observed=True)
    parts = ([part[part["agent"] == agent] for agent in agents] for _, part in asked)
    met = [both for both in parts if all(map(len, both))]
    one, other, told = _standardised(counted, met, what)
    return Comparison(
        measure=measure,
        first=one,
        second=other,
        kinds=len(met),
        first_decisions=sum(len(both[0]) for both in met),
        second_decisions=sum(len(both[1]) for both in met),
        **told.fields("difference"),
    )


def _standardised(
    counted: Counted, met: Sequence[Sequence[pd.DataFrame]], what: pd.Series
) -> tuple[float | None, float | None, Estimate]:
    """Both agents' standardised means, and their difference: the first's less the second's.

    Args:
        counted: The decisions of the log.
        met: By kind, the decisions of both.
        what: What is averaged, of each decision.
    """
    if not met:
        return None, None, Estimate(None, why="no kind of decision that both met")
    made, summed = (_by_cell(len(counted.cells), met, of) for of in (pd.Series(1.0, what.index), what))
    some = made.any(axis=(0, 1))
    made, summed = made[..., some], summed[..., some]
    one, other = _means(made.sum(axis=2, keepdims=True), summed.sum(axis=2, keepdims=True))[:, 0]
    without = _means(made.sum(axis=2, keepdims=True) - made, summed.sum(axis=2, keepdims=True) - summed)
    games = [counted.cells[place][0] for place in np.flatnonzero(some)]
    weights = made.sum(axis=(0, 1))
    told = jackknife(float(one - other), without[0] - without[1], games, weights, low=-1.0)
    return float(one), float(other), told


def _by_cell(cells: int, met: Sequence[Sequence[pd.DataFrame]], what: pd.Series) -> Floats:
    """The sum of something over decisions, shape (2 agents, kinds, cells)."""
    sums = [
        [np.bincount(made["cell"], what[made.index], cells) for made in side]
        for side in zip(*met, strict=True)
    ]
    return np.array(sums)


def _means(counted: Floats, summed: Floats) -> Floats:
    """The standardised means of both agents over the kinds that both met; nan where there is none.

    Args:
        counted: How many decisions, shape (2 agents, kinds, ...).
        summed: The sums over them, the same shape.
    """
    weights = np.where((counted > 0).all(axis=0), counted.sum(axis=0), 0.0)
    means = np.nan_to_num(ratio(summed, counted))
    return ratio((weights * means).sum(axis=1), weights.sum(axis=0))
