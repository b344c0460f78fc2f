"""What a subclass states of itself, in the form that suits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def fact(method: Callable[[Any], object]) -> Any:
    """A property that a subclass may state as a class attribute, a property or a cached property.

    To type checkers it is Any: of a property, pyright takes nothing but a property in a subclass, and of a
    plain attribute neither pyright nor mypy takes a property.
    """
    return property(method)
