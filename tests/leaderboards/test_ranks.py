"""Ranks as intervals: what differs is told apart, equals are not, and who never met is not compared."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gtbench_leaderboards.estimate.ranks import (
    Difference,
    RankInterval,
    difference,
    holm,
    met,
    rank_intervals,
)
from gtbench_leaderboards.estimate.ratio import Estimate, Ratios, ratios


def scored(*means: float, deals: int = 40, seed: int = 1, shared: float = 0.2) -> Ratios:
    """Agents with these true scores; luck of a deal that all share, and their own."""
    rng = np.random.default_rng(seed)
    luck = rng.uniform(-shared, shared, deals)
    top = np.clip(np.array(means)[:, None] + luck + rng.uniform(-0.1, 0.1, (len(means), deals)), 0, 1)
    return ratios(top, np.ones_like(top))


def test_a_difference_is_paired_by_deal() -> None:
    found = scored(0.6, 0.55)
    gap = found.pull[0] - found.pull[1]
    told = difference([found], 0, 1)
    assert told.estimate.value == pytest.approx(found.value[0] - found.value[1])
    assert told.p < 0.001
    assert float(gap @ gap) < float(found.variance.sum()) / 5


def test_the_test_of_a_difference_is_the_interval_that_leaves_0_out() -> None:
    for seed in range(40):
        found = scored(0.52, 0.5, deals=12, seed=seed)
        told = difference([found], 0, 1)
        assert told.estimate.low is not None
        assert told.estimate.high is not None
        outside = not told.estimate.low <= 0 <= told.estimate.high
        assert outside == (told.p < 0.05)


@pytest.mark.parametrize(("deals", "p"), [(4, 2 / 16), (8, 2 / 256)])
def test_where_all_deals_agree_the_sign_test_decides(deals: int, p: float) -> None:
    found = ratios(np.array([[0.75] * deals, [0.25] * deals]), np.ones((2, deals)))
    assert difference([found], 0, 1).p == p
    assert p == pytest.approx(2 * stats.binom.pmf(deals, deals, 0.5))


def test_equals_that_always_agree_are_not_told_apart() -> None:
    found = ratios(np.full((2, 50), 0.5), np.ones((2, 50)))
    assert rank_intervals([found], 2) == [RankInterval(1, 2)] * 2


def test_what_differs_much_is_ranked_and_what_does_not_shares_an_interval() -> None:
    found = scored(0.8, 0.5, 0.5, 0.2)
    assert rank_intervals([found], 4) == [
        RankInterval(1, 1), RankInterval(2, 3), RankInterval(2, 3), RankInterval(4, 4),
    ]  # fmt: skip
    assert list(map(str, rank_intervals([found], 4))) == ["1", "2-3", "2-3", "4"]


def test_names_and_order_change_no_rank() -> None:
    top = np.random.default_rng(2).random((3, 30)) * 0.1 + np.array([[0.3], [0.7], [0.5]])
    ranks = rank_intervals([ratios(top, np.ones_like(top))], 3)
    order = [2, 0, 1]
    assert rank_intervals([ratios(top[order], np.ones_like(top))], 3) == [ranks[i] for i in order]


def test_of_equals_few_tables_tell_any_two_apart() -> None:
    tables = 200
    false = sum(
        any(
            rank != RankInterval(1, 5)
            for rank in rank_intervals([scored(*[0.5] * 5, deals=12, seed=seed)], 5)
        )
        for seed in range(tables)
    )
    assert stats.binom.sf(false - 1, tables, 0.05) > 0.001


def test_holm_stops_at_the_first_that_is_not_sure() -> None:
    tested = {
        (0, place): Difference(Estimate(0.1), p) for place, p in enumerate([0.011, 0.02, 0.03, 0.04], start=1)
    }
    assert [pair for pair, _ in holm(tested)] == [(0, 1)]  # 0.011 <= 0.05 / 4, but 0.02 > 0.05 / 3


def test_agents_that_never_met_stand_in_groups_of_their_own() -> None:
    assert met(5, [(0, 3), (3, 1), (2, 4)]) == [[0, 1, 3], [2, 4]]
    assert met(2, []) == [[0], [1]]
