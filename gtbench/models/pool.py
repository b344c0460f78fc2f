"""The connections of a run: one a model, counted against the run's budget, and left alone when it fails."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, cast

from gtbench import registry
from gtbench.errors import BadOption, GtbenchError, ProviderFailure, RequestRefused
from gtbench.models import account
from gtbench.models.dotenv import read_dotenv
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.memory import Recording, Remembered, ReplyCache
from gtbench.models.request import MOST_TOKENS, split_model
from gtbench.models.sound import sound, sound_try
from gtbench.pulse import Holder, close
from gtbench.records import Call, Message, Try
from gtbench.text import line

if TYPE_CHECKING:
    from types import TracebackType

    from gtbench.models.request import Model, Omitting, Request, Sampling

log = logging.getLogger("gtbench")

OUTAGE = 5
"""After so many calls in a row that were given up, a model is left alone."""
REFUSALS = 3
"""After so many different prompts in a row that were refused alike, it is too."""
SECONDS_TO_CLOSE = 15.0
"""How long a connection may take to release what it holds; one on this machine ends its calls first."""


class Counted:
    """A model whose calls begin only under the budget and are counted in the run's ledger.

    Here the world ends: whatever comes of asking a model, ours or a plug-in's, is a sound call or an
    exception of gtbench's own.
    """

    def __init__(self, model: Model, ledger: Ledger) -> None:
        self._model, self._ledger = model, ledger
        self.model, self.priced = model.model, model.priced
        self._in_vain: list[ProviderFailure] = []
        self._refused: dict[tuple[Message, ...], RequestRefused] = {}  # in a row, by prompt

    @property
    def takes(self) -> frozenset[str]:
        """As of the model, which may learn what its server does not take."""
        return self._model.takes

    def sends(self, sampling: Sampling) -> frozenset[str]:
        """As of the model."""
        return cast("Omitting", self._model).sends(sampling)

    @property
    def left_alone(self) -> str:
        """Why the model is left alone; empty while it is not."""
        if len(self._refused) >= REFUSALS:
            return f"{self.model} refused {REFUSALS} different prompts in a row"
        if len(self._in_vain) >= OUTAGE:
            return f"{self.model} was asked in vain {OUTAGE} times in a row"
        return ""

    async def complete(self, request: Request) -> Call:
        """As of the model; raises `BudgetSpent` where a cap of the run is reached."""
        self._ledger.check()
        try:
            call = await self._answer(request)
        except ProviderFailure as error:
            error.tries = tuple(map(sound_try, error.tries))
            self._ledger.add([], error.tries)
            self._remember(error, request)
            error.left_alone = self.left_alone
            raise
        self._ledger.add([call])
        self._in_vain.clear()
        self._refused.clear()
        return call

    async def _answer(self, request: Request) -> Call:
        """What the model answers; any failure that is not told in gtbench's own terms is the world's."""
        try:
            call = await self._model.complete(request)
            _check(call)
            return sound(call, request.messages)
        except (GtbenchError, KeyboardInterrupt):
            raise
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                raise  # it is we who call it off
            failure = ProviderFailure(
                line(f"{self.model} failed: {type(error).__name__}: {line(error)}"), passing=True
            )
            failure.tries = (Try(reason=str(failure)),)
            raise failure from error

    def _remember(self, error: ProviderFailure, request: Request) -> None:
        """Count a call that was given up; one that was refused is no outage."""
        if not isinstance(error, RequestRefused):
            self._in_vain += [error] if error.passing else []
            return
        if any(other.kind != error.kind for other in self._refused.values()):
            self._refused.clear()
        self._refused[request.messages] = error

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


def _check(call: object) -> None:
    """Raise a ValueError unless this is a call that a log and a ledger can hold."""
    if not isinstance(call, Call):
        raise ValueError(f"complete returned {call!r:.200}, not a Call")  # noqa: TRY004  (no caller's mistake)
    if not call.samples:
        raise ValueError("the call holds no sample")
    parts: tuple[Call | Try, ...] = (call, *call.retries)
    counts = [count for part in parts for count in (part.input_tokens, part.output_tokens)]
    counts += [call.cached_tokens, call.reasoning_tokens]
    costs = [part.cost or 0.0 for part in parts]
    if not all(0 <= count <= MOST_TOKENS for count in counts) or not all(0 <= c < math.inf for c in costs):
        raise ValueError("the call has counts of tokens, or a cost, that cannot be")


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
        try:
            await self._exit.aclose()
        finally:
            if isinstance(self.memory, ReplyCache):
                self.memory.close()

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models connected so far of which no price is known."""
        return tuple(name for name, model in self._models.items() if not model.priced)

    @property
    def left_alone(self) -> dict[str, str]:
        """The models that are left alone, and why."""
        return {model.model: why for model in self._counted if (why := model.left_alone)}

    def check_prices(self) -> None:
        """Say which models have no price; a cap on dollars could not be kept.

        Raises:
            BadOption: There is such a cap.
        """
        if not self.unpriced:
            return
        unknown = f"no price is known of {', '.join(self.unpriced)}"
        where = f"name one in {account.where()}"
        if self.ledger.budget.max_cost is not None:
            raise BadOption(f"max_cost cannot be kept: {unknown}; {where}")
        log.warning("warning: %s, so that no cost is counted; %s", unknown, where)

    def connect(self, model: str) -> Model:
        """The connection to a model by its `PROVIDER/MODEL`, made when first asked for."""
        if model not in self._models:
            self._models[model] = connected = self._connected(model)
            self._exit.push_async_callback(close, Holder(model), connected.aclose, SECONDS_TO_CLOSE)
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
