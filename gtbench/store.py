"""The run log: one SQLite file that holds a tournament and every match played of it.

A finished match is committed whole before the next is begun in its place, so that a log is sound at every
moment, whatever ends the process. Everything published is a pure function of this file.
"""

from __future__ import annotations

import math
import platform
import shlex
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import platformdirs
from filelock import FileLock, Timeout
from pydantic import ValidationError

from gtbench import registry
from gtbench._version import __version__
from gtbench.errors import LogError
from gtbench.game import derive
from gtbench.models.ledger import Budget, Ledger
from gtbench.records import FORMAT, Match, Run, Void
from gtbench.schedule import Tournament, round_robin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    import pandas as pd

    from gtbench.records import Call

MAGIC = b"SQLite format 3\x00"
APPLICATION = int.from_bytes(b"gtbl")
"""SQLite's application id of a gtbench log."""

SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE run (record TEXT NOT NULL);
CREATE TABLE matches (number INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE voids (record TEXT NOT NULL);
"""


class RunLog:
    """A run log, open for reading; `create_log` and `open_log` return one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._reading() as database:
            (health,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if health != "ok":
                raise LogError(f"{path} is damaged: {health}")
            row = database.execute("SELECT record FROM run").fetchone()
        if row is None:
            raise LogError(f"{path} is damaged: it holds no run")
        self.run: Run = _record(Run, row[0], f"{path}: the run's settings")
        self.tournament = Tournament.recorded(self.run.tournament)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; a damaged file is reported as such.

        A process that was killed in the middle of a commit leaves a journal, which takes writing to undo.
        """
        mode = "rw" if Path(f"{self.path}-journal").exists() else "ro"
        try:
            with closing(
                sqlite3.connect(f"{self.path.resolve().as_uri()}?mode={mode}", uri=True)
            ) as database:
                yield database
        except sqlite3.OperationalError as error:
            raise LogError(f"{self.path} cannot be read: {error}") from error
        except sqlite3.DatabaseError as error:
            raise LogError(f"{self.path} is damaged: {error}") from error

    def numbers(self) -> frozenset[int]:
        """The numbers of the matches that have been played."""
        with self._reading() as database:
            return frozenset(number for (number,) in database.execute("SELECT number FROM matches"))

    def matches(self) -> tuple[Match, ...]:
        """Every match played, in the schedule's order."""
        with self._reading() as database:
            rows = database.execute("SELECT number, record FROM matches ORDER BY number").fetchall()
        return tuple(_record(Match, text, f"{self.path}: match {number}") for number, text in rows)

    def match(self, number: int) -> Match:
        """One match by its number.

        Raises:
            LogError: It has not been played.
        """
        with self._reading() as database:
            row = database.execute("SELECT record FROM matches WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise LogError(f"{self.path} has no match {number}; `gtbench matches LOG` lists them")
        match: Match = _record(Match, row[0], f"{self.path}: match {number}")
        return match

    def voids(self) -> tuple[Void, ...]:
        """Every match that the world broke off and that has not been played since, with its last reason."""
        played = self.numbers()
        last = {void.number: void for void in self._broken_off() if void.number not in played}
        return tuple(last[number] for number in sorted(last))

    def _broken_off(self) -> tuple[Void, ...]:
        """Every time that a match was broken off, in order of time."""
        with self._reading() as database:
            rows = database.execute("SELECT record FROM voids ORDER BY rowid").fetchall()
        return tuple(_record(Void, text, f"{self.path}: a void match") for (text,) in rows)

    def ledger(self, budget: Budget | None = None) -> Ledger:
        """What the run has spent, in matches that were finished or broken off, under a budget."""
        ledger = Ledger(budget or Budget())
        for match in self.matches():
            ledger.add(match.calls)
        for void in self._broken_off():
            ledger.add(void.calls)
        return ledger

    def writer(self) -> LogWriter:
        """The one writer that a log can have at a time, to be used in a `with` block."""
        return LogWriter(self.path)

    def frame(self) -> pd.DataFrame:
        """One row a match and seat: who played whom, rewards, decisions, faults, calls and tokens."""
        import pandas as pd

        return pd.DataFrame(
            {
                "match": match.number,
                "game": match.game,
                "deal": match.deal,
                "seat": seat,
                "agent": agent,
                "opponent": match.agents[1 - seat],
                "reward": match.rewards[seat],
                "opponent_reward": match.rewards[1 - seat],
                "forfeited": seat in match.forfeited_by,
                "decisions": len(turns),
                "faults": sum(len(turn.faults) for turn in turns),
                "calls": len(calls),
                "input_tokens": sum(call.input_tokens for call in calls),
                "output_tokens": sum(call.output_tokens for call in calls),
                "cost": math.fsum(call.cost if call.cost is not None else math.nan for call in calls),
                "seconds": sum(call.seconds for call in calls),
            }
            for match in self.matches()
            for seat, agent in enumerate(match.agents)
            for turns in [[turn for turn in match.turns if turn.seat == seat]]
            for calls in [[call for turn in turns for attempt in turn.attempts for call in attempt.calls]]
        )

    def standings(self) -> pd.DataFrame:
        """One row an agent and game, and one an agent overall: score and NRA with 95 % intervals."""
        return self._report("standings")

    def profile(self) -> pd.DataFrame:
        """One row an agent and game: decisions, faults by kind, their rate with a 95 % interval, forfeits."""
        return self._report("profile")

    def coverage(self) -> str:
        """How much of the schedule has been played, and how many matches are void."""
        played, scheduled = len(self.numbers()), len(round_robin(self.tournament))
        void = len(self.voids())
        text = f"{played} of {scheduled} matches played" + (f", {void} void" if void else "") + "."
        return (
            text if played == scheduled else f"{text} The rest: gtbench resume {shlex.quote(str(self.path))}"
        )

    def _report(self, name: str) -> pd.DataFrame:
        import pandas as pd

        found = registry.load("reports", name)(self)
        return pd.DataFrame([row.model_dump() for row in found.rows])


class LogWriter:
    """A run log, open for adding to it; another process that tries the same is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        name = derive(path.resolve(), bits=64)
        # not beside the log, where it would look like a part of it
        locks = platformdirs.user_cache_path("gtbench") / "locks"
        with _reported(path):
            locks.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(locks / f"{name:x}.lock", timeout=0)

    def __enter__(self) -> Self:
        try:
            self._lock.acquire()
        except Timeout:
            raise LogError(f"{self.path} is being written by another gtbench: wait for it to end") from None
        with _reported(self.path):
            self._database = sqlite3.connect(self.path, timeout=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._lock.release()

    def add(self, match: Match) -> None:
        """Commit a finished match."""
        self._insert("INSERT INTO matches VALUES (?, ?)", match.number, match.model_dump_json())

    def add_void(self, number: int, reason: str, calls: Sequence[Call]) -> None:
        """Commit that a match was broken off by the world, why, and the calls that it has cost."""
        void = Void(number=number, reason=reason, at=datetime.now(UTC), calls=tuple(calls))
        self._insert("INSERT INTO voids VALUES (?)", void.model_dump_json())

    def _insert(self, statement: str, *values: object) -> None:
        with _reported(self.path), self._database:
            self._database.execute(statement, values)


def create_log(path: str | Path, tournament: Tournament) -> RunLog:
    """Make a new run log.

    Raises:
        LogError: Something is at that path already; it is left as it is.
    """
    path = Path(path)
    refuse_existing(path)
    run = Run(
        format=FORMAT,
        tournament=tournament.model_dump(mode="json"),
        created=datetime.now(UTC),
        versions={
            "gtbench": __version__,
            "python": platform.python_version(),
            "open_spiel": version("open_spiel"),
        },
    )
    with _reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # made under another name, so that a log is there whole or not at all
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".gtbench-") as scratch:
            made = Path(scratch) / "log"
            with closing(sqlite3.connect(made)) as database:
                database.executescript(f"BEGIN; {SCHEMA}")
                database.execute("INSERT INTO run VALUES (?)", (run.model_dump_json(),))
                database.commit()
            made.rename(path)
    return RunLog(path)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn what the disk or SQLite says about writing a log into one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LogError(f"{path} cannot be written: {reason}") from error


def refuse_existing(path: Path) -> None:
    """Raise `LogError` if something is where a new log is to be."""
    with _reported(path):
        is_there, is_folder = path.exists(), path.is_dir()
    if is_folder:
        raise LogError(f"{path} is a folder: name a file in it with --log")
    if is_there:
        resume = f"gtbench resume {shlex.quote(str(path))}"
        raise LogError(f"{path} exists already: name another --log, or go on with: {resume}")


def open_log(path: str | Path) -> RunLog:
    """Open a run log for reading; nothing is changed.

    Raises:
        LogError: There is no such file, or it is no run log, a damaged one, or one from a newer gtbench.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise LogError(f"{path} cannot be read: {error.strerror}") from None
    # the header is read by hand since SQLite itself may touch a file that it opens
    if header[:16] != MAGIC or int.from_bytes(header[68:72]) != APPLICATION:
        raise LogError(f"{path} is no run log of gtbench, or its beginning is damaged")
    found = int.from_bytes(header[60:64])
    if found > FORMAT:
        raise LogError(
            f"{path} has log format {found}, but gtbench {__version__} reads up to {FORMAT}: upgrade gtbench"
        )
    return RunLog(path)


def _record(kind: type[Any], text: str, what: str) -> Any:
    """A record from its JSON."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise LogError(f"{what} is damaged: {error.errors()[0]['msg']}") from error
