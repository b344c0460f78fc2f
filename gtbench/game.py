"""A game: an OpenSpiel game told in words.

The engine (OpenSpiel) is the authority on rules, legality, chance and payoffs. A `Game` adds the language:
what a seat reads (`rules`, `observe`, `tell`), what a move is called (`say`) and which move an answer names
(`hear`). Whatever a text states about the game is read off the loaded engine, never written down twice.

Not here: whose turn it is and what has happened so far (`gtbench.table`), or how an answer is found in a
reply (`gtbench.reply`).
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyspiel

from gtbench.errors import BadOption, FaultKind, suggestion
from gtbench.records import PLAYERS, Fault, Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

WRAPPING = " \t\"'`*_~.,;:!()[]{}<>\u201c\u201d\u2018\u2019\u00ab\u00bb"
"""What may stand around a move without changing it: quotes, brackets, markdown emphasis, punctuation."""

QUOTED_CHARACTERS = 60
"""How much of an answer is quoted back in a fault."""


def derive(*parts: object, bits: int = 48) -> int:
    """A whole number below 2**bits that depends on each of the parts, and on nothing else."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> (64 - bits)


def quote(text: str) -> str:
    """The beginning of a player's words in double quotes, as ASCII and not too long."""
    return json.dumps(text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "...")


def normalise(answer: str) -> str:
    """An answer without what does not change the move: case, spacing and wrapping."""
    return " ".join(answer.casefold().strip(WRAPPING + "\r\n").split())


@dataclass(frozen=True, slots=True)
class Deal:
    """A game's luck: every chance event is drawn from (seed, event), whatever the order of play.

    Two tables on the same deal get the same luck at the same event, so the two matches of a seat-swapped
    pair, and every pair of agents, meet the same cards.
    """

    game: str  # the engine's name, so that variants and skins of a game share their luck
    seed: int

    def uniform(self, event: str) -> float:
        """The event's number in [0, 1)."""
        return derive(self.game, self.seed, event, bits=53) / (1 << 53)

    def draw(self, event: str, outcomes: Sequence[tuple[int, float]]) -> int:
        """The event's outcome, among (outcome, probability) pairs."""
        luck = self.uniform(event)
        for outcome, probability in outcomes:
            luck -= probability
            if luck < 0:
                return int(outcome)
        return int(outcomes[-1][0])  # probabilities that sum to just under 1


