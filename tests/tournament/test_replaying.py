"""A replay says whether the log's matches come out again as it says, and where they first do not."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command import gtbench

import gtbench as gym
from gtbench.log.read import open_log
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider, play_legally
from gtbench.tournament.replay import compare

AGENTS = ("prompt@openai/a", "random")


def play(request: dict[str, Any]) -> str:
    """A legal reply, but at times one that is none."""
    text = json.dumps(request["messages"])
    return "I fold." if len(text) % 5 == 0 else str(play_legally(request))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with faults and moves."""
    settings = {"agents": AGENTS, "games": ["kuhn_poker", "nim"], "deals": 2}
    with LocalProvider(play):
        log = gym.run(
            Tournament.checked(settings, "test"), log=tmp_path_factory.mktemp("sound") / "run.gtbench"
        )
    assert any(match.faults for match in log.matches())
    return log.path


@pytest.fixture
def log(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "run.gtbench"))


def replayed(log: Path, *words: str) -> tuple[int, str, str]:
    done = gtbench("run", "--replay", "run.gtbench", "--log", "again.gtbench", *words, cwd=log.parent)
    return done.returncode, done.stdout, done.stderr


def test_a_replay_that_comes_out_equal_says_of_what(log: Path) -> None:
    code, out, err = replayed(log)
    assert code == 0, err
    line = "Played again: 8 matches of run.gtbench, equal in prompts, replies, moves, faults and rewards."
    assert out.splitlines()[0] == line


def change(log: Path, number: int, at: tuple[Any, ...], value: object) -> None:
    """Change one thing in the record of a match."""
    with closing(sqlite3.connect(log)) as database, database:
        (text,) = database.execute("SELECT record FROM matches WHERE number = ?", (number,)).fetchone()
        record = node = json.loads(text)
        *way, last = at
        for key in way:
            node = node[key]
        node[last] = value
        database.execute("UPDATE matches SET record = ? WHERE number = ?", (json.dumps(record), number))


def add_text(log: Path, content: str) -> None:
    """Add a text to a log, which a record can then name."""
    with closing(sqlite3.connect(log)) as database, database:
        database.execute("INSERT INTO texts VALUES (?, ?)", (content, zlib.compress(content.encode())))


FIRST = ("turns", 0, "attempts", 0)
CHANGES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "the rewards": (("rewards",), [2.0, -2.0]),
    "the move": (("turns", 0, "move"), "check"),
    "the fault": ((*FIRST, "fault"), {"kind": "illegal", "detail": "x"}),
    "the reply": ((*FIRST, "reply"), "Action: nothing"),
    "the end": (("final",), "nobody has won"),
    "how it ended": (("forfeited_by",), [0, 1]),
    "the seed of the deal": (("seed",), 1),
    "what the seat saw": (("turns", 0, "view"), "Your card: K"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_log_says_otherwise_is_told_with_match_and_turn(what: str, log: Path) -> None:
    at, value = CHANGES[what]
    if what == "what the seat saw":
        add_text(log, value)
    change(log, 3, at, value)
    code, _, err = replayed(log)
    assert code == 1
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert line.startswith(
        "error: 1 of 8 matches did not come out as run.gtbench says; the first difference: "
    )
    where = "turn 1: " if at[0] == "turns" else ""
    first, second = open_log(log).match(3).agents
    assert f"match 3 (nim, {first} - {second}), {where}{what}: the log says " in line
    assert "Traceback" not in err


def test_a_prompt_in_the_log_that_was_not_asked_is_told(log: Path) -> None:
    number = next(m.number for m in open_log(log).matches() if m.turns[0].attempts[0].calls)
    add_text(log, "Please lose.")
    change(log, number, (*FIRST, "calls", 0, "messages", 0, "content"), "Please lose.")
    code, _, err = replayed(log)
    assert code == 1
    assert "turn 1: the prompt: the log says 'Please lose.', the replay " in err


def test_a_request_that_the_log_does_not_hold_is_told_with_its_match(log: Path) -> None:
    code, _, err = replayed(log, "--agents", "cot@openai/a", "random")
    assert code == 1
    assert "run.gtbench does not hold this request to openai/a" in err
    assert "; match " in err


def test_a_log_that_was_broken_off_is_replayed_as_far_as_it_goes(log: Path) -> None:
    with closing(sqlite3.connect(log)) as database, database:
        database.execute("DELETE FROM matches WHERE number > 5")
    code, out, err = replayed(log)
    assert code == 0, err
    assert out.startswith("Played again: 5 matches of run.gtbench, equal in ")
    found = compare(open_log(log), open_log(log.with_name("again.gtbench")))
    assert (found.equal, found.different, found.left) == (5, (), 0)
