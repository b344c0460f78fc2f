"""The iterated prisoner's dilemma against its engine, under several parameters."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

import numpy as np
import pyspiel
import pytest
import walk

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table

SETTINGS = [
    {},
    {"termination_probability": 0.25},
    {"termination_probability": 0.5, "max_game_length": 7},
    {"termination_probability": 0.03125, "max_game_length": 40},
    {"temptation": 30, "reward": 20, "punishment": 7, "sucker": 3},
]


def rounds(game: gtbench.Game, seed: int, actions: tuple[int, int] = (0, 0)) -> int:
    """How many rounds a deal lasts."""
    table = Table(game, game.deal(seed))
    while not table.over:
        table.play(dict(enumerate(actions)))
    return len(table.view(0).history)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("seat", [0, 1])
def test_every_number_in_the_rules_is_the_engines(settings: dict[str, Any], seat: int) -> None:
    game = gtbench.load_game("prisoners_dilemma", **settings)
    expected: list[float] = []
    for own, other in itertools.product((0, 1), repeat=2):
        state = game.engine.new_initial_state()
        actions = [own, other] if seat == 0 else [other, own]
        state.apply_actions(actions)
        expected += [state.rewards()[seat], state.rewards()[1 - seat]]
    stop = game.engine.get_parameters()["termination_probability"]
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", game.rules(seat))]
    assert numbers == [*expected, stop, game.engine.max_game_length()]


def test_the_match_ends_after_the_round_that_the_rules_name() -> None:
    game = gtbench.load_game("prisoners_dilemma", termination_probability=0, max_game_length=7)
    assert rounds(game, 0) == 7


def test_the_stop_comes_as_often_as_the_rules_say() -> None:
    game = gtbench.load_game("prisoners_dilemma")
    lengths = np.array([rounds(game, seed) for seed in range(2000)])
    assert lengths.mean() == pytest.approx(8, abs=4 * np.sqrt(56 / 2000))  # geometric: variance (1-p)/p^2
    assert (lengths == 1).mean() == pytest.approx(0.125, abs=0.03)


def test_a_deal_lasts_as_long_whatever_is_played() -> None:
    game = gtbench.load_game("prisoners_dilemma")
    for seed in range(50):
        assert len({rounds(game, seed, actions) for actions in itertools.product((0, 1), (0, 1))}) == 1


def test_the_history_is_told_to_each_seat_as_its_own() -> None:
    game = gtbench.load_game("prisoners_dilemma", termination_probability=0)
    table = walk.replayed(game, game.deal(0), ((0, 1), (1, 1)))
    assert table.view(0).history == (
        "1. You: cooperate. Opponent: defect.",
        "2. You: defect. Opponent: defect.",
    )
    assert table.view(1).history == (
        "1. You: defect. Opponent: cooperate.",
        "2. You: defect. Opponent: defect.",
    )
    assert table.earned == (1, 11)


def test_what_was_earned_does_not_change_afterwards() -> None:
    game = gtbench.load_game("prisoners_dilemma", termination_probability=0)
    table = walk.replayed(game, game.deal(0), ((0, 0),))
    earned = table.earned
    table.play({0: 0, 1: 0})  # the engine hands out a live array
    assert earned == (5, 5)


def test_the_numbers_for_learners_count_rounds_by_kind() -> None:
    game = gtbench.load_game("prisoners_dilemma", termination_probability=0)
    table = walk.replayed(game, game.deal(0), ((0, 1), (1, 1), (0, 1)))
    assert game.tensor(table.state, 0).tolist() == [0, 2, 0, 1, 0, 1, 0, 0, 0]
    assert game.tensor(table.state, 1).tolist() == [0, 0, 2, 1, 0, 0, 1, 0, 0]
    assert game.tensor(Table(game, game.deal(0)).state, 0).tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_it_never_pays_to_forfeit() -> None:
    """Against any opponent, on any deal, at any moment: neither the reward nor the share of the points."""
    game = gtbench.load_game("prisoners_dilemma")
    for seed in range(20):
        length = rounds(game, seed)
        for own, other in itertools.product((0, 1), repeat=2):
            whole = walk.replayed(game, game.deal(seed), ((own, other),) * length)
            assert whole.over
            for played in range(length):
                given_up = walk.replayed(game, game.deal(seed), ((own, other),) * played).forfeit([0])
                assert given_up[0] == 0 <= whole.earned[0]
                assert given_up[1] == other_points(own, other, played) + 10 * (length - played)
                assert given_up[1] >= whole.earned[1]


def other_points(own: int, other: int, played: int) -> int:
    """What the other seat has after some rounds of the same moves."""
    return played * [[5, 0], [10, 1]][other][own]


def test_where_both_forfeit_both_get_nothing() -> None:
    game = gtbench.load_game("prisoners_dilemma")
    assert walk.replayed(game, game.deal(0), ()).forfeit([0, 1]) == (0, 0)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"termination_probability": 2}, "termination_probability is a number from 0 to 1"),
        (
            {"termination_probability": "often"},
            "termination_probability is a number from 0 to 1, not 'often'",
        ),
        ({"reward": 10}, "has sucker < punishment < reward < temptation, not 0 1 10 10"),
        ({"sucker": -1}, "sucker is a whole number from 0 to 1000000, not -1"),
        ({"reward": 5.5}, "reward is a whole number from 0 to 1000000, not 5.5"),
        ({"max_game_length": 0}, "max_game_length is a whole number from 1 to 9999"),
        ({"max_game_length": 1.5}, "max_game_length is a whole number from 1 to 9999, not 1.5"),
        ({"termination": 0.1}, "no parameter 'termination'; did you mean 'termination_probability'?"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=re.escape(line)):
        gtbench.load_game("prisoners_dilemma", **settings)


def test_with_the_papers_payoffs_the_engine_is_openspiels() -> None:
    ours = gtbench.load_game("prisoners_dilemma").engine
    theirs = pyspiel.load_game("python_iterated_prisoners_dilemma")
    assert (ours.min_utility(), ours.max_utility()) == (theirs.min_utility(), theirs.max_utility())
    rng = random.Random(0)
    for _ in range(50):
        pair = [ours.new_initial_state(), theirs.new_initial_state()]
        while not pair[1].is_terminal():
            for one, two in [pair]:
                assert str(one) == str(two)
                assert one.current_player() == two.current_player()
                assert list(one.rewards()) == list(two.rewards())
                assert list(one.returns()) == list(two.returns())
            if pair[1].is_chance_node():
                assert pair[0].chance_outcomes() == pair[1].chance_outcomes()
                action = rng.choices((0, 1), [0.8, 0.2])[0]
                for state in pair:
                    state.apply_action(action)
            else:
                actions = [rng.choice((0, 1)), rng.choice((0, 1))]
                assert pair[1].legal_actions(0) == [0, 1] == pair[1].legal_actions(1)
                for state in pair:
                    state.apply_actions(actions)
        assert pair[0].is_terminal()
        assert list(pair[0].returns()) == list(pair[1].returns())
