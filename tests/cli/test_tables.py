"""Tables on a terminal that is too narrow for them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from gtbench.report import Column, Page, Report, View
from gtbench_leaderboards.show.text import render

LONG = "cot[max_tokens=4000,temperature=0.2]@openai/a-model-with-a-long-name"


class Row(NamedTuple):
    """A row with an interval whose ends may be missing."""

    agent: str
    game: str
    rate: float | None
    low: float | None = None
    high: float | None = None
    why: str = "all 12 deals alike"


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column("game", key=True),
    *(
        Column(f"rate_{place}", field="rate", form=".3f", interval=("low", "high", "why"))
        for place in range(5)
    ),
)
ROWS = (
    Row("random", "nim", 0.5, 0.25, 0.75),
    Row("greedy", "negotiation[pool=3;4;5,skin=salvage]", 1.0),
    Row(LONG, "nim", None),
)


def shown(width: int, *rows: Row) -> list[str]:
    letters = {"greedy": "A", LONG: "B", "random": "C"}
    page = Page("a.gtbench", "All played.", Report(rows, COLUMNS, views=(View("Rates"),)), letters)
    return render("rates", [page], width).splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_a_table_stands_in_blocks_that_fit_and_repeat_what_rows_are_about(width: int) -> None:
    lines = shown(width, *ROWS)
    assert [line for line in lines if len(line) > width] == []
    words = " ".join(lines).split()
    assert words.count("0.250..0.750") == 5
    assert words.count("0.500") == words.count("1.000") == 5
    assert "\n".join(lines).count("all 12 deals alike") == 5
    blocks = sum(line.startswith("agent") for line in lines)
    assert blocks == sum(line.startswith("random ") for line in lines)
    assert (blocks > 1) == (width < 200)


def test_only_names_that_do_not_fit_are_letters_which_are_explained() -> None:
    lines = shown(60, *ROWS)
    assert f"B = {LONG}" in "".join(lines)
    assert not [line for line in lines if line.startswith(("A =", "C ="))]
    assert any(line.startswith("greedy") for line in lines)
    assert any(line.startswith("B ") for line in lines)


def test_names_that_fit_stay_names() -> None:
    lines = shown(200, ROWS[0], ROWS[1])
    assert not [line for line in lines if " = " in line]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Row("a", "g", 0.5, why="all 12 deals alike"), "all 12 deals alike"),
        (Row("a", "g", 0.5, why=""), "too few"),
        (Row("a", "g", None, why="nothing was counted"), "-"),
    ],
)
def test_a_missing_interval_says_why(row: Row, why: str) -> None:
    assert COLUMNS[2].printed_interval(row) == why
