"""OpenAI's models behind the responses protocol, which some of them need, through the `openai` SDK.

The protocol takes no seed, no stop and gives one reply a request. Nothing is kept at the provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gtbench.models import sdk, split_address
from gtbench.models.openai import tokens
from gtbench.records import Sample
from gtbench.text import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai import AsyncOpenAI

    from gtbench.models import Request, Shape
    from gtbench.records import Finish, Message

CUT: dict[str, Finish] = {"max_output_tokens": "length", "content_filter": "refused"}
"""The protocol's reasons for an incomplete response; any other is the server's failure."""


class ResponsesModel(sdk.SdkModel):
    """One model of a server that speaks the responses protocol."""

    takes = (sdk.SdkModel.takes - {"stop"}) | {
        "reasoning_effort", "logprobs", "top_logprobs", "schema", "tool",
    }  # fmt: skip

    def __init__(self, model: str, client: AsyncOpenAI, key_variable: str) -> None:
        import openai
        from httpx import Response

        super().__init__(model, openai, key_variable, client.base_url)
        self._name, self._client = split_address(model.partition("/")[2])[0], client
        self._response = Response

    def settings(self, request: Request) -> dict[str, Any]:
        settings = request.sampling.said() | {"store": False}
        settings["max_output_tokens"] = settings.pop("max_tokens")
        if "reasoning_effort" in settings:
            settings["reasoning"] = {"effort": settings.pop("reasoning_effort")}
        if settings.pop("logprobs", False) or "top_logprobs" in settings:
            settings["include"] = ["message.output_text.logprobs"]
        return settings | _shaped(request.shape)

    async def send(
        self, messages: Sequence[Message], settings: dict[str, Any], seconds: float
    ) -> tuple[Any, Mapping[str, str]]:
        prompt = [{"role": message.role, "content": message.content} for message in messages]
        body = {"model": self._name, "input": prompt, **settings}
        return await sdk.post(self._client, "/responses", body, seconds, self._response)

    def usage(self, answer: Any) -> sdk.Counts:
        counted = answer.usage
        asked = getattr(counted, "input_tokens_details", None)
        answered = getattr(counted, "output_tokens_details", None)
        return {
            "input_tokens": sdk.count(getattr(counted, "input_tokens", None)),
            "cached_tokens": sdk.count(getattr(asked, "cached_tokens", None) or 0),
            "output_tokens": sdk.count(getattr(counted, "output_tokens", None)),
            "reasoning_tokens": sdk.count(getattr(answered, "reasoning_tokens", None) or 0),
        }

    def read(self, answer: Any) -> dict[str, Any]:
        parts = [part for item in answer.output if item.type == "message" for part in item.content]
        refusals = [part.refusal for part in parts if part.type == "refusal"]
        written = [part for part in parts if part.type == "output_text"]
        finish: Finish = "stop" if answer.status == "completed" else CUT[answer.incomplete_details.reason]
        sample = Sample(
            reply=recorded("".join(part.text for part in written) or "".join(refusals)),
            finish="refused" if refusals else finish,
            argument=sdk.argument(item.arguments for item in answer.output if item.type == "function_call"),
            tokens=tuple(token for part in written for token in tokens(part.logprobs)),
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
        return {
            "text": {"format": {"type": "json_schema", "name": "answer", "strict": True, "schema": schema}}
        }
    return {
        "tools": [{"type": "function", "name": shape.tool, "strict": True, "parameters": schema}],
        "tool_choice": {"type": "function", "name": shape.tool},
    }
