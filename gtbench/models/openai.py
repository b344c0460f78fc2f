"""Models behind the chat-completions protocol, through the official `openai` SDK.

    openai/MODEL        OpenAI, or any server at OPENAI_BASE_URL; key OPENAI_API_KEY
    openrouter/MODEL    OpenRouter; key OPENROUTER_API_KEY
    vllm/MODEL          a server of vLLM, on this machine unless VLLM_BASE_URL says otherwise
    ollama/MODEL        of Ollama; OLLAMA_BASE_URL
    lmstudio/MODEL      of LM Studio; LMSTUDIO_BASE_URL

Each of them may stand at an address of the agent's own, `openai/MODEL@http://HOST/PATH`, which is also what
the option `base_url` says; no provider's key is sent there, but GTBENCH_BASE_URL_KEY.

OpenAI's models that answer the responses protocol only are in `gtbench.models.responses`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gtbench.models import chat_protocol, network, sdk
from gtbench.models.request import Provider, split_address
from gtbench.models.told import of_sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai import AsyncOpenAI

    from gtbench.models.answers import Counts
    from gtbench.models.request import Model, Request
    from gtbench.records import Message

OFFICIAL_HOST = "api.openai.com"

RESPONSES_ONLY = re.compile(r"(o\d|gpt-[\d.]+)-pro\b|codex|deep-research|daybreak|computer-use")
"""OpenAI's models that the chat protocol does not serve."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that speaks the protocol: where it is, and whether it wants a key.

    Its address can be set by PROVIDER_BASE_URL, its key by PROVIDER_API_KEY.
    """

    provider: str
    about: str
    address: str
    key_needed: bool = True

    def needs(self) -> str:
        """What is missing yet."""
        if self.key_needed:
            return sdk.needs_key(f"{self.provider.upper()}_API_KEY")
        return sdk.needs_server(f"{self.provider.upper()}_BASE_URL", self.address)

    def connect(self, name: str) -> Model:
        """The model of that name; no request is made.

        Raises:
            MissingKey: The server needs a key, and it is not set.
            UserError: The key or the address cannot be right.
        """
        plain, given = split_address(name)
        key, address = (f"{self.provider.upper()}_{what}" for what in ("API_KEY", "BASE_URL"))
        if given:
            key = sdk.OWN_KEY
        else:
            sdk.check_environment(f"{self.provider}/{name}", key if self.key_needed else None, address)
        import httpx
        from openai import AsyncOpenAI, DefaultAioHttpClient

        url = given or os.environ.get(address) or self.address
        client = AsyncOpenAI(
            api_key=sdk.key_in(key) or "none-needed",
            base_url=url,
            max_retries=0,
            http_client=network.client(DefaultAioHttpClient, httpx, url),
        )
        if self.provider == "openai" and RESPONSES_ONLY.search(plain):
            from gtbench.models.responses import ResponsesModel

            return ResponsesModel(f"{self.provider}/{name}", client, key)
        return OpenAIModel(f"{self.provider}/{name}", client, key)


def _provider(server: Server) -> Provider:
    """A server as it is registered."""
    return Provider(server.about, server.connect, server.needs, takes_address=True)


OPENAI = _provider(
    Server("openai", "OpenAI's, or any server's at OPENAI_BASE_URL", f"https://{OFFICIAL_HOST}/v1")
)
OPENROUTER = _provider(Server("openrouter", "OpenRouter's", "https://openrouter.ai/api/v1"))
VLLM = _provider(Server("vllm", "a vLLM server's", "http://127.0.0.1:8000/v1", key_needed=False))
OLLAMA = _provider(Server("ollama", "an Ollama server's", "http://127.0.0.1:11434/v1", key_needed=False))
LMSTUDIO = _provider(
    Server("lmstudio", "an LM Studio server's", "http://127.0.0.1:1234/v1", key_needed=False)
)


class OpenAIModel(sdk.SdkModel):
    """One model of a server that speaks the OpenAI protocol."""

    takes = sdk.SdkModel.takes | {
        "seed", "reasoning_effort", "logprobs", "top_logprobs", "n", "schema", "tool",
    }  # fmt: skip

    def __init__(self, model: str, client: AsyncOpenAI, key_variable: str) -> None:
        import openai
        from httpx import Response

        super().__init__(model, of_sdk(openai), key_variable, client.base_url)
        self._name, self._client = split_address(model.partition("/")[2])[0], client
        self._response = Response

    def settings(self, request: Request) -> dict[str, Any]:
        # OpenAI deprecates the name that every other server knows
        limit = "max_completion_tokens" if is_official(self._client.base_url.host) else "max_tokens"
        return chat_protocol.said(request, limit) | {"seed": request.seed}

    async def send(
        self, messages: Sequence[Message], settings: dict[str, Any], seconds: float
    ) -> tuple[Any, Mapping[str, str]]:
        prompt = [{"role": message.role, "content": message.content} for message in messages]
        body = {"model": self._name, "messages": prompt, **settings}
        return await sdk.post(self._client, "/chat/completions", body, seconds, self._response)

    def usage(self, answer: Any) -> Counts:
        return chat_protocol.usage(answer)

    def read(self, answer: Any) -> dict[str, Any]:
        return chat_protocol.read(answer)

    async def aclose(self) -> None:
        await self._client.close()


def is_official(host: str) -> bool:
    """Whether a server is OpenAI's own; it has others for regions, such as eu.api.openai.com."""
    return host == OFFICIAL_HOST or host.endswith(f".{OFFICIAL_HOST}")
