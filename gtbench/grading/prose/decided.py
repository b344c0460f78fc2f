"""What the last sentence of a reply's words decides for, against the move that it answers with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.grading.prose.form import At, Truth
from gtbench.grading.prose.winning import Winning
from gtbench.records import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.grading.prose.grammar import Grammar

_DECIDED = re.compile(
    r"(?:so|thus|therefore|hence|finally|in conclusion)?,?\s?(?:i will|i choose(?: to)?|i decide to|"
    "(?:so )?(?:my|the) (?:final |best |optimal |next |chosen )?(?:move|choice|action|decision)"
    "(?: for (?:player )?(?:x|o|me))?"
    r" (?:is|will be)(?: to)?|i am going to|let us|let me|we will|we choose|i go with|i will go with)\s"
    r"(?:now |therefore |thus |go with )?(?:play|choose|pick|make|say|take)?\s?:?\s?(?P<move>[^,;:]{1,80}?)"
    r"(?: (?:to|and|as|because|since|for|which|so|in order)\b[^.]*)?[.!]*"
)
_CLOSING = re.compile(
    "(?:(?:let us|let me|i will|we will) (?:submit|make|play|execute|finali[sz]e|choose) (?:the|"
    "this|that|my|our) "
    "(?:best |final |winning )?move|(?:so|thus|therefore|hence),? (?:the|my) (?:final )?move "
    "(?:is|to make is|will be)"
    "|final (?:move|answer|decision)|python|plaintext|move|answer|action|decision|submit the "
    "move(?: as follows)?"
    r"|good luck|let us play)[ .:!]*"
)
_UNSURE = re.compile(
    r"\?|\b(?:if|unless|not|would|could|might|may|or|but|instead|should|until|after|next turn)\b"
)
NEAR = 3
"""How many of the last sentences may be closing words."""


def decided(at: At, grammar: Grammar, sentences: Sequence[str]) -> tuple[str, Truth] | None:
    """The last sentence that says something, where it decides for a move, and whether that was played."""
    last = next((text for text in sentences[: -NEAR - 1 : -1] if not _CLOSING.fullmatch(text)), "")
    if at.turn.action is None or at.turn.move is None or _UNSURE.search(last):
        return None
    found = _DECIDED.fullmatch(last)
    meant = _heard(at, grammar, found["move"]) if found else frozenset()
    if not meant:
        return None
    return last, Truth(at.turn.move in meant, f"the answer is {at.turn.move}")


def _heard(at: At, grammar: Grammar, said: str) -> frozenset[str]:
    """The moves that may be meant; none where it is none."""
    heard = at.game.hear(at.state, at.seat, said)
    if not isinstance(heard, Fault):
        return frozenset({at.game.say(heard)})
    if isinstance(grammar, Winning):
        placed = re.fullmatch(grammar.put(), grammar.spell(said))
        return grammar.moves(placed["move"]) if placed else frozenset()
    return frozenset()
