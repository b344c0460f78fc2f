"""What a seat sees: all that an agent is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from gtbench.game.past import compact

if TYPE_CHECKING:
    from gtbench.records import Fault

Listing = Literal["list", "count", "hidden"]
"""How a view shows the legal moves: each of them, how many there are, or not at all."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the last answer to the same question was not taken."""

    reply: str
    fault: Fault


class View(NamedTuple):
    """All that one seat may know: a function of its information set, and the only thing agents are given.

    `legal` holds the seat's legal moves in words, empty when it is not to move; `moves` holds every move of
    the game, legal now or not.
    `objection` is set when the seat is asked again because its last answer was faulty.
    """

    game: str
    seat: int
    rules: str
    told: str  # to this seat so far: numbered lines, each with its end; to add to a tuple takes longer
    state: str
    legal: tuple[str, ...]
    listed: str  # the legal moves, compactly
    moves: tuple[str, ...]
    seen: tuple[int | None, ...]  # the same knowledge as the engine's numbers, see `Game.seen`
    objection: Objection | None = None
    paired: bool = False  # whether the players move strictly in turn, so that the text has two plies a line

    @property
    def history(self) -> tuple[str, ...]:
        """What was told to this seat, a line for each ply, oldest first and numbered from 1."""
        return tuple(self.told.split("\n")[:-1])

    @property
    def text(self) -> str:
        """The past, the state and the legal moves as one text; the rules, which never change, stand apart."""
        return self.show()

    def show(self, legal_moves: Listing = "list") -> str:
        """The same text with the legal moves listed, counted or hidden."""
        seen = f"{compact(self.told, paired=self.paired)}\n\n{self.state}"
        if not self.legal:
            return seen
        if legal_moves == "list":
            return f"{seen}\n\nLegal moves: {self.listed}"
        count = "" if legal_moves == "hidden" else f"There are {len(self.legal)} of them. "
        return f"{seen}\n\nYour legal moves are not listed here. {count}".rstrip()


def state_in(text: str) -> str:
    """The state alone that stands in a view's text."""
    return text.partition("\n\n")[2].rpartition("\n\nLegal moves: ")[0]
