"""What a seat sees: all that an agent is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

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

    @property
    def history(self) -> tuple[str, ...]:
        """What was told to this seat, a line for each ply, oldest first and numbered from 1."""
        return tuple(self.told.split("\n")[:-1])

    @property
    def text(self) -> str:
        """History, state and legal moves as one text; the rules stand apart since they never change."""
        told = self.told or "(nothing yet)\n"
        if not self.legal:
            return f"History:\n{told}\n{self.state}"
        return f"History:\n{told}\n{self.state}\n\nLegal moves: {self.listed}"

    def show(self, legal_moves: Listing = "list") -> str:
        """The same text with the legal moves listed, counted or hidden."""
        if legal_moves == "hidden":
            return self._replace(legal=()).text
        return self.text if legal_moves == "list" else self._replace(listed=str(len(self.legal))).text


def state_in(text: str) -> str:
    """The state alone that stands in a view's text."""
    return text.partition("\n\n")[2].rpartition("\n\nLegal moves: ")[0]
