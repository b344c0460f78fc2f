"""Verify a run log: whether its matches are the scheduled ones, and came out as it says.

Every match is found again: its deal from the luck key, its legal moves, prompts and payoffs from the engine,
its moves and faults from the recorded replies, its grades from the oracles, its columns from its records.
That a reply came from the model that it names is nothing that a log can prove.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

from gtbench.errors import BadOption
from gtbench.log.read import open_log
from gtbench.text import shown_line
from gtbench.verify.checker import Checked, Checker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gtbench.log.read import RunLog
    from gtbench.log.seals import Break

CHUNK = 100
"""Matches that are checked before it is said what was found of them."""


class Difference(NamedTuple):
    """Where a log is not what it must be."""

    match: int | None
    """The match's number; None where it is about the run."""
    where: str

    def __str__(self) -> str:
        return shown_line(self.where if self.match is None else f"match {self.match}: {self.where}")


@dataclass
class Verdict:
    """What was found of a log."""

    seal: str
    """The log's last seal, in hexadecimal; empty where it has none, or does not fit it."""
    played: int = 0
    """How many matches the log holds."""
    matches: int = 0
    """How many were checked."""
    differences: list[Difference] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    """What could not be checked, and in how many matches."""

    def add(self, checked: Sequence[Checked]) -> None:
        """Take in what was found of some matches."""
        self.matches += len(checked)
        self.differences += [Difference(one.number, where) for one in checked for where in one.differences]
        self.open.update(why for one in checked for why in dict.fromkeys(one.open))


def verify(
    log: str | Path,
    *,
    sample: int | None = None,
    since: int = 1,
    agents: bool = True,
    jobs: int = 1,
    seal: str | None = None,
    watcher: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Check a run log, and return what was found.

    Args:
        log: Its path.
        sample: Check so many of its matches, drawn at random; all of them unless said. The schedule is
            checked whole in any case.
        since: Check the matches from that number on.
        agents: Whether gtbench's own agents play their matches again, so that their prompts, and the moves of
            those without a model, are found again. Where not, only recorded answers are read again.
        jobs: How many processes check.
        seal: The seal that the log had when it was published, which holds all of it fast.
        watcher: Told how many of how many matches are checked.

    Raises:
        LogError: It is no run log of matches, or so damaged that it cannot be read.
        BadOption: A number is too small.
    """
    for name, number in (("sample", sample), ("since", since), ("jobs", jobs)):
        if number is not None and number < 1:
            raise BadOption(f"{name}={number}: it must be 1 or more")
    found = open_log(log)
    seals = found.seals()
    found.check_records()
    played = found.numbers()
    verdict = Verdict("" if seals.broken else seals.head, len(played))
    verdict.differences += map(_unsealed, seals.broken)
    verdict.differences += _unscheduled(found)
    if seal not in (None, seals.head):
        verdict.differences.append(Difference(None, f"its seal is {seals.head or 'none'}, not {seal}"))
    numbers = sorted(number for number in played if number >= since)
    if sample is not None and sample < len(numbers):
        numbers = sorted(random.sample(numbers, sample))
    chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
    for checked in _checked(found, chunks, jobs, agents=agents):
        verdict.add(checked)
        if watcher:
            watcher(verdict.matches, len(numbers))
    return verdict


def _checked(log: RunLog, chunks: Sequence[list[int]], jobs: int, *, agents: bool) -> Iterator[list[Checked]]:
    """What is found of each chunk of matches, in order."""
    if jobs == 1 or len(chunks) <= 1:
        checker = Checker(log, agents=agents)
        yield from (_of_chunk(checker, log, chunk) for chunk in chunks)
        return
    begin = partial(_begin, log.path, agents)
    with ProcessPoolExecutor(min(jobs, len(chunks)), get_context("spawn"), begin) as pool:
        yield from pool.map(_in_process, chunks)


def _of_chunk(checker: Checker, log: RunLog, numbers: Sequence[int]) -> list[Checked]:
    """What is found of some matches."""
    return [checker.check(*one) for one in log.stored(numbers)]


_here: list[Checker] = []
"""The checker of a process that does nothing else."""


def _begin(path: Path, agents: bool) -> None:
    """Open the log in a new process."""
    _here[:] = [Checker(open_log(path), agents=agents)]


def _in_process(numbers: Sequence[int]) -> list[Checked]:
    """What is found of some matches, in a process that `_begin` has prepared."""
    (checker,) = _here
    return _of_chunk(checker, checker.log, numbers)


def _unsealed(found: Break) -> Difference:
    """A record that is not as it was sealed."""
    of_match = found.kind in ("matches", "grades")
    what = {"matches": "the record", "grades": "the grades"}.get(
        found.kind, f"{found.kind}, record {found.key}"
    )
    return Difference(found.key if of_match else None, f"{what}: {found.why}")


def _unscheduled(log: RunLog) -> Iterator[Difference]:
    """The matches of the schedule that are neither played nor void, and those that it does not have."""
    played, void = log.numbers(), {one.number for one in log.voids()}
    pairings = log.pairings()
    for number in sorted(played - {one.number for one in pairings}):
        yield Difference(number, "the schedule has no such match")
    for one in pairings:
        if one.number not in played and one.number not in void:
            first, second = one.agents
            yield Difference(one.number, f"neither played nor void ({one.game}, {first} - {second})")
