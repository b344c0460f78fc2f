"""At most how long a text of a game is: the bound that an environment's space of texts has.

It is worked out from the game's own words. What `tell` says by default is as long as its moves, and where the
players move strictly in turn, a text has those moves alone. Whatever else a text is made of, the state, the
list of moves, a line of a game's own, is fixed words around a few numbers or moves: it is taken to grow to no
more than twice its length at the start, and some more for what is short then. The judge of games
(`gtbench.check`) finds a game for which that is not so.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from gtbench.game.base import SEATS, Game
from gtbench.game.past import LONGEST_TITLE
from gtbench.game.table import DRAWN_AT_RANDOM, MATCH_OVER
from gtbench.game.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

GROWTH = 2
"""How many times as long as at the start a state or a list can be."""
ROOM = 100
"""Characters beside, for numbers that are short at the start."""
SAMPLED = 8
"""How many deals of a game that is dealt by sampling are looked at."""
NUMBER = 24
"""The characters of the longest payoff."""


def longest_text(game: Game, max_cycles: int | None = None) -> int:
    """At most how many characters `View.text` has, if no more than `max_cycles` plies are played."""
    starts = _starts(game)
    state = max(len(game.observe(start, seat)) for start in starts for seat in SEATS)
    listed = max(len(game.legal_words(start, game.legal(start, _mover(start)))[1]) for start in starts)
    view = View(
        game="", seat=0, rules="", legal=("",), moves=(), seen=(),
        told="1. " + "x" * (LONGEST_TITLE + _longest_history(game, starts, max_cycles)),
        state="x" * (GROWTH * state + ROOM + len(MATCH_OVER) + len(SEATS) * NUMBER),
        listed="x" * min(GROWTH * listed + ROOM, len(", ".join(game.vocabulary)) + ROOM),
    )  # fmt: skip
    return len(view.text)


def _longest_history(game: Game, starts: Sequence[Any], max_cycles: int | None) -> int:
    """At most how many characters a seat has been told."""
    plies: int = game.most_plies
    if max_cycles is not None:
        plies = min(max_cycles + game.opening_plies, plies)
    drawn = game.opening_plies * len(DRAWN_AT_RANDOM)
    if game.alternates and type(game).tell is Game.tell:  # then `compact` leaves the moves alone
        return plies * (len(max(game.vocabulary, key=len)) + len(", ")) + drawn
    numbers = sum(len(str(number)) for number in range(1, plies + 1))
    around = len(f". {''}\n")
    return numbers + plies * (_longest_line(game, starts) + around) + drawn


def _longest_line(game: Game, starts: Sequence[Any]) -> int:
    """At most how many characters `tell` says of a ply."""
    if type(game).tell is Game.tell:
        longest = {0: max(game.vocabulary, key=len)}
        return max(len(game.tell(starts[0], longest, seat)) for seat in SEATS)
    return GROWTH * max(
        len(game.tell(after, words, seat))
        for start in starts
        for after, words in _first_plies(game, start)
        for seat in SEATS
    )


def _first_plies(game: Game, start: Any) -> list[tuple[Any, dict[int, str]]]:
    """What can be played first, each seat's first or last legal move, in words; and the state after it."""
    seats = SEATS if game.simultaneous else (_mover(start),)
    plies = []
    legal = [game.legal(start, seat) for seat in seats]
    for actions in itertools.product(*({moves[0], moves[-1]} for moves in legal)):
        after = start.clone()
        game.apply(after, actions)
        for last in (0, -1):
            words = {seat: game.moves[action] for seat, action in zip(seats, actions, strict=True)}
            plies.append((_settled(after.clone(), last), words))
    return plies


def _starts(game: Game) -> list[Any]:
    """Where a player is first to move: after the first and the last outcome of each chance event.

    What the engine samples has no list of outcomes; there it is some deals, always the same ones, so that
    equal games have equal bounds.
    """
    if game.sampled:
        return [_settled(game.start(game.deal(seed)), 0) for seed in range(SAMPLED)]
    return [_settled(game.engine.new_initial_state(), last) for last in (0, -1)]


def _settled(state: Any, last: int) -> Any:
    """The state once chance has taken its first or its last outcomes."""
    while state.is_chance_node():
        state.apply_action(state.chance_outcomes()[last][0])
    return state


def _mover(state: Any) -> int:
    """A seat that is to move."""
    return max(0, int(state.current_player()))
