"""What a player can be asked to state about a position, and a machine can check.

A game lists its questions in `Game.questions`. An agent with `claims=basic` asks its model for them, but for
those that hand over a theory of the game, which it asks for with `claims=theory`. What the model states is
read in `gtbench.reply` and recorded with the answer (`gtbench.records.Attempt.claims`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NONE = "none"
"""The answer where there is nothing to name."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Question:
    """Something about a position that has right answers, asked of a seat that is to move."""

    name: str
    """One lower-case word."""
    text: str
    """What is asked, as a phrase in ASCII: "how many squares are empty"."""
    answers: Callable[[Any, int], frozenset[str]]
    """Every right answer, by engine state and seat: a function of what that seat may know."""
    words: frozenset[str] = frozenset()
    """The answers that can be given, in lower case; whole numbers aside."""
    numbers: bool = False
    """Whether a whole number can be the answer."""
    slip: Slip = Slip.MISINTERPRETATION
    """What a wrong answer shows."""
    said: tuple[str, ...] = ()
    """How plain sentences begin that state the answer, in lower case: "my card is".

    They are looked for in what a player writes before its move; the answer follows, perhaps after an article.
    """
    called: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Other words for answers in such sentences, in lower case: {"king": "k"}."""
    theory: bool = False
    """Whether to ask it tells how the game is won, as "the XOR of all piles" does; asked only by name."""

    def read(self, said: str) -> str | None:
        """An answer in its one form; None where it is none. `said` is normalised as moves are."""
        if self.numbers and _WHOLE.fullmatch(said):
            return str(int(said))
        return said if said in self.words else None


def so(right: frozenset[str]) -> str:
    """What is so, in words, by the right answers to a question."""
    return "there is none" if right == {NONE} else f"it is {' or '.join(sorted(right))}"


def how_many(
    name: str,
    text: str,
    count: Callable[[Any, int], float],
    *,
    slip: Slip = Slip.MISINTERPRETATION,
    said: Iterable[str] = (),
    theory: bool = False,
) -> Question:
    """A question with one whole number for an answer."""
    return Question(
        name,
        text,
        lambda state, seat: frozenset({str(int(count(state, seat)))}),
        numbers=True,
        slip=slip,
        said=tuple(said),
        theory=theory,
    )


def which(
    name: str,
    text: str,
    right: Callable[[Any, int], Iterable[str]],
    words: Iterable[str],
    *,
    slip: Slip = Slip.MISINTERPRETATION,
    said: Iterable[str] = (),
    called: Mapping[str, str] | None = None,
    theory: bool = False,
) -> Question:
    """A question for any of several words, or "none" where none is right."""
    return Question(
        name,
        text,
        lambda state, seat: frozenset(right(state, seat)) or frozenset({NONE}),
        frozenset({NONE, *words}),
        slip=slip,
        said=tuple(said),
        called=called or {},
        theory=theory,
    )


def renamed(questions: Iterable[Question], names: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions of a game as a skin names them."""
    return tuple(replace(question, name=names.get(question.name, question.name)) for question in questions)
