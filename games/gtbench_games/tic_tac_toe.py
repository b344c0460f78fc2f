"""Tic-Tac-Toe: three in a row on a board of three by three.

engine    OpenSpiel `tic_tac_toe`: sequential, deterministic, perfect information, zero-sum
moves     a square: column letter, then row number ("b1"); row 1 is at the top
rewards   win 1, draw 0, loss -1
chance    none
"""

from __future__ import annotations

from typing import Any, ClassVar

from gtbench.game import Game

MARKS = "XO"  # by seat
ROW_LENGTH = 3  # the engine's board, asserted in the tests
COLUMNS = "abc"
SQUARES = tuple(f"{COLUMNS[i % ROW_LENGTH]}{i // ROW_LENGTH + 1}" for i in range(ROW_LENGTH**2))  # by action


class TicTacToe(Game):
    """Tic-Tac-Toe in words."""

    name = "tic_tac_toe"
    title = "Tic-Tac-Toe"
    engine_name = "tic_tac_toe"
    paper_class = "complete, deterministic, dynamic"
    abilities: ClassVar[tuple[str, ...]] = ("board",)
    form = 'a square: its column letter, then its row number, such as "b1"'
    moves = SQUARES

    def write_rules(self, seat: int) -> str:
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        draw = sum(self.play_out((0, 1, 2, 4, 3, 5, 7, 6, 8)).returns())
        order = "first" if seat == 0 else "second"
        return (
            f"Tic-Tac-Toe, for two players, on a board of {ROW_LENGTH} columns (a to {COLUMNS[-1]}, from "
            f"left to right) and {ROW_LENGTH} rows (1 to {ROW_LENGTH}, from top to bottom).\n"
            f"The players take turns. {MARKS[0]} moves first. A move puts the player's own mark on an empty "
            "square.\n"
            f"A player whose marks fill a row, a column or a diagonal of {ROW_LENGTH} squares wins, and the "
            "match ends. If the board is full and nobody has won, the match is a draw.\n"
            f"A win pays {win:g}, a draw {draw:g}, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You play {MARKS[seat]} and move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return f"{self.picture(state)}\nYou play {MARKS[seat]}."

    def picture(self, state: Any) -> str:
        marks = [" ".join(line) for line in str(state).upper().split("\n")]
        return "  " + " ".join(COLUMNS) + "".join(f"\n{row} {line}" for row, line in enumerate(marks, 1))
