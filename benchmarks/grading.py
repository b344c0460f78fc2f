"""How long an oracle takes: to get ready, and to grade a match; for each game, on random matches.

    python benchmarks/grading.py
    python benchmarks/grading.py --games pig kuhn_poker --matches 30

What is kept in the cache folder is loaded from there; an empty folder (XDG_CACHE_HOME) shows the first use.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import time
from statistics import median

from rich.console import Console

import gtbench
from gtbench.errors import NoOracle
from gtbench.grading import grade_match


def main() -> None:
    """Print a line a game."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--games", nargs="+", default=gtbench.list_games())
    parser.add_argument("--matches", type=int, default=9)
    options = parser.parse_args()
    tell = Console(highlight=False, width=110).print
    tell("CPU seconds          ready   first match   median   most    decisions graded")
    for name in options.games:
        game = gtbench.load_game(name)
        try:
            began = time.process_time()
            oracle = game.oracle()
            oracle.prepare()
        except NoOracle as error:
            tell(f"{name}: {error}")
            continue
        ready, spent, decided, asked = time.process_time() - began, [], 0, 0
        for seed in range(options.matches):
            match = gtbench.play(game, ["random", "random"], seed=seed)
            began = time.process_time()
            grades = grade_match(match, oracle)
            spent.append(time.process_time() - began)
            asked += len(grades)
            decided += sum(grade.status == "graded" for grade in grades)
        tell(
            f"{name:18} {ready:7.2f} {spent[0]:13.4f} {median(spent):8.4f} {max(spent):6.2f} "
            f"{decided:8} of {asked}"
        )


if __name__ == "__main__":
    main()
