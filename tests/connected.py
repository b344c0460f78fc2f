"""One model, connected as a run connects it, for tests that look at the model itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gtbench.models.pool import ModelPool
from gtbench.models.sdk import SdkModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def with_model(name: str, use: Callable[[SdkModel], Awaitable[Any]]) -> Any:
    """Connect to a model, let it be used, and close it."""

    async def main() -> Any:
        async with ModelPool() as connections:
            connections.connect(name)
            model = connections._counted[0]._model
            assert isinstance(model, SdkModel)
            return await use(model)

    return asyncio.run(main())
