"""Models behind the chat-completions protocol, through the official `openai` SDK.

The key comes from OPENAI_API_KEY, another server's address from OPENAI_BASE_URL. Waiting and trying again
after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.models import sdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import AsyncOpenAI

    from gtbench.models import Sampling
    from gtbench.records import Finish, Message

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


class OpenAIModel(sdk.SdkModel):
    """One model of a server that speaks the OpenAI protocol."""

    def __init__(self, name: str, client: AsyncOpenAI) -> None:
        import openai

        super().__init__(f"openai/{name}", openai, KEY, client.base_url)
        self._name, self._client = name, client

    def settings(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        settings = sampling.said() | {"seed": seed}
        if self._client.base_url.host == OFFICIAL_HOST:  # deprecates the name that every other server knows
            settings["max_completion_tokens"] = settings.pop("max_tokens")
        return settings

    async def request(self, messages: Sequence[Message], settings: dict[str, Any]) -> dict[str, Any]:
        prompt: Any = [message.model_dump() for message in messages]
        return read(await self._client.chat.completions.create(model=self._name, messages=prompt, **settings))

    def is_refusal(self, error: Exception) -> bool:
        return getattr(error, "code", None) == "content_filter"

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
