"""Signals that end a process: what is under way is recorded, and what was begun ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as in_process
from patience import PATIENCE, until

import gtbench
from gtbench.grading.grade import Grader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.testing import LocalProvider

GTBENCH = (sys.executable, "-m", "gtbench.cli")
CODES = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129}

TAKES_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Goes on as another program, whose terminal standard input is."""

HANGS = """
echo $$ >> pids
sleep 60071 & echo $! >> pids
setsid sleep 60071 & echo $! >> pids
(setsid sh -c 'echo $$ >> pids; sleep 60071 & echo $! >> pids; wait' &)
read question
touch asked
exec sleep 60071
"""
"""An agent that never answers, with children: in its group, out of it, and orphaned out of it."""


class Command:
    """`gtbench WORDS` as a process of its own."""

    def __init__(self, *words: str, cwd: Path, under: tuple[str, ...] = (), **environment: str) -> None:
        self._process = subprocess.Popen(
            [*under, *GTBENCH, *words],
            cwd=cwd,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def send(self, *signals: Signals) -> None:
        for one in signals:
            self._process.send_signal(one)

    def end(self) -> tuple[int, str, str]:
        """Its exit code and what it wrote."""
        out, err = self._process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err
        assert "never retrieved" not in err
        return self._process.returncode, out, err


@pytest.fixture
def hangs(tmp_path: Path) -> Iterator[str]:
    """An agent that never answers; at the end nothing that it has begun is left, whatever the test said."""
    (tmp_path / "hangs.sh").write_text(HANGS)
    yield "exec:sh hangs.sh"
    for pid in alive(tmp_path):
        os.kill(pid, signal.SIGKILL)


def alive(folder: Path) -> list[int]:
    """The processes of the agent that are there; the number of one that has ended may be another's by now."""
    begun = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
    return [int(pid) for pid in begun if {"hangs.sh", "60071"} & set(words_of(pid))]


def words_of(pid: str) -> list[str]:
    """The words of a process's command; none of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").replace(";", " ").split()
    except OSError:
        return []


def under_way(folder: Path, hangs: str, server: LocalProvider, **how: Any) -> Command:
    """A run of two matches: in one a model was asked and the agent is, in the other the agent is."""
    agents, games = ["prompt@openai/x", hangs], ["--games", "kuhn_poker", "--deals", "1"]
    flags = ["--agents", *agents, *games, "--log", "cup.gtbench"]
    settings: dict[str, Any] = {**server.environment, **how}
    command = Command("run", *flags, cwd=folder, **settings)
    until(lambda: server.requests and (folder / "asked").exists(), "both are asked")
    until(lambda: len(alive(folder)) == 10, "the agent has begun all its processes, twice")
    return command


@pytest.mark.parametrize("how", CODES, ids=lambda how: how.name)
def test_a_signal_ends_a_run_in_peace(
    how: Signals, tmp_path: Path, hangs: str, provider: LocalProvider
) -> None:
    command = under_way(tmp_path, hangs, provider)
    command.send(how)
    code, _, errors = command.end()
    assert code == CODES[how]
    assert errors.splitlines()[-2:] == [
        "interrupted" if how == SIGINT else f"interrupted by {how.name}",
        "Every finished match is in the log. Go on with: gtbench resume cup.gtbench",
    ]
    log = gtbench.open_log(tmp_path / "cup.gtbench")
    assert [void.reason for void in log.voids()] == ["interrupted"]
    assert len(log.calls()) == len(provider.requests) == 1
    until(lambda: not alive(tmp_path), "all that the agent has begun has ended")


def test_further_signals_change_nothing(tmp_path: Path, hangs: str, provider: LocalProvider) -> None:
    command = under_way(tmp_path, hangs, provider)
    command.send(SIGTERM, SIGHUP, SIGINT, SIGTERM)
    code, _, errors = command.end()
    assert code in CODES.values()  # which is seen first is the system's to say
    assert "Go on with: gtbench resume cup.gtbench" in errors
    assert len(gtbench.open_log(tmp_path / "cup.gtbench").calls()) == 1
    until(lambda: not alive(tmp_path), "all that the agent has begun has ended")


def test_under_nohup_a_closed_terminal_ends_nothing(
    tmp_path: Path, hangs: str, provider: LocalProvider
) -> None:
    command = under_way(tmp_path, hangs, provider, under=("nohup",))
    command.send(SIGHUP)
    command.send(SIGTERM)
    assert command.end()[0] == 143


def test_a_resumed_run_ends_in_peace_too(tmp_path: Path, hangs: str, provider: LocalProvider) -> None:
    command = under_way(tmp_path, hangs, provider)
    command.send(SIGTERM)
    command.end()
    (tmp_path / "asked").unlink()
    settings: dict[str, Any] = {**provider.environment}
    command = Command("resume", "cup.gtbench", cwd=tmp_path, **settings)
    until((tmp_path / "asked").exists, "the agent is asked again")
    command.send(SIGHUP)
    code, _, errors = command.end()
    assert code == 129
    assert "Go on with: gtbench resume cup.gtbench" in errors
    until(lambda: not alive(tmp_path), "all that the agent has begun has ended")


def test_an_elicitation_ends_in_peace(tmp_path: Path, hangs: str) -> None:
    command = Command("elicit", hangs, "kuhn_poker", "--log", "asked.gtbench", cwd=tmp_path)
    until((tmp_path / "asked").exists, "the agent is asked")
    command.send(SIGTERM)
    code, _, errors = command.end()
    assert code == 143
    assert errors.endswith(
        "interrupted by SIGTERM\nWhat was answered is in the log. Go on with: gtbench resume asked.gtbench\n"
    )
    until(lambda: not alive(tmp_path), "all that the agent has begun has ended")


def test_a_closed_terminal_ends_a_match_with_a_person(tmp_path: Path, provider: LocalProvider) -> None:
    words = ["play", "kuhn_poker", "--vs", "prompt@openai/x", "--seat", "1", "--log", "mine.gtbench"]
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKES_TERMINAL, *GTBENCH, *words],
        cwd=tmp_path, env=os.environ | provider.environment, start_new_session=True,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = bytearray()

    def asked() -> bool:
        if b"Your move" not in seen:
            seen.extend(os.read(ours, 4096))
        return b"Your move" in seen

    until(asked, "the person is asked")
    os.close(ours)
    assert process.wait(PATIENCE) == 129
    log = gtbench.open_log(tmp_path / "mine.gtbench")
    assert [void.reason for void in log.voids()] == ["interrupted"]
    assert len(log.calls()) == 1


def test_a_signal_ends_grading_between_two_matches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cup = gtbench.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=3)
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    before, grade, graded = log.grades(), Grader.grade, []

    def interrupted(grader: Grader, match: gtbench.Match) -> Any:
        graded.append(match.number)
        if len(graded) == 2:
            signal.raise_signal(SIGTERM)
        return grade(grader, match)

    monkeypatch.setattr(Grader, "grade", interrupted)
    done = in_process("grade", "cup.gtbench", cwd=tmp_path)
    assert (done.returncode, len(graded)) == (143, 2)
    kept = "The log holds new grades of 2 of 6 matches, and what it held of the rest."
    assert done.stderr.endswith(f"interrupted by SIGTERM\n{kept}\n")
    assert log.grades() == before


def test_a_site_that_was_not_written_to_its_end_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cup = gtbench.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=1)
    gtbench.run(cup, log=tmp_path / "cup.gtbench")
    words, write = ("site", "cup.gtbench", "-o", "pages"), Path.write_text

    def interrupted(path: Path, *args: Any, **how: Any) -> int:
        if path.name == "match-2.html":
            signal.raise_signal(SIGHUP)
        return write(path, *args, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", interrupted)
        done = in_process(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (129, "interrupted by SIGHUP\n")
    assert not (tmp_path / "pages" / "match-2.html").exists()
    assert in_process(*words, cwd=tmp_path).returncode == 0
    assert (tmp_path / "pages" / "match-2.html").exists()


SCRIPT = """
import os, signal, threading, gtbench
{prelude}
def main():
    cup = gtbench.Tournament(agents=("prompt@openai/x", "{hangs}"), games=("kuhn_poker",), deals=1)
    gtbench.run(cup, log="cup.gtbench")
{call}
"""


def script(
    folder: Path, hangs: str, server: LocalProvider, call: str, prelude: str = ""
) -> subprocess.Popen[str]:
    """A program that has two matches under way."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(hangs=hangs, call=call, prelude=prelude)],
        cwd=folder, env=os.environ | server.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: server.requests and (folder / "asked").exists(), "both are asked")
    until(lambda: len(alive(folder)) == 10, "the agent has begun all its processes, twice")
    return process


def test_in_a_script_what_is_under_way_is_recorded_and_the_signal_takes_its_course(
    tmp_path: Path, hangs: str, provider: LocalProvider
) -> None:
    process = script(tmp_path, hangs, provider, "main()")
    process.send_signal(SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -SIGTERM  # as without gtbench
    assert len(gtbench.open_log(tmp_path / "cup.gtbench").calls()) == 1
    until(lambda: not alive(tmp_path), "all that the agent has begun has ended")


@pytest.mark.parametrize(
    "call", ["main()", "threading.Thread(target=main, daemon=True).start(); signal.pause()"]
)
def test_a_scripts_own_handler_is_left_alone(
    call: str, tmp_path: Path, hangs: str, provider: LocalProvider
) -> None:
    own = "signal.signal(signal.SIGTERM, lambda *_: (print('mine', flush=True), os._exit(7)))"
    process = script(tmp_path, hangs, provider, call, own)
    process.send_signal(SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (out, process.returncode) == ("mine\n", 7)
