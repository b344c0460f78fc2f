"""What the author of a provider writes."""

from __future__ import annotations

from gtbench.models import Model, Provider, Request
from gtbench.records import Call, Sample


class Echo:
    """A model that says what it was asked; its name and what it takes are plain attributes."""

    priced = True
    takes = frozenset({"temperature", "n"})

    def __init__(self, name: str) -> None:
        self.model = f"echo/{name}"

    async def complete(self, request: Request) -> Call:
        sample = Sample(reply=request.messages[-1].content, finish="stop")
        return Call(
            model=self.model,
            messages=request.messages,
            settings=request.sampling.said(),
            samples=(sample,) * request.n,
            output_tokens=1,
            cost=0.0,
        )

    async def aclose(self) -> None:
        """It holds nothing."""


class Worked:
    """The same, with properties."""

    @property
    def model(self) -> str:
        return "echo/worked"

    @property
    def takes(self) -> frozenset[str]:
        return frozenset()

    @property
    def priced(self) -> bool:
        return False

    async def complete(self, request: Request) -> Call:
        return await Echo("worked").complete(request)

    async def aclose(self) -> None:
        """It holds nothing."""


MODELS: tuple[Model, ...] = (Echo("a"), Worked())
PROVIDER = Provider(about="any name", connect=Echo, needs=lambda: "")
ADDRESSED = Provider("any name", Echo, lambda: "a key", takes_address=True)
