"""What a run has spent, and its caps: asked before every call, told of every answer.

A cap is never passed, except by what was already on its way: a call begins only while the run is below
all of its caps. What counts is every request that was sent, in matches that were finished or broken off, and
the tokens and dollars of each that the provider counted. What was taken from a cache or a log was not sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from gtbench.errors import BudgetSpent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.records import Call, Try


class Budget(BaseModel):
    """The caps of a run; None is no cap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_cost: Annotated[float, Field(gt=0)] | None = None  # US dollars
    max_tokens: Annotated[int, Field(ge=1)] | None = None  # input and output
    max_calls: Annotated[int, Field(ge=1)] | None = None  # requests, failed ones included

    @property
    def capped(self) -> bool:
        """Whether there is any cap."""
        return bool(self.model_dump(exclude_none=True))


class Spent(NamedTuple):
    """What calls have taken up."""

    cost: float = 0.0  # US dollars, where the price is known
    tokens: int = 0  # input and output
    calls: int = 0  # requests, failed ones included

    @classmethod
    def on(cls, calls: Iterable[Call], failed: Iterable[Try] = ()) -> Spent:
        """What these calls, and requests that were given up, have taken up."""
        cost, tokens, requests = 0.0, 0, 0
        lost = list(failed)
        for call in calls:
            if call.replayed:
                continue
            requests += 1
            cost += call.cost or 0.0  # its failed tries included
            tokens += call.input_tokens + call.output_tokens
            tokens += sum(attempt.input_tokens + attempt.output_tokens for attempt in call.retries)
            requests += len(call.retries)
        cost += sum(attempt.cost or 0.0 for attempt in lost)
        tokens += sum(attempt.input_tokens + attempt.output_tokens for attempt in lost)
        return cls(cost, tokens, requests + len(lost))

    @classmethod
    def sum(cls, parts: Iterable[Spent]) -> Spent:
        """All of them together."""
        return cls(*map(sum, zip(cls(), *parts, strict=True)))

    def times(self, count: int) -> Spent:
        """This so many times."""
        return Spent(self.cost * count, self.tokens * count, self.calls * count)

    @classmethod
    def most(cls, *parts: Spent) -> Spent:
        """The most of each."""
        return cls(*map(max, zip(*parts, strict=True)))


@dataclass(slots=True)
class Ledger:
    """What has been spent so far, under a budget."""

    budget: Budget
    spent: Spent = field(default_factory=Spent)
    failed: int = 0  # of the requests, those without an answer
    unpriced: frozenset[str] = frozenset()
    """The models with an answered call whose price, or whose count of tokens, is not known."""

    def add(self, calls: Iterable[Call], failed: Iterable[Try] = ()) -> None:
        """Count calls that were answered, and requests that were given up."""
        calls, failed = list(calls), list(failed)
        self.spent = Spent.sum([self.spent, Spent.on(calls, failed)])
        sent = [call for call in calls if not call.replayed]
        self.failed += len(failed) + sum(len(call.retries) for call in sent)
        self.unpriced |= {call.model for call in sent if call.cost is None}

    def take_over(self, spent: Spent, failed: int, unpriced: Iterable[str]) -> None:
        """Count what was counted before: with the requests that failed, and the models without a price."""
        self.spent = Spent.sum([self.spent, spent])
        self.failed += failed
        self.unpriced |= {*unpriced}

    def check(self) -> None:
        """Raise `BudgetSpent` unless another call may begin."""
        for name, cap, spent in self._capped(self.spent):
            if spent >= cap:
                raise BudgetSpent(f"{name}={cap:g} is spent: {self}")
        if self.budget.max_cost is not None and self.unpriced:
            models = ", ".join(sorted(self.unpriced))
            raise BudgetSpent(
                f"max_cost={self.budget.max_cost:g} cannot be kept: no price is known of {models}, "
                "or of a call whose tokens it did not count"
            )

    def short_of(self, more: Spent) -> str:
        """The cap that so much more would pass, as NAME=CAP; empty where there is room."""
        passed = (
            f"{name}={cap:g}" for name, cap, all_ in self._capped(Spent.sum([self.spent, more])) if all_ > cap
        )
        return next(passed, "")

    def _capped(self, spent: Spent) -> list[tuple[str, float, float]]:
        """Each cap by name, and what stands against it."""
        budget = self.budget
        caps = (("max_cost", budget.max_cost, spent.cost), ("max_tokens", budget.max_tokens, spent.tokens),
                ("max_calls", budget.max_calls, spent.calls))  # fmt: skip
        return [(name, cap, against) for name, cap, against in caps if cap is not None]

    def __str__(self) -> str:
        unknown = f" and what {', '.join(sorted(self.unpriced))} costs" if self.unpriced else ""
        lost = f" ({self.failed:,} of them failed)" if self.failed else ""
        cost, tokens, calls = self.spent
        return f"{calls:,} calls{lost}, {tokens:,} tokens, ${cost:,.4f}{unknown}"
