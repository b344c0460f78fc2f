"""Models behind the chat-completions protocol, through the official `openai` SDK.

The key comes from OPENAI_API_KEY, another server's address from OPENAI_BASE_URL. Waiting and trying again
after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gtbench.errors import ProviderRejection
from gtbench.models import sdk
from gtbench.records import Call, Finish, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import AsyncOpenAI

    from gtbench.models import Sampling

KEY = "OPENAI_API_KEY"
OFFICIAL_HOST = "api.openai.com"

FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "refused",
    "tool_calls": "stop",
    "function_call": "stop",
}
"""The protocol's reasons for an end; any other is the server's failure, not the player's."""


def connect(name: str) -> OpenAIModel:
    """The model of that name; no request is made.

    Raises:
        MissingKey: OPENAI_API_KEY is not set.
        UserError: It, or OPENAI_BASE_URL, cannot be right.
    """
    sdk.check_environment(f"openai/{name}", KEY, "OPENAI_BASE_URL")
    from openai import AsyncOpenAI, DefaultAioHttpClient

    return OpenAIModel(name, AsyncOpenAI(max_retries=sdk.MAX_RETRIES, http_client=DefaultAioHttpClient()))


class OpenAIModel:
    """One model of a server that speaks the OpenAI protocol; see `gtbench.models.Model`."""

    takes_grammar = False

    def __init__(self, name: str, client: AsyncOpenAI) -> None:
        self.model, self._name, self._client = f"openai/{name}", name, client

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        if grammar is not None:
            raise ProviderRejection(f"{self.model} takes no grammar")
        import openai

        settings = sampling.said() | {"seed": seed}
        if self._client.base_url.host == OFFICIAL_HOST:  # deprecates the name that every other server knows
            settings["max_completion_tokens"] = settings.pop("max_tokens")
        started = time.perf_counter()
        try:
            prompt: Any = [message.model_dump() for message in messages]
            completion = await self._client.chat.completions.create(
                model=self._name, messages=prompt, **settings
            )
            answer = read(completion)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError) as error:
            if getattr(error, "code", None) != "content_filter":
                raise sdk.explain(error, openai, self.model, KEY) from error
            answer = {"reply": "", "finish": "refused"}
        return Call(
            model=self.model,
            messages=tuple(messages),
            settings=settings,
            endpoint=sdk.endpoint(self._client.base_url),
            seconds=time.perf_counter() - started,
            **answer,
        )

    async def aclose(self) -> None:
        await self._client.close()


def read(completion: Any) -> dict[str, Any]:
    """The fields of a `Call` that a completion gives; any exception means that it is no completion."""
    choice, usage = completion.choices[0], completion.usage
    refusal = getattr(choice.message, "refusal", None)  # litellm leaves it out where there is none
    return {
        "reply": sdk.clean(choice.message.content or refusal or ""),
        "finish": "refused" if refusal else FINISHES[choice.finish_reason],
        "served_by": str(completion.model or ""),
        "input_tokens": int(usage.prompt_tokens or 0) if usage else 0,
        "output_tokens": int(usage.completion_tokens or 0) if usage else 0,
    }
