"""Two Shops: a high or a low price, both at once, week after week until chance ends it.

skin of   prisoners_dilemma
moves     "high" or "low"; also "h" and "l", "high price" and "low price"
remapped  cooperate is high, defect is low; a round is a week, points are profit
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gtbench.game import svg
from gtbench.game.questions import Question, renamed
from gtbench.game.words import number
from gtbench_games.prisoners_dilemma import COOPERATE, DEFECT, STOP, PrisonersDilemma

PRICES = ("high", "low")  # by action


class TwoShops(PrisonersDilemma):
    """The iterated prisoner's dilemma as the prices of two shops."""

    skin = "two_shops"
    prose_class = ""
    title = "Two Shops"
    form = '"high" or "low"'
    language = "(?:high|low)(?: price)?|[hl]"
    moves = PRICES
    synonyms = frozenset({"h", "l", "high price", "low price"})
    played, total = "how many weeks have been played", "how much profit you have so far"
    defections = "in how many weeks so far the opponent has had a low price"

    def write_rules(self, seat: int) -> str:
        lines = []
        for own in (COOPERATE, DEFECT):
            for other in (COOPERATE, DEFECT):
                mine, theirs = self._round((own, other))  # the same for both seats, as in the parent
                lines.append(
                    f"- your price is {PRICES[own]}, the opponent's is {PRICES[other]}: "
                    f"you earn {number(mine)}, the opponent {number(theirs)}."
                )
        after_a_week = self.engine.new_initial_state()
        after_a_week.apply_actions([COOPERATE, COOPERATE])
        stop = dict(after_a_week.chance_outcomes())[STOP]
        return (
            "Two Shops, for two players, each with a shop that sells the same goods. The match is played in "
            "weeks.\n"
            f"In each week both players set their price at the same time: {self.form}. Neither sees the "
            "other's price until both are set. The profit of a week:\n" + "\n".join(lines) + "\n"
            f"After each week the match ends with probability {stop!r}, and it ends after week "
            f"{self.engine.max_game_length()} in any case. Otherwise another week is played.\n"
            "The match pays the sum of your profits over its weeks."
        )

    def observe(self, state: Any, seat: int) -> str:
        profits = state.returns()
        return (
            f"Weeks played: {len(self.rounds(state))}\n"
            f"Profit so far: {number(profits[seat])} for you, {number(profits[1 - seat])} for the opponent."
        )

    def picture(self, state: Any) -> str:
        lines = []
        for seat, profit in enumerate(state.returns()):
            letters = "".join(PRICES[prices[seat]][0].upper() for prices in self.rounds(state))
            lines.append(f"Player {seat}: {letters or '-'} (profit {number(profit)})")
        return "\n".join(lines)

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        price = PRICES[action]
        return (price, price[0], f"{price} price")

    @staticmethod
    def _tile(action: int, seat: int) -> svg.Piece:
        """A week's price: a pale letter for a high one, a filled one for a low one."""
        letter = PRICES[action][0].upper()
        return svg.tile(letter, seat) if action == DEFECT else svg.card(letter, seat)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"played": "weeks", "total": "profit", "defections": "low"})
