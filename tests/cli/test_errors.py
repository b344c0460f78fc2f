"""What `gtbench errors` shows: how often each error was made, and the decisions that cost most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command import gtbench
from made import grade, match, turn

from gtbench.labels import Label
from gtbench.log.create import create_log
from gtbench.records import PayoffRange
from gtbench.schedule import Tournament

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.records import Match


AGENTS = "random", "greedy"


def in_range(one: Match, low: float, high: float) -> Match:
    return one.model_copy(update={"ranges": (PayoffRange(low=low, high=high),) * 2})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Two games, in one of which payoffs are a hundred times those of the other."""
    settings = Tournament.recorded({"agents": ["random", "greedy"], "games": ["small", "large"]})
    made = create_log(tmp_path / "run.gtbench", settings)
    with made.writer() as writer:
        writer.add(in_range(match(1, 0, [turn(0), turn(1), turn(0)], game="small", agents=AGENTS), -1, 1))
        writer.grade(1, [grade(0, 0, 0.0, 2.0), grade(1, 1, 1.0, 2.0, Label.MISSED_WIN), grade(2, 0, 0.5, 2)])
        writer.add(in_range(match(2, 0, [turn(0), turn(1)], game="large", agents=AGENTS), -100, 100))
        writer.grade(2, [grade(0, 0, 60.0, 200.0, Label.MISSED_WIN), grade(1, 1, 10.0, 200.0)])
    return made.path


def shown(log: Path, *words: str) -> list[str]:
    """The decisions that are shown, by their headings."""
    done = gtbench("errors", log.name, *words, cwd=log.parent)
    assert done.returncode == 0, done.stderr
    return [line.removeprefix("== ") for line in done.stdout.splitlines() if line.startswith("== Match")]


FIRST, SECOND, THIRD, LAST = (
    "Match 1, turn 2: small, greedy", "Match 2, turn 1: large, random", "Match 1, turn 3: small, random",
    "Match 2, turn 2: large, greedy",
)  # fmt: skip
"""By what they cost as a share of what was to be had: 0.5, 0.3, 0.25, 0.05."""


def test_without_a_label_the_counts_are_followed_by_the_costliest_decisions(log: Path) -> None:
    done = gtbench("errors", log.name, cwd=log.parent).stdout
    counts, _, examples = done.partition(
        "== The costliest of 4 decisions that gave something away, in run.gtbench"
    )
    assert "Errors of random: play" in counts
    assert "missed_win" in counts
    assert "== Match" not in counts
    assert "-- grade: regret 1, at stake 2" in examples
    assert "-- all of it: gtbench replay run.gtbench 1" in examples
    assert shown(log) == [FIRST, SECOND, THIRD]


def test_as_many_are_shown_as_are_asked_for_of_the_games_and_agents_that_are(log: Path) -> None:
    assert shown(log, "--show", "9") == [FIRST, SECOND, THIRD, LAST]
    assert shown(log, "--show", "1", "--games", "large") == [SECOND]
    assert shown(log, "--agents", "greedy") == [FIRST, LAST]


def test_with_a_label_the_costliest_with_that_error_are_shown(log: Path) -> None:
    assert shown(log, "--label", "missed_win") == [FIRST, SECOND]


@pytest.mark.parametrize("words", [("--format", "csv"), ("-o", "errors.txt")])
def test_other_formats_and_files_have_the_counts_alone(log: Path, words: tuple[str, str]) -> None:
    assert shown(log, *words) == []


def test_where_nothing_was_given_away_no_decision_is_shown(tmp_path: Path) -> None:
    settings = Tournament.recorded({"agents": ["random", "greedy"], "games": ["g"]})
    made = create_log(tmp_path / "run.gtbench", settings)
    with made.writer() as writer:
        writer.add(match(1, 0, [turn(0)], agents=AGENTS))
        writer.grade(1, [grade(0, 0, 0.0, 2.0)])
    done = gtbench("errors", "run.gtbench", cwd=tmp_path).stdout
    assert "No errors were found." in done
    assert "costliest" not in done
