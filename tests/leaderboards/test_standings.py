"""Standings against known truths and a second, plain implementation."""

from __future__ import annotations

import itertools
import math
import random
import statistics as plain
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gtbench.labels import FaultKind
from gtbench.records import Attempt, Fault, Match, Termination, Turn
from gtbench_leaderboards.errors.profile import profile
from gtbench_leaderboards.estimate.statistics import REPLICATES, deal_weights, interval
from gtbench_leaderboards.ratings.standings import OVERALL, Standing, points, standings

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[str, int, tuple[str, str], tuple[float, float]]


def match(
    game: str,
    deal: int,
    agents: tuple[str, str],
    rewards: tuple[float, float],
    *,
    zero_sum: bool = True,
    turns: tuple[Turn, ...] = (),
    forfeited_by: tuple[int, ...] = (),
) -> Match:
    return Match(
        number=1, game=game, parameters={}, zero_sum=zero_sum, deal=deal, seed=0, agents=agents,
        rules=("", ""), turns=turns, termination=Termination(kind="forfeit" if forfeited_by else "end",
        by=forfeited_by),
        rewards=rewards, final="", version="",
    )  # fmt: skip


def row(table: Sequence[Standing], game: str, agent: str) -> Standing:
    (found,) = [row for row in table if (row.game, row.agent) == (game, agent)]
    return found


def pairs(game: str, results: Sequence[Sequence[tuple[float, float]]], **kind: Any) -> list[Match]:
    """Matches of a against b, by deal, both seatings: rewards are (a's, b's)."""
    return [
        match(game, deal, agents, rewards if agents == ("a", "b") else rewards[::-1], **kind)
        for deal, both in enumerate(results)
        for agents, rewards in zip((("a", "b"), ("b", "a")), both, strict=True)
    ]


def test_points_are_the_papers() -> None:
    assert points(match("g", 0, ("a", "b"), (2, -2))) == (1, 0)
    assert points(match("g", 0, ("a", "b"), (-1, 1))) == (0, 1)
    assert points(match("g", 0, ("a", "b"), (0, 0))) == (0.5, 0.5)
    assert points(match("g", 0, ("a", "b"), (15, 0), zero_sum=False)) == (15, 0)


def test_nra_in_a_zero_sum_game_is_twice_the_score_less_one() -> None:
    table = standings(pairs("g", [[(1, -1), (1, -1)], [(1, -1), (0, 0)], [(-1, 1), (1, -1)]])).rows
    first = row(table, "g", "a")
    assert first.score == pytest.approx(4.5 / 6)
    assert first.nra == pytest.approx(2 * 4.5 / 6 - 1)
    assert first.nra is not None
    assert row(table, "g", "b").nra == pytest.approx(-first.nra)
    assert first.matches == 6


def test_nra_is_a_ratio_of_sums_and_no_mean_of_ratios() -> None:
    table = standings(pairs("g", [[(10, 0), (1, 1)], [(1, 1), (40, 48)]], zero_sum=False)).rows
    assert row(table, "g", "a").nra == pytest.approx((52 - 50) / (52 + 50))


def test_nra_stays_within_its_bounds_where_rewards_are_negative() -> None:
    table = standings(pairs("g", [[(-3, 3), (-3, 3)]], zero_sum=False)).rows
    assert row(table, "g", "a").nra == -1


def test_what_is_undefined_is_said_to_be() -> None:
    table = standings(pairs("g", [[(0, 0), (0, 0)]], zero_sum=False)).rows
    first = row(table, "g", "a")
    assert (first.nra, first.score, first.nra_low) == (None, None, None)


def test_overall_is_the_mean_over_games() -> None:
    matches = pairs("g", [[(1, -1), (1, -1)]] * 5) + pairs("h", [[(0, 50), (0, 50)]], zero_sum=False)
    assert row(standings(matches).rows, OVERALL, "a").nra == pytest.approx((1 - 1) / 2)


