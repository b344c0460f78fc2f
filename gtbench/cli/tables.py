"""Tables and texts as all verbs print them."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gtbench.screen import console, unguarded
from gtbench.text import shown_line, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from rich.table import Table

    from gtbench.log.read import RunLog

T = TypeVar("T")

LogArgument = Annotated[Path, typer.Argument(help="The run log.", metavar="LOG")]

NOTE_WIDTH = 100
LONG_NAME = 24
LETTERS = 26

PIPE_WIDTH = 1000  # a file or a pipe has none of its own


def new_table(title: str, *columns: str, words: Collection[str]) -> Table:
    """An empty table; the columns that hold words may wrap, and numbers stand to the right."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    for column in columns:
        table.add_column(
            column,
            justify="left" if column in words else "right",
            overflow="fold",
            no_wrap=column not in words,
            min_width=5 if column in words else 0,
        )
    return table


def print_table(table: Table) -> None:
    """Print a table; what has brackets in it is not rich's markup."""
    width = max(console().width, _least(table)) if sys.stdout.isatty() else PIPE_WIDTH
    console(width=width).print(table)


def _least(table: Table) -> int:
    """The width below which rich would cut numbers and leave out columns, without a word."""
    from rich.cells import cell_len

    wide = console(width=PIPE_WIDTH)
    whole = [max(map(cell_len, map(str, (column.header, *column.cells)))) for column in table.columns]
    least = [
        size if column.no_wrap else min(size, column.min_width or size)
        for size, column in zip(whole, table.columns, strict=True)
    ]
    return wide.measure(table).maximum - sum(whole) + sum(least)


def usable(names: Iterable[str], load: Callable[[str], T]) -> dict[str, T]:
    """Registered things by name; one that is broken is named on standard error, and the rest is there."""
    from gtbench.errors import UserError

    found = {}
    for name in names:
        try:
            found[name] = load(name)
        except UserError as error:
            typer.echo(f"left out: {error}", err=True)
    return found


def opened(log: Path) -> RunLog:
    """A log that holds at least one match."""
    from gtbench.errors import LogError
    from gtbench.log.read import open_log

    found = open_log(log)
    _ = found.tournament  # what an agent was asked without matches is read by other verbs
    if not found.numbers():
        raise LogError(f"{log} holds no finished match yet: gtbench resume {typed(log)}")
    return found


def print_notes(notes: str) -> None:
    """Print what a reader must know, in lines that fit."""
    width = min(NOTE_WIDTH, shutil.get_terminal_size().columns)
    typer.echo("\n".join(textwrap.wrap(notes, width)))


def letters(agents: Iterable[str]) -> dict[str, str]:
    """What the agents are called in a table: long names get a letter, explained above the table."""
    names = list(dict.fromkeys(agents))
    if max(map(len, names), default=0) <= LONG_NAME:
        return {name: name for name in names}
    found = {name: chr(ord("A") + i) if i < LETTERS else f"A{i}" for i, name in enumerate(sorted(names))}
    for name, letter in found.items():
        typer.echo(f"{letter} = {shown_line(name)}")
    return found


def number(value: float | None, form: str = ".2f") -> str:
    """A number, or a dash."""
    return "-" if value is None else format(value, form)


def interval(low: float | None, high: float | None, form: str = ".2f") -> str:
    """An interval, or a dash."""
    return "-" if low is None or high is None else f"{low:{form}}..{high:{form}}"


def heading(text: str) -> None:
    """Print the heading of a part."""
    _styled(f"\n== {shown_line(text)}", bold=True)


def subheading(text: str) -> None:
    """Print what the next lines are."""
    _styled(f"-- {shown_line(text)}", dim=True)


def _styled(text: str, **style: bool) -> None:
    """Print a line that stands out on a terminal."""
    screen = unguarded(sys.stdout)
    typer.secho(text, file=screen, color=screen.isatty(), **style)
