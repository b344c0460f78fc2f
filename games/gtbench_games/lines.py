"""What the board games ask alike about a position, and lines of marks on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIN = "a move with which you win at once, or none"
THREAT = "a move with which the opponent would win at once if it were the opponent's turn now, or none"
LEGAL = "how many legal moves you have"

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def completes(board: Sequence[str], mark: str, row: int, column: int, length: int) -> bool:
    """Whether one more of these marks, on this square, makes an unbroken line of at least that length."""

    def run(down: int, right: int) -> int:
        """How many of the marks follow each other from the square on, itself left out."""
        y, x, found = row + down, column + right, 0
        while 0 <= y < len(board) and 0 <= x < len(board[0]) and board[y][x] == mark:
            y, x, found = y + down, x + right, found + 1
        return found

    return any(run(down, right) + 1 + run(-down, -right) >= length for down, right in DIRECTIONS)