class Game(ABC):
    """An OpenSpiel game for two seats, told in words; a subclass is one game.

    Args:
        parameters: Settings of the engine's game, by the names in `defaults`.

    Raises:
        BadOption: A parameter has a name or a value that this game does not take.

    A game holds no state of play: one object serves any number of matches at once.
    """

    name: ClassVar[str]
    """The name in gtbench, such as "kuhn_poker"."""
    title: ClassVar[str]
    """The name in prose, such as "Kuhn Poker"."""
    engine_name: ClassVar[str]
    """The name in OpenSpiel."""
    defaults: ClassVar[Mapping[str, Parameter]] = {}
    """Every parameter that can be set, and its value in the paper."""
    paper_class: ClassVar[str]
    """The paper's label, which need not agree with the engine's type."""
    abilities: ClassVar[tuple[str, ...]]
    """What the paper says the game asks for: board, math, bluff, bids, collaboration."""
    moves: tuple[str, ...]
    """The canonical form of every move in any state, lower-case, by the engine's action id."""
    synonyms: frozenset[str] = frozenset()
    """Other lower-case forms that `spellings` can give a move."""

    def __init__(self, **parameters: Parameter) -> None:
        self.parameters = self.checked(parameters)
        self.engine: Any = pyspiel.load_game(self.engine_name, self.parameters)
        self.zero_sum: bool = self.engine.get_type().utility == pyspiel.GameType.Utility.ZERO_SUM
        self.simultaneous: bool = self.engine.get_type().dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS
        self.num_actions: int = self.engine.num_distinct_actions()
        if len(self.moves) != self.num_actions:
            raise TypeError(
                f"{self.name} names {len(self.moves)} moves, but its engine has {self.num_actions}"
            )
        self._rules = {seat: self.write_rules(seat) for seat in range(PLAYERS)}

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """All parameters: those given, each in the type of its default, and the defaults of the rest."""
        return dict(self.defaults) | {name: self._checked(name, value) for name, value in parameters.items()}

    def _checked(self, name: str, value: Parameter) -> Parameter:
        """A parameter's value in the type of its default."""
        if name not in self.defaults:
            raise BadOption(f"{self.name} has no parameter {name!r}{suggestion(name, self.defaults)}")
        wanted = type(self.defaults[name])
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is not wanted:
            raise BadOption(f"{self.name}: {name} is {TYPE_NAMES[wanted]}, not {value!r}")
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return _load, (type(self), self.parameters)  # an engine of the Python kind cannot be pickled

    def __str__(self) -> str:
        """The name with each parameter that is not the default: `nim[pile_sizes=2;4;6]`."""
        changed = [f"{k}={v}" for k, v in sorted(self.parameters.items()) if v != self.defaults[k]]
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    def deal(self, seed: int) -> Deal:
        """The deal with this seed."""
        return Deal(self.engine_name, seed)

    def rules(self, seat: int) -> str:
        """The rules as a seat reads them."""
        return self._rules[seat]

    # What a seat reads. All of it ASCII.

    @abstractmethod
    def write_rules(self, seat: int) -> str:
        """The whole of the rules, with the seat's own facts and no advice; called once a seat."""

    @abstractmethod
    def observe(self, state: Any, seat: int) -> str:
        """The current state as this seat may know it."""

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        """One line of history for a seat, about moves just made; `state` is what they led to."""
        ((mover, move),) = moves.items()
        return f"You: {move}" if mover == seat else f"Opponent: {move}"

    @abstractmethod
    def picture(self, state: Any) -> str:
        """The whole state as a spectator sees it, hidden cards included: no seat ever reads this."""

    # Moves in words.

    @property
    @abstractmethod
    def form(self) -> str:
        """How a move is written, for the rules and for a player that wrote it otherwise."""

    def say(self, state: Any, seat: int, action: int) -> str:
        """The one canonical form of a move."""
        return self.moves[action]

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        """Every lower-case form in which a legal move is understood now, the canonical one first."""
        return (self.say(state, seat, action),)

    def hear(self, state: Any, seat: int, answer: str) -> int | Fault:
        """The legal action that an answer names, or why it names none.

        The answer must be one move and nothing else, give or take case, spacing and wrapping; a move inside
        a sentence is not looked for, since the sentence may reject it.
        """
        legal = {
            spelling: action
            for action in state.legal_actions(seat)
            for spelling in self.spellings(state, seat, action)
        }
        said, quoted = normalise(answer), quote(answer.strip())
        if said in legal:
            return int(legal[said])
        vocabulary = {*self.moves, *self.synonyms}
        if said in vocabulary:
            return Fault(kind=FaultKind.ILLEGAL, detail=f"{quoted} is not a legal move now.")
        named = {
            legal.get(word, word)
            for word in vocabulary
            if re.search(rf"(?<![\w'\u2019]){re.escape(word)}(?![\w'\u2019])", said)
        }
        if len(named) > 1:
            return Fault(kind=FaultKind.AMBIGUOUS, detail=f"{quoted} names more than one move.")
        return Fault(kind=FaultKind.UNPARSABLE, detail=f"{quoted} is not a move. A move is {self.form}.")

    # Numbers, for learners.

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """What the seat may know as numbers: the engine's information state where it has one."""
        if self.engine.get_type().provides_information_state_tensor:
            values, shape = state.information_state_tensor(seat), self.engine.information_state_tensor_shape()
        else:
            values, shape = state.observation_tensor(seat), self.engine.observation_tensor_shape()
        return np.asarray(values, np.float32).reshape(shape)

    def tensor_high(self) -> NDArray[np.float32]:
        """The upper bound of each number in `tensor`; the lower bound is 0."""
        return np.ones_like(self.tensor(self.play_out(), 0))

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        """What a seat is taken to play for the rest of a match that was forfeited.

        Asked only in games that are not zero-sum: the offender's moves are to be the best for the other seat,
        and the other's the best against them. See `gtbench.table.Table.forfeit`.
        """
        raise TypeError(f"{self.name} does not say how a forfeited match is played out")

    def play_out(self, actions: Sequence[int] = ()) -> Any:
        """The state after these actions, for reading facts off the engine; chance takes its first outcomes.

        Each simultaneous node takes two of the actions, seat 0's first.
        """
        state, actions = self.engine.new_initial_state(), list(actions)
        while not state.is_terminal():
            if state.is_chance_node():
                state.apply_action(int(state.chance_outcomes()[0][0]))
            elif not actions:
                break
            elif state.is_simultaneous_node():
                state.apply_actions([actions.pop(0), actions.pop(0)])
            else:
                state.apply_action(actions.pop(0))
        return state


def _load(kind: type[Game], parameters: dict[str, Parameter]) -> Game:
    """A game from its pickled parts."""
    return kind(**parameters)
