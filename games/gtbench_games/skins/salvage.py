"""Salvage: two crews of divers divide the haul from a wreck, each with a buyer who pays other prices.

skin of   negotiation
moves     "take 1 rope, 2 lamps, 0 sails" (also without "take", also "1 rope, 2 lamp, 0 sail"), "deal" (also
          "done", "yes", "it is a deal"), and, after each split, a signal, "signal a c b" (also "signal acb")
remapped  the pool is the haul, a value is a price, a proposal a split, a message a signal
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench_games.negotiation import SYMBOLS, Negotiation, dealt_in, messages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

TAKE, DEAL, SIGNAL = "take", "deal", "signal"


class Salvage(Negotiation):
    """Negotiation as the division of a haul."""

    skin = "salvage"
    prose_class = "gtbench_games.prose.negotiation:SalvageProse"
    title = "Salvage"
    items = ("rope", "lamp", "sail", "drum")
    synonyms = frozenset({"done", "yes", "it is a deal"})
    asked, unasked = "a signal is asked for now", "a signal comes only after a split of yours"
    of_symbols = "a signal has %d letters from %s to %s"
    early, short = "there is no split to answer yet", "the haul has %s"
    worth = "what your buyer would pay for the whole haul"
    offer = "what you would get if you made the deal now, or none if it is too early for that"

    @property
    def form(self) -> str:
        answers = f'"{self._proposal([1] * self._kinds)}" (or other numbers), or "{DEAL}"'
        asked = f'{answers}; where a signal is asked for, "{SIGNAL} {self._letters}"'
        return asked if self._messages else answers

    def name_moves(self) -> tuple[str, ...]:
        names = super().name_moves()
        splits, signals = len(self.proposals), self._all_messages if self._messages else []
        return (*names[:splits], DEAL, *(f"{SIGNAL} {' '.join(letters)}" for letters in signals))

    @cached_property
    def language(self) -> str:
        counted, _, singular = self.listings
        answers = [f"(?:{TAKE} )?(?:{counted}|{singular})", DEAL, *sorted(self.synonyms)]
        return "|".join([*answers, *messages_of(SIGNAL)] if self._messages else answers)

    def write_rules(self, seat: int) -> str:
        names = ", ".join(f"{item}s" for item in self.items[: self._kinds])
        order = "first" if seat == 0 else "second"
        signal = ""
        if self._messages:
            dim, letters = self.parameters["utterance_dim"], SYMBOLS[: int(self.parameters["num_symbols"])]
            signal = (
                "After each split, and before the other player's answer, the player who named it sends a "
                f"signal of {dim} letter{'s' * (dim != 1)} from {letters[0]} to {letters[-1]}. The other "
                "player reads it. A signal binds nobody and pays nothing, and its letters have no meaning "
                "but what the players make of them.\n"
            )
        return (
            "Salvage, for two players, who divide a haul from a wreck. It is made of pieces of "
            f"{self._kinds} kind{'s' * (self._kinds > 1)}: {names}.\n"
            f"The haul has 0 to {self._most} pieces of each kind, all equally likely, and both players see "
            "it. Each player has a buyer of its own, who pays for one piece of a kind a whole number from "
            f"{self._cheapest} to {self._dearest}, all equally likely, and for some kind more than nothing. "
            "Each player sees only the prices of its own buyer; those of the other are drawn in the same "
            "way, independently.\n"
            "The players take turns. In a turn the player either answers the other player's last split with "
            f'"{DEAL}", which ends the match, or names a split of its own: how many pieces of each kind it '
            "would take. The other player would get the rest of the haul. There is no split to answer in "
            "the first turn.\n"
            f"{signal}"
            "The match has a limited number of turns, those of both players together, shown with the haul. A "
            f'split named in the last turn can no longer be answered with "{DEAL}".\n'
            f'If a player answers "{DEAL}", each player gets what its own buyer pays for all the pieces that '
            f'it receives. If no player ever answers "{DEAL}", both get 0.\n'
            f"A move is {self.form}.\n"
            f"You move {order}."
        )

    own_message = " Your split is named; now send your signal."
    other_message = " The opponent's split is named; its signal comes next."
    offered = "\nThe opponent's split leaves you %s, which would bring you %d."
    noun, note, whole = "split", "signal", "the haul"

    def _wares(self, dealt: str) -> tuple[int, str]:
        turns, haul, prices = dealt_in(dealt)
        whole = sum(count * price for count, price in zip(haul, prices, strict=True))
        listed = ", ".join(f"{item} {price}" for item, price in zip(self.items, prices, strict=False))
        return turns, (
            f"The haul: {self._counted(haul)}.\n"
            f"What your buyer pays for one piece: {listed}. The whole haul would bring you {whole}."
        )

    def picture(self, state: Any) -> str:
        turns, haul, _ = self.dealt(state, 0)
        lines = [f"Haul: {self._counted(haul)}", f"Turns: {self.turn(state)} of {turns}"]
        for seat in SEATS:
            _, _, prices = self.dealt(state, seat)
            lines.append(f"Player {seat} prices: {', '.join(map(str, prices))}")
        return "\n".join([*lines, *self._course(state)])

    def draw(self, state: Any) -> str:
        _, haul, _ = self.dealt(state, 0)
        rows = [("Haul", [svg.tile(self._counted(haul))])]
        for seat in SEATS:
            _, _, prices = self.dealt(state, seat)
            rows.append((f"Prices {seat}", [svg.card(str(price), seat) for price in prices]))
        return svg.panel(rows, caption=" ".join(f"{line}." for line in self._course(state)[-2:]))

    @cached_property
    def _spelled(self) -> list[tuple[str, ...]]:
        return [self._spell(move) for move in self.moves]

    def _spell(self, move: str) -> tuple[str, ...]:
        """What a move may be called."""
        verb, _, rest = move.partition(" ")
        if verb == DEAL:
            return (move, *sorted(self.synonyms))
        if verb == SIGNAL:
            return (move, *(f"{SIGNAL} {rest.replace(' ', between)}" for between in (", ", "-", "")))
        singular = ", ".join(count.removesuffix("s") for count in rest.split(", "))
        return (move, rest, f"{TAKE} {singular}", singular)

    def _proposal(self, counts: Sequence[int]) -> str:
        return f"{TAKE} {self._counted(counts)}"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"pool": "haul", "offer": "split"})
