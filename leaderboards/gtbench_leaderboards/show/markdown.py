"""Reports as Markdown, with tables as GitHub reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.text import shown, shown_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.report import Page, Table

_SPECIAL = re.compile(r"[\\`*|<]|(?<=\])\(")
"""What would be no text: code, stress, a cell's end, a tag, a link."""


def render(name: str, pages: Sequence[Page], width: int) -> str:  # noqa: ARG001  (lines are as long as they are)
    """Reports as Markdown."""
    return "\n\n".join(part for page in pages for part in _page(name, page, named=len(pages) > 1)) + "\n"


def _page(name: str, page: Page, *, named: bool) -> Iterator[str]:
    """The parts of a report of one log."""
    if named:
        yield f"## {escaped(page.log)}"
    yield escaped(page.coverage)
    tables = page.report.tables()
    if not (tables or page.report.notes):
        yield f"Nothing to show: the report {name} has no rows."
    for table in tables:
        if table.title:
            yield f"### {escaped(table.title)}"
        yield _table(table)
    yield from (escaped(paragraph) for paragraph in filter(None, shown(page.report.notes).splitlines()))


def _table(table: Table) -> str:
    """A table; figures stand to the right."""
    heads, lines = table.cells()
    marks = [
        mark
        for column in table.columns
        for mark in (["---" if column.words else "---:"] + (["---:"] if column.interval else []))
    ]
    return "\n".join(
        f"| {' | '.join(line)} |"
        for line in ([*map(escaped, heads)], marks, *([*map(escaped, line)] for line in lines))
    )


def escaped(text: str) -> str:
    """A text that stays text, on its line."""
    return _SPECIAL.sub(r"\\\g<0>", shown_line(text))
