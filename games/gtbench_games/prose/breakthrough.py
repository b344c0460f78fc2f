"""Breakthrough in sentences: squares, whose piece is where, how many are left, and which step wins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.winning import Winning
from gtbench_games.breakthrough import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.grading.prose.text import Clause

SQUARE = r"[a-i][1-9]"
LIST = rf"{SQUARE}(?:(?:,| and|, and) {SQUARE})*"
_SPACED = re.compile(rf"\b({SQUARE})(?: to | ?-+>? ?|x| x )({SQUARE})\b")
_NAMED = re.compile(rf"\b(?:the )?(?:square|field) ({SQUARE})\b")


class BreakthroughProse(Winning):
    """The forms of clauses about pieces on squares."""

    sides = ("b|black", "w|white")
    move = rf"{SQUARE}{SQUARE}"
    things = "piece|pawn|move"

    def spell(self, text: str) -> str:
        return _SPACED.sub(r"\1\2", _NAMED.sub(r"\1", text))

    def forms(self, seat: int) -> Iterable[Form]:
        yield from super().forms(seat)
        own, other = self.own(seat), self.other(seat)
        who = rf"(?P<own>{own})|(?P<other>{other})"
        are = r"(?:is|are)(?: (?:already|still|now|also|both|currently))?"
        yield Form(rf"(?P<list>{LIST}) {are} (?:free|empty|open|vacant|unoccupied)", self._free)
        yield Form(rf"(?P<list>{LIST}) {are} (?:taken|occupied|held)(?: by (?:{who}))?", self._taken)
        yield Form(
            f"(?:{who}) (?:has|have|holds?|occupies|controls?) (?:an? |my |its |the )?(?:piece|"
            f"pawn)s? (?:on|at) (?P<list>{LIST})",
            self._taken,
        )
        yield Form(
            "there is an? (?:(?P<mark>[bw])|black|white|enemy|opposing) ?(?:piece|pawn)? (?:on|"
            f"at) (?P<list>{SQUARE})",
            self._marked,
        )
        yield Form(
            f"(?:{who}) (?:still )?(?:has|have) (?:only )?(?P<count>{COUNT}) (?:pieces|pawns|"
            "piece|pawn)(?: left| remaining)?",
            self._pieces,
        )
        yield Form(
            r"there are (?P<count>\d{1,3}) legal moves|i have (?P<moves>\d{1,3}) legal moves", self._legal
        )

    # Whether they are so.

    def _board(self, at: At) -> dict[str, str]:
        """The mark on each square of the board, or a dot."""
        lines = [line[1:].upper() for line in str(at.state).split("\n")[:-2]]
        return {
            f"{'abcdefghi'[column]}{len(lines) - row}": mark
            for row, line in enumerate(lines)
            for column, mark in enumerate(line)
        }

    def _free(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return self._all(at, found["list"], ".")

    def _all(self, at: At, said: str, marks: str) -> Truth | None:
        """Whether each of these squares has one of these marks."""
        board = self._board(at)
        for square in re.findall(SQUARE, said):
            so = board.get(square)
            if so is None:
                return None
            if so not in marks:
                return Truth(False, f"{square} {'is free' if so == '.' else f'has {so}'}")
        return Truth(True, "so it is")

    def _taken(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named = found.groupdict()
        if named.get("own"):
            return self._all(at, found["list"], MARKS[at.seat])
        return self._all(at, found["list"], MARKS[1 - at.seat] if named.get("other") else MARKS)

    def _marked(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        said = found[0]
        if found["mark"] or " black" in said or " white" in said:
            mark = (found["mark"] or ("b" if " black" in said else "w")).upper()
        else:
            mark = MARKS[1 - at.seat]
        return self._all(at, found["list"], mark)

    def _pieces(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        mark = MARKS[at.seat] if found["own"] else MARKS[1 - at.seat]
        so, count = list(self._board(at).values()).count(mark), whole(found["count"])
        return None if count < so and " only " not in found[0] else Truth(count == so, f"{so} pieces")

    def _legal(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = len(at.legal)
        return Truth(int(found["count"] or found["moves"]) == so, f"{so} legal moves")
