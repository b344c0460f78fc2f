"""How columns stand in a run log: the tables `results` and `decisions`, and the texts that they name.

`gtbench.log.columns` says what the columns are. A column of names (agents, games, labels) holds the code of a
text in the table `names`, so that a row is little more than numbers.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from gtbench.log.columns import DECISIONS, GRADED, LUCK, RESULTS, decisions, graded, results, unpacked

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from gtbench.log.columns import Field, Kind, Row
    from gtbench.records import Grades, Match

TYPES: dict[Kind, str] = {
    "integer": "INTEGER", "real": "REAL", "flag": "INTEGER", "name": "INTEGER",
    "text": "TEXT", "values": "BLOB",
}  # fmt: skip
"""What SQLite calls what a column holds."""

HEAVY: frozenset[Kind] = frozenset({"text", "values"})
"""What is read only where it is asked for by name."""

AT_ONCE = 20_000
"""Rows that are turned into arrays together."""


def _table(columns: Sequence[Field], *first: str) -> str:
    """The definition of a table whose rows are told apart by these columns."""
    defined = ", ".join(f"{column.name} {TYPES[column.kind]}" for column in columns)
    return f"({defined}, PRIMARY KEY ({', '.join(first)})) STRICT, WITHOUT ROWID"


ALL = {"results": (*RESULTS, LUCK), "decisions": (*DECISIONS, *GRADED)}
"""The columns of each table."""

TABLES = {
    "names": "(code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "results": _table(ALL["results"], "match", "seat"),
    "decisions": _table(ALL["decisions"], "match", "turn"),
}
"""The tables by name, each with its definition."""


def _insertion(table: str, columns: Sequence[Field]) -> str:
    """The statement that adds a row to a table."""
    named, asked = ", ".join(column.name for column in columns), ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({named}) VALUES ({asked})"  # noqa: S608


PUT_RESULT, PUT_DECISION = _insertion("results", RESULTS), _insertion("decisions", DECISIONS)
GRADE = f"UPDATE decisions SET {', '.join(f'{column.name} = ?' for column in GRADED)} WHERE match = ?"  # noqa: S608

RESULT_NAMES, DECISION_NAMES, GRADED_NAMES = (
    [place for place, column in enumerate(columns) if column.kind == "name"]
    for columns in (RESULTS, DECISIONS, GRADED)
)
"""Where names stand in the rows of each."""


def made() -> list[str]:
    """The statements that make the tables."""
    return [f"CREATE TABLE {name} {definition}" for name, definition in TABLES.items()]


def usual(table: str) -> tuple[str, ...]:
    """The columns of a table that are read unless others are asked for."""
    return tuple(column.name for column in ALL[table] if column.kind not in HEAVY)


class Columns:
    """Writes the columns of matches into a database that has these tables."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._codes: dict[str, int] = {}

    def forget(self) -> None:
        """Read the codes of names anew, since what was written last has not been committed."""
        self._codes.clear()

    def put(self, number: int, in_results: Sequence[Row], in_decisions: Sequence[Row]) -> None:
        """Write the rows of a match, in place of those that it had."""
        for table in ALL:
            self._database.execute(f"DELETE FROM {table} WHERE match = ?", (number,))  # noqa: S608
        self._database.executemany(PUT_RESULT, [self._coded(row, RESULT_NAMES) for row in in_results])
        self._database.executemany(PUT_DECISION, [self._coded(row, DECISION_NAMES) for row in in_decisions])

    def grade(self, number: int, grades: Sequence[Row], luck: tuple[float, float] | None) -> None:
        """Write what the grades of a match add to its decisions, and to its results."""
        coded = [self._coded((*row[1:], number, row[0]), GRADED_NAMES) for row in grades]
        self._database.executemany(f"{GRADE} AND turn = ?", coded)
        if luck is not None:
            lucky = "UPDATE results SET luck = ? WHERE match = ? AND seat = ?"
            self._database.executemany(lucky, [(given, number, seat) for seat, given in enumerate(luck)])

    def ungrade(self, number: int) -> None:
        """Take away what grades have added to a match."""
        self._database.execute("UPDATE results SET luck = NULL WHERE match = ?", (number,))
        self._database.execute(GRADE, (*[None] * len(GRADED), number))

    def _coded(self, row: Row, places: Sequence[int]) -> list[Any]:
        """A row with codes in place of names, which stand in these places."""
        coded = list(row)
        for place in places:
            if (name := coded[place]) is not None:
                coded[place] = self._codes.get(name) or self._code(name)
        return coded

    def _code(self, name: str) -> int:
        """The code of a name that was not met before, which gets one if it has none."""
        if not self._codes:
            self._codes = {
                name: code for code, name in self._database.execute("SELECT code, name FROM names")
            }
        if name not in self._codes:
            added = self._database.execute("INSERT INTO names (name) VALUES (?)", (name,))
            self._codes[name] = added.lastrowid or 0
        return self._codes[name]


