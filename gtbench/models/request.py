"""Language models: one protocol, one file per SDK, imported when a model of that provider is named.

A `Provider` is registered under `gtbench.models`; its `connect` checks all that can be checked without a paid
call. One `Model` serves a whole run (see `gtbench.models.pool`); each player asks it through a `Chat`, which
adds the agent's sampling settings and a seed for each call, and keeps every answer in the match's journal.
"""

from __future__ import annotations

import asyncio
import json
import re
from bisect import bisect
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from gtbench import registry
from gtbench.clock import Clock
from gtbench.errors import BadOption, ProviderFailure, foremost, suggestion
from gtbench.models.sound import sound_message
from gtbench.pulse import Holder, Steps
from gtbench.records import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gtbench.records import Call, Sample, Try

TIMEOUT = 600.0
"""Seconds of one try, unless an agent says otherwise."""
DEADLINE = 1800.0
"""Seconds of a call with all its tries, unless an agent says otherwise.

Waiting for a turn is not counted, unless the provider asks to be left alone meanwhile.
"""

MOST_TOKENS = 10_000_000
"""No model reads or writes more at once: a larger count is none."""

PATIENCE = {"timeout", "deadline", "tries"}
"""The settings of `Sampling` that no answer depends on."""
FIELDS = {"omit", "max_tokens_field"}
"""Those that say how the others are sent."""
OWN = {"model", "messages", "input", "system", "timeout", "num_retries", "max_retries"}
"""The fields that a request has beside the settings, in any protocol or library: no option gives them."""


_FIELD = r"[A-Za-z_]\w*"
"""The name of a field of a request."""


class Sampling(BaseModel):
    """How a model is to be sampled; what is left out is the provider's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 1024  # the paper's limit, for each reply
    stop: Annotated[str, Field(min_length=1)] | None = None  # ends a reply where it would come
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None  # in place of one of the match's own
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    logprobs: bool | None = None  # whether each token's log-probability is wanted
    top_logprobs: Annotated[int, Field(ge=1, le=20)] | None = None  # and those of so many likely ones
    timeout: Annotated[float, Field(gt=0)] | None = None  # seconds of one try
    deadline: Annotated[float, Field(gt=0)] | None = None  # seconds of a call with all its tries
    tries: Annotated[int, Field(ge=1)] | None = None  # how often a request is sent that fails
    omit: Annotated[str, Field(pattern=rf"^{_FIELD}(;{_FIELD})*$")] | None = None  # fields that are not sent
    max_tokens_field: Annotated[str, Field(pattern=f"^{_FIELD}$")] | None = None  # what max_tokens is called
    extra: dict[str, JsonValue] = {}  # the provider's own fields, written x_NAME in an agent string

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

    @property
    def omitted(self) -> frozenset[str]:
        """The fields that are not sent, by the protocol's names."""
        return frozenset(self.omit.split(";") if self.omit else ())

    def said(self, limit: str = "max_tokens") -> dict[str, Any]:
        """The settings to be sent, the provider's own among them; the seed is each request's.

        Args:
            limit: What the protocol calls `max_tokens`.
        """
        apart = {"seed", "extra", "max_tokens", *FIELDS, *PATIENCE}
        settings = self.model_dump(exclude_none=True, exclude=apart)
        return settings | {self.max_tokens_field or limit: self.max_tokens} | self.extra


@dataclass(frozen=True, slots=True)
class Shape:
    """The form that a reply must have."""

    grammar: str | None = None
    """A GBNF grammar that it fits."""
    schema: str | None = None
    """A JSON schema, as JSON, that it fits."""
    tool: str | None = None
    """The name of a tool that it calls; the schema is then that of the call's argument."""


FREE = Shape()
"""Any text."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model."""

    messages: tuple[Message, ...]
    sampling: Sampling
    index: int
    """Which of all the samples of these messages it is: no two requests of a match have the same."""
    n: int = 1
    """How many replies are wanted."""
    shape: Shape = FREE
    """The form that each reply must have."""

    @property
    def seed(self) -> int:
        """What the provider is to draw its luck from."""
        return self.index if self.sampling.seed is None else self.sampling.seed

    def key(self, model: str) -> str:
        """A digest of all that determines the answer: equal requests have equal keys."""
        said = self.sampling.model_dump(exclude=PATIENCE, exclude_none=True)
        messages = [(message.role, message.content) for message in self.messages]
        asked = [model, messages, said, self.index, self.n, self.shape.grammar]
        asked += [self.shape.schema, self.shape.tool] if self.shape.schema else []
        return blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models come from."""

    about: str
    """In a few words, what MODEL is in PROVIDER/MODEL."""
    connect: Callable[[str], Model]
    """The connection to a model by its name; raises a `UserError` for what is wrong or missing."""
    needs: Callable[[], str]
    """What is missing yet, in a few words; empty where nothing is."""
    takes_address: bool = False
    """Whether its models may stand at an address of the agent's own: `MODEL@http://HOST/PATH`."""


