"""Pig's oracle against the engine's own tree, exact fractions and what has been published."""

from __future__ import annotations

import functools
import random
from fractions import Fraction
from typing import Any

import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table
from gtbench.labels import Label
from gtbench_games.oracles.pig import tables

ROLL, STOP = 0, 1
MOST_DENOMINATOR = 10**9


def win_rate(payoff: float) -> float:
    """The chance of a win where a draw does not happen."""
    return (1 + payoff) / 2


@pytest.mark.parametrize(
    "setting",
    [
        {"winscore": 5, "diceoutcomes": 3, "horizon": 7},
        {"winscore": 7, "diceoutcomes": 6, "horizon": 5},
        {"winscore": 2, "diceoutcomes": 2, "horizon": 9},
    ],
    ids=str,
)
def test_every_position_is_worth_what_the_engines_tree_says(setting: dict[str, Any]) -> None:
    game = gtbench.load_game("pig", **setting)
    oracle = game.oracle()

    def payoff(state: Any) -> float:
        """What seat 0 gets, by the engine alone; each decision on the way is compared."""
        if state.is_terminal():
            return float(state.returns()[0])
        if state.is_chance_node():
            return float(sum(chance * payoff(state.child(face)) for face, chance in state.chance_outcomes()))
        seat = state.current_player()
        sign = 1 if seat == 0 else -1
        values = {action: sign * payoff(state.child(action)) for action in state.legal_actions()}
        assert oracle.action_values(state, seat) == pytest.approx(values, abs=1e-12)
        return sign * max(values.values())

    start = game.engine.new_initial_state()
    assert payoff(start) == pytest.approx(oracle.value(start, 0), abs=1e-12)


@pytest.mark.parametrize(("goal", "faces"), [(3, 2), (4, 3), (6, 6)])
def test_the_settled_table_agrees_with_fractions(goal: int, faces: int) -> None:
    """Policy iteration: each policy's linear equations are solved exactly, until no decision improves."""
    positions = [(a, b, t) for a in range(goal) for b in range(goal) for t in range(goal - a)]
    number = {position: i for i, position in enumerate(positions)}

    def parts(position: tuple[int, int, int], action: int) -> tuple[dict[int, Fraction], Fraction]:
        """The value of an action as a sum over positions and a constant."""
        own, other, total = position
        if action == STOP:
            return {number[other, own + total, 0]: Fraction(-1)}, Fraction(0)
        share = Fraction(1, faces)
        sums, constant = {number[other, own, 0]: -share}, Fraction(0)
        for face in range(2, faces + 1):
            if own + total + face >= goal:
                constant += share
            else:
                after = number[own, other, total + face]
                sums[after] = sums.get(after, Fraction(0)) + share
        return sums, constant

    policy = [ROLL] * len(positions)
    while True:
        value = solved([parts(position, action) for position, action in zip(positions, policy, strict=True)])

        def value_of(i: int, action: int, value: list[Fraction] = value) -> Fraction:
            sums, constant = parts(positions[i], action)
            return sum((share * value[j] for j, share in sums.items()), constant)

        better = [max((ROLL, STOP), key=functools.partial(value_of, i)) for i in range(len(positions))]
        improved = [
            b if value_of(i, b) > value_of(i, p) else p
            for i, (b, p) in enumerate(zip(better, policy, strict=True))
        ]
        if improved == policy:
            break
        policy = improved
    worth_table, _ = tables(goal, faces)
    for position, i in number.items():
        assert worth_table[-1][position] == pytest.approx(float(value[i]), abs=1e-10)


def solved(rows: list[tuple[dict[int, Fraction], Fraction]]) -> list[Fraction]:
    """The solution of x = sums(x) + constant, by elimination."""
    size = len(rows)
    matrix = [
        [Fraction(i == j) - sums.get(j, 0) for j in range(size)] + [constant]
        for i, (sums, constant) in enumerate(rows)
    ]
    for i in range(size):
        pivot = next(k for k in range(i, size) if matrix[k][i])
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        matrix[i] = [entry / matrix[i][i] for entry in matrix[i]]
        for k in range(size):
            if k != i and (factor := matrix[k][i]):
                matrix[k] = [a - factor * b for a, b in zip(matrix[k], matrix[i], strict=True)]
    return [row[-1] for row in matrix]


