"""What `gtbench replay` shows of a match, whole and in brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command import gtbench as command

import gtbench
from gtbench.testing import LocalProvider, play_legally

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A match of an agent whose samples vote, and a random one."""
    cup = gtbench.Tournament(
        agents=("self_consistency[samples=3]@openai/x", "random"),
        games=("nim[pile_sizes=1;2]",),
        deals=1,
        seed=2,
    )
    with LocalProvider(play_legally):
        return gtbench.run(cup, log=tmp_path_factory.mktemp("replay") / "run.gtbench").path


def shown(log: Path, *words: str) -> str:
    done = command("replay", log.name, "1", *words, cwd=log.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_match_in_brief_is_the_position_the_reply_and_the_grade_of_each_turn(log: Path) -> None:
    match, brief = gtbench.open_log(log).match(1), shown(log, "--brief")
    turns = brief.split("\n== Turn ")[1:]
    assert len(turns) == len(match.turns)
    for turn, told in zip(match.turns, turns, strict=True):
        state = turn.view.partition("\n\n")[2].partition("\n\n")[0]
        assert f"\n{state}\n-- " in told
        assert all(f"\n{attempt.reply}\n" in told for attempt in turn.attempts)
        assert f"-- move: {turn.move}\n" in told
        assert "-- grade: regret" in told
    for left_out in ("-- prompt", "Moves so far", "Legal moves:", "== The rules", "settings:"):
        assert left_out in shown(log)
        assert left_out not in brief
    assert match.final in brief


@pytest.mark.parametrize("words", [(), ("--brief",)])
def test_votes_are_told_whole_and_in_brief(log: Path, words: tuple[str, ...]) -> None:
    match = gtbench.open_log(log).match(1)
    asked = [attempt for turn in match.turns for attempt in turn.attempts if attempt.ballots]
    assert asked
    told = [line for line in shown(log, *words).splitlines() if line.startswith("-- votes on the move: ")]
    moves = [attempt.ballots[0].chosen for attempt in asked]
    assert told == [f"-- votes on the move: {move} 3; chosen: {move}" for move in moves]
    assert shown(log).count("-- reply, ended by stop, a vote for") == 3 * len(asked)
