"""The sealed-bid auction in sentences: one's own value, and what a bid leaves of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.prose.form import At, Form, Truth
from gtbench.grading.prose.grammar import Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from gtbench.grading.prose.text import Clause


class AuctionProse(Grammar):
    """The forms of clauses about a value and bids."""

    thing: ClassVar[str] = "object|item|good"
    value: ClassVar[str] = "value|valuation|private value"
    bid: ClassVar[str] = "bid"
    bidding: ClassVar[str] = "bidding"

    def forms(self, seat: int) -> Iterable[Form]:
        number = r"\$?(?P<number>\d{1,3})(?: (?:points?|units?|dollars))?"
        yield Form(
            rf"my (?:own |private |true )?(?:{self.value})(?: (?:of|for) the (?:{self.thing}))? is {number}",
            self._value,
        )
        yield Form(
            rf"(?:the|this) (?:{self.thing}) is worth (?:exactly )?{number}(?: to me| for me)?", self._value
        )
        yield Form(rf"(?:to|for) me,? the (?:{self.thing}) is worth (?:exactly )?{number}", self._value)
        yield Form(rf"i value (?:the (?:{self.thing})|it) at {number}", self._value)
        yield Form(
            rf"the (?:highest|maximum|largest) {self.bid} (?:that )?i (?:may|can) make is {number}",
            self._highest,
        )
        left = (
            "(?:gives?|leaves?|yields?|earns?|nets?|brings?) (?:me )?(?:a |an )?(?:profit|gain|"
            r"surplus|payoff|reward) of (?P<profit>\d{1,3})"
        )
        yield Form(
            rf"(?:winning with |{self.bidding} )(?:a {self.bid} of )?(?P<number>\d{{1,3}}) (?:and "
            f"winning )?{left}",
            self._profit,
            Slip.CALCULATION_ERROR,
        )

    # Whether they are so.

    def _own(self, at: At) -> int:
        value: int = at.state.history()[at.seat]
        return value

    def _value(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return Truth(int(found["number"]) == self._own(at), f"it is {self._own(at)}")

    def _highest(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        return Truth(int(found["number"]) == self._own(at) - 1, f"it is {self._own(at) - 1}")

    def _profit(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = self._own(at) - int(found["number"])
        return Truth(int(found["profit"]) == so, f"it leaves {so}")


class LicenceProse(AuctionProse):
    """The same of a licence and an income."""

    thing = "licence|license"
    value = "income"
    bid = "offer"
    bidding = "offering"
