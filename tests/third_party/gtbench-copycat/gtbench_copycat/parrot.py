"""A provider of models that all say the same."""

from gtbench.models import Provider, Request
from gtbench.records import Call, Sample


class Parrot:
    """A model that says its own name's move, such as parrot/bet."""

    takes: frozenset[str] = frozenset()
    priced = True

    def __init__(self, move: str) -> None:
        self.model, self._move = f"parrot/{move}", move

    async def complete(self, request: Request) -> Call:
        sample = Sample(reply=f"Action: {self._move}", finish="stop")
        return Call(model=self.model, messages=request.messages, settings={}, samples=(sample,))

    async def aclose(self) -> None:
        """Nothing is held."""


PROVIDER = Provider("the move that it always says", Parrot, lambda: "")
