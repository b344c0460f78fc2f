"""A form of clause, and what makes it true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.game.base import Game
    from gtbench.game.oracle import Verdict
    from gtbench.grading.prose.text import Clause
    from gtbench.records import Turn

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
           "twelve")  # fmt: skip
COUNT = rf"(?:\d{{1,6}}|an?|no|{'|'.join(NUMBERS)})"
"""A whole number in words or digits."""
ENDING = (
    r"(?: (?:at the moment|at this moment|right now|now|currently|yet|already|as well|too|in this position|"
    r"here|at present|so far|for now|again|here too|this turn))?"
)


def whole(said: str) -> int:
    """A whole number in words or digits as a number."""
    if said.isdecimal():
        return int(said)
    return {"a": 1, "an": 1, "no": 0}.get(said, NUMBERS.index(said) if said in NUMBERS else -1)


class Truth(NamedTuple):
    """Whether a clause is so."""

    holds: bool
    so: str  # what is so


@dataclass(frozen=True)  # without slots, for what is found once
class At:
    """A turn's last answer, and the position in which it was given."""

    turn: Turn
    game: Game
    state: Any
    verdict: Verdict | None

    @property
    def seat(self) -> int:
        """Who spoke."""
        return self.turn.seat

    @cached_property
    def legal(self) -> frozenset[str]:
        """The legal moves in words."""
        return frozenset(map(self.game.say, self.game.legal(self.state, self.seat)))

    @property
    def outlook(self) -> float | None:
        """What the position is surely worth after the move; None where that is not known, or no fight."""
        verdict = self.verdict
        if verdict is None or verdict.value is None or not verdict.exact or not self.game.zero_sum:
            return None
        return verdict.value - verdict.regret

    @cached_property
    def after(self) -> Any:
        """The state after the move that was played, where it is not a matter of chance; None elsewhere."""
        action = self.turn.action
        if action is None or self.game.simultaneous or not self.game.perfect:
            return None
        child = self.state.child(action)
        return None if child.is_chance_node() else child


class Form:
    """A form of clause, and what makes it true.

    Args:
        pattern: A regular expression over a whole clause, in lower case.
        check: Whether what was matched is so; None where it may be meant otherwise.
        slip: What it shows where it is not so.
        conditional: Whether it is looked for in whole sentences that state a condition.
        line: Whether it is looked for in whole lines, such as those of a list.
    """

    def __init__(
        self,
        pattern: str,
        check: Callable[[At, re.Match[str], Clause], Truth | None],
        slip: Slip = Slip.MISINTERPRETATION,
        *,
        conditional: bool = False,
        line: bool = False,
    ) -> None:
        self.pattern, self.check, self.slip = re.compile(f"(?:{pattern}){ENDING}"), check, slip
        self.conditional, self.line = conditional, line

    def read(self, at: At, clause: Clause, spelled: str) -> Truth | None:
        """What is so of a clause; None where it is not of this form, or not decidable."""
        if (self.conditional, self.line) != (clause.conditional, clause.line):
            return None
        matched = self.pattern.fullmatch(spelled)
        return self.check(at, matched, clause) if matched else None
