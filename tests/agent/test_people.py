"""People at the terminal: what they see and type, that slips are free, and how they leave."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from random import Random
from typing import TYPE_CHECKING, Self

import pytest

import gtbench
from gtbench import registry
from gtbench.cli import main
from gtbench.errors import BadOption
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from pathlib import Path

ON_A_TERMINAL = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from gtbench.cli import main; main()"
)
PATIENCE = 30


def piped(words: str, typed: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line with lines piped in."""
    return subprocess.run(
        [sys.executable, "-m", "gtbench.cli", *words.split()],
        cwd=cwd,
        env=os.environ | environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class Seated:
    """The command line on a terminal of its own, as a person sits at it."""

    def __init__(self, words: str, cwd: Path, **environment: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", ON_A_TERMINAL, *words.split()],
            cwd=cwd,
            env=os.environ | environment | {"TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def until(self, words: str) -> str:
        """What is shown up to these words, after what was returned before."""
        deadline = time.monotonic() + PATIENCE
        while words not in self._shown:
            assert time.monotonic() < deadline, f"{words!r} is not in {self._shown!r}"
            if select.select([self._master], [], [], 0.1)[0]:
                self._shown += os.read(self._master, 4096).decode(errors="replace")
        shown, _, self._shown = self._shown.partition(words)
        return shown

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE)


def test_a_whole_match_by_pipe_with_slips_and_what_the_oracle_says(tmp_path: Path) -> None:
    typed = "help\nb9\nundo\nmoves\nhistory\n a1. \n\n**B2**\nc3\na2\nc1\n"
    done = piped("play tic_tac_toe --vs optimal --seat 1 --seed 87 --log x.gtbench", typed, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "You are player_1 of tic_tac_toe, against optimal (--seed 87 repeats the deal)." in done.stdout
    assert done.stdout.count("You play O and move second.") == 2  # at the start, and for help
    for line in (
        "Your move: b9",
        '"b9" is not a legal move now: the columns are a to c, the rows 1 to 3. (help:',
        "A move that was made cannot be taken back.",
        "Legal moves: a1, c1, a2, b2, c2, a3, b3, c3\nYour move: history\n1. Opponent: b1\nYour move:  a1. ",
        '"c3" is not a legal move now: the square is taken. (help: the rules)',
        "1 O X .\n2 . O .\n3 X . X\nYou play O.\n",
        "8. You: c1\n9. Opponent: b3\n\nThe match is over.",
        "You lost: you get -1, optimal gets 1.",
        "measured against perfect play",
        "  1. a1: best\n  2. b2: best\n",
        "  3. a2: gave away 1 (missed block, drawn to lost); best: b3\n",
        "  4. c1: as good as any\n",
        "gtbench replay x.gtbench 2\n",
    ):
        assert line in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    match = gtbench.open_log(tmp_path / "x.gtbench").match(2)
    assert match.agents == ("optimal", "human")
    assert match.faults == ()
    assert [turn.attempts[0].reply for turn in match.turns[1::2]][1] == "Action: **B2**"
    assert "-- move: a2" in piped("replay x.gtbench 2", "", tmp_path).stdout


def test_both_are_asked_at_once_and_the_person_answers_first(tmp_path: Path) -> None:
    words = "play prisoners_dilemma[max_game_length=2,termination_probability=0] --vs always_defect --seat 0"
    shown = piped(words, "c\nd\n", tmp_path).stdout
    first, second, end = shown.split("Your move: ")[0:1] + shown.split("Your move: ")[1:]
    assert "Opponent: " not in first
    assert second.startswith("c\n1. You: cooperate. Opponent: defect.")
    assert end.startswith("d\n2. You: defect. Opponent: defect.\n\nThe match is over.")
    assert "You earned 1, always_defect earned 11." in end


@pytest.mark.parametrize("typed", ["a1\nEXIT\n", "a1\nb"])
def test_who_leaves_loses_nothing_and_leaves_no_log_behind(typed: str, tmp_path: Path) -> None:
    done = piped("play tic_tac_toe --vs greedy --seat 0 --log x.gtbench", typed, tmp_path)
    assert done.returncode == 0
    assert "You have left the match: it is not finished, and nobody has lost it." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_the_board_is_drawn_anew_and_ctrl_c_leaves(tmp_path: Path) -> None:
    with (
        LocalProvider(lambda _: "SECRET\nAction: 4", latency=0.3) as server,
        Seated(
            "play connect_four --vs prompt@openai/x --seat 1 --log x.gtbench", tmp_path, **server.environment
        ) as person,
    ):
        waiting = person.until("Your move: ")
        assert "prompt@openai/x is thinking" in waiting
        assert waiting.index("Connect Four, for two players") < waiting.index("is thinking")
        person.type("9\r")
        assert '"9" is not a legal move now: the columns are 1 to 7.' in person.until("Your move: ")
        person.type("3\r")
        drawn = person.until("Your move: ")
        assert "\x1b[2J" in drawn
        assert "row  1 |  .  .  O  X" in drawn
        assert "1. Opponent: 4\r\n2. You: 3\r\n3. Opponent: 4" in drawn
        person.type("3\x03")
        person.until("interrupted")
        person.until("What x.gtbench holds stays")
        assert "SECRET" not in waiting + drawn
        assert person.exit_code() == 130
    log = gtbench.open_log(tmp_path / "x.gtbench")
    assert log.matches() == ()
    assert [void.number for void in log.voids()] == [2]
    assert [call.reply for call in log.calls()] == ["SECRET\nAction: 4"] * 2


def test_on_a_terminal_ctrl_d_leaves_in_peace(tmp_path: Path) -> None:
    with Seated("play nim --vs random --seat 0 --log x.gtbench", tmp_path) as person:
        person.until("Your move: ")
        person.type("\x04")
        person.until("You have left the match")
        assert person.exit_code() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_person_can_play_a_tournament_of_one_match_at_a_time(tmp_path: Path) -> None:
    words = "run --agents human always_cooperate --games prisoners_dilemma[max_game_length=1] --deals 1"
    with Seated(f"{words} --concurrency 1 --seconds-per-move 0.2 --log x.gtbench", tmp_path) as person:
        for _ in range(2):
            person.until("Your move: ")
            time.sleep(0.5)  # a person's time is not limited
            person.type("defect\r")
        person.until("gtbench standings x.gtbench")
        assert person.exit_code() == 0
    rewards = [match.rewards for match in gtbench.open_log(tmp_path / "x.gtbench").matches()]
    assert rewards == [(10, 0), (0, 10)]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("play nim --vs human", "--vs human: two people cannot play at one terminal; name another agent"),
        ("play nim --vs rondom", "unknown agent 'rondom'; did you mean 'random'?"),
        ("play nimm --vs random", "unknown game 'nimm'; did you mean 'nim'?"),
        ("play nim --vs tit_for_tat", "tit_for_tat plays prisoners_dilemma only, not nim"),
        ("run --agents human random --games nim", "human plays one match at a time: run with concurrency 1"),
        (
            "run --agents human random --games nim --concurrency 1",
            "human needs a terminal to play at, and standard input is none",
        ),
    ],
)
def test_what_cannot_be_played_gets_one_line(
    words: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["gtbench", *words.split()])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr()
    assert said.err.startswith(f"error: {line}")
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_two_people_are_refused_from_python_too() -> None:
    with pytest.raises(BadOption, match="two people cannot play at one terminal"):
        gtbench.play("kuhn_poker", ["human", "human"], seed=1)


@pytest.mark.parametrize("name", gtbench.list_games())
def test_a_person_is_heard_exactly_as_the_match_hears(name: str) -> None:
    game, rng = gtbench.load_game(name), Random(3)
    human = registry.load("agents", "human")(game=game)
    for seed in range(3):
        table = gtbench.Table(game, game.deal(seed))
        for _ in range(6):
            for seat in table.to_move:
                view = table.view(seat)
                for word in (*view.legal[:9], *view.moves[:9], *view.moves[-9:], "nothing", "a1 or b2", ""):
                    assert human._hear(view, word) == game.hear(table.state, seat, word)
            if not table.over:
                table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
