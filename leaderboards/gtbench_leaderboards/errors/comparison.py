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
from gtbench_leaderboards.errors.profile import cells_of
from gtbench_leaderboards.estimate.statistics import interval, interval_note, ratio, replicated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.estimate.statistics import Floats

Kind = tuple[str, str, str]
"""Game, phase, criticality."""


class Comparison(Record):
    """One measure of two agents over the kinds of decisions that both met."""

    measure: str
    first: float | None  # the first agent's, standardised
    second: float | None
    difference: float | None  # first less second
    low: float | None
    high: float | None
    deals: int
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
        interval=("low", "high", "deals"),
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
    rows = tuple(_row(name, among, what, (first, second), counted.games) for name, among, what in measures)
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
    games: Sequence[str],
) -> Comparison:
    """One measure of both."""
    parts: dict[Kind, tuple[list[Decision], list[Decision]]] = {}
    for decision in found:
        if decision.agent in agents and decision.phase:
            kind = decision.game, decision.phase, decision.criticality
            parts.setdefault(kind, ([], []))[agents.index(decision.agent)].append(decision)
    met = {kind: both for kind, both in parts.items() if all(both)}
    if not met:
        return Comparison(
            measure=measure, first=None, second=None, difference=None, low=None, high=None, deals=0,
            kinds=0, first_decisions=0, second_decisions=0,
        )  # fmt: skip
    weights = np.array([len(one) + len(other) for one, other in met.values()], np.float64)
    deals = {game: sorted({d.deal for d in found if d.game == game}) for game in games}
    means = [[np.mean([what(d) for d in both[side]]) for both in met.values()] for side in (0, 1)]
    one, other = (float(np.average(side, weights=weights)) for side in means)
    sides = [
        np.stack([_replicates(both[side], what, games, deals) for both in met.values()]) for side in (0, 1)
    ]
    difference = sides[0] - sides[1]
    defined = ~np.isnan(difference)
    shares = weights[:, None] * defined
    replicates = ratio((shares * np.where(defined, difference, 0.0)).sum(axis=0), shares.sum(axis=0))
    fewest = min(len(drawn) for drawn in deals.values() if drawn)
    low, high = interval(replicates, fewest) or (None, None)
    return Comparison(
        measure=measure,
        first=one,
        second=other,
        difference=one - other,
        low=low,
        high=high,
        deals=fewest,
        kinds=len(met),
        first_decisions=sum(len(both[0]) for both in met.values()),
        second_decisions=sum(len(both[1]) for both in met.values()),
    )


def _replicates(
    found: Sequence[Decision],
    what: Callable[[Decision], float],
    games: Sequence[str],
    deals: dict[str, list[int]],
) -> Floats:
    """The mean of something in each replicate."""
    top = replicated(cells_of(found, what), games, deals)
    return ratio(top, replicated(cells_of(found, lambda _: 1.0), games, deals))
