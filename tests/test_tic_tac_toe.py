"""Tic-Tac-Toe against its engine and against published counts."""

from __future__ import annotations

import re
from collections import Counter

import walk

import gtbench
from gtbench.table import Table

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
