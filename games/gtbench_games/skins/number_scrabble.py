"""Exact Sum: take numbers in turn; whoever first has three that sum to fifteen wins.

skin of   tic_tac_toe
moves     a number ("7"); also "pick 7", "take 7", "number 7"
remapped  the squares are the cells of a magic square, so that its lines are the winning sums
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench.game.words import WHOLE, spans
from gtbench_games.tic_tac_toe import MARKS, ROW_LENGTH, TicTacToe

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

MAGIC = (2, 7, 6, 9, 5, 1, 4, 3, 8)  # by action
SUM = sum(MAGIC[:ROW_LENGTH])
FREE = "."  # the mark of an empty square


class NumberScrabble(TicTacToe):
    """Tic-Tac-Toe as a choice of numbers with an exact sum."""

    skin = "number_scrabble"
    prose_class = ""
    title = "Exact Sum"
    lists_alike = True
    form = f'a number, such as "{MAGIC[1]}"'
    language = f"(?:(?:pick|take|number) )?({WHOLE})"
    moves = tuple(map(str, MAGIC))
    free = "how many numbers nobody has"

    def write_rules(self, seat: int) -> str:
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        draw, _ = self.play_out((0, 1, 2, 4, 3, 5, 7, 6, 8)).returns()
        order = "first" if seat == 0 else "second"
        return (
            f"Exact Sum, for two players, with the whole numbers from {min(MAGIC)} to {max(MAGIC)}, each of "
            "which only one player can have.\n"
            "The players take turns. A move takes one number that nobody has yet; the player has it from "
            "then on.\n"
            f"A player who has {ROW_LENGTH} numbers that sum to exactly {SUM} wins, and the match ends; it "
            "does not matter which other numbers the player has. If all numbers are taken and nobody has "
            "won, the match is a draw.\n"
            f"A win pays {win:g}, a draw {draw:g}, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return (
            f"Your numbers: {self._listed(state, MARKS[seat])}\n"
            f"The opponent's numbers: {self._listed(state, MARKS[1 - seat])}\n"
            f"Numbers that nobody has: {self._listed(state, FREE)}"
        )

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        return spans(sorted(map(int, legal)))  # their order by action id would show the magic square

    def picture(self, state: Any) -> str:
        lines = [f"Player {seat} has: {self._listed(state, MARKS[seat])}" for seat in SEATS]
        return "\n".join([*lines, f"Nobody has: {self._listed(state, FREE)}"])

    def draw(self, state: Any) -> str:
        owners = (("Player 0", 0, MARKS[0]), ("Player 1", 1, MARKS[1]), ("Nobody", None, FREE))
        return svg.panel(
            [
                (name, [svg.disc(seat, str(number)) for number in self._numbers(state, mark)])
                for name, seat, mark in owners
            ]
        )

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        return (move, f"pick {move}", f"take {move}", f"number {move}")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        if said[1] not in self.moves:
            return f"the numbers are {min(MAGIC)} to {max(MAGIC)}"
        own = int(said[1]) in self._numbers(state, MARKS[seat])
        return f"{'you have' if own else 'the opponent has'} that number"

    def _listed(self, state: Any, mark: str) -> str:
        """The numbers under a mark in words."""
        return ", ".join(map(str, self._numbers(state, mark))) or "none"

    def _numbers(self, state: Any, mark: str) -> list[int]:
        """The numbers under a mark, from low to high."""
        marks = "".join(self._lines(state))
        return sorted(number for number, owner in zip(MAGIC, marks, strict=True) if owner == mark)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"free": "left"})
