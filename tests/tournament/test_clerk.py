"""Finished matches on their way into the log: commits and grades gather, and nobody waits in a line."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import TYPE_CHECKING

import pytest

import gtbench
from gtbench.errors import LogError
from gtbench.grading.grade import Grader
from gtbench.log.commits import GATHERED
from gtbench.log.create import create_log
from gtbench.log.write import LogWriter
from gtbench.schedule import Tournament
from gtbench.tournament.clerk import Clerk

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.records import Match

KUHN = {"agents": ["random", "greedy"], "games": ["kuhn_poker"], "deals": 40, "concurrency": 40}


def tournament() -> Tournament:
    return Tournament.checked(KUHN, "test")


def test_what_is_to_be_written_gathers_between_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[float] = []
    commit = LogWriter.commit

    def noted(self: LogWriter) -> None:
        moments.append(time.monotonic())
        commit(self)

    monkeypatch.setattr(LogWriter, "commit", noted)
    log = gtbench.run(tournament(), log=tmp_path / "run.gtbench")
    assert len(log.numbers()) == len(log.grades()) == 80
    *during, _ = moments  # the last ends the log
    assert len(during) <= (during[-1] - during[0]) / GATHERED + 2
    assert len(during) < 80


@pytest.mark.parametrize("graded", [False, True])
def test_matches_that_end_together_are_done_together(tmp_path: Path, graded: bool) -> None:
    """Were one let go on only after the other, the last of them would wait as often as there are matches."""
    match = gtbench.play("kuhn_poker", ["random", "random"], seed=1)
    grader = Grader()
    if graded:
        grader.prepare([gtbench.load_game("kuhn_poker")])
    rounds = 0  # of the event loop
    done: list[int] = []  # the rounds in which matches were

    async def end(clerk: Clerk, number: int) -> None:
        await clerk.enter(match.model_copy(update={"number": number}))
        done.append(rounds)

    async def end_all(writer: LogWriter) -> None:
        nonlocal rounds
        clerk = Clerk(writer, grader)
        async with asyncio.TaskGroup() as matches:
            ends = [matches.create_task(end(clerk, number)) for number in range(1, 301)]
            while not all(task.done() for task in ends):
                await asyncio.sleep(0)
                rounds += 1

    log = create_log(tmp_path / "run.gtbench", tournament())
    with log.writer() as writer:
        asyncio.run(end_all(writer))
    assert len(log.numbers()) == len(done) == 300
    assert len(log.grades()) == 300 * graded
    assert len(set(done)) < 100  # one by one it would be 300; how many on a busy machine is luck


@pytest.mark.parametrize("what", ["the commit", "the grading"])
def test_one_that_waits_and_is_called_off_takes_nobody_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Another's match waits for the same commit, or the same grading."""
    match = gtbench.play("kuhn_poker", ["random", "random"], seed=1)
    grader = Grader()
    grader.prepare([gtbench.load_game("kuhn_poker")])
    begun, go = threading.Event(), threading.Event()
    held, name = (LogWriter, "commit") if what == "the commit" else (Clerk, "_grades")
    work = getattr(held, name)

    def slow(*words: object) -> object:
        begun.set()
        go.wait()
        return work(*words)

    async def end_both(writer: LogWriter) -> None:
        clerk = Clerk(writer, grader)
        ends = [asyncio.create_task(clerk.enter(match.model_copy(update={"number": n}))) for n in (1, 2)]
        await asyncio.to_thread(begun.wait)
        ends[0].cancel()
        await asyncio.wait([ends[0]])
        go.set()
        await ends[1]

    log = create_log(tmp_path / "run.gtbench", tournament())
    with log.writer() as writer:
        monkeypatch.setattr(held, name, slow)
        asyncio.run(end_both(writer))
        monkeypatch.undo()
    assert log.numbers() == {1, 2}  # it has been paid for
    assert 2 in log.grades()


@pytest.mark.parametrize(("takes", "together"), [(0.0, 9), (GATHERED / 4, 5), (10 * GATHERED, 1)])
def test_as_many_matches_are_graded_at_a_stroke_as_take_little_time(
    takes: float, together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first to end would wait for the oracle's word on all others."""
    match = gtbench.play("kuhn_poker", ["random", "random"], seed=1)
    grader, now = Grader(), 0.0
    grader.prepare([gtbench.load_game("kuhn_poker")])
    matches = [match.model_copy(update={"number": number}) for number in range(1, 10)]
    grade = grader.grade

    def timed(match: Match) -> object:
        nonlocal now
        now += takes
        return grade(match)

    monkeypatch.setattr(grader, "grade", timed)
    monkeypatch.setattr("gtbench.tournament.clerk.time.monotonic", lambda: now)
    log = create_log(tmp_path / "run.gtbench", tournament())
    with log.writer() as writer:
        graded = [number for number, _ in Clerk(writer, grader)._grades(matches)]
    assert graded == [*range(1, together + 1)]


def test_a_commit_that_fails_when_nobody_waits_any_more_is_not_complained_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run ends with one error then, and this would be a second, with a traceback."""

    def fail(_: LogWriter) -> None:
        raise LogError("no space left")

    async def call_off(writer: LogWriter) -> None:
        clerk = Clerk(writer, Grader())
        writer.add(match)
        before = asyncio.all_tasks()
        waits = asyncio.create_task(clerk.written())
        await asyncio.sleep(0)
        (commit,) = asyncio.all_tasks() - before - {waits}
        waits.cancel()
        await asyncio.wait([commit])

    match = gtbench.play("kuhn_poker", ["random", "random"], seed=1)
    log = create_log(tmp_path / "run.gtbench", tournament())
    monkeypatch.setattr(LogWriter, "commit", fail)
    with pytest.raises(LogError, match="no space left"), log.writer() as writer:
        asyncio.run(call_off(writer))
    gc.collect()  # asyncio complains of a failure that nobody has seen when it is forgotten
    assert not caplog.records
