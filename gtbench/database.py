"""SQLite files, as run logs and caches of replies are: made whole or not at all, and read as a stranger's.

What is read of a file is plain tables of ours alone. A view, a trigger, a generated column or an index of an
expression would be a program, and a journal that names another file has SQLite delete that.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import zlib
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.largest import largest, too_large

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds to wait for another process that reads or commits."""


HEAD, MAGIC, APPLICATION_AT = 100, b"SQLite format 3\0", slice(68, 72)
"""How a file of SQLite's begins, and where its application id stands there."""

JOURNAL_OF_SEVERAL = bytes.fromhex("d9d505f920a163d7")
"""How a journal ends that names a further one, which is deleted with it."""


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


def application(path: Path) -> int | None:
    """The application id of a file of SQLite's; None of anything else."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(HEAD)
    return int.from_bytes(head[APPLICATION_AT]) if head.startswith(MAGIC) else None


def connection(path: Path, mode: str, *, threads: bool = False) -> sqlite3.Connection:
    """A connection to a file that is there.

    Args:
        path: The file.
        mode: "rw", "ro", or "immutable": nothing of it is locked, looked for beside it, or touched.
        threads: Whether any thread may use it.
    """
    path = path.resolve()
    if mode != "immutable":
        _check_journal(Path(f"{path}-journal"))
    query = "immutable=1" if mode == "immutable" else f"mode={mode}"
    return sqlite3.connect(
        f"{path.as_uri()}?{query}", uri=True, timeout=PATIENCE, check_same_thread=not threads
    )


def _check_journal(journal: Path) -> None:
    """Refuse a journal that is none of ours.

    Raises:
        sqlite3.DatabaseError: It has SQLite delete another file, or is no file.
    """
    try:
        if not stat.S_ISREG(journal.stat().st_mode):  # to open a pipe would wait for whoever writes to it
            raise sqlite3.DatabaseError(f"{journal} is no file, and so no journal")
        with journal.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(JOURNAL_OF_SEVERAL)))
            found = file.read()
    except FileNotFoundError:
        return
    if found == JOURNAL_OF_SEVERAL:
        raise sqlite3.DatabaseError(f"{journal} is no journal of its own: it names another file")


def check_tables(database: sqlite3.Connection, schema: str) -> None:
    """Refuse a file that holds anything but tables of a schema, each as it stands there.

    Raises:
        sqlite3.DatabaseError: The text names what it holds.
    """
    for found in database.execute("SELECT type, name, sql FROM sqlite_master"):
        if found not in _made_by(schema):
            raise sqlite3.DatabaseError(f"it holds {found[0]} {found[1]!r:.50}, which is none of gtbench's")


@cache
def _made_by(schema: str) -> frozenset[tuple[str, str, str | None]]:
    """What a file holds that is made by a schema: kind, name and definition of each thing."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(schema)
        return frozenset(database.execute("SELECT type, name, sql FROM sqlite_master"))


def unfolded(content: bytes) -> str:
    """The text that was compressed.

    Raises:
        ValueError: It is too long, or no such text.
    """
    unzip = zlib.decompressobj()
    try:
        text = unzip.decompress(content, largest() + 1)
    except (TypeError, zlib.error) as error:
        raise ValueError(f"a text cannot be unfolded: {error}") from error
    if len(text) > largest():
        raise ValueError(too_large())
    if not unzip.eof:
        raise ValueError("a text is cut off")
    return text.decode()