def test_an_always_faulting_agent_is_last() -> None:
    rewards = [[(0, 10), (0, 10)]] * 8
    table = standings(pairs("g", rewards, zero_sum=False)).rows
    assert row(table, "g", "a").nra == -1
    assert [r.agent for r in table if r.game == "g"] == ["b", "a"]


def noisy(rng: random.Random, deals: int, edge: float) -> list[Match]:
    """Pairs with a common luck in each deal; `a` wins more often by `edge`."""
    results = []
    for _ in range(deals):
        luck = rng.choice((-0.3, 0.3))
        results.append([(1, -1) if rng.random() < 0.5 + edge + luck else (-1, 1) for _ in range(2)])
    return pairs("g", results)


def test_the_interval_agrees_with_a_plain_bootstrap() -> None:
    """The same estimate, deal by deal in plain Python with its own random numbers."""
    matches = noisy(random.Random(1), 40, 0.1)
    by_deal: dict[int, list[float]] = {}
    for played in matches:
        seat = played.agents.index("a")
        by_deal.setdefault(played.deal, []).append(points(played)[seat] - points(played)[1 - seat])
    rng = random.Random(2)
    replicates = []
    for _ in range(20000):
        drawn = [by_deal[rng.choice(list(by_deal))] for _ in by_deal]
        replicates.append(plain.fmean(value for deal in drawn for value in deal))
    replicates.sort()
    tail = stats.norm.cdf(math.sqrt(40 / 39) * stats.t.ppf(0.025, 39))
    low, high = replicates[round(tail * 20000)], replicates[round((1 - tail) * 20000)]
    found = row(standings(matches).rows, "g", "a")
    assert found.nra_low == pytest.approx(low, abs=0.03)
    assert found.nra_high == pytest.approx(high, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("deals", "least"), [(10, 0.90), (25, 0.92), (50, 0.925)])
def test_the_interval_covers_the_truth(deals: int, least: float) -> None:
    """95 % intervals of 500 simulated runs; their coverage is known to one percent."""
    rng = random.Random(3)
    hits = runs = 0
    for _ in range(500):
        found = row(standings(noisy(rng, deals, 0.1)).rows, "g", "a")
        if found.nra_low is not None and found.nra_high is not None:
            hits += found.nra_low <= 0.2 <= found.nra_high
            runs += 1
    assert hits / runs >= least


def test_more_deals_give_a_narrower_interval() -> None:
    def width(deals: int) -> float:
        found = row(standings(noisy(random.Random(4), deals, 0.0)).rows, "g", "a")
        assert found.nra_high is not None
        assert found.nra_low is not None
        return found.nra_high - found.nra_low

    assert width(400) < width(100) / 1.5 < width(25) / 1.5**2


def ranks(matches: Sequence[Match]) -> dict[str, tuple[int | None, bool]]:
    return {r.agent: (r.rank, r.tied) for r in standings(matches).rows if r.game == "g"}


def test_equal_agents_tie_and_a_far_better_one_does_not() -> None:
    assert ranks(noisy(random.Random(5), 30, 0.0)) == {"a": (1, True), "b": (1, True)}
    assert ranks(noisy(random.Random(5), 100, 0.2)) == {"a": (1, False), "b": (2, False)}


def test_who_wins_every_match_is_first() -> None:
    assert ranks(pairs("g", [[(1, -1), (1, -1)]] * 50)) == {"a": (1, False), "b": (2, False)}


def test_few_deals_rank_nobody() -> None:
    for deals in range(1, 6):
        results = [[(1, -1), (1, -1)]] * (deals - 1) + [[(1, -1), (0, 0)]]
        assert ranks(pairs("g", results)) == {"a": (None, False), "b": (None, False)}
    assert ranks(pairs("g", [[(1, -1), (1, -1)]] * 6)) == {"a": (1, False), "b": (2, False)}


