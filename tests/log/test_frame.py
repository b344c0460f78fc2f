"""The table of a log's matches: every column is the figure that it is named after."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from made import call, match, turn

from gtbench.labels import FaultKind
from gtbench.log.create import create_log
from gtbench.records import Try
from gtbench.schedule import Tournament

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """Two matches, a forfeit among them, of which no two figures of one kind are equal."""
    tried = call(11, input_tokens=13, cost=0.25).model_copy(
        update={"retries": (Try(reason="x"), Try(reason="y")), "seconds": 1.5}
    )
    plain = call(17, input_tokens=19, cost=0.5).model_copy(update={"seconds": 2.5})
    free = call(23, input_tokens=29)
    first = match(
        1, 7, [turn(0, calls=[tried, plain]), turn(1, FaultKind.ILLEGAL, calls=[free]), turn(0)], (3, -3)
    )
    faults = (FaultKind.EMPTY, FaultKind.ILLEGAL)
    second = match(
        2, 8, [turn(0, calls=[plain]), turn(1, *faults, moved=False)], (5, -5),
        agents=("b", "c"), forfeited_by=(1,), game="h",
    )  # fmt: skip
    log = create_log(tmp_path / "log", Tournament.recorded({"agents": ["random", "greedy"], "games": ["g"]}))
    with log.writer() as writer:
        writer.add(second)
        writer.add(first)
    return log.frame()


@pytest.mark.parametrize(
    ("column", "rows"),
    [
        ("match", [1, 1, 2, 2]),
        ("game", ["g", "g", "h", "h"]),
        ("deal", [7, 7, 8, 8]),
        ("seat", [0, 1, 0, 1]),
        ("agent", ["a", "b", "b", "c"]),
        ("opponent", ["b", "a", "c", "b"]),
        ("reward", [3, -3, 5, -5]),
        ("opponent_reward", [-3, 3, -5, 5]),
        ("forfeited", [False, False, False, True]),
        ("decisions", [2, 1, 1, 1]),
        ("faults", [0, 1, 0, 2]),
        ("calls", [2, 1, 1, 0]),
        ("input_tokens", [32, 29, 19, 0]),
        ("output_tokens", [28, 23, 17, 0]),
        ("retries", [2, 0, 0, 0]),
        ("cost", [0.75, math.nan, 0.5, 0.0]),
        ("seconds", [4.0, 0.0, 2.5, 0.0]),
    ],
)
def test_a_row_a_match_and_seat(frame: pd.DataFrame, column: str, rows: list[object]) -> None:
    assert frame[column].tolist() == pytest.approx(rows, nan_ok=True)


def test_no_column_is_without_a_test(frame: pd.DataFrame) -> None:
    (mark,) = [m for m in test_a_row_a_match_and_seat.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    assert [name for name, _ in mark.args[1]] == list(frame.columns)
