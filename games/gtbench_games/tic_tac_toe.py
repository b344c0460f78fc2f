"""Tic-Tac-Toe: three in a row on a board of three by three.

engine    OpenSpiel `tic_tac_toe`: sequential, deterministic, perfect information, zero-sum
moves     a square: column letter, then row number ("b1"); row 1 is at the top
rewards   win 1, draw 0, loss -1
chance    none, but for the moves of a random opening
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import Game
from gtbench.game.questions import Question, how_many, which
from gtbench.game.words import WHOLE
from gtbench.labels import Slip
from gtbench_games import lines

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from gtbench.records import Parameter

MARKS = "XO"  # by seat
ROW_LENGTH = 3  # the engine's board, asserted in the tests
COLUMNS = "abc"
SQUARES = tuple(f"{COLUMNS[i % ROW_LENGTH]}{i // ROW_LENGTH + 1}" for i in range(ROW_LENGTH**2))  # by action


class TicTacToe(Game):
    """Tic-Tac-Toe in words."""

    name = "tic_tac_toe"
    title = "Tic-Tac-Toe"
    engine_name = "tic_tac_toe"
    oracle_class = "gtbench_games.oracles.tic_tac_toe:TicTacToeOracle"
    prose_class = "gtbench_games.prose.tic_tac_toe:TicTacToeProse"
    skin_classes: ClassVar[Mapping[str, str]] = {
        "number_scrabble": "gtbench_games.skins.number_scrabble:NumberScrabble"
    }
    defaults: ClassVar[Mapping[str, Parameter]] = {"opening": "empty"}
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {"opening": ("empty", "random")}
    variants = ("opening=random",)
    paper_class = "complete, deterministic, dynamic"
    alternates = True
    abilities: ClassVar[tuple[str, ...]] = ("board",)
    quick = True
    form = 'a square: its column letter, then its row number, such as "b1"'
    language = f"[a-z]{WHOLE}"
    moves = SQUARES
    free = "how many squares are empty"

    def write_rules(self, seat: int) -> str:
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        draw, _ = self.play_out((0, 1, 2, 4, 3, 5, 7, 6, 8)).returns()
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
        return _observed(str(state), seat)

    def picture(self, state: Any) -> str:
        return _board(str(state))

    def draw(self, state: Any) -> str:
        marks = {mark: svg.mark(mark, seat) for seat, mark in enumerate(MARKS)}
        rows = [str(row) for row in range(1, ROW_LENGTH + 1)]
        return svg.board(self._lines(state), marks, columns=COLUMNS, rows=rows)

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        if said[0] not in SQUARES:
            return f"the columns are a to {COLUMNS[-1]}, the rows 1 to {ROW_LENGTH}"
        return "the square is taken"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            which(
                "win", lines.WIN, self.winning, self.vocabulary, slip=Slip.ENDGAME_MISDETECTION, theory=True
            ),
            which(
                "threat",
                lines.THREAT,
                self._threats,
                self.vocabulary,
                slip=Slip.ENDGAME_MISDETECTION,
                theory=True,
            ),
            how_many("free", self.free, lambda state, _: len(state.legal_actions())),
        )

    def _threats(self, state: Any, seat: int) -> list[str]:
        """The moves with which the opponent would win if it were its turn."""
        board, mark = self._lines(state), MARKS[1 - seat]
        return [
            self.say(action)
            for action in state.legal_actions()
            if lines.completes(board, mark, action // ROW_LENGTH, action % ROW_LENGTH, ROW_LENGTH)
        ]

    @staticmethod
    def _lines(state: Any) -> list[str]:
        """The board from the top row down, a mark or a dot a square."""
        return str(state).upper().split()


@lru_cache(maxsize=16384)  # there are 5,478 positions
def _observed(marks: str, seat: int) -> str:
    """What a seat reads of the engine's three lines of marks."""
    return f"{_board(marks)}\nYou play {MARKS[seat]}."


def _board(marks: str) -> str:
    """The engine's three lines of marks with the names of columns and rows."""
    lines = [f"{row} {' '.join(line)}" for row, line in enumerate(marks.upper().split(), 1)]
    return "\n".join([f"  {' '.join(COLUMNS)}", *lines])
