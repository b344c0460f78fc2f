"""Two agents on the same kinds of decisions.

Agents meet different positions: one that plays worse is asked harder questions, and fewer of them. So they
are compared within kinds of decisions (game, phase, how much was at stake), and the differences are averaged
with the same weights for both: each kind's share of the decisions of the two together (direct
standardisation). Kinds that only one of them met are left out, and it is said how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gtbench.errors import BadOption, suggestion
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import Counted, Decision, of_log
from gtbench_leaderboards.estimate.jackknife import interval_note, jackknife, ratio
from gtbench_leaderboards.estimate.ratio import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.estimate.jackknife import Cell, Floats

Kind = tuple[str, str, str]
"""Game, phase, criticality."""


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
    for agent in (first, second):
        if agent not in agents:
            raise BadOption(f"{agent} did not play in this run{suggestion(agent, agents)}")
    found = [d for d in counted.decisions if d.regret is not None]
    critical = [d for d in found if d.stake]
    measures: list[tuple[str, list[Decision], Callable[[Decision], float]]] = [
        ("faulty decisions", found, lambda d: bool(d.faults)),
        ("errors where something was at stake", critical, lambda d: d.error),
        ("share of the stake given away", critical, lambda d: min(1.0, (d.regret or 0.0) / d.stake)),
    ]
    rows = tuple(_row(name, among, what, (first, second)) for name, among, what in measures)
    notes = (
        "Decisions of the same game, phase and criticality are compared, and the differences averaged with "
        "the same weights for both. A difference below 0 speaks for the first. "
    )
    title = f"{first} (first) and {second} (second)".replace("{", "{{").replace("}", "}}")
    return Report(rows, COLUMNS, notes + interval_note(counted.fewest), views=(View(title),))


def _row(
    measure: str,
    found: Sequence[Decision],
    what: Callable[[Decision], float],
    agents: tuple[str, str],
) -> Comparison:
    """One measure of both."""
    parts: dict[Kind, tuple[list[Decision], list[Decision]]] = {}
    for decision in found:
        if decision.agent in agents and decision.phase:
            kind = decision.game, decision.phase, decision.criticality
            parts.setdefault(kind, ([], []))[agents.index(decision.agent)].append(decision)
    met = [both for both in parts.values() if all(both)]
    cells = list(dict.fromkeys(d.cell for both in met for side in both for d in side))
    one, other, told = _standardised(met, what, cells)
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
    met: Sequence[tuple[Sequence[Decision], Sequence[Decision]]],
    what: Callable[[Decision], float],
    cells: Sequence[Cell],
) -> tuple[float | None, float | None, Estimate]:
    """Both agents' standardised means, and their difference: the first's less the second's.

    Args:
        met: By kind, the decisions of both.
        what: What is averaged.
        cells: The games and deals that these were made on.
    """
    if not met:
        return None, None, Estimate(None, why="no kind of decision that both met")
    counted, summed = (_by_cell(met, of, cells) for of in (lambda _: 1.0, what))
    one, other = _means(counted.sum(axis=2, keepdims=True), summed.sum(axis=2, keepdims=True))[:, 0]
    without = _means(counted.sum(axis=2, keepdims=True) - counted, summed.sum(axis=2, keepdims=True) - summed)
    games, weights = [game for game, _ in cells], counted.sum(axis=(0, 1))
    told = jackknife(float(one - other), without[0] - without[1], games, weights, low=-1.0)
    return float(one), float(other), told


def _by_cell(
    met: Sequence[tuple[Sequence[Decision], Sequence[Decision]]],
    what: Callable[[Decision], float],
    cells: Sequence[Cell],
) -> Floats:
    """The sum of something over decisions, shape (2 agents, kinds, cells)."""
    places = {cell: place for place, cell in enumerate(cells)}
    found = np.zeros((2, len(met), len(cells)))
    for kind, both in enumerate(met):
        for side, made in enumerate(both):
            for decision in made:
                found[side, kind, places[decision.cell]] += what(decision)
    return found


def _means(counted: Floats, summed: Floats) -> Floats:
    """The standardised means of both agents over the kinds that both met; nan where there is none.

    Args:
        counted: How many decisions, shape (2 agents, kinds, ...).
        summed: The sums over them, the same shape.
    """
    weights = np.where((counted > 0).all(axis=0), counted.sum(axis=0), 0.0)
    means = np.nan_to_num(ratio(summed, counted))
    return ratio((weights * means).sum(axis=1), weights.sum(axis=0))
