"""Anthropic's models behind the messages protocol, through the official `anthropic` SDK.

The key comes from ANTHROPIC_API_KEY, another server's address from ANTHROPIC_BASE_URL. The protocol takes no
seed, and gives one reply a request.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from gtbench.models import answers, network, sdk
from gtbench.models.request import Provider, split_address
from gtbench.models.told import of_sdk
from gtbench.records import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anthropic import AsyncAnthropic

    from gtbench.models.answers import Counts
    from gtbench.models.request import Request, Shape
    from gtbench.records import Message

KEY = "ANTHROPIC_API_KEY"
ADDRESS = "ANTHROPIC_BASE_URL"
OFFICIAL = "https://api.anthropic.com"


def connect(name: str) -> AnthropicModel:
    """The model of that name; no request is made.

    Raises:
        MissingKey: ANTHROPIC_API_KEY is not set.
        UserError: It, or ANTHROPIC_BASE_URL, cannot be right.
    """
    _, address = split_address(name)
    if not address:
        sdk.check_environment(f"anthropic/{name}", KEY, ADDRESS)
    import httpx2
    from anthropic import AsyncAnthropic, DefaultAioHttpClient

    url = address or os.environ.get(ADDRESS) or OFFICIAL
    client = AsyncAnthropic(
        # the SDK's own reading of the environment, unless the address is the agent's
        api_key=(sdk.key_in(sdk.OWN_KEY) or "none-needed") if address else None,
        base_url=url,
        max_retries=0,
        http_client=network.client(DefaultAioHttpClient, httpx2, url),
    )
    return AnthropicModel(name, client)


PROVIDER = Provider(
    "Anthropic's, or any server's at ANTHROPIC_BASE_URL",
    connect,
    lambda: sdk.needs_key(KEY),
    takes_address=True,
)


class AnthropicModel(sdk.SdkModel):
    """One model of a server that speaks Anthropic's protocol."""

    takes = sdk.SdkModel.takes | {"schema", "tool"}

    def __init__(self, name: str, client: AsyncAnthropic) -> None:
        import anthropic
        from httpx2 import Response

        super().__init__(
            f"anthropic/{name}",
            of_sdk(anthropic),
            sdk.OWN_KEY if split_address(name)[1] else KEY,
            client.base_url,
        )
        self._name, self._client = split_address(name)[0], client
        self._response = Response

    def settings(self, request: Request) -> dict[str, Any]:
        settings = request.sampling.said()
        if "stop" in settings:
            settings["stop_sequences"] = [settings.pop("stop")]
        return settings | _shaped(request.shape)

    async def send(
        self, messages: Sequence[Message], settings: dict[str, Any], seconds: float
    ) -> tuple[Any, Mapping[str, str]]:
        body = {
            "model": self._name,
            "system": "\n\n".join(message.content for message in messages if message.role == "system"),
            "messages": [
                {"role": message.role, "content": message.content}
                for message in messages
                if message.role != "system"
            ],
            **settings,
        }
        return await sdk.post(self._client, "/v1/messages", body, seconds, self._response)

    def usage(self, answer: Any) -> Counts:
        counted = answer.usage or answers.Fields()
        written = answers.count(counted.cache_creation_input_tokens or 0)
        cached = answers.count(counted.cache_read_input_tokens or 0)
        return {  # the protocol counts the parts of the input
            "input_tokens": answers.total(answers.count(counted.input_tokens), written, cached),
            "cached_tokens": cached,
            answers.WRITTEN: written,
            "output_tokens": answers.count(counted.output_tokens),
        }

    def read(self, answer: Any) -> dict[str, Any]:
        text, refused = answers.spoken(answer.content)
        blocks = [] if isinstance(answer.content, str) else answer.content
        argument = answers.argument([block["input"] for block in blocks if block.type == "tool_use"])
        written = bool(text or argument)
        sample = Sample(
            reply=text or refused,
            finish="refused" if refused else answers.finish(answer.stop_reason, written=written),
            argument=argument,
        )
        return {"samples": (sample,), "served_by": str(answer.model or "")}

    async def aclose(self) -> None:
        await self._client.close()


def _shaped(shape: Shape) -> dict[str, Any]:
    """The form of a reply in the protocol's words."""
    if shape.schema is None:
        return {}
    schema = json.loads(shape.schema)
    if shape.tool is None:
        return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    return {
        "tools": [{"name": shape.tool, "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": shape.tool, "disable_parallel_tool_use": True},
    }
