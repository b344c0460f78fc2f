"""Breakthrough's oracle against the engine's own trees, and its book, table and search against each other."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table
from gtbench.labels import Label
from gtbench_games.oracles.breakthrough import BOOK_PLIES, BreakthroughOracle, solver
from gtbench_games.oracles.race_search import race

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gtbench.game.base import Game


@pytest.fixture(scope="module")
def oracle() -> BreakthroughOracle:
    found = gtbench.load_game("breakthrough").oracle()
    assert isinstance(found, BreakthroughOracle)
    return found


def payoff(state: Any, known: dict[tuple[str, int], float]) -> float:
    """What seat 0 gets with perfect play of both, by the engine's rules alone."""
    key = str(state), state.current_player()
    if key not in known:
        if state.is_terminal():
            known[key] = state.returns()[0]
        else:
            best = max if state.current_player() == 0 else min
            known[key] = best(payoff(state.child(action), known) for action in state.legal_actions())
    return known[key]


def by_engine(state: Any, known: dict[tuple[str, int], float]) -> dict[int, float]:
    """What each move is worth to the seat that is to move, by the engine's rules alone."""
    sign = 1 if state.current_player() == 0 else -1
    return {action: sign * payoff(state.child(action), known) for action in state.legal_actions()}


def drawn(game: Game, plies: int, number: int) -> Iterator[Any]:
    """Positions after so many random moves."""
    rng = random.Random(plies)
    while number:
        state = game.engine.new_initial_state()
        while not state.is_terminal() and state.move_number() < plies:
            state.apply_action(rng.choice(state.legal_actions()))
        if not state.is_terminal():
            yield state
            number -= 1


def test_the_first_player_wins_by_each_of_its_first_moves(oracle: BreakthroughOracle) -> None:
    values = oracle.action_values(oracle.game.engine.new_initial_state(), 0)
    assert list(values.values()) == [1.0] * 7


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(4, 2), (4, 3), (5, 2), (5, 3), (6, 2), pytest.param(4, 4, marks=pytest.mark.slow)],
)
def test_small_boards_agree_with_the_engines_own_tree(rows: int, columns: int) -> None:
    game = gtbench.load_game("breakthrough", rows=rows, columns=columns)
    oracle, known = game.oracle(), dict[tuple[str, int], float]()
    start, lost = game.engine.new_initial_state(), 0
    assert oracle.action_values(start, 0) == by_engine(start, known)
    for plies in range(1, 10):
        for state in drawn(game, plies, 10) if plies < 2 * rows - 5 else ():
            right = by_engine(state, known)
            assert oracle.action_values(state, state.current_player()) == right
            lost += min(right.values()) < max(right.values())
    assert lost, "no choice mattered"


def few_pieces(game: Game, most: int, plies: range, number: int) -> list[Any]:
    """Positions so late that plain minimax ends."""
    states = [state for count in plies for state in drawn(game, count, number)]
    return [state for state in states if sum(mark in "bw" for mark in str(state)[:-6]) <= most]


def test_late_positions_agree_with_plain_minimax(oracle: BreakthroughOracle) -> None:
    known = dict[tuple[str, int], float]()
    states = few_pieces(oracle.game, 5, range(26, 40, 2), 30)
    assert len(states) > 15
    for state in states:
        assert oracle.action_values(state, state.current_player()) == by_engine(state, known)


@pytest.mark.slow
def test_many_late_positions_agree_with_plain_minimax(oracle: BreakthroughOracle) -> None:
    known = dict[tuple[str, int], float]()
    states = few_pieces(oracle.game, 7, range(20, 40), 40)
    assert len(states) > 200
    for state in states:
        assert oracle.action_values(state, state.current_player()) == by_engine(state, known)


def hold_book_against_search(oracle: BreakthroughOracle, plies: int, number: int) -> None:
    assert plies in BOOK_PLIES
    for state in drawn(oracle.game, plies, number):
        seat = state.current_player()
        assert oracle._wins(state, seat) == solver(8, 3).wins(*oracle._boards(state, seat))


def test_the_book_agrees_with_the_search(oracle: BreakthroughOracle) -> None:
    hold_book_against_search(oracle, 16, 8)
    hold_book_against_search(oracle, 12, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("plies", "number"), [(16, 2000), (12, 100), (8, 5)])
def test_the_book_agrees_with_the_search_of_many_positions(
    oracle: BreakthroughOracle, plies: int, number: int
) -> None:
    hold_book_against_search(oracle, plies, number)


@pytest.mark.parametrize("number", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_the_table_of_endings_agrees_with_a_search_without_it(
    oracle: BreakthroughOracle, number: int
) -> None:
    four = solver(8, 3)
    halves, ranks, endings, shape = four._known
    seen, without = np.zeros(4_194_301, np.int64), np.zeros_like(ranks)
    for plies in (20, 22, 24):
        for state in drawn(oracle.game, plies, number):
            boards = oracle._boards(state, state.current_player())
            assert four.wins(*boards) == race(*boards, seen, halves, without, endings, shape)


def test_values_agree_from_move_to_move_and_no_position_is_drawn(oracle: BreakthroughOracle) -> None:
    rng, state = random.Random(1), oracle.game.engine.new_initial_state()
    values: Mapping[int, float] = {}
    while not state.is_terminal():
        seat = state.current_player()
        before, values = values, oracle.action_values(state, seat)
        assert set(values.values()) <= {1.0, -1.0}
        assert not before or max(values.values()) == -before[state.history()[-1]]
        state.apply_action(rng.choice(state.legal_actions()))
    assert state.returns()[seat] == values[state.history()[-1]] == 1


def test_optimal_gives_nothing_away_and_wins_as_first_player(oracle: BreakthroughOracle) -> None:
    rng = random.Random(2)
    for _ in range(3):
        state = oracle.game.engine.new_initial_state()
        while not state.is_terminal():
            seat = state.current_player()
            action = rng.choice(state.legal_actions())
            if seat == 0:
                values = oracle.action_values(state, 0)
                action = max(values, key=values.__getitem__)
                verdict = oracle.grade(state, 0, action)
                assert verdict is not None
                assert (verdict.value, verdict.regret) == (1, 0)
            state.apply_action(action)
        assert state.returns()[0] == 1


def test_a_missed_win_is_named_if_it_cost_something(oracle: BreakthroughOracle) -> None:
    found = 0
    for state in drawn(oracle.game, 26, 60):
        seat = state.current_player()
        wins = {action for action in state.legal_actions() if state.child(action).is_terminal()}
        for action in set(state.legal_actions()) - wins:
            verdict = oracle.grade(state, seat, action)
            assert verdict is not None
            assert (Label.MISSED_WIN in verdict.labels) == bool(wins and verdict.regret)
            found += Label.MISSED_WIN in verdict.labels
    assert found


def test_random_openings_are_graded() -> None:
    game = gtbench.load_game("breakthrough", opening="random")
    for seed in range(10):
        table = Table(game, game.deal(seed))
        (seat,) = table.to_move
        assert table.state.move_number() == 2
        verdict = game.oracle().grade(table.state, seat, table.legal(seat)[0])
        assert verdict is not None
        assert verdict.exact


@pytest.mark.parametrize("setting", [{"rows": 6}, {"columns": 4}, {"rows": 5, "columns": 5}], ids=str)
def test_other_boards_have_no_oracle(setting: dict[str, Any]) -> None:
    with pytest.raises(NoOracle, match=r"there is no oracle for breakthrough\[.*\]: .* for it"):
        gtbench.load_game("breakthrough", **setting).oracle()
