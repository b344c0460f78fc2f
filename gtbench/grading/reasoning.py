"""What the words before a move claim, as far as a machine can decide it, and what of it is wrong.

What a reply claims in the asked form (`Claim NAME: ANSWER`) is checked against the game's questions. Free
text is cut into clauses (`gtbench.grading.prose.text`); each is read by the forms that the game brings
(`gtbench.grading.prose.grammar`), by equations, and by how sure it is of the win. Who a clause is about, and
whether it supposes, denies, quotes or looks ahead, is decided before its truth; where it can be read as true,
it is. So an error that is found here is one, and many are not found: the share of errors is to be read beside
how many sentences could be checked. It takes time in proportion to the text's length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.game.questions import so
from gtbench.grading.prose.chances import too_sure
from gtbench.grading.prose.decided import decided
from gtbench.grading.prose.form import At, Truth
from gtbench.grading.prose.grammar import grammar_of
from gtbench.grading.prose.sums import equations
from gtbench.grading.prose.text import LONGEST, clauses, plain, sentences
from gtbench.labels import Slip
from gtbench.records import Finding
from gtbench.reply import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game
    from gtbench.game.oracle import Verdict
    from gtbench.records import Attempt, Grade, Turn

QUOTED = 120
"""Characters of a sentence that are kept as evidence."""


class Statement(NamedTuple):
    """Something that an answer states in the asked form beside its move."""

    text: str
    right: bool | None  # None where it was not checked
    truth: str = ""  # what is so, where it is wrong


class Claim(NamedTuple):
    """Something that free text states, and a machine can decide."""

    text: str
    slip: Slip  # what it shows if it is wrong
    holds: bool
    so: str  # what is so


class Reasoning(NamedTuple):
    """What is known of the words in a turn's last answer."""

    words: bool
    """Whether there are any before the move."""
    claims: tuple[Claim, ...]
    """What they state of the position or of numbers that can be decided, each once."""
    slips: tuple[Finding, ...]
    """Every error: in free text, in claims in the asked form, in the confidence."""


def find_slips(turn: Turn, game: Game, state: Any, verdict: Verdict | None) -> tuple[Finding, ...]:
    """The errors of reasoning in the last answer of a turn; arguments as for `read_reasoning`."""
    return read_reasoning(turn, game, state, verdict).slips


def read_reasoning(turn: Turn, game: Game, state: Any, verdict: Verdict | None) -> Reasoning:
    """What the last answer of a turn states.

    Args:
        turn: The turn.
        game: Its game.
        state: The state before the move.
        verdict: What the game's oracle says of the move; None where it says nothing.
    """
    if not turn.attempts:
        return Reasoning(False, (), ())
    at, last = At(turn, game, state, verdict), turn.attempts[-1]
    words = plain(prose(last.reply, last.form))
    decidable = tuple(dict.fromkeys(_claims(at, words)))
    found = [*_wrong_claims(at), *_too_sure(at, last.confidence)]
    found += [_finding(claim.slip, claim.text, claim.so) for claim in decidable if not claim.holds]
    claims = tuple(claim for claim in decidable if claim.slip is not Slip.FACTUAL_ERROR)
    return Reasoning(bool(words.strip()), claims, tuple(dict.fromkeys(found)))


def _claims(at: At, words: str) -> Iterator[Claim]:
    """What free text states that can be decided."""
    grammar = grammar_of(at.game)
    said = dict.fromkeys(text for text, _, whole in sentences(words) if text and not whole)
    for sentence in filter(lambda text: len(text) <= LONGEST, said):
        for equation in equations(sentence):
            yield Claim(equation.text, Slip.CALCULATION_ERROR, equation.holds, equation.so)
    for clause in dict.fromkeys(clauses(words)):
        for form, truth in grammar.read(at, clause):
            yield Claim(clause.sentence, form.slip, *truth)
    if last := decided(at, grammar, tuple(said)):
        yield Claim(last[0], Slip.FACTUAL_ERROR, *last[1])


def stated(attempt: Attempt, grade: Grade | None) -> tuple[Statement, ...]:
    """The claims and the confidence of an answer, and which of the claims are so.

    Args:
        attempt: The answer.
        grade: That of its turn, if the answer is the turn's last one, which alone is checked.
    """
    found = []
    for name, claim in attempt.claims.items():
        start, said = f"{_claimed(name, claim)} (", f"claim {name}: {claim}"
        if grade is None:
            found.append(Statement(said, None))
            continue
        truths = [one.evidence[len(start) : -1] for one in grade.slips if one.evidence.startswith(start)]
        found.append(Statement(said, not truths, *truths[:1]))
    if attempt.confidence is not None:
        found.append(Statement(f"confidence {attempt.confidence:.0%}", None))
    return tuple(found)


def _claimed(name: str, claim: str) -> str:
    """How the evidence of a wrong claim begins."""
    return f"claimed {name}: {claim}"


def _wrong_claims(at: At) -> Iterator[Finding]:
    """Claims in the asked form that are not so."""
    claims = at.turn.attempts[-1].claims
    for question in at.game.questions:
        claim = claims.get(question.name)
        right = question.answers(at.state, at.seat) if claim is not None else frozenset()
        if claim is not None and claim not in right:
            yield _finding(question.slip, _claimed(question.name, claim), so(right))


def _too_sure(at: At, chance: float | None) -> Iterator[Finding]:
    """A stated chance to win that the position does not bear out."""
    truth: Truth | None = None if chance is None else too_sure(at, chance)
    if truth and not truth.holds:
        yield _finding(Slip.OVER_CONFIDENCE, f"Confidence: {chance:.0%}", truth.so)


def _finding(slip: Slip, said: str, truth: str) -> Finding:
    """A finding with its evidence in ASCII."""
    quoted = said if len(said) <= QUOTED else said[:QUOTED] + "..."
    return Finding(slip=slip, evidence=f"{quoted} ({truth})".encode("ascii", "replace").decode())
