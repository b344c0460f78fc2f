"""Negotiation in sentences: the pool, what an item is worth, what an offer pays, and the turns left."""

from __future__ import annotations

import re
from operator import mul
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.grammar import Grammar
from gtbench.labels import Slip
from gtbench.records import PLAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.game.base import Game
    from gtbench.grading.prose.text import Clause


class NegotiationProse(Grammar):
    """The forms of clauses about items and offers."""

    pool: ClassVar[str] = "pool"
    offer: ClassVar[str] = "offer|proposal"

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        kept: Any = game
        self.dealt = kept.dealt
        self.items = tuple(kept.items[: int(game.parameters["num_items"])])

    def forms(self, seat: int) -> Iterable[Form]:
        sums = Slip.CALCULATION_ERROR
        item = rf"(?P<item>{'|'.join(self.items)})"
        points = r"(?P<number>\d{1,4})(?: points?)?"
        me = r"(?: (?:to|for) me)"
        yield Form(
            rf"(?:the )?(?:whole|entire|full|total) {self.pool} is worth {points}{me}?", self._whole, sums
        )
        yield Form(rf"(?:the )?total value of the {self.pool} is {points}{me}?", self._whole, sums)
        yield Form(rf"(?:an?|one|each|every|the) {item} is worth {points}{me}", self._item)
        yield Form(rf"{item}s are worth {points}(?: each){me}", self._items)
        yield Form(rf"i value (?:an? |each |the )?{item}s? at {points}(?: each)?", self._item)
        yield Form(rf"(?P<count>{COUNT}) {item}s? (?:is|are) worth {points}{me}", self._several, sums)
        yield Form(
            f"(?:the|this|my opponent's|the opponent's|the current|the standing) (?:{self.offer}) "
            f"(?:is worth|pays me|gives me|is worth a total of) {points}{me}?",
            self._offered,
            sums,
        )
        yield Form(rf"i (?:would )?get {points} from (?:this|the) (?:{self.offer})", self._offered, sums)
        yield Form(
            rf"the {self.pool} (?:has|holds|contains) (?P<pool>\d{{1,2}} \w+(?:(?:,| and|, and) "
            rf"\d{{1,2}} \w+)*)",
            self._pool,
        )
        yield Form(rf"there (?:are|is) (?P<count>{COUNT}) {item}s? in the {self.pool}", self._number)
        yield Form(
            f"there (?:are|is) (?:only )?(?P<count>{COUNT}) turns? left,? (?:this one included|"
            "including this one)",
            self._turns,
        )
        yield Form(r"this is (?:the|my) last turn(?: of the (?:match|game|negotiation))?", self._last)

    # Whether they are so.

    def _deal(self, at: At) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """The number of turns, the pool and the seat's values."""
        turns, pool, values = self.dealt(at.state, at.seat)
        return turns, pool, values

    def _place(self, said: str) -> int | None:
        names = [name for name in (said, said.removesuffix("s")) if name in self.items]
        return self.items.index(names[0]) if names else None

    def _whole(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        _, pool, values = self._deal(at)
        so = sum(map(mul, pool, values))
        return Truth(int(found["number"]) == so, f"it is {so}")

    def _item(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = self._deal(at)[2][self.items.index(found["item"])]
        return Truth(int(found["number"]) == so, f"it is {so}")

    def _items(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = self._deal(at)[2][self.items.index(found["item"])]
        return Truth(int(found["number"]) == so, f"{so} each")

    def _several(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = whole(found["count"]) * self._deal(at)[2][self.items.index(found["item"])]
        return Truth(int(found["number"]) == so, f"it is {so}")

    def _offered(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        (question,) = (asked for asked in at.game.questions if asked.name == "offer")
        (so,) = question.answers(at.state, at.seat)
        return None if so == "none" else Truth(found["number"] == so, f"it is {so}")

    def _pool(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        _, pool, _ = self._deal(at)
        for number, name in re.findall(r"(\d{1,2}) (\w+)", found["pool"]):
            place = self._place(name)
            if place is None:
                return None
            if pool[place] != int(number):
                return Truth(False, f"it holds {pool[place]} {self.items[place]}s")
        return Truth(True, "so it is")

    def _number(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = self._deal(at)[1][self.items.index(found["item"])]
        return Truth(whole(found["count"]) == so, f"it holds {so}")

    def _left(self, at: At) -> int:
        (question,) = (asked for asked in at.game.questions if asked.name == "turns")
        (so,) = question.answers(at.state, at.seat)
        return int(so)

    def _turns(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return Truth(whole(found["count"]) == self._left(at), f"{self._left(at)} are left")

    def _last(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        if self._left(at) == PLAYERS and found[0].startswith("this is my"):
            return None
        return Truth(self._left(at) == 1, f"{self._left(at)} turns are left, this one included")


class SalvageProse(NegotiationProse):
    """The same of a haul and splits."""

    pool = "haul"
    offer = "split|offer"
