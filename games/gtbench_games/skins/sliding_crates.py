"""Sliding Crates: crates of tea and of salt slide along lanes to a wall; a line of one kind wins.

skin of   connect_four
moves     a lane ("lane c"); also "c", "push lane c", "push into lane c"
remapped  column 1 is lane a, row 1 the place at the wall; drawn with each lane as a line from the wall
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.questions import Question, renamed
from gtbench_games.connect_four import MARKS, ConnectFour

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

LANES = "abcdefghijkl"  # by action
CRATES = "TS"  # by seat
GOODS = ("tea", "salt")
STAMPS = str.maketrans(MARKS, CRATES)


class SlidingCrates(ConnectFour):
    """Connect Four as crates that slide along lanes."""

    skin = "sliding_crates"
    prose_class = ""
    title = "Sliding Crates"
    form = '"lane", then the lane\'s letter, such as "lane b"'
    language = "(?:(?:push (?:into )?)?lane )?([a-z])"
    placed = "how many crates are in the lanes, those of both players"

    def name_moves(self) -> tuple[str, ...]:
        return tuple(f"lane {letter}" for letter in LANES[: self.num_actions])

    def write_rules(self, seat: int) -> str:
        lanes = self._lanes(self.play_out())
        places = len(lanes[0])
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        order = "first" if seat == 0 else "second"
        return (
            f"Sliding Crates, for two players, with {len(lanes)} lanes side by side, {LANES[0]} to "
            f"{LANES[len(lanes) - 1]}, of {places} places each, from 1 at the wall to {places} at the open "
            "end.\n"
            f"The players take turns. One has crates of {GOODS[0]} ({CRATES[0]}) and moves first, the other "
            f"crates of {GOODS[1]} ({CRATES[1]}). A move pushes an own crate into a lane that is not full; "
            "it slides to the free place with the lowest number.\n"
            f"A player with {self.parameters['x_in_row']} own crates in a line without a gap wins: along "
            "a lane, across neighbouring lanes at one place, or slanting, each place 1 higher, or each 1 "
            "lower, than in the lane before. If all places are taken and nobody has won, the match is a "
            "draw.\n"
            f"A win pays {win:g}, a draw 0, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You have {GOODS[seat]} ({CRATES[seat]}) and move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return f"{self.picture(state)}\nYou have {GOODS[seat]} ({CRATES[seat]})."

    def picture(self, state: Any) -> str:
        lanes = self._lanes(state)
        places = " ".join(f"{place:>2}" for place in range(1, len(lanes[0]) + 1))
        lines = [f"{move} |  {'  '.join(lane)}" for move, lane in zip(self.moves, lanes, strict=True)]
        return "\n".join([f"place   {places}", *lines])

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        return ", ".join(legal)

    def draw(self, state: Any) -> str:
        lanes = self._lanes(state)
        crates = {crate: svg.tile(crate, seat) for seat, crate in enumerate(CRATES)}
        places = [str(place) for place in range(1, len(lanes[0]) + 1)]
        return svg.board(lanes, crates, columns=places, rows=LANES[: len(lanes)])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        return (move, LANES[action], f"push {move}", f"push into {move}")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        lanes = LANES[: self.num_actions]
        return "the lane is full" if said[1] in lanes else f"the lanes are {lanes[0]} to {lanes[-1]}"

    def _lanes(self, state: Any) -> list[str]:
        """The lanes from the wall to the open end, a crate or a dot a place."""
        upward = reversed(self._lines(state))
        return ["".join(column).translate(STAMPS) for column in zip(*upward, strict=True)]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"placed": "crates"})