class Model(Protocol):
    """A connection to one language model, shared by all the players of a run."""

    @property
    def model(self) -> str:
        """`PROVIDER/MODEL`."""
        ...

    @property
    def takes(self) -> frozenset[str]:
        """What can be asked of it: fields of `Sampling`, fields of `Shape`, and "n", several replies at once.

        A setting that it does not take is an error, never dropped. One that takes "omit" is an `Omitting`.
        """
        ...

    @property
    def priced(self) -> bool:
        """Whether it is known what a call costs."""
        ...

    async def complete(self, request: Request) -> Call:
        """The answer to a request.

        Raises:
            ProviderFailure: The provider failed; the match is void.
            ProviderRejection: The provider will refuse every such call; the run stops.
            Exception: Any other is taken for a `ProviderFailure`, as is what is no sound `Call`.
        """
        ...

    async def aclose(self) -> None:
        """Release what the connection holds."""
        ...


class Omitting(Model, Protocol):
    """A model that leaves fields out of its requests where `Sampling.omit` names them."""

    def sends(self, sampling: Sampling) -> frozenset[str]:
        """The fields that its requests with these settings can have, whatever the form of the reply."""
        ...


@dataclass(slots=True)
class Journal:
    """All that one seat has asked of its model in a match, whatever became of the match."""

    calls: list[Call] = field(default_factory=list)
    """In the order in which they were asked for."""
    failed: list[Try] = field(default_factory=list)
    """The requests that were given up."""
    clock: Clock = field(default_factory=Clock)
    """The seat's own time, which stands still while its model is asked."""
    broken: Exception | None = None
    """What kept its model, or its program, from answering: not the player's doing, whatever its code makes
    of it. Of several errors it is the foremost."""

    def broke(self, error: Exception) -> None:
        """Note what keeps the seat's model, or its program, from answering."""
        self.broken = error if self.broken is None else foremost([self.broken, error])


