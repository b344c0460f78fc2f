"""What the clients on official SDKs share: keys, addresses, and what an SDK's exceptions mean.

The openai and anthropic SDKs are made by the same generator, and litellm raises the openai SDK's exceptions,
so one reading of them serves all three.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from gtbench.errors import MissingKey, ProviderFailure, ProviderRejection, UserError

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


def check_environment(model: str, key_variable: str, address_variable: str) -> None:
    """Check the variables that an SDK reads, before anything is asked.

    Raises:
        MissingKey: There is no key.
        UserError: The key or the address cannot be right.
    """
    key, address = os.environ.get(key_variable), os.environ.get(address_variable)
    if not key:
        raise MissingKey(model, key_variable)
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"{key_variable} is no key: it has characters that none has")
    if address is not None and not _is_address(address):
        raise UserError(f"{address_variable} is no address: {address!r} is not of the form http://HOST/PATH")


def _is_address(text: str) -> bool:
    """Whether this can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def endpoint(url: Any) -> str:
    """A server's address as it is logged, without user and password."""
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


def clean(text: str) -> str:
    """A reply as text: a lone surrogate is none, and would fit into no log."""
    return text.encode("utf-8", "replace").decode()


def explain(error: Exception, sdk: Any, model: str, key_variable: str) -> ProviderRejection | ProviderFailure:
    """What the user can fix, told from what the world did.

    Args:
        error: What was raised while a request was made or its answer read.
        sdk: The SDK's module, which holds the classes of its exceptions.
        model: `PROVIDER/MODEL`.
        key_variable: The variable that holds the key.
    """
    code, body = getattr(error, "code", None), getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    reason = line((body.get("message") if isinstance(body, dict) else None) or error)
    if code == "insufficient_quota":
        return ProviderRejection(f"{model}: the account has no quota left")
    if code == "context_length_exceeded":
        return ProviderFailure(f"{model}: the prompt is longer than the model reads")
    if isinstance(error, sdk.AuthenticationError):
        return ProviderRejection(f"{model} does not accept the key: check {key_variable} ({reason})")
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


def line(said: object) -> str:
    """What an error says on one line, not too long."""
    return " ".join(str(said).split())[:300]
