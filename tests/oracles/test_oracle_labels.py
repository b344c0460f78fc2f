"""What errors in board games are called: by hand-made positions, and by an account of lines of its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table
from gtbench.labels import Label

ROWS = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
TICTACTOE: list[tuple[list[int], int, set[Label]]] = [
    ([0, 3, 1, 4], 2, set()),  # wins at once
    ([0, 3, 1, 4], 5, {Label.MISSED_WIN, Label.WON_TO_DRAWN}),  # blocks where it could win
    ([0, 3, 1, 4], 8, {Label.MISSED_WIN, Label.MISSED_BLOCK, Label.WON_TO_LOST}),
    ([4, 0, 2], 6, set()),  # blocks the diagonal
    ([4, 0, 2], 1, {Label.MISSED_BLOCK, Label.DRAWN_TO_LOST}),
    ([], 4, set()),
    ([], 1, set()),  # every first move draws
    ([0], 8, {Label.DRAWN_TO_LOST}),  # only the middle holds the draw; the loss is more than a move away
]
CONNECT_FOUR: list[tuple[str, int, set[Label]]] = [
    ("", 4, set()),
    ("", 3, {Label.WON_TO_DRAWN}),
    ("", 1, {Label.WON_TO_LOST}),
    ("4", 4, set()),  # lost whatever is played
    ("112233", 4, set()),
]


def graded(game: str, actions: list[int], action: int) -> set[Label]:
    """The labels of an action after others."""
    oracle = gtbench.load_game(game).oracle()
    state = oracle.game.engine.new_initial_state()
    for made in actions:
        state.apply_action(made)
    verdict = oracle.grade(state, state.current_player(), action)
    assert verdict is not None
    return {Label(label) for label in verdict.labels}


@pytest.mark.parametrize(("before", "action", "labels"), TICTACTOE)
def test_errors_in_tic_tac_toe_have_their_names(before: list[int], action: int, labels: set[Label]) -> None:
    assert graded("tic_tac_toe", before, action) == labels


@pytest.mark.parametrize(("before", "column", "labels"), CONNECT_FOUR)
def test_errors_in_connect_four_have_their_names(before: str, column: int, labels: set[Label]) -> None:
    assert graded("connect_four", [int(c) - 1 for c in before], column - 1) == labels


def completes(board: list[str], mark: str) -> set[int]:
    """The empty squares on which a mark completes a line."""
    lines = [[(board[square], square) for square in row] for row in ROWS]
    found = set()
    for line in lines:
        marks = [held for held, _ in line]
        if marks.count(mark) == 2 and marks.count(".") == 1:
            found.add(line[marks.index(".")][1])
    return found


def test_wins_and_blocks_are_missed_where_the_lines_say_so() -> None:
    game = gtbench.load_game("tic_tac_toe")
    oracle, missed, slower = game.oracle(), 0, 0
    for seed in range(60):
        state, rng = game.engine.new_initial_state(), random.Random(seed)
        while not state.is_terminal():
            seat, board = state.current_player(), list(str(state).replace("\n", ""))
            own, other = "xo"[seat], "ox"[seat]
            wins = completes(board, own)
            for action in state.legal_actions():
                verdict = oracle.grade(state, seat, action)
                assert verdict is not None
                after = [*board[:action], own, *board[action + 1 :]]
                left_open = action not in wins and bool(completes(after, other))
                blockable = bool(wins) or len(completes(board, other)) <= 1
                expected = {Label.MISSED_WIN} if wins else set()
                expected |= {Label.MISSED_BLOCK} if left_open and blockable else set()
                found = set(verdict.labels) & {Label.MISSED_WIN, Label.MISSED_BLOCK}
                assert found == (expected if verdict.regret else set())
                missed += bool(found)
                slower += bool(wins) and action not in wins and not verdict.regret
            state.apply_action(rng.choice(state.legal_actions()))
    assert missed
    assert slower, "a win that takes longer was among them"


def test_a_board_without_an_oracle_says_why() -> None:
    with pytest.raises(NoOracle, match="x_in_row is 4 for it"):
        gtbench.load_game("connect_four", x_in_row=5).oracle()


def test_openings_drawn_at_random_are_graded_as_any_other_position() -> None:
    for name in ("tic_tac_toe", "nim", "connect_four"):
        game = gtbench.load_game(name, opening="random")
        oracle = game.oracle()
        for seed in range(5):
            table = Table(game, game.deal(seed))
            (seat,) = table.to_move
            values: Any = oracle.action_values(table.state, seat)
            best = {action for action, value in values.items() if value == max(values.values())}
            assert set(oracle.policy(table.view(seat)) or {}) == best
