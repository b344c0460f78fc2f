"""Standings against known truths and a second, plain implementation."""

from __future__ import annotations

import itertools
import math
import random
import statistics as plain
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import gtbench
from gtbench.game.oracle import PolicyOracle
from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.log.create import create_log
from gtbench.records import Match, PayoffRange, Termination
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL
from gtbench_leaderboards.ratings.standings import Standing, report, standings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONE = PayoffRange(low=-1, high=1)


def match(
    game: str,
    deal: int,
    agents: tuple[str, str],
    rewards: tuple[float, float],
    *,
    number: int = 1,
    span: PayoffRange | None = ONE,
    zero_sum: bool = True,
    forfeited_by: tuple[int, ...] = (),
) -> Match:
    return Match(
        number=number, game=game, parameters={}, zero_sum=zero_sum, deal=deal, seed=0, agents=agents,
        rules=("", ""), turns=(), rewards=rewards, ranges=span and (span, span), final="", version="",
        termination=Termination(kind="forfeit" if forfeited_by else "end", by=forfeited_by),
    )  # fmt: skip


def table(matches: Sequence[Match], lucks: Sequence[float] | float = math.nan) -> list[Standing]:
    """The standings of matches, which are numbered as they come; and what chance gave each seat of each."""
    numbered = [one.model_copy(update={"number": place}) for place, one in enumerate(matches, start=1)]
    rows = [row for one in numbered for row in columns_of(one)]
    return standings(pd.DataFrame(rows, columns=[column.name for column in RESULTS]).assign(luck=lucks))


def row(rows: Sequence[Standing], game: str, agent: str) -> Standing:
    (found,) = [row for row in rows if (row.game, row.agent) == (game, agent)]
    return found


def pairs(game: str, deals: Sequence[Sequence[tuple[float, float]]], **kind: object) -> list[Match]:
    """Matches of a against b, by deal, both seatings: rewards are (a's, b's)."""
    return [
        match(game, deal, agents, rewards if agents == ("a", "b") else rewards[::-1], **kind)  # type: ignore[arg-type]
        for deal, both in enumerate(deals)
        for agents, rewards in zip((("a", "b"), ("b", "a")), both, strict=True)
    ]


def noisy(rng: random.Random, deals: int, edge: float, game: str = "g") -> list[Match]:
    """Pairs with a common luck in each deal; `a` wins more often by `edge`."""
    results = []
    for _ in range(deals):
        luck = rng.choice((-0.3, 0.3))
        results.append([(1, -1) if rng.random() < 0.5 + edge + luck else (-1, 1) for _ in range(2)])
    return pairs(game, results)


def test_the_score_is_the_payoff_as_a_share_of_what_was_to_be_had() -> None:
    kuhn = PayoffRange(low=-2, high=2)
    rows = table(pairs("g", [[(2, -2), (-1, 1)], [(1, -1), (-1, 1)]], span=kuhn))
    assert row(rows, "g", "a").score == pytest.approx((1 + 0.25 + 0.75 + 0.25) / 4)
    assert row(rows, "g", "b").score == pytest.approx(1 - (1 + 0.25 + 0.75 + 0.25) / 4)


def test_who_loses_one_chip_often_and_wins_two_seldom_is_not_behind() -> None:
    """By the sign of payoffs the loser of many small pots would be last, which is what NRA says."""
    kuhn = PayoffRange(low=-2, high=2)
    rows = table(pairs("g", [[(-1, 1), (2, -2)], [(-1, 1), (-1, 1)], [(2, -2), (-1, 1)]] * 9, span=kuhn))
    best = row(rows, "g", "a")
    assert best.score == pytest.approx(0.5)
    assert best.nra == pytest.approx(-1 / 3)


def test_long_matches_of_the_dilemma_count_once_a_round() -> None:
    def rounds(n: int) -> PayoffRange:
        return PayoffRange(low=0, high=10 * n, weight=n)

    matches = [
        match("g", 0, ("a", "b"), (10.0, 10.0), span=rounds(1), zero_sum=False),
        match("g", 1, ("a", "b"), (0.0, 30.0), span=rounds(3), zero_sum=False),
    ]
    assert row(table(matches), "g", "a").score == pytest.approx(10 / 40)


