"""Games that are not zero-sum: how good the ends of matches were for both, and each seat's conduct.

The oracle says what is measured. Of the end, alike for both seats (`Oracle.welfare`); without an agreement
all are 0, unless there was nothing to be had:

    welfare     the sum of both payoffs, as a share of the largest that could be reached; 1 less it is the
                gap. Auction: what the object is worth to its winner, whoever gets the price
    agreed      negotiation: the share of matches with an agreement
    efficient   negotiation: with an agreement than which no division is better for one and no worse for the
                other (Pareto); auction: the object went to one to whom it is worth most
    nash        negotiation: the product of both payoffs, as a share of the largest (J. Nash, 1950)

Of what a seat did, over all its decisions of the kind (`Oracle.conduct`); in the dilemma as R. Axelrod has it
(1984, "The evolution of cooperation", chapter 2), conditional on the opponent's last move:

    cooperation   the share of moves that cooperate
    nice          the share of matches in which it was not the first to defect
    retaliation   after a defection of the other: the share of moves that defect
    forgiveness   once the other cooperates again after a defection: the share of moves that cooperate
    exploitation  after a round in which both cooperated: the share of moves that defect
    overbid       auction: the share of bids above every best response to equilibrium bids

Matches are played over by the moves in a log's columns. A forfeited one is left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.grading.plies import at_the_end
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.lines import Lines
from gtbench_leaderboards.estimate.jackknife import clustered, interval_note

if TYPE_CHECKING:
    from gtbench.game.oracle import Oracle
    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.lines import Games
    from gtbench_leaderboards.estimate.jackknife import Cell


class Measure(Record):
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
    Column("matches", form="d", help="Matches that were played out, and in which it could be seen."),
    Column("mean", form=".0%", interval=("mean_low", "mean_high", "mean_why")),
)


class Key(NamedTuple):
    """What is counted apart."""

    agent: str
    game: str
    measure: str


def report(log: RunLog) -> Report[Measure]:
    """How good ends were for both, and who cooperates."""
    return general_sum(Lines(log))


def general_sum(games: Games) -> Report[Measure]:
    """Each agent's rows in each game whose oracle measures it; a forfeited match has none."""
    sums: defaultdict[Key, defaultdict[Cell, float]] = defaultdict(lambda: defaultdict(float))
    counts: defaultdict[Key, defaultdict[Cell, float]] = defaultdict(lambda: defaultdict(float))
    played: Counter[Key] = Counter()
    deals: dict[str, int] = {}
    for game in games:
        matches = [match for match in games[game] if not match.zero_sum]
        deals[game] = len({match.deal for match in matches})
        if not matches or (oracle := _oracle(game)) is None:
            continue
        for match in (match for match in matches if not match.forfeited_by):
            try:
                state = at_the_end(match, oracle.game).state
            except ValueError:  # it was played by other rules than the game has now
                continue
            for seat, agent in enumerate(match.agents):
                of_both = {name: (value, 1.0) for name, value in oracle.welfare(state).items()}
                for measure, (times, chances) in {**of_both, **oracle.conduct(state, seat)}.items():
                    key = Key(agent, game, measure)
                    sums[key][game, match.deal] += times
                    counts[key][game, match.deal] += chances
                    played[key] += chances > 0
    order = list(dict.fromkeys(key.agent for key in counts))
    rows = [
        Measure(**key._asdict(), matches=played[key], **clustered(sums[key], count).fields("mean"))
        for key, count in sorted(counts.items(), key=lambda item: order.index(item[0].agent))
        if played[key]
    ]
    views = (View("Welfare and conduct"),)
    if not rows:
        return Report((), COLUMNS, "No game of this log is measured so: none is general-sum.", views=views)
    fewest = min(deals[row.game] for row in rows)
    return Report(tuple(rows), COLUMNS, NOTES + interval_note(fewest), views=views)


NOTES = (
    "Welfare: the sum of both payoffs, as a share of the most that could be reached; nash: their product; "
    "efficient: no other end was better for one and no worse for the other. Retaliation: moves that defect "
    "after the other's defection; forgiveness: moves that cooperate once the other does so again; nice: "
    "matches in which the agent was not the first to defect. "
)


def _oracle(game: str) -> Oracle | None:
    """The oracle of a game, if it has one here."""
    try:
        return load_game(game).oracle()
    except UserError:
        return None
