"""Anthropic's models behind the messages protocol, through the official `anthropic` SDK.

The key comes from ANTHROPIC_API_KEY, another server's address from ANTHROPIC_BASE_URL. The protocol takes no
seed. Waiting and trying again after a throttled or failed request is left to the SDK.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gtbench.errors import ProviderRejection
from gtbench.models import sdk
from gtbench.records import Call, Finish, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anthropic import AsyncAnthropic

    from gtbench.models import Sampling

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


class AnthropicModel:
    """One model of a server that speaks Anthropic's protocol; see `gtbench.models.Model`."""

    takes_grammar = False

    def __init__(self, name: str, client: AsyncAnthropic) -> None:
        self.model, self._name, self._client = f"anthropic/{name}", name, client

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, *, seed: int, grammar: str | None
    ) -> Call:
        if grammar is not None:
            raise ProviderRejection(f"{self.model} takes no grammar")
        import anthropic

        settings = sampling.said()
        prompt: Any = [m.model_dump() for m in messages if m.role != "system"]
        started = time.perf_counter()
        try:
            message = await self._client.messages.create(
                model=self._name,
                max_tokens=sampling.max_tokens,
                system="\n\n".join(m.content for m in messages if m.role == "system"),
                messages=prompt,
                # the SDK has no arguments for these, which only some models take
                extra_body={key: value for key, value in settings.items() if key != "max_tokens"},
            )
            answer = _read(message)
        except (anthropic.AnthropicError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise sdk.explain(error, anthropic, self.model, KEY) from error
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


def _read(message: Any) -> dict[str, Any]:
    """The fields of a `Call` that a message gives; any exception means that it is no message."""
    usage = message.usage
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return {
        "reply": sdk.clean("".join(block.text for block in message.content if block.type == "text")),
        "finish": FINISHES[message.stop_reason],
        "served_by": str(message.model or ""),
        "input_tokens": usage.input_tokens + cached,
        "output_tokens": usage.output_tokens,
    }
