"""What agents share that look ahead in the engine: the states they may be in, who moves, and a ply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.game.base import SEATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View


def worlds(game: Game, view: View, rng: Random) -> Iterator[Any]:
    """States that the seat may be in, each drawn by chance from all that agree with its view; without end."""
    if game.perfect:  # there is one, and a long history takes long to play again
        state = game.determinise(view.seen, view.seat, rng)
        while True:
            yield state.clone()
    while True:
        yield game.determinise(view.seen, view.seat, rng)


def movers(game: Game, state: Any) -> Sequence[int]:
    """The seats that are to move, both of them where neither may know the other's move."""
    return SEATS if game.simultaneous else (state.current_player(),)


def advance(state: Any, actions: Mapping[int, int]) -> None:
    """Play an action for each seat to move."""
    if state.is_simultaneous_node():
        state.apply_actions([actions[seat] for seat in SEATS])
    else:
        for seat in sorted(actions):  # where both move at once, the engine asks seat 0 first
            state.apply_action(actions[seat])
