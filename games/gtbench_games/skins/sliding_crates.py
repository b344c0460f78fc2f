"""Sliding Crates: crates of tea and of salt slide along lanes to a wall; a line of one kind wins.

skin of   connect_four
moves     a lane ("lane c"); also "c", "push lane c", "push into lane c"
remapped  column 1 is lane a, row 1 the place at the wall; drawn with each lane as a line from the wall
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench_games.connect_four import MARKS, ConnectFour

if TYPE_CHECKING:
    import re

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
            f"Sliding Crates, for two players, in a warehouse with {len(lanes)} lanes, {LANES[0]} to "
            f"{LANES[len(lanes) - 1]}, that lie side by side in the order of the alphabet. Each lane has "
            f"{places} places for one crate each: place 1 is at the wall, place {places} at the open end.\n"
            f"One player has crates of {GOODS[0]} ({CRATES[0]}), the other crates of {GOODS[1]} "
            f"({CRATES[1]}). The players take turns. The player with {GOODS[0]} moves first. A move pushes "
            "one of the player's own crates into the open end of a lane that has a free place; the crate "
            "slides toward the wall and stops at the free place with the lowest number.\n"
            f"A player with {self.parameters['x_in_row']} own crates in a line without a gap wins, and the "
            "match ends. There are three kinds of lines:\n"
            "- places that follow each other in one lane;\n"
            "- the same place in lanes that follow each other;\n"
            "- one place in each of several lanes that follow each other, its number always 1 higher in the "
            "next lane, or always 1 lower.\n"
            "If all places are taken and nobody has won, the match is a draw.\n"
            f"A win pays {win:g}, a draw 0, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You have the crates of {GOODS[seat]} ({CRATES[seat]}) and move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return f"{self.picture(state)}\nYou have the crates of {GOODS[seat]} ({CRATES[seat]})."

    def picture(self, state: Any) -> str:
        lanes = self._lanes(state)
        places = " ".join(f"{place:>2}" for place in range(1, len(lanes[0]) + 1))
        lines = [f"{move} |  {'  '.join(lane)}" for move, lane in zip(self.moves, lanes, strict=True)]
        return "\n".join([f"place   {places}", *lines])

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
