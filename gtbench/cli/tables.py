"""Tables as all verbs print them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.table import Table

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
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(markup=False, highlight=False, width=width).print(table)
