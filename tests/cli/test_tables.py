"""Tables on a terminal that is too narrow for them."""

from __future__ import annotations

import io
import re

import pytest

from gtbench.cli.tables import new_table, print_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120])
def test_no_number_is_cut_and_no_column_lost_however_narrow_the_terminal_is(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    table = new_table("Play", "seen in", *(f"rate {i}" for i in range(8)), words=("seen in",))
    rows = [
        [name, *(f"0.{row}{i}0..1.{row}{i}9" for i in range(8))] for row, name in enumerate(("all", "nim"))
    ]
    for row in rows:
        table.add_row(*row)
    print_table(table)
    told = [line.split() for line in screen.getvalue().splitlines()]
    assert all(row in told for row in rows)
    assert all(f"rate {i}" in screen.getvalue() for i in range(8))


def test_a_table_that_can_be_folded_fits_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    table = new_table("Names", "agent", "score", words=("agent",))
    table.add_row("a_name_that_is_longer_than_its_line_by_far", "0.125")
    print_table(table)
    assert max(map(len, re.sub("\x1b\\[[0-9;]*m", "", screen.getvalue()).splitlines())) <= 40
    assert "0.125" in screen.getvalue()
