"""Scores less luck: the same mean, less variance where luck decides, and never much more."""

from __future__ import annotations

import numpy as np
import pytest

from gtbench_leaderboards.estimate.adjusted import PRIOR, adjusted
from gtbench_leaderboards.estimate.ratio import estimate, ratios


def league(
    rng: np.random.Generator, deals: int, factor: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """An agent whose shares are 0.6 in the mean, a multiple of the luck and some noise; and its luck."""
    luck = rng.uniform(-0.2, 0.2, (1, deals))
    return 0.6 + factor * luck + noise * rng.uniform(-1, 1, (1, deals)), luck


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.5])
@pytest.mark.parametrize("deals", [6, 20])
def test_the_mean_stays_what_it_was(factor: float, deals: int) -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(3000):
        top, luck = league(rng, deals, factor, 0.2)
        found.append(adjusted(top, np.ones_like(top), luck).mean())
    assert abs(np.mean(found) - 0.6) < 3 * np.std(found) / len(found) ** 0.5


@pytest.mark.parametrize(("factor", "least"), [(0.0, 0.85), (0.3, 0.95), (1.0, 20.0), (1.5, 5.0)])
def test_variance_falls_where_luck_decides_and_hardly_grows_where_it_does_not(
    factor: float, least: float
) -> None:
    rng = np.random.default_rng(2)
    plain, less = [], []
    for _ in range(1500):
        top, luck = league(rng, 40, factor, 0.02 if factor >= 1 else 0.2)
        plain.append(top.mean())
        less.append(adjusted(top, np.ones_like(top), luck).mean())
    assert np.var(plain) / np.var(less) > least


def test_no_deal_has_a_say_in_its_own_factor() -> None:
    rng = np.random.default_rng(3)
    top, luck = league(rng, 10, 0.7, 0.2)
    before = adjusted(top, np.ones_like(top), luck)
    kept = before - top
    top[0, 4] += 100
    after = adjusted(top, np.ones_like(top), luck) - top
    assert after[0, ::2] == pytest.approx(kept[0, ::2])
    assert after[0, 1::2] != pytest.approx(kept[0, 1::2])


def test_the_factor_is_that_of_least_squares_drawn_towards_1() -> None:
    luck = np.array([[0.1, 0.1, -0.1, -0.2, 0.2, 0.1, -0.2, 0.0]])
    top = 0.5 + 0.4 * luck
    even, rest = luck[0, ::2], top[0, ::2] - top[0, ::2].mean()
    prior = PRIOR * (even @ even) / 4
    factor = (rest @ even + prior) / (even @ even + prior)
    found = adjusted(top, np.ones_like(top), luck)
    assert found[0, 1::2] == pytest.approx(top[0, 1::2] - factor * luck[0, 1::2])
    assert 0.4 < factor < 1


def test_without_luck_nothing_changes() -> None:
    top = np.array([[0.2, 0.4, 0.9]])
    assert (adjusted(top, np.ones_like(top), np.zeros_like(top)) == top).all()


def test_the_interval_of_what_is_adjusted_holds_the_truth() -> None:
    rng, hits = np.random.default_rng(4), 0
    for _ in range(500):
        top, luck = league(rng, 16, 1.0, 0.1)
        found = estimate([ratios(adjusted(top, np.ones_like(top), luck), np.ones_like(top))], 0)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.6 <= found.high
    assert 0.92 < hits / 500 < 0.985
