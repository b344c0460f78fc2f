"""Anthropic's models behind the messages protocol, through the official `anthropic` SDK.

The key comes from ANTHROPIC_API_KEY, another server's address from ANTHROPIC_BASE_URL. The protocol takes no
seed. Waiting and trying again after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.models import Provider, sdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anthropic import AsyncAnthropic

    from gtbench.models import Sampling
    from gtbench.records import Finish, Message

KEY = "ANTHROPIC_API_KEY"

FINISHES: dict[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}
"""The protocol's reasons for an end; any other is the server's failure, not the player's."""


def connect(name: str) -> AnthropicModel:
    """The model of that name; no request is made.

    Raises:
        MissingKey: ANTHROPIC_API_KEY is not set.
        UserError: It, or ANTHROPIC_BASE_URL, cannot be right.
    """
    sdk.check_environment(f"anthropic/{name}", KEY, "ANTHROPIC_BASE_URL")
    from anthropic import AsyncAnthropic, DefaultAioHttpClient

    client = AsyncAnthropic(max_retries=sdk.MAX_RETRIES, http_client=DefaultAioHttpClient())
    return AnthropicModel(name, client)


PROVIDER = Provider("Anthropic's, or any server's at ANTHROPIC_BASE_URL", connect, lambda: sdk.needs_key(KEY))


class AnthropicModel(sdk.SdkModel):
    """One model of a server that speaks Anthropic's protocol."""

    def __init__(self, name: str, client: AsyncAnthropic) -> None:
        import anthropic

        super().__init__(f"anthropic/{name}", anthropic, KEY, client.base_url)
        self._name, self._client = name, client

    def settings(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        settings = sampling.said()
        if "stop" in settings:
            settings["stop_sequences"] = [settings.pop("stop")]
        return settings

    async def request(self, messages: Sequence[Message], settings: dict[str, Any]) -> dict[str, Any]:
        from anthropic import NOT_GIVEN

        prompt: Any = [message.model_dump() for message in messages if message.role != "system"]
        raw = await self._client.messages.with_raw_response.create(
            model=self._name,
            max_tokens=settings["max_tokens"],
            timeout=settings.get("timeout", NOT_GIVEN),
            system="\n\n".join(message.content for message in messages if message.role == "system"),
            messages=prompt,
            # the SDK has no arguments for these, which only some models take
            extra_body={k: v for k, v in settings.items() if k not in ("max_tokens", "timeout")},
        )
        return _read(await raw.parse()) | {"retries": raw.retries_taken}

    async def aclose(self) -> None:
        await self._client.close()


def _read(message: Any) -> dict[str, Any]:
    """The fields of a `Call` that a message gives; any exception means that it is no message."""
    usage = message.usage
    written, cached = usage.cache_creation_input_tokens or 0, usage.cache_read_input_tokens or 0
    return {
        "reply": sdk.clean("".join(block.text for block in message.content if block.type == "text")),
        "finish": FINISHES[message.stop_reason],
        "served_by": str(message.model or ""),
        "input_tokens": usage.input_tokens + written + cached,
        "cached_tokens": cached,
        "output_tokens": usage.output_tokens,
    }
