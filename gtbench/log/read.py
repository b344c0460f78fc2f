"""The run log: one SQLite file with a tournament and its matches, or with what an agent was asked.

A finished match is committed whole before the next is begun in its place, and its grades soon after, so that
a log is sound at every moment, whatever ends the process. All that is published is a function of this file.

How the file is laid out stands in `gtbench.log.format`.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager, suppress
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench import names, registry
from gtbench.errors import BadOption, LogError, UnknownName, suggestion
from gtbench.log import tables
from gtbench.log.format import COUNTED, format_of, writing
from gtbench.log.lock import locked
from gtbench.log.opening import check_kind, reading
from gtbench.log.recorded import LAST, Recorded
from gtbench.log.write import LogWriter
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.report import Report, letters
from gtbench.signatures import signature
from gtbench.text import line, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd


FRAME = (
    "match", "game", "deal", "seat", "agent", "opponent", "reward", "opponent_reward", "forfeited",
    "decisions", "faults", "calls", "input_tokens", "output_tokens", "retries", "cost", "seconds",
)  # fmt: skip
"""The columns of `RunLog.frame`."""

SPENT = """SELECT count(DISTINCT match), sum(calls), sum(input_tokens) + sum(output_tokens), sum(faults),
    total(sent_cost), sum(sent_tokens), sum(sent), sum(sent_failed)
    FROM results WHERE match IN (SELECT number FROM matches)"""
UNGRADED = """SELECT match, name FROM results JOIN names ON code = game WHERE seat = 0
    AND match IN (SELECT number FROM matches) AND match NOT IN (SELECT number FROM grades)"""
UNPRICED = """SELECT DISTINCT name FROM names, results WHERE code = unpriced
    AND match IN (SELECT number FROM matches)"""


class Totals(NamedTuple):
    """What matches have brought, added up."""

    matches: int
    calls: int
    tokens: int  # input and output
    faults: int


class RunLog(Recorded):
    """A run log, open for reading; `create_log` and `open_log` return one."""

    def ledger(self, budget: Budget | None = None) -> Ledger:
        """What the run has spent, whatever became of its matches, under a budget."""
        ledger = Ledger(budget or Budget())
        with self._columns() as database:
            *_, cost, tokens, calls, failed = (value or 0 for value in database.execute(SPENT).fetchone())
            named = [name for (name,) in database.execute(UNPRICED)]
        try:
            unpriced = [str(model) for models in named for model in json.loads(models)]
        except (ValueError, TypeError) as error:
            raise LogError(f"{self.path} is damaged: its results: {line(error)}") from error
        ledger.take_over(Spent(cost, tokens, calls), failed, unpriced)
        for void in self._broken_off():
            ledger.add(void.calls, void.failed)
        for one in self.asked():
            ledger.add(one.paid, one.failed)
        return ledger

    def totals(self) -> Totals:
        """What the matches that were played have brought, added up."""
        with self._columns() as database:
            return Totals(
                *(value or 0 for value in database.execute(SPENT).fetchone()[: len(Totals._fields)])
            )

    def ungraded(self) -> dict[int, str]:
        """The games of the matches that have no grades, by number."""
        with self._columns() as database:
            return dict(database.execute(UNGRADED))

    def check_free(self) -> None:
        """See that the log can be written now, before anything is done that takes time.

        Raises:
            LogError: It cannot, or another process writes it.
        """
        with writing(self.path), locked(self.path):
            pass

    def writer(self) -> LogWriter:
        """The one writer that a log can have at a time, to be used in a `with` block."""
        return LogWriter(self.path)

    def discard(self) -> None:
        """Remove a log that this process has made, if nothing has been added to it.

        Another file that has come in its place stays, and so does one that another process writes by now.
        """
        with suppress(LogError, OSError), locked(self.path):
            found = RunLog(self.path)
            if found.run == self.run and not (found.numbers() or found.asked() or found._broken_off()):
                self.path.unlink()

    def results(self, *columns: str, last: int | None = None) -> pd.DataFrame:
        """One row a match and seat: who played whom, what it earned, faults, calls, tokens and costs.

        Read without a record. `gtbench.log.columns.RESULTS` says what each column holds; agents and games are
        categorical.

        Args:
            columns: Their names; all of them unless said.
            last: Of so many matches, the last ones; of all unless said.
        """
        return self._counted("results", columns, last)

    def decisions(self, *columns: str) -> pd.DataFrame:
        """One row a turn: who was asked, what it did, what that has cost, and how it was graded.

        Read without a record. `gtbench.log.columns.DECISIONS` says what each column holds, and `GRADED` does
        so for those that come with grades.

        Args:
            columns: Their names; unless said, all of them but `best` and `action_values`.
        """
        return self._counted("decisions", columns, None)

    def _counted(self, table: str, columns: tuple[str, ...], last: int | None) -> pd.DataFrame:
        """Columns of the matches that the log holds."""
        for name in columns:
            if name not in (known := [column.name for column in tables.ALL[table]]):
                raise BadOption(f"the {table} have no column {name!r}{suggestion(name, known)}")
        wanted = [*(columns or tables.usual(table))]
        with self._columns() as database:
            numbers = [number for (number,) in database.execute(LAST, (-1 if last is None else last,))]
            first = min(numbers, default=0) if last else None
            found = self._framed(database, table, [*dict.fromkeys(("match", "game", *wanted))], first)
        there = found["match"].isin(numbers)
        lacking = len(numbers) - found["match"][there].nunique() if table == "results" else 0
        if lacking:
            raise LogError(
                f"{self.path} is damaged: its results lack {lacking} of its {len(numbers)} matches"
            )
        return self._chosen(found if there.all() else tables.part(found, there))[wanted]

    def _chosen(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the matches that count."""
        return rows if self._games is None else tables.part(rows, rows["game"].isin(self._games))

    @contextmanager
    def _columns(self) -> Iterator[sqlite3.Connection]:
        """A database with the columns, all of one moment: the log, or for an older one what is computed."""
        with reading(self.path) as database:
            if format_of(database) >= COUNTED:
                database.execute("BEGIN")
                yield database
                return
        with closing(sqlite3.connect(":memory:")) as made:
            made.deserialize(self._computed)
            yield made

    @cached_property
    def _computed(self) -> bytes:
        """A database with the columns of an older log, and the numbers of its matches, from its records."""
        with closing(sqlite3.connect(":memory:")) as made:
            numbers = (
                f"CREATE TABLE {table} (number INTEGER PRIMARY KEY)" for table in ("matches", "grades")
            )
            made.executescript(";".join([*numbers, *tables.made()]))
            graded = self._graded()
            try:
                tables.fill(made, self.iter_matches(), graded)
            except ValueError as error:
                raise LogError(f"{self.path} is damaged: {error}") from error
            made.execute("INSERT INTO matches SELECT DISTINCT match FROM results")
            made.executemany("INSERT INTO grades VALUES (?)", [(number,) for number, _ in graded])
            made.commit()
            return made.serialize()

    def _framed(
        self, database: sqlite3.Connection, table: str, wanted: Sequence[str], first: int | None
    ) -> pd.DataFrame:
        """Columns from a database, of the matches from a number on."""
        try:
            return tables.frame(database, table, wanted, first)
        except (ValueError, TypeError, OverflowError) as error:
            raise LogError(f"{self.path} is damaged: its {table}: {line(error)}") from error

    def frame(self) -> pd.DataFrame:
        """One row a match and seat: who played whom, rewards, decisions, faults, calls and tokens."""
        return self.results(*FRAME).astype(dict.fromkeys(("game", "agent", "opponent"), "object"))

    def standings(self) -> pd.DataFrame:
        """One row an agent and game, and one an agent overall: score and NRA with 95 % intervals."""
        return self.report("standings")

    def profile(self, by: str = "game") -> pd.DataFrame:
        """One row an agent and kind of decisions: faults, and what its moves gave away, with 95 % intervals.

        By game also what they gave away against the opponents as they were seen to play (`pool_...`).

        Args:
            by: game, phase, criticality, seat, tokens, strategy or model.
        """
        return self.report("profile", by=by)

    def exploitability(self) -> pd.DataFrame:
        """One row an agent and game in which it can be told: how much best responses win from the agent."""
        return self.report("exploitability")

    def report(
        self, name: str, *, games: Sequence[str] = (), agents: Sequence[str] = (), **options: Any
    ) -> pd.DataFrame:
        """A report as a data frame; its `attrs` hold the notes, and what each column means.

        Args:
            name: Of the report, as the command line calls it; `gtbench.registry.names("reports")` are all.
            games: Count the matches of these games only; `nim` also means `nim[pile_sizes=2;4;6]`.
            agents: Leave out the rows about others, by name or letter; no figure changes by it.
            options: The report's own, such as `by`.

        Raises:
            UnknownName: There is no such report, game or agent.
            BadOption: The report has no such option, or it cannot be restricted so.
        """
        return self.reported(name, games=games, agents=agents, **options).frame()

    def reported(
        self, name: str, *, games: Sequence[str] = (), agents: Sequence[str] = (), **options: Any
    ) -> Report[Any]:
        """As `report`, with the columns that every format shows it by."""
        function = registry.load("reports", name)
        try:
            signature(function).bind(self, **options)
        except TypeError as error:
            raise BadOption(f"the report {name!r}: {error}") from None
        found: Report[Any] = function(self.only(games) if games else self, **options)
        if not isinstance(found, Report):
            by = registry.distribution("reports", name)
            raise BadOption(f"the report {name!r} of {by} returns no gtbench.report.Report; update {by}")
        if not agents:
            return found
        if not any(column.agent for column in found.columns):
            raise BadOption(f"the report {name!r} has no rows by agent: leave out the agents")
        about = {str(column.of(row)) for column in found.columns if column.agent for row in found.rows}
        return found.only({who if who in about else self.agent(who) for who in agents})

    @property
    def agents(self) -> tuple[str, ...]:
        """Every agent of the run."""
        return (self.elicitation or self.tournament).agents

    def letters(self) -> dict[str, str]:
        """What each agent is called where its name does not fit: A, B, ... in the order of their names."""
        return letters(self.agents)

    def agent(self, name: str) -> str:
        """The agent of that name or letter.

        Raises:
            UnknownName: There is none in this log.
        """
        called = {letter: agent for agent, letter in self.letters().items()}
        if name not in self.agents and name not in called:
            raise UnknownName(f"agent in {self.path}", name, self.agents)
        return name if name in self.agents else called[name]

    def only(self, games: Sequence[str]) -> RunLog:
        """The same log with the matches of these games alone, a game with each of its parameters.

        Raises:
            UnknownName: No match of one of them was planned.
        """
        known = self.tournament.games
        named = {game: {game, names.parse(game)[0]} for game in known}
        for name in games:
            if not any(name in both for both in named.values()):
                raise UnknownName(f"game in {self.path}", name, set().union(*named.values()))
        found = copy(self)
        vars(found)["_games"] = frozenset(game for game, both in named.items() if both & set(games))
        return found

    def coverage(self) -> str:
        """How much of what was planned has been played, or answered."""
        if self.elicitation:
            played, scheduled = len(self.answers()), self.elicitation.question_count
            text = f"{played} of {scheduled} questions answered."
        else:
            played, scheduled = self.match_count, self.tournament.match_count
            void = len(self.voids())
            text = f"{played} of {scheduled} matches played" + (f", {void} void" if void else "") + "."
            if cells := self.tournament.left_out:
                listed = ", ".join(f"{agent} in {game}" for agent, game in cells)
                text += f" Left out: {listed}."
        return text if played == scheduled else f"{text} The rest: gtbench resume {typed(self.path)}"


def open_log(path: str | Path) -> RunLog:
    """Open a run log for reading; nothing is changed.

    Raises:
        LogError: There is no such file, or it is no run log, a damaged one, or one from a newer gtbench.
    """
    path = Path(path)
    check_kind(path)
    return RunLog(path)
