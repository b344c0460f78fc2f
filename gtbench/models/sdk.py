"""What the clients on official SDKs share: keys, addresses, and what an SDK's exceptions mean.

The openai and anthropic SDKs are made by the same generator, and litellm raises the openai SDK's exceptions,
so one reading of them serves all three.
"""

from __future__ import annotations

import os
import socket
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gtbench.errors import MissingKey, ProviderFailure, ProviderRejection, UserError
from gtbench.models import prices
from gtbench.records import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.models import Sampling
    from gtbench.records import Message

MAX_RETRIES = 4
"""How often an SDK tries again, with exponential backoff from half a second; Retry-After is honoured."""

PASSING = (
    "RateLimitError",
    "InternalServerError",
    "RequestTimeoutError",
    "ConflictError",
    "APIResponseValidationError",
)
"""Status errors that may be gone at the next try."""


def check_environment(model: str, key_variable: str | None, address_variable: str) -> None:
    """Check the variables that an SDK reads, before anything is asked; a server may need no key.

    Raises:
        MissingKey: There is no key.
        UserError: The key or the address cannot be right.
    """
    address = os.environ.get(address_variable)
    if key_variable:
        key = os.environ.get(key_variable)
        if not key:
            raise MissingKey(model, key_variable)
        if not (key.isascii() and key.isprintable()):
            raise UserError(f"{key_variable} is no key: it has characters that none has")
    if address is not None and not _is_address(address):
        raise UserError(f"{address_variable} is no address: {address!r} is not of the form http://HOST/PATH")


def needs_key(variable: str) -> str:
    """What is missing where the key stands in this variable."""
    return "" if os.environ.get(variable) else f"{variable} is not set"


def needs_server(address: str) -> str:
    """What is missing where a server of the user's own is to listen."""
    parts = urlsplit(address)
    try:
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=0.5):
            return ""
    except OSError:
        return f"no server at {address}"


def _is_address(text: str) -> bool:
    """Whether this can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class SdkModel(ABC):
    """A model behind an SDK; see `gtbench.models.Model`. A subclass says how one request is made and read.

    Args:
        model: `PROVIDER/MODEL`.
        sdk: The SDK's module, which holds the classes of its exceptions.
        key_variable: The variable that holds the key, or words for it.
        url: The server's address; None where the SDK chooses one by the model.
    """

    takes_grammar = False
    takes = frozenset({"temperature", "top_p", "max_tokens", "stop", "timeout", "extra"})

    def __init__(self, model: str, sdk: Any, key_variable: str, url: Any = None) -> None:
        self.model, self._sdk, self._key_variable = model, sdk, key_variable
        # without user and password, if it has them
        self._endpoint = f"{url.scheme}://{url.netloc.decode()}{url.path}" if url else ""

    @property
    def priced(self) -> bool:
        return self._cost({}) is not None

    def _cost(self, answer: dict[str, Any]) -> float | None:
        """What an answer costs, by the fields of its call."""
        tokens = {name: answer.get(name, 0) for name in ("input_tokens", "cached_tokens", "output_tokens")}
        return prices.cost(self.model, self._endpoint, **tokens)

    @abstractmethod
    def settings(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        """What is sent beside the messages, in the protocol's words."""

    @abstractmethod
    async def request(self, messages: Sequence[Message], settings: dict[str, Any]) -> dict[str, Any]:
        """The fields of a `Call` that one answer gives; any exception means that there was none."""

    def is_refusal(self, error: Exception) -> bool:
        """Whether the provider declined to answer this prompt: the player's fault `refused`, no failure."""
        return False

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        if grammar is not None:
            raise ProviderRejection(f"{self.model} takes no grammar")
        settings = self.settings(sampling, seed)
        started = time.perf_counter()
        try:
            answer = await self.request(messages, settings)
        except Exception as error:
            if not self.is_refusal(error):
                raise self._explained(error) from error
            answer = {"reply": "", "finish": "refused"}
        return Call(
            model=self.model,
            messages=tuple(messages),
            settings=settings,
            endpoint=self._endpoint,
            seconds=time.perf_counter() - started,
            cost=self._cost(answer),
            **answer,
        )

    def _explained(self, error: Exception) -> ProviderRejection | ProviderFailure:
        """What the user can fix, told from what the world did."""
        sdk, model = self._sdk, self.model
        code, body = getattr(error, "code", None), getattr(error, "body", None)
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            body = body["error"]
        reason = line((body.get("message") if isinstance(body, dict) else None) or error)
        if code == "insufficient_quota":
            return ProviderRejection(f"{model}: the account has no quota left")
        if code == "context_length_exceeded":
            return ProviderFailure(f"{model}: the prompt is longer than the model reads")
        if isinstance(error, sdk.AuthenticationError):
            return ProviderRejection(
                f"{model} does not accept the key: check {self._key_variable} ({reason})"
            )
        passing = tuple(getattr(sdk, name) for name in PASSING if hasattr(sdk, name))
        if isinstance(error, sdk.APIStatusError) and not isinstance(error, passing):
            return ProviderRejection(f"{model} refused the request: {reason}")
        if isinstance(error, sdk.APIConnectionError):  # its own text does not say what happened
            what = f"cannot be reached: {line(error.__cause__ or error)}"
        elif isinstance(error, sdk.APIError):
            what = f"failed: {reason}"
        else:
            what = f"sent an answer that cannot be read: {line(error)}"
        return ProviderFailure(f"{model} {what}")


def clean(text: str) -> str:
    """A reply as text: a lone surrogate is none, and would fit into no log."""
    return text.encode("utf-8", "replace").decode()


def line(said: object) -> str:
    """What an error says on one line, not too long."""
    return " ".join(str(said).split())[:300]
