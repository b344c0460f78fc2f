"""Connect Four: discs dropped into columns; four in a line win (J. D. Allen, 1988: the first player wins).

engine    OpenSpiel `connect_four`: sequential, deterministic, perfect information, zero-sum
moves     a column's number, counted from 1 at the left; also "column 3", "col 3", "3rd column"
rewards   win 1, draw 0, loss -1
chance    none, but for the moves of a random opening
"""

from __future__ import annotations

from functools import cached_property, partial
from operator import getitem
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.errors import BadOption
from gtbench.game import svg
from gtbench.game.base import Game
from gtbench.game.memo import Memo
from gtbench.game.questions import Question, how_many, which
from gtbench.game.words import WHOLE, spans
from gtbench.labels import Slip
from gtbench.records import PLAYERS
from gtbench_games import lines

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from gtbench.records import Parameter

MARKS = "XO"  # by seat
ENDINGS = {1: "st", 2: "nd", 3: "rd"}  # of ordinal numbers up to 12
ORDINAL = "(?:[0-9]*(?:1[0-9]|[04-9])th|(?:[0-9]*[02-9])?(?:1st|2nd|3rd))"


class ConnectFour(Game):
    """Connect Four in words."""

    name = "connect_four"
    title = "Connect Four"
    engine_name = "connect_four"
    oracle_class = "gtbench_games.oracles.connect_four:ConnectFourOracle"
    prose_class = "gtbench_games.prose.connect_four:ConnectFourProse"
    skin_classes: ClassVar[Mapping[str, str]] = {
        "sliding_crates": "gtbench_games.skins.sliding_crates:SlidingCrates"
    }
    defaults: ClassVar[Mapping[str, Parameter]] = {"rows": 6, "columns": 7, "x_in_row": 4, "opening": "empty"}
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "rows": (3, 12), "columns": (3, 12), "x_in_row": (3, 12), "opening": ("empty", "random"),
    }  # fmt: skip
    variants = ("opening=random",)
    paper_class = "complete, deterministic, dynamic"
    alternates = lists_alike = True
    abilities: ClassVar[tuple[str, ...]] = ("board",)
    form = 'a column\'s number, such as "2"'
    language = f"(?:(?:column|col) )?{WHOLE}|{ORDINAL} column"
    placed = "how many discs are on the board, those of both players"

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        said = super().checked(parameters)
        if int(said["x_in_row"]) > max(int(said["rows"]), int(said["columns"])):
            raise BadOption(f"{self.name}: x_in_row is at most the larger of rows and columns")
        return said

    def name_moves(self) -> tuple[str, ...]:
        return tuple(str(column + 1) for column in range(self.num_actions))

    def write_rules(self, seat: int) -> str:
        rows, columns = len(self._lines(self.play_out())), self.num_actions
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        order = "first" if seat == 0 else "second"
        return (
            f"Connect Four, for two players, on an upright board of {columns} columns (1 to {columns}, from "
            f"left to right) and {rows} rows (1 to {rows}, from bottom to top).\n"
            f"The players take turns. {MARKS[0]} moves first. A move drops one of the player's own discs "
            "into a column that is not full; the disc falls to the lowest empty square of that column.\n"
            f"A player with {self.parameters['x_in_row']} own discs in an unbroken line, along a row, a "
            "column or a diagonal, wins, and the match ends. If the board is full and nobody has won, the "
            "match is a draw.\n"
            f"A win pays {win:g}, a draw 0, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You play {MARKS[seat]} and move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return "".join(map(getitem, self._rows[seat], str(state).split("\n")))

    def picture(self, state: Any) -> str:
        return "".join(map(getitem, self._rows[PLAYERS], str(state).split("\n")))

    @cached_property
    def _rows(self) -> tuple[tuple[Mapping[str, str], ...], ...]:
        """How each of the engine's lines is drawn, its empty last one too: for each seat, and a spectator."""
        numbers = range(int(self.parameters["rows"]), 0, -1)
        rows = [Memo(partial(_row, number)) for number in numbers]
        columns = "column   " + " ".join(f"{move:>2}" for move in self.moves)
        endings = (*(f"\nYou play {mark}." for mark in MARKS), "")
        return tuple((*rows, {"": columns + ending}) for ending in endings)

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        return spans(map(int, legal))

    def draw(self, state: Any) -> str:
        lines = self._lines(state)
        discs = {mark: svg.disc(seat) for seat, mark in enumerate(MARKS)}
        rows = [str(row) for row in range(len(lines), 0, -1)]
        return svg.board(lines, discs, columns=self.moves, rows=rows)

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        return (move, f"column {move}", f"col {move}", f"{move}{ENDINGS.get(action + 1, 'th')} column")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        column = "".join(filter(str.isdigit, said[0]))
        return "the column is full" if column in self.moves else f"the columns are 1 to {self.num_actions}"

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
            how_many("legal", lines.LEGAL, lambda state, _: len(state.legal_actions())),
            how_many("placed", self.placed, lambda state, _: len(state.history())),
        )

    def _threats(self, state: Any, seat: int) -> list[str]:
        """The moves with which the opponent would win if it were its turn."""
        board, mark = self._lines(state), MARKS[1 - seat]
        length, found = int(self.parameters["x_in_row"]), []
        for column in state.legal_actions():
            row = max(i for i, line in enumerate(board) if line[column] == ".")  # where a disc would fall
            if lines.completes(board, mark, row, column, length):
                found.append(self.say(column))
        return found

    @staticmethod
    def _lines(state: Any) -> list[str]:
        """The board from the top row down, a mark or a dot a square."""
        return str(state).upper().split()


def _row(number: int, line: str) -> str:
    """A line of the engine's as it is drawn."""
    return f"row {number:>2} |" + "".join(f"  {mark}" for mark in line.upper()) + "\n"
