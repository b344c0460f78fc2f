"""TOML files that a user writes: what is wrong with one is one line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from gtbench.text import line

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.errors import UserError


def read_toml(path: Path, mistake: type[UserError]) -> dict[str, Any]:
    """The tables of a file.

    Raises:
        UserError: Of the class `mistake`: it cannot be read, is no text, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise mistake(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise mistake(f"{path} is not TOML: it is no text in UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise mistake(f"{path} is not TOML that can be read: it is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise mistake(f"{path} is not TOML: {line(error)}") from None
    except ValueError:  # Python's, which reads no longer ones
        raise mistake(f"{path} holds a number of too many digits") from None


def brief(value: object) -> str:
    """How a value may stand in an error's line."""
    try:
        return line(repr(value))
    except ValueError:  # as above, of one in another base than ten
        return "a number of too many digits"
