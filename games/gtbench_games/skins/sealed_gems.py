"""Sealed Gems: one gem each in a sealed box, and coins at stake on whose is worth more.

skin of   kuhn_poker
moves     "keep" or "add"; also "keep the coin" and "keep my coin" for keep, "add a coin" and "add one coin"
          for add
remapped  the cards are amber, pearl and ruby; pass is keep, bet is add, the pot is a chest, a chip a coin
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench_games.kuhn_poker import BET, PASS, KuhnPoker

GEMS = ("amber", "pearl", "ruby")  # from low to high, by the engine's number
KEEP, ADD = PASS, BET
SPELLINGS = (("keep", "keep the coin", "keep my coin"), ("add", "add a coin", "add one coin"))  # by action


class SealedGems(KuhnPoker):
    """Kuhn poker as a stake on sealed gems."""

    skin = "sealed_gems"
    title = "Sealed Gems"
    form = '"keep" or "add"'
    language = "keep(?: (?:the|my) coin)?|add(?: (?:a|one) coin)?"
    moves = ("keep", "add")
    synonyms = frozenset({*SPELLINGS[KEEP][1:], *SPELLINGS[ADD][1:]})
    cards = GEMS
    own, pot = "your own gem", "how many coins are in the chest"
    holding = ("my gem is", "my own gem is", "i hold", "i have", "i was dealt")
    names = ()
    higher = "how many of all the gems are more precious than yours"

    def write_rules(self, seat: int) -> str:
        gems = GEMS[: len(self.engine.new_initial_state().chance_outcomes())]
        stake = self._put_in(self.play_out(), 0)
        added = self._put_in(self.play_out((ADD,)), 0) - stake
        better = "the player with the more precious gem"
        order = "first" if seat == 0 else "second"
        return (
            f"Sealed Gems, for two players, with {len(gems)} gems: {', '.join(gems)}, from the least to the "
            "most precious.\n"
            f"Each player puts {stake:g} coin into a chest and gets a sealed box with one gem, drawn at "
            "random. Each player looks into its own box only. The rest of the gems is not used.\n"
            f"The players take turns. A move is {self.form}: to add puts {added:g} more coin into the chest, "
            "to keep puts in nothing.\n"
            "The match goes in one of these ways, the first player's move first:\n"
            f"- keep, keep: {better} wins {self._won(KEEP, KEEP):g} coin from the other player.\n"
            f"- add, keep: the player who added wins {self._won(ADD, KEEP):g} coin, whatever the gems.\n"
            f"- add, add: {better} wins {self._won(ADD, ADD):g} coins from the other player.\n"
            f"- keep, add, keep: the player who added wins {self._won(KEEP, ADD, KEEP):g} coin, whatever the "
            "gems.\n"
            f"- keep, add, add: {better} wins {self._won(KEEP, ADD, ADD):g} coins from the other "
            "player.\n"
            "Then the match is over. It pays the coins won, or minus the coins lost.\n"
            f"You move {order}."
        )

    def observe(self, state: Any, seat: int) -> str:
        own, other = self._put_in(state, seat), self._put_in(state, 1 - seat)
        return (
            f"Your gem: {self._card(state, seat)}\n"
            f"In the chest: {own + other:g} coins, {own:g} from you and {other:g} from the opponent."
        )

    def picture(self, state: Any) -> str:
        return "\n".join(
            f"Player {seat}: {self._card(state, seat)}, {self._put_in(state, seat):g} in the chest"
            for seat in SEATS
        )

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return SPELLINGS[action]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"card": "gem", "pot": "chest", "higher": "better"})