def test_a_match_in_which_nothing_was_to_be_had_does_not_count() -> None:
    nothing = PayoffRange(low=0, high=0, weight=0)
    matches = [
        match("g", 0, ("a", "b"), (3, 9), span=PayoffRange(low=0, high=10), zero_sum=False),
        match("g", 1, ("a", "b"), (0, 0), span=nothing, zero_sum=False),
    ]
    found = row(table(matches), "g", "a")
    assert found.score == pytest.approx(0.3)
    assert found.matches == 2


def test_the_legal_score_leaves_out_what_a_forfeit_decided() -> None:
    matches = [
        match("g", 0, ("a", "b"), (1, -1)),
        match("g", 0, ("b", "a"), (1, -1), forfeited_by=(1,)),
        match("g", 1, ("a", "b"), (1, -1), forfeited_by=(1,)),
        match("g", 1, ("b", "a"), (-1, 1)),
    ]
    first, second = (row(table(matches), "g", agent) for agent in "ab")
    assert (first.score, first.played, first.forfeits) == (0.75, 1.0, 1)
    assert (second.score, second.played, second.forfeits) == (0.25, 0.0, 1)


def test_nra_is_the_papers() -> None:
    zero_sum = table(pairs("g", [[(1, -1), (1, -1)], [(1, -1), (0, 0)], [(-1, 1), (1, -1)]]))
    assert row(zero_sum, "g", "a").nra == pytest.approx(2 * 4.5 / 6 - 1)
    general = table(pairs("g", [[(10, 0), (1, 1)], [(1, 1), (40, 48)]], zero_sum=False))
    assert row(general, "g", "a").nra == pytest.approx((52 - 50) / (52 + 50))
    assert row(table(pairs("g", [[(-3, 3), (-3, 3)]], zero_sum=False)), "g", "a").nra == -1
    assert row(table(pairs("g", [[(0, 0), (0, 0)]], zero_sum=False)), "g", "a").nra is None


def test_elo_is_the_papers() -> None:
    """Two wins and a draw by hand: 1500 +- 10, then what 20 points more expect."""
    matches = [match("g", 0, ("a", "b"), (1, -1)), match("g", 1, ("b", "a"), (0, 0))]
    expected = 1 / (1 + 10 ** (-20 / 400))
    assert row(table(matches), "g", "a").elo == pytest.approx(1510 + 20 * (0.5 - expected))
    assert row(table(matches), "g", "b").elo == pytest.approx(1490 - 20 * (0.5 - expected))


def test_overall_is_the_mean_over_the_games_that_an_agent_has_played() -> None:
    span = PayoffRange(low=0, high=50)
    matches = pairs("g", [[(1, -1), (1, -1)]] * 5) + pairs(
        "h", [[(0, 50), (10, 50)]], zero_sum=False, span=span
    )
    rows = table([*matches, match("g", 0, ("a", "c"), (1, -1))])
    assert row(rows, OVERALL, "a").score == pytest.approx((1 + 0.1) / 2)
    assert (row(rows, OVERALL, "a").games, row(rows, OVERALL, "c").games) == (2, 1)
    assert row(rows, OVERALL, "c").score == 0
    assert row(rows, OVERALL, "a").reward is None


def test_the_score_and_its_error_agree_with_a_plain_jackknife() -> None:
    matches = noisy(random.Random(1), 40, 0.1)

    def score(left_out: int) -> float:
        shares = [(one.rewards[one.agents.index("a")] + 1) / 2 for one in matches if one.deal != left_out]
        return plain.fmean(shares)

    without = [score(deal) for deal in range(40)]
    variance = 39 / 40 * sum((one - score(-1)) ** 2 for one in without)
    found = row(table(matches), "g", "a")
    t2 = stats.t.ppf(0.975, 39) ** 2
    assert found.score == pytest.approx(score(-1))
    for end in (found.score_low, found.score_high):  # the means whose score test is just lost
        assert end is not None
        mean = score(-1)
        assert (mean - end) ** 2 == pytest.approx(t2 * variance * end * (1 - end) / (mean * (1 - mean)))


