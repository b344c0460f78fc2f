"""Connect Four in sentences: columns by any usual name, what is in them, and which disc wins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gtbench.grading.prose.form import COUNT, NUMBERS, At, Form, Truth, whole
from gtbench.grading.prose.winning import Winning
from gtbench_games.connect_four import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_ORDINAL = re.compile(rf"\b(?:the )?(?:(\d{{1,2}})(?:st|nd|rd|th)|({'|'.join(_ORDINALS)})) column\b")
_SHORT = re.compile(r"\bcol\.? (?=\d)")
_TWICE = re.compile(r"\b(column )?(\d{1,2}) ?\(\2\)")
_WORDED = re.compile(rf"\bcolumn ({'|'.join(NUMBERS[1:])})\b")
_CENTER = re.compile(r"\b(?:the )?(?:center|centre|central|middle) column\b(?: ?\(\d\))?")
_OTHER_WAY = re.compile(r"\bcolumn (\d{1,2}),? row (\d{1,2})\b")
LIST = r"\d{1,2}(?:(?:,| and|, and) \d{1,2})*"


class ConnectFourProse(Winning):
    """The forms of clauses about columns of discs."""

    sides = ("x", "o")
    move = r"(?:column )?\d{1,2}"
    things = "disc|piece|chip|token|mark|checker|move|coin"
    enough = 3

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.length, self.columns = int(game.parameters["x_in_row"]), int(game.parameters["columns"])
        number = (
            f"(?:{NUMBERS[self.length]}|{self.length})" if self.length < len(NUMBERS) else str(self.length)
        )
        self.goal = (
            "(?:an? |the |my |their |its )?(?:(?:vertical|horizontal|diagonal|winning) "
            f")?(?:(?:line|row|sequence|connection) of {number}"
            rf"|{number} in a row|connect (?:{number})|winning line)(?: discs| pieces)?"
            r"(?: in a row)?(?: (?:vertically|horizontally|diagonally))?"
        )

    def spell(self, text: str) -> str:
        text = _ORDINAL.sub(lambda found: f"column {found[1] or _ORDINALS.index(found[2]) + 1}", text)
        text = _WORDED.sub(lambda found: f"column {whole(found[1])}", _SHORT.sub("column ", text))
        if self.columns % 2:
            text = _CENTER.sub(f"column {self.columns // 2 + 1}", text)
        return _TWICE.sub(r"\1\2", _OTHER_WAY.sub(r"row \2 of column \1", text))

    def moves(self, said: str) -> frozenset[str]:
        return frozenset({said.removeprefix("column ")})

    def pieces(self, state: Any, seat: int) -> int:
        return str(state).upper().count(MARKS[seat])

    def forms(self, seat: int) -> Iterable[Form]:
        yield from super().forms(seat)
        own, other = self.own(seat), self.other(seat)
        who = rf"(?P<own>{own})|(?P<other>{other})"
        is_ = r"(?:is|are|was|seems?|remains?)(?: (?:already|still|now|also|all|both|completely|currently))?"
        column = r"(?:column )?(?P<column>\d{1,2})"
        yield Form(
            f"(?:columns? )(?P<list>{LIST}) {is_} (?P<full>full|not available|unavailable|not "
            "playable|illegal)",
            self._full,
        )
        yield Form(
            rf"(?:columns? )(?P<list>{LIST}) {is_} (?:not full|available|open|playable|legal|free)",
            self._full,
        )
        yield Form(rf"(?:columns? )(?P<list>{LIST}) {is_} (?:completely )?empty", self._empty)
        yield Form(
            "(?:the )?board is (?:completely |still |currently )?empty|this is (?:the|my) "
            "(?:very )?first move(?: of the (?:game|match))?|no moves have been (?:made|played)"
            "(?: so far)?",
            self._start,
        )
        yield Form(
            rf"(?:the )?(?:only )?legal (?:moves|actions|columns) are(?: limited to)? (?P<list>{LIST})",
            self._legal,
        )
        square = r"row (?P<row>\d{1,2})(?: of|,| in)? (?:column )?(?P<column>\d{1,2})"
        yield Form(
            rf"{square} {is_} (?:taken|occupied|filled)(?: by (?:{who}|(?:an? )?(?P<mark>[xo])))?",
            self._square,
        )
        yield Form(rf"{square} {is_} (?P<free>free|empty|open)", self._square)
        has = (
            "(?:already |currently |also )?(?:has|have) (?:already )?(?:placed |played |got |"
            "stacked |put |dropped )?"
        )
        count = (
            f"(?P<count>{COUNT}) (?P<run>consecutive )?(?:of (?:my|their|its) )?(?:discs?|pieces?|"
            "chips?|tokens?|marks?|moves?|checkers?)"
        )
        yield Form(rf"(?:{who}) {has}{count}(?: stacked)? (?:in|on) {column}", self._counted)
        yield Form(
            f"(?:{who}) {has}(?:an? )?(?P<count>{COUNT}) (?:discs?|pieces?|moves?) (?:in total|in "
            "all|on the board)",
            self._total,
        )
        yield Form(
            rf"(?:{who}) (?:has|have) (?:already )?(?:made|played) (?P<count>\d{{1,2}}) moves", self._total
        )
        yield Form(rf"{column} (?:has|holds|contains) {count}", self._held)
        yield Form(rf"(?:there are|there is) {count} in {column}", self._held)

    # Whether they are so.

    def _columns(self, at: At) -> list[str]:
        """Each column's marks from the bottom up."""
        lines = str(at.state).upper().split()
        return [
            "".join(line[column] for line in reversed(lines)).rstrip(".") for column in range(len(lines[0]))
        ]

    def _column(self, at: At, said: str) -> str | None:
        columns, place = self._columns(at), int(said) - 1
        return columns[place] if 0 <= place < len(columns) else None

    def _near_win(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        if "vertical" not in found[0]:
            return super()._near_win(at, found, clause)
        three = MARKS[1 - at.seat] * (self.length - 1)
        rows = int(self.game.parameters["rows"])
        near = any(column.endswith(three) and len(column) < rows for column in self._columns(at))
        return Truth(near, f"{'a' if near else 'no'} column has {self.length - 1} of them on top")

    def _numbers(self, said: str) -> list[str]:
        return re.findall(r"\d{1,2}", said)

    def _full(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        for said in self._numbers(found["list"]):
            column = self._column(at, said)
            if column is None:
                return None
            full = said not in at.legal
            if full != bool(found.groupdict().get("full")):
                return Truth(False, f"column {said} is {'' if full else 'not '}full")
        return Truth(True, "so it is")

    def _empty(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        for said in self._numbers(found["list"]):
            column = self._column(at, said)
            if column is None:
                return None
            if column:
                return Truth(False, f"column {said} has {len(column)}")
        return Truth(True, "so it is")

    def _start(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        made = len(at.state.history())
        if made == 1 and found[0].startswith("this is") and at.seat == 1:
            return None  # its own first move
        return Truth(made == 0, f"{made} moves have been made")

    def _legal(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        named = set(self._numbers(found["list"]))
        wrong = sorted(named ^ at.legal)
        return Truth(
            not wrong, f"{wrong[0]} is {'' if wrong[0] in at.legal else 'not '}legal" if wrong else "so it is"
        )

    def _square(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        column, row = self._column(at, found["column"]), int(found["row"])
        if column is None or not 1 <= row <= int(self.game.parameters["rows"]):
            return None
        so, named = column[row - 1 : row], found.groupdict()
        if named.get("free"):
            return Truth(not so, f"{so or 'nothing'} is there")
        whose = self._whose(at, found)
        return Truth(bool(so) and whose in ("", so), f"{so or 'nothing'} is there")

    def _whose(self, at: At, found: re.Match[str]) -> str:
        named = found.groupdict()
        if named.get("mark"):
            return str(named["mark"]).upper()
        if named.get("own"):
            return MARKS[at.seat]
        return MARKS[1 - at.seat] if named.get("other") else ""

    def _counted(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        column = self._column(at, found["column"])
        if column is None:
            return None
        mark = self._whose(at, found)
        runs = [len(run) for run in re.findall(f"{mark}+", column)]
        return _at_least(found["count"], max(runs, default=0) if found["run"] else column.count(mark))

    def _held(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        column = self._column(at, found["column"])
        return None if column is None else _at_least(found["count"], len(column))

    def _total(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return _at_least(found["count"], "".join(self._columns(at)).count(self._whose(at, found)))


def _at_least(said: str, so: int) -> Truth | None:
    """Whether a number is right; fewer than there are may be meant as "at least"."""
    count = whole(said)
    return None if 0 <= count < so else Truth(count == so, f"{so} there")
