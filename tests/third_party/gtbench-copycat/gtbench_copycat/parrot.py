"""A provider of models that all say the same."""

from gtbench.models import Provider, Request
from gtbench.records import Call, Sample


class Parrot:
    """A model that says one sentence, and its own name's move, such as parrot/bet."""

    takes: frozenset[str] = frozenset()
    priced = True

    def __init__(self, move: str) -> None:
        self.model, self._move = f"parrot/{move}", move

    async def complete(self, request: Request) -> Call:
        said = f"The number of stones is 3.\nAction: {self._move}"
        sample = Sample(reply=said, finish="stop")
        return Call(model=self.model, messages=request.messages, settings={}, samples=(sample,))

    async def aclose(self) -> None:
        """Nothing is held."""


PROVIDER = Provider("the move that it always says", Parrot, lambda: "")