@pytest.mark.slow
@pytest.mark.parametrize("deals", [10, 25])
def test_equal_agents_are_seldom_ranked_apart(deals: int) -> None:
    """Five coin flippers: a rank other than 1 in at most one table of twenty, give or take chance."""
    rng = random.Random(6)
    wrong = 0
    for _ in range(200):
        matches = [
            match("g", deal, seats, rng.choice([(1, -1), (-1, 1)]))
            for deal in range(deals)
            for seats in itertools.permutations("abcde", 2)
        ]
        wrong += any(rank != 1 for rank, _ in ranks(matches).values())
    assert wrong <= 20


def test_any_first_part_of_a_run_has_standings_and_a_profile() -> None:
    schedule = [
        match(game, deal, seats, (1, -1), turns=(turn(0, None), turn(1, None)))
        for deal in range(3)
        for game in "gh"
        for seats in (("a", "b"), ("b", "a"))
    ]
    for played in range(len(schedule) + 1):
        assert bool(standings(schedule[:played]).rows) == bool(played)
        assert bool(profile(schedule[:played]).rows) == bool(played)


def test_the_reward_is_the_mean_payoff_of_a_match() -> None:
    matches = pairs("g", [[(40, 40), (8, 8)], [(5, 30), (5, 30)]], zero_sum=False)
    found = row(standings(matches).rows, "g", "a")
    assert found.reward == pytest.approx((40 + 8 + 5 + 5) / 4)
    assert row(standings(matches).rows, OVERALL, "a").reward is None


def test_deals_that_do_not_differ_give_no_interval() -> None:
    found = row(standings(pairs("g", [[(1, -1), (1, -1)]] * 9)).rows, "g", "a")
    assert (found.nra, found.nra_low) == (1, None)


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


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=8), st.randoms())
def test_the_order_of_matches_and_their_doubling_change_no_figure(
    results: list[list[int]], rng: random.Random
) -> None:
    matches = pairs("g", [[(float(x), float(-x)) for x in deal] for deal in results])
    shuffled = matches[:]
    rng.shuffle(shuffled)
    expected = standings(matches).rows
    assert standings(shuffled).rows == expected
    doubled = [(r.agent, r.nra, r.nra_low) for r in standings(matches * 2).rows]
    assert doubled == [(r.agent, r.nra, r.nra_low) for r in expected]


def turn(seat: int, *faults: FaultKind | None) -> Turn:
    attempts = tuple(
        Attempt(reply="", finish="stop", fault=kind and Fault(kind=kind, detail=""), calls=())
        for kind in faults
    )
    return Turn(seat=seat, view="", attempts=attempts, move=None, action=None)


def test_the_profile_counts_answers_and_decisions() -> None:
    illegal, empty = FaultKind.ILLEGAL, FaultKind.EMPTY
    matches = [
        match("g", 0, ("a", "b"), (1, -1), turns=(turn(0, illegal, None), turn(1, None), turn(0, None))),
        match("g", 0, ("b", "a"), (1, -1), turns=(turn(0, None), turn(1, illegal, empty)), forfeited_by=(1,)),
        match("h", 1, ("a", "b"), (1, -1), turns=(turn(0, None), turn(1, None))),
    ]
    rows = {(r.agent, r.group): r for r in profile(matches).rows}
    assert set(rows) == {(agent, game) for agent in "ab" for game in ("all games", "g", "h")}
    first = rows["a", "all games"]
    assert (first.decisions, first.illegal, first.empty, first.forfeits) == (4, 2, 1, 1)
    assert first.faulty == pytest.approx(2 / 4)
    assert rows["a", "h"].faulty == 0
    assert (rows["b", "all games"].faulty, rows["b", "all games"].forfeits) == (0, 0)


