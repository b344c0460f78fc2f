"""The values that a game's parameters may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.errors import BadOption

if TYPE_CHECKING:
    from gtbench.records import Parameter

TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

LARGEST_WHOLE = 1 << 53
"""Beyond it a whole number has no exact float."""

SHOWN_CHARACTERS = 60
"""How much of a wrong value is shown."""


def typed(what: str, value: Parameter, default: Parameter, allowed: tuple[Any, ...] | None) -> Parameter:
    """A parameter's value in the type of its default.

    Args:
        what: The game and the parameter, as an error line begins.
        value: The value.
        default: The parameter's default.
        allowed: What the value may be, as in `gtbench.Game.allowed`; anything if None.

    Raises:
        BadOption: The value is of another type, or not allowed.
    """
    wanted = type(default)
    if wanted is float and type(value) is int and abs(value) < LARGEST_WHOLE:
        value = float(value)
    if wanted is str and type(value) is str:
        right = not allowed or value in allowed
    else:
        right = type(value) is wanted and (not allowed or allowed[0] <= value <= allowed[1])
    if not right:
        kind = TYPE_NAMES[wanted]
        if allowed:
            kind = " or ".join(allowed) if wanted is str else f"{kind} from {allowed[0]} to {allowed[1]}"
        raise BadOption(f"{what} is {kind}, not {shown(value)}")
    return value


def shown(value: object) -> str:
    """A wrong value as an error line quotes it, not too long."""
    if type(value) is int and abs(value) >= LARGEST_WHOLE:
        return "a number of so many digits"
    quoted = repr(value)
    return quoted if len(quoted) <= SHOWN_CHARACTERS else f"{quoted[:SHOWN_CHARACTERS]}..."
