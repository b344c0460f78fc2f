"""Reports as LaTeX tables, to be put into a paper; they need the package booktabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.text import shown, shown_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gtbench.report import Page, Table

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # else an option of the line's end before it
    "]": "{]}",
    "*": "{*}",
}
_MINUS = re.compile(r"(?<![\w)])-(?=\d)")
"""A sign, no hyphen."""


def render(name: str, pages: Sequence[Page], width: int) -> str:  # noqa: ARG001  (lines are as long as they are)
    """Reports as LaTeX."""
    parts = [part for page in pages for part in _page(name, page, named=len(pages) > 1)]
    return "\n\n".join([r"% \usepackage{booktabs}", *parts]) + "\n"


def _page(name: str, page: Page, *, named: bool) -> Iterator[str]:
    """The parts of a report of one log."""
    if named:
        yield rf"\paragraph{{{escaped(page.log)}}}"
    yield f"% {shown_line(page.coverage)}"
    tables = page.report.tables()
    if not (tables or page.report.notes):
        yield f"% Nothing to show: the report {name} has no rows."
    yield from map(_table, tables)
    yield from (f"% {shown(paragraph)}" for paragraph in filter(None, page.report.notes.splitlines()))


def _table(table: Table) -> str:
    """A table with its caption."""
    heads, lines = table.cells()
    words = [mark for one in table.columns for mark in ([one.words] + ([False] if one.interval else []))]
    rows = [
        " & ".join(
            escaped(cell) if is_words else _figure(cell) for cell, is_words in zip(line, words, strict=True)
        )
        for line in lines
    ]
    return "\n".join([
        r"\begin{table}",
        *([rf"\caption{{{escaped(table.title)}}}"] if table.title else []),
        rf"\begin{{tabular}}{{{''.join('l' if one else 'r' for one in words)}}}",
        r"\toprule",
        " & ".join(map(escaped, heads)) + r" \\",
        r"\midrule",
        *(rf"{row} \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ])  # fmt: skip


def _figure(cell: str) -> str:
    """A figure, with minus signs as such."""
    return "--" if cell == "-" else _MINUS.sub("$-$", escaped(cell))


def escaped(text: str) -> str:
    """A text that stays text."""
    return "".join(SPECIAL.get(character, character) for character in shown_line(text))
