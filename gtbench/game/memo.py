"""What was worked out once and is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")

MOST = 4096
"""For how many arguments a result is kept at most."""


class Memo(dict[K, V]):
    """A function's results by its argument: `memo[argument]`, faster than an `lru_cache`.

    The first few thousand are kept; once it is full, others are worked out each time.
    """

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, argument: K) -> V:
        result = self._function(argument)
        if len(self) < MOST:
            self[argument] = result
        return result
