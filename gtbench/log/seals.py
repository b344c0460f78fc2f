"""Seals: a chain of digests over all that was added to a run log, in the order of its commits.

    content = H(record)          of each record, as it stands in the file
    chain   = H(chain before, kind, key, content)

where H is BLAKE2b of 16 bytes. A long text stands in a record by a digest of its own, so that a record's
digest covers its texts too. Who changes, adds or removes a record breaks the chain; who computes the chain
anew ends with another head. So a head that was published holds a log fast; without one, a chain tells
accidents only.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from gtbench.database import unfolded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

SIZE = 16
"""Bytes of a digest."""

TABLE = (
    "(place INTEGER PRIMARY KEY, kind TEXT NOT NULL, key INTEGER NOT NULL, content BLOB, "
    "chain BLOB NOT NULL) STRICT"
)
"""The definition of the table; without `content`, a record was taken away."""

KEYS = {
    "run": "rowid", "matches": "number", "voids": "rowid", "grades": "number", "judgements": "rowid",
    "answers": "rowid",
}  # fmt: skip
"""The tables of records that are sealed, and by which column one of them is found."""


def digest(text: str) -> bytes:
    """The digest of a text, as logs know texts and records by."""
    return blake2b(text.encode(), digest_size=SIZE).digest()


def linked(before: bytes, kind: str, key: int, content: bytes | None) -> bytes:
    """The next link of a chain."""
    link = blake2b(before, digest_size=SIZE)
    link.update(f"{kind} {key} ".encode())
    link.update(content or b"")
    return link.digest()


class Seals:
    """Adds to the chain of a database that has one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._head: bytes | None = None

    def forget(self) -> None:
        """Read the head anew, since what was added last has not been committed."""
        self._head = None

    def add(self, kind: str, key: int, record: str | None) -> None:
        """Seal a record that was put into a table under a key; None where one was taken away."""
        content = None if record is None else digest(record)
        before = head(self._database) if self._head is None else self._head
        self._head = linked(before, kind, key, content)
        values = (kind, key, content, self._head)
        self._database.execute("INSERT INTO seals (kind, key, content, chain) VALUES (?, ?, ?, ?)", values)

    def add_all(self) -> None:
        """Begin the chain anew with every record that the database holds."""
        self._database.execute("DELETE FROM seals")
        self.forget()
        for kind, key in KEYS.items():
            every = f"SELECT {key}, record FROM {kind} ORDER BY {key}"  # noqa: S608
            for found in self._database.execute(every).fetchall():
                self.add(kind, *found)


def head(database: sqlite3.Connection) -> bytes:
    """The last link of the chain; empty where there is none."""
    row = database.execute("SELECT chain FROM seals ORDER BY place DESC LIMIT 1").fetchone()
    return bytes(row[0]) if row else b""


class Break(NamedTuple):
    """Where a log does not fit its seals."""

    kind: str  # the table
    key: int  # of the record in it
    why: str

    def __str__(self) -> str:
        return f"{self.kind}, record {self.key}: {self.why}"


def broken(database: sqlite3.Connection) -> Iterator[Break]:
    """Where a log does not fit its chain: a link, a record, or a text."""
    sealed: dict[tuple[str, int], bytes | None] = {}
    before = b""
    for kind, key, content, chain in database.execute(
        "SELECT kind, key, content, chain FROM seals ORDER BY place"
    ):
        sealed[kind, key] = content
        if linked(before, kind, key, content) != chain:
            yield Break(kind, key, "its seal does not fit the one before it")
        before = chain
    for kind, name in KEYS.items():
        for key, record in database.execute(f"SELECT {name}, record FROM {kind} ORDER BY {name}"):  # noqa: S608
            if why := _unlike(record, sealed.pop((kind, key), None)):
                yield Break(kind, key, why)
    yield from (Break(*one, "it was sealed, and is gone") for one, content in sealed.items() if content)
    yield from _other_texts(database)


def _unlike(record: object, content: bytes | None) -> str:
    """Why a record is not the sealed one; empty where it is."""
    if not isinstance(record, str):
        return "it is no text"
    if content is None:
        return "it was never sealed"
    return "" if digest(record) == content else "it is not what was sealed"


def _other_texts(database: sqlite3.Connection) -> Iterator[Break]:
    """The texts that are not those that they are named after."""
    for name, content in database.execute("SELECT digest, content FROM texts"):
        if digest(unfolded(content)).hex() != name:
            yield Break("texts", 0, f"{name} is another text")
