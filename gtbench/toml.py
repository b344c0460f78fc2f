"""TOML files that a user writes: what is wrong with one is one line."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from gtbench.files import read_file
from gtbench.text import line

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from gtbench.errors import UserError

LARGEST = 1
"""Megabytes."""
MOST_PARTS = 50
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_MANY_PARTS = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_PARTS}}}")
"""A key of more parts with dots between them, which takes Python the square of their number to read."""


def read_toml(path: Path, mistake: type[UserError], source: str = "") -> dict[str, Any]:
    """The tables of a file.

    Args:
        path: The file.
        mistake: The class of what is raised.
        source: What it is called in an error, if that is not its path.

    Raises:
        UserError: Of that class: it cannot be read, is no text, or is no TOML.
    """
    source = source or str(path)
    try:
        text = read_file(path, LARGEST).decode("utf-8-sig")
        if _MANY_PARTS.search(text):
            raise mistake(f"{source} holds a key of more than {MOST_PARTS} parts")
        return tomllib.loads(text)
    except OSError as error:
        raise mistake(f"{source} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise mistake(f"{source} is not TOML: it is no text in UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise mistake(f"{source} is not TOML that can be read: it is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise mistake(f"{source} is not TOML: {line(error)}") from None
    except ValueError:  # Python's, which reads no longer ones
        raise mistake(f"{source} holds a number of too many digits") from None


def complaint(problem: ErrorDetails) -> str:
    """What is wrong with a value, as the rest of a line: pydantic's words, but none about Python's types."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "tuple_type":
        return "input should be a valid list"
    for limit, bound in (("too_short", "least"), ("too_long", "most")):
        if kind == limit:
            count = context["min_length" if bound == "least" else "max_length"]
            return f"list should have at {bound} {count} item{'s' * (count != 1)}"
    return problem["msg"][0].lower() + problem["msg"][1:]


def brief(value: object) -> str:
    """How a value may stand in an error's line."""
    try:
        return line(repr(value))
    except ValueError:  # as above, of one in another base than ten
        return "a number of too many digits"