def test_to_20_the_first_player_wins_0_615559_and_rolling_is_right_everywhere() -> None:
    game = gtbench.load_game("pig")
    value = game.oracle().value(game.engine.new_initial_state(), 0)
    assert value is not None
    assert win_rate(value) == pytest.approx(0.615559, abs=5e-7)
    values, _ = tables(20, 6)
    lost = []
    for own in range(20):
        for other in range(20):
            for total in range(20 - own):
                thrown = sum(values[-1][own, other, min(total + face, 20)] for face in range(2, 7))
                roll = (thrown - values[-1][other, own, 0]) / 6
                lost.append(roll + values[-1][other, own + total, 0])
    assert len(lost) == 4200
    assert win_rate(min(lost) - 1) == pytest.approx(0.23, abs=0.005)
    assert win_rate(max(lost) - 1) == pytest.approx(0.71, abs=0.005)


@pytest.mark.slow
def test_to_100_the_first_player_wins_0_5306_and_holding_is_sometimes_right() -> None:
    game = gtbench.load_game("pig", winscore=100)
    oracle = game.oracle()
    table = Table(game, game.deal(0))
    assert oracle.value(table.state, 0) == pytest.approx(2 * 0.5306 - 1, abs=1e-4)  # Neller and Presser, 2004
    state, rng, found = table.state.clone(), random.Random(0), set()
    while not state.is_terminal():
        if state.is_chance_node():
            state.apply_action(rng.choice(state.legal_actions()))
            continue
        seat, legal = state.current_player(), state.legal_actions()
        for action in legal:
            verdict = oracle.grade(state, seat, action)
            assert verdict is not None
            found |= set(verdict.labels)
        state.apply_action(rng.choice(legal))
    assert found == {Label.OVER_RISK, Label.OVER_CAUTION}


def test_stopping_short_of_20_is_over_cautious_but_not_where_the_horizon_is_too_near_to_win() -> None:
    game = gtbench.load_game("pig")
    oracle, state = game.oracle(), game.engine.new_initial_state()
    stop, roll = (oracle.grade(state, 0, action) for action in (STOP, ROLL))
    assert stop is not None
    assert roll is not None
    assert stop.labels == (Label.OVER_CAUTION,)
    assert (roll.regret, roll.labels) == (0, ())
    game = gtbench.load_game("pig", horizon=3)
    verdict = game.oracle().grade(game.engine.new_initial_state(), 0, STOP)
    assert verdict is not None
    assert (verdict.value, verdict.regret, verdict.labels) == (0, 0, ())


def test_near_its_horizon_a_long_match_is_not_decidable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtbench_games.oracles.pig.MOST_BYTES", 0)
    monkeypatch.setattr("gtbench_games.oracles.pig.stored", lambda _name, make: make(lambda _share: None))
    tables.cache_clear()
    game = gtbench.load_game("pig", winscore=5, horizon=1000)
    oracle, state = game.oracle(), game.engine.new_initial_state()
    assert oracle.action_values(state, 0) is not None
    kept, settled = tables(5, 6)
    tables.cache_clear()
    assert kept.shape == (1, 5, 5, 6)
    near = gtbench.load_game("pig", winscore=5, horizon=settled)
    monkeypatch.setattr("gtbench_games.oracles.pig.tables", lambda _goal, _faces: (kept, settled))
    assert near.oracle().action_values(state, 0) is None
    assert near.oracle().grade(state, 0, ROLL) is None
    far = gtbench.load_game("pig", winscore=5, horizon=settled + 1)
    assert far.oracle().action_values(state, 0) is not None


def test_too_high_a_goal_has_no_oracle() -> None:
    with pytest.raises(
        NoOracle, match=r"there is no oracle for pig\[winscore=1000\]: winscore is at most 120"
    ):
        gtbench.load_game("pig", winscore=1000).oracle()
