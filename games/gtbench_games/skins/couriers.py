"""Couriers: two teams walk mountain trails in opposite directions; the first at the far end wins.

skin of   breakthrough
moves     the place a courier leaves, then the place it enters ("birch 2 to ash 3"); also "from birch 2 to
          ash 3", and with a space, a dash or an arrow between them
remapped  column a is the ash trail, b birch and so on; the first player's own row is station 1; a captured
          piece is sent home; drawn with each trail as a line
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.words import WHOLE
from gtbench_games.breakthrough import BETWEEN, COLUMNS, JOINT, MARKS, Breakthrough

if TYPE_CHECKING:
    import re

TRAILS = ("ash", "birch", "cedar", "elm", "fir", "maple", "oak", "pine", "willow")  # by column
TEAMS = "UD"  # by seat
WAYS = ("uphill", "downhill")
BADGES = str.maketrans(MARKS, TEAMS)
PLACE = f"({'|'.join(TRAILS)}) ({WHOLE})"
MARGIN = 7  # characters before a trail's stations in the picture


class Couriers(Breakthrough):
    """Breakthrough as two teams of couriers on mountain trails."""

    skin = "couriers"
    prose_class = ""
    title = "Couriers"
    form = 'the place a courier leaves, "to" and the place it enters, each a trail and a station number'
    language = f"(?:from )?{PLACE}{JOINT}{PLACE}"
    own, other = "how many couriers you have on the trails", "how many couriers the opponent has there"

    def name_moves(self) -> tuple[str, ...]:
        return tuple(map(self._step, super().name_moves()))

    def _step(self, name: str) -> str:
        """The move that the parent calls "a7b6"; empty for an id without a use."""
        stations = int(self.parameters["rows"])
        places = (
            f"{TRAILS[COLUMNS.index(column)]} {stations + 1 - int(row)}"
            for column, row in zip(name[::2], name[1::2], strict=True)
        )
        return " to ".join(places)

    def write_rules(self, seat: int) -> str:
        start = self.play_out()
        trails = self._trails(start)
        stations = len(trails[0])
        ends = (stations, 1)
        win, loss = self.engine.max_utility(), self.engine.min_utility()
        order = "first" if seat == 0 else "second"
        lines = []
        for team, way, end in zip(TEAMS, WAYS, ends, strict=True):
            held = [str(number) for number, badge in enumerate(trails[0], 1) if badge == team]
            lines.append(
                f"- The {way} team ({team}) starts with a courier at station{'s' * (len(held) > 1)} "
                f"{' and '.join(held)} of every trail and walks toward station {end}.\n"
            )
        return (
            f"Couriers, for two players, on {len(trails)} mountain trails side by side, in this order: "
            f"{', '.join(TRAILS[: len(trails)])}. Each has stations 1 (valley) to {stations} (summit), for "
            "one courier each.\n"
            f"{''.join(lines)}"
            f"The players take turns; the {WAYS[0]} team moves first. A move takes one of the player's own "
            "couriers one station on in its direction: on the same trail, to an empty station, or slantwise "
            "onto a trail beside it, to a station that is empty or holds a courier of the other team, who is "
            "sent home for good. Nobody may skip a turn.\n"
            "A player wins with a courier at the station toward which the team walks, on any trail, and also "
            "when all couriers of the other player have been sent home. There are no draws.\n"
            f"A win pays {win:g}, a loss {loss:g}.\n"
            f"A move is {self.form}.\n"
            f"You play the {WAYS[seat]} team ({TEAMS[seat]}), move {order}, and walk toward station "
            f'{ends[seat]}. A move of yours is written like "{self._example(seat)}".'
        )

    def observe(self, state: Any, seat: int) -> str:
        return f"{self.picture(state)}\nYou play the {WAYS[seat]} team ({TEAMS[seat]})."

    def picture(self, state: Any) -> str:
        trails = self._trails(state)
        stations = " ".join(map(str, range(1, len(trails[0]) + 1)))
        lines = [f"{name:<{MARGIN}} {' '.join(trail)}" for name, trail in zip(TRAILS, trails, strict=False)]
        return "\n".join([f"{'station':<{MARGIN}} {stations}", *lines])

    def draw(self, state: Any) -> str:
        trails = self._trails(state)
        couriers = {team: svg.disc(seat, team) for seat, team in enumerate(TEAMS)}
        stations = [str(number) for number in range(1, len(trails[0]) + 1)]
        return svg.board(trails, couriers, columns=stations, rows=TRAILS[: len(trails)])

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        trail, start, other, end = said.groups()
        trails = self._trails(state)
        names, stations = TRAILS[: len(trails)], len(trails[0])
        if not ({trail, other} <= {*names} and 1 <= int(start) <= stations and 1 <= int(end) <= stations):
            return f"the trails are {', '.join(names)}, the stations 1 to {stations}"
        here, there = names.index(trail), names.index(other)
        if trails[here][int(start) - 1] != TEAMS[seat]:
            return f"no courier of yours is at {trail} {start}"
        if int(end) - int(start) != (1, -1)[seat]:
            return f"station {end} is not the next one {WAYS[seat]} from station {start}"
        if abs(there - here) > 1:
            return f"{other} is not beside {trail}"
        if trails[there][int(end) - 1] == TEAMS[seat]:
            return f"your own courier is at {other} {end}"
        return f"a courier is at {other} {end}, and whoever stays on a trail needs an empty station"

    @staticmethod
    def _places(move: str) -> tuple[str, str]:
        here, _, there = move.partition(" to ")
        return here, there

    @cached_property
    def _spelled(self) -> list[tuple[str, ...]]:
        return [self._spell(move) for move in self.moves]

    def _spell(self, move: str) -> tuple[str, ...]:
        """What a move may be called."""
        joined = (move.replace(" to ", between) for between in BETWEEN)
        return tuple(dict.fromkeys((move, f"from {move}", *joined)))

    def _trails(self, state: Any) -> list[str]:
        """The trails from station 1 on, a courier's team or a dot a station."""
        return ["".join(column).translate(BADGES) for column in zip(*self._board(state), strict=True)]
