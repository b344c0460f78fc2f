"""How good the ends of matches were for both players together, in games that are not zero-sum.

The oracle says what is measured (`Oracle.welfare`); in negotiation, over all finished matches:

    agreed      the share with an agreement
    efficient   the share with an agreement than which no division is better for one and no worse for the
                other (Pareto)
    welfare     the sum of both rewards, as a share of the largest that some division reaches; mean
    nash        their product, as a share of the largest; mean (J. Nash, 1950)

Without an agreement all of them are 0, unless there was nothing to be had.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.game.table import Table
from gtbench.records import Match, Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.estimate.jackknife import clustered, interval_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.game.base import Game
    from gtbench.game.oracle import Oracle
    from gtbench.log.read import RunLog
    from gtbench_leaderboards.estimate.jackknife import Cell


class OutcomeRow(Record):
    """One measure of the matches of one agent in one game, whoever played against it."""

    agent: str
    game: str
    measure: str
    matches: int
    mean: float
    mean_low: float | None
    mean_high: float | None
    mean_why: str  # why there is no interval, or what is special about it


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column("game", key=True),
    Column("measure", key=True, help="What the game's oracle measures; see the report's notes."),
    Column("matches", form="d", help="Matches that were played out."),
    Column("mean", form=".0%", interval=("mean_low", "mean_high", "mean_why")),
)


class Key(NamedTuple):
    """What is counted apart."""

    agent: str
    game: str
    measure: str


def report(log: RunLog) -> Report[OutcomeRow]:
    """How good ends were for both, where a game is not zero-sum."""
    return outcomes(log.matches())


def outcomes(matches: Sequence[Match]) -> Report[OutcomeRow]:
    """Each agent's rows in each game whose oracle measures its ends; a forfeited match has none."""
    oracles = {match.game: _oracle(match.game) for match in matches if not match.zero_sum}
    sums: defaultdict[Key, defaultdict[Cell, float]] = defaultdict(lambda: defaultdict(float))
    counts: defaultdict[Key, Counter[Cell]] = defaultdict(Counter)
    for match in matches:
        oracle = oracles.get(match.game)
        if oracle is None or match.forfeited_by:
            continue
        for measure, value in oracle.welfare(final(match, oracle.game)).items():
            for agent in match.agents:
                key = Key(agent, match.game, measure)
                sums[key][match.game, match.deal] += value
                counts[key][match.game, match.deal] += 1
    rows = []
    order = list(dict.fromkeys(key.agent for key in counts))
    for key, count in sorted(counts.items(), key=lambda item: order.index(item[0].agent)):
        found = clustered(sums[key], count)
        rows.append(OutcomeRow(**key._asdict(), matches=count.total(), **found.fields("mean")))
    views = (View("What was reached together"),)
    if not rows:
        return Report((), COLUMNS, views=views)
    fewest = min(len({match.deal for match in matches if match.game == row.game}) for row in rows)
    return Report(tuple(rows), COLUMNS, NOTES + interval_note(fewest), views=views)


NOTES = (
    "Efficient: no division was better for one and no worse for the other. Welfare and nash: the sum and the "
    "product of both rewards, as a share of the most that could be reached. Without agreement all are 0. "
)


def _oracle(game: str) -> Oracle | None:
    """The oracle of a game, if it has one here."""
    try:
        return load_game(game).oracle()
    except UserError:
        return None


def final(match: Match, game: Game) -> Any:
    """The engine's state at the end of a match that was played out."""
    table, turns = Table(game, game.deal(match.seed)), iter(match.turns)
    while not table.over:
        asked = [next(turns) for _ in table.to_move]
        table.play({turn.seat: turn.action for turn in asked if turn.action is not None})
    return table.state
