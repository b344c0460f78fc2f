"""Figures over the deals of several games: against leaving out each deal by hand, and for their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gtbench_leaderboards.estimate.jackknife import FEW_DEALS, clustered, interval_note, jackknife
from gtbench_leaderboards.estimate.ratio import estimate, interval, ratios

CELLS = st.lists(st.tuples(st.floats(0, 1), st.floats(0.5, 5)), min_size=3, max_size=12)


def test_of_one_game_the_interval_is_that_of_its_ratio() -> None:
    rng = np.random.default_rng(1)
    top, bottom = rng.random(300), np.full(300, 2.0)
    found = clustered({("g", d): top[d] for d in range(300)}, {("g", d): 2.0 for d in range(300)})
    same = estimate([ratios(top[None], bottom[None])], 0)
    assert (found.value, found.low, found.high) == pytest.approx((same.value, same.low, same.high), abs=1e-6)


def test_the_deals_of_each_game_are_a_stratum_of_their_own() -> None:
    """By hand: how games differ from one another is not what deals are uncertain of."""
    gave = {"g": [0.1, 0.3, 0.2, 0.25], "h": [0.9, 0.8, 1.0]}
    top = {(game, deal): value for game, values in gave.items() for deal, value in enumerate(values)}
    value = sum(top.values()) / 7
    variance = 0.0
    parts, free = [], []
    for values in gave.values():
        without = [(7 * value - one) / 6 for one in values]
        n, mean = len(values), sum(without) / len(values)
        parts.append((n - 1) / n * sum((one - mean) ** 2 for one in without))
        free.append(n - 1)
        variance += parts[-1]
    freedom = variance**2 / sum(part**2 / one for part, one in zip(parts, free, strict=True))
    found = clustered(top, dict.fromkeys(top, 1.0))
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx(interval(value, variance, freedom, low=0, high=1))


def test_where_all_deals_are_alike_the_bound_is_exact_and_said() -> None:
    cells = {("g", deal): 1.0 for deal in range(12)}
    none = clustered(dict.fromkeys(cells, 0.0), cells)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(stats.beta.ppf(0.975, 1, 12))
    assert none.why == "all 12 deals alike"
    wide = clustered(dict.fromkeys(cells, 0.0), cells, high=4.0)
    assert wide.high == pytest.approx(4 * (none.high or 0))


def test_where_deals_are_alike_in_each_game_the_bound_is_exact_too() -> None:
    cells = {(game, deal): 1.0 for game in "gh" for deal in range(4)}
    found = clustered({cell: float(cell[0] == "h") for cell in cells}, cells)
    assert (found.value, found.why) == (0.5, "all 8 deals alike")
    assert (found.low, found.high) == pytest.approx((0.5 * 0.025 ** (1 / 8), 1 - 0.5 * 0.025 ** (1 / 8)))


def test_one_deal_is_too_few_and_none_counts_nothing() -> None:
    assert clustered({("g", 0): 1.0}, {("g", 0): 2.0, ("g", 1): 0.0}).why == "one deal is too few"
    assert clustered({}, {}).value is None
    undefined = jackknife(0.5, np.array([0.4, np.nan]), ["g", "g"], np.ones(2))
    assert (undefined.value, undefined.low, undefined.why) == (0.5, None, "one deal is too few")


@given(CELLS)
def test_neither_order_nor_doubling_nor_the_games_name_changes_an_interval(
    cells: list[tuple[float, float]],
) -> None:
    def told(order: list[int], factor: float, game: str) -> tuple[float | None, ...]:
        bottom = {(game, d): factor * cells[d][1] for d in order}
        found = clustered({(game, d): factor * cells[d][0] * cells[d][1] for d in order}, bottom)
        return found.value, found.low, found.high

    order = list(range(len(cells)))
    expected = told(order, 1.0, "g")
    for other in (told(order[::-1], 1.0, "g"), told(order, 2.0, "g"), told(order, 1.0, "h")):
        assert other == pytest.approx(expected, abs=1e-6)


def test_rates_of_clustered_decisions_are_covered() -> None:
    """Decisions of a deal are hard or easy together, and there are more where they are hard."""
    rng, hits, tables = np.random.default_rng(2), 0, 400
    for _ in range(tables):
        hard = rng.random(25) < 0.4
        bottom = rng.integers(1, 5, 25) + 2 * hard
        top = rng.binomial(bottom, np.where(hard, 0.5, 0.1))
        found = clustered({("g", d): top[d] for d in range(25)}, {("g", d): bottom[d] for d in range(25)})
        true = (0.4 * 4.5 * 0.5 + 0.6 * 2.5 * 0.1) / (0.4 * 4.5 + 0.6 * 2.5)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= true <= found.high
    assert 0.92 <= hits / tables <= 0.985


def test_amounts_that_are_seldom_have_the_freedom_of_the_deals_that_gave_them() -> None:
    top = {("g", deal): 0.0 for deal in range(30)} | {("g", 3): 0.5, ("g", 4): 0.5, ("g", 5): 1.0}
    bottom = dict.fromkeys(top, 1.0)
    shares, amounts = clustered(top, bottom), clustered(top, bottom, amounts=True)
    without = np.array([(2.0 - one) / 29 for one in top.values()])
    variance = 29 / 30 * ((without - without.mean()) ** 2).sum()
    assert (shares.low, shares.high) == pytest.approx(interval(2 / 30, variance, 29, low=0, high=1))
    assert (amounts.low, amounts.high) == pytest.approx(interval(2 / 30, variance, 4 / 1.5, low=0, high=1))


def test_regrets_that_are_seldom_are_covered() -> None:
    """One deal in eight gives anything, and that is from a little to much."""
    rng, hits, tables = np.random.default_rng(3), 0, 400
    for _ in range(tables):
        top = (rng.random(25) < 1 / 8) * rng.exponential(0.1, 25).clip(0, 1)
        cells = {("g", deal): float(top[deal]) for deal in range(25)}
        found = clustered(cells, dict.fromkeys(cells, 1.0), amounts=True)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.1 * (1 - np.exp(-10)) / 8 <= found.high
    assert hits / tables >= 0.92


@pytest.mark.parametrize("deals", [FEW_DEALS - 1, FEW_DEALS])
def test_few_deals_are_said(deals: int) -> None:
    assert ("too few" in interval_note(deals)) == (deals < FEW_DEALS)
