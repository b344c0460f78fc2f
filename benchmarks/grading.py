"""How long an oracle takes: to get ready, and to grade a match; for each game, on matches of random players.

    python benchmarks/grading.py
    python benchmarks/grading.py --games pig kuhn_poker --matches 30

What is kept in the cache folder is loaded from there; an empty folder (XDG_CACHE_HOME) shows the first use.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.console import Console

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.oracle import Oracle
from gtbench.grading.grade import grade_match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.oracle import Verdict

OPENING = 16
"""Decisions of a match after which what is left is counted by itself."""


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


def main() -> None:
    """Print a line a game."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", nargs="+", default=gtbench.list_games())
    parser.add_argument("--matches", type=int, default=9)
    options = parser.parse_args()
    tell = Console(highlight=False, width=110).print
    tell(f"CPU seconds          ready   first match   median   most   after {OPENING} decisions    graded")
    for name in options.games:
        game = gtbench.load_game(name)
        try:
            began = time.process_time()
            oracle = game.oracle()
            oracle.prepare()
        except NoOracle as error:
            tell(f"{name}: {error}")
            continue
        ready, spent, later, decided, asked = time.process_time() - began, [], [], 0, 0
        for seed in range(options.matches):
            match, timed = gtbench.play(game, ["random", "random"], seed=seed), Timed(oracle)
            began = time.process_time()
            grades = grade_match(match, timed)
            spent.append(time.process_time() - began)
            later.append(sum(timed.seconds[OPENING:]))
            asked += len(grades)
            decided += sum(grade.status == "graded" for grade in grades)
        tell(
            f"{name:18} {ready:7.2f} {spent[0]:13.4f} {median(spent):8.4f} {max(spent):6.2f} "
            f"{median(later):20.4f} {decided:8} of {asked}"
        )


if __name__ == "__main__":
    main()
