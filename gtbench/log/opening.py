"""A file as it is opened for reading: whether it is a run log, sound, and of a format that is known."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench._version import __version__
from gtbench.database import connection
from gtbench.errors import BadTournament, LogError
from gtbench.log.format import check_format, format_of
from gtbench.records import APPLICATION, FORMAT
from gtbench.schedule import read_settings
from gtbench.text import line, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKED_AT_ONCE = 50_000_000
"""Bytes up to which a file is looked through as it is opened; a larger one is before it is gone on with."""


def check_kind(path: Path) -> None:
    """Refuse what is no run log of a format that is known; of the file no more than its beginning is read.

    Raises:
        LogError: There is no such file, or it is no run log, or one from a newer gtbench.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
        if kind != stat.S_IFREG:  # to open a pipe would wait for whoever writes to it
            raise LogError(f"{path} is no file, and so no run log")
        with closing(connection(path, "immutable")) as database:
            is_ours = database.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
            found = format_of(database) if is_ours else 0
    except OSError as error:
        raise LogError(f"{path} cannot be read: {error.strerror}") from None
    except sqlite3.OperationalError as error:
        raise LogError(f"{path} cannot be read: {error}") from None
    except sqlite3.DatabaseError:
        is_ours = False
    if not is_ours:
        with suppress(BadTournament):  # it is none
            if read_settings(path).keys() & {"agents", "games"}:
                raise LogError(f"{path} is a tournament file, no run log: gtbench run {typed(path)} plays it")
        raise LogError(f"{path} is no run log of gtbench, or its beginning is damaged")
    if found > FORMAT:
        raise LogError(
            f"{path} has log format {found}, but gtbench {__version__} reads up to {FORMAT}: upgrade gtbench"
        )


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for reading; a damaged file is reported as such.

    A process that was killed in the middle of a commit leaves a journal, which takes writing to undo.
    """
    mode = "rw" if Path(f"{path.resolve()}-journal").exists() else "ro"
    try:
        with closing(connection(path, mode)) as database:
            yield database
    except sqlite3.OperationalError as error:
        raise LogError(f"{path} cannot be read: {error}") from error
    except sqlite3.DatabaseError as error:
        raise LogError(f"{path} is damaged: {error}") from error


def check_parts(path: Path, database: sqlite3.Connection) -> None:
    """Refuse a log with other tables than its format, and a small one whose parts do not hang together."""
    check_format(database)
    if path.stat().st_size <= CHECKED_AT_ONCE:
        check_whole(path, database)


def check_whole(path: Path, database: sqlite3.Connection) -> None:
    """Refuse a file whose parts do not hang together."""
    (health,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if health != "ok":
        raise LogError(f"{path} is damaged: {line(health)}")
