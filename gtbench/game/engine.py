"""A game as its engine (OpenSpiel) knows it: its parameters, its tree, its luck and its payoffs.

The engine is the authority on all of them. What a seat may know is in `gtbench.game.knowledge`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pyspiel

from gtbench import names
from gtbench.errors import BadOption, suggestion
from gtbench.game.deal import Deal
from gtbench.game.fact import fact
from gtbench.game.parameters import typed
from gtbench.records import PayoffRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.records import Parameter

OPENING_PLIES = 2
"""The length of a random opening."""


class EngineGame:
    """An OpenSpiel game for two seats, with its parameters; `gtbench.Game` adds the words.

    It overrides the engine only where gtbench asks or deals otherwise than the engine does by itself.
    """

    name: ClassVar[str]
    """The name in gtbench, such as "kuhn_poker"; a skin has the name of its game."""
    skin: ClassVar[str] = ""
    """The skin's name; empty for the game as it is known."""
    engine_name: ClassVar[str]
    """The name in OpenSpiel."""
    defaults: ClassVar[Mapping[str, Parameter]] = {}
    """Every parameter that can be set, and its value in the paper."""
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """What numbers and texts may be: (lowest, highest) of numbers, every value of texts."""
    asked_at_once: ClassVar[bool] = False
    """The engine asks seat 0, then seat 1, but neither may know the other's move: both are asked at once."""

    def __init__(self, /, **parameters: Parameter) -> None:
        self.parameters = self.checked(parameters)
        self.engine: Any = self.load_engine()
        kind = self.engine.get_type()
        self.zero_sum: bool = kind.utility == pyspiel.GameType.Utility.ZERO_SUM
        self.simultaneous: bool = (
            self.asked_at_once or kind.dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS
        )
        self.deterministic: bool = kind.chance_mode == pyspiel.GameType.ChanceMode.DETERMINISTIC
        self.perfect: bool = kind.information == pyspiel.GameType.Information.PERFECT_INFORMATION
        self.num_actions: int = self.engine.num_distinct_actions()
        self.opening_plies: int = OPENING_PLIES if self.parameters.get("opening") == "random" else 0

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """All parameters: those given, each in the type of its default, and the defaults of the rest."""
        return dict(self.defaults) | {name: self._checked(name, value) for name, value in parameters.items()}

    def _checked(self, name: str, value: Parameter) -> Parameter:
        """A parameter's value in the type of its default."""
        if name not in self.defaults:
            known = suggestion(name, self.defaults, listed=True)
            raise BadOption(f"{self.name} has no parameter {name!r}{known}")
        return typed(f"{self.name}: {name}", value, self.defaults[name], self.allowed.get(name))

    def load_engine(self) -> Any:
        """The engine's game; called once. What the engine would not take has been refused before."""
        known = pyspiel.load_game(self.engine_name).get_type().parameter_specification
        return pyspiel.load_game(self.engine_name, {k: v for k, v in self.parameters.items() if k in known})

    def __reduce__(self) -> tuple[Any, ...]:
        return _load, (type(self), self.parameters)  # an engine of the Python kind cannot be pickled

    def __str__(self) -> str:
        """The name with the skin and each parameter that is not the default: `nim[pile_sizes=2;4;6]`."""
        changed = [
            f"{name}={names.show_value(value)}"
            for name, value in sorted(self.parameters.items())
            if value != self.defaults[name]
        ]
        changed += [f"skin={self.skin}"] if self.skin else []
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    @property
    def engine_type(self) -> str:
        """What the engine says of the game: "sequential, deterministic, perfect information, zero-sum"."""
        kind = self.engine.get_type()
        words = (kind.dynamics, kind.chance_mode, kind.information, kind.utility)
        said = ", ".join(word.name.lower().replace("_", " ") for word in words)
        return said.replace("explicit stochastic", "stochastic").replace(" sum", "-sum")

    def deal(self, seed: int) -> Deal:
        """The deal with this seed."""
        return Deal(self.engine_name, seed)

    @fact
    def most_plies(self) -> int:
        """After how many plies every match is over, or all but one in 10**30."""
        return int(self.engine.max_game_length())

    @fact
    def sampled(self) -> bool:
        """Whether the start of a match is drawn otherwise than at the engine's chance nodes."""
        return False

    def start(self, deal: Deal) -> Any:
        """The engine's initial state on a deal, before its chance nodes."""
        return self.engine.new_initial_state()

    def chance_event(self, state: Any, number: int) -> str:
        """The name under which the deal draws this chance node; `number` counts the match's from 0.

        A name that tells where in the game the node is, rather than how many came before, gives a seat the
        same luck whatever the other has done.
        """
        return str(number)

    def legal(self, state: Any, seat: int) -> list[int]:
        """The engine's ids of a seat's legal moves; none when it is not to move."""
        if seat == 1 and self.asked_at_once and state.current_player() == 0:
            state = state.child(state.legal_actions()[0])
        legal: list[int] = state.legal_actions(seat)
        return legal

    def apply(self, state: Any, ply: Sequence[int]) -> None:
        """Play one ply in a state: one action, or both seats' where they move at once."""
        if len(ply) > 1 and not self.asked_at_once:
            state.apply_actions(list(ply))
        else:
            for action in ply:
                state.apply_action(action)

    def history(self, state: Any) -> tuple[int, ...]:
        """The whole match as numbers: what was dealt beforehand, if anything, and the engine's history."""
        return tuple(state.history())

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

    range_text: ClassVar[str] = "the lowest and the highest payoff of the engine's game"
    """What `payoff_range` is, as the game's card says it: "between ..."."""

    def payoff_range(self, state: Any, seat: int) -> PayoffRange:
        """Between which payoffs the seat could have ended this match; `state` is the match's end.

        The score of a match is the payoff as a share of it. A range depends on the deal's luck only, never
        on what was played, so that nobody's score can be raised by lowering what there was to get.
        """
        return PayoffRange(low=self.engine.min_utility(), high=self.engine.max_utility())

    def cut_off(self, state: Any) -> bool:
        """Whether a match was ended by a limit on its length, and not as its rules have it end."""
        return False

    @fact
    def forfeit_reward(self) -> float:
        """What a seat gets that forfeited: the lowest payoff that the engine gives."""
        return float(self.engine.min_utility())

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        """What a seat is taken to play for the rest of a match that was forfeited.

        Asked only in games that are not zero-sum: the offender's moves are to be the best for the other seat,
        and the other's the best against them. See `gtbench.game.table.Table.forfeit`.
        """
        raise TypeError(f"{self.name} does not say how a forfeited match is played out")


def _load(kind: type[EngineGame], parameters: dict[str, Parameter]) -> EngineGame:
    """A game from its pickled parts."""
    return kind(**parameters)
