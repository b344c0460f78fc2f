"""What must not change a figure: the order of rows, names, doubling, seats, clones, agents that never met."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.records import Match, PayoffRange, Termination
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.ratings.bradley_terry import contests, fit
from gtbench_leaderboards.ratings.head_to_head import head_to_head
from gtbench_leaderboards.ratings.standings import standings

AGENTS = ("a", "b", "c")
PAIRS = tuple(itertools.permutations(AGENTS, 2))
LEAGUES = st.lists(st.tuples(*[st.sampled_from((-1, 0, 1))] * len(PAIRS)), min_size=2, max_size=5)
"""By deal, what player_0 of each pair won."""
FIGURES = ("score", "score_low", "score_high", "rank_low", "rank_high", "nra")
DIRECT = ("direct", "direct_low", "direct_high", "common", "common_low", "common_high", "matches")
FEW = settings(deadline=None, max_examples=6)


class Played(NamedTuple):
    """A match: the deal, who sat where, and what player_0 won."""

    deal: int
    seats: tuple[str, str]
    won: float


def league(deals: list[tuple[int, ...]], names: dict[str, str] | None = None) -> list[Played]:
    named = names or {}
    return [
        Played(deal, (named.get(first, first), named.get(second, second)), float(won))
        for deal, results in enumerate(deals)
        for (first, second), won in zip(PAIRS, results, strict=True)
    ]


def frame(played: list[Played], luck: float = math.nan) -> pd.DataFrame:
    """The results of matches, as a log has them; what chance gave is a share of what was won."""
    span, rows = PayoffRange(low=-1, high=1), []
    for number, (deal, seats, won) in enumerate(played, start=1):
        match = Match(
            number=number, game="g", parameters={}, zero_sum=True, deal=deal, seed=0, agents=seats,
            rules=("", ""), turns=(), rewards=(won, -won), ranges=(span, span), final="", version="",
            termination=Termination(kind="end"),
        )  # fmt: skip
        rows += columns_of(match)
    found = pd.DataFrame(rows, columns=[column.name for column in RESULTS])
    return found.assign(luck=luck * found["reward"] * (found["deal"] % 3))


def close(value: Any) -> Any:
    return pytest.approx(value, abs=1e-9) if isinstance(value, float) else value


def by_agent(results: pd.DataFrame, names: tuple[str, ...] = FIGURES) -> dict[str, list[Any]]:
    rows = [row for row in standings(results) if row.game == "g"]
    return {row.agent: [close(getattr(row, name)) for name in names] for row in rows}


def by_pair(results: pd.DataFrame, names: tuple[str, ...] = DIRECT) -> dict[tuple[str, str], list[Any]]:
    return {
        (row.agent, row.other): [close(getattr(row, name)) for name in names] for row in head_to_head(results)
    }


def strengths(results: pd.DataFrame) -> tuple[dict[str, Any], float]:
    games = list(by_game(results))
    told = fit(contests(games), len(games[0].agents))
    points = {
        agent: pytest.approx(point, abs=1e-3)
        for agent, point in zip(games[0].agents, told.points, strict=True)
    }
    return points, float(told.seat[0])


def values(found: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """The figures themselves, to be held against others that allow for rounding."""
    return {
        key: [one.expected if hasattr(one, "expected") else one for one in row] for key, row in found.items()
    }


@FEW
@given(LEAGUES, st.randoms())
def test_the_order_of_rows_changes_nothing(deals: list[tuple[int, ...]], rng: Any) -> None:
    played = league(deals)
    shuffled = rng.sample(played, len(played))
    one, other = frame(played, 0.1), frame(shuffled, 0.1)
    less = ("adjusted", "adjusted_low", "adjusted_high")
    assert values(by_agent(one, (*FIGURES, *less))) == by_agent(other, (*FIGURES, *less))
    assert values(by_pair(one, (*DIRECT, *less, "decided", "ever_low", "ever_high"))) == by_pair(
        other, (*DIRECT, *less, "decided", "ever_low", "ever_high")
    )
    assert {a: p.expected for a, p in strengths(one)[0].items()} == strengths(other)[0]


@FEW
@given(LEAGUES)
def test_new_names_change_nothing_but_names(deals: list[tuple[int, ...]]) -> None:
    names = {"a": "z", "b": "m", "c": "k"}  # another order, too
    one, other = frame(league(deals)), frame(league(deals, names))
    assert {names[agent]: row for agent, row in values(by_agent(one)).items()} == by_agent(other)
    told, renamed = by_pair(one, ("direct", "common")), by_pair(other, ("direct", "common"))
    for (first, second), row in values(told).items():
        turned = [None if value is None else -value for value in row]
        assert renamed[names[second], names[first]] == turned
    assert {names[a]: p.expected for a, p in strengths(one)[0].items()} == strengths(other)[0]


@FEW
@given(LEAGUES)
def test_the_same_matches_twice_change_nothing(deals: list[tuple[int, ...]]) -> None:
    """They are on the same deals: no more is known."""
    played = league(deals)
    one, twice = frame(played), frame(played * 2)
    assert values(by_agent(one)) == by_agent(twice)
    assert values(by_pair(one, DIRECT[:-1])) == by_pair(twice, DIRECT[:-1])


@FEW
@given(LEAGUES)
def test_other_seats_change_nothing_but_the_advantage_of_the_first(deals: list[tuple[int, ...]]) -> None:
    played = league(deals)
    one = frame(played)
    other = frame([Played(deal, (second, first), -won) for deal, (first, second), won in played])
    assert values(by_agent(one)) == by_agent(other)
    assert values(by_pair(one)) == by_pair(other)
    (points, seat), (turned, other_seat) = strengths(one), strengths(other)
    assert {a: p.expected for a, p in points.items()} == turned
    assert seat == pytest.approx(-other_seat, abs=1e-3)


@FEW
@given(LEAGUES)
def test_a_clone_has_its_originals_figures_and_changes_no_difference_of_others(
    deals: list[tuple[int, ...]],
) -> None:
    played = league(deals)
    cloned = [
        Played(one.deal, tuple("d" if who == "c" else who for who in one.seats), one.won)  # type: ignore[arg-type]
        for one in played
        if "c" in one.seats
    ]
    before, after = by_pair(frame(played), ("direct",)), by_pair(frame([*played, *cloned]), ("direct",))
    assert values(before) == {pair: row for pair, row in after.items() if "d" not in pair}
    assert values(after)["a", "c"] == after["a", "d"]
    told = by_agent(frame([*played, *cloned]))
    assert values(told)["c"] == told["d"]
    points, _ = strengths(frame([*played, *cloned]))
    assert points["c"].expected == points["d"]


@FEW
@given(LEAGUES, LEAGUES)
def test_agents_that_never_met_do_not_touch_each_others_figures(
    deals: list[tuple[int, ...]], others: list[tuple[int, ...]]
) -> None:
    names = {"a": "x", "b": "y", "c": "z"}
    alone, apart = league(deals), league(others, names)
    both = frame([*alone, *apart])
    assert values(by_agent(frame(alone))) == {a: row for a, row in by_agent(both).items() if a in AGENTS}
    assert {row.table for row in standings(both) if row.game == "g"} == {"g, group 1 of 2", "g, group 2 of 2"}
    pairs = by_pair(both)
    assert not [pair for pair in pairs if (pair[0] in AGENTS) != (pair[1] in AGENTS)]
    assert values(by_pair(frame(alone))) == {p: row for p, row in pairs.items() if p[0] in AGENTS}


@pytest.mark.parametrize("deals", [2, 7, 40])
def test_who_was_never_beaten_has_figures_and_a_rank_that_deals_allow(deals: int) -> None:
    played = [
        Played(deal, seats, 1.0 if seats[0] == "a" else -1.0)
        for deal in range(deals)
        for seats in (("a", "b"), ("b", "a"))
    ]
    (score, low, high, rank, last, _), _ = values(by_agent(frame(played))).values()
    assert (score, high) == (1.0, 1.0)
    assert low == pytest.approx(0.025 ** (1 / deals))
    assert (rank, last) == ((1, 1) if 2 * 0.5**deals <= 0.05 else (1, 2))
    points, _ = strengths(frame(played))
    assert 0 < points["a"].expected < 4000
