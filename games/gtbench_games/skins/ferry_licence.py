"""Ferry Licence: two firms offer a price for the licence of a ferry; the higher offer gets it and is paid.

skin of   blind_auction
moves     "offer 4"; also "4", "offer of 4", "$4", "offer $4", "offer: 4"
remapped  the object is a licence, a player's value the income that the licence would bring to its firm
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench.game.words import WHOLE
from gtbench_games.blind_auction import BlindAuction

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping


class FerryLicence(BlindAuction):
    """The first-price sealed-bid auction as a tender for a licence."""

    skin = "ferry_licence"
    prose_class = "gtbench_games.prose.blind_auction:LicenceProse"
    title = "Ferry Licence"
    form = '"offer", then a whole number'
    language = rf"(?:(?:offer )?\$?|offer: |offer of ){WHOLE}"
    value = "the income that the licence would bring to your own firm"
    valuing = ("my income is", "my own income is", "the licence is worth")
    highest = "the highest offer that you may make"

    def name_moves(self) -> tuple[str, ...]:
        return tuple(f"offer {offer}" for offer in range(self.num_actions))

    def write_rules(self, seat: int) -> str:
        incomes = [income for income, _ in self.engine.new_initial_state().chance_outcomes()]
        return (
            "Ferry Licence, for two players, each with a firm: the town gives the licence for its ferry to "
            "one of them.\n"
            "Each player is told the income that the licence would bring to its firm: a whole number "
            f"from {min(incomes)} to {max(incomes)}, all equally likely, drawn independently for each. "
            "Nobody is told the other's income.\n"
            "Both players make one offer, at the same time, and neither sees the other's before its own. An "
            "offer is a price: a whole number from 0 to one less than the player's own income.\n"
            "The higher offer gets the licence. If both are equal, one of the players gets it by lot, both "
            "equally likely. Who gets it earns its income less its own offer; the other player earns 0 and "
            "pays nothing. Then the match is over, and pays what you earn.\n"
            f"A move is {self.form}."
        )

    def observe(self, state: Any, seat: int) -> str:
        return f"The licence would bring you an income of {self._value(state, seat)}."

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        owner = "you get" if self.winner(state) == seat else "the opponent gets"
        return f"You: {moves[seat]}. Opponent: {moves[1 - seat]}. The licence: {owner} it."

    def picture(self, state: Any) -> str:
        lines = [f"Player {seat}: income {self._value(state, seat)}" for seat in SEATS]
        if state.is_terminal():
            offers = state.history()[2:4]
            lines = [f"{line}, offer {offer}" for line, offer in zip(lines, offers, strict=True)]
            lines.append(f"Player {self.winner(state)} gets the licence.")
        return "\n".join(lines)

    def draw(self, state: Any) -> str:
        offers = state.history()[2:4] if state.is_terminal() else []
        rows = []
        for seat in SEATS:
            offer = [svg.tile(f"offer {offers[seat]}", seat)] if offers else []
            rows.append((f"Player {seat}", [svg.card(f"income {self._value(state, seat)}", seat), *offer]))
        return svg.panel(rows, caption=f"Player {self.winner(state)} gets the licence." if offers else "")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        return f"an offer must be below your income {self._value(state, seat)}"

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        return (move, str(action), f"offer of {action}", f"${action}", f"offer ${action}", f"offer: {action}")

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"value": "income"})
