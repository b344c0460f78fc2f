"""The file of a run log: one SQLite database, its tables, and how a record stands in them.

Columns, which are counted from the records, stand beside them: see `gtbench.log.tables`.

Long texts (prompts, views, rules) are stored once each, compressed, under a digest of their content; a record
holds the digest in the text's place. The records are JSON.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import from_json

from gtbench.database import check_tables, unfolded
from gtbench.errors import LogError
from gtbench.largest import largest
from gtbench.log.older import OLDER
from gtbench.log.seals import TABLE as SEALS
from gtbench.log.tables import TABLES as OF_COLUMNS
from gtbench.records import APPLICATION, FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEXTS_APART = 2
"""The format from which on a log holds long texts apart from its records."""
GRADED = 3
"""The format from which on a log has a place for grades."""
JUDGED = 4
"""The format from which on a log has a place for what LLM judges say."""
ASKED = 5
"""The format from which on a log has a place for answers without a match."""
COUNTED = 8
"""The format from which on a log has today's columns beside its records; see `gtbench.log.older`."""
SEALED = 8
"""The format from which on a log has a chain of seals."""
TABLES = {
    "run": ("(record TEXT NOT NULL)", 1),
    "matches": ("(number INTEGER PRIMARY KEY, record TEXT NOT NULL)", 1),
    "voids": ("(record TEXT NOT NULL)", 1),
    "texts": ("(digest TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID", TEXTS_APART),
    "grades": ("(number INTEGER PRIMARY KEY, record TEXT NOT NULL)", GRADED),
    "judgements": ("(record TEXT NOT NULL)", JUDGED),
    "answers": ("(record TEXT NOT NULL)", ASKED),
    **{name: (definition, COUNTED) for name, definition in OF_COLUMNS.items()},
    "seals": (SEALS, SEALED),
}
"""The tables by name, each with its definition and the format from which on a log has it."""


def tables(after: int, up_to: int) -> dict[str, str]:
    """The statements that make the tables which came after a format and up to another, by their names."""
    return {
        name: f"CREATE TABLE {name} {definition}"
        for name, (definition, since) in TABLES.items()
        if after < since <= up_to
    }


SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
{"; ".join(tables(0, FORMAT).values())};
"""
"""The statements that make a new log."""

LONG = frozenset({"rules", "view", "content"})
"""The fields of records that hold long texts: a match's rules, what a seat saw, and a prompt's messages."""

NESTED = (dict, list)
"""What holds further values; a union of the two takes several times as long to ask for."""

UNFOLDED = 100
"""How many times as long as its file a log's texts may be together."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk or SQLite says about writing a log into one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LogError(f"{path} cannot be written: {reason}") from error


def format_of(database: sqlite3.Connection) -> int:
    """The format of a log."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    return int(found)


def of_format(found: int) -> dict[str, str]:
    """The statements that make the tables of a log of a format, by their names."""
    older = {name: f"CREATE TABLE {name} {how}" for name, how in OLDER.get(found, {}).items()}
    return tables(0, found) | older


def check_format(database: sqlite3.Connection) -> None:
    """Refuse a log that holds anything but the tables of its format.

    Raises:
        sqlite3.DatabaseError: The text names the format, or what it holds.
    """
    found = format_of(database)
    wanted = of_format(found)
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if there <= TABLES.keys() and there != wanted.keys():
        raise sqlite3.DatabaseError(f"it calls itself a log of format {found}, whose tables are others")
    check_tables(database, "; ".join(wanted.values()))  # before anything of them is read


def texts_of(database: sqlite3.Connection) -> Callable[[str], str] | None:
    """From a digest to its text; None in a log of format 1, whose records hold the texts themselves."""
    if format_of(database) < TEXTS_APART:
        return None

    ((pages,), (size,)) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    room = pages * size * UNFOLDED + largest()

    @cache
    def text(digest: str) -> str:
        nonlocal room
        row = database.execute("SELECT content FROM texts WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise ValueError("a text of it is missing")
        unpacked = unfolded(row[0])
        room -= len(unpacked)
        if room < 0:
            raise ValueError(f"the log's texts are more than {UNFOLDED} times as long as its file")
        return unpacked

    return text


def swap(node: Any, text: Callable[[str], str], *, long: bool = False) -> None:
    """Put each long text in a record's JSON, an object or a list, through a function, in place."""
    named = isinstance(node, dict)
    for key, value in node.items() if named else enumerate(node):
        if named:
            long = key in LONG
        if isinstance(value, NESTED):
            swap(value, text, long=long)
        elif long and isinstance(value, str):
            node[key] = text(value)


def _object(record: str) -> dict[str, Any]:
    """The JSON object that a record is.

    Raises:
        ValueError: It is no JSON, or something else than an object.
    """
    found = from_json(record)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - what a file holds is a value, no type
    return found


def read_record(kind: type[Any], record: str, what: str, text: Callable[[str], str] | None = None) -> Any:
    """A record from its JSON.

    Args:
        kind: The record's class.
        record: The JSON.
        what: What it is, for the error.
        text: From the digests that stand in it for long texts to the texts; None where they stand there.
    """
    try:
        found = _object(record)
        if text is None:
            return kind.model_validate_json(record)
        swap(found, text)
        return kind.model_validate(found)
    except ValidationError as error:
        raise LogError(f"{what} is damaged: {error.errors()[0]['msg']}") from error
    except (ValueError, TypeError) as error:
        raise LogError(f"{what} is damaged: {error}") from error
