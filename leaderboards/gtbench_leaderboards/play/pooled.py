"""Every player of a run, graded by the opponents that it met as they were seen to play.

A player's pool is what its opponents did against it, by information set (`gtbench.game.oracle.PolicyOracle`).
Where a match is long enough to find out whom one plays, as in the dilemma, each opponent is a pool of its
own: all that it did in the run. `gtbench_leaderboards.play.pool` says how a pool grades moves.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.game.oracle import PolicyOracle
from gtbench.grading.plies import plies
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.lines import Lines
from gtbench_leaderboards.estimate.bootstrap import FEWEST
from gtbench_leaderboards.play.pool import Move, Pool, PoolGrader, Seen, combine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.grading.plies import Move as Made
    from gtbench.log.read import RunLog
    from gtbench.records import Match
    from gtbench_leaderboards.data.lines import Games, Line
    from gtbench_leaderboards.play.pool import Against, Where

NOTES = (
    "Against the pool: by what opponents were seen to do on other deals (in the dilemma: the opponent at "
    "hand), with equilibrium play where nothing was seen. Regret: what the best response earns more a "
    "decision, biased up; at least: for a response fitted on one part of the deals, evaluated on another. "
    f"Interval: 95 %, by Bayesian bootstrap over deals; none below {FEWEST} deals. "
    "Errors: decisions in which they are sure, though they are no errors by themselves. Forced moves that "
    "nobody was asked for are no decisions."
)


class Pooled(Record):
    """What one decision gave away against the opponents as they were seen to play."""

    match: int
    turn: int  # its place in the match, from 1
    game: str
    agent: str
    regret: float
    low: float | None
    high: float | None
    best: tuple[str, ...]  # moves, in words
    labels: tuple[str, ...]


COLUMNS = (
    Column("match", form="d", key=True),
    Column("turn", form="d", key=True, help="The turn's place in the match, from 1, as in a replay."),
    Column("game", key=True),
    Column("agent", key=True, agent=True),
    Column("regret", form=".3f", interval=("low", "high"), help="What the best response earns more."),
    Column("best", help="The best moves against the pool."),
    Column("labels", help="The errors that are sure against these opponents."),
)


def report(log: RunLog) -> Report[Pooled]:
    """Decisions by how their opponents were seen to play.

    Each is judged by what was seen on other deals than its own.
    """
    rows = tuple(
        Pooled(
            match=match,
            turn=turn + 1,
            game=game,
            agent=agent,
            regret=judged.regret,
            low=judged.low,
            high=judged.high,
            best=judged.best,
            labels=tuple(map(str, judged.labels)),
        )
        for (agent, game), against in pooled(Lines(log)).items()
        for (match, turn), judged in sorted(against.decisions.items())
    )
    return Report(rows, COLUMNS, NOTES, views=(View("Decisions against the pool"),))


def pooled(games: Games) -> dict[tuple[str, str], Against]:
    """Every player by its pool, by agent and game; games without a `PolicyOracle` are left out."""
    found = {}
    for game in games:
        try:
            oracle = load_game(game).oracle()
        except UserError:  # not installed any more, or without an oracle
            continue
        if isinstance(oracle, PolicyOracle):
            for agent, graders in _graders(games[game], oracle).items():
                found[agent, game] = combine(graders)
    return found


def _graders(matches: Iterable[Line | Match], oracle: PolicyOracle) -> dict[str, list[PoolGrader]]:
    """The graders of each player in one game: one for each pool that it met."""
    where: Where = {}
    own: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)  # by player and opponent
    did: defaultdict[str, list[Seen]] = defaultdict(list)
    faced: defaultdict[str, list[Seen]] = defaultdict(list)
    graders: defaultdict[str, list[PoolGrader]] = defaultdict(list)
    for match in matches:
        try:
            moves = list(_moves(match, oracle, where))
        except ValueError:  # played by other rules than the game has now
            continue
        for turn, seen in moves:
            player, other = match.agents[turn.seat], match.agents[1 - turn.seat]
            faced[other].append(seen)
            if not turn.forced:  # else it is no decision
                own[player, other].append(seen)
                did[player].append(seen)
    if not oracle.tells_apart:
        for player, all_ in did.items():
            met = {one.move.information_set: where[one.move.information_set] for one in all_}
            graders[player] = [PoolGrader(Pool(oracle, met, faced[player]), all_)]
        return graders
    pools = {player: Pool(oracle, where, did[player]) for pair in own for player in pair}
    for (player, other), all_ in own.items():
        graders[player].append(PoolGrader(pools[other], all_))
    return graders


def _moves(match: Line | Match, oracle: PolicyOracle, where: Where) -> Iterator[tuple[Made, Seen]]:
    """Each move of a match, and its turn; information sets that are new are added to `where`."""
    place = 0
    for table, turns in plies(match, oracle.game):
        for turn in turns:
            if turn.action is not None:
                name = oracle.information_set(table.state, turn.seat)
                if name not in where:
                    where[name] = table.state.clone(), turn.seat
                yield turn, Seen(match.number, place, match.deal, Move(name, turn.action))
            place += 1
