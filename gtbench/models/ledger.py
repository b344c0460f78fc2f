"""What a run has spent, and its caps: asked before every call, told of every answer.

A cap is reached, never passed but by what was already on its way: a call begins only while the run is below
all of its caps. What counts is every call that was answered, in matches that were finished or broken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from gtbench.errors import BudgetSpent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.records import Call


class Budget(BaseModel):
    """The caps of a run; None is no cap."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_cost: Annotated[float, Field(gt=0)] | None = None  # US dollars
    max_tokens: Annotated[int, Field(ge=1)] | None = None  # input and output
    max_calls: Annotated[int, Field(ge=1)] | None = None


@dataclass(slots=True)
class Ledger:
    """What has been spent so far, under a budget."""

    budget: Budget
    calls: int = 0
    tokens: int = 0
    cost: float = 0.0  # of the calls whose price is known
    unpriced: frozenset[str] = frozenset()
    """The models of which a call was answered at an unknown price."""

    def add(self, calls: Iterable[Call]) -> None:
        """Count calls that were answered."""
        for call in calls:
            self.calls += 1
            self.tokens += call.input_tokens + call.output_tokens
            self.cost += call.cost or 0.0
            if call.cost is None:
                self.unpriced |= {call.model}

    def check(self) -> None:
        """Raise `BudgetSpent` unless another call may begin."""
        spent = {"max_cost": self.cost, "max_tokens": self.tokens, "max_calls": self.calls}
        for name, cap in self.budget.model_dump(exclude_none=True).items():
            if spent[name] >= cap:
                raise BudgetSpent(f"{name}={cap:g} is spent: {self}")
        if self.budget.max_cost is not None and self.unpriced:
            models = ", ".join(sorted(self.unpriced))
            raise BudgetSpent(
                f"max_cost={self.budget.max_cost:g} cannot be kept: no price is known of {models}"
            )

    def __str__(self) -> str:
        unknown = f" and what {', '.join(sorted(self.unpriced))} costs" if self.unpriced else ""
        return f"{self.calls:,} calls, {self.tokens:,} tokens, ${self.cost:,.4f}{unknown}"
