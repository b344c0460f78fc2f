"""The luck of a match, drawn from its deal alone."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from gtbench.game.luck import WIDE, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST_STEP = 1 / (1 << 53)
"""Between two numbers that are drawn: 53 bits are what a float holds exactly."""


def derive(*parts: object, bits: int = 48) -> int:
    """A whole number below 2**bits that depends on each of the parts, and on nothing else."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> (64 - bits)


class Deal(NamedTuple):
    """A game's luck: every chance event is drawn from (seed, event), whatever the order of play.

    Two tables on the same deal get the same luck at the same event, so the two matches of a seat-swapped
    pair, and every pair of agents, meet the same cards.
    """

    game: str  # the engine's name, so that variants and skins of a game share their luck
    seed: int  # a number that somebody has chosen, or one that is drawn under a run's luck key

    def uniform(self, event: str) -> float:
        """The event's number in [0, 1)."""
        text = f"{self.game}\x1f{self.seed}\x1f{event}"  # as in `derive`, but faster
        return (int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 11) * SMALLEST_STEP

    def part(self, name: str) -> Deal:
        """The luck of a part of the deal, for a game whose engine draws by itself from a seed.

        An engine's seeds are so short that all can be tried. So what a seat sees and what is hidden from it
        are drawn from different parts, neither of which tells anything of the other. A deal whose own seed
        somebody has chosen is no secret, and is all of one part.
        """
        return self if self.seed < WIDE else Deal(self.game, drawn(self.seed, name))

    def draw(self, event: str, outcomes: Sequence[tuple[int, float]]) -> int:
        """The event's outcome, among (outcome, probability) pairs."""
        luck = self.uniform(event)
        for outcome, probability in outcomes:
            luck -= probability
            if luck < 0:
                return int(outcome)
        return int(outcomes[-1][0])  # probabilities that sum to just under 1
