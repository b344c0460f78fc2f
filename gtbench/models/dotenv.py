"""Variables from a `.env` file, of this folder or one above."""

from __future__ import annotations

import logging
import os
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from gtbench.errors import UserError
from gtbench.files import read_file
from gtbench.text import line, shown_line

log = logging.getLogger("gtbench")

ADDRESSES = ("_BASE_URL", "_API_BASE")
"""How the name of a variable ends that says where a provider's server is."""
KEY = "_API_KEY"
LARGEST = 1
"""Megabytes."""


def read_dotenv() -> None:
    """Take up what the file says; what is set already stays.

    It may come with somebody else's project: where it sends a key of the shell elsewhere, that is said.

    Raises:
        UserError: The file cannot be read.
    """
    from dotenv import find_dotenv, load_dotenv

    try:
        path = find_dotenv(usecwd=True)
    except OSError:  # this folder is gone
        return
    before = os.environ.copy()
    try:
        if path:
            load_dotenv(stream=StringIO(read_file(Path(path), LARGEST).decode("utf-8-sig")), override=False)
    except OSError as error:
        raise UserError(f"{shown_line(path)} cannot be read: {error.strerror}") from None
    except ValueError:  # bytes that are no text, or text that no variable can hold
        raise UserError(f"{shown_line(path)} is no text in UTF-8: save it as UTF-8") from None
    for name in sorted(os.environ.keys() - before.keys()):
        for ending in ADDRESSES:
            key = name.removesuffix(ending) + KEY
            if name.endswith(ending) and before.get(key):
                log.warning(
                    "warning: %s is set by %s, so that the %s of your shell is sent to %s",
                    name, shown_line(path), key, shown_line(_host(os.environ[name])),
                )  # fmt: skip


def _host(address: str) -> str:
    """The server in an address, or all of what is none."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2] or line(address)
    except ValueError:
        return line(address)
