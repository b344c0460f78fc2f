"""SQLite files, as run logs and caches of replies are: each is there whole or not at all."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds to wait for another process that reads or commits."""


def make(path: Path, fill: Callable[[sqlite3.Connection], object]) -> None:
    """Make a file under another name, and give it its own if nothing else has that by then.

    Raises:
        FileExistsError: Something has; it is left as it is.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".gtbench-") as scratch:
        made = Path(scratch) / "made"
        with closing(sqlite3.connect(made)) as database:
            fill(database)
        try:
            path.hardlink_to(made)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: the name is taken first, which only one can do
            path.touch(exist_ok=False)
            made.rename(path)


def connection(path: Path, mode: str, *, threads: bool = False) -> sqlite3.Connection:
    """A connection to a file that is there.

    Args:
        path: The file.
        mode: "rw", "ro", or "immutable": nothing of it is locked, looked for beside it, or touched.
        threads: Whether any thread may use it.
    """
    query = "immutable=1" if mode == "immutable" else f"mode={mode}"
    address = f"{path.resolve().as_uri()}?{query}"
    return sqlite3.connect(address, uri=True, timeout=PATIENCE, check_same_thread=not threads)
