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


# A look one ply ahead that knows no oracle and no engine's end: lines of marks, and rows that are reached.


def squares_won(name: str, board: list[str], own: str, action: int, says: str) -> bool:
    """Whether a move on a board, from the top row down, wins at once."""
    if name == "breakthrough":
        (column, row), (target, end) = ((ord(says[i]) - ord("a"), int(says[i + 1])) for i in (0, 2))
        captured = board[len(board) - end][target] not in (".", own)
        left = "".join(board).count("bw"[own == "b"]) - captured
        return end in (1, len(board)) or left == 0
    if name == "tic_tac_toe":
        row, column, length = action // 3, action % 3, 3
    else:
        row = max(place for place, line in enumerate(board) if line[action] == ".")
        column, length = action, 4
    marks = {(y, x) for y, line in enumerate(board) for x, mark in enumerate(line) if mark == own}
    marks.add((row, column))
    return any(
        all((row + down * (i - back), column + right * (i - back)) in marks for i in range(length))
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        for back in range(length)
    )


def wins_left(name: str, decisions: int) -> tuple[int, int]:
    """How many of some decisions left a win at once and kept it, and how many were labelled otherwise."""
    game, rng = gtbench.load_game(name), random.Random(19)
    oracle, seen, left, wrong = game.oracle(), 0, 0, 0
    while seen < decisions:
        state = game.engine.new_initial_state()
        while not state.is_terminal() and seen < decisions:
            seat, legal = state.current_player(), state.legal_actions()
            lines = str(state).split()
            board = [line[1:] for line in lines[:-1]] if name == "breakthrough" else lines
            own = {"breakthrough": "bw"}.get(name, "xo")[seat]
            won = {a for a in legal if squares_won(name, board, own, a, game.say(a))}
            action = rng.choice(legal)
            verdict = oracle.grade(state, seat, action)
            if verdict is not None:
                seen += 1
                expected = bool(won) and action not in won and verdict.regret == 0
                left += expected
                wrong += expected != (Label.WIN_LEFT in verdict.labels)
                wrong += (bool(won) and verdict.regret > 0) != (Label.MISSED_WIN in verdict.labels)
            state.apply_action(rng.choice(legal))
    return left, wrong


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "breakthrough"])
def test_wins_that_cost_nothing_are_left_where_a_look_at_the_board_says_so(name: str) -> None:
    left, wrong = wins_left(name, 120)
    assert wrong == 0
    assert left > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "breakthrough"])
def test_wins_are_left_in_thousands_of_decisions_where_the_board_says_so(name: str) -> None:
    left, wrong = wins_left(name, 5000)
    assert wrong == 0
    assert left > 50


@pytest.mark.parametrize("name", ["tic_tac_toe", "nim[pile_sizes=2;3;4]"])
def test_the_plies_by_which_a_win_comes_later_are_those_of_a_plain_search(name: str) -> None:
    game = gtbench.load_game(name)
    oracle, lost = game.oracle(), set()

    def lasts(state: Any) -> tuple[float, int]:
        """What seat 0 gets, and in how many plies, where who wins hurries and who loses delays."""
        if state.is_terminal():
            return float(state.returns()[0]), 0
        sign = 1 if state.current_player() == 0 else -1
        found = [lasts(state.child(action)) for action in state.legal_actions()]
        best = max(sign * value for value, _ in found)
        plies = [length for value, length in found if sign * value == best]
        return sign * best, 1 + (min(plies) if best > 0 else max(plies))

    for seed in range(8):
        state, rng = game.engine.new_initial_state(), random.Random(seed)
        for _ in range(4 if name == "tic_tac_toe" else 1):
            state.apply_action(rng.choice(state.legal_actions()))
        seat = state.current_player()
        value, fastest = lasts(state)
        for action in state.legal_actions():
            verdict = oracle.grade(state, seat, action)
            assert verdict is not None
            if (value if seat == 0 else -value) > 0 and not verdict.regret:
                late = 1 + lasts(state.child(action))[1] - fastest
                assert verdict.plies_lost == late
                assert (Label.SLOWER_WIN in verdict.labels) == (late > 0)
                lost.add(late)
            else:
                assert verdict.plies_lost is None
    assert max(lost) > 0


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
