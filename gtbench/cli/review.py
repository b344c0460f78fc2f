"""What a game's oracle says of one seat's moves, for a person who has just played them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.catalogue import load_game
from gtbench.errors import NoOracle
from gtbench.grading.plies import plies

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Match

SHOWN_MOVES = 4
"""How many of the best moves are named at most."""


def review(log: RunLog, match: Match, seat: int) -> str:
    """A line for each of the seat's moves, by the grades in the log, or one that says why there is none."""
    game, grades = load_game(match.game), log.graded(match.number)
    if grades is None:
        return f"Your moves are not graded: the oracle of {game} failed."
    try:
        oracle = game.oracle()
    except NoOracle as error:
        return f"Your moves are not graded: {error}."
    own = [grade for grade in grades if grade.seat == seat and grade.status != "no move"]
    if not own:
        return "You made no move that could be graded."
    lines = [
        f"{place:3}. {match.turns[grade.turn].move}: {_said(grade)}" for place, grade in enumerate(own, 1)
    ]
    head = f"Your moves, measured against {oracle.yardstick}, by what you could know:"
    return "\n".join([head, *lines, oracle.certifies])


def ending(match: Match, seat: int) -> str:
    """What has happened since the seat was last asked, as that seat is told it."""
    told = 0
    for table, turns in plies(match, load_game(match.game)):
        if any(turn.seat == seat for turn in turns):
            told = len(table.view(seat).history)
        final = table  # which is played on
    return "\n".join(final.view(seat).history[told:])


def _said(grade: Grade) -> str:
    """A grade in words."""
    if grade.status == "undecided":
        return "not decidable"
    if not grade.error:
        if not grade.stake:
            return "as good as any"
        return "best" if grade.exact else "no error, as far as can be told"
    named = ", ".join(grade.best[:SHOWN_MOVES])
    more = ", ..." if len(grade.best) > SHOWN_MOVES else ""
    labels = ", ".join(label.replace("_", " ") for label in grade.labels)
    told = "" if grade.exact else ", as far as can be told"
    return f"gave away {grade.regret:.3g}{f' ({labels})' if labels else ''}{told}; best: {named}{more}"