@dataclass(slots=True)
class Chat:
    """A model as one player sees it: with the player's settings, and a seed of its own for each request."""

    model: Model
    sampling: Sampling
    seed: int
    journal: Journal = field(default_factory=Journal)
    spent: int = 0
    """The tokens of all replies so far, hidden reasoning included; an uncounted one has its limit's."""
    _asked: int = 0
    _answered: list[int] = field(default_factory=list)
    """Which of its requests the calls in the journal are."""
    _holder: Holder = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._holder = Holder(self.model.model)
        for name in sorted(self.sampling.named() - self.model.takes):
            raise BadOption(f"{self.model.model} takes no {name}: drop the option")
        said = self.sampling.omitted or self.sampling.extra or self.sampling.max_tokens_field
        if said and "omit" in self.model.takes:
            self._check_fields(cast("Omitting", self.model))

    def _check_fields(self, model: Omitting) -> None:
        """Raise a BadOption where an option leaves out a field that no request has, or says one again."""
        said = self.sampling
        sent = model.sends(said.model_copy(update={"extra": {}}))
        for name in sorted(said.omitted - sent):
            known = suggestion(name, sent, listed=True)
            raise BadOption(f"omit={said.omit}: {model.model} is sent no field {name!r}{known}")
        for name in sorted(said.extra.keys() & (sent | OWN)):
            raise BadOption(
                f"x_{name}: gtbench itself sends {model.model} the field {name!r}: drop the option"
            )
        others = model.sends(said.model_copy(update={"extra": {}, "max_tokens_field": "\0"})) - said.omitted
        if said.max_tokens_field in others | OWN:
            name = said.max_tokens_field
            raise BadOption(
                f"max_tokens_field={name}: {model.model} is sent another field {name!r}: name the limit's own"
            )

    async def ask(
        self, messages: Sequence[Message], *, shape: Shape = FREE, max_tokens: int | None = None
    ) -> Sample:
        """One reply to the messages; see `sample`."""
        (sample,) = await self.sample(messages, 1, shape=shape, max_tokens=max_tokens)
        return sample

    async def sample(
        self, messages: Sequence[Message], n: int, *, shape: Shape = FREE, max_tokens: int | None = None
    ) -> tuple[Sample, ...]:
        """Several replies to the same messages, each drawn by itself.

        They come of one request where the provider gives several, and otherwise of as many at once; both are
        the same to the caller. See `Model.complete` for what it raises.

        Args:
            messages: The prompt.
            n: How many replies.
            shape: The form that each must have.
            max_tokens: The limit of each, where it is below that of the player's settings.

        Raises:
            TypeError: The messages are none.
            ValueError: A number is below 1.
        """
        if not messages or not all(isinstance(message, Message) for message in messages):
            raise TypeError("a model is asked with a list of gtbench.records.Message")
        if n < 1 or (max_tokens is not None and max_tokens < 1):
            raise ValueError(
                f"a model gives replies and tokens from 1 on, not n={n}, max_tokens={max_tokens}"
            )
        sampling = self.sampling
        if max_tokens is not None and max_tokens < sampling.max_tokens:
            sampling = sampling.model_copy(update={"max_tokens": max_tokens})
        request = Request(tuple(map(sound_message, messages)), sampling, 0, n, shape)
        found: tuple[Sample, ...] = ()
        if n > 1 and "n" in self.model.takes - sampling.omitted:
            found = await self._complete(request)
        if n - len(found) == 1:
            return found + await self._complete(replace(request, n=1))
        rest = [self._complete(replace(request, n=1)) for _ in range(n - len(found))]
        for outcome in await asyncio.gather(*rest, return_exceptions=True):  # all are waited for: they count
            if isinstance(outcome, BaseException):
                raise outcome  # the journal has the others
            found += outcome
        return found

    async def _complete(self, request: Request) -> tuple[Sample, ...]:
        """The samples of one request, which gets an index of its own and is kept in the journal."""
        asked = self._asked
        index = (self.seed + asked) % (1 << 31)
        self._asked += 1
        try:
            with self.journal.clock.stopped():
                call: Call = await Steps(self._call(replace(request, index=index)), self._holder)
        except Exception as error:
            self.journal.broke(error)
            if isinstance(error, ProviderFailure):
                self.journal.failed += error.tries
            raise
        place = bisect(self._answered, asked)  # requests at once are answered in any order
        self._answered.insert(place, asked)
        self.journal.calls.insert(place, call)
        written = any(sample.reply or sample.finish == "length" for sample in call.samples)
        self.spent += call.output_tokens or (request.sampling.max_tokens * request.n if written else 0)
        return call.samples[: request.n]

    async def _call(self, request: Request) -> Call:
        """What the model answers, whatever its `complete` is that can be awaited."""
        return await self.model.complete(request)


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


_ADDRESSED = re.compile(r"(?P<name>.*?)@(?P<address>https?:.*)")


_SCHEMELESS = re.compile(r".*@(?P<address>(localhost|[\w.-]+:[1-9]\d*)(/.*)?)")
"""What is no part of a model's name, though providers have names such as claude@20240101 and nova-v1:0."""


def split_address(name: str) -> tuple[str, str | None]:
    """A model's name without the address that an agent gave it, and that address."""
    found = _ADDRESSED.fullmatch(name)
    return (found["name"], found["address"]) if found else (name, None)


def is_address(text: str) -> bool:
    """Whether this can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def check_model(model: str) -> None:
    """Check what can be checked of a model without connecting to it.

    Raises:
        UnknownName: Its provider is not registered.
        BadOption: It has an address, and the provider takes none or the address is none.
    """
    provider, name = split_model(model)
    found = registry.load("models", provider)
    _, address = split_address(name)
    if address is None:
        if found.takes_address and (meant := _SCHEMELESS.fullmatch(name)):
            raise BadOption(f"{meant['address']} in {model} is no address: write http://{meant['address']}")
        return
    if not found.takes_address:
        raise BadOption(
            f"{provider} takes no base_url: it is for servers of OpenAI's or Anthropic's protocol"
        )
    if not is_address(address) or "@" in address:  # a password would stand in every log
        raise BadOption(f"base_url={address.rpartition('@')[2]} is not of the form http://HOST/PATH")
