"""What matches cost: against plain counting, textbook intervals and fronts that are known."""

from __future__ import annotations

import math
import statistics as plain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made import call, match, turn
from scipy import stats

from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.records import PayoffRange
from gtbench_leaderboards.estimate.amount import amount
from gtbench_leaderboards.estimate.ratio import ratios
from gtbench_leaderboards.ratings.cost import Cost, costs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.records import Match

SPAN = PayoffRange(low=-1, high=1)


def league(
    who: Mapping[str, tuple[float, int, float | None]], deals: int = 10, game: str = "g"
) -> list[Match]:
    """All pairs in both seatings; each agent has a strength, the tokens and the price of its one call.

    Whose strengths differ by so much more wins all but that share of deals.
    """
    found = []
    for deal in range(deals):
        for first in who:
            for second in who:
                if first == second:
                    continue
                won = who[first][0] - who[second][0] > (deal + 0.5) / deals * 2 - 1
                turns = [
                    turn(seat, calls=[call(tokens + deal, input_tokens=7, cost=price)] if tokens else ())
                    for seat, (_, tokens, price) in enumerate((who[first], who[second]))
                ]
                made = match(1, deal, turns, (1, -1) if won else (-1, 1), game=game, agents=(first, second))
                found.append(made.model_copy(update={"ranges": (SPAN, SPAN)}))
    return found


def rows(matches: Sequence[Match]) -> dict[tuple[str, str], Cost]:
    numbered = [one.model_copy(update={"number": place}) for place, one in enumerate(matches, 1)]
    frame = pd.DataFrame(
        [row for one in numbered for row in columns_of(one)], columns=[column.name for column in RESULTS]
    ).assign(luck=math.nan)
    return {(row.game, row.agent): row for row in costs(frame)}


def test_what_a_match_takes_is_the_agents_own() -> None:
    found = rows(league({"a": (0.3, 100, 0.25), "b": (0, 40, 0.5), "random": (-0.3, 0, None)}))
    one = found["g", "a"]
    assert (one.matches, one.calls, one.cost) == (40, 1.0, 0.25)
    assert one.tokens == pytest.approx(100 + 7 + 4.5)
    assert one.score is not None
    assert one.per_dollar == pytest.approx(one.score / 0.25)
    free = found["g", "random"]
    assert (free.calls, free.tokens, free.cost, free.per_dollar) == (0, 0, 0, None)
    assert (free.front, free.token_front) == (None, None)


def test_overall_each_game_weighs_the_same() -> None:
    matches = league({"a": (0, 100, 0.25), "b": (0, 40, 0.5)}, deals=4)
    matches += league({"a": (0, 1000, 0.75), "b": (0, 40, 0.5)}, deals=40, game="h")
    one = rows(matches)["overall", "a"]
    assert one.cost == pytest.approx(0.5)
    assert one.tokens == pytest.approx((107 + 1.5 + 1007 + 19.5) / 2)


def test_the_front_is_of_those_whom_nobody_beats_in_both() -> None:
    """The first scores and costs most, b less of both; c is as dear as b and worse, d cheapest and worst."""
    who = {"a": (0.4, 400, 0.4), "b": (0.2, 300, 0.2), "c": (-0.1, 100, 0.2), "d": (-0.5, 200, 0.1)}
    found = rows(league(who))
    scores = [found["g", agent].score or 0 for agent in "abcd"]
    assert scores == sorted(scores, reverse=True)
    assert [found["g", agent].front for agent in "abcd"] == ["yes", "yes", "no", "yes"]
    assert [found["g", agent].token_front for agent in "abcd"] == ["yes", "yes", "yes", "no"]


def test_equals_in_both_are_both_on_the_front() -> None:
    found = rows(league({"a": (0, 50, 0.1), "b": (0, 50, 0.1)}))
    assert found["g", "a"].score == found["g", "b"].score
    assert [found["g", agent].front for agent in "ab"] == ["yes", "yes"]


def test_a_price_that_is_not_known_is_not_told() -> None:
    found = rows(league({"a": (0.2, 50, None), "b": (0, 50, 0.1)}))
    one = found["g", "a"]
    assert (one.cost, one.per_dollar, one.front, one.token_front) == (None, None, None, "yes")
    assert found["g", "b"].front == "yes"


def test_the_interval_of_an_amount_is_students() -> None:
    values = [3.0, 8.0, 2.0, 9.0, 4.0, 4.0, 7.0]
    told = amount([ratios(np.array([values]), np.ones((1, 7)))], 0)
    half = stats.t.ppf(0.975, 6) * plain.stdev(values) / math.sqrt(7)
    assert told.value == pytest.approx(plain.mean(values))
    assert (told.low, told.high) == pytest.approx((plain.mean(values) - half, plain.mean(values) + half))


def test_an_amount_is_never_below_0_and_needs_two_deals_that_differ() -> None:
    told = amount([ratios(np.array([[0.0, 0.0, 9.0]]), np.ones((1, 3)))], 0)
    assert told.low == 0
    assert amount([ratios(np.array([[5.0]]), np.ones((1, 1)))], 0).why == "one deal is too few"
    assert amount([ratios(np.full((1, 4), 1e5 / 3), np.ones((1, 4)))], 0).why == "all 4 deals alike"
    assert amount([ratios(np.array([[math.nan, 1.0]]), np.ones((1, 2)))], 0).value is None
