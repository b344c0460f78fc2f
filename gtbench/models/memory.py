"""Answers that are not asked for again: a cache of replies, and the replay of a log.

Both find a call by the key of its request, which is all that determines the answer and the sample's index, so
that two samples of one prompt are never one and the same.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from gtbench.database import check_tables, connection, make, unfolded
from gtbench.errors import NotRecorded, UserError
from gtbench.records import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gtbench.models.request import Model, Omitting, Request, Sampling

APPLICATION = int.from_bytes(b"gtbc")
"""SQLite's application id of a cache."""
TABLE = "CREATE TABLE calls (key TEXT PRIMARY KEY, record BLOB NOT NULL)"


GLANCES, GLANCE = 20, 0.05
"""How often, and after how many seconds, it is looked again whether a cache is still being made."""


class ReplyCache:
    """A file of answers by their requests' keys; several processes may use one at once.

    Args:
        path: The file; made if it is not there.

    Raises:
        UserError: It cannot be read or written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._reported():
            if not path.exists():
                with suppress(FileExistsError):  # another process has made it just now
                    make(path, _fill)
            if not path.is_file():  # but a folder, a pipe or a device
                raise UserError(f"the cache {path} is no file: name another")
            if _has_other_names(path):  # each name would have a journal of its own
                raise UserError(f"the cache {path} has other names too (hard links): use a copy of it")
            self._database = connection(path, "rw")
        try:
            self._check()
        except UserError:
            self.close()
            raise

    def _check(self) -> None:
        """Refuse a file that is something else."""
        with self._reported():
            (found,) = self._database.execute("PRAGMA application_id").fetchone()
            if found != APPLICATION:
                raise UserError(f"{self.path} is no cache of replies: name another file")
            check_tables(self._database, TABLE)
            self._database.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def get(self, key: str) -> Call | None:
        """The call of that key, marked as replayed."""
        with self._reported():
            row = self._database.execute("SELECT record FROM calls WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            call = Call.model_validate_json(unfolded(row[0]))
        except ValidationError as error:
            raise UserError(f"{self.path} is damaged: remove it") from error
        except ValueError as error:
            raise UserError(f"{self.path} is damaged, remove it: {error}") from error
        return call.model_copy(update={"replayed": True})

    def put(self, call: Call) -> None:
        """Keep a call, unless one of its replies is empty: that may have been an accident."""
        if all(sample.reply.strip() for sample in call.samples):
            record = zlib.compress(call.model_dump_json().encode())
            with self._reported(), self._database:
                self._database.execute("INSERT OR IGNORE INTO calls VALUES (?, ?)", (call.key, record))

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turn what the disk or SQLite says into one line."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"the cache {self.path} cannot be used: {reason}") from error


def _fill(database: sqlite3.Connection) -> None:
    """Make an empty cache."""
    database.execute("PRAGMA journal_mode = WAL")  # else each reply would wait for the disk
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(TABLE)


class Remembered:
    """A model whose answers are looked up in a cache first, and kept there."""

    def __init__(self, model: Model, cache: ReplyCache) -> None:
        self._model, self._cache = model, cache
        self.model, self.priced = model.model, model.priced

    @property
    def takes(self) -> frozenset[str]:
        """As of the model, which may learn what its server does not take."""
        return self._model.takes

    def sends(self, sampling: Sampling) -> frozenset[str]:
        """As of the model."""
        return cast("Omitting", self._model).sends(sampling)

    async def complete(self, request: Request) -> Call:
        """As of the model; a call that was kept is marked as replayed."""
        kept = self._cache.get(request.key(self.model))
        if kept is None and request.n > 1:  # the server may have given one reply only
            kept = self._cache.get(replace(request, n=1).key(self.model))
        if kept:
            return kept
        call = await self._model.complete(request)
        self._cache.put(call)
        return call

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


class Recording:
    """The calls of a log, to be played again without a network.

    Args:
        calls: The calls.
        source: What the log is called, for the error.
        reworded: Whether prompts had other words then. A call is then found by the seed that was sent with
            it, which no other request of a run has, unless the user set one for all.
    """

    def __init__(self, calls: Iterable[Call], source: str, *, reworded: bool = False) -> None:
        self.source = source
        self.calls = {call.key: call.model_copy(update={"replayed": True}) for call in calls if call.key}
        """The calls by their keys; those of logs of format 1 have none."""
        seeds = Counter(_seed_of(call) for call in self.calls.values()) if reworded else {}
        self._by_seed = {
            _seed_of(call): call for call in self.calls.values() if seeds.get(_seed_of(call)) == 1
        }

    def answer(self, request: Request, model: str) -> Call | None:
        """The call of a request, whatever its words are now if they were others then."""
        return self.calls.get(request.key(model)) or self._by_seed.get((model, request.seed))

    def model(self, name: str) -> Recorded:
        """A model by its `PROVIDER/MODEL`, as far as it was recorded."""
        return Recorded(name, self)

    def sent(self, model: str) -> frozenset[str]:
        """Every setting that was sent to a model."""
        return frozenset(
            name for call in self.calls.values() if call.model == model for name in call.settings
        )


def _seed_of(call: Call) -> tuple[str, object]:
    """A model, and the seed that it was sent."""
    return call.model, call.settings.get("seed")


class Recorded:
    """A model that answers what it answered in a log, and nothing else; see `gtbench.models.Model`."""

    priced = True

    def __init__(self, model: str, recording: Recording) -> None:
        from gtbench.models.request import Sampling

        self.model, self._recording = model, recording
        # what it takes decides how agents ask it, so it must be as it was
        forms = {"schema", "tool"}  # never taken unless asked for
        self.takes = frozenset(Sampling.model_fields) | forms | (recording.sent(model) & {"n", "grammar"})

    def sends(self, sampling: Sampling) -> frozenset[str]:
        """All that is to be left out: it was checked when it was recorded."""
        return sampling.omitted

    async def complete(self, request: Request) -> Call:
        """The recorded answer.

        Raises:
            NotRecorded: There is none.
        """
        call = self._recording.answer(request, self.model)
        if call is None:
            error = NotRecorded(
                f"{self._recording.source} does not hold this request to {self.model}: a replay needs the "
                "same agents, games, deals and seed, and the version of gtbench that recorded it"
            )
            error.messages = request.messages
            raise error
        return call.model_copy(update={"messages": request.messages})  # what is asked now, for comparing

    async def aclose(self) -> None:
        """Nothing is held."""


def _has_other_names(path: Path) -> bool:
    """Whether a file has hard links; one that is being made has a second name for a moment."""
    for _ in range(GLANCES):
        if path.stat().st_nlink == 1:
            return False
        time.sleep(GLANCE)
    return True
