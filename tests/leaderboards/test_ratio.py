"""Ratios over deals against brute force, textbook intervals and invariants; coverage is in benchmarks/."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from gtbench_leaderboards.estimate.ratio import LEVEL, Estimate, estimate, interval, ratios

SHARE = st.floats(0, 1)
DEALS = st.lists(st.tuples(SHARE, st.floats(0.5, 20)), min_size=3, max_size=12)


def arrays(deals: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """What each deal gave and counted, from its mean and its weight."""
    share, weight = np.array(deals).T
    return (share * weight)[None], weight[None]


@given(DEALS)
def test_what_a_deal_moves_is_the_ratio_less_the_ratio_without_it(deals: list[tuple[float, float]]) -> None:
    top, bottom = arrays(deals)
    found = ratios(top, bottom)
    whole = top.sum() / bottom.sum()
    assert found.value[0] == pytest.approx(whole)
    for deal in range(len(deals)):
        without = np.delete(top[0], deal).sum() / np.delete(bottom[0], deal).sum()
        assert found.pull[0, deal] == pytest.approx(whole - without, abs=1e-9)


def test_with_equal_weights_the_variance_is_that_of_a_mean() -> None:
    figures = np.random.default_rng(1).random(17)
    found = ratios(figures[None], np.ones((1, 17)))
    assert found.variance[0] == pytest.approx(figures.var(ddof=1) / 17)
    assert found.effective[0] == pytest.approx(17)


def test_of_deals_that_are_won_or_lost_the_interval_is_wilsons() -> None:
    """With the variance of n - 1 and Student's t, as no design effect is known to be 1."""
    won, n = 13, 20
    found = estimate([ratios(np.array([[1.0] * won + [0.0] * (n - won)]), np.ones((1, n)))], 0)
    t2 = stats.t.ppf(0.975, n - 1) ** 2 / (n - 1)  # t^2 phi / n, where phi is n / (n - 1)
    share = won / n
    middle, half = (share + t2 / 2) / (1 + t2), math.sqrt(t2 * share * (1 - share) + t2 * t2 / 4) / (1 + t2)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))


def test_where_all_deals_are_alike_the_interval_is_clopper_and_pearsons() -> None:
    found = estimate([ratios(np.ones((1, 12)), np.ones((1, 12)))], 0)
    assert found.low == pytest.approx(stats.beta.ppf(0.025, 12, 1))
    assert (found.value, found.high, found.why) == (1.0, 1.0, "all 12 deals alike")


def test_one_deal_has_no_interval_and_says_why() -> None:
    found = ratios(np.array([[0.5], [0.0]]), np.array([[2.0], [0.0]]))
    assert estimate([found], 0) == Estimate(0.25, why="one deal is too few")
    assert estimate([found], 1) == Estimate(None, why="nothing was counted")


def test_a_deal_that_counts_for_much_widens_the_interval() -> None:
    top = np.array([[0.0, 1.0] * 6])
    even, uneven = np.ones((1, 12)), np.array([[8.0, 8.0] + [0.5] * 10])
    narrow, wide = estimate([ratios(top, even)], 0), estimate([ratios(top * uneven, uneven)], 0)
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert wide.low < narrow.low


def test_over_games_variances_add_up() -> None:
    rng = np.random.default_rng(3)
    games = [ratios(rng.random((1, n)), np.ones((1, n))) for n in (9, 30)]
    found = estimate(games, 0)
    variances = np.array([one.variance[0] for one in games])
    freedom = variances.sum() ** 2 / (variances**2 / np.array([8, 29])).sum()
    value = float(np.mean([one.value[0] for one in games]))
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == interval(value, variances.sum() / 4, freedom, low=0, high=1)


def test_a_game_whose_deals_are_alike_does_not_make_the_whole_surer() -> None:
    rng = np.random.default_rng(4)
    noisy = ratios(rng.random((1, 20)), np.ones((1, 20)))
    alike, nearly = ratios(np.ones((1, 6)), np.ones((1, 6))), np.ones((1, 6))
    nearly[0, 0] = 1 - 1e-6
    widths = [
        found.high - found.low
        for other in (alike, ratios(nearly, np.ones((1, 6))))
        for found in [estimate([noisy, other], 0)]
        if found.low is not None and found.high is not None
    ]
    assert widths[0] == pytest.approx(widths[1], rel=1e-3)


@settings(max_examples=50)
@given(DEALS)
def test_neither_order_nor_doubling_nor_scale_changes_an_interval(deals: list[tuple[float, float]]) -> None:
    top, bottom = arrays(deals)
    assume(len({share for share, _ in deals}) > 1)
    found = estimate([ratios(top, bottom)], 0)
    order = np.random.default_rng(5).permutation(len(deals))
    twice = estimate([ratios(2 * top, 2 * bottom)], 0)
    mixed = estimate([ratios(top[:, order], bottom[:, order])], 0)
    shifted = estimate([ratios(top * 4 - bottom, bottom)], 0, low=-1, high=3)
    for other in (twice, mixed):
        assert (other.value, other.low, other.high) == pytest.approx((found.value, found.low, found.high))
    assert shifted.low is not None
    assert found.low is not None
    assert (shifted.low + 1) / 4 == pytest.approx(found.low, abs=1e-6)


@given(DEALS)
def test_an_interval_stays_on_its_scale_and_holds_its_figure(deals: list[tuple[float, float]]) -> None:
    found = estimate([ratios(*arrays(deals))], 0)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert -1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1 + 1e-9


@pytest.mark.parametrize("chance", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("deals", [10, 40])
def test_intervals_of_won_and_lost_deals_cover_as_often_as_they_say(chance: float, deals: int) -> None:
    """Exactly: each number of deals won, weighed by its binomial chance."""
    covered = 0.0
    for won in range(deals + 1):
        found = estimate([ratios(np.array([[1.0] * won + [0.0] * (deals - won)]), np.ones((1, deals)))], 0)
        assert found.low is not None
        assert found.high is not None
        if found.low <= chance <= found.high:
            covered += float(stats.binom.pmf(won, deals, chance))
    assert LEVEL - 0.035 < covered < 1
