"""Bradley-Terry strengths against a second fit, known odds and invariants."""

from __future__ import annotations

import itertools
import math

import evalica
import numpy as np
import pytest
from scipy import optimize

from gtbench_leaderboards.ratings.bradley_terry import ELO, RIDGE, Contests, fit

TRUE = np.array([-1.0, -0.2, 0.3, 0.9])


def played(deals: int, seed: int = 1, seat: float = 0.4) -> Contests:
    """Matches of agents of known strength, draws included, every pair in both seatings on each deal."""
    rng = np.random.default_rng(seed)
    rows = []
    for deal in range(deals):
        for i, j in itertools.permutations(range(4), 2):
            chance = 1 / (1 + math.exp(-(TRUE[i] - TRUE[j] + seat)))
            rows.append((i, j, 0, deal, (float(rng.random() < chance) + chance) / 2, 1.0))
    first, second, game, cluster, share, weight = (np.array(column) for column in zip(*rows, strict=True))
    return Contests(first, second, game, cluster, share.astype(float), weight.astype(float))


def test_a_second_fit_finds_the_same_strengths() -> None:
    found = played(20)

    def loss(strengths: np.ndarray) -> float:
        total = RIDGE / 2 * float(strengths @ strengths)
        for place in range(len(found.share)):
            margin = strengths[found.first[place]] - strengths[found.second[place]] + strengths[4]
            chance = 1 / (1 + math.exp(-margin))
            share = found.share[place]
            total -= share * math.log(chance) + (1 - share) * math.log(1 - chance)
        return total

    best = optimize.minimize(loss, np.zeros(5), tol=1e-12).x
    told = fit(found, 4)
    assert told.points == pytest.approx(ELO * (best[:4] - best[:4].mean()), abs=0.02)
    assert told.seat[0] == pytest.approx(ELO * best[4], abs=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_where_the_models_agree_evalica_finds_the_same_strengths(seed: int) -> None:
    """Without an advantage of the first seat and without a ridge; a share of a match is a weight there."""
    found = played(10, seed)
    names = np.array(list("abcd"))
    xs, ys = names[np.tile(found.first, 2)], names[np.tile(found.second, 2)]
    winners = [evalica.Winner.X] * len(found.share) + [evalica.Winner.Y] * len(found.share)
    weights = np.concatenate([found.share, 1 - found.share])
    theirs = evalica.bradley_terry(xs, ys, winners, weights=weights, tolerance=1e-13, limit=10_000).scores
    logs = np.log(theirs.sort_index().to_numpy())
    told = fit(found, 4, seat=False, ridge=1e-9)
    assert told.points / ELO == pytest.approx(logs - logs.mean(), abs=1e-6)


def test_with_many_deals_the_true_strengths_come_out() -> None:
    told = fit(played(1500), 4)
    assert told.points == pytest.approx(ELO * (TRUE - TRUE.mean()), abs=8)
    assert told.seat[0] == pytest.approx(ELO * 0.4, abs=8)


def test_intervals_hold_the_truth() -> None:
    hits = 0
    for seed in range(60):
        told = fit(played(25, seed), 4)
        for agent, true in enumerate(ELO * (TRUE - TRUE.mean())):
            low, high = told.interval(agent) or (0, 0)
            hits += low <= true <= high
    assert hits / 240 > 0.9


def test_who_was_never_beaten_has_a_finite_strength() -> None:
    one = np.zeros(6, int)
    found = Contests(one, one + 1, one, np.arange(6), np.ones(6), np.ones(6))
    told = fit(found, 2, seat=False)
    assert 400 < told.points[0] - told.points[1] < 4000
    assert told.points.sum() == pytest.approx(0)


def test_doubling_and_order_change_no_strength_and_names_only_their_places() -> None:
    found = played(15)
    told = fit(found, 4, ridge=1e-9)
    order = np.random.default_rng(3).permutation(len(found.share))
    mixed = Contests(
        *(getattr(found, name)[order] for name in ("first", "second", "game", "cluster", "share", "weight"))
    )
    assert fit(mixed, 4, ridge=1e-9).points == pytest.approx(told.points, abs=1e-4)
    twice = Contests(found.first, found.second, found.game, found.cluster, found.share, 2 * found.weight)
    assert fit(twice, 4, ridge=2e-9).points == pytest.approx(told.points, abs=1e-4)
    swap = np.array([2, 0, 3, 1])
    renamed = Contests(
        swap[found.first], swap[found.second], found.game, found.cluster, found.share, found.weight
    )
    assert fit(renamed, 4, ridge=1e-9).points[swap] == pytest.approx(told.points, abs=1e-4)


def test_one_deal_has_no_interval() -> None:
    assert fit(played(1), 4).interval(0) is None
