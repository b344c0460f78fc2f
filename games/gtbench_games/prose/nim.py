"""Nim in sentences: how many objects a pile holds, how many there are in all, and their nim-sum."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.grammar import Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.grading.prose.text import Clause

_ASSIGNED = re.compile(r"\bpile ([a-j]) ?(?:=|:) ?(\d{1,3})\b")


class NimProse(Grammar):
    """The forms of clauses about piles of objects."""

    pile: ClassVar[str] = r"(?:the )?pile (?P<pile>[a-j])"
    object: ClassVar[str] = r"(?:objects?|items?|sticks?|stones?|matches|tokens?|counters?|coins?)"
    piles: ClassVar[str] = "piles"

    def place(self, said: str) -> int:
        """The place of a pile among all, from its name."""
        return "abcdefghij".index(said)

    def sizes(self, at: At) -> list[int]:
        """The objects left in each pile."""
        return [int(size) for size in str(at.state).split(": ")[1].split()]

    def spell(self, text: str) -> str:
        return _ASSIGNED.sub(r"pile \1 has \2", text)

    def forms(self, seat: int) -> Iterable[Form]:
        count, sums = rf"(?P<count>{COUNT})", Slip.CALCULATION_ERROR
        now = r"(?:currently |now |still |only )?"
        yield Form(
            rf"{self.pile} {now}(?:has|holds|contains) {now}{count}(?: {self.object})?(?: left| remaining)?",
            self._size,
        )
        yield Form(
            rf"there (?:is|are) {now}{count} {self.object}(?: left| remaining)? in {self.pile}", self._size
        )
        yield Form(rf"{self.pile} is (?:already |now )?(?P<empty>empty)", self._size)
        total = (
            r"(?:in total|in all|altogether|overall|left|remaining|left in total|on the table|left over all)"
        )
        yield Form(
            f"(?:in total )?there are {now}{count} {self.object} {total}|the total number "
            rf"of {self.object}(?: left)? is (?P<all>\d{{1,3}})|(?:in total )there are "
            rf"(?P<sum>\d{{1,3}}) {self.object}",
            self._total,
            sums,
        )
        yield Form(
            f"there (?:is|are) {now}{count} (?:non-?empty )?{self.piles}(?: left| remaining)?|"
            f"(?:only )?(?P<all>{COUNT}) {self.piles} are (?:left|not empty)",
            self._left,
        )
        whole_sum = (
            "(?:the )?(?:current |total |overall )?(?:nim-?sum|nim sum|bitwise xor|xor(?: sum)?)"
            "(?: of (?:all|all the|the|the four|all four) (?:pile sizes|piles?|sizes|jars))?"
        )
        result = (
            r"(?:is|equals|=|comes to|comes out (?:as|at)|amounts to)(?: (?:currently|now|already|thus))?"
        )
        yield Form(
            rf"{whole_sum} {result} (?P<count>\d{{1,3}}|{COUNT})|(?P<nonzero>{whole_sum} is (?:not "
            "zero|non-?zero|not 0))",
            self._xor,
            sums,
        )
        spelled = r"(?P<row>\d{1,3}(?: (?:xor|\^) \d{1,3}){2,})"
        yield Form(rf"{whole_sum} is {spelled},? (?:which is|=) (?P<count>\d{{1,3}})", self._xor, sums)

    # Whether they are so.

    def _size(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        sizes, place = self.sizes(at), self.place(found["pile"])
        if place >= len(sizes):
            return None
        count = 0 if found.groupdict().get("empty") else whole(found["count"])
        return Truth(count == sizes[place], f"it has {sizes[place]}")

    def _total(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = sum(self.sizes(at))
        return Truth(whole(found["count"] or found["all"] or found["sum"]) == so, f"there are {so}")

    def _left(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = sum(map(bool, self.sizes(at)))
        return Truth(whole(found["count"] or found["all"]) in (so, len(self.sizes(at))), f"there are {so}")

    def _xor(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = reduce(xor, self.sizes(at))
        if found.groupdict().get("nonzero"):
            return Truth(so != 0, f"it is {so}")
        if any(_AFTER.search(text) for text in clause.above):
            return None
        return Truth(whole(found["count"]) == so, f"it is {so}")


_AFTER = re.compile(
    r"\b(?:after|if|tak(?:e|ing)|remov(?:e|ing)|leav(?:e|es|ing)|option|result|new|becomes|would|previous)\b"
)
"""What stands above words about piles that are not those now."""
