"""Language models: one protocol, one file per SDK, imported when a model of that provider is named.

A `Provider` is registered under `gtbench.models`; its `connect` checks all that can be checked without a paid
call. One `Model` serves a whole run; each player asks it through a `Chat`, which adds the agent's sampling
settings and a seed for each call.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from gtbench import registry
from gtbench.errors import BadOption
from gtbench.models.ledger import Budget, Ledger
from gtbench.records import Parameter  # noqa: TC001  (pydantic reads annotations when it runs)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from gtbench.records import Call, Message


class Sampling(BaseModel):
    """How a model is to be sampled; what is left out is the provider's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 1024  # the paper's limit, for each reply
    stop: Annotated[str, Field(min_length=1)] | None = None  # ends a reply where it would come
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None  # in place of one of the match's own
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    timeout: Annotated[float, Field(gt=0)] | None = None  # seconds of one try
    extra: dict[str, Parameter] = {}  # the provider's own fields, written x_NAME in an agent string

    @classmethod
    def annotation(cls, name: str) -> Any:
        """The type of one setting, bounds included."""
        info = cls.model_fields[name]
        return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """The settings by the names that an agent string has for them."""
        return tuple(name for name in cls.model_fields if name != "extra")

    def named(self) -> frozenset[str]:
        """The settings that are not left to the provider; "extra" stands for all of the provider's own."""
        return frozenset(name for name in self.model_fields_set if getattr(self, name) is not None)

    def said(self) -> dict[str, Any]:
        """The settings to be sent, the provider's own among them; the seed is each call's."""
        return self.model_dump(exclude_none=True, exclude={"seed", "extra"}) | self.extra


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models come from."""

    about: str
    """In a few words, what MODEL is in PROVIDER/MODEL."""
    connect: Callable[[str], Model]
    """The connection to a model by its name; raises a `UserError` for what is wrong or missing."""
    needs: Callable[[], str]
    """What is missing yet, in a few words; empty where nothing is."""


class Model(Protocol):
    """A connection to one language model, shared by all the players of a run."""

    @property
    def model(self) -> str:
        """`PROVIDER/MODEL`."""
        ...

    @property
    def takes_grammar(self) -> bool:
        """Whether a reply can be constrained by a GBNF grammar."""
        ...

    @property
    def takes(self) -> frozenset[str]:
        """The fields of `Sampling` that the model takes; another is an error, never dropped."""
        ...

    @property
    def priced(self) -> bool:
        """Whether it is known what a call costs."""
        ...

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

    def __post_init__(self) -> None:
        for name in sorted(self.sampling.named() - self.model.takes):
            raise BadOption(f"{self.model.model} takes no {name}: drop the option")

    @property
    def takes_grammar(self) -> bool:
        """Whether a reply can be constrained by a GBNF grammar."""
        return self.model.takes_grammar

    async def ask(self, messages: Sequence[Message], *, grammar: str | None = None) -> Call:
        """One reply to the messages; see `Model.complete` for what it raises."""
        seed = (self.seed + self._asked) % (1 << 31) if self.sampling.seed is None else self.sampling.seed
        self._asked += 1
        return await self.model.complete(messages, self.sampling, seed=seed, grammar=grammar)


class Metered:
    """A model in one match: no call begins over the budget, and every answer is counted and kept."""

    def __init__(self, model: Model, ledger: Ledger, answered: list[Call]) -> None:
        self._model, self._ledger, self._answered = model, ledger, answered
        self.model, self.priced = model.model, model.priced
        self.takes, self.takes_grammar = model.takes, model.takes_grammar

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        """As of the model; raises `BudgetSpent` where a cap of the run is reached."""
        self._ledger.check()
        call = await self._model.complete(messages, sampling, seed=seed, grammar=grammar)
        self._ledger.add([call])
        self._answered.append(call)
        return call

    async def aclose(self) -> None:
        """The pool closes the model."""


@dataclass(slots=True)
class ModelPool:
    """The connections of a run, one a model, closed together: `async with ModelPool() as pool`."""

    ledger: Ledger = field(default_factory=lambda: Ledger(Budget()))
    """What the run has spent, and its caps."""
    _models: dict[str, Model] = field(default_factory=dict)
    _exit: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models connected so far of which no price is known."""
        return tuple(name for name, model in self._models.items() if not model.priced)

    def connect(self, model: str | None) -> Model | None:
        """The connection to a model by its `PROVIDER/MODEL`, made when first asked for."""
        if model is None:
            return None
        if model not in self._models:
            provider, name = split_model(model)
            self._models[model] = connected = registry.load("models", provider).connect(name)
            self._exit.push_async_callback(connected.aclose)
        return self._models[model]

    def meter(self, model: str | None, answered: list[Call]) -> Model | None:
        """The connection as one match uses it: counted, and every answer added to a list."""
        connected = self.connect(model)
        return None if connected is None else Metered(connected, self.ledger, answered)


THROUGH_LITELLM = {
    "azure": "azure", "bedrock": "bedrock", "cerebras": "cerebras", "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks_ai", "gemini": "gemini", "google": "gemini", "groq": "groq", "mistral": "mistral",
    "nvidia": "nvidia_nim", "perplexity": "perplexity", "together": "together_ai", "vertex": "vertex_ai",
    "xai": "xai",
}  # fmt: skip
"""Providers that may be named without `litellm/`, and litellm's names for them."""


def split_model(model: str) -> tuple[str, str]:
    """`PROVIDER/MODEL` in its two parts, by the registered names: `google/x` is `litellm` and `gemini/x`.

    The model's own name may hold further slashes.
    """
    provider, _, name = model.strip().partition("/")
    if not provider or not name:
        raise BadOption(f"{model!r} is not a model: write PROVIDER/MODEL, such as local/smollm2-135m")
    if provider in THROUGH_LITELLM:
        return "litellm", f"{THROUGH_LITELLM[provider]}/{name}"
    return provider, name


def check_model(model: str) -> None:
    """Raise `UnknownName` unless the model's provider is registered."""
    registry.load("models", split_model(model)[0])
