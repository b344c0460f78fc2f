"""The connections of a run: one a model, counted against the run's budget, and watched for outages."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gtbench import registry
from gtbench.errors import BadOption, ProviderFailure
from gtbench.models import split_model
from gtbench.models.account import VARIABLE
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.memory import Recording, Remembered, ReplyCache

if TYPE_CHECKING:
    from types import TracebackType

    from gtbench.models import Model, Request
    from gtbench.records import Call

log = logging.getLogger("gtbench")

OUTAGE = 5
"""After so many calls in a row that were given up, a model counts as down."""


def read_dotenv() -> None:
    """Take up what a `.env` file of this folder, or one above, says; what is set already stays."""
    from dotenv import find_dotenv, load_dotenv

    load_dotenv(find_dotenv(usecwd=True), override=False)


class Counted:
    """A model whose calls begin only under the budget and are counted in the run's ledger."""

    def __init__(self, model: Model, ledger: Ledger) -> None:
        self._model, self._ledger = model, ledger
        self.model, self.takes, self.priced = model.model, model.takes, model.priced
        self._in_vain: list[ProviderFailure] = []

    @property
    def down(self) -> str:
        """Why the model counts as down; empty while it does not."""
        return str(self._in_vain[-1]) if len(self._in_vain) >= OUTAGE else ""

    async def complete(self, request: Request) -> Call:
        """As of the model; raises `BudgetSpent` where a cap of the run is reached."""
        self._ledger.check()
        try:
            call = await self._model.complete(request)
        except ProviderFailure as error:
            self._ledger.add([], error.tries)
            if error.passing:  # what stays as it is, such as too long a prompt, is no outage
                self._in_vain.append(error)
            raise
        self._ledger.add([call])
        self._in_vain.clear()
        return call

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


@dataclass(slots=True)
class ModelPool:
    """The connections of a run, closed together: `async with ModelPool() as pool`."""

    ledger: Ledger = field(default_factory=lambda: Ledger(Budget()))
    """What the run has spent, and its caps."""
    memory: ReplyCache | Recording | None = None
    """Where answers are found that need not be asked for."""
    _models: dict[str, Model] = field(default_factory=dict)
    _counted: list[Counted] = field(default_factory=list)
    _exit: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()
        if isinstance(self.memory, ReplyCache):
            self.memory.close()

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models connected so far of which no price is known."""
        return tuple(name for name, model in self._models.items() if not model.priced)

    @property
    def down(self) -> dict[str, str]:
        """The models that count as down, and why."""
        return {model.model: model.down for model in self._counted if model.down}

    def check_prices(self) -> None:
        """Say which models have no price; a cap on dollars could not be kept.

        Raises:
            BadOption: There is such a cap.
        """
        if not self.unpriced:
            return
        unknown = f"no price is known of {', '.join(self.unpriced)}"
        where = f"name one in the file that {VARIABLE} points to"
        if self.ledger.budget.max_cost is not None:
            raise BadOption(f"max_cost cannot be kept: {unknown}; {where}")
        log.warning("warning: %s, so that no cost is counted; %s", unknown, where)

    def connect(self, model: str) -> Model:
        """The connection to a model by its `PROVIDER/MODEL`, made when first asked for."""
        if model not in self._models:
            self._models[model] = connected = self._connected(model)
            self._exit.push_async_callback(connected.aclose)
        return self._models[model]

    def _connected(self, model: str) -> Model:
        """A new connection; a replay needs none."""
        if isinstance(self.memory, Recording):
            return self.memory.model(model)
        read_dotenv()
        provider, name = split_model(model)
        counted = Counted(registry.load("models", provider).connect(name), self.ledger)
        self._counted.append(counted)
        return Remembered(counted, self.memory) if self.memory else counted
