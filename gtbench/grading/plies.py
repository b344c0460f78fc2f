"""A finished match, played again ply by ply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.game.base import SEATS
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game
    from gtbench.records import Match, Turn


def plies(match: Match, game: Game) -> Iterator[tuple[Table, tuple[Turn, ...]]]:
    """The match played again: the table as it stood, played on afterwards, and the turns then taken.

    Raises:
        ValueError: It was played by other rules than the game has now.
    """
    table = Table(game, game.deal(match.seed))
    asked = len(SEATS) if game.simultaneous else 1
    for start in range(0, len(match.turns), asked):
        turns = match.turns[start : start + asked]
        yield table, turns
        moves = {turn.seat: turn.action for turn in turns if turn.action is not None}
        if len(moves) < len(turns):
            return  # forfeited: nothing was played
        table.play(moves)
