"""Models behind the chat-completions protocol, through the official `openai` SDK.

    openai/MODEL        OpenAI, or any server at OPENAI_BASE_URL; key OPENAI_API_KEY
    openrouter/MODEL    OpenRouter; key OPENROUTER_API_KEY
    vllm/MODEL          a server of vLLM, on this machine unless VLLM_BASE_URL says otherwise
    ollama/MODEL        of Ollama; OLLAMA_BASE_URL
    lmstudio/MODEL      of LM Studio; LMSTUDIO_BASE_URL

Waiting and trying again after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gtbench.models import Provider, sdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai import AsyncOpenAI

    from gtbench.models import Sampling
    from gtbench.records import Finish, Message

OFFICIAL_HOST = "api.openai.com"

FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "refused",
    "tool_calls": "stop",
    "function_call": "stop",
}
"""The protocol's reasons for an end; any other is the server's failure, not the player's."""


NAMED = {
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "reasoning_effort",
    "timeout",
}  # fmt: skip
"""The SDK's own arguments; a provider's other fields go into the body beside them."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that speaks the protocol: where it is, and whether it wants a key.

    Its address can be set by PROVIDER_BASE_URL, its key by PROVIDER_API_KEY.
    """

    provider: str
    about: str
    address: str | None = None  # None: the SDK's own
    key_needed: bool = True

    def needs(self) -> str:
        """What is missing yet."""
        if self.key_needed:
            return sdk.needs_key(f"{self.provider.upper()}_API_KEY")
        return sdk.needs_server(os.environ.get(f"{self.provider.upper()}_BASE_URL") or str(self.address))

    def connect(self, name: str) -> OpenAIModel:
        """The model of that name; no request is made.

        Raises:
            MissingKey: The server needs a key, and it is not set.
            UserError: The key or the address cannot be right.
        """
        key, address = (f"{self.provider.upper()}_{what}" for what in ("API_KEY", "BASE_URL"))
        sdk.check_environment(f"{self.provider}/{name}", key if self.key_needed else None, address)
        from openai import AsyncOpenAI, DefaultAioHttpClient

        client = AsyncOpenAI(
            api_key=os.environ.get(key) or "none-needed",
            base_url=os.environ.get(address) or self.address,
            max_retries=sdk.MAX_RETRIES,
            http_client=DefaultAioHttpClient(),
        )
        return OpenAIModel(f"{self.provider}/{name}", client, key)


def _provider(server: Server) -> Provider:
    """A server as it is registered."""
    return Provider(server.about, server.connect, server.needs)


OPENAI = _provider(Server("openai", "OpenAI's, or any server's at OPENAI_BASE_URL"))
OPENROUTER = _provider(Server("openrouter", "OpenRouter's", "https://openrouter.ai/api/v1"))
VLLM = _provider(Server("vllm", "a vLLM server's", "http://127.0.0.1:8000/v1", key_needed=False))
OLLAMA = _provider(Server("ollama", "an Ollama server's", "http://127.0.0.1:11434/v1", key_needed=False))
LMSTUDIO = _provider(
    Server("lmstudio", "an LM Studio server's", "http://127.0.0.1:1234/v1", key_needed=False)
)


class OpenAIModel(sdk.SdkModel):
    """One model of a server that speaks the OpenAI protocol."""

    takes = sdk.SdkModel.takes | {"seed", "reasoning_effort"}

    def __init__(self, model: str, client: AsyncOpenAI, key_variable: str) -> None:
        import openai

        super().__init__(model, openai, key_variable, client.base_url)
        self._name, self._client = model.partition("/")[2], client

    def settings(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        settings = sampling.said() | {"seed": seed}
        if self._client.base_url.host == OFFICIAL_HOST:  # deprecates the name that every other server knows
            settings["max_completion_tokens"] = settings.pop("max_tokens")
        return settings

    async def request(self, messages: Sequence[Message], settings: dict[str, Any]) -> dict[str, Any]:
        prompt: Any = [message.model_dump() for message in messages]
        create = self._client.chat.completions.with_raw_response.create
        known = {name: value for name, value in settings.items() if name in NAMED}
        own = {name: value for name, value in settings.items() if name not in NAMED}
        raw = await create(model=self._name, messages=prompt, **known, extra_body=own or None)
        return read(raw.parse()) | {"retries": raw.retries_taken}

    def is_refusal(self, error: Exception) -> bool:
        return getattr(error, "code", None) == "content_filter"

    async def aclose(self) -> None:
        await self._client.close()


def read(completion: Any) -> dict[str, Any]:
    """The fields of a `Call` that a completion gives; any exception means that it is no completion."""
    choice, usage = completion.choices[0], completion.usage
    asked = getattr(usage, "prompt_tokens_details", None)
    answered = getattr(usage, "completion_tokens_details", None)
    refusal = getattr(choice.message, "refusal", None)  # litellm leaves it out where there is none
    return {
        "reply": sdk.clean(choice.message.content or refusal or ""),
        "finish": "refused" if refusal else FINISHES[choice.finish_reason],
        "served_by": str(completion.model or ""),
        "input_tokens": int(usage.prompt_tokens or 0) if usage else 0,
        "cached_tokens": int(getattr(asked, "cached_tokens", 0) or 0),
        "output_tokens": int(usage.completion_tokens or 0) if usage else 0,
        "reasoning_tokens": int(getattr(answered, "reasoning_tokens", 0) or 0),
        "fingerprint": str(getattr(completion, "system_fingerprint", None) or ""),
    }
