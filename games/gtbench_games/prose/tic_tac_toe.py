"""Tic-Tac-Toe in sentences: squares by any usual name, who has them, and which line wins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.winning import Winning
from gtbench.labels import Slip
from gtbench_games.tic_tac_toe import COLUMNS, MARKS, ROW_LENGTH, SQUARES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.grading.prose.text import Clause

ROWS = {"top": 1, "upper": 1, "first": 1, "middle": 2, "center": 2, "centre": 2, "second": 2, "bottom": 3,
        "lower": 3, "third": 3}  # fmt: skip
SIDES = {"left": 0, "first": 0, "middle": 1, "center": 1, "centre": 1, "second": 1, "right": 2, "third": 2}
PLACE = r"(?:square|position|cell|spot|space|slot|place|field|corner|edge|side)s?"
ITEM = r"(?:[abc][1-3]|[1-9])"
_HIGH, _WIDE = "top|upper|middle|center|centre|bottom|lower", "left|middle|center|centre|right"
_CENTER = re.compile(
    r"\b(?:the )?(?:central|center|centre|middle)(?: of the (?:board|grid)"
    f")?(?: {PLACE})?(?! ?-? ?(?:{_WIDE}|row|column|of|and|is often))"
    r"(?: ?\((?:5|b2|position 5|square b2)\))?"
)
_CORNER = re.compile(rf"\b(?:the )?({_HIGH})[ -]({_WIDE})(?: {PLACE})?(?: ?\((?:{ITEM})\))?\b")
_BY_ROW = re.compile(r"\brow (\d|one|two|three),? (?:and )?column (\d|[abc]|one|two|three)\b")
_BY_COLUMN = re.compile(r"\bcolumn (\d|[abc]),? (?:and )?row (\d)\b")
_NUMBERED = re.compile(r"\b(?:square|position|cell|spot|slot)s? #?\(?([1-9])\b(?!\.\d)\)?")
_NAMED = re.compile(rf"\b(?:the )?{PLACE} ([abc][1-3])\b")
_TWICE = re.compile(r"\b([abc][1-3]) ?\((?:\1|[1-9])\)")
LINES = {f"row {row + 1}": {SQUARES[3 * row + column] for column in range(3)} for row in range(3)} | {
    f"column {column + 1}": {SQUARES[3 * row + column] for row in range(3)} for column in range(3)
}
OPEN = r"(?:free|empty|open|available|unoccupied|vacant|not (?:taken|occupied)|unclaimed)"
TAKEN = r"(?:taken|occupied|filled|unavailable|claimed|not (?:free|empty|available|open)|full)"
SUPPOSED = re.compile(
    r"\b(?:option|plac|after|if|choos|consider|result|becom|scenario|advantage|benefit|pros|fork)"
)
"""What stands above words about a board that is not the one now."""
LIST = rf"{ITEM}(?:(?:,| and|, and|,? or) {ITEM})*"


def _number(word: str) -> int:
    """A row or column in words as a number from 1."""
    return COLUMNS.index(word) + 1 if word in COLUMNS else whole(word)


class TicTacToeProse(Winning):
    """The forms of clauses about a board of squares."""

    sides = ("x", "o")
    move = "[abc][1-3]"
    things = "mark|piece|symbol|move|token"
    goal = (
        "(?:an? |the )?(?:winning (?:line|row|column|diagonal)|three in a row|3 in a row|"
        "three-in-a-row|line of three|"
        "row of three|full (?:row|column|diagonal)|(?:top|middle|bottom|first|second|third|left|"
        "right|center) "
        "(?:row|column)(?: of (?:x|o)'?s)?|(?:main |anti-)?diagonal|(?:row|column) (?:[123]|"
        "[abc])|line|row|column)"
        r"(?: (?:vertically|horizontally|diagonally|for (?:x|o)))?(?: in (?:the )?\w+ (?:row|column))?"
    )
    enough = 2
    near = True

    def spell(self, text: str) -> str:
        text = _BY_ROW.sub(lambda found: self._square(_number(found[1]), _number(found[2])), text)
        text = _BY_COLUMN.sub(lambda found: self._square(int(found[2]), _number(found[1])), text)
        text = _CORNER.sub(lambda found: self._square(ROWS[found[1]], SIDES[found[2]] + 1), text)
        text = _CENTER.sub("b2", text)
        text = _NUMBERED.sub(lambda found: SQUARES[int(found[1]) - 1], text)
        return _TWICE.sub(r"\1", _NAMED.sub(r"\1", text))

    def _square(self, row: int, column: int) -> str:
        inside = 1 <= row <= ROW_LENGTH and 1 <= column <= ROW_LENGTH
        return SQUARES[ROW_LENGTH * (row - 1) + column - 1] if inside else "nowhere"

    def pieces(self, state: Any, seat: int) -> int:
        return str(state).upper().count(MARKS[seat])

    def forms(self, seat: int) -> Iterable[Form]:
        yield from super().forms(seat)
        own, other = self.own(seat), self.other(seat)
        who = rf"(?P<own>{own})|(?P<other>{other})"
        by = (
            f"(?: by (?:{who}|(?:an? )?(?P<mark>[xo])|my own mark|(?:a|the) mark|x or o|o or x|"
            "either player))?"
        )
        are = r"(?:is|are|remains?|seems?|looks?)(?: (?:already|still|now|also|all|both|currently))?"
        yield from self._lines(own)
        yield Form(rf"(?P<list>{LIST}) {are} {OPEN}", self._free)
        yield Form(rf"(?P<list>{LIST}) {are} {TAKEN}{by}", self._taken)
        yield Form(rf"(?P<list>{LIST}) {are} (?:an? )?(?P<mark>[xo])", self._taken)
        kinds = rf"(?:{OPEN}|remaining|legal|possible)"
        yield Form(rf"(?:the )?(?:{kinds} )(?:{PLACE}|moves?)(?: (?:are|is))?:? (?P<list>{LIST})", self._free)
        yield Form(
            rf"(?:the )?(?:{kinds} )?(?:{PLACE}) (?P<list>{LIST}) are (?:all |still )?{OPEN}", self._free
        )
        has = r"(?:has|have|holds?|occup(?:y|ies)|controls?|is (?:at|on|in)|are (?:at|on|in)|owns?|got)"
        already = r"(?:already |currently |also )?"
        mark = r"(?:(?:an? |its |my |our |one )?(?:[xo]|marks?|pieces?)'?s? (?:at|on|in) )?"
        yield Form(rf"(?:{who}) {already}{has} {already}{mark}(?:{PLACE} )?(?P<list>{LIST})", self._taken)
        yield Form(
            rf"(?:{who})'s? (?:marks?|positions?) (?:are|is)(?: (?:at|on|in))? (?:{PLACE} )?(?P<list>{LIST})",
            self._taken,
        )
        yield Form(
            f"(?:{who}) (?:has |have |is |has been |was )?(?:placed|put|marked|played|taken|"
            f"located)(?: {mark}| an? [xo] (?:at|in|on)| (?:at|in|on))? ?(?:{PLACE} "
            f")?(?P<list>{LIST})",
            self._taken,
        )
        yield Form(
            rf"(?:only |contains )?(?P<mark>[xo]) (?:is )?(?:at|on|in) (?:{PLACE} )?(?P<list>{LIST})",
            self._at,
        )
        yield Form(rf"(?P<list>{LIST}) \((?P<mark>[xo])\)", self._at)
        yield Form(rf"(?:only )?empty (?:at|on|in) (?:{PLACE} )?(?P<list>{LIST})", self._free)
        count = rf"(?P<count>{COUNT}|only one)(?: [xo]'?s?| marks?| pieces?)?"
        line = (
            "(?:the )?(?P<line>(?:top|middle|bottom|first|second|third) row|row [123]|(?:left|"
            "middle|right|center|first|second|third) column|column [123abc])"
        )
        yield Form(rf"(?:{who}) (?:already )?(?:has|have) (?:already )?{count} in {line}", self._counted)
        yield Form(
            f"{line} (?:already )?(?:has|contains) (?:already )?(?P<count>{COUNT}) (?P<mark>[xo])"
            "'?s?(?: marks?)?",
            self._counted,
        )
        yield Form(
            rf"there (?:is|are) (?P<count>{COUNT}) (?P<mark>[xo])'?s?(?: marks?)? in {line}", self._counted
        )
        yield Form(
            rf"(?P<list>{ITEM}|[abc][1-3]): ?'?(?:[1-9]'? \(?)?(?P<what>empty|[xo])'?\)?(?: "
            r"\((?:our|my|your|the)? ?\w+(?: mark)?\)|// .*)?",
            self._listed,
            line=True,
        )

    def _lines(self, own: str) -> Iterator[Form]:
        """That a line wins at once."""
        line = (
            "(?:the |my )?(?P<line>(?:top|middle|bottom|first|second|third) row|row [123]|"
            "(?:left|middle|right|center|first|second|third) column|column [123abc])"
        )
        yield Form(
            f"{own} (?:can |will )?win(?: the game| at once| immediately| now)? by (?:completing|"
            f"filling|finishing) {line}",
            self._line_wins,
            Slip.ENDGAME_MISDETECTION,
        )

    # Whether they are so.

    def _marks(self, at: At) -> dict[str, str]:
        """The mark on each square that has one."""
        board = str(at.state).upper().split()
        return {square: mark for square, mark in zip(SQUARES, "".join(board), strict=True) if mark in MARKS}

    def _squares(self, said: str) -> list[str]:
        """The squares of a list; a number alone is one by its place, row by row."""
        return [
            SQUARES[int(word) - 1] if word.isdecimal() else word
            for word in re.findall(r"[abc][1-3]|[1-9]", said)
        ]

    def _free(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        marks = self._marks(at)
        taken = [square for square in self._squares(found["list"]) if square in marks]
        return Truth(not taken, f"{taken[0]} has {marks[taken[0]]}" if taken else "they are free")

    def _whose(self, at: At, found: re.Match[str]) -> str:
        named = found.groupdict()
        if named.get("mark"):
            return str(named["mark"]).upper()
        if named.get("own"):
            return MARKS[at.seat]
        return MARKS[1 - at.seat] if named.get("other") else ""

    def _taken(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        marks, whose = self._marks(at), self._whose(at, found)
        for square in self._squares(found["list"]):
            if square not in marks:
                return Truth(False, f"{square} is free")
            if whose and marks[square] != whose:
                return Truth(False, f"{square} has {marks[square]}")
        return Truth(True, "they are taken")

    def _at(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        supposed = any(SUPPOSED.search(text) for text in clause.above)
        return None if supposed else self._taken(at, found, clause)

    def _listed(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        (square,) = self._squares(found["list"])
        so = self._marks(at).get(square, "empty")
        return Truth(so.lower() == found["what"], f"{square} is {so}")

    def _of_line(self, said: str) -> set[str]:
        """The squares of a row or column."""
        words = said.split()
        if words[0] in ("row", "column"):
            return LINES[f"{words[0]} {_number(words[1])}"]
        where = ROWS[words[0]] if words[1] == "row" else SIDES[words[0]] + 1
        return LINES[f"{words[1]} {where}"]

    def _counted(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        squares, marks, whose = self._of_line(found["line"]), self._marks(at), self._whose(at, found)
        count = 1 if found["count"] == "only one" else whole(found["count"])
        so = sum(marks.get(square) == whose for square in squares)
        if count < so:
            return None  # "at least"
        return Truth(count == so, f"{so} {whose} there")

    def _line_wins(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        wins = self.wins(at) & self._of_line(found["line"])
        return Truth(bool(wins), f"{min(wins)} wins at once" if wins else "no move there wins at once")
