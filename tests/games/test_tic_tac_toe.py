"""Tic-Tac-Toe against its engine and against published counts."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import walk

import gtbench
from gtbench.game.table import Table

GAME = gtbench.load_game("tic_tac_toe")
DEAL = GAME.deal(0)


def test_the_tree_has_the_published_number_of_nodes_at_each_ply() -> None:
    plies = Counter(table.state.move_number() for table in walk.tables(GAME, DEAL, depth=4))
    assert [plies[ply] for ply in range(5)] == [1, 9, 72, 504, 3024]


def test_a_square_is_where_the_drawing_shows_it() -> None:
    for action, square in enumerate(GAME.moves):
        table = walk.replayed(GAME, DEAL, ((action,),))
        header, *rows = GAME.picture(table.state).splitlines()
        column = header.index(square[0])
        row = next(row for row in rows if row.startswith(square[1]))
        assert row[column] == "X"


def test_every_number_in_the_rules_is_the_engines() -> None:
    columns, rows = GAME.engine.observation_tensor_shape()[1:]
    won = walk.replayed(GAME, DEAL, ((0,), (3,), (1,), (4,), (2,)))
    drawn = walk.replayed(GAME, DEAL, tuple((a,) for a in (0, 1, 2, 4, 3, 5, 7, 6, 8)))
    numbers = [int(n) for n in re.findall(r"(?<![a-z])-?\d+", GAME.rules(0))]
    in_a_row = columns
    pays = [int(won.earned[0]), int(drawn.earned[0]), int(won.earned[1])]
    assert numbers == [columns, rows, 1, rows, in_a_row, *pays]


def test_what_the_rules_call_a_win_is_one_to_the_engine() -> None:
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
    for table in walk.tables(GAME, DEAL, depth=6):
        marks = [a for row in GAME.picture(table.state).splitlines()[1:] for a in row[2::2]]
        won = {marks[a] for a, b, c in lines if marks[a] == marks[b] == marks[c] != "."}
        assert bool(won) == table.over
        if table.over:
            assert table.earned == ((1.0, -1.0) if won == {"X"} else (-1.0, 1.0))


def test_the_seat_reads_its_own_mark() -> None:
    for seat, mark, order in ((0, "X", "first"), (1, "O", "second")):
        assert GAME.rules(seat).endswith(f"You play {mark} and move {order}.")
        assert Table(GAME, DEAL).view(seat).state.endswith(f"You play {mark}.")


LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


@cache
def outcome(own: frozenset[int], other: frozenset[int]) -> int:
    """What the player to move gets with perfect play of both, by the rules alone."""
    if any(other.issuperset(row) for row in LINES):
        return -1
    free = set(range(9)) - own - other
    return max((-outcome(other, own | {square}) for square in free), default=0)


def test_it_is_a_draw_and_the_oracle_agrees_with_the_rules_on_every_position() -> None:
    oracle, seen, open_ = GAME.oracle(), set(), [GAME.engine.new_initial_state()]
    assert outcome(frozenset(), frozenset()) == 0
    while open_:
        state = open_.pop()
        if str(state) not in seen:
            seen.add(str(state))
            if not state.is_terminal():
                seat, board = state.current_player(), str(state).replace("\n", "")
                own, other = (
                    frozenset(i for i in range(9) if board[i] == mark) for mark in ("xo", "ox")[seat]
                )
                right = {action: -outcome(other, own | {action}) for action in state.legal_actions()}
                assert oracle.action_values(state, seat) == right
                open_ += [state.child(action) for action in state.legal_actions()]
    assert len(seen) == 5_478
