"""Nim's oracle against a minimax of its own, in misere and in normal play."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.game.table import Table
from gtbench.labels import Label
from gtbench_games.oracles.nim import mover_wins

if TYPE_CHECKING:
    from gtbench.game.oracle import Oracle

SETTINGS: list[tuple[str, bool]] = [
    (sizes, misere) for sizes in ("1;3;5;7", "2;4;6", "5", "1;1;1;1;2") for misere in (True, False)
]


@cache
def wins(sizes: tuple[int, ...], *, misere: bool) -> bool:
    """Whether the mover wins, by trying everything."""
    if not any(sizes):
        return misere  # the other has taken the last
    return any(
        not wins((*sizes[:pile], left, *sizes[pile + 1 :]), misere=misere)
        for pile, size in enumerate(sizes)
        for left in range(size)
    )


def position(oracle: Oracle, *actions: int) -> Any:
    """The engine's state after these actions."""
    state = oracle.game.engine.new_initial_state()
    for action in actions:
        state.apply_action(action)
    return state


@pytest.mark.parametrize(("sizes", "misere"), SETTINGS)
def test_the_rule_agrees_with_minimax_on_every_position(sizes: str, misere: bool) -> None:
    most = [int(size) for size in sizes.split(";")]
    for left in itertools.product(*(range(size + 1) for size in most)):
        assert mover_wins(left, misere=misere) == wins(left, misere=misere)


@pytest.mark.parametrize(("sizes", "misere"), SETTINGS)
def test_every_move_of_the_engine_is_worth_what_it_pays_in_the_end(sizes: str, misere: bool) -> None:
    oracle = gtbench.load_game("nim", pile_sizes=sizes, is_misere=misere).oracle()
    seen, open_ = set(), [position(oracle)]
    while open_:
        state = open_.pop()
        if (key := str(state)) in seen or state.is_terminal():
            continue
        seen.add(key)
        seat = state.current_player()
        for action, value in (oracle.action_values(state, seat) or {}).items():
            after = state.child(action)
            if after.is_terminal():
                assert value == after.returns()[seat]
            else:
                left = tuple(map(int, str(after).split(": ")[1].split()))
                assert (value > 0) != wins(left, misere=misere)
            open_.append(after)
    assert seen


def test_the_papers_piles_are_lost_for_the_first_player_whatever_it_plays() -> None:
    oracle = gtbench.load_game("nim").oracle()
    state = position(oracle)
    assert oracle.value(state, 0) == -1
    for action in state.legal_actions():
        verdict = oracle.grade(state, 0, action)
        assert verdict is not None
        assert (verdict.regret, verdict.stake, verdict.labels) == (0, 0, ())


def test_a_wrong_sum_throws_the_match_away() -> None:
    oracle = gtbench.load_game("nim", pile_sizes="2;3").oracle()
    state = position(oracle)
    right = oracle.grade(state, 0, 1)  # take 1 of pile b leaves 2 and 2
    wrong = oracle.grade(state, 0, 0)  # take 1 of pile a leaves 1 and 3
    assert right is not None
    assert wrong is not None
    assert (right.regret, right.labels) == (0, ())
    assert (wrong.regret, wrong.stake) == (2, 2)
    assert "wrong_sum" in wrong.labels
    assert Label.WON_TO_LOST in wrong.labels


def test_drawn_piles_and_openings_are_graded_too() -> None:
    for misere in (True, False):
        game = gtbench.load_game("nim", pile_sizes="random", opening="random", is_misere=misere)
        oracle, values = game.oracle(), []
        for seed in range(20):
            table = Table(game, game.deal(seed))
            (seat,) = table.to_move
            sizes = tuple(map(int, str(table.state).split(": ")[1].split()))
            value = oracle.value(table.state, seat)
            assert value == (1 if wins(sizes, misere=misere) else -1)
            values.append(value)
            assert oracle.policy(table.view(seat)), "what the seat has seen tells the drawn piles"
        assert len(set(values)) == 2
