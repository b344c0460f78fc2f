"""Bootstrap intervals by deal against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from gtbench_leaderboards.estimate.statistics import REPLICATES, deal_weights, interval


def test_weights_draw_as_many_deals_as_there_are() -> None:
    weights = deal_weights(7, 0)
    assert weights.shape == (REPLICATES, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert np.array_equal(weights, deal_weights(7, 0))
    assert not np.array_equal(weights, deal_weights(7, 1))


def test_the_expanded_interval_is_students_for_a_mean_of_many() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=12)
    replicates = rng.multinomial(12, np.full(12, 1 / 12), size=200_000) @ values / 12
    found = interval(replicates, 12)
    student = stats.t.interval(0.95, 11, loc=values.mean(), scale=values.std(ddof=1) / math.sqrt(12))
    assert found == pytest.approx(student, abs=0.05)


def test_a_percentile_interval_is_widened_by_students_quantile() -> None:
    """For 5 deals the tail is Phi(-sqrt(5/4) * 2.7764), by the tables of the normal and of t with 4."""
    replicates = np.linspace(0, 1, 100_001)
    tail = 0.5 * math.erfc(math.sqrt(5 / 4) * 2.776445 / math.sqrt(2))
    assert interval(replicates, 5) == pytest.approx((tail, 1 - tail), abs=1e-5)
    wide = 0.5 * math.erfc(math.sqrt(5 / 4) * 4.604095 / math.sqrt(2))
    assert interval(replicates, 5, 0.99) == pytest.approx((wide, 1 - wide), abs=1e-5)
