"""A finished match, played again ply by ply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from gtbench.game.base import SEATS
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.game.base import Game


class Move(Protocol):
    """What a seat did, in a record or by a log's columns."""

    @property
    def seat(self) -> int:
        """Who was to move."""

    @property
    def action(self) -> int | None:
        """The engine's id of the move; None where none was made."""

    @property
    def forced(self) -> bool:
        """Whether it was the only legal move, for which nobody was asked."""


M_co = TypeVar("M_co", bound=Move, covariant=True)


class Played(Protocol[M_co]):
    """A match, as far as it takes to play it again."""

    @property
    def seed(self) -> int:
        """Of the deal's luck."""

    @property
    def turns(self) -> Sequence[M_co]:
        """The moves, in order."""


def plies(match: Played[M_co], game: Game) -> Iterator[tuple[Table, tuple[M_co, ...]]]:
    """The match played again: the table as it stood, played on afterwards, and the turns then taken.

    Raises:
        ValueError: It was played by other rules than the game has now.
    """
    table = Table(game, game.deal(match.seed))
    asked = len(SEATS) if game.simultaneous else 1
    for start in range(0, len(match.turns), asked):
        turns = tuple(match.turns[start : start + asked])
        yield table, turns
        moves = {turn.seat: turn.action for turn in turns if turn.action is not None}
        if len(moves) < len(turns):
            return  # forfeited: nothing was played
        table.play(moves)


def at_the_end(match: Played[Move], game: Game) -> Table:
    """The table as a match left it; a forfeited one is not over.

    Raises:
        ValueError: It was played by other rules than the game has now.
    """
    table = Table(game, game.deal(match.seed))
    for table, _ in plies(match, game):  # noqa: B007  (which is played on)
        pass
    return table
