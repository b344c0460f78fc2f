"""Breakthrough: pawns race for the far row (D. Troyka, 2000); here on 8 rows of 3 columns.

engine    OpenSpiel `breakthrough`: sequential, deterministic, perfect information, zero-sum, without draws
moves     the square a piece leaves, then the square it enters ("b7a6"); also with a space, "to", a dash or
          an arrow between them; a capture needs no marker
rewards   win 1, loss -1
chance    none, but for the moves of a random opening

The first player wins on this board with any of its first moves (it has been solved).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import Game
from gtbench.game.questions import Question, how_many, which
from gtbench.game.words import WHOLE
from gtbench.labels import Slip
from gtbench_games import lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.records import Parameter

MARKS = "BW"  # by seat, as in the engine's picture
COLUMNS = "abcdefghi"
BETWEEN = (" ", " to ", "-", " - ", "->", " -> ", "=>", " => ")
"""What may stand between two squares; `normalise` turns all dashes and arrows into these."""
JOINT = f"(?:{'|'.join(map(re.escape, BETWEEN))})"
TO_SQUARES = re.compile(r"([a-z])(\d)([a-z])(\d)")


class Breakthrough(Game):
    """Breakthrough in words."""

    name = "breakthrough"
    title = "Breakthrough"
    engine_name = "breakthrough"
    oracle_class = "gtbench_games.oracles.breakthrough:BreakthroughOracle"
    prose_class = "gtbench_games.prose.breakthrough:BreakthroughProse"
    skin_classes: ClassVar[Mapping[str, str]] = {"couriers": "gtbench_games.skins.couriers:Couriers"}
    defaults: ClassVar[Mapping[str, Parameter]] = {"rows": 8, "columns": 3, "opening": "empty"}
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "rows": (4, 9), "columns": (2, 9), "opening": ("empty", "random"),
    }  # fmt: skip
    variants = ("opening=random",)
    paper_class = "complete, deterministic, dynamic"
    alternates = True
    abilities: ClassVar[tuple[str, ...]] = ("board",)
    form = "the square a piece leaves, then the square it enters, each a column letter and a row number"
    language = f"([a-z])({WHOLE}){JOINT}?([a-z])({WHOLE})"
    own, other = "how many pieces you have", "how many pieces the opponent has"

    def name_moves(self) -> tuple[str, ...]:
        state = self.play_out()
        names = (state.action_to_string(0, action).rstrip("*") for action in range(self.num_actions))
        return tuple(name if self._on_board(name) else "" for name in names)

    def write_rules(self, seat: int) -> str:
        board = self._board(self.play_out())
        columns = COLUMNS[: len(board[0])]
        starts = [self._rows_of(board, mark) for mark in MARKS]
        ends = [1 if start[0] == len(board) else len(board) for start in starts]
        ways = ["down" if end == 1 else "up" for end in ends]
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        order = "first" if seat == 0 else "second"
        lines = [
            f"- {mark} starts on row{'s' * (len(start) > 1)} {' and '.join(map(str, start))} and moves "
            f"{way}, toward row {end}."
            for mark, start, way, end in zip(MARKS, starts, ways, ends, strict=True)
        ]
        return (
            f"Breakthrough, for two players, on a board of {len(columns)} columns ({columns[0]} to "
            f"{columns[-1]}, from left to right) and {len(board)} rows ({len(board)} at the top, 1 at the "
            "bottom).\n" + "\n".join(lines) + "\n"
            f"The players take turns. {MARKS[0]} moves first. A move takes one of the player's own pieces "
            "one row on in its direction: straight, onto an empty square, or diagonally, onto a square that "
            "is empty or holds a piece of the other player, which is captured and leaves the board. Straight "
            "moves cannot capture. No piece moves sideways or back, and nobody may pass.\n"
            "A player with a piece on the row it moves toward wins, and so does a player who has captured "
            "all pieces of the other. There are no draws.\n"
            f"A win pays {win:g}, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You play {MARKS[seat]}, move {order}, and move {ways[seat]}, toward row {ends[seat]}. A move "
            f'of yours is written like "{self._example(seat)}".'
        )

    def _example(self, seat: int) -> str:
        """A first move of a seat."""
        state = self.play_out()
        if seat:
            state.apply_action(state.legal_actions()[0])
        return self.say(state.legal_actions()[0])

    def observe(self, state: Any, seat: int) -> str:
        return f"{self.picture(state)}\nYou play {MARKS[seat]}."

    def picture(self, state: Any) -> str:
        board = str(state)[: self._names_of_columns]
        return board.replace(".", " .").replace("b", " B").replace("w", " W") + self._footer

    @cached_property
    def _names_of_columns(self) -> int:
        """Where the engine's picture names the columns; before, each of its lines begins with its row."""
        return str(self.play_out()).rindex(" ")

    @cached_property
    def _footer(self) -> str:
        """The names of the columns below the board."""
        return "  " + " ".join(COLUMNS[: int(self.parameters["columns"])])

    def draw(self, state: Any) -> str:
        board = self._board(state)
        discs = {mark: svg.disc(seat, mark) for seat, mark in enumerate(MARKS)}
        rows = [str(row) for row in range(len(board), 0, -1)]
        return svg.board(board, discs, columns=COLUMNS[: len(board[0])], rows=rows)

    def legal_words(self, state: Any, legal: Sequence[int]) -> tuple[tuple[str, ...], str]:
        words = tuple([self.moves[action] for action in legal])  # hardly ever the same ones again
        return words, self.list_moves(state, words)

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        ways: dict[str, list[str]] = {}
        for move in legal:
            here, there = self._places(move)
            ways.setdefault(here, []).append(there)
        return "; ".join(f"{here} to {' or '.join(there)}" for here, there in ways.items())

    @staticmethod
    def _places(move: str) -> tuple[str, str]:
        """Where a move starts, and where it ends."""
        return move[:2], move[2:]

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return self._spelled[action]

    @cached_property
    def _spelled(self) -> list[tuple[str, ...]]:
        """What each move may be called, by its action id."""
        return [(move, *(f"{move[:2]}{between}{move[2:]}" for between in BETWEEN)) for move in self.moves]

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        column, row, target, end = said.groups()
        columns, rows = COLUMNS[: int(self.parameters["columns"])], int(self.parameters["rows"])
        if not {column, target} <= {*columns} or not (1 <= int(row) <= rows and 1 <= int(end) <= rows):
            return f"the columns are a to {columns[-1]}, the rows 1 to {rows}"
        board = self._board(state)
        here, there = (board[rows - int(y)][columns.index(x)] for x, y in ((column, row), (target, end)))
        if here != MARKS[seat]:
            return f"no piece of yours is on {column}{row}"
        if int(end) - int(row) != self._ways[seat]:
            way = "up" if self._ways[seat] > 0 else "down"
            return f"{target}{end} is not one row {way}: a piece goes one row {way}, straight or diagonally"
        if abs(columns.index(target) - columns.index(column)) > 1:
            return "a piece goes straight or to the next column on either side"
        if there == MARKS[seat]:
            return f"your own piece is on {target}{end}"
        return f"a piece is on {target}{end}, and a straight move needs an empty square"

    @cached_property
    def _ways(self) -> tuple[int, ...]:
        """By seat: 1 where its pieces move toward higher rows, -1 toward lower ones."""
        board = self._board(self.play_out())
        return tuple(-1 if self._rows_of(board, mark)[0] == len(board) else 1 for mark in MARKS)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            which(
                "win", lines.WIN, self.winning, self.vocabulary, slip=Slip.ENDGAME_MISDETECTION, theory=True
            ),
            which(
                "threat",
                lines.THREAT,
                lambda state, seat: self._wins(state, 1 - seat),
                self.vocabulary,
                slip=Slip.ENDGAME_MISDETECTION,
                theory=True,
            ),
            how_many("legal", lines.LEGAL, lambda state, _: len(state.legal_actions())),
            how_many("own", self.own, self._count),
            how_many("other", self.other, lambda state, seat: self._count(state, 1 - seat)),
        )

    def _count(self, state: Any, seat: int) -> int:
        """How many pieces a seat has."""
        return "".join(self._board(state)).count(MARKS[seat])

    def _wins(self, state: Any, seat: int) -> list[str]:
        """The moves with which a seat wins at once, if it were its turn; the engine has no pass."""
        board = self._board(state)
        start = self._rows_of(self._board(self.play_out()), MARKS[seat])[0]
        way, last = (-1, 1) if start == len(board) else (1, len(board))
        found = []
        for action in self._steps:
            column, row, target, end = self._steps[action]
            here, there = (board[len(board) - y][x] for x, y in ((column, row), (target, end)))
            free = there == "." or (column != target and there == MARKS[1 - seat])
            wins = end == last or (there == MARKS[1 - seat] and self._count(state, 1 - seat) == 1)
            if here == MARKS[seat] and end - row == way and free and wins:
                found.append(self.say(action))
        return found

    @cached_property
    def _steps(self) -> dict[int, tuple[int, int, int, int]]:
        """Each action's column and row, and those it leads to: columns from 0 at the left, rows from 1."""
        state, steps = self.play_out(), {}
        for action, move in enumerate(self.moves):
            if move and (named := TO_SQUARES.match(state.action_to_string(0, action))):
                steps[action] = (
                    COLUMNS.index(named[1]),
                    int(named[2]),
                    COLUMNS.index(named[3]),
                    int(named[4]),
                )
        return steps

    def _on_board(self, name: str) -> bool:
        """Whether the engine's name of an action is of a step between two squares; some ids are of none."""
        rows, columns = int(self.parameters["rows"]), int(self.parameters["columns"])
        squares = TO_SQUARES.fullmatch(name)
        return bool(squares and squares[3] in COLUMNS[:columns] and 1 <= int(squares[4]) <= rows)

    @staticmethod
    def _board(state: Any) -> list[str]:
        """The board from the top row down, a mark or a dot a square."""
        return [line[1:].upper() for line in str(state).split("\n")[:-2]]

    @staticmethod
    def _rows_of(board: list[str], mark: str) -> list[int]:
        """The rows, from 1 at the bottom, that hold a mark, the highest first."""
        return [len(board) - i for i, line in enumerate(board) if mark in line]
