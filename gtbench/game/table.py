"""The table: one match in progress, and the only place where chance is resolved and moves are played.

Environments, the match runner, replay and tree walks in tests are thin drivers of a `Table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003
from typing import TYPE_CHECKING, Any, Self

import pyspiel

from gtbench.errors import BadOption
from gtbench.game.base import SEATS
from gtbench.game.view import View
from gtbench.game.words import number
from gtbench.scoring import charged

if TYPE_CHECKING:
    from gtbench.game.base import Game
    from gtbench.game.deal import Deal

MOST_DEALS = 5000
"""How many deals are listed at most."""

MATCH_OVER = "\nThe match is over. You earned {}, the opponent {}."
DRAWN_AT_RANDOM = " (drawn at random)"

ROUNDING = 1e-9

SEEDS_A_DEAL = 100
"""How many seeds are tried to find each; the last of 5,000 needs about nine times as many as there are."""

_ALONE = tuple((seat,) for seat in SEATS)
_CHANCE, _TERMINAL = int(pyspiel.PlayerId.CHANCE), int(pyspiel.PlayerId.TERMINAL)  # slow to compare as enums


class IllegalPlay(ValueError):
    """Not every seat to move, and no other, was given one legal action."""


class Table:
    """One match in progress: the engine's state, the deal's luck, and what each seat has been told."""

    __slots__ = (
        "_events", "_history", "_legal", "_lines", "_played", "_told", "_what_if",
        "deal", "game", "plies", "state", "to_move",
    )  # fmt: skip

    def __init__(self, game: Game, deal: Deal, *, start: Any = None) -> None:
        """`start` is an engine state in place of the deal's own, for what-if questions."""
        self.game, self.deal, self._what_if = game, deal, start is not None
        self.state: Any = game.start(deal) if start is None else start
        self.plies: list[dict[int, int]] = []
        """What was played so far: at each ply an action for every seat that was to move."""
        self._told = ["", ""]
        self._played: list[tuple[tuple[int, ...], tuple[str, str]]] = []  # what nobody has looked at yet
        self._events = self._lines = 0
        drawn = self._settle()
        self._history = None if self._what_if or game.sampled else drawn
        if game.opening_plies:
            for ply in range(game.opening_plies):
                self._open(ply)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._what_if:
            raise TypeError("a table with a start of its own cannot be pickled; copy() it")
        return _replayed, (
            type(self),
            self.game,
            self.deal,
            self.plies,
        )  # not every engine state can be saved

    def copy(self) -> Self:
        """A table in the same position, to be played on by itself."""
        twin = object.__new__(type(self))
        twin.game, twin.deal, twin.state = self.game, self.deal, self.state.clone()
        twin.to_move, twin.plies = self.to_move, self.plies.copy()
        twin._told, twin._played, twin._legal = self._told.copy(), self._played.copy(), self._legal
        twin._history, twin._events, twin._lines = self._history, self._events, self._lines
        twin._what_if = self._what_if
        return twin

    def after(self, plies: int) -> Table:
        """The table as it was after so many plies: itself if none has followed, else one replayed."""
        if len(self.plies) == plies:
            return self
        return _replayed(type(self), self.game, self.deal, self.plies[:plies])

    @property
    def over(self) -> bool:
        """Whether the engine has ended the match."""
        return not self.to_move

    @property
    def events(self) -> int:
        """How many chance events have been resolved."""
        return self._events

    @property
    def earned(self) -> tuple[float, float]:
        """What each seat has earned so far, in the game's own units; at the end, its payoff."""
        first, second = self.state.returns()
        return float(first), float(second)

    def legal(self, seat: int) -> list[int]:
        """The engine's ids of the seat's legal moves; none when it is not to move."""
        return self._legal.get(seat, [])

    def view(self, seat: int) -> View:
        """All that this seat may know now."""
        game, state = self.game, self.state
        history = self._history
        if self._played or history is None:
            history = self._tell()
        text = game.observe(state, seat)
        if not self.to_move:
            own, other = self.earned[seat], self.earned[1 - seat]
            text += MATCH_OVER.format(number(own), number(other))
        ids = self._legal.get(seat)
        legal, listed = game.legal_words(state, ids) if ids else ((), "")
        seen = game.mask(history, seat)
        name, rules, moves = game.constant[seat]
        parts = (
            name, seat, rules, self._told[seat], text, legal, listed, moves, seen, None, game.alternates,
        )  # fmt: skip
        view: View = tuple.__new__(View, parts)  # in half of the time that View(...) takes
        return view

    def play(self, actions: Mapping[int, int]) -> None:
        """Play one action for each seat to move, then resolve chance.

        Raises:
            IllegalPlay: Not every seat to move, and no other, has one legal action. Nothing has changed.
        """
        game, state, legal = self.game, self.state, self._legal
        if len(actions) != len(legal) or not legal:
            raise IllegalPlay(f"seats {self.to_move} are to move, not {tuple(actions)}")
        for seat, action in actions.items():
            if action not in legal.get(seat, ()):
                raise IllegalPlay(f"action {action} is not legal for seat {seat}; {self.to_move} are to move")
        first = self.to_move[0]
        if len(legal) == 1:
            ply: tuple[int, ...] = (actions[first],)
            state.apply_action(ply[0])
        else:
            ply = (actions[0], actions[1])
            game.apply(state, ply)
        ply += self._settle()
        lines = game.told[first].get(ply)
        if lines is None:
            words = {seat: game.moves[action] for seat, action in actions.items()}
            lines = game.tell_both(state, first, ply, words)
        self._played.append((ply, lines))
        self.plies.append({**actions})

    def _tell(self) -> tuple[int, ...]:
        """Add what was played since the last view to what each seat was told, and return the history."""
        number, (first, second) = self._lines, self._told
        whole: tuple[int, ...] = ()
        for ply, lines in self._played:
            number += 1
            whole += ply
            first += f"{number}{lines[0]}"
            second += f"{number}{lines[1]}"
        self._lines, self._told = number, [first, second]
        self._played.clear()
        known = self._history
        self._history = self.game.history(self.state) if known is None else known + whole
        return self._history

    def forfeit(self, seats: Sequence[int]) -> tuple[float, float]:
        """End a match that these seats forfeited, and return the rewards of both; it never pays to forfeit.

        A zero-sum match pays as its worst end for the offender. Another is played out on the deal's own luck
        as the other seat would like it best, so that a forfeit cannot cut short what the offender stands to
        lose; then the offender's rewards are annulled.
        """
        worst = self.game.forfeit_reward
        if self.game.zero_sum:
            return charged(seats, worst, None)
        while not self.over:
            act = self.game.forfeit_action
            self.play({seat: act(self.state, seat, offender=seat in seats) for seat in self.to_move})
        return charged(seats, worst, self.earned)

    def _open(self, ply: int) -> None:
        """Play one move of a random opening, none that ends the match."""
        if going_on := opening_moves(self.state):
            action = self.deal.draw(f"opening {ply}", [(action, 1 / len(going_on)) for action in going_on])
            self.play({self.to_move[0]: action})
            self.plies.clear()
            self._tell()
            self._told = [f"{told[:-1]}{DRAWN_AT_RANDOM}\n" for told in self._told]

    def _settle(self) -> tuple[int, ...]:
        """Resolve chance up to the next decision or the end, and return the outcomes."""
        state, game = self.state, self.game
        drawn: tuple[int, ...] = ()
        while (player := state.current_player()) == _CHANCE:
            outcome = self.deal.draw(game.chance_event(state, self._events), state.chance_outcomes())
            state.apply_action(outcome)
            self._events += 1
            drawn += (outcome,)
        self.to_move: tuple[int, ...]
        """The seats to be asked now, all at once: one, both where they move at once, none at the end."""
        self._legal: dict[int, list[int]]
        if player == _TERMINAL:
            self.to_move, self._legal = (), {}
        elif game.simultaneous:
            self.to_move, self._legal = SEATS, {seat: game.legal(state, seat) for seat in SEATS}
        else:
            self.to_move, self._legal = _ALONE[player], {player: game.legal(state, player)}
        return drawn