def test_more_deals_give_a_narrower_interval() -> None:
    def width(deals: int) -> float:
        found = row(table(noisy(random.Random(4), deals, 0.0)), "g", "a")
        assert found.score_high is not None
        assert found.score_low is not None
        return found.score_high - found.score_low

    assert width(400) < width(100) / 1.5 < width(25) / 1.5**2


def ranks(matches: Sequence[Match]) -> dict[str, tuple[int, int]]:
    return {r.agent: (r.rank_low, r.rank_high) for r in table(matches) if r.game == "g"}


def test_equal_agents_share_their_ranks_and_a_far_better_one_does_not() -> None:
    assert ranks(noisy(random.Random(5), 30, 0.0)) == {"a": (1, 2), "b": (1, 2)}
    assert ranks(noisy(random.Random(5), 100, 0.2)) == {"a": (1, 1), "b": (2, 2)}


def test_few_deals_rank_nobody_and_enough_that_agree_do() -> None:
    assert ranks(pairs("g", [[(1, -1), (1, -1)]] * 5)) == {"a": (1, 2), "b": (1, 2)}
    assert ranks(pairs("g", [[(1, -1), (1, -1)]] * 6)) == {"a": (1, 1), "b": (2, 2)}


def test_rows_stand_by_score_and_whoever_has_none_comes_last() -> None:
    nothing = PayoffRange(low=0, high=0, weight=0)
    matches = pairs("g", [[(-1, 1), (-1, 1)]] * 3)
    matches += [match("g", deal, ("a", "c"), (1, -1), span=nothing) for deal in range(3)]
    assert [r.agent for r in table(matches) if r.game == "g"] == ["b", "a", "c"]


def test_agents_that_never_met_stand_in_tables_of_their_own() -> None:
    matches = [
        match("g", deal, seats, (1, -1))
        for deal in range(8)
        for seats in (("a", "b"), ("c", "d"), ("e", "c"))
    ]
    rows = [one for one in table(matches) if one.game == "g"]
    assert [(one.table, one.agent) for one in rows] == [
        ("g, group 1 of 2", "e"), ("g, group 1 of 2", "c"), ("g, group 1 of 2", "d"),
        ("g, group 2 of 2", "a"), ("g, group 2 of 2", "b"),
    ]  # fmt: skip
    assert (rows[3].rank_low, rows[3].rank_high) == (1, 1)


def test_less_luck_is_the_score_less_what_chance_gave() -> None:
    matches = [match("g", deal, ("a", "b"), (won, -won)) for deal, won in enumerate((1, -1, 1, -1, 1, -1))]
    lucky = [luck for one in matches for luck in one.rewards]  # all of it is luck
    found = row(table(matches, lucky), "g", "a")
    assert found.score == 0.5
    assert found.adjusted == pytest.approx(0.5)
    assert (found.adjusted_high or 1) - (found.adjusted_low or 0) < (found.score_high or 0) - (
        found.score_low or 1
    )
    plain_ = row(table(matches), "g", "a")
    assert (plain_.adjusted, plain_.adjusted_why) == (None, "no luck is known")


@pytest.mark.slow
@pytest.mark.parametrize("deals", [10, 25])
def test_equal_agents_are_seldom_ranked_apart(deals: int) -> None:
    """Five coin flippers: any two told apart in at most one table of twenty, give or take chance."""
    rng = random.Random(6)
    wrong = 0
    for _ in range(200):
        matches = [
            match("g", deal, seats, rng.choice([(1, -1), (-1, 1)]))
            for deal in range(deals)
            for seats in itertools.permutations("abcde", 2)
        ]
        wrong += any(rank != (1, 5) for rank in ranks(matches).values())
    assert wrong <= 20


def test_any_first_part_of_a_run_has_standings() -> None:
    schedule = [
        match(game, deal, seats, (1, -1))
        for deal in range(3)
        for game in "gh"
        for seats in (("a", "b"), ("b", "a"))
    ]
    assert [bool(table(schedule[:played])) for played in range(4)] == [False, True, True, True]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=8), st.randoms())
