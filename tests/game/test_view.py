"""What a seat sees, as one text and in parts."""

from __future__ import annotations

from random import Random

import pytest

import gtbench
from gtbench.game.table import Table
from gtbench.game.view import state_in

NAMES = list(gtbench.list_games())
SKINS = [f"{name}[skin={skin}]" for name in NAMES for skin in gtbench.load_game(name).skins()]


@pytest.mark.parametrize("name", [*NAMES, *SKINS])
def test_the_state_is_found_again_in_the_text_of_a_view(name: str) -> None:
    game, luck = gtbench.load_game(name), Random(0)
    table = Table(game, game.deal(3))
    while not table.over:
        for seat in table.to_move:
            view = table.view(seat)
            assert state_in(view.text) == view.state
        table.play({seat: luck.choice(table.legal(seat)) for seat in table.to_move})
