"""What stands in a run log record by record: its run, matches, grades and judgements, and what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from gtbench.errors import LogError
from gtbench.log import seals, tables
from gtbench.log.format import ASKED, COUNTED, GRADED, JUDGED, SEALED, format_of, read_record, texts_of
from gtbench.log.opening import check_parts, check_whole, reading
from gtbench.records import Asked, Grades, Judgement, Match, Run, Void
from gtbench.schedule import Elicitation, Tournament
from gtbench.text import line

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from gtbench.log.columns import Row
    from gtbench.records import Call, Grade
    from gtbench.schedule import Pairing

LAST = "SELECT number FROM matches ORDER BY number DESC LIMIT ?"
"""The numbers of the last matches; of all for -1."""

OF_GAME = "WHERE number IN (SELECT match FROM results, names WHERE code = game AND name = ?)"
"""Of the matches those of a game."""


class Stored(NamedTuple):
    """All that a log holds of one match."""

    match: Match
    grades: Grades | None
    rows: dict[str, list[Row]] | None
    """What stands of it in the columns, by table; None in a log that has none."""


class Sealed(NamedTuple):
    """A log's chain of seals, see `gtbench.log.seals`."""

    head: str
    """The last link in hexadecimal; empty in a log that has none."""
    broken: tuple[seals.Break, ...]


