"""Kuhn poker: one card each from a deck of three, one round of betting (H. W. Kuhn, 1950).

engine    OpenSpiel `kuhn_poker` with 2 players: sequential, stochastic, imperfect information, zero-sum
moves     "pass" or "bet"; also "check" and "fold" for pass, "call" for bet, where they fit
rewards   chips won or lost: 1 or 2
chance    event 0 deals seat 0's card, event 1 seat 1's
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.questions import Question, how_many, which
from gtbench.labels import Slip
from gtbench_games.labels import BETTING

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

CARDS = "JQK"  # from low to high, by the engine's number
PASS, BET = 0, 1


class KuhnPoker(Game):
    """Kuhn poker in words."""

    name = "kuhn_poker"
    title = "Kuhn Poker"
    engine_name = "kuhn_poker"
    oracle_class = "gtbench_games.oracles.kuhn_poker:KuhnOracle"
    prose_class = "gtbench_games.prose.cards:CardsProse"
    skin_classes: ClassVar[Mapping[str, str]] = {"sealed_gems": "gtbench_games.skins.sealed_gems:SealedGems"}
    paper_class = "incomplete, probabilistic, dynamic"
    alternates = True
    abilities: ClassVar[tuple[str, ...]] = ("bluff", "math")
    quick = True
    labels = BETTING
    form = '"pass" or "bet"'
    language = "pass|bet|check|fold|call"
    moves = ("pass", "bet")
    synonyms = frozenset({"check", "fold", "call"})
    cards: tuple[str, ...] = tuple(CARDS)
    own, pot = "your own card", "how many chips are in the pot"
    holding: tuple[str, ...] = ("my card is", "my own card is", "i hold", "i have", "i was dealt")
    names: tuple[str, ...] = ("jack", "queen", "king")  # of the cards, in sentences
    higher = "how many cards of the whole deck are higher than yours"

    def write_rules(self, seat: int) -> str:
        deck = CARDS[: len(self.engine.new_initial_state().chance_outcomes())]
        ante = self._put_in(self.play_out(), 0)
        bet = self._put_in(self.play_out((BET,)), 0) - ante
        order = "first" if seat == 0 else "second"
        return (
            f"Kuhn Poker, for two players, with a deck of {len(deck)} cards: {', '.join(deck)}, from low to "
            "high.\n"
            f"Each player puts {ante:g} chip into the pot and is dealt one card, which the other player does "
            f"not see. The rest of the deck is not used.\n"
            f"The players take turns. A move is {self.form}: to bet puts {bet:g} more chip into the pot, to "
            "pass puts in nothing.\n"
            "The betting goes in one of these ways:\n"
            f"- pass, pass: the higher card wins {self._won(PASS, PASS):g} chip from the other player.\n"
            f"- bet, pass: the player who bet wins {self._won(BET, PASS):g} chip, whatever the cards.\n"
            f"- bet, bet: the higher card wins {self._won(BET, BET):g} chips from the other player.\n"
            f"- pass, bet, pass: the player who bet wins {self._won(PASS, BET, PASS):g} chip, whatever the "
            "cards.\n"
            f"- pass, bet, bet: the higher card wins {self._won(PASS, BET, BET):g} chips from the other "
            "player.\n"
            "The match is this one deal. It pays the chips won, or minus the chips lost.\n"
            f"You move {order}."
        )

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        return (None, *history[1:]) if seat else (history[0], None, *history[2:])

    def observe(self, state: Any, seat: int) -> str:
        return _observed(state.observation_string(seat), seat)

    def picture(self, state: Any) -> str:
        return "\n".join(
            f"Player {seat}: card {self._card(state, seat)}, {self._put_in(state, seat):g} in the pot"
            for seat in SEATS
        )

    def draw(self, state: Any) -> str:
        return svg.panel(
            [
                (f"Player {seat}", [svg.card(self._card(state, seat), seat), *self._chips(state, seat)])
                for seat in SEATS
            ]
        )

    def _chips(self, state: Any, seat: int) -> list[svg.Piece]:
        """The chips that a seat has put in."""
        return [svg.disc(seat)] * int(self._put_in(state, seat))

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        if self._put_in(state, 1 - seat) > self._put_in(state, seat):  # the opponent has bet
            return ("pass", "fold") if action == PASS else ("bet", "call")
        return ("pass", "check") if action == PASS else ("bet",)

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        return "the opponent has bet" if said[0] == "check" else "the opponent has not bet"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        deck = len(self.engine.new_initial_state().chance_outcomes())
        cards = tuple(map(str.lower, self.cards))
        return (
            which(
                "card",
                self.own,
                lambda state, seat: [cards[state.history()[seat]]],
                cards,
                said=self.holding,
                called=dict(zip(self.names, cards, strict=False)),
            ),
            how_many(
                "pot",
                self.pot,
                lambda state, _: sum(self._put_in(state, each) for each in SEATS),
                slip=Slip.CALCULATION_ERROR,
            ),
            how_many("higher", self.higher, lambda state, seat: deck - 1 - state.history()[seat]),
        )

    def _card(self, state: Any, seat: int) -> str:
        """A seat's card: the engine deals seat 0, then seat 1."""
        card: int = state.history()[seat]
        return self.cards[card]

    def _put_in(self, state: Any, seat: int) -> int:
        """The chips that a seat has put in: public, the tail of the engine's observation."""
        return int(state.observation_string(seat)[-2 + seat])

    def _won(self, *actions: int) -> float:
        """The chips that change hands after these moves."""
        return float(max(self.play_out(actions).returns()))


@lru_cache
def _observed(observation: str, seat: int) -> str:
    """A seat's card and the pot, from the engine's "210": the card, what seat 0 and seat 1 have put in."""
    card, *pot = map(int, observation)
    own, other = pot[seat], pot[1 - seat]
    return (
        f"Your card: {CARDS[card]}\n"
        f"In the pot: {own + other} chips, {own} from you and {other} from the opponent."
    )
