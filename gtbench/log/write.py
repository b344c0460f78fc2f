"""Adding to a run log: many records a commit, and one writer at a time."""

from __future__ import annotations

import logging
import sqlite3
import threading
import zlib
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from pydantic_core import to_json

from gtbench._version import __version__
from gtbench.database import connection
from gtbench.errors import LogError, WorldError
from gtbench.largest import largest, too_large
from gtbench.log.columns import decisions, graded, results
from gtbench.log.format import (
    COUNTED,
    SEALED,
    TEXTS_APART,
    format_of,
    read_record,
    swap,
    tables,
    texts_of,
    writing,
)
from gtbench.log.lock import is_held, locked
from gtbench.log.older import OLDER
from gtbench.log.seals import Seals
from gtbench.log.tables import Columns, fill
from gtbench.records import FORMAT, Grades, Match, Try, Void
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from gtbench.models.request import Journal
    from gtbench.records import Asked, Grade, Judgement, Record

log = logging.getLogger("gtbench")

KNOWN = 20_000
"""Digests of texts in the log that its writer remembers, about a hundred bytes each."""


@contextmanager
def _recordable() -> Iterator[None]:
    """Turn the failure to write a record into a `WorldError`."""
    try:
        yield
    except (ValueError, TypeError, RecursionError) as error:
        raise WorldError(f"the record cannot be written: {line(error)}") from error


