"""Compiled searches: `prepare` has them compiled, so that no position waits for the compiler."""

from __future__ import annotations

import subprocess
import sys

import pytest

GRADED = """
import gtbench, gtbench.grading.grade, {search} as module
game = gtbench.load_game("{game}")
oracle = game.oracle()
compiled = [one for one in vars(module).values() if hasattr(one, "signatures")]
before = [len(one.signatures) for one in compiled]
oracle.prepare()
ready = [len(one.signatures) for one in compiled]
gtbench.grading.grade.grade_match(gtbench.play(game, ["random", "random"], seed=1), oracle)
print(sum(before), sum(ready) > 0, [len(one.signatures) for one in compiled] == ready)
"""


@pytest.mark.parametrize(
    ("game", "search"), [("connect_four", "four_search"), ("breakthrough", "race_search")]
)
def test_what_was_prepared_compiles_nothing_while_it_grades(game: str, search: str) -> None:
    """In a process of its own, in which no other test has had anything compiled."""
    script = GRADED.format(game=game, search=f"gtbench_games.oracles.{search}")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "0 True True\n", done.stderr
