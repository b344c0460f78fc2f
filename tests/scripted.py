"""A model that gives set replies, for tests of what agents ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.models.request import Sampling
from gtbench.records import Call, Sample

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.models.request import Request


class Scripted:
    """A model that gives set replies and remembers what it was asked.

    Each word of a reply is a token; a reply with more of them than its limit is cut off there, unless it is
    given as a sample.
    """

    model, priced = "scripted/x", True

    def __init__(self, *replies: str | Sample, takes: Iterable[str] = ()) -> None:
        self.replies, self.takes = list(replies), frozenset({*Sampling.model_fields, *takes})
        self.asked: list[Request] = []
        self.spent = 0

    async def complete(self, request: Request) -> Call:
        self.asked.append(request)
        samples = tuple(self._sample(self.replies.pop(0), request) for _ in range(request.n))
        tokens = sum(len(sample.reply.split()) for sample in samples)
        self.spent += tokens
        return Call(
            model="scripted",
            messages=request.messages,
            settings={"max_tokens": request.sampling.max_tokens},
            samples=samples,
            output_tokens=tokens,
        )

    @staticmethod
    def _sample(reply: str | Sample, request: Request) -> Sample:
        if isinstance(reply, Sample):
            return reply
        words, limit = reply.split(" "), request.sampling.max_tokens
        if len(reply.split()) <= limit:
            return Sample(reply=reply, finish="stop")
        return Sample(reply=" ".join(words[:limit]), finish="length")

    async def aclose(self) -> None:
        """Nothing is held."""
