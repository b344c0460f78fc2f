"""What can be wrong with a decision, in three layers that are never mixed.

    faults      `FaultKind`: what was wrong with a reply, so that it was no move
    play        `Label`: what was wrong with a move, by what an exact oracle knows: facts, not opinions;
                a game brings labels of its own beside these, in `Game.labels`
    reasoning   `Slip`: what was wrong with the words before a move, as far as a machine can check them

`ABOUT` says of each what it means, and to which of the paper's five errors it comes nearest; of those that
games bring, `gtbench.catalogue.labels_of` says it too.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  (read when this runs)
from enum import StrEnum
from typing import NamedTuple

Layer = str
LAYERS: tuple[Layer, ...] = ("faults", "play", "reasoning")

NAME = r"[a-z][a-z0-9_]{0,39}"
"""What a game can call an error of play, as a regular expression."""


class FaultKind(StrEnum):
    """What a player can do wrong when it is asked for a move."""

    EMPTY = "empty"  # the reply has no text
    TRUNCATED = "truncated"  # the reply was cut off at the token limit
    TOO_LONG = "too_long"  # the prompt was longer than the model reads
    REFUSED = "refused"  # the provider or the model declined to answer
    UNPARSABLE = "unparsable"  # no answer in the asked form, or one without the form of a move
    AMBIGUOUS = "ambiguous"  # more than one answer, or an answer that names several moves
    ILLEGAL = "illegal"  # what has the form of a move, and is not or not now possible
    CRASHED = "crashed"  # the player's own code failed, or did not keep to the protocol
    TIMED_OUT = "timed_out"  # the player's own time for the move was up


class Label(StrEnum):
    """An error of play in any game that an oracle has established; a decision can have several.

    Three are of moves that give nothing away: what is missed costs nothing with best play (`COSTLESS`).
    """

    MISSED_WIN = "missed_win"  # a move was there that wins at once
    MISSED_BLOCK = "missed_block"  # the opponent can win at once now, and a move was there that prevents it
    WON_TO_LOST = "won_to_lost"  # the match was won with best play, and is lost now
    WON_TO_DRAWN = "won_to_drawn"  # ... and is drawn now
    DRAWN_TO_LOST = "drawn_to_lost"  # the match was drawn with best play, and is lost now
    DOMINATED = "dominated"  # another move is at least as good whatever is hidden and whatever follows
    WIN_LEFT = "win_left"  # a move was there that wins at once; the one that was played wins later
    BLOCK_LEFT = "block_left"  # as missed_block, where with best play nothing was lost by it
    SLOWER_WIN = "slower_win"  # the move wins, but another one wins in fewer plies
    OVER_RISK = "over_risk"  # the riskier of two ways, where the safer is worth more
    OVER_CAUTION = "over_caution"  # the safer of two ways, where the riskier is worth more


COSTLESS = frozenset({Label.WIN_LEFT, Label.BLOCK_LEFT, Label.SLOWER_WIN})
"""What is missed by a move that has no regret and is no error."""


class Slip(StrEnum):
    """An error of reasoning: the paper's five (arXiv 2402.12348), each by checks that leave no doubt."""

    ENDGAME_MISDETECTION = "endgame_misdetection"
    MISINTERPRETATION = "misinterpretation"
    OVER_CONFIDENCE = "over_confidence"
    CALCULATION_ERROR = "calculation_error"
    FACTUAL_ERROR = "factual_error"


class About(NamedTuple):
    """What is to be known of a label."""

    meaning: str
    """What was wrong, as a phrase without a full stop."""
    paper: Slip | None = None
    """Its nearest among the paper's five errors, if any."""
    of_opponents: bool = False
    """Whether a move has it only against the opponents as they were seen to play."""


UNKNOWN = About("its meaning is not known here: no installed game brings it")
"""What is known of a label in a log whose game is not installed, or has it no more."""


_END, _READ, _SURE, _SUM, _FACT = Slip
ABOUT: Mapping[str, About] = {
    FaultKind.EMPTY: About("the reply has no text"),
    FaultKind.TRUNCATED: About("the reply was cut off at the token limit"),
    FaultKind.TOO_LONG: About("the prompt was longer than the model reads"),
    FaultKind.REFUSED: About("the provider or the model declined to answer"),
    FaultKind.UNPARSABLE: About("no answer in the asked form, or one without the form of a move"),
    FaultKind.AMBIGUOUS: About("more than one answer, or one that names several moves"),
    FaultKind.ILLEGAL: About("an answer with a move's form that was no legal move", _READ),
    FaultKind.CRASHED: About("the player's own code failed"),
    FaultKind.TIMED_OUT: About("the player's own time was up"),
    Label.MISSED_WIN: About("a move that wins at once was there and was not played", _END),
    Label.MISSED_BLOCK: About("the opponent can win at once now, which a move would have prevented", _END),
    Label.WON_TO_LOST: About("a match won with best play is lost now"),
    Label.WON_TO_DRAWN: About("a match won with best play is drawn now"),
    Label.DRAWN_TO_LOST: About("a match drawn with best play is lost now"),
    Label.DOMINATED: About("another move is at least as good whatever is hidden and whatever follows"),
    Label.WIN_LEFT: About("a move that wins at once was there; the one played wins too, but later", _END),
    Label.BLOCK_LEFT: About("the opponent can win at once now, which a move would have put off", _END),
    Label.SLOWER_WIN: About("a win with best play, but another move wins in fewer plies"),
    Label.OVER_RISK: About("the riskier of two ways, where the safer is worth more", _SURE),
    Label.OVER_CAUTION: About("the safer of two ways, where the riskier is worth more"),
    _END: About("wrong about which moves win at once, or whether the opponent threatens to", _END),
    _READ: About("misstated what stands where, what it holds itself, or what is legal", _READ),
    _SURE: About("stated a chance of at least 90 % in a position that is lost or no better than even", _SURE),
    _SUM: About("wrong arithmetic: a sum, a difference, a product, an XOR, a total", _SUM),
    _FACT: About("the words decide for one move, the answer is another", _FACT),
}  # fmt: skip


def layer(label: str) -> Layer:
    """The layer that a label belongs to."""
    faults, play, reasoning = LAYERS
    if label in set(FaultKind):
        return faults
    return reasoning if label in set(Slip) else play
