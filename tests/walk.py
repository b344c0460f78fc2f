"""Walks over whole game trees, through the same `Table` that matches use."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game
    from gtbench.game.deal import Deal


def replayed(game: Game, deal: Deal, plies: tuple[tuple[int, ...], ...]) -> Table:
    """The table after these plies, each of them one action for every seat to move."""
    table = Table(game, deal)
    for actions in plies:
        table.play(dict(zip(table.to_move, actions, strict=True)))
    return table


def tables(game: Game, deal: Deal, depth: int) -> Iterator[Table]:
    """Every table that legal play on a deal can reach within some plies, each once a path."""
    stack = [Table(game, deal)]
    while stack:
        table = stack.pop()
        yield table
        if not table.over and len(table.plies) < depth:
            for actions in itertools.product(*(table.legal(seat) for seat in table.to_move)):
                following = table.copy()
                following.play(dict(zip(table.to_move, actions, strict=True)))
                stack.append(following)
