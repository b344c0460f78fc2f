"""Connect Four: the exact outcome of every position; the first player wins, by the middle column only.

A book holds the outcome of every position of 8 and of 12 discs in which the player to move cannot win at once
and is not lost at once; before them a position is searched up to the book, after them to the end. The book's
outcomes are those of M. Thill's `bitbully-databases` (see `books/NOTICE`); `games/books/` makes it from them.
Other boards are searched from the start, without a book.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench.game.oracle import refuse
from gtbench_games.connect_four import MARKS
from gtbench_games.oracles.boards import PerfectOracle
from gtbench_games.oracles.book import Book, open_book
from gtbench_games.oracles.four_search import HIGH, search, threats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.base import Game

BOOKED = (6, 7)
BOOK_PLIES = (8, 12)
LINE = 4
MOST_SQUARES = 25
"""Of a board without a book: larger ones take minutes."""
KEPT_POSITIONS = 4_194_301  # a prime; 32 MB


class ConnectFourOracle(PerfectOracle):
    """Perfect play of Connect Four on the usual board, and on small ones."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        rows, columns = int(game.parameters["rows"]), int(game.parameters["columns"])
        if game.parameters["x_in_row"] != LINE:
            raise refuse(game, f"x_in_row is {LINE} for it")
        if (rows, columns) != BOOKED and rows * columns > MOST_SQUARES:
            raise refuse(
                game, f"the board is 6 rows of 7 columns, or of at most {MOST_SQUARES} squares, for it"
            )
        self._rows, self._solver = rows, solver(rows, columns)

    def prepare(self) -> None:
        self._solver.prepare()

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        own, other = self._boards(state, seat)
        return {
            column: float(value)
            for column, value in self._solver.moves(own, own | other).items()
        }  # fmt: skip

    def _boards(self, state: Any, seat: int) -> tuple[int, int]:
        """The squares of the seat and of the other, as the search numbers them."""
        lines = str(state).upper().split()[::-1]
        boards = [0, 0]
        for row, line in enumerate(lines):
            for column, mark in enumerate(line):
                if mark in MARKS:
                    boards[MARKS.index(mark)] |= 1 << column * (self._rows + 1) + row
        return boards[seat], boards[1 - seat]


class Solver:
    """Outcomes of positions on one board, and what has been found of them so far."""

    def __init__(self, rows: int, columns: int, book: Book | None) -> None:
        self.step, self.book = rows + 1, book
        self.bottom = sum(1 << column * self.step for column in range(columns))
        self.board = self.bottom * ((1 << rows) - 1)
        self.columns = [((1 << rows) - 1) << column * self.step for column in range(columns)]
        middle_first = sorted(self.columns, key=lambda c: abs(self.columns.index(c) - (columns - 1) / 2))
        upper = sum(self.bottom << row for row in range(rows - 1, -1, -2))
        self.shape = (self.step, self.bottom, self.board, upper, tuple(middle_first))
        self.table = np.zeros(KEPT_POSITIONS, np.int64)
        self.room = np.zeros(columns * (rows * columns + 1), np.int64)
        self.opening: dict[int, int] = {}

    def prepare(self) -> None:
        """Have the search compiled, or what was compiled loaded, for a position that it settles at once."""
        search(0, self.board, 0, self.table, self.room, 0, self.shape)
        self.threats(0, self.board)

    def moves(self, own: int, taken: int) -> dict[int, int]:
        """The outcome of each column's move for the player to move."""
        playable, winning = (taken + self.bottom) & self.board, self.threats(own, taken)
        most = 1 if playable & winning else self._known(own, taken)
        found = {}
        for column, squares in enumerate(self.columns):
            if move := playable & squares:
                other = own ^ taken
                found[column] = 1 if move & winning else -self.outcome(other, taken | move, least=-most)
        return found

    def outcome(self, own: int, taken: int, *, least: int = -1) -> int:
        """What the player to move gets: 1, 0 or -1; no less than `least`, which is known beforehand."""
        if least == 1 or self.threats(own, taken) & (taken + self.bottom) & self.board:
            return 1
        if taken == self.board:
            return 0
        if (known := self.booked(own, taken)) is not None:
            return known
        if self.book and taken.bit_count() < BOOK_PLIES[-1]:
            return self._opening(own, taken)
        for sure in range(least, 1):
            if not search(own, taken, sure, self.table, self.room, 0, self.shape):
                return sure
        return 1

    def booked(self, own: int, taken: int) -> int | None:
        """What the book says of a position in which the player to move cannot win at once."""
        if not self.book or taken.bit_count() not in BOOK_PLIES:
            return None
        danger = self.threats(own ^ taken, taken) & (taken + self.bottom) & self.board
        if danger & (danger - 1):
            return -1
        key = min(own + taken, self._mirrored(own) + self._mirrored(taken)) + self.bottom
        return self.book.answer(key) - 1

    def _known(self, own: int, taken: int) -> int:
        """What the player to move, who cannot win at once, gets at most, as far as that is known already."""
        if (known := self.booked(own, taken)) is not None:
            return known
        key = own + taken + self.bottom
        entry = int(self.table[key % len(self.table)])
        return HIGH[entry & 7] if entry >> 3 == key else 1

    def threats(self, own: int, taken: int) -> int:
        """The empty squares with which `own` has four in a line."""
        return int(threats(own, taken, self.step, self.board))

    def _opening(self, own: int, taken: int) -> int:
        """The outcome before the book begins or between its plies."""
        key = min(own + taken, self._mirrored(own) + self._mirrored(taken))
        if key not in self.opening:
            best = -1
            for squares in self.shape[-1]:
                if best < 1 and (move := (taken + self.bottom) & squares):
                    best = max(best, -self.outcome(own ^ taken, taken | move))
            self.opening[key] = best
        return self.opening[key]

    def _mirrored(self, board: int) -> int:
        """The board with left and right exchanged."""
        column, found = (1 << self.step) - 1, 0
        for _ in self.columns:
            found = found << self.step | board & column
            board >>= self.step
        return found


@cache
def solver(rows: int, columns: int) -> Solver:
    """The solver of a board, shared by all matches of this process."""
    return Solver(rows, columns, open_book("connect_four") if (rows, columns) == BOOKED else None)
