"""Reports: rows that were counted over a log, and columns that say how each figure is called and printed.

Report              what a report found
+-- Column          one figure of each row: its name in data frames, its heading, its form, its interval
+-- View            the columns that stand together in one table
Page                a report of one log, as formats (`gtbench.registry.Pack.formats`) render it

A report knows no screen and no file. Whoever writes one lists its columns, and every format shows it:

    COLUMNS = (Column("agent", key=True, agent=True), Column("forfeits", form="d"))

    def report(log: RunLog) -> Report[Row]:
        return Report(rows, COLUMNS, "A note.")
"""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import pandas as pd

R = TypeVar("R")

NOTHING = "-"
"""How a figure that is not defined is printed."""
TOO_FEW = "too few"
"""Why there is no interval: so few deals say nothing of how far others would differ."""


@dataclass(frozen=True, slots=True)
class Column:
    """One figure, or one word, of each row of a report."""

    name: str
    """In data frames, CSV and JSON; also the row's field, unless `field` says another."""
    title: str = ""
    """The heading; unless said, the name with blanks."""
    form: str | Callable[[Any], str] = ""
    """How it is printed: a format such as `.2f`, `d` or `.0%`; a function of the row; empty for words."""
    interval: tuple[str, ...] = ()
    """The row's fields that hold the ends of its 95 % interval; after them, if there is one, the field that
    says why there is none."""
    help: str = ""
    """What it means, in one sentence."""
    also: tuple[str, ...] = ()
    """Fields that stand beside it in data frames, CSV and JSON, and nowhere else."""
    key: bool = False
    """Whether it says what the row is about: it stands in every table, and is never left out of one."""
    agent: bool = False
    """Whether it holds an agent's name."""
    sparse: bool = False
    """Whether it is left out of a printed table in which it holds nothing but 0."""
    field: str = ""
    """The row's field, where it is not called as the column is."""

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.title or self.name.replace("_", " ")

    @property
    def words(self) -> bool:
        """Whether it holds words, which stand to the left and may be folded."""
        return self.form == ""

    def of(self, row: Any) -> Any:
        """The value, as precise as it is."""
        return getattr(row, self.field or self.name)

    def printed(self, row: Any) -> str:
        """The value as it is printed."""
        if callable(self.form):
            return self.form(row)
        value = self.of(row)
        if isinstance(value, tuple):
            return ", ".join(map(str, value)) or NOTHING
        return NOTHING if value in (None, "") else format(value, self.form)

    def printed_interval(self, row: Any) -> str:
        """The interval as it is printed, or why there is none."""
        low, high, *why = (getattr(row, name) for name in self.interval)
        if low is not None and high is not None:
            return f"{low:{self.form}}..{high:{self.form}}"
        if self.of(row) is None:
            return NOTHING
        return str(*why) or TOO_FEW

    def parts(self) -> Iterator[tuple[str, str]]:
        """Each column that it is in a data frame, and the row's field for it."""
        yield self.name, self.field or self.name
        yield from ((name, name) for name in (*self.also, *self.interval))


@dataclass(frozen=True, slots=True)
class View:
    """Columns that stand together in a table, beside those that say what each row is about."""

    title: str
    """May name fields by which the report is split: `Faults of {agent}`."""
    columns: tuple[str, ...] = ()
    """By name; all of them unless said."""
    optional: bool = False
    """Whether it is left out where it holds nothing, and so are its rows."""


class Table(NamedTuple):
    """A part of a report as it is printed."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Any, ...]

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Headings and lines, each interval in a column after its figure."""
        heads = [head for column in self.columns for head in headings(column)]
        lines = [[cell for column in self.columns for cell in cells(column, row)] for row in self.rows]
        return heads, lines


def headings(column: Column) -> list[str]:
    """What stands above a column, and above its interval if it has one."""
    return [column.heading, *([f"{column.heading} 95 %"] if column.interval else [])]


def cells(column: Column, row: Any) -> list[str]:
    """A row's figure, and its interval if it has one."""
    return [column.printed(row), *([column.printed_interval(row)] if column.interval else [])]


@dataclass(frozen=True, slots=True)
class Report(Generic[R]):
    """What a report found in a log."""

    rows: tuple[R, ...]
    columns: tuple[Column, ...]
    notes: str = ""
    """What a reader must know to read them."""
    split: tuple[str, ...] = ()
    """Fields by which the rows fall into parts, each of which has tables of its own."""
    views: tuple[View, ...] = (View(""),)
    """The tables of each part; unless said, one of all columns, without a title."""

    def only(self, agents: Collection[str]) -> Report[R]:
        """The rows about these agents, every figure as it is."""
        who = [column for column in self.columns if column.agent]
        kept = tuple(row for row in self.rows if any(column.of(row) in agents for column in who))
        return replace(self, rows=kept)

    def records(self) -> list[dict[str, Any]]:
        """The rows by the columns' names, with the ends of intervals; every figure as precise as it is."""
        parts = dict(part for column in self.columns for part in column.parts())
        return [{name: getattr(row, field) for name, field in parts.items()} for row in self.rows]

    def frame(self) -> pd.DataFrame:
        """The rows as a data frame; its `attrs` hold the notes, and what each column means."""
        import pandas as pd

        names = dict.fromkeys(name for column in self.columns for name, _ in column.parts())
        found = pd.DataFrame(self.records(), columns=list(names))
        meanings = {column.name: column.help for column in self.columns if column.help}
        found.attrs |= {"notes": self.notes, "columns": meanings}
        return found

    def tables(self) -> list[Table]:
        """The tables that are printed, in order."""
        parts: dict[tuple[Any, ...], list[R]] = {}
        for row in self.rows:
            parts.setdefault(tuple(getattr(row, field) for field in self.split), []).append(row)
        made = (
            self._table(view, dict(zip(self.split, values, strict=True)), rows)
            for values, rows in parts.items()
            for view in self.views
        )
        return [table for table in made if table.rows]

    def _table(self, view: View, part: Mapping[str, Any], rows: Iterable[R]) -> Table:
        """One table of one part of the rows."""
        rows = tuple(rows)
        keys = [one for one in self.columns if one.key and (one.field or one.name) not in part]
        told = [
            one
            for one in self.columns
            if not one.key
            and one.name not in part
            and (not view.columns or one.name in view.columns)
            and not (one.sparse and not any(one.of(row) for row in rows))
        ]
        if view.optional:
            rows = tuple(row for row in rows if any(one.of(row) is not None for one in told))
            if not any(one.of(row) for row in rows for one in told):
                rows = ()
        return Table(view.title.format(**part), (*keys, *told), rows)


class Page(NamedTuple):
    """A report of one log, as formats render it."""

    log: str
    """The log's path."""
    coverage: str
    """How much of what was planned it holds."""
    report: Report[Any]
    letters: Mapping[str, str]
    """What each agent may be called where its name does not fit; see `letters`."""


def letters(agents: Iterable[str]) -> dict[str, str]:
    """The letter of each agent: A, B, ..., Z, AA, AB, ... in the order of their names."""
    return {agent: _letter(place) for place, agent in enumerate(sorted(set(agents)))}


def _letter(place: int) -> str:
    """The name of a place, counted as spreadsheets count columns."""
    before, last = divmod(place, len(string.ascii_uppercase))
    return (_letter(before - 1) if before else "") + string.ascii_uppercase[last]
