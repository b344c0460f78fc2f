"""Models behind the chat-completions protocol, through the official `openai` SDK.

The key comes from OPENAI_API_KEY, another server's address from OPENAI_BASE_URL. Waiting and trying again
after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gtbench.errors import MissingKey, ProviderFailure, ProviderRejection, UserError
from gtbench.records import Call, Finish, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import AsyncOpenAI, OpenAIError

    from gtbench.models import Sampling

OFFICIAL_HOST = "api.openai.com"
FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "refused",
    "tool_calls": "stop",
    "function_call": "stop",
}
"""The protocol's reasons for an end; any other is the server's failure, not the player's."""

MAX_RETRIES = 4  # of the SDK, with exponential backoff from half a second; Retry-After is honoured


def connect(name: str) -> OpenAIModel:
    """The model of that name; no request is made.

    Raises:
        MissingKey: OPENAI_API_KEY is not set.
        UserError: It, or OPENAI_BASE_URL, cannot be right.
    """
    if not os.environ.get("OPENAI_API_KEY"):
        raise MissingKey(f"openai/{name}", "OPENAI_API_KEY")
    key, address = os.environ["OPENAI_API_KEY"], os.environ.get("OPENAI_BASE_URL")
    if not (key.isascii() and key.isprintable()):
        raise UserError("OPENAI_API_KEY is no key: it has characters that none has")
    if address is not None and not _is_address(address):
        raise UserError(f"OPENAI_BASE_URL is no address: {address!r} is not of the form http://HOST/PATH")
    from openai import AsyncOpenAI, DefaultAioHttpClient

    return OpenAIModel(name, AsyncOpenAI(max_retries=MAX_RETRIES, http_client=DefaultAioHttpClient()))


def _is_address(text: str) -> bool:
    """Whether this can be the address of a server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_Answer = tuple[str, Finish, str, tuple[int, int]]
"""Reply, why it ended, the server's own name of the model, tokens in and out."""


class OpenAIModel:
    """One model of a server that speaks the OpenAI protocol; see `gtbench.models.Model`."""

    takes_grammar = False

    def __init__(self, name: str, client: AsyncOpenAI) -> None:
        self.name, self._client = name, client

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        if grammar is not None:
            raise ProviderRejection(f"openai/{self.name} takes no grammar")
        settings = sampling.said() | {"seed": seed}
        if self._client.base_url.host == OFFICIAL_HOST:  # deprecates the name that every other server knows
            settings["max_completion_tokens"] = settings.pop("max_tokens")
        started = time.perf_counter()
        reply, finish, served_by, tokens = await self._request(messages, settings)
        url = self._client.base_url
        return Call(
            model=f"openai/{self.name}",
            messages=tuple(messages),
            settings=settings,
            reply=reply,
            finish=finish,
            endpoint=f"{url.scheme}://{url.netloc.decode()}{url.path}",
            served_by=served_by,
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            seconds=time.perf_counter() - started,
        )

    async def _request(self, messages: Sequence[Message], settings: dict[str, Any]) -> _Answer:
        """One request, tried again by the SDK where that may help."""
        import openai

        where = f"openai/{self.name}"
        try:
            prompt: Any = [message.model_dump() for message in messages]
            completion = await self._client.chat.completions.create(
                model=self.name, messages=prompt, **settings
            )
            return _read(completion)
        except openai.OpenAIError as error:
            if getattr(error, "code", None) == "content_filter":
                return "", "refused", "", (0, 0)
            raise _explain(error, where) from error
        except (
            ValueError,
            TypeError,
            AttributeError,
            LookupError,
        ) as error:  # no JSON, or not of this protocol
            raise ProviderFailure(f"{where} sent an answer that cannot be read: {_line(error)}") from error

    async def aclose(self) -> None:
        await self._client.close()


def _read(completion: Any) -> _Answer:
    """The parts of a completion that matter here; any exception means that it is none."""
    choice = completion.choices[0]
    text = choice.message.content or choice.message.refusal or ""
    finish = FINISHES[choice.finish_reason]
    if choice.message.refusal:
        finish = "refused"
    usage = completion.usage
    tokens = (int(usage.prompt_tokens or 0), int(usage.completion_tokens or 0)) if usage else (0, 0)
    # a lone surrogate is no text and would fit into no log
    return text.encode("utf-8", "replace").decode(), finish, str(completion.model or ""), tokens


def _explain(error: OpenAIError, where: str) -> ProviderRejection | ProviderFailure:
    """What the user can fix, told from what the world did."""
    import openai

    code, body = getattr(error, "code", None), getattr(error, "body", None)
    reason = _line((body.get("message") if isinstance(body, dict) else None) or error)
    if code == "insufficient_quota":
        return ProviderRejection(f"{where}: the account has no quota left")
    if code == "context_length_exceeded":
        return ProviderFailure(f"{where}: the prompt is longer than the model reads")
    if isinstance(error, openai.AuthenticationError):
        return ProviderRejection(f"{where} does not accept the key: check OPENAI_API_KEY ({reason})")
    if isinstance(error, openai.APIConnectionError):  # its own text does not say what happened
        return ProviderFailure(f"{where} cannot be reached: {_line(error.__cause__ or error)}")
    passing = (openai.RateLimitError, openai.InternalServerError, openai.APIResponseValidationError)
    if isinstance(error, openai.APIStatusError) and not isinstance(error, passing):
        return ProviderRejection(f"{where} refused the request: {reason}")
    return ProviderFailure(f"{where} failed: {reason}")


def _line(error: object) -> str:
    """What an error says on one line, not too long."""
    return " ".join(str(error).split())[:300]
