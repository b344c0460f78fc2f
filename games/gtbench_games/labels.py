"""Errors of play that several of the games name: each lists in `Game.labels` those that its oracle gives."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  (read when this runs)

from gtbench.labels import About, Slip

WRONG_BLUFF, WRONG_CALL, WRONG_FOLD = "wrong_bluff", "wrong_call", "wrong_fold"
FAILED_TO_EXPLOIT = "failed_to_exploit"

EXPLOITING: Mapping[str, About] = {
    FAILED_TO_EXPLOIT: About("kept from what the opponent was seen to allow", of_opponents=True),
}
"""Of any game in which moves are measured against opponents as they were seen to play."""

BETTING: Mapping[str, About] = {
    WRONG_BLUFF: About("a bluff that no equilibrium makes, or one left out that each of them makes"),
    WRONG_CALL: About("a call, or a challenge, that no equilibrium makes", Slip.OVER_CONFIDENCE),
    WRONG_FOLD: About("a bet or bid given way to that each equilibrium calls"),
    **EXPLOITING,
}
"""Of games in which a hidden hand is bet on."""
