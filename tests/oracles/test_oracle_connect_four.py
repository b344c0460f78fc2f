"""Connect Four's oracle against published values, the engine's own tree, and positions made by hand."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table
from gtbench.labels import Label
from gtbench_games.oracles.connect_four import Solver, solver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.oracle import Oracle

BY_COLUMN = [-1, -1, 0, 1, 0, -1, -1]  # J. D. Allen, 1988; V. Allis, 1988
EIGHT_DISCS = {1: 44_473, -1: 16_635, 0: 6_449}  # J. Tromp's 67,557 positions in which nobody can win at once


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return gtbench.load_game("connect_four").oracle()


def position(oracle: Oracle, columns: str) -> Any:
    """The engine's state after discs in these columns, counted from 1."""
    state = oracle.game.engine.new_initial_state()
    for column in columns:
        state.apply_action(int(column) - 1)
    return state


def grown(four: Solver, boards: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """All positions one disc later in which nobody has won, once of each mirrored pair."""
    found = {}
    for own, taken in boards.values():
        moves = (taken + four.bottom) & four.board & ~four.threats(own, taken)
        for column in four.columns:
            if move := moves & column:
                after, both = own ^ taken, taken | move
                key = min(after + both, four._mirrored(after) + four._mirrored(both))
                found[key] = (after, both)
    return found


def test_the_first_player_wins_by_the_middle_column_only(oracle: Oracle) -> None:
    values = oracle.action_values(position(oracle, ""), 0)
    assert values is not None
    assert [values[column] for column in range(7)] == BY_COLUMN


@pytest.mark.slow
def test_positions_of_eight_discs_are_as_many_of_each_outcome_as_published() -> None:
    four, boards = solver(6, 7), {0: (0, 0)}
    for _ in range(8):
        boards = grown(four, boards)
    counts = dict.fromkeys(EIGHT_DISCS, 0)
    for own, taken in boards.values():
        playable = (taken + four.bottom) & four.board
        if not playable & (four.threats(own, taken) | four.threats(own ^ taken, taken)):
            counts[four.outcome(own, taken)] += 1
    assert counts == EIGHT_DISCS


def drawn(four: Solver, discs: int, number: int) -> Iterator[tuple[int, int]]:
    """Random positions in which nobody has won or can win at once."""
    rng = random.Random(discs)
    while number:
        own = taken = 0
        for _ in range(discs):
            moves = (taken + four.bottom) & four.board & ~four.threats(own, taken)
            if not (choice := [move for column in four.columns if (move := moves & column)]):
                break
            own, taken = own ^ taken, taken | rng.choice(choice)
        else:
            if not four.threats(own, taken) & (taken + four.bottom):
                yield own, taken
                number -= 1


def test_the_book_agrees_with_the_search() -> None:
    booked, searched = solver(6, 7), Solver(6, 7, None)
    for own, taken in drawn(booked, 12, 6):
        assert booked.outcome(own, taken) == searched.outcome(own, taken)


@pytest.mark.slow
def test_the_book_agrees_with_the_search_of_many_positions() -> None:
    booked, searched = solver(6, 7), Solver(6, 7, None)
    for discs, number in ((12, 150), (8, 5)):
        for own, taken in drawn(booked, discs, number):
            assert booked.outcome(own, taken) == searched.outcome(own, taken)


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (4, 4)])
def test_small_boards_agree_with_the_engines_own_tree(rows: int, columns: int) -> None:
    game = gtbench.load_game("connect_four", rows=rows, columns=columns)
    oracle, known = game.oracle(), dict[str, float]()

    def payoff(state: Any) -> float:
        """What seat 0 gets, by the engine alone; each decision on the way is compared."""
        if (board := str(state)) not in known:
            if state.is_terminal():
                known[board] = state.returns()[0]
            else:
                seat = state.current_player()
                sign = 1 if seat == 0 else -1
                values = {action: sign * payoff(state.child(action)) for action in state.legal_actions()}
                if len(known) % 20 == 0 or len(state.history()) < 4:
                    assert oracle.action_values(state, seat) == values
                known[board] = sign * max(values.values())
        return known[board]

    assert payoff(game.engine.new_initial_state()) == 0


@pytest.mark.parametrize(("rows", "columns", "discs", "number"), [(6, 7, 31, 60), (5, 5, 13, 40)])
def test_late_positions_agree_with_the_engines_own_tree(
    rows: int, columns: int, discs: int, number: int
) -> None:
    game = gtbench.load_game("connect_four", rows=rows, columns=columns)
    oracle, rng, known, seen = game.oracle(), random.Random(discs), dict[str, float](), set[float]()

    def payoff(state: Any) -> float:
        """What seat 0 gets, by the engine alone."""
        if (board := str(state)) not in known:
            if state.is_terminal():
                known[board] = state.returns()[0]
            else:
                best = max if state.current_player() == 0 else min
                known[board] = best(payoff(state.child(action)) for action in state.legal_actions())
        return known[board]

    while number:
        state = game.engine.new_initial_state()
        while len(state.history()) < discs and not state.is_terminal():
            state.apply_action(rng.choice(state.legal_actions()))
        if state.is_terminal():
            continue
        sign = 1 if state.current_player() == 0 else -1
        values = {action: sign * payoff(state.child(action)) for action in state.legal_actions()}
        assert oracle.action_values(state, state.current_player()) == values
        seen.update(values.values())
        number -= 1
    assert seen == {-1, 0, 1}


def test_a_win_that_takes_longer_is_no_error(oracle: Oracle) -> None:
    verdict = oracle.grade(position(oracle, "112233"), 0, 3)
    assert verdict is not None
    assert (verdict.value, verdict.regret) == (1, 0)
    won = position(oracle, "112233")
    other = [
        action for action, value in (oracle.action_values(won, 0) or {}).items() if value == 1 and action != 3
    ]
    for action in other:
        verdict = oracle.grade(won, 0, action)
        assert verdict is not None
        assert (verdict.regret, verdict.labels) == (0, ())


def test_a_missed_win_is_named_if_it_cost_something(oracle: Oracle) -> None:
    state = position(oracle, "12131")  # seat 0 has three in column 1; seat 1 must block
    block, other = oracle.grade(state, 1, 0), oracle.grade(state, 1, 6)
    assert block is not None
    assert other is not None
    assert Label.MISSED_BLOCK not in block.labels
    assert other.regret == 0 or Label.MISSED_BLOCK in other.labels
    missed = position(oracle, "121316")  # seat 1 did not block: seat 0 wins at once
    win, wrong = oracle.grade(missed, 0, 0), [oracle.grade(missed, 0, action) for action in range(1, 7)]
    assert win is not None
    assert win.labels == ()
    for verdict in wrong:
        assert verdict is not None
        assert (Label.MISSED_WIN in verdict.labels) == (verdict.regret > 0)


def test_random_openings_are_graded() -> None:
    game = gtbench.load_game("connect_four", opening="random")
    for seed in range(10):
        table = Table(game, game.deal(seed))
        (seat,) = table.to_move
        verdict = game.oracle().grade(table.state, seat, table.legal(seat)[0])
        assert verdict is not None
        assert verdict.exact


@pytest.mark.parametrize("setting", [{"x_in_row": 3}, {"rows": 7}, {"rows": 12, "columns": 12}], ids=str)
def test_other_boards_have_no_oracle(setting: dict[str, Any]) -> None:
    with pytest.raises(NoOracle, match=r"there is no oracle for connect_four\[.*\]: .* for it"):
        gtbench.load_game("connect_four", **setting).oracle()
