"""Pig in sentences: scores, the turn total, what is still needed, and the chance of the losing face."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.prose.form import At, Form, Truth
from gtbench.grading.prose.grammar import OPPONENT, Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.grading.prose.text import Clause


class PigProse(Grammar):
    """The forms of clauses about points and rolls."""

    total: ClassVar[str] = r"(?:the|my) (?:current )?turn total is (?P<number>\d{1,4})"
    score: ClassVar[str] = r"my (?:current )?score is (?P<number>\d{1,4})"
    points: ClassVar[str] = "points?"

    def forms(self, seat: int) -> Iterable[Form]:
        sums, chance = (
            Slip.CALCULATION_ERROR,
            r"(?P<chance>\d{1,3} ?/ ?\d{1,3}|\d{1,3}(?:\.\d{1,4})? ?%|0\.\d{1,4})",
        )
        points = rf"(?: {self.points})?"
        yield Form(rf"(?:{self.total}){points}", self._total)
        yield Form(rf"(?:{self.score}){points}", self._score)
        yield Form(
            rf"(?:the |my )(?:opponent's|opponents) (?:current )?score is (?P<number>\d{{1,4}}){points}",
            self._theirs,
        )
        yield Form(
            rf"i (?:still )?need (?:only |just |another )?(?P<number>\d{{1,4}})(?: "
            rf"more)?{points}(?: to win| more to win| to reach \d{{1,4}})?",
            self._needed,
            sums,
        )
        yield Form(
            rf"(?:{OPPONENT}) (?:still )?needs (?:only |just |another )?(?P<number>\d{{1,4}})(?: "
            f"more)?{points}(?: to win| more to win)?",
            self._other,
            sums,
        )
        yield from self._chances(chance)

    def _chances(self, chance: str) -> Iterable[Form]:
        """That the losing face comes up with some chance."""
        losing = (
            r"(?:rolling|throwing|getting) an? ?(?:1|one)|an? (?:1|one)|losing (?:the|my) turn total|a bust"
        )
        yield Form(
            f"the (?:chance|probability|risk|odds) (?:of|for) (?:{losing}) (?:is|are) (?:about |"
            f"only |just )?{chance}",
            self._chance,
            Slip.CALCULATION_ERROR,
        )
        yield Form(
            rf"there is an? {chance} (?:chance|probability|risk) of (?:{losing})",
            self._chance,
            Slip.CALCULATION_ERROR,
        )

    # Whether they are so.

    def _numbers(self, at: At) -> tuple[int, int, int]:
        """The seat's score, the opponent's, and the turn total."""
        first, second, total, *_ = map(int, re.findall(r"\d+", str(at.state)))
        return (second, first, total) if at.seat else (first, second, total)

    def _is(self, found: re.Match[str], *so: int) -> Truth:
        return Truth(int(found["number"]) in so, f"it is {so[0]}")

    def _total(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return self._is(found, self._numbers(at)[2])

    def _score(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        own, _, total = self._numbers(at)
        return self._is(found, own, own + total)  # "with what I have rolled"

    def _theirs(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return self._is(found, self._numbers(at)[1])

    def _needed(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        own, _, total = self._numbers(at)
        goal = int(at.game.parameters["winscore"])
        return self._is(found, max(0, goal - own - total), goal - own, goal)  # in all, and beyond the score

    def _other(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        goal = int(at.game.parameters["winscore"])
        return self._is(found, goal - self._numbers(at)[1], goal)

    def _chance(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so, said = Fraction(1, int(at.game.parameters["diceoutcomes"])), found["chance"].replace(" ", "")
        if "/" in said:
            top, bottom = map(int, said.split("/"))
            return Truth(bool(bottom) and Fraction(top, bottom or 1) == so, f"it is {so}")
        scale = 100 if said.endswith("%") else 1
        number = said.removesuffix("%")
        last = Fraction(1, 10 ** len(number.partition(".")[2]))
        return Truth(abs(Fraction(number) - so * scale) < last, f"it is {so}")


class DiggingProse(PigProse):
    """The same of nuggets, a bag and a store."""

    total = (
        r"(?:the|my) bag (?:holds|has|contains) (?P<number>\d{1,4})|there are (?P<bag>\d{1,4}) "
        "nuggets in (?:the|my) bag"
    )
    score = r"my store (?:holds|has|contains) (?P<number>\d{1,4})"
    points = "nuggets?"

    def _chances(self, chance: str) -> Iterable[Form]:
        yield Form(
            rf"(?:the shaft|it) collapses with (?:a )?(?:probability|chance)(?: of)? {chance}",
            self._chance,
            Slip.CALCULATION_ERROR,
        )
        yield Form(
            rf"the (?:chance|probability|risk) of a collapse is (?:about |only )?{chance}",
            self._chance,
            Slip.CALCULATION_ERROR,
        )

    def _is(self, found: re.Match[str], *so: int) -> Truth:
        number = found["number"] or found.groupdict().get("bag") or "0"
        return Truth(int(number) in so, f"it is {so[0]}")
