"""Language models: one protocol, one file per SDK, imported when a model of that provider is named.

A provider is registered under `gtbench.models` as a function `connect(name) -> Model`, which checks all
that can be checked without a paid call. One `Model` serves a whole run; each player asks it through a
`Chat`, which adds the agent's sampling settings and a seed for each call.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from gtbench import registry
from gtbench.errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gtbench.records import Call, Message


class Sampling(BaseModel):
    """How a model is to be sampled; what is left out is the provider's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 1024  # the paper's limit, for each reply

    @classmethod
    def annotation(cls, name: str) -> Any:
        """The type of one setting, bounds included."""
        info = cls.model_fields[name]
        return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation

    def said(self) -> dict[str, Any]:
        """The settings to be sent: all that are not left to the provider."""
        return self.model_dump(exclude_none=True)


class Model(Protocol):
    """A connection to one language model, shared by all the players of a run."""

    takes_grammar: bool
    """Whether a reply can be constrained by a GBNF grammar."""

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        """One reply to the messages.

        Raises:
            ProviderFailure: The provider failed; the match is void.
            ProviderRejection: The provider will refuse every such call; the run stops.
        """
        ...

    async def aclose(self) -> None:
        """Release what the connection holds."""
        ...


@dataclass(slots=True)
class Chat:
    """A model as one player sees it: with the player's settings, and a seed of its own for each call."""

    model: Model
    sampling: Sampling
    seed: int
    _asked: int = 0

    @property
    def takes_grammar(self) -> bool:
        """Whether a reply can be constrained by a GBNF grammar."""
        return self.model.takes_grammar

    async def ask(self, messages: Sequence[Message], *, grammar: str | None = None) -> Call:
        """One reply to the messages; see `Model.complete` for what it raises."""
        seed = (self.seed + self._asked) % (1 << 31)
        self._asked += 1
        return await self.model.complete(messages, self.sampling, seed=seed, grammar=grammar)


@dataclass(slots=True)
class ModelPool:
    """The connections of a run, one a model, closed together: `async with ModelPool() as pool`."""

    _models: dict[str, Model] = field(default_factory=dict)
    _exit: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    def connect(self, model: str | None) -> Model | None:
        """The connection to a model by its `PROVIDER/MODEL`, made when first asked for."""
        if model is None:
            return None
        if model not in self._models:
            provider, name = split_model(model)
            self._models[model] = connected = registry.load("models", provider)(name)
            self._exit.push_async_callback(connected.aclose)
        return self._models[model]


def split_model(model: str) -> tuple[str, str]:
    """`PROVIDER/MODEL` in its two parts; the model's own name may hold further slashes."""
    provider, _, name = model.strip().partition("/")
    if not provider or not name:
        raise BadOption(f"{model!r} is not a model: write PROVIDER/MODEL, such as local/smollm2-135m")
    return provider, name


def check_model(model: str) -> None:
    """Raise `UnknownName` unless the model's provider is registered."""
    registry.load("models", split_model(model)[0])
