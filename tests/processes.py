"""Real processes that do something at the same moment: for tests of what several may do to one file."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60.0

HOLD = """
import os, subprocess, sys
from pathlib import Path
from gtbench.log.read import open_log
with open_log(Path(sys.argv[1])).writer():
    child = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), child.pid, flush=True)
    sys.stdin.read()
"""


def at_once(*tasks: Callable[[], object]) -> list[str]:
    """What each of some functions returns or raises, as text: each in a process of its own, begun at once."""
    context = multiprocessing.get_context("fork")
    barrier, ends = context.Barrier(len(tasks)), [context.Pipe(duplex=False) for _ in tasks]
    processes = [
        context.Process(target=_do, args=(task, barrier, end))
        for task, (_, end) in zip(tasks, ends, strict=True)
    ]
    for process in processes:
        process.start()
    said = [end.recv() if end.poll(PATIENCE) else "no end within a minute" for end, _ in ends]
    for process in processes:
        process.join()
    return said


def _do(task: Callable[[], object], barrier: Any, end: Any) -> None:
    barrier.wait()
    try:
        end.send(str(task()))
    except BaseException as error:  # noqa: BLE001  (it is what the test is about)
        end.send(f"{type(error).__name__}: {error}")


@contextmanager
def holding(log: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has a log open for adding to it, and the id of a program that it has started."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(log)],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdin
    _, child = map(int, process.stdout.readline().split())
    try:
        yield process, child
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
        os.kill(child, 9)
