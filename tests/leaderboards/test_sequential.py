"""Looking after every deal: equals are told apart seldom, what differs is decided, and sequences cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gtbench_leaderboards.estimate.sequential import GRID, confidence_sequence, decided, wealth


def test_wealth_is_the_product_of_the_bets_on_what_came() -> None:
    """The formula, term by term, in plain Python."""
    figures, mean, alpha = [0.75, 0.5, 1.0, 0.25], 0.5, 0.05
    up = down = 1.0
    seen: list[float] = []
    spread = 0.25
    for t, x in enumerate(figures, start=1):
        bet = (2 * np.log(2 / alpha) / (spread * t * np.log(t + 1))) ** 0.5
        up *= 1 + min(bet, 0.5 / mean) * (x - mean)
        down *= 1 - min(bet, 0.5 / (1 - mean)) * (x - mean)
        seen.append(x)
        centres = [(0.5 + sum(seen[: i + 1])) / (i + 2) for i in range(len(seen))]
        spread = (0.25 + sum((s - c) ** 2 for s, c in zip(seen, centres, strict=True))) / (t + 1)
    found = wealth(np.array(figures), mean, alpha)
    assert (found[0][-1], found[1][-1]) == pytest.approx((up, down))


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=6))
def test_no_bet_depends_on_what_it_is_made_on(figures: list[float]) -> None:
    """The last figure changes the wealth by a factor that is linear in it: nothing was known of it."""
    last = [np.array([*figures, x]) for x in (0.0, 0.5, 1.0)]
    for side in (0, 1):
        low, middle, high = (wealth(x, 0.4, 0.05)[side][-1] for x in last)
        assert middle == pytest.approx((low + high) / 2)


def test_of_equals_few_comparisons_are_ever_decided() -> None:
    rng, leagues = np.random.default_rng(7), 400
    false = sum(decided(rng.choice([-1.0, 0.0, 1.0], 300), 0.05) is not None for _ in range(leagues))
    assert stats.binom.sf(false - 1, leagues, 0.05) > 0.001


def test_what_differs_is_decided_and_for_the_better() -> None:
    rng = np.random.default_rng(8)
    found = [decided(rng.choice([-1.0, 1.0], 400, p=[0.3, 0.7]), 0.05) for _ in range(50)]
    assert all(one is not None and one.better for one in found)
    turned = decided([-1.0] * 30, 0.05)
    assert turned is not None
    assert not turned.better
    assert turned.deal < 30


def test_a_decision_stays_what_it_was_when_more_is_played() -> None:
    played = list(np.random.default_rng(9).choice([-1.0, 1.0], 400, p=[0.3, 0.7]))
    whole = decided(played, 0.05)
    assert whole is not None
    assert decided(played[: whole.deal], 0.05) == whole
    assert decided(played[: whole.deal - 1], 0.05) is None


def test_a_confidence_sequence_holds_the_mean_at_all_times_at_once() -> None:
    rng, leagues, missed = np.random.default_rng(10), 40, 0
    for _ in range(leagues):
        figures = rng.beta(2, 1, 120)
        missed += any(
            not low <= 2 / 3 <= high
            for n in range(10, 121, 10)
            for low, high in [confidence_sequence(figures[:n], 0.05)]
        )
    assert stats.binom.sf(missed - 1, leagues, 0.05) > 0.001


def test_a_confidence_sequence_only_narrows_and_holds_figures_that_never_change() -> None:
    before = (0.0, 1.0)
    for n in range(1, 60):
        now = confidence_sequence([0.3] * n, 0.05)
        assert before[0] - 1e-12 <= now[0] <= 0.3 <= now[1] <= before[1] + 1e-12
        before = now
    assert before[1] - before[0] < 0.5
    assert (before[0] * GRID) % 1 == pytest.approx(0, abs=1e-6)


def test_without_a_deal_nothing_is_decided() -> None:
    assert decided([], 0.05) is None
    assert confidence_sequence([], 0.05) == (0.0, 1.0)
