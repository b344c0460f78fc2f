"""Models behind the chat-completions protocol, through the official `openai` SDK.

The key comes from OPENAI_API_KEY, another server's address from OPENAI_BASE_URL. Waiting and trying again
after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from gtbench.errors import MissingKey, ProviderFailure, ProviderRejection
from gtbench.records import Call, Finish, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import AsyncOpenAI, OpenAIError
    from openai.types.chat import ChatCompletion

    from gtbench.models import Sampling

OFFICIAL_HOST = "api.openai.com"
MAX_RETRIES = 4  # of the SDK, with exponential backoff from half a second; Retry-After is honoured


def connect(name: str) -> OpenAIModel:
    """The model of that name; no request is made.

    Raises:
        MissingKey: OPENAI_API_KEY is not set.
    """
    if not os.environ.get("OPENAI_API_KEY"):
        raise MissingKey(f"openai/{name}", "OPENAI_API_KEY")
    from openai import AsyncOpenAI, DefaultAioHttpClient

    return OpenAIModel(name, AsyncOpenAI(max_retries=MAX_RETRIES, http_client=DefaultAioHttpClient()))


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
        return Call(
            model=f"openai/{self.name}",
            messages=tuple(messages),
            settings=settings,
            # a lone surrogate is no text and would fit into no log
            reply=reply.encode("utf-8", "replace").decode(),
            finish=finish,
            served_by=served_by,
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            seconds=time.perf_counter() - started,
        )

    async def _request(
        self, messages: Sequence[Message], settings: dict[str, Any]
    ) -> tuple[str, Finish, str, tuple[int, int]]:
        """One request: reply, why it ended, the server's name of the model, tokens in and out."""
        import openai

        where = f"openai/{self.name}"
        try:
            prompt: Any = [message.model_dump() for message in messages]
            completion = await self._client.chat.completions.create(
                model=self.name, messages=prompt, **settings
            )
        except openai.OpenAIError as error:
            if getattr(error, "code", None) == "content_filter":
                return "", "refused", "", (0, 0)
            raise _explain(error, where) from error
        except ValueError as error:  # a body that is no JSON
            raise ProviderFailure(f"{where} sent an answer that cannot be read: {_line(error)}") from error
        return _read(completion, where)

    async def aclose(self) -> None:
        await self._client.close()


def _read(completion: ChatCompletion, where: str) -> tuple[str, Finish, str, tuple[int, int]]:
    """The parts of a completion that matter here."""
    choices = getattr(completion, "choices", None)
    if not choices:
        raise ProviderFailure(f"{where} sent an answer without a choice")
    message, usage = choices[0].message, completion.usage
    finish: Finish = "stop"
    if choices[0].finish_reason == "content_filter" or message.refusal:
        finish = "refused"
    elif choices[0].finish_reason == "length":
        finish = "length"
    tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
    return message.content or message.refusal or "", finish, completion.model or "", tokens


def _explain(error: OpenAIError, where: str) -> ProviderRejection | ProviderFailure:
    """What the user can fix, told from what the world did."""
    import openai

    code, reason = getattr(error, "code", None), _line(error)
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


def _line(error: BaseException) -> str:
    """An error's text on one line, not too long."""
    return " ".join(str(error).split())[:300]
