"""Errors of reasoning in a reply, as far as a machine can be sure of them.

What a reply claims in the asked form (`Claim NAME: ANSWER`) is checked against the game's questions. Free
text is searched for a few plain statements that can be checked: an equation, which move wins, what is
decided, what is legal, how sure the win is, and answers to the game's questions, where these say how
sentences state them (`Question.said`). Sentences that suppose, deny or look ahead are left alone: an error
that is found here is one, and many are not found. It takes time in proportion to the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.game.questions import NONE
from gtbench.labels import Slip
from gtbench.records import Fault, Finding
from gtbench.reply import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game
    from gtbench.game.oracle import Verdict
    from gtbench.records import Attempt, Grade, Turn

SURE = 0.9
"""From this stated chance to win on, a position that is no better than even shows over-confidence."""

QUOTED = 120
"""Characters of a sentence that are kept as evidence."""

MOST_TERMS = 20
"""Numbers on the left of an equation that is calculated."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_MARKUP = re.compile(r"(?<!\d)\*\*|\*\*(?!\d)|\*(?=[a-z])|(?<=[a-z.!])\*|[_`\"\u201c\u201d]", re.IGNORECASE)
"""Emphasis and quotes, but no sign of multiplication."""
_SUPPOSED = re.compile(
    r"\b(?:if|unless|would|could|might|may|suppose|assuming|not|isn't|doesn't|don't|won't|never|"
    r"incorrect|wrong|after|(?<!at )once|then|next|when|until|should|whether|or|but)\b|\?"
)
"""A word that makes a sentence something else than a plain statement about now."""

_EQUATION = re.compile(
    r"(?<![\w.^+*/=-])(?<![\^+*/=\u2295x-] )(?<!xor )"
    rf"(\d{{1,9}}(?: ?(?:xor|\^|\+|-|\*|x|\u2295) ?\d{{1,9}}){{1,{MOST_TERMS - 1}}}) ?= ?(\d{{1,9}})"
    r"(?![\w.]?\d| ?(?:xor\b|[\^+*/=\u2295-])| ?%| ?x ?\d)"
)
_DECIDED = re.compile(
    r"^(?:so|thus|therefore|hence)?,?\s*(?:i will|i'll|i choose to|i choose|i decide to|my move is|"
    r"my final move is|i am going to|i'm going to|the best move is|my best move is)\s+"
    r"(?:play|choose|pick|make|say)?\s*:?\s*"
    r"(?P<move>.+?)[.!]?$"
)
_WINS = re.compile(
    r"\b(?:this|it|which|that)(?: move)? (?:wins|will win)(?: the (?:game|match))? "
    r"(?:immediately|at once|right now|right away|this turn|on the spot)\b"
    r"|^winning (?:immediately|at once)|\bwins (?:the (?:game|match) )?(?:immediately|at once) for me\b"
)
_NO_WIN = re.compile(
    r"\b(?:there is no (?:immediate )?winning move|there is no immediate win|i have no winning move|"
    r"i (?:cannot|can't) win (?:immediately|at once|right now|this turn|in one move))\b"
)
_BLOCKED = r"is (?:already )?(?:taken|occupied|full|illegal)\b"
_OPEN = r"is (?:still )?(?:free|empty|open|available|legal)\b"
_STANDS = re.compile(f"{_BLOCKED}|{_OPEN}")
_CHANCE = re.compile(
    r"\bmy (?:chance|probability) (?:of winning|to win) is (?:about |around |at least )?(\d{1,3})\s?%"
)
_CERTAIN = re.compile(r"\bi (?:cannot|can't) lose\b|\bi am (?:certain|guaranteed|sure) to win\b")
_OTHER = re.compile(r"\b(?:opponent|they|he|she|their|his|her)\b")


class Statement(NamedTuple):
    """Something that an answer states in the asked form beside its move."""

    text: str
    right: bool | None  # None where it was not checked


@dataclass(frozen=True)  # without slots, for what is found once
class Said:
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
    def wins(self) -> set[int] | None:
        """The moves that win at once; None in a game where that is not known of a move."""
        if not (self.game.perfect and self.game.zero_sum) or self.game.simultaneous:
            return None
        after = {action: self.state.child(action) for action in self.state.legal_actions()}
        return {a for a, s in after.items() if s.is_terminal() and s.returns()[self.seat] > 0}

    @property
    def outlook(self) -> float | None:
        """What the position is surely worth after the move; None where that is not known, or no fight."""
        verdict = self.verdict
        if verdict is None or verdict.value is None or not verdict.exact or not self.game.zero_sum:
            return None
        return verdict.value - verdict.regret


def find_slips(turn: Turn, game: Game, state: Any, verdict: Verdict | None) -> tuple[Finding, ...]:
    """The errors of reasoning in the last answer of a turn; the state is the one before the move."""
    if not turn.attempts:
        return ()
    said, last = Said(turn, game, state, verdict), turn.attempts[-1]
    found = [*_wrong_claims(said), *_too_sure(said, last.confidence, "Confidence")]
    sentences = _sentences(prose(last.reply, last.form))
    for sentence in dict.fromkeys(sentences):  # a model that is caught in a loop says one again and again
        found += _wrong_sentence(said, sentence)
    found += _not_as_decided(said, sentences)
    return tuple(dict.fromkeys(found))


def stated(attempt: Attempt, grade: Grade | None) -> tuple[Statement, ...]:
    """The claims and the confidence of an answer, and which of the claims are so.

    Args:
        attempt: The answer.
        grade: That of its turn, if the answer is the turn's last one, which alone is checked.
    """
    found = []
    for name, claim in attempt.claims.items():
        start = f"{_claimed(name, claim)} ("
        wrong = grade and any(finding.evidence.startswith(start) for finding in grade.slips)
        found.append(Statement(f"claim {name}: {claim}", None if wrong is None else not wrong))
    if attempt.confidence is not None:
        found.append(Statement(f"confidence {attempt.confidence:.0%}", None))
    return tuple(found)


def _claimed(name: str, claim: str) -> str:
    """How the evidence of a wrong claim begins."""
    return f"claimed {name}: {claim}"


def _wrong_claims(said: Said) -> Iterator[Finding]:
    """Claims in the asked form that are not so."""
    claims = said.turn.attempts[-1].claims
    for question in said.game.questions:
        claim = claims.get(question.name)
        right = question.answers(said.state, said.seat) if claim is not None else frozenset()
        if claim is not None and claim not in right:
            yield _finding(question.slip, _claimed(question.name, claim), " or ".join(sorted(right)))


def _too_sure(said: Said, chance: float | None, where: str) -> Iterator[Finding]:
    """A stated chance to win that the position does not bear out."""
    if chance is not None and chance >= SURE and said.outlook is not None and said.outlook <= 0:
        yield _finding(
            Slip.OVER_CONFIDENCE, f"{where}: {chance:.0%}", f"worth {said.outlook:.3g} at most with best play"
        )


def _wrong_sentence(said: Said, sentence: str) -> Iterator[Finding]:
    """What is wrong in one sentence."""
    yield from _wrong_equations(sentence)
    if _SUPPOSED.search(sentence):
        return
    if chance := _CHANCE.search(sentence):
        yield from _too_sure(said, int(chance[1]) / 100, sentence)
    if _CERTAIN.search(sentence) and said.outlook is not None and said.outlook < 0:
        yield _finding(Slip.OVER_CONFIDENCE, sentence, "lost with best play of the opponent")
    if not _OTHER.search(sentence):
        yield from _wrong_about_winning(said, sentence)
        yield from _wrong_about_questions(said, sentence)
    yield from _wrong_about_moves(said, sentence)


def _wrong_equations(sentence: str) -> Iterator[Finding]:
    """Equations of whole numbers that do not hold, in decimal or, where they may be meant so, in binary."""
    if re.search(r"\b(?:not|isn't|wrong|incorrect)\b", sentence):
        return
    for left, right in _EQUATION.findall(sentence):
        numbers, signs = re.findall(r"\d+", left), re.findall(r"xor|[\^+\-*x\u2295]", left)
        bases = [10, 2] if all(set(n) <= {"0", "1"} for n in [*numbers, right]) else [10]
        if all(_value([int(n, base) for n in numbers], signs) != int(right, base) for base in bases):
            yield _finding(Slip.CALCULATION_ERROR, f"{left} = {right}", "not so")


def _value(numbers: list[int], signs: list[str]) -> int:
    """The value of a row of numbers: products first, then from left to right; XOR only by itself."""
    if set(signs) <= {"xor", "^", "\u2295"}:
        total = 0
        for value in numbers:
            total ^= value
        return total
    total, product, sign = 0, numbers[0], 1
    for value, by in zip(numbers[1:], signs, strict=True):
        if by in "*x":
            product *= value
        else:
            total, product, sign = total + sign * product, value, -1 if by == "-" else 1
    return total + sign * product


def _wrong_about_winning(said: Said, sentence: str) -> Iterator[Finding]:
    """That the chosen move wins at once, or that none does."""
    wins, none = _WINS.search(sentence), _NO_WIN.search(sentence)
    if not (wins or none) or said.wins is None or said.turn.action is None:
        return
    if wins and said.turn.action not in said.wins:
        yield _finding(Slip.ENDGAME_MISDETECTION, sentence, f"{said.turn.move} does not win at once")
    if none and said.wins:
        yield _finding(Slip.ENDGAME_MISDETECTION, sentence, f"{said.game.say(min(said.wins))} wins at once")


def _wrong_about_questions(said: Said, sentence: str) -> Iterator[Finding]:
    """What the game asks in its questions, where it says how sentences state it."""
    for question in said.game.questions:
        stated = (
            _stating(question.said, digits=not question.words).search(sentence) if question.said else None
        )
        claim = question.read(question.called.get(stated[1], stated[1])) if stated else None
        if claim is None or claim == NONE:
            continue
        right = question.answers(said.state, said.seat)
        if claim not in right:
            yield _finding(question.slip, sentence, " or ".join(sorted(right)))


@lru_cache
def _stating(beginnings: tuple[str, ...], *, digits: bool) -> re.Pattern[str]:
    """Where one of these beginnings is followed by an answer, which is the group."""
    begun, answer = "|".join(map(re.escape, beginnings)), r"\d+" if digits else r"\w+"
    return re.compile(rf"\b(?:{begun}) (?:the |an? )?({answer})\b")


def _wrong_about_moves(said: Said, sentence: str) -> Iterator[Finding]:
    """That a legal move is taken, or that an illegal one is free."""
    if not said.game.perfect or not _STANDS.search(sentence):
        return
    legal = {said.game.say(action) for action in said.game.legal(said.state, said.seat)}
    named = dict.fromkeys(found.groups() for found in _standing(said.game.vocabulary).finditer(sentence))
    for move, blocked in named:
        if (move in legal) == (blocked is not None):
            truth = f"{move} is legal" if blocked else f"{move} is not legal"
            yield _finding(Slip.MISINTERPRETATION, sentence, truth)


@lru_cache
def _standing(moves: tuple[str, ...]) -> re.Pattern[str]:
    """Where one of these moves is said to be taken, which is the second group, or to be free."""
    named = "|".join(map(re.escape, moves))
    return re.compile(rf"(?<![\w'-])({named}) (?:({_BLOCKED})|{_OPEN})")


def _not_as_decided(said: Said, sentences: list[str]) -> Iterator[Finding]:
    """That the last sentence decides for one move, and the answer is another."""
    if not sentences or said.turn.action is None or _SUPPOSED.search(sentences[-1]):
        return
    if decided := _DECIDED.fullmatch(sentences[-1].strip()):
        heard = said.game.hear(said.state, said.seat, decided["move"])
        if not isinstance(heard, Fault) and heard != said.turn.action:
            yield _finding(Slip.FACTUAL_ERROR, sentences[-1], f"the answer is {said.turn.move}")


def _sentences(words: str) -> list[str]:
    """The sentences of a text in lower case, without markdown."""
    text = _MARKUP.sub("", words).replace("\u2019", "'").lower()
    found = (" ".join(sentence.split()).strip(" -") for sentence in _SENTENCE.split(text))
    return [sentence for sentence in found if any(map(str.isalnum, sentence))]


def _finding(slip: Slip, said: str, truth: str) -> Finding:
    """A finding with its evidence in ASCII."""
    quoted = said if len(said) <= QUOTED else said[:QUOTED] + "..."
    return Finding(slip=slip, evidence=f"{quoted} ({truth})".encode("ascii", "replace").decode())