class LogWriter:
    """A run log, open for adding to it; another process that tries the same is refused.

    A commit takes the disk's time, and many records no longer than one: what is added waits for the next. A
    record that cannot be written is refused when it is added, so that it takes no other along.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._added: list[Callable[[], object]] = []
        self._known: set[str] = set()  # digests of texts that are in the log: to compress one takes longest
        self._committing = threading.Lock()

    def __enter__(self) -> Self:
        with writing(self.path), ExitStack() as stack:
            stack.enter_context(locked(self.path))
            self._database = connection(self.path, "rw", threads=True)
            stack.callback(self._database.close)
            self._columns, self._seals = Columns(self._database), Seals(self._database)
            self._bring_up_to_date()
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            self.commit()

    @property
    def waiting(self) -> bool:
        """Whether anything that was added has not been committed."""
        return bool(self._added)

    def add(self, match: Match) -> None:
        """Add a finished match to the next commit.

        Raises:
            WorldError: Its record cannot be written.
        """
        with _recordable():
            rows = results(match), decisions(match)
        self._add("matches", match, match.number)
        self._added.append(partial(self._columns.put, match.number, *rows))

    def grade(
        self, number: int, grades: Sequence[Grade] | None, luck: tuple[float, float] | None = None
    ) -> None:
        """Add the grades of a match and its luck, in place of those that it had; None takes them away.

        Grades that cannot be written are left out, which is said.
        """
        self._added.append(partial(self._ungrade, number))
        if grades is not None:
            record = Grades(number=number, version=__version__, turns=tuple(grades), luck=luck)
            try:
                with _recordable():
                    rows = graded(grades)
                self._add("grades", record, number)
                self._added.append(partial(self._columns.grade, number, rows, luck))
            except WorldError as error:
                log.warning("warning: match %d is not graded: %s", number, error)

    def judge(self, judgement: Judgement) -> None:
        """Add what an LLM judge says of a turn.

        Raises:
            WorldError: It cannot be written.
        """
        add = self._add if judgement.votes else self._add_broken_off
        add("judgements", judgement)

    def answer(self, asked: Asked) -> None:
        """Add what an agent answered without a match, or what a broken-off answer has cost.

        Raises:
            WorldError: It cannot be written.
        """
        add = self._add if asked.turn else self._add_broken_off
        add("answers", asked)

    def add_void(self, number: int, reason: str, journals: Sequence[Journal]) -> None:
        """Add that a match was broken off by the world, why, and the calls that it has cost."""
        void = Void(
            number=number,
            reason=line(reason),
            at=datetime.now(UTC),
            calls=tuple(call for journal in journals for call in journal.calls),
            failed=tuple(attempt for journal in journals for attempt in journal.failed),
        )
        self._add_broken_off("voids", void)

    def commit(self) -> None:
        """Write all that was added so far, in one piece; any thread may, and the end of the block does."""
        with self._committing, writing(self.path):
            added = self._added[:]
            try:
                if added:
                    with self._database:
                        for write in added:
                            write()
            except BaseException as error:
                self._known.clear()  # nothing of it was written
                self._columns.forget()
                self._seals.forget()
                if isinstance(error, sqlite3.Error) and not is_held(self.path):
                    raise LogError(
                        f"{self.path} was removed, or replaced by another file, while it was written: what "
                        "has ended since is lost"
                    ) from error
                raise
            del self._added[: len(added)]

    def _add(self, table: str, record: Record, number: int | None = None) -> None:
        """Add the insertion of a record into a table to the next commit, under its number if it has one."""
        with _recordable():
            packed, texts = self._packed(record)
        self._added.append(partial(self._insert, table, number, packed, texts))

    def _add_broken_off(self, table: str, record: Void | Asked | Judgement) -> None:
        """Add what was broken off, in any case: of calls that cannot be written, what they have cost."""
        try:
            self._add(table, record)
        except WorldError as error:
            counts = ("input_tokens", "output_tokens", "cost")
            costs = [Try(reason=str(error), **{n: getattr(call, n) for n in counts}) for call in record.calls]
            self._add(table, record.model_copy(update={"calls": (), "failed": (*record.failed, *costs)}))

    def _packed(self, record: Record) -> tuple[str, dict[str, str]]:
        """A record as JSON, and by their digests the long texts of it that may not be in the log yet."""
        texts: dict[str, str] = {}
        longest = largest()

        def keep(text: str) -> str:
            encoded = text.encode()
            if len(encoded) > longest:  # it could not be read again
                raise ValueError(too_large())
            digest = blake2b(encoded, digest_size=16).hexdigest()
            if digest not in self._known:
                texts[digest] = text
            return digest

        swap(unpacked := record.model_dump(mode="json"), keep)
        packed = to_json(unpacked)
        if len(packed) > (most := self._database.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)):
            raise ValueError(f"it has {len(packed):,} bytes, and SQLite takes {most:,}")
        return packed.decode(), texts

    def _ungrade(self, number: int) -> None:
        """Take away the grades of a match, if it has any."""
        if self._database.execute("DELETE FROM grades WHERE number = ?", (number,)).rowcount:
            self._seals.add("grades", number, None)
            self._columns.ungrade(number)

    def _insert(self, table: str, number: int | None, packed: str, texts: Mapping[str, str]) -> None:
        """Insert a record and seal it, its long texts apart."""
        self._database.executemany(
            "INSERT OR IGNORE INTO texts VALUES (?, ?)",
            [(digest, zlib.compress(text.encode())) for digest, text in texts.items()],
        )
        if len(self._known) > KNOWN:
            self._known.clear()
        self._known.update(texts)
        values = (packed,) if number is None else (number, packed)
        statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        added = self._database.execute(statement, values)
        self._seals.add(table, added.lastrowid or 0, packed)  # a number is the row's id, where there is one

    def _bring_up_to_date(self) -> None:
        """Turn a log of an earlier format into one of today's."""
        found = format_of(self._database)
        if found == FORMAT:
            return
        with self._database:
            self._database.execute("BEGIN")
            for name in OLDER.get(found, ()):
                self._database.execute(f"DROP TABLE {name}")
            for statement in tables(found, FORMAT).values():
                self._database.execute(statement)
            if found < TEXTS_APART:
                self._set_texts_apart()
            self._database.execute(f"PRAGMA user_version = {FORMAT}")
            if found < COUNTED:
                self._count()
            if found < SEALED:
                self._seals.add_all()

    def _count(self) -> None:
        """Compute the columns of what the log holds."""
        database, texts = self._database, texts_of(self._database)
        matches = (
            read_record(Match, text, f"{self.path}: match {number}", texts)
            for number, text in database.execute("SELECT number, record FROM matches ORDER BY number")
        )
        grades = (
            (number, read_record(Grades, text, f"{self.path}: the grades of match {number}"))
            for number, text in database.execute("SELECT number, record FROM grades ORDER BY number")
        )
        try:
            fill(database, matches, grades)
        except ValueError as error:
            raise LogError(f"{self.path} is damaged: {error}") from error

    def _set_texts_apart(self) -> None:
        """Store the long texts apart, which stand in the records themselves."""
        matches = self._database.execute("SELECT number, record FROM matches").fetchall()
        voids = self._database.execute("SELECT record FROM voids ORDER BY rowid").fetchall()
        for statement in ("DELETE FROM matches", "DELETE FROM voids"):
            self._database.execute(statement)
        for number, text in matches:
            record = read_record(Match, text, f"{self.path}: match {number}")
            self._insert("matches", number, *self._packed(record))
        for (text,) in voids:
            record = read_record(Void, text, f"{self.path}: a void match")
            self._insert("voids", None, *self._packed(record))
