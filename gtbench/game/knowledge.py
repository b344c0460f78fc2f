"""What a seat may know of a match, in the engine's terms: as a name, as its history, and as numbers."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pyspiel
from open_spiel.python.observation import make_observation

from gtbench.game.engine import EngineGame

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from random import Random

    from numpy.typing import NDArray

    from gtbench.records import Parameter

MOST_DRAWS = 10_000
"""How often hidden luck is drawn at most until it agrees with what a seat has seen."""


class KnownGame(EngineGame):
    """An OpenSpiel game, and what each seat may know of a match."""

    def __init__(self, /, **parameters: Parameter) -> None:
        super().__init__(**parameters)
        self._informed: bool = self.engine.get_type().provides_information_state_tensor

    def information(self, state: Any, seat: int) -> Hashable:
        """What a seat may know, by the engine's own account; the check compares views with it."""
        if self.perfect:
            return (str(state), *state.history())
        if self.engine.get_type().provides_information_state_string:
            return str(state.information_state_string(seat))
        raise TypeError(f"{self.name} does not say what a seat may know: its engine has no information state")

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        """What a seat knows of a match, given its `history`, for players that compute.

        In a game of perfect information all of it; otherwise a game says it: as a rule None in place of each
        outcome of chance that the seat may not know. Empty where nothing is said.
        """
        return history if self.perfect else ()

    @final
    def seen(self, state: Any, seat: int) -> tuple[int | None, ...]:
        """What a seat knows in a state, as the engine's numbers."""
        return self.mask(self.history(state), seat)

    def determinise(self, seen: Sequence[int | None], seat: int, rng: Random) -> Any:
        """A state that a seat may be in, drawn by chance from all those that agree with what it has seen.

        Hidden outcomes are drawn as chance draws them, and a draw after which a known entry is not possible
        is thrown away. What the players may have meant by their moves plays no part. The states come up with
        exactly their conditional probabilities wherever what is hidden decides only whether a later known
        outcome is possible, never how likely it then is, as with cards and dice; another game overrides this.

        Args:
            seen: What `seen` says to the seat, of a state in which a player is to move or the match is over.
            seat: The seat.
            rng: The luck of the draw.

        Raises:
            TypeError: The game does not say what a seat has seen.
            ValueError: No state agrees with it.
        """
        for _ in range(MOST_DRAWS):
            state = replay(self.engine.new_initial_state(), seen, rng)
            if state is not None:
                if state.is_chance_node():
                    raise TypeError(f"{self.name} does not say what a seat has seen: write its Game.mask")
                return state
        raise ValueError(f"no state of {self} was found in which seat {seat} has seen {tuple(seen)}")

    def twin(self, start: Any, seat: int, number: int) -> Any:
        """A start of a match that differs only in what the seat may not know, or None.

        For games whose deals hardly ever agree in all that a seat knows, so that the check of secrecy would
        find nothing to compare; `number` counts the twins of one start.
        """
        return None

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """What the seat may know as numbers: the engine's information state where it has one."""
        return self._reader.read(state, seat)

    @cached_property
    def _reader(self) -> _Reader:
        return _Reader(self.engine, informed=self._informed)

    def tensor_high(self) -> NDArray[np.float32]:
        """The upper bound of each number in `tensor`; the lower bound is 0."""
        return np.ones_like(self.tensor(self.play_out(), 0))


class _Reader(threading.local):
    """Reads the engine's tensor through a buffer that each thread has for itself; a list takes far longer."""

    def __init__(self, engine: Any, *, informed: bool) -> None:
        shape = engine.information_state_tensor_shape() if informed else engine.observation_tensor_shape()
        observer = make_observation(engine, pyspiel.IIGObservationType(perfect_recall=informed))
        fill, buffer = observer.set_from, observer.tensor.reshape(shape)

        def read(state: Any, seat: int) -> NDArray[np.float32]:
            fill(state, seat)
            numbers: NDArray[np.float32] = buffer.copy()
            return numbers

        self.read = read
        """What a seat may know in a state; to look up once what is a thread's own is quicker than twice."""


def replay(state: Any, history: Sequence[int | None], rng: Random) -> Any:
    """The state after these entries of an engine's history, or None where one of them is not possible.

    Where an entry is None, chance draws. The state is played on, not copied.
    """
    entries = iter(history)
    for entry in entries:
        if state.is_simultaneous_node():
            both = [entry, next(entries)]
            if any(action not in state.legal_actions(seat) for seat, action in enumerate(both)):
                return None
            state.apply_actions(both)
        elif entry is None:
            outcomes, chances = zip(*state.chance_outcomes(), strict=True)
            state.apply_action(int(rng.choices(outcomes, chances)[0]))
        elif entry in state.legal_actions():
            state.apply_action(entry)
        else:
            return None
    return state
