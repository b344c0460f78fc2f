"""How games and agents are written: `NAME[option=value,option=value]`.

The syntax is one on the command line, in tournament files and in logs. A value that is a JSON object or list
may hold brackets and commas.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gtbench.errors import BadOption

if TYPE_CHECKING:
    from gtbench.records import Parameter

_NAME, _STRATEGY = re.compile(r"[^\[\]]*"), re.compile(r"[^@\[\]]*")
"""What may stand before the options: of a game, and of an agent, after which a model may come."""
_KEY, _PLAIN = re.compile(r"[^\[\],=]*=\s*"), re.compile(r"[^\[\],]*")
"""An option up to its value, and one whose value is no JSON object or list."""
_JSON = json.JSONDecoder()


def parse(text: str) -> tuple[str, dict[str, Parameter]]:
    """Split `NAME[option=value,...]` into the name and its options.

    Raises:
        BadOption: The text is not of that form.
    """
    text = text.strip()
    before = _before(_NAME, text)
    parts, end = _parts(text, len(before))
    if not before or end < len(text):
        raise BadOption(f"{text!r} is not of the form NAME or NAME[option=value,option=value]")
    options: dict[str, Parameter] = {}
    for part in parts:
        if not part.strip():
            continue
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key or key in options:
            raise BadOption(f"{text!r}: {part.strip()!r} is not one option=value")
        options[key] = parse_value(value)
    return before.strip(), options


def halves(text: str) -> tuple[str, str]:
    """An agent string in two: the strategy with its options, and "@PROVIDER/MODEL" or whatever follows."""
    _, end = _parts(text, len(_before(_STRATEGY, text)))
    return text[:end], text[end:]


def _before(pattern: re.Pattern[str], text: str) -> str:
    """The part of a text, perhaps empty, that fits the pattern."""
    found = pattern.match(text)
    return found[0] if found else ""


def _parts(text: str, start: int) -> tuple[list[str], int]:
    """The options as they are written in the bracket that opens at `start`, and where the text goes on.

    Without a bracket that opens there and is closed, there are none, and the text goes on there.
    """
    parts: list[str] = []
    at = start
    while text[at : at + 1] == ("," if parts else "["):
        begin = at + 1
        at = _end_of_option(text, begin)
        parts.append(text[begin:at])
    return (parts, at + 1) if parts and text[at : at + 1] == "]" else ([], start)


def _end_of_option(text: str, begin: int) -> int:
    """Where the option that begins there ends: at a comma or bracket that is not in a JSON object or list."""
    value = begin + len(_before(_KEY, text[begin:]))
    if value > begin and text[value : value + 1] in ("{", "["):
        try:
            _, end = _JSON.raw_decode(text, value)
            return end + len(text[end:]) - len(text[end:].lstrip())
        except (ValueError, RecursionError):
            pass  # a text that only begins so
    return begin + len(_before(_PLAIN, text[begin:]))


def parse_value(text: str) -> Parameter:
    """A value as written in an option: true, false, a number, or else a text."""
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def show_value(value: Parameter) -> str:
    """A value as it is written in an option; `parse_value` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
