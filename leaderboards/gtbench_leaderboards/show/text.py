"""Reports as plain text that fits a terminal.

No figure is cut, no word is folded and no column is dropped. A table that is too wide for its line stands in
blocks, one below the other, each with the columns that say what its rows are about. Agents whose names leave
no room for that are called by letters, which are explained above the tables.
"""

from __future__ import annotations

import re
from itertools import product, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from gtbench.report import cells, headings
from gtbench.text import shown, shown_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gtbench.report import Column, Page, Table

NOTE_WIDTH = 100
"""Longer lines of prose are hard to read."""
GAP = "  "
SHARES = (2, 3, 4, 6, 8)
"""Which part of the line a name may be as long as before it is folded: the first with which all fits."""
RULE = "\u2500"
_BLANK = re.compile(r" (?!%)")
"""Where a line may end."""
_PIECES = re.compile(r"[^\[\](),;:=@/_]*[\[\](),;:=@/_]*")
"""A long name's pieces: it may be folded after its punctuation, or between its words."""


def render(name: str, pages: Sequence[Page], width: int) -> str:
    """Reports as text, in lines of at most so many characters."""
    parts = ("\n".join(_page(name, page, width, named=len(pages) > 1)) for page in pages)
    return "\n\n".join(parts).lstrip("\n") + "\n"


def _page(name: str, page: Page, width: int, *, named: bool) -> Iterator[str]:
    """The lines of a report of one log."""
    if named:
        yield from folded(f"== {shown_line(page.log)}", width)
    yield from folded(page.coverage, width)
    tables = page.report.tables()
    if not (tables or page.report.notes):
        yield f"Nothing to show: the report {name} has no rows."
    letters, drawn = _drawn(tables, page.letters, width)
    for agent, letter in sorted(letters.items()):
        yield from folded(f"{letter} = {shown_line(agent)}", width)
    for one in drawn:
        yield from one.lines()
    for paragraph in filter(None, page.report.notes.splitlines()):
        yield ""
        yield from folded(shown(paragraph), min(width, NOTE_WIDTH))


def _drawn(
    tables: Sequence[Table], letters: Mapping[str, str], width: int
) -> tuple[Mapping[str, str], list[_Drawn]]:
    """The tables, and the letters of those agents alone whose names take room that there is not."""
    met = {one.of(row) for table in tables for one in table.columns if one.agent for row in table.rows}
    lettered = {agent: letter for agent, letter in letters.items() if agent in met}
    fewest = sum(len(_Drawn(table, lettered, width).blocks) for table in tables)
    for longest in sorted({0, *map(len, lettered)}, reverse=True):
        long = {agent: letter for agent, letter in lettered.items() if len(agent) > longest}
        drawn = [_Drawn(table, long, width) for table in tables]
        if sum(len(one.blocks) for one in drawn) == fewest:
            return long, drawn
    raise AssertionError  # with all of them, at the latest


class _Strip(NamedTuple):
    """A column as it is drawn: its heading and cells, and how narrow and how wide it may be."""

    head: str
    cells: tuple[str, ...]
    words: bool
    least: int
    most: int


class _Drawn:
    """A table on lines of a width, in as many blocks as it takes."""

    def __init__(self, table: Table, letters: Mapping[str, str], width: int) -> None:
        self.title, self.width = table.title, width
        for apart, share in product((False, True), SHARES):
            strips = [(one.key, _strips(one, table, letters, width // share)) for one in table.columns]
            if apart:  # an interval from its figure, where nothing else helps
                strips = [(is_key, [strip]) for is_key, own in strips for strip in own]
            self.blocks = _blocks(strips, width)
            if all(_least(block) <= width for block in self.blocks):
                break

    def lines(self) -> Iterator[str]:
        """The title, then the blocks."""
        yield ""
        if self.title:
            yield from folded(shown_line(self.title), self.width)
        for place, block in enumerate(self.blocks):
            if place:
                yield ""
            yield from _block(block, self.width)


def _strips(column: Column, table: Table, letters: Mapping[str, str], longest: int) -> list[_Strip]:
    """A column, and its interval; names that are longer may be folded after their punctuation."""
    lines = [cells(column, row) for row in table.rows]
    if column.agent:
        lines = [[letters.get(name, name)] for (name,) in lines]
    strips = []
    for place, head in enumerate(headings(column)):
        own = tuple(shown_line(line[place]) for line in lines)
        whole = max(map(cell_len, (head, *own)))
        least = max(
            cell_len(piece)
            for text in (head, *(own if column.words else ()))
            for piece in _pieces(text, longest)
        )
        if column.agent or not column.words:  # a name that does not fit is a letter
            least = max(least, *map(cell_len, own))
        strips.append(_Strip(head, own, column.words, least, whole))
    return strips


def _blocks(strips: Sequence[tuple[bool, list[_Strip]]], width: int) -> list[list[_Strip]]:
    """Columns in blocks that fit, if they can; those that say what rows are about stand in each."""
    keys = [strip for is_key, own in strips if is_key for strip in own]
    blocks = [list(keys)]
    for own in (own for is_key, own in strips if not is_key):
        if len(blocks[-1]) > len(keys) and _least([*blocks[-1], *own]) > width:
            blocks.append(list(keys))
        blocks[-1] += own
    return blocks


def _least(strips: Sequence[_Strip]) -> int:
    """The width that columns take side by side at least."""
    return sum(strip.least for strip in strips) + len(GAP) * (len(strips) - 1)


def _block(strips: Sequence[_Strip], width: int) -> Iterator[str]:
    """Columns side by side."""
    sizes, left = [strip.least for strip in strips], width - _least(strips)
    for place in sorted(range(len(strips)), key=lambda i: strips[i].most - strips[i].least):
        more = max(0, min(left, strips[place].most - strips[place].least))  # who lacks least is served first
        sizes[place] += more
        left -= more
    heads = [folded(strip.head, size) for strip, size in zip(strips, sizes, strict=True)]
    tallest = max(map(len, heads))
    heads = [[""] * (tallest - len(head)) + head for head in heads]
    yield from _side_by_side(heads, strips, sizes)
    yield RULE * (sum(sizes) + len(GAP) * (len(sizes) - 1))
    for line in zip(*(strip.cells for strip in strips), strict=True):
        yield from _side_by_side(map(folded, line, sizes), strips, sizes)


def _side_by_side(
    columns: Iterable[Sequence[str]], strips: Sequence[_Strip], sizes: Sequence[int]
) -> Iterator[str]:
    """The lines of some cells."""
    for parts in zip_longest(*columns, fillvalue=""):
        padded = (
            part + " " * (size - cell_len(part)) if strip.words else " " * (size - cell_len(part)) + part
            for part, strip, size in zip(parts, strips, sizes, strict=True)
        )
        yield GAP.join(padded).rstrip()


def folded(text: str, width: int) -> list[str]:
    """A text in lines of a width: at blanks, and long names after their punctuation; never within a word."""
    lines = [""]
    for word in _BLANK.split(text):
        for place, piece in enumerate([word] if cell_len(word) <= width else _PIECES.findall(word)):
            joined = lines[-1] + (" " if lines[-1] and not place else "") + piece
            if lines[-1] and cell_len(joined) > width:
                lines.append(piece)
            else:
                lines[-1] = joined
    return lines


def _pieces(text: str, longest: int) -> list[str]:
    """What of a text must stay on one line, where words up to so long are not folded."""
    return [
        piece
        for word in _BLANK.split(text)
        for piece in ([word] if cell_len(word) <= longest else _PIECES.findall(word))
    ]
