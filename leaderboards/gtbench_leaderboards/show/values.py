"""Reports as data: CSV and JSON, by the names of the data frame, every figure as precise as it is.

Where several logs are shown, each row says in `log` which one it is from.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from gtbench.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.report import Page


def as_csv(name: str, pages: Sequence[Page], width: int) -> str:  # noqa: ARG001  (a line a row)
    """The rows below a line of names; what is not defined is empty."""
    written = io.StringIO()
    names = dict.fromkeys(
        part for page in pages for column in page.report.columns for part, _ in column.parts()
    )
    lines = csv.DictWriter(written, ["log", *names] if len(pages) > 1 else list(names), lineterminator="\n")
    lines.writeheader()
    for row in _rows(pages):
        lines.writerow({key: _joined(value) for key, value in row.items()})
    return written.getvalue()


def as_json(name: str, pages: Sequence[Page], width: int) -> str:  # noqa: ARG001
    """An object: the report's name, its logs with their notes, what its columns mean, and its rows."""
    columns = {column.name: column for page in pages for column in page.report.columns}
    found = {
        "report": name,
        "logs": [{"log": page.log, "coverage": page.coverage, "notes": page.report.notes} for page in pages],
        "columns": [
            {"name": one.name, "title": one.heading, "help": one.help, "interval": one.interval[:2]}
            for one in columns.values()
        ],
        "rows": list(_rows(pages)),
    }
    return json.dumps(_clean(found), indent=2, ensure_ascii=False) + "\n"


def _rows(pages: Sequence[Page]) -> Iterator[dict[str, Any]]:
    """The rows of all logs."""
    for page in pages:
        log = {"log": page.log} if len(pages) > 1 else {}
        yield from (log | _clean(row) for row in page.report.records())


def _joined(value: Any) -> Any:
    """A value as a cell."""
    return ", ".join(value) if isinstance(value, list) else value


def _clean(value: Any) -> Any:
    """A value whose texts may be shown."""
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return shown(value) if isinstance(value, str) else value
