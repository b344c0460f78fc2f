"""The options of an agent: the parameters by name of its class's constructor, or of its function."""

from __future__ import annotations

import builtins
import inspect
import sys
import typing
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from gtbench.errors import BadOption
from gtbench.registry import show_value
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.records import Parameter

HANDED_IN = frozenset({"model", "rng", "game", "true_state"})
"""What gtbench gives to an agent that asks for it; see `gtbench.agent`."""

SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@cache
def options_of(strategy: Any) -> dict[str, Any]:
    """Each option's annotation, or the type of its default where it has none.

    What gtbench hands in stands among them; a function's view does not.
    """
    parameters = _parameters(strategy)
    strategy = inspect.unwrap(strategy)
    module = sys.modules.get(getattr(strategy, "__module__", None) or "")
    scope = getattr(strategy, "__globals__", None) or vars(module or builtins)
    return {name: _type(parameter, scope) for name, parameter in parameters.items()}


def required(strategy: Any) -> list[str]:
    """The options that have no default."""
    parameters = _parameters(strategy)
    return [name for name, parameter in parameters.items() if parameter.default is parameter.empty]


def checked(label: str, annotation: Any, value: Parameter) -> Parameter:
    """An option's value as the annotation wants it.

    Raises:
        BadOption: It is another.
    """
    try:
        if isinstance(value, bool) and annotation is not bool:
            value = show_value(value)  # else it would pass for a number
        taken: Parameter = TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise BadOption(f"{label}={show_value(value)}: {message[0].lower()}{message[1:]}") from None
    return taken


def _parameters(strategy: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters by name."""
    parameters = list(inspect.signature(strategy).parameters.values())
    if not inspect.isclass(strategy):
        del parameters[0]  # the view
    return {parameter.name: parameter for parameter in parameters if parameter.kind not in SEVERAL}


def _type(parameter: inspect.Parameter, scope: dict[str, Any]) -> Any:
    """What a parameter may be, with the bounds of Annotated."""
    if parameter.name in HANDED_IN:
        return Any  # and may be annotated with a name that is imported for type checkers only
    if parameter.annotation is parameter.empty:
        plain = isinstance(parameter.default, bool | int | float | str)
        return type(parameter.default) if plain else Any
    written = SimpleNamespace(__annotations__={"it": parameter.annotation})
    try:
        return typing.get_type_hints(written, scope, include_extras=True)["it"]
    except Exception as error:
        raise BadOption(f"the annotation of {parameter.name} cannot be read: {line(error)}") from error
