"""Options as they are written in brackets.

Those of an agent are the parameters by name of its class's constructor, or of its function; those of a model
are the fields of `gtbench.models.Sampling`, the address of its server, and the provider's own fields.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from gtbench.errors import BadOption, suggestion
from gtbench.models.request import Sampling, is_address, split_address
from gtbench.names import show_value
from gtbench.signatures import evaluated, signature
from gtbench.text import line
from gtbench.toml import complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import JsonValue

    from gtbench.records import Parameter

HANDED_IN = frozenset({"model", "rng", "game", "true_state"})
"""What gtbench gives to an agent that asks for it; see `gtbench.agent.spec`."""

BASE_URL = "base_url"
"""The option that says where a model's server is."""

OWN = "x_"
"""How an option begins that is sent to the provider as it stands: `x_top_k=40` sends top_k."""

_JSON = ("{", "[")
"""How the value of such an option begins that is JSON."""

_SECRET = re.compile(r"key|secret|password|authorization|(^|_)token$", re.IGNORECASE)
"""An option of the provider's own that would put a key into every log."""

SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@cache
def options_of(strategy: Any) -> dict[str, Any]:
    """Each option's annotation, or the type of its default where it has none.

    What gtbench hands in stands among them; a function's view does not.
    """
    return {name: _type(parameter, strategy) for name, parameter in _parameters(strategy).items()}


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
        raise BadOption(f"{label}={show_value(value)}: {complaint(error.errors()[0])}") from None
    return taken


def setting(name: str, key: str, value: Parameter, others: Iterable[str] = ()) -> Parameter:
    """A setting of a model as it wants it.

    Args:
        name: Whose it is, for the error.
        key: Its name.
        value: Its value.
        others: The other options that could have been meant.

    Raises:
        BadOption: There is no such setting, or its value is none.
    """
    if key in Sampling.options():
        return checked(f"{name}: {key}", Sampling.annotation(key), value)
    if not key.startswith(OWN):
        known = [*others, *Sampling.options(), BASE_URL]
        raise BadOption(f"{name} has no option {key!r}{suggestion(key, known)}")
    written = _written(value) if isinstance(value, str) else value
    if written is None:
        raise BadOption(f"{name}: {key}={value} begins as JSON does, and is none")
    if any(map(_SECRET.search, (key, *_names(_sent(written))))):
        raise BadOption(f"{name}: {key} is no option: keys come from the environment or a .env file")
    return written


def sampling_of(settings: Mapping[str, Parameter]) -> Sampling:
    """How a model is sampled by these settings, each of them checked."""
    own = {key.removeprefix(OWN): _sent(value) for key, value in settings.items() if key.startswith(OWN)}
    rest = {key: value for key, value in settings.items() if not key.startswith(OWN)}
    return Sampling.model_validate(rest | ({"extra": own} if own else {}))


def _written(text: str) -> str | None:
    """A field's value in its one form; None where it is to be JSON and is not."""
    if not text.startswith(_JSON):
        return text
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        return None


def _sent(value: Parameter) -> JsonValue:
    """What is sent for a field's value: null, and JSON objects and lists, as such."""
    if not isinstance(value, str) or not (value == "null" or value.startswith(_JSON)):
        return value
    sent: JsonValue = json.loads(value)
    return sent


def _names(value: JsonValue) -> Iterator[str]:
    """The names of all fields in a JSON value."""
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(part)


def addressed(model: str, options: dict[str, Parameter]) -> str:
    """A model at the address that is taken from its options, as a part of its name: two servers, two models.

    Raises:
        BadOption: It is no address, or the model has one.
    """
    address = options.pop(BASE_URL, None)
    if address is None:
        return model
    if split_address(model)[1]:
        raise BadOption(f"{model} has an address: drop {BASE_URL}")
    if not is_address(str(address)):
        raise BadOption(f"{BASE_URL}={address} is not of the form http://HOST/PATH")
    return f"{model}@{address}"


def _parameters(strategy: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters by name."""
    parameters = list(signature(strategy).parameters.values())
    if not inspect.isclass(strategy):
        del parameters[0]  # the view
    return {parameter.name: parameter for parameter in parameters if parameter.kind not in SEVERAL}


def _type(parameter: inspect.Parameter, strategy: Any) -> Any:
    """What a parameter of a strategy may be, with the bounds of Annotated."""
    if parameter.name in HANDED_IN:
        return Any  # and may be annotated with a name that is imported for type checkers only
    if parameter.annotation is parameter.empty:
        plain = isinstance(parameter.default, bool | int | float | str)
        return type(parameter.default) if plain else Any
    try:
        return evaluated(parameter.annotation, strategy)
    except Exception as error:
        raise BadOption(f"the annotation of {parameter.name} cannot be read: {line(error)}") from error
