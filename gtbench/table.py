"""The table: one match in progress, and the only place where chance is resolved and moves are played.

Environments, the match runner, replay and tree walks in tests are thin drivers of a `Table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyspiel

from gtbench.records import PLAYERS

if TYPE_CHECKING:
    from gtbench.game import Deal, Game
    from gtbench.records import Fault

SEATS = tuple(range(PLAYERS))


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the last answer to the same question was not taken."""

    reply: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class View:
    """All that one seat may know: a function of its information set, and the only thing agents are given.

    `legal` holds the seat's legal moves in words, empty when it is not to move; `moves` holds every move of
    the game, legal now or not.
    `objection` is set when the seat is asked again because its last answer was faulty.
    """

    game: str
    seat: int
    rules: str
    history: tuple[str, ...]  # what was told to this seat, oldest first
    state: str
    legal: tuple[str, ...]
    moves: tuple[str, ...]
    objection: Objection | None = None

    @property
    def text(self) -> str:
        """History, state and legal moves as one text; the rules stand apart since they never change."""
        lines = [f"{number}. {line}" for number, line in enumerate(self.history, 1)]
        parts = ["History:\n" + ("\n".join(lines) if lines else "(nothing yet)"), self.state]
        if self.legal:
            parts.append("Legal moves: " + ", ".join(self.legal))
        return "\n\n".join(parts)


class Table:
    """One match in progress: the engine's state, the deal's luck, and what each seat has been told."""

    __slots__ = ("_events", "_told", "deal", "game", "state", "to_move")

    def __init__(self, game: Game, deal: Deal) -> None:
        self.game, self.deal = game, deal
        self.state: Any = game.engine.new_initial_state()
        self.to_move: tuple[int, ...] = ()
        """The seats to be asked now, all at once: one, both at a simultaneous node, none at the end."""
        self._told: tuple[list[str], list[str]] = ([], [])
        self._events = 0
        self._settle()

    @property
    def over(self) -> bool:
        """Whether the engine has ended the match."""
        return not self.to_move

    @property
    def earned(self) -> tuple[float, float]:
        """What each seat has earned so far, in the game's own units; at the end, its payoff."""
        first, second = self.state.returns()
        return float(first), float(second)

    def legal(self, seat: int) -> list[int]:
        """The engine's ids of the seat's legal moves; none when it is not to move."""
        return list(self.state.legal_actions(seat)) if seat in self.to_move else []

    def view(self, seat: int) -> View:
        """All that this seat may know now."""
        game, state = self.game, self.state
        text = game.observe(state, seat)
        if self.over:
            own, other = self.earned[seat], self.earned[1 - seat]
            text += f"\nThe match is over. You earned {own:g}, the opponent {other:g}."
        legal = tuple(game.say(state, seat, action) for action in self.legal(seat))
        return View(game.name, seat, game.rules(seat), tuple(self._told[seat]), text, legal, game.moves)

    def play(self, actions: Mapping[int, int]) -> None:
        """Play one action for each seat to move, then resolve chance.

        Raises:
            ValueError: Not every seat to move, and no other, has one legal action. Nothing has changed.
        """
        if tuple(sorted(actions)) != self.to_move:
            raise ValueError(f"seats {self.to_move} are to move, not {tuple(actions)}")
        for seat, action in actions.items():
            if action not in self.state.legal_actions(seat):
                raise ValueError(f"action {action} is not legal for seat {seat}")
        said = {seat: self.game.say(self.state, seat, action) for seat, action in actions.items()}
        if len(actions) == 1:
            self.state.apply_action(*actions.values())
        else:
            self.state.apply_actions([actions[seat] for seat in SEATS])
        for seat in SEATS:
            self._told[seat].append(self.game.tell(self.state, said, seat))
        self._settle()

    def forfeit(self, seats: Sequence[int]) -> tuple[float, float]:
        """End a match that these seats forfeited, and return the rewards of both; it never pays to forfeit.

        A zero-sum match pays as its worst end for the offender. Another is played out on the deal's own luck
        as the other seat would like it best, so that a forfeit cannot cut short what the offender stands to
        lose; then the offender's rewards are annulled.
        """
        low, high = self.game.engine.min_utility(), self.game.engine.max_utility()
        if self.game.zero_sum:
            first, second = (low if seat in seats else high for seat in SEATS)
            return first, second
        while not self.over:
            act = self.game.forfeit_action
            self.play({seat: act(self.state, seat, offender=seat in seats) for seat in self.to_move})
        first, second = (low if seat in seats else self.earned[seat] for seat in SEATS)
        return first, second

    def _settle(self) -> None:
        """Resolve chance up to the next decision or the end."""
        state = self.state
        while (player := state.current_player()) == pyspiel.PlayerId.CHANCE:
            state.apply_action(self.deal.draw(str(self._events), state.chance_outcomes()))
            self._events += 1
        if player >= 0:
            self.to_move = (player,)
        else:
            self.to_move = SEATS if player == pyspiel.PlayerId.SIMULTANEOUS else ()