def test_neither_order_nor_names_nor_doubling_change_a_figure(
    deals: list[list[int]], rng: random.Random
) -> None:
    matches = pairs("g", [[(float(x), float(-x)) for x in deal] for deal in deals])

    def figures(rows: Sequence[Standing]) -> dict[tuple[str, str], tuple[object, ...]]:
        return {
            (one.game, one.agent): tuple(
                None if value is None else round(value, 9)
                for value in (one.rank_low, one.rank_high, one.score, one.score_low, one.score_high, one.nra)
            )
            for one in rows
        }

    shuffled = rng.sample(matches, len(matches))
    renamed = [
        one.model_copy(update={"agents": tuple(name.upper() for name in one.agents)}) for one in matches
    ]
    expected = figures(table(matches))
    assert figures(table(shuffled)) == figures(table(matches * 2)) == expected
    assert figures(table(renamed)) == {
        (game, agent.upper()): told for (game, agent), told in expected.items()
    }


def test_equilibrium_play_of_kuhn_poker_stands_above_random_play(tmp_path: Path) -> None:
    cup = gtbench.Tournament(agents=("optimal", "random"), games=("kuhn_poker",), deals=100, seed=1)
    log = gtbench.run(cup, log=tmp_path / "log", graded=False)
    first, *_ = report(log).rows
    assert first.agent == "optimal"


def test_equilibrium_play_of_kuhn_poker_stands_above_uniform_play_in_every_run_of_200_deals() -> None:
    """Each deal in both seatings, the cards and the moves drawn: ten runs."""
    oracle = gtbench.load_game("kuhn_poker").oracle()
    assert isinstance(oracle, PolicyOracle)
    best, rng = oracle.default_policy, random.Random(7)

    def won(state: Any, seats: tuple[int, int]) -> float:
        """What seat 0 wins where the player whose number is 0 plays the equilibrium, and 1 any legal move."""
        while not state.is_terminal():
            seat = state.current_player()
            chances = best[oracle.information_set(state, seat)] if seats[seat] == 0 else {0: 1.0, 1: 1.0}
            state.apply_action(rng.choices(list(chances), list(chances.values()))[0])
        return float(state.returns()[0])

    kuhn, above = PayoffRange(low=-2, high=2), 0
    for _ in range(10):
        deals = []
        for _ in range(200):
            start = oracle.game.engine.new_initial_state()
            for card in rng.sample(range(3), 2):
                start.apply_action(card)
            first, second = won(start.clone(), (0, 1)), -won(start.clone(), (1, 0))
            deals.append([(first, -first), (second, -second)])
        rows = table(pairs("g", deals, span=kuhn))
        above += (row(rows, "g", "a").score or 0) > (row(rows, "g", "b").score or 0)
    assert above == 10


@pytest.mark.parametrize("game", ["kuhn_poker", "prisoners_dilemma", "negotiation"])
def test_logs_that_do_not_say_the_ranges_are_told_them_by_the_engine(tmp_path: Path, game: str) -> None:
    """As they would have been recorded, also where a forfeited match has to be played out for it."""
    whole = [gtbench.play(game, ["random", "greedy"], seed=seed) for seed in range(6)]
    matches = [one.model_copy(update={"number": place}) for place, one in enumerate(whole, start=1)]
    cut = whole[0].turns[0].model_copy(update={"action": None, "move": None})
    by = Termination(kind="forfeit", by=(cut.seat,))
    matches[0] = matches[0].model_copy(update={"turns": (cut, *whole[0].turns[1:2]), "termination": by})
    settings = gtbench.Tournament(agents=("random", "greedy"), games=(game,))
    logs = [create_log(tmp_path / name, settings) for name in ("told", "silent")]
    for log, ranges in zip(logs, (True, False), strict=True):
        with log.writer() as writer:
            for one in matches:
                writer.add(one if ranges else one.model_copy(update={"ranges": None}))
    told, silent = (with_ranges(log)[["low", "high", "weight"]] for log in logs)
    assert logs[1].results()["low"].isna().all()
    pd.testing.assert_frame_equal(told, silent)


def test_a_game_that_is_not_installed_has_no_score_and_says_so() -> None:
    matches = pairs("nowhere", [[(1, -1), (1, -1)]] * 2, span=None)
    found = row(table(matches), "nowhere", "a")
    assert (found.score, found.score_why, found.nra) == (None, "nothing was counted", 1.0)
