"""What a decision can be called that was not the best one, by what an exact oracle knows.

These are exact: each is a fact about a position and a move. What was wrong with a *reply* is a `FaultKind`.
"""

from __future__ import annotations

from enum import StrEnum


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
