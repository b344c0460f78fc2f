"""What a seat was told so far, as a prompt has it: shorter than a line a ply, and with nothing left out.

The plies of a match stand in `View.history`, each on a numbered line. Where the players move strictly in
turn, two of them are put on a line; elsewhere all that a player did in one turn. Two pasts never read alike.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "No moves yet."
FIRST = {"You": "yours", "Opponent": "the opponent's"}
ROUND = re.compile(r"You: ([^.:]+)\. Opponent: ([^.:]+)\.")
PLY = re.compile("(You|Opponent): (.+)")


def compact(told: str, *, paired: bool) -> str:
    """What was told, with a title.

    Args:
        told: Numbered lines, each with its end; from 1, unless the reader knows what came before.
        paired: Whether the players move strictly in turn.
    """
    if not told:
        return NOTHING
    number, _, _ = told.partition(".")
    title = "Moves so far" if number == "1" else "New moves"
    lines = [line.partition(". ")[2] for line in told.splitlines()]
    if rounds := _all(ROUND, lines):
        return _two_a_line(f"{title} (yours first):", rounds)
    plies = _all(PLY, lines)
    if not plies:
        return "\n".join([f"{title}:", *lines])
    if paired:
        moves = [move for _, move in plies]
        pairs = (moves[start : start + 2] for start in range(0, len(moves), 2))
        return _two_a_line(f"{title} ({FIRST[plies[0][0]]} first):", [*pairs])
    turns = ((who, "; ".join(move for _, move in turn)) for who, turn in groupby(plies, lambda ply: ply[0]))
    return "\n".join([f"{title}:", *(f"{who}: {moves}" for who, moves in turns)])


def _two_a_line(title: str, pairs: Sequence[Sequence[str]]) -> str:
    """Moves in pairs; a comma is between them where moves have several words."""
    joint = ", " if any(" " in move for pair in pairs for move in pair) else " "
    return "\n".join([title, *map(joint.join, pairs)])


def _all(form: re.Pattern[str], lines: list[str]) -> list[tuple[str, ...]]:
    """The groups of every line; none where one of them has another form."""
    found = [matched.groups() for line in lines if (matched := form.fullmatch(line))]
    return found if len(found) == len(lines) else []


LONGEST_TITLE = max(len(compact(f"1. {who}: \n", paired=True)) for who in FIRST)
"""Characters of the longest title: what is compact is no longer than the lines and this."""
