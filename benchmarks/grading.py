"""How long an oracle takes: to get ready, and to grade a match and a position; for each game, in CPU seconds.

    python benchmarks/grading.py
    python benchmarks/grading.py --games connect_four --matches 60 --agents greedy random

Each game is measured in processes of its own: one that finds nothing on disk, which is the first use, and one
that finds what the first has kept. Whole matches count, their openings too.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from rich.console import Console

import gtbench
from gtbench.game.oracle import Oracle
from gtbench.grading.grade import grade_match

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gtbench.game.oracle import Verdict

P = ParamSpec("P")
R = TypeVar("R")
MEGABYTE = 1 << 20
HEAD = (
    "CPU seconds         first use    later   memory     kept    median  worst match  worst position  graded"
)


class Timed(Oracle):
    """An oracle, and the CPU seconds that each of its grades has taken."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__(oracle.game)
        self.seconds: list[float] = []
        self._oracle = oracle

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        """What each move is worth."""
        return self._oracle.action_values(state, seat)

    def grade(self, state: Any, seat: int, action: int) -> Verdict | None:
        """What the oracle says of a move, the time taken."""
        began = time.process_time()
        verdict = self._oracle.grade(state, seat, action)
        self.seconds.append(time.process_time() - began)
        return verdict


@dataclass
class Measured:
    """What one process took; seconds are of the CPU."""

    ready: float  # seconds until every answer is at hand
    memory: float = 0.0  # megabytes that oracle and grading added to the process at most
    matches: list[float] = field(default_factory=list)  # seconds for each
    positions: list[float] = field(default_factory=list)  # seconds for each
    graded: int = 0  # decisions


def measured(name: str, agents: Sequence[str], matches: int) -> Measured:
    """Prepare a game's oracle in this process, then grade so many matches."""
    game = gtbench.load_game(name)
    game.engine.new_initial_state()
    before, began = _peak(), time.process_time()
    oracle = game.oracle()
    oracle.prepare()
    found = Measured(time.process_time() - began)
    timed = Timed(oracle)
    for seed in range(matches):
        match = gtbench.play(game, agents, seed=seed)
        began = time.process_time()
        grades = grade_match(match, timed)
        found.matches.append(time.process_time() - began)
        found.graded += sum(grade.status == "graded" for grade in grades)
    found.positions, found.memory = timed.seconds, _peak() - before
    return found


def _peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(work: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    """The same in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **options).result()


def main() -> None:
    """Print a line a game."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", nargs="+", default=gtbench.list_games())
    parser.add_argument("--matches", type=int, default=30)
    parser.add_argument("--agents", nargs=2, default=["random", "random"])
    options = parser.parse_args()
    tell = Console(highlight=False, width=110).print
    tell(HEAD)
    for name in options.games:
        with TemporaryDirectory() as kept:
            os.environ |= {"XDG_CACHE_HOME": kept, "NUMBA_CACHE_DIR": str(Path(kept, "numba"))}
            first = apart(measured, name, options.agents, 0)
            size = sum(path.stat().st_size for path in Path(kept).rglob("*") if path.is_file()) / MEGABYTE
            found = apart(measured, name, options.agents, options.matches)
        tell(
            f"{name:18} {first.ready:8.2f} s {found.ready:6.2f} s {found.memory:5.0f} MB {size:5.2f} MB "
            f"{median(found.matches):9.4f} {max(found.matches):12.4f} {max(found.positions):15.4f} "
            f"{found.graded:4} of {len(found.positions)}"
        )


if __name__ == "__main__":
    main()