def test_the_profile_has_a_column_for_every_kind_of_fault() -> None:
    (one, *_) = profile([match("g", 0, ("a", "b"), (1, -1), turns=(turn(0, None), turn(1, None)))]).rows
    assert {kind.value for kind in FaultKind} <= set(type(one).model_fields)


def test_an_agent_that_was_never_asked_has_a_profile() -> None:
    """It sat second when the first forfeited at once."""
    only = match(
        "g", 0, ("a", "b"), (-1, 1), turns=(turn(0, FaultKind.EMPTY, FaultKind.EMPTY),), forfeited_by=(0,)
    )
    rows = {(r.agent, r.group): r for r in profile([only]).rows}
    assert rows["b", "g"].decisions == 0
    assert rows["b", "g"].faulty is None


def test_a_percentile_interval_is_widened_by_students_quantile() -> None:
    """For 5 deals the tail is Phi(-sqrt(5/4) * 2.7764), by the tables of the normal and of t with 4."""
    replicates = np.linspace(0, 1, 100_001)
    tail = 0.5 * math.erfc(math.sqrt(5 / 4) * 2.776445 / math.sqrt(2))
    assert interval(replicates, 5) == pytest.approx((tail, 1 - tail), abs=1e-5)
    wide = 0.5 * math.erfc(math.sqrt(5 / 4) * 4.604095 / math.sqrt(2))
    assert interval(replicates, 5, 0.99) == pytest.approx((wide, 1 - wide), abs=1e-5)


def test_games_are_resampled_apart() -> None:
    """Two games with the same results: the mean of both is known better, by the root of two."""
    one = noisy(random.Random(8), 60, 0.1)
    other = [played.model_copy(update={"game": "h"}) for played in one]

    def width(found: Standing) -> float:
        assert found.nra_low is not None
        assert found.nra_high is not None
        return found.nra_high - found.nra_low

    table = standings([*one, *other]).rows
    assert row(table, OVERALL, "a").nra == pytest.approx(row(table, "g", "a").nra)
    assert width(row(table, OVERALL, "a")) == pytest.approx(width(row(table, "g", "a")) / 2**0.5, rel=0.05)


def test_overall_takes_its_quantile_from_the_game_with_the_fewest_deals() -> None:
    """A second game with many deals, alike in all of them, adds no luck and no degrees of freedom."""
    few = noisy(random.Random(9), 7, 0.0)
    many = pairs("h", [[(1, -1), (-1, 1)]] * 50)
    table = standings([*few, *many]).rows
    alone, both = row(table, "g", "a"), row(table, OVERALL, "a")
    assert alone.nra_low is not None
    assert both.nra_low == pytest.approx(alone.nra_low / 2)
    assert both.nra_high == pytest.approx((alone.nra_high or 0) / 2)


def test_ranks_of_more_agents_need_more_certainty() -> None:
    """With a third agent, equal to both, three comparisons share the five percent."""
    apart = next(
        matches
        for matches in (noisy(random.Random(seed), 30, 0.1) for seed in range(100))
        if ranks(matches) == {"a": (1, False), "b": (2, False)} and (sure(matches) or 0) < 0.05
    )
    third = [
        match("g", deal, seats, (0, 0))
        for deal in range(30)
        for pair in (("a", "c"), ("b", "c"))
        for seats in (pair, pair[::-1])
    ]
    assert ranks([*apart, *third])["b"] == (1, True)


def sure(matches: Sequence[Match]) -> float | None:
    """By how much a is better for certain, as two agents are told apart."""
    found = row(standings(matches).rows, "g", "a")
    return found.nra_low


def test_who_has_no_figure_comes_last() -> None:
    matches = pairs("g", [[(-5, 5), (-5, 5)]] * 3, zero_sum=False)
    matches += [match("g", deal, ("c", "d"), (0, 0), zero_sum=False) for deal in range(3)]
    assert [r.agent for r in standings(matches).rows if r.game == "g"] == ["b", "a", "c", "d"]