class Recorded:
    """The records of a run log, read one after the other."""

    def __init__(self, path: str | Path) -> None:
        self.path = path = Path(path)
        with reading(self.path) as database:
            check_parts(path, database)
            row = database.execute("SELECT record FROM run").fetchone()
        if row is None:
            raise LogError(f"{path} is damaged: it holds no run")
        self.run: Run = read_record(Run, row[0], f"{path}: the run's settings")
        settings = self.run.elicitation
        self.elicitation: Elicitation | None = None
        """What is asked of an agent without matches, in a log of that kind."""
        self._tournament: Tournament | None = None
        self._games: frozenset[str] | None = None  # the games whose matches count, unless all of them do
        try:
            if settings:
                self.elicitation = Elicitation.model_validate(settings)
            else:
                self._tournament = Tournament.recorded(self.run.tournament)
        except ValidationError as error:
            raise LogError(f"{path} is damaged: its settings: {error.errors()[0]['msg']}") from error

    @property
    def tournament(self) -> Tournament:
        """The tournament.

        Raises:
            LogError: The log is an elicitation's.
        """
        if self._tournament is None:
            raise LogError(
                f"{self.path} holds what an agent was asked, and no matches: read it with gtbench policy, "
                "exploitability or replay"
            )
        return self._tournament

    def pairings(self) -> tuple[Pairing, ...]:
        """Every match of the tournament, played or not, with the luck of this run."""
        return self.tournament.pairings(self.run.keys)

    def numbers(self) -> frozenset[int]:
        """The numbers of the matches that have been played."""
        with reading(self.path) as database:
            return frozenset(number for (number,) in database.execute("SELECT number FROM matches"))

    @property
    def match_count(self) -> int:
        """How many matches have been played."""
        with reading(self.path) as database:
            (found,) = database.execute("SELECT count(*) FROM matches").fetchone()
            return int(found)

    def matches(self, last: int | None = None) -> tuple[Match, ...]:
        """Every match played, or so many of the last ones, in the schedule's order."""
        if last is None:
            return tuple(self.iter_matches())
        with reading(self.path) as database:
            numbers = [number for (number,) in database.execute(LAST, (last,))]
        return tuple(self.match(number) for number in reversed(numbers))

    def iter_matches(self, game: str | None = None) -> Iterator[Match]:
        """Every match played, or those of one game, in the schedule's order, one at a time."""
        with reading(self.path) as database:
            texts = texts_of(database)
            some = OF_GAME if game is not None and format_of(database) >= COUNTED else ""
            statement = f"SELECT number, record FROM matches {some} ORDER BY number"  # noqa: S608
            for number, text in database.execute(statement, (game,) if some else ()):
                match = self._match(number, text, texts)
                if game in (None, match.game) and (self._games is None or match.game in self._games):
                    yield match

    def stored(self, numbers: Iterable[int]) -> Iterator[Stored]:
        """All that the log holds of each of these matches, for checking one against the other."""
        with reading(self.path) as database:
            texts, found = texts_of(database), format_of(database)
            names = tables.names(database) if found >= COUNTED else {}
            for number in numbers:
                where = "SELECT record FROM matches WHERE number = ?"
                (record,) = database.execute(where, (number,)).fetchone()
                graded = self._grades_in(database, number) if found >= GRADED else None
                rows = None
                if found >= COUNTED:
                    rows = {table: tables.rows(database, table, number, names) for table in tables.ALL}
                yield Stored(self._match(number, record, texts), graded, rows)

    def match(self, number: int) -> Match:
        """One match by its number.

        Raises:
            LogError: It has not been played.
        """
        with reading(self.path) as database:
            row = database.execute("SELECT record FROM matches WHERE number = ?", (number,)).fetchone()
            if row is None:
                raise LogError(f"{self.path} has no match {number}; `gtbench matches LOG` lists them")
            return self._match(number, row[0], texts_of(database))

    def _match(self, number: int, record: str, texts: Callable[[str], str] | None) -> Match:
        """A match from its record."""
        match: Match = read_record(Match, record, f"{self.path}: match {number}", texts)
        if match.number != number:
            raise LogError(f"{self.path}: match {number} is damaged: it calls itself {match.number}")
        return match

    def grades(self) -> dict[int, tuple[Grade, ...]]:
        """What the oracles say of each turn, by the numbers of the matches that have been graded."""
        return {number: graded.turns for number, graded in self._graded()}

    def graded(self, number: int) -> tuple[Grade, ...] | None:
        """What the oracles say of each turn of one match; None where it has not been graded."""
        with reading(self.path) as database:
            if format_of(database) < GRADED:
                return None
            found = self._grades_in(database, number)
        return found.turns if found else None

    def _grades_in(self, database: sqlite3.Connection, number: int) -> Grades | None:
        """The grades of one match, where it has any."""
        row = database.execute("SELECT record FROM grades WHERE number = ?", (number,)).fetchone()
        if row is None:
            return None
        found: Grades = read_record(Grades, row[0], f"{self.path}: the grades of match {number}")
        return found

    def _graded(self) -> list[tuple[int, Grades]]:
        """What is said of each match that has been graded, by its number."""
        with reading(self.path) as database:
            if format_of(database) < GRADED:
                return []
            rows = database.execute("SELECT number, record FROM grades ORDER BY number").fetchall()
        what = f"{self.path}: the grades of match"
        return [(number, read_record(Grades, text, f"{what} {number}")) for number, text in rows]

    def judgements(self) -> tuple[Judgement, ...]:
        """What LLM judges say of the reasoning in turns: of each judge on each turn what it said last."""
        judged = [one for one in self.judging() if one.votes]
        last = {(one.judge, one.rubric, one.number, one.turn): one for one in judged}
        return tuple(sorted(last.values(), key=lambda one: (one.judge, one.rubric, one.number, one.turn)))

    def judging(self, judge: str | None = None) -> tuple[Judgement, ...]:
        """All that a judge, or every judge, was asked, in order of time: for what it has cost."""
        with reading(self.path) as database:
            if format_of(database) < JUDGED:
                return ()
            rows = database.execute("SELECT record FROM judgements ORDER BY rowid").fetchall()
            texts, what = texts_of(database), f"{self.path}: a judgement"
            found: list[Judgement] = [read_record(Judgement, text, what, texts) for (text,) in rows]
        return tuple(one for one in found if judge in (None, one.judge))

    def answers(self) -> tuple[Asked, ...]:
        """What an agent answered without a match, in order of samples and information sets."""
        if self.elicitation is None:
            return ()
        place = {
            information_set: place for place, information_set in enumerate(self.elicitation.information_sets)
        }
        found = {
            (one.sample, place[one.information_set]): one
            for one in self.asked()
            if one.turn and one.information_set in place and 0 <= one.sample < self.elicitation.samples
        }
        return tuple(found[asked] for asked in sorted(found))

    def asked(self) -> tuple[Asked, ...]:
        """All that was put to an agent without a match, in order of time."""
        with reading(self.path) as database:
            if format_of(database) < ASKED:
                return ()
            rows = database.execute("SELECT record FROM answers ORDER BY rowid").fetchall()
            texts, what = texts_of(database), f"{self.path}: an answer"
            return tuple(read_record(Asked, text, what, texts) for (text,) in rows)

    def voids(self) -> tuple[Void, ...]:
        """Every match that the world broke off and that has not been played since, with its last reason."""
        broken_off = self._broken_off()
        played = self.numbers() if broken_off else frozenset[int]()
        last = {void.number: void for void in broken_off if void.number not in played}
        return tuple(last[number] for number in sorted(last))

    def _broken_off(self) -> tuple[Void, ...]:
        """Every time that a match was broken off, in order of time."""
        with reading(self.path) as database:
            rows = database.execute("SELECT record FROM voids ORDER BY rowid").fetchall()
            texts = texts_of(database)
            return tuple(read_record(Void, text, f"{self.path}: a void match", texts) for (text,) in rows)

    def calls(self) -> tuple[Call, ...]:
        """Every call of a player that was answered, whatever became of its match."""
        played = [call for match in self.matches() for call in match.calls]
        asked = [call for one in self.asked() for call in one.paid]
        return (*played, *asked, *(call for void in self._broken_off() for call in void.calls))

    def seals(self) -> Sealed:
        """The log's chain of seals, and where it is broken."""
        with reading(self.path) as database:
            if format_of(database) < SEALED:
                return Sealed("", ())
            try:
                return Sealed(seals.head(database).hex(), tuple(seals.broken(database)))
            except (ValueError, TypeError) as error:
                raise LogError(f"{self.path} is damaged: {line(error)}") from error

    def check(self) -> None:
        """Read the whole file and every record, one at a time, and hold it against its seals.

        Raises:
            LogError: Something of it is damaged.
        """
        self.check_records()
        for found in self.seals().broken:
            raise LogError(f"{self.path} is damaged: {found}")

    def check_records(self) -> None:
        """Read the whole file and every record, one at a time.

        Raises:
            LogError: Something cannot be read.
        """
        with reading(self.path) as database:
            check_whole(self.path, database)
        for _ in self.iter_matches():
            pass
        self.grades()
        self._broken_off()
        self.asked()
