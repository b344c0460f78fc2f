"""What both seats could expect after each move that could have been made, from the records of a log.

Read where a report is asked to take the draw of moves from scores, see `gtbench_leaderboards.estimate.moves`;
of games whose oracle knows it at once (`Oracle.looks_ahead`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.game.base import SEATS
from gtbench.grading.plies import plies
from gtbench.log.columns import key
from gtbench_leaderboards.estimate.moves import Moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gtbench.game.oracle import Oracle
    from gtbench.log.read import RunLog
    from gtbench.records import Match
    from gtbench_leaderboards.data.results import Results

Worths = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Option:
    """One move that could have been made in a decision."""

    decision: int
    match: int
    """The match's number."""
    agent: str
    information_set: int
    action: int
    made: bool
    worth: Worths
    """What each seat could expect after it, as a score."""


def of_log(log: RunLog) -> dict[str, list[Option]]:
    """The options of every decision in a log, by game."""
    found = {}
    for game in log.results("game")["game"].unique():
        try:
            oracle = load_game(game).oracle()
        except UserError:  # not installed any more, or without an oracle
            continue
        if oracle.looks_ahead:
            found[str(game)] = list(_options(log.iter_matches(game), oracle))
    return found


def _options(matches: Iterable[Match], oracle: Oracle) -> Iterator[Option]:
    """The options of the decisions of some matches, which are numbered from 0."""
    decision = 0
    for match in matches:
        try:
            decided = list(_decided(match, oracle))
        except ValueError:  # played by other rules than the game has now
            continue
        for seat, seen, action, worths in decided:
            for option, worth in worths.items():
                yield Option(
                    decision, match.number, match.agents[seat], seen, option, option == action, worth
                )
            decision += 1


def _decided(match: Match, oracle: Oracle) -> Iterator[tuple[int, int, int, Mapping[int, Worths]]]:
    """Of each move of a match: the seat, what it saw, the move, and what both could expect after any."""
    scale = oracle.game.payoff_range(None, 0)
    for table, turns in plies(match, oracle.game):
        state = table.state
        for turn in turns:
            if turn.action is None:
                return
            worths = {}
            for action in state.legal_actions(turn.seat):
                outlook: Any = oracle.mean_outlook(state.child(action))
                if outlook is None:
                    break
                worths[action] = scale.share(outlook[0]), scale.share(outlook[1])
            else:
                yield turn.seat, key(match.game, turn.seat, turn.view), turn.action, worths
            state = state.child(turn.action)


def moves(options: list[Option], game: Results) -> Moves | None:
    """The decisions as arrays, with the matches and deals of a game's results; None without any."""
    numbers, first = np.unique(game.match, return_index=True)
    deal = game.deal[first]
    known = set(numbers.tolist())
    options = [one for one in options if one.match in known]
    if not options:
        return None
    decision = _codes([one.decision for one in options])
    policy = _codes([(one.agent, one.information_set) for one in options])
    option = _codes([(one.agent, one.information_set, one.action) for one in options])
    made = np.flatnonzero([one.made for one in options])
    match = np.searchsorted(numbers, [options[place].match for place in made])
    return Moves(
        match=match,
        deal=deal[match],
        policy=policy[made],
        move=option[made],
        other=decision,
        option=option,
        worth=np.array([one.worth for one in options]),
    )


def _codes(names: list[Any]) -> Any:
    """Each name's number, in the order in which names first come up."""
    codes: dict[Any, int] = {}
    return np.array([codes.setdefault(name, len(codes)) for name in names], np.int64)


def by_seat(game: Results, values: Any) -> Any:
    """Something that each entry of the results has, by match and seat; shape (matches, 2)."""
    numbers = np.unique(game.match)
    found = np.zeros((len(numbers), len(SEATS)), np.asarray(values).dtype)
    found[np.searchsorted(numbers, game.match), game.seat] = values
    return found
