"""A card each and a pot, in sentences: Kuhn poker and its skins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gtbench.game.base import SEATS
from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.grammar import Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause

WORDS = {
    "Kuhn Poker": ("card", "chips?", "(?:the )?pot"),
    "Sealed Gems": ("gem|stone", "coins?", "(?:the )?chest"),
}
"""What a title calls the card, a chip and the pot."""
_HELD = re.compile(r"\b(?:holding|with) (?:a|the) (?=\w+$)")


class CardsProse(Grammar):
    """The forms of clauses about one's card, what is in the pot, and who has bet."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.card, self.chip, self.pot = WORDS.get(game.title, WORDS["Kuhn Poker"])
        kept: Any = game
        self.named = {name.lower(): place for place, name in enumerate(kept.cards)}
        self.named |= {name: place for place, name in enumerate(kept.names)}

    def forms(self, seat: int) -> Iterable[Form]:
        named, count = "|".join(map(re.escape, self.named)), rf"(?P<count>{COUNT})"
        mine = rf"(?:my(?: own)? (?:{self.card})|the (?:{self.card}) (?:that )?(?:i have|i hold|in my hand))"
        here = (
            "(?:,? (?:the|which is the) (?:highest|lowest|middle|best|worst)(?: (?:card|one|gem)"
            ")?(?: in the (?:deck|game))?)?"
        )
        yield Form(rf"{mine} is (?:an? |the )?(?P<card>{named}){here}", self._card)
        yield Form(
            "i (?:have|hold|was dealt|am holding|got|have been dealt|possess)(?: an?| the)? "
            f"(?P<card>{named}){here}",
            self._card,
        )
        rank = (
            "(?:the )?(?P<rank>highest|best|top|strongest|lowest|worst|weakest|middle|"
            "second[- ](?:highest|best))"
        )
        yield Form(
            rf"{mine} is {rank}(?: (?:possible )?(?:{self.card}|one))?(?: (?:in|of) the (?:deck|game))?",
            self._rank,
        )
        yield Form(
            rf"i (?:have|hold) {rank} (?:possible )?(?:{self.card})(?: (?:in|of) the (?:deck|game))?",
            self._rank,
        )
        holds = r"(?:holds|contains|has|is at|stands at|is)(?: (?:now|currently))?"
        parts = r"(?:: .*|, \d.*)?"
        yield Form(rf"{self.pot} {holds} {count} {self.chip}{parts}", self._pot, Slip.CALCULATION_ERROR)
        yield Form(
            rf"there (?:are|is) (?:now |currently )?{count} {self.chip} in {self.pot}",
            self._pot,
            Slip.CALCULATION_ERROR,
        )

    # Whether they are so.

    def _mine(self, at: At) -> int:
        """The place of the seat's card among all, from low to high."""
        card: int = at.state.history()[at.seat]
        return card

    def _card(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        names = [name for name, place in self.named.items() if place == self._mine(at)]
        return Truth(found["card"] in names, f"it is {names[0]}")

    def _rank(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        rank, high = self._mine(at), max(self.named.values())
        said = found["rank"]
        if said in ("highest", "best", "top", "strongest"):
            right = rank == high
        elif said in ("lowest", "worst", "weakest"):
            right = rank == 0
        else:
            right = 0 < rank < high
        so = next(name for name, place in self.named.items() if place == rank)
        return Truth(right, f"it is {so}")

    def _pot(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = sum(int(at.state.observation_string(seat)[-2 + seat]) for seat in SEATS)
        return Truth(whole(found["count"]) == so, f"{so} are in it")
