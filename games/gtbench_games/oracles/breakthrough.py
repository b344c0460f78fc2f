"""Breakthrough on 8 rows of 3 columns: who wins every position; the first player, by each of its first moves.

A book holds the winner of every position after 4, 8, 12 and 16 moves, and a table that of every position with
at most four pieces a side; before the book's last move the engine is followed up to the book, after it a
position is searched down to the table. `games/books/` makes both from a table of all positions. Small boards
are searched from the start, without a book.
"""

from __future__ import annotations

import lzma
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench.game.oracle import refuse
from gtbench_games.breakthrough import MARKS
from gtbench_games.oracles.boards import PerfectOracle
from gtbench_games.oracles.book import open_book
from gtbench_games.oracles.race_search import HALF, race, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.base import Game

BITS = tuple(str.maketrans(MARKS + ".", digits, "123456789\n") for digits in ("100", "010"))
"""Of each seat: the engine's picture of a board as binary digits, 1 for a piece of the seat."""
BOOKED = (8, 3)
BOOK_PLIES = (4, 8, 12, 16)
FEW = 4
"""Pieces a side in the table of endings, at most."""
MOST_SQUARES = 16
"""Of a board without a book: larger ones take long."""
KEPT_POSITIONS = 4_194_301  # a prime; 32 MB


class BreakthroughOracle(PerfectOracle):
    """Perfect play of Breakthrough on the paper's board, and on small ones."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        rows, columns = int(game.parameters["rows"]), int(game.parameters["columns"])
        booked = (rows, columns) == BOOKED
        if not booked and rows * columns > MOST_SQUARES:
            raise refuse(
                game, f"the board is 8 rows of 3 columns, or of at most {MOST_SQUARES} squares, for it"
            )
        self._letters = rows * (columns + 2)  # of the engine's picture, less the line below the board
        self._solver = solver(rows, columns)
        self._book = open_book("breakthrough") if booked else None
        self._opening: dict[int, bool] = {}

    def prepare(self) -> None:
        self._solver.prepare()

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        return {
            action: -1.0 if self._wins(state.child(action), 1 - seat) else 1.0
            for action in state.legal_actions()
        }

    def _wins(self, state: Any, seat: int) -> bool:
        """Whether the seat that is to move, or would be, wins."""
        if state.is_terminal():
            return bool(state.returns()[seat] > 0)
        own, other = self._boards(state, seat)
        ply = state.move_number()
        if self._book is None or ply > BOOK_PLIES[-1]:
            return self._solver.wins(own, other)
        if (known := self._solver.settled(own, other)) >= 0:
            return known == 1
        key = number(own, other)
        if ply in BOOK_PLIES:
            return self._book.answer(key) == 1
        if key not in self._opening:
            answers = (state.child(action) for action in state.legal_actions())
            self._opening[key] = any(not self._wins(answer, 1 - seat) for answer in answers)
        return self._opening[key]

    def _boards(self, state: Any, seat: int) -> tuple[int, int]:
        """The squares of the seat and of the other, as the search numbers them for the seat."""
        picture = str(state).upper()[: self._letters]
        if seat:
            picture = picture[::-1]
        return int(picture.translate(BITS[seat]), 2), int(picture.translate(BITS[1 - seat]), 2)


def number(own: int, other: int) -> int:
    """A position's number in the book, the same as that of its mirror image."""
    return min(own << 24 | other, mirrored(own) << 24 | mirrored(other))


def mirrored(board: int) -> int:
    """The board of three columns with left and right exchanged."""
    return (board & 0o11111111) << 2 | board & 0o22222222 | (board & 0o44444444) >> 2


class Solver:
    """Winners of positions on one board, and what has been found of them so far."""

    def __init__(self, rows: int, columns: int) -> None:
        row, squares = (1 << columns) - 1, rows * columns
        first = sum(1 << columns * at for at in range(rows))
        halves, ranks = np.zeros(1 << HALF, np.int64), np.zeros(1 << squares - columns, np.int64)
        for half in range(1 << HALF):
            halves[half] = int(f"{half:0{HALF}b}"[::-1], 2)
        sets, endings = (few(), table_of_few()) if (rows, columns) == BOOKED else ([], b"\0")
        for rank, pieces in enumerate(sets, start=1):
            ranks[pieces] = rank
        slants = (columns - 1, (row ^ 1) * first, 1), (columns + 1, (row >> 1) * first, 1)
        ways = (*slants, (columns, row * first, 0))
        near, far = row << columns, row << squares - 2 * columns
        shape = (columns, squares, ways, near, far, len(sets))
        self._seen = np.zeros(KEPT_POSITIONS, np.int64)
        self._known = (halves, ranks, endings, shape)

    def prepare(self) -> None:
        """Have the search compiled, or what was compiled loaded, for a position that it settles at once."""
        _, _, _, near, _, _ = self._known[-1]
        self.settled(near, 0)
        self.wins(near, 0)

    def settled(self, own: int, other: int) -> int:
        """Whether the player to move wins, 1 or 0, where no search is needed; else -1."""
        return int(settled(own, other, *self._known))

    def wins(self, own: int, other: int) -> bool:
        """Whether the player to move wins."""
        return bool(race(own, other, self._seen, *self._known))


@cache
def solver(rows: int, columns: int) -> Solver:
    """The solver of a board, shared by all matches of this process."""
    return Solver(rows, columns)


def few(most: int = FEW) -> list[int]:
    """All sets of one to so many pieces, as boards without the last row; a move leads to one before it."""
    squares = (BOOKED[0] - 1) * BOOKED[1]
    return [
        board
        for count in range(1, most + 1)
        for board in sorted(sum(1 << at for at in places) for places in combinations(range(squares), count))
    ]


def table_of_few() -> bytes:
    """The table of endings: whether the player to move wins, by the places of both sets in `few`."""
    packed = files("gtbench_games.oracles").joinpath("books", "breakthrough.xz").read_bytes()
    return lzma.decompress(packed)