def _replayed(kind: type[Table], game: Game, deal: Deal, plies: Sequence[Mapping[int, int]]) -> Table:
    """A table from its pickled parts."""
    table = kind(game, deal)
    for actions in plies:
        table.play(actions)
    return table


def every_deal(game: Game) -> tuple[Deal, ...]:
    """A deal for each way in which chance can begin a match: 6 in Kuhn poker, 36 pairs of dice.

    All of them are equally likely. Of the many deals that begin alike it is the one with the lowest seed. A
    random opening is a part of a deal.

    Raises:
        BadOption: There are no such ways, too many, or some are likelier than others.
    """
    starts = _starts(game)
    found: dict[tuple[int, ...], Deal] = {}
    for seed in range(SEEDS_A_DEAL * starts):
        deal = game.deal(seed)
        found.setdefault(tuple(Table(game, deal).state.history()), deal)
        if len(found) == starts:
            return tuple(found.values())
    raise BadOption(
        f"the deals of {game} cannot be listed: most never come up; are its chance events named apart?"
    )


def _starts(game: Game) -> int:
    """In how many ways chance can begin a match."""
    if game.sampled:
        raise BadOption(f"the deals of {game} cannot be listed: they are sampled")
    chances: list[float] = []
    stack = [(game.engine.new_initial_state(), 1.0, game.opening_plies)]
    while stack and len(chances) <= MOST_DEALS:
        state, chance, plies = stack.pop()
        if state.is_chance_node():
            stack += [(state.child(o), chance * p, plies) for o, p in state.chance_outcomes()]
        elif plies:
            going_on = opening_moves(state)
            stack += [(state.child(a), chance / len(going_on), plies - 1) for a in going_on]
            chances += [] if going_on else [chance]
        else:
            chances.append(chance)
    if len(chances) > MOST_DEALS:
        raise BadOption(f"the deals of {game} cannot be listed: there are more than {MOST_DEALS}")
    if max(chances) - min(chances) > ROUNDING:
        raise BadOption(f"the deals of {game} cannot be listed: they are not equally likely")
    if len(chances) == 1 and not game.deterministic:
        raise BadOption(f"the deals of {game} cannot be listed: its luck comes as the match goes on")
    return len(chances)


def opening_moves(state: Any) -> list[int]:
    """The moves that a random opening draws from: every legal one that does not end the match."""
    return [int(action) for action in state.legal_actions() if not state.child(action).is_terminal()]