def fill(
    database: sqlite3.Connection, matches: Iterable[Match], grades: Iterable[tuple[int, Grades]]
) -> None:
    """Compute the columns of records, and write them into a database that has these tables.

    Raises:
        ValueError: A number of a record is larger than a column holds.
    """
    columns = Columns(database)
    for match in matches:
        columns.put(match.number, results(match), decisions(match))
    for number, found in grades:
        columns.grade(number, graded(found.turns), found.luck)


def names(database: sqlite3.Connection) -> dict[int, str]:
    """The texts that columns of names hold, by their codes."""
    return dict(database.execute("SELECT code, name FROM names"))


def rows(database: sqlite3.Connection, table: str, match: int, known: Mapping[int, str]) -> list[Row]:
    """The rows of one match in a table, in its order, with names in place of their codes."""
    named = ", ".join(column.name for column in ALL[table])
    order = ALL[table][1].name
    statement = f"SELECT {named} FROM {table} WHERE match = ? ORDER BY {order}"  # noqa: S608
    return [
        tuple(
            known.get(value, value) if column.kind == "name" else value
            for column, value in zip(ALL[table], row, strict=True)
        )
        for row in database.execute(statement, (match,))
    ]


def frame(
    database: sqlite3.Connection, table: str, wanted: Sequence[str] = (), first: int | None = None
) -> pd.DataFrame:
    """The rows of a table, in its order.

    Args:
        database: Where it stands.
        table: `results` or `decisions`.
        wanted: The columns by name; unless said, all but those that are `HEAVY`.
        first: The number of the first match; unless said, that of the first there is.

    Raises:
        ValueError: What stands there is none of ours.
        KeyError: There is no such column.
    """
    import pandas as pd

    known = {column.name: column for column in ALL[table]}
    columns = [known[name] for name in wanted or usual(table)]
    named = ", ".join(column.name for column in columns)
    order = ", ".join(column.name for column in ALL[table][:2])
    where = "" if first is None else "WHERE match >= ?"
    statement = f"SELECT {named} FROM {table} {where} ORDER BY {order}"  # noqa: S608
    cursor = database.execute(statement, () if first is None else (first,))
    parts: list[list[Any]] = [[] for _ in columns]
    while rows := cursor.fetchmany(AT_ONCE):
        for part, column, values in zip(parts, columns, zip(*rows, strict=True), strict=True):
            part.append(_array(column, values))
    known_names = names(database)
    return pd.DataFrame(
        {column.name: _series(column, part, known_names) for part, column in zip(parts, columns, strict=True)}
    )


def part(found: pd.DataFrame, rows: Any) -> pd.DataFrame:
    """Some rows of a table, with the categories that come up in them."""
    import pandas as pd

    kept: pd.DataFrame = found[rows].reset_index(drop=True)
    for name in kept.columns:
        if isinstance(kept[name].dtype, pd.CategoricalDtype):
            kept[name] = kept[name].cat.remove_unused_categories()
    return kept


def _array(column: Field, values: Sequence[Any]) -> Any:
    """Some values of a column as an array, in little memory."""
    import numpy as np

    if column.kind == "values":
        values = [None if value is None else unpacked(value) for value in values]
    if column.kind in HEAVY:
        return list(values)
    if column.kind == "name":
        return np.array([value or 0 for value in values], np.int32)
    whole = column.kind == "integer" and not column.optional
    return np.array(values, np.int64 if whole else np.float64)  # None is nan


def _series(column: Field, parts: Sequence[Any], names: dict[int, str]) -> Any:
    """The whole of a column as pandas has it."""
    import numpy as np
    import pandas as pd

    if column.kind in HEAVY:
        return pd.Series(list(chain.from_iterable(parts)), dtype=object)
    whole = np.concatenate(parts) if parts else np.array([])
    if column.kind == "name":
        return _named(whole.astype(np.int32), names)
    if column.kind == "real":
        return whole.astype(np.float64)
    if column.kind == "flag":
        return pd.array(whole, dtype="boolean") if column.optional else whole.astype(np.bool_)
    return pd.array(whole, dtype="Int64") if column.optional else whole.astype(np.int64)


def _named(codes: Any, names: dict[int, str]) -> Any:
    """Codes as a categorical, whose categories are the names that come up, in order of their first place."""
    import numpy as np
    import pandas as pd

    used, first, places = np.unique(codes, return_index=True, return_inverse=True)
    order = [place for place in np.argsort(first) if used[place]]
    if missing := [code for code in used.tolist() if code and code not in names]:
        raise ValueError(f"it names something by a code that there is not: {missing[0]}")
    position = np.full(len(used), -1)
    position[order] = np.arange(len(order))
    categories = pd.Index([names[int(used[place])] for place in order], dtype=object)
    return pd.Categorical.from_codes(position[places], categories)
