"""What can be wrong with a decision, in three layers that are never mixed.

    faults      `FaultKind`: what was wrong with a reply, so that it was no move
    play        `Label`: what was wrong with a move, by what an exact oracle knows: facts, not opinions
    reasoning   `Slip`: what was wrong with the words before a move, as far as a machine can check them

`ABOUT` says of each what it means, and to which of the paper's five errors it comes nearest.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  (read when this runs)
from enum import StrEnum
from typing import NamedTuple

Layer = str
LAYERS: tuple[Layer, ...] = ("faults", "play", "reasoning")


class FaultKind(StrEnum):
    """What a player can do wrong when it is asked for a move."""

    EMPTY = "empty"  # the reply has no text
    TRUNCATED = "truncated"  # the reply was cut off at the token limit
    TOO_LONG = "too_long"  # the prompt was longer than the model reads
    REFUSED = "refused"  # the provider or the model declined to answer
    UNPARSABLE = "unparsable"  # no answer in the asked form, or one that names no move
    AMBIGUOUS = "ambiguous"  # more than one answer, or an answer that names several moves
    ILLEGAL = "illegal"  # a move of this game that is not legal now
    CRASHED = "crashed"  # the player's own code failed, or did not keep to the protocol
    TIMED_OUT = "timed_out"  # the player's own time for the move was up


class Label(StrEnum):
    """An error that an oracle has established; a decision can have several, one without regret none."""

    MISSED_WIN = "missed_win"  # a move was there that wins at once
    MISSED_BLOCK = "missed_block"  # the opponent can win at once now, and a move was there that prevents it
    WON_TO_LOST = "won_to_lost"  # the match was won with best play, and is lost now
    WON_TO_DRAWN = "won_to_drawn"  # ... and is drawn now
    DRAWN_TO_LOST = "drawn_to_lost"  # the match was drawn with best play, and is lost now
    DOMINATED = "dominated"  # another move is at least as good whatever is hidden and whatever follows
    OVER_RISK = "over_risk"  # the riskier of two ways, where the safer is worth more
    OVER_CAUTION = "over_caution"  # the safer of two ways, where the riskier is worth more
    WRONG_SUM = "wrong_sum"  # Nim: a move was there that leaves a nim-sum with which the mover wins
    OVERBID = "overbid"  # more was bid than the best response to equilibrium bids
    UNDERBID = "underbid"  # less was bid than that
    WRONG_BLUFF = "wrong_bluff"  # a bluff that no equilibrium makes, or one left out that each of them makes
    WRONG_CALL = "wrong_call"  # a call, or a challenge, that no equilibrium makes
    WRONG_FOLD = "wrong_fold"  # a bet or bid given way to that each equilibrium calls
    TOOK_TOO_LITTLE = "took_too_little"  # an agreement worth less than could be had for certain
    GAVE_TOO_MUCH = "gave_too_much"  # a proposal worth less to its maker than the offer on the table
    REFUSED_LAST = "refused_last"  # the last offer was worth something, and was refused for nothing
    EXPLOITED = "exploited"  # the dilemma: cooperated with an opponent that was seen to defect there
    PROVOKED = "provoked"  # ... defected, though the opponent was seen to punish that by more than it brings
    FAILED_TO_EXPLOIT = "failed_to_exploit"  # kept from what the opponent was seen to allow


OF_OPPONENTS = frozenset({Label.EXPLOITED, Label.PROVOKED, Label.FAILED_TO_EXPLOIT})
"""The labels of moves that were wrong only against the opponents as they were seen to play."""


class Slip(StrEnum):
    """An error of reasoning: the paper's five (arXiv 2402.12348), each by checks that leave no doubt."""

    ENDGAME_MISDETECTION = "endgame_misdetection"
    MISINTERPRETATION = "misinterpretation"
    OVER_CONFIDENCE = "over_confidence"
    CALCULATION_ERROR = "calculation_error"
    FACTUAL_ERROR = "factual_error"


class About(NamedTuple):
    """What a label means, and its nearest among the paper's five errors, if any."""

    meaning: str
    paper: Slip | None = None


_END, _READ, _SURE, _SUM, _FACT = Slip
ABOUT: Mapping[str, About] = {
    FaultKind.EMPTY: About("the reply has no text"),
    FaultKind.TRUNCATED: About("the reply was cut off at the token limit"),
    FaultKind.TOO_LONG: About("the prompt was longer than the model reads"),
    FaultKind.REFUSED: About("the provider or the model declined to answer"),
    FaultKind.UNPARSABLE: About("no answer in the asked form, or one that names no move"),
    FaultKind.AMBIGUOUS: About("more than one answer, or one that names several moves"),
    FaultKind.ILLEGAL: About("a move of this game that was not legal now", _READ),
    FaultKind.CRASHED: About("the player's own code failed"),
    FaultKind.TIMED_OUT: About("the player's own time was up"),
    Label.MISSED_WIN: About("a move that wins at once was there and was not played", _END),
    Label.MISSED_BLOCK: About("the opponent can win at once now, which a move would have prevented", _END),
    Label.WON_TO_LOST: About("a match won with best play is lost now"),
    Label.WON_TO_DRAWN: About("a match won with best play is drawn now"),
    Label.DRAWN_TO_LOST: About("a match drawn with best play is lost now"),
    Label.DOMINATED: About("another move is at least as good whatever is hidden and whatever follows"),
    Label.OVER_RISK: About("the riskier of two ways, where the safer is worth more", _SURE),
    Label.OVER_CAUTION: About("the safer of two ways, where the riskier is worth more"),
    Label.WRONG_SUM: About("Nim: a move that leaves a winning nim-sum was there and was not played", _SUM),
    Label.OVERBID: About("more was bid than the best response to equilibrium bids", _SURE),
    Label.UNDERBID: About("less was bid than the best response to equilibrium bids"),
    Label.WRONG_BLUFF: About("a bluff that no equilibrium makes, or one left out that each of them makes"),
    Label.WRONG_CALL: About("a call, or a challenge, that no equilibrium makes", _SURE),
    Label.WRONG_FOLD: About("a bet or bid given way to that each equilibrium calls"),
    Label.TOOK_TOO_LITTLE: About("an agreement worth less than could be had for certain", _SUM),
    Label.GAVE_TOO_MUCH: About("a proposal worth less to its maker than the offer on the table", _SUM),
    Label.REFUSED_LAST: About("the last offer was worth something and was refused for nothing", _END),
    Label.EXPLOITED: About("cooperated with an opponent that was seen to defect there"),
    Label.PROVOKED: About("defected, though the opponent was seen to punish it by more than it brings"),
    Label.FAILED_TO_EXPLOIT: About("kept from what the opponent was seen to allow"),
    _END: About("wrong about which moves win at once, or whether the opponent threatens to", _END),
    _READ: About("misstated the board, its own card, dice or value, or what is legal", _READ),
    _SURE: About("stated a chance of at least 90 % in a position that is lost or no better than even", _SURE),
    _SUM: About("wrong arithmetic: a sum, a difference, a product, an XOR, a total", _SUM),
    _FACT: About("the words decide for one move, the answer is another", _FACT),
}  # fmt: skip


def layer(label: str) -> Layer:
    """The layer that a label belongs to."""
    kinds = (FaultKind, Label, Slip)
    return next(name for name, kind in zip(LAYERS, kinds, strict=True) if label in set(kind))
