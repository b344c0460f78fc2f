"""Tables and texts as all verbs print them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gtbench.screen import unguarded
from gtbench.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gtbench.report import Column

T = TypeVar("T")

LogArgument = Annotated[Path, typer.Argument(help="The run log.", metavar="LOG")]


FILE_WIDTH = 120
"""How wide text is in a file and behind a pipe, unless COLUMNS says."""


def line_width() -> int:
    """How wide a line of standard output is."""
    return shutil.get_terminal_size((FILE_WIDTH, 0)).columns


def print_rows(rows: Iterable[Any], *columns: Column) -> None:
    """Print a table of things that no log holds."""
    from gtbench import registry
    from gtbench.report import Page, Report

    page = Page("", "", Report(tuple(rows), columns), {})
    typer.echo(registry.load("formats", "text")("", [page], line_width()), nl=False)


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
