"""What the check asks of a game as a PettingZoo environment."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import TYPE_CHECKING

from gtbench.env.environments import ParallelWordsEnv, WordsEnv
from gtbench.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.check.sample import PositionSample

ADVISORY = (
    "not a NumPy array", "should be gymnasium.spaces.box or gymnasium.spaces.discrete",
    "Observation is a single number", "Observation numpy array is all zeros",
)  # fmt: skip
"""What PettingZoo's test says of every observation that is a dict, and of an engine with little to tell."""


def pettingzoo(sample: PositionSample) -> str:
    """PettingZoo's own tests have nothing to say."""
    game = sample.game
    with warnings.catch_warnings(action="ignore"):  # its tests import what it has deprecated
        from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

    tests: list[Callable[[], object]] = [
        lambda: api_test(WordsEnv(game), num_cycles=200),
        lambda: seed_test(lambda: WordsEnv(game), num_cycles=50),
    ]
    if game.simultaneous:
        tests += [
            lambda: parallel_api_test(ParallelWordsEnv(game), num_cycles=200),
            lambda: parallel_seed_test(lambda: ParallelWordsEnv(game), num_cycles=50),
        ]
    with warnings.catch_warnings(record=True) as said, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        for test in tests:
            try:
                test()
            except AssertionError as error:
                raise CheckFailed(f"{game}: PettingZoo's test: {error}") from error
    beside = [str(w.message) for w in said if not any(advice in str(w.message) for advice in ADVISORY)]
    if beside:
        raise CheckFailed(f"{game}: PettingZoo's test warns: {beside[0]}")
    return f"{len(tests)} tests"
