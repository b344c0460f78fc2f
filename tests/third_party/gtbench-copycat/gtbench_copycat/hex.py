"""Hex on a small board, with an oracle, an error of play and words of its own: all of a game in one file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gtbench import Game
from gtbench.game.oracle import Oracle
from gtbench.game.questions import how_many
from gtbench.labels import About, Label, Slip

LEFT_MIDDLE = "left_middle"


class Hex(Game):
    """Hex in words."""

    name, title, engine_name = "hex", "Hex", "hex"
    defaults: ClassVar[Mapping[str, Any]] = {"board_size": 3}
    allowed: ClassVar[Mapping[str, tuple[int, int]]] = {"board_size": (2, 3)}
    paper_class, abilities = "complete, deterministic, dynamic", ("board",)
    oracle_class = "gtbench_copycat.hex:HexOracle"
    labels: ClassVar[Mapping[str, About]] = {
        LEFT_MIDDLE: About("the middle was free and wins, and a losing cell was taken", Slip.OVER_CONFIDENCE)
    }
    form = 'a cell, such as "a1"'
    questions = (
        how_many(
            "stones",
            "how many stones are on the board",
            lambda state, _: len(state.history()),
            slip=Slip.CALCULATION_ERROR,
            said=("the number of stones is",),
        ),
    )

    def name_moves(self) -> tuple[str, ...]:
        start = self.engine.new_initial_state()
        return tuple(start.action_to_string(0, action) for action in range(self.num_actions))

    def write_rules(self, seat: int) -> str:
        size = self.parameters["board_size"]
        stone, sides = (("x", "top and bottom"), ("o", "left and right"))[seat]
        return (
            f"Hex on a board of {size} columns (a, b, ...) and {size} rows (1, 2, ...), each row half a cell "
            "to the right of the one above it. The players take turns to put a stone on a free cell. "
            "A player wins that connects its two sides of the board by a chain of neighbouring stones. "
            "The first player's stones are x, the second player's are o. "
            f"A move is {self.form}.\n"
            f'Your stones are "{stone}", and your sides are {sides}.'
        )

    def observe(self, state: Any, seat: int) -> str:
        return str(state)

    def picture(self, state: Any) -> str:
        return str(state)


class HexOracle(Oracle[Hex]):
    """Perfect play, by looking at every way to go on; a position is told by its stones."""

    yardstick = "perfect play"
    certifies = "Every value is the outcome with perfect play of both."

    def __init__(self, game: Hex) -> None:
        super().__init__(game)
        self._known: dict[str, float] = {}

    def _worth(self, state: Any) -> float:
        """What a position is worth to seat 0."""
        if state.is_terminal():
            return float(state.returns()[0])
        stones = str(state)
        if stones not in self._known:
            after = [self._worth(state.child(action)) for action in state.legal_actions()]
            self._known[stones] = min(after) if state.current_player() else max(after)
        return self._known[stones]

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        sign = -1 if seat else 1
        return {action: sign * self._worth(state.child(action)) for action in state.legal_actions()}

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        middle = self.game.num_actions // 2
        own = (LEFT_MIDDLE,) if values.get(middle) == max(values.values()) else ()
        return (Label.WON_TO_LOST, *own)
