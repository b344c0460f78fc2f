"""What a game's oracle says of one seat's moves, for a person who has just played them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.errors import NoOracle
from gtbench.game import SEATS
from gtbench.registry import load_game
from gtbench.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.game import Game
    from gtbench.oracle import Oracle, Verdict
    from gtbench.records import Match, Turn

SHOWN_MOVES = 4
"""How many of the best moves are named at most."""


def review(match: Match, seat: int) -> str:
    """A line for each of the seat's moves, or one that says why there is none."""
    game = load_game(match.game)
    try:
        oracle = game.oracle()
        verdicts = list(_verdicts(match, seat, oracle))
    except NoOracle as error:
        return f"Your moves are not judged: {error}."
    lines = [
        f"{number:3}. {turn.move}: {_said(verdict, game)}"
        for number, (turn, verdict) in enumerate(verdicts, 1)
    ]
    head = f"Your moves, measured against {oracle.yardstick}, by what you could know:"
    return "\n".join([head, *lines, oracle.certifies]) if lines else "You made no move that could be judged."


def ending(match: Match, seat: int) -> str:
    """What has happened since the seat was last asked, as that seat is told it."""
    told = 0
    for table, turns in _plies(match, load_game(match.game)):
        if any(turn.seat == seat for turn in turns):
            told = len(table.view(seat).history)
        final = table  # which is played on
    return "\n".join(final.view(seat).history[told:])


def _plies(match: Match, game: Game) -> Iterator[tuple[Table, Sequence[Turn]]]:
    """The match played again: the table as it stood, and the turns that were then taken."""
    table = Table(game, game.deal(match.seed))
    asked = len(SEATS) if game.simultaneous else 1
    for start in range(0, len(match.turns), asked):
        turns = match.turns[start : start + asked]
        yield table, turns
        moves = {turn.seat: turn.action for turn in turns if turn.action is not None}
        if len(moves) == len(turns):  # else it was forfeited here
            table.play(moves)


def _verdicts(match: Match, seat: int, oracle: Oracle) -> Iterator[tuple[Turn, Verdict | None]]:
    """Each of the seat's moves with what the oracle says of it."""
    for table, turns in _plies(match, oracle.game):
        for turn in turns:
            if turn.seat == seat and turn.action is not None:
                yield turn, oracle.grade(table.state, seat, turn.action)


def _said(verdict: Verdict | None, game: Game) -> str:
    """A verdict in words."""
    if verdict is None:
        return "not decidable"
    if not verdict.regret:
        if not verdict.stake:
            return "as good as any"
        return "best" if verdict.exact else "nothing wrong with it for certain"
    named = ", ".join(game.say(action) for action in verdict.best[:SHOWN_MOVES])
    more = ", ..." if len(verdict.best) > SHOWN_MOVES else ""
    labels = ", ".join(label.replace("_", " ") for label in verdict.labels)
    least = "" if verdict.exact else "at least "
    return f"gave away {least}{verdict.regret:.3g}{f' ({labels})' if labels else ''}; best: {named}{more}"
