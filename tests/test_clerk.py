"""Finished matches on their way into the log: commits and grades gather, and nobody waits in a line."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING

import pytest

import gtbench
from gtbench.clerk import Clerk
from gtbench.commits import GATHERED
from gtbench.errors import LogError
from gtbench.grading import Grader
from gtbench.log_writer import LogWriter
from gtbench.schedule import Tournament
from gtbench.store import create_log

if TYPE_CHECKING:
    from pathlib import Path

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
    assert len(set(done)) < 30


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
