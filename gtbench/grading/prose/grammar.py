"""How plain sentences speak of a game's positions: which forms of clauses there are, and who is meant.

A game brings its own by `Game.prose_class`, a subclass of `Grammar` here. A form is a regular expression over
a whole clause (`gtbench.grading.prose.text`), so that a clause that says more than the form knows is left
alone. What a form finds is compared with the position; where the words can be read as true, they are.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench import registry
from gtbench.game.questions import NONE, so
from gtbench.grading.prose import chances
from gtbench.grading.prose.form import At, Form, Truth
from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause

OPPONENT = (
    r"(?:the |my |our )?(?:opponent|opponents|adversary|enemy|rival)|(?:the )?other (?:player|side|one|seat)"
)
SELF = "i|we|me|us|myself"
SUPPOSED = re.compile(
    r"\b(?:option|after|if|suppos|tak(?:e|ing)|remov(?:e|ing)|leav(?:e|es|ing)|becomes|would|scenario)"
)
"""What stands above words about a position that is not the one now: of those, what is so is read."""
_OF_NOW = (Slip.MISINTERPRETATION, Slip.CALCULATION_ERROR)


class Grammar:
    """The forms of clauses that speak of one game's positions; this one is of any game.

    A subclass adds `forms`, and may say what the sides are called (`sides`) and how usual spellings of moves
    and places become the game's own (`spell`).
    """

    sides: ClassVar[tuple[str, str]] = ("", "")
    """What else each seat is called, as regular expressions: "x"."""

    def __init__(self, game: Game) -> None:
        self.game = game

    def spell(self, text: str) -> str:
        """A clause in the game's own spelling of moves and places."""
        return text

    def own(self, seat: int) -> str:
        """What a seat calls itself, as a regular expression."""
        return f"(?:{SELF}{self._named(seat)})"

    def other(self, seat: int) -> str:
        """What a seat calls its opponent, as a regular expression."""
        return f"(?:{OPPONENT}{self._named(1 - seat)})"

    def _named(self, seat: int) -> str:
        return f"|(?:player )?(?:{self.sides[seat]})" if self.sides[seat] else ""

    def forms(self, seat: int) -> Iterable[Form]:
        """The forms of clauses that a seat may write."""
        return ()

    @cached_property
    def _forms(self) -> tuple[tuple[Form, ...], ...]:
        return tuple(
            (*self.forms(seat), *self._stated(), *chances.forms(self.own(seat)))
            for seat in range(len(self.sides))
        )

    def _stated(self) -> Iterator[Form]:
        """What the game's questions say of how sentences state them (`Question.said`)."""
        for question in self.game.questions:
            if question.said:
                answer = r"\d{1,6}" if not question.words else r"\w+"
                begun = "|".join(map(re.escape, question.said))

                def check(at: At, found: re.Match[str], _: Clause, question: Any = question) -> Truth | None:
                    claim = question.read(question.called.get(found["answer"], found["answer"]))
                    if claim is None or claim == NONE:
                        return None
                    right = question.answers(at.state, at.seat)
                    return Truth(claim in right, so(right))

                yield Form(
                    rf"(?:{begun}) (?:the |an? )?(?P<answer>{answer})(?: (?:to|for) me)?",
                    check,
                    question.slip,
                )

    def read(self, at: At, clause: Clause) -> tuple[tuple[Form, Truth], ...]:
        """Each form that a clause has, or that its parts have, and what is so."""
        if found := self._read(at, clause, clause.text):
            return (found,)
        return tuple(filter(None, (self._read(at, clause, part) for part in clause.finer)))

    def _read(self, at: At, clause: Clause, text: str) -> tuple[Form, Truth] | None:
        """The first form that a text has, and what is so."""
        spelled = self.spell(text)
        supposed = any(SUPPOSED.search(line) for line in clause.above)
        for form in self._forms[at.seat]:
            if truth := form.read(at, clause, spelled):
                meant = truth.holds or not supposed or form.slip not in _OF_NOW
                return (form, truth) if meant else None
        return None


@lru_cache(maxsize=64)
def grammar_of(game: Game) -> Grammar:
    """How sentences speak of a game's positions."""
    if not game.prose_class:
        return Grammar(game)
    found: Grammar = registry.imported(f"the prose of {game.name}", game.prose_class)(game)
    return found
