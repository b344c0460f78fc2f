"""A memo gives what its function gives, and never grows without end."""

from __future__ import annotations

import copy
import pickle
import random
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.game import memo
from gtbench.game.table import Table
from gtbench.game.view import View
from gtbench_games.tic_tac_toe import TicTacToe

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_memo_works_each_argument_out_once_until_it_is_full() -> None:
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    doubled = memo.Memo(double)
    assert [doubled[n] for n in (3, 4, 3)] == [6, 8, 6]
    assert asked == [3, 4]
    assert all(doubled[n] == 2 * n for n in range(memo.MOST + 10))
    assert len(doubled) == memo.MOST
    assert doubled[memo.MOST + 5] == 2 * (memo.MOST + 5)


@pytest.mark.parametrize("name", ["negotiation", "negotiation[enable_utterances=false]", "blind_auction"])
def test_legal_moves_that_the_engine_is_not_asked_for_are_the_engines(name: str) -> None:
    game, rng = gtbench.load_game(name), random.Random(0)
    for seed in range(40):
        table = Table(game, game.deal(seed))
        while not table.over:
            state = table.state
            for seat in table.to_move:
                first = game.asked_at_once and seat == 1
                asked = state.child(state.legal_actions()[0]) if first else state
                assert table.legal(seat) == asked.legal_actions(seat)
                assert table.view(seat).legal == tuple(map(game.say, table.legal(seat)))
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


@pytest.mark.parametrize("name", gtbench.list_games())
def test_a_view_equals_another_of_the_same_content_and_can_be_copied_and_pickled(name: str) -> None:
    game = gtbench.load_game(name)
    table = Table(game, game.deal(1))
    table.play({seat: table.legal(seat)[0] for seat in table.to_move})
    view = table.view(0)
    parts: dict[str, Any] = dict(zip(View._fields, view, strict=True))
    assert view == View(**parts) == copy.deepcopy(view) == pickle.loads(pickle.dumps(view))  # noqa: S301
    assert hash(view) == hash(View(**parts))
    assert view.seen == game.seen(table.state, 0)


class Counting(TicTacToe):
    """A game of somebody else's: what it tells of a move depends on more than the move."""

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return f"{super().tell(state, moves, seat)}, as move {len(state.history())}"


def test_a_game_that_tells_moves_its_own_way_is_asked_each_time() -> None:
    game = Counting()
    for first in ("a1", "b2"):  # the same ply later in the match, and once more
        table = Table(game, game.deal(0))
        for move in dict.fromkeys((first, "c3", "a1", "b1")):
            (seat,) = table.to_move
            action = game.hear(table.state, seat, move)
            assert isinstance(action, int)
            table.play({seat: action})
        for seat in (0, 1):
            told = [line.rpartition(", as move ")[2] for line in table.view(seat).history]
            assert told == [str(number) for number in range(1, len(told) + 1)]
