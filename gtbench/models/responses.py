"""OpenAI's models behind the responses protocol, which some of them need, through the `openai` SDK.

The protocol takes no seed, no stop and gives one reply a request. Nothing is kept at the provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gtbench.models import answers, sdk
from gtbench.models.chat_protocol import tokens
from gtbench.models.request import split_address
from gtbench.models.told import of_sdk
from gtbench.records import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai import AsyncOpenAI

    from gtbench.models.answers import Counts
    from gtbench.models.request import Request, Shape
    from gtbench.records import Finish, Message

FORMS = frozenset({"message", "function_call", "reasoning"})
"""The parts of a response that are read, and thoughts; others are steps that a model took."""


class ResponsesModel(sdk.SdkModel):
    """One model of a server that speaks the responses protocol."""

    takes = (sdk.SdkModel.takes - {"stop"}) | {
        "reasoning_effort", "logprobs", "top_logprobs", "schema", "tool",
    }  # fmt: skip

    def __init__(self, model: str, client: AsyncOpenAI, key_variable: str) -> None:
        import openai
        from httpx import Response

        super().__init__(model, of_sdk(openai), key_variable, client.base_url)
        self._name, self._client = split_address(model.partition("/")[2])[0], client
        self._response = Response

    def settings(self, request: Request) -> dict[str, Any]:
        settings = request.sampling.said("max_output_tokens") | {"store": False}
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

    def usage(self, answer: Any) -> Counts:
        counted = answer.usage
        asked = getattr(counted, "input_tokens_details", None)
        answered = getattr(counted, "output_tokens_details", None)
        return {
            "input_tokens": answers.count(getattr(counted, "input_tokens", None)),
            "cached_tokens": answers.count(getattr(asked, "cached_tokens", None) or 0),
            "output_tokens": answers.count(getattr(counted, "output_tokens", None)),
            "reasoning_tokens": answers.count(getattr(answered, "reasoning_tokens", None) or 0),
        }

    def read(self, answer: Any) -> dict[str, Any]:
        items = answers.listed(answer.output)
        contents = [item["content"] for item in items if item.type == "message"]
        words = [answers.spoken(content) for content in contents]
        # each message stands by itself: what comes before the answer may be one of its own
        text, refused = (
            ("\n".join(filter(None, part)) for part in zip(*words, strict=True)) if words else ("", "")
        )
        argument = answers.argument([item["arguments"] for item in items if item.type == "function_call"])
        if not (words or argument) and any(item.type not in FORMS for item in items):
            raise ValueError("it holds nothing that is known")
        blocks = [block for content in contents if isinstance(content, list) for block in content]
        sample = Sample(
            reply=text or refused,
            finish="refused" if refused else _finish(answer, written=bool(text or argument)),
            argument=argument,
            tokens=tuple(token for block in blocks for token in tokens(block.logprobs)),
        )
        return {"samples": (sample,), "served_by": str(answer.model or "")}

    async def aclose(self) -> None:
        await self._client.close()


def _finish(answer: Any, *, written: bool) -> Finish:
    """Why a response ended; one that is incomplete for a reason that nobody knows is none."""
    if answer.status == "incomplete":
        return answers.finish(answer.incomplete_details.reason, written=False)
    return answers.finish(answer.status, written=written)


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
