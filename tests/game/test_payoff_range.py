"""The range of a match's payoffs holds what is paid, depends on luck only, and is reached at both ends."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gtbench import Table, list_games, load_game
from gtbench.records import PayoffRange

MATCHES = 60


def played(game: Any, seed: int, rng: random.Random) -> Any:
    """A deal's last state, after random play."""
    table = Table(game, game.deal(seed))
    while not table.over:
        table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
    return table.state


@pytest.mark.parametrize("name", list_games())
def test_no_payoff_lies_outside_the_range_of_its_match(name: str) -> None:
    game, rng = load_game(name), random.Random(1)
    for seed in range(MATCHES):
        state = played(game, seed, rng)
        for seat, paid in enumerate(state.returns()):
            span = game.payoff_range(state, seat)
            assert span.low <= paid <= span.high
            assert span.weight > 0 or span.low == span.high


@pytest.mark.parametrize("name", list_games())
def test_a_range_depends_on_the_deal_and_not_on_what_was_played(name: str) -> None:
    game = load_game(name)
    for seed in range(10):
        found = [
            [game.payoff_range(played(game, seed, random.Random(n)), seat) for seat in (0, 1)]
            for n in range(4)
        ]
        assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("kuhn_poker", -2, 2), ("tic_tac_toe", -1, 1), ("liars_dice", -1, 1), ("blind_auction", 0, 10)],
)
def test_the_range_is_what_the_engine_can_pay(name: str, low: float, high: float) -> None:
    game = load_game(name)
    state = played(game, 0, random.Random(0))
    assert game.payoff_range(state, 1) == PayoffRange(low=low, high=high)


def test_a_round_of_the_dilemma_pays_from_sucker_to_temptation() -> None:
    game = load_game("prisoners_dilemma", sucker=1, punishment=2, reward=3, temptation=4)
    table = Table(game, game.deal(3))
    while not table.over:
        table.play({0: 1, 1: 0})
    rounds = len(table.plies)
    assert rounds > 1
    spans = [game.payoff_range(table.state, seat) for seat in (0, 1)]
    assert spans == [PayoffRange(low=rounds, high=4 * rounds, weight=rounds)] * 2
    assert [span.share(paid) for span, paid in zip(spans, table.earned, strict=True)] == [1.0, 0.0]


def test_a_pool_is_worth_its_items_to_the_seat() -> None:
    game: Any = load_game("negotiation")
    for seed in range(20):
        state = played(game, seed, random.Random(seed))
        for seat in (0, 1):
            _, pool, values = game.dealt(state, seat)
            span = game.payoff_range(state, seat)
            assert span.high == sum(n * value for n, value in zip(pool, values, strict=True))


@pytest.mark.parametrize(
    ("reward", "share"), [(-2, 0), (-1, 0.25), (0, 0.5), (1, 0.75), (2, 1), (-9, 0), (9, 1)]
)
def test_a_share_is_linear_and_stays_within_0_and_1(reward: float, share: float) -> None:
    assert PayoffRange(low=-2, high=2).share(reward) == share


def test_where_nothing_was_to_be_had_the_share_is_0() -> None:
    assert PayoffRange(low=0, high=0, weight=0).share(0) == 0
