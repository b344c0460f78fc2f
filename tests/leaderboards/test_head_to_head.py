"""Differences between any two agents, against plain sums."""

from __future__ import annotations

import math
import random

import pandas as pd
import pytest

from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.records import Match, PayoffRange, Termination
from gtbench_leaderboards.ratings.head_to_head import HeadToHead, head_to_head

SPAN = PayoffRange(low=-1, high=1)


def rows(*played: tuple[str, int, tuple[str, str], float]) -> list[HeadToHead]:
    """From matches: the game, the deal, who sat where, and what player_0 won."""
    found = [
        row
        for number, (game, deal, agents, won) in enumerate(played, start=1)
        for row in columns_of(
            Match(
                number=number, game=game, parameters={}, zero_sum=True, deal=deal, seed=0, agents=agents,
                rules=("", ""), turns=(), rewards=(won, -won), ranges=(SPAN, SPAN), final="", version="",
                termination=Termination(kind="end"),
            )
        )
    ]  # fmt: skip
    return head_to_head(
        pd.DataFrame(found, columns=[column.name for column in RESULTS]).assign(luck=math.nan)
    )


def test_direct_is_the_score_less_the_others_against_each_other() -> None:
    (only,) = rows(
        ("g", 0, ("a", "b"), 1), ("g", 0, ("b", "a"), 1), ("g", 1, ("a", "b"), 1), ("g", 1, ("b", "a"), 0)
    )
    assert (only.agent, only.other, only.matches) == ("a", "b", 4)
    assert only.direct == pytest.approx((1 - 1 + 1 + 0) / 4)
    assert (only.common, only.common_why) == (None, "nothing was counted")


def test_common_is_paired_by_deal_over_the_opponents_of_both() -> None:
    found = rows(
        ("g", 0, ("a", "c"), 1), ("g", 0, ("b", "c"), -1),
        ("g", 1, ("a", "c"), 0), ("g", 1, ("b", "c"), 0),
        ("g", 2, ("a", "c"), 1),  # where b did not meet c
    )  # fmt: skip
    (pair,) = [one for one in found if (one.agent, one.other) == ("a", "b")]
    assert pair.matches == 0
    assert pair.common == pytest.approx((1 + 0) / 2)
    assert pair.direct is None


def test_overall_is_the_mean_over_games_and_stands_first() -> None:
    found = rows(*[(game, deal, ("a", "b"), won) for deal in range(3) for game, won in (("g", 1), ("h", 0))])
    assert [one.game for one in found] == ["overall", "g", "h"]
    assert found[0].direct == pytest.approx((1 + 0) / 2)
    assert found[0].decided is None


def test_a_clear_difference_is_decided_at_some_deal_and_no_difference_is_not() -> None:
    rng = random.Random(1)
    clear = rows(*[("g", deal, ("a", "b"), 1 if rng.random() < 0.9 else -1) for deal in range(60)])
    even = rows(*[("g", deal, ("a", "b"), rng.choice((1, -1))) for deal in range(60)])
    assert clear[0].decided is not None
    assert 5 < clear[0].decided < 60
    assert even[0].decided is None


def test_no_match_has_no_row() -> None:
    assert rows() == []
