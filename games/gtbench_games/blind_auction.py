"""Blind Auction: one sealed bid each; the higher one wins and is paid (first price; W. Vickrey, 1961).

engine    OpenSpiel `first_sealed_auction` with 2 players: stochastic, imperfect information, general-sum.
          The engine asks seat 0, then seat 1; here both are asked at once
moves     "bid 4"; also "4", "$4", "bid $4", "bid: 4"
rewards   the winner gets its value less its bid, the other 0
chance    event 0 draws seat 0's value, event 1 seat 1's, event 2 the winner of a tie
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.questions import Question, how_many
from gtbench.game.words import WHOLE, spans
from gtbench.labels import About, Slip
from gtbench_games.labels import EXPLOITING

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from gtbench.records import Parameter

DRAWN, OVER = 2, 5
"""The length of the engine's history, which is two values, two bids and the winner."""

OVERBID, UNDERBID = "overbid", "underbid"


class BlindAuction(Game):
    """The first-price sealed-bid auction in words."""

    name = "blind_auction"
    title = "Blind Auction"
    engine_name = "first_sealed_auction"
    oracle_class = "gtbench_games.oracles.blind_auction:AuctionOracle"
    prose_class = "gtbench_games.prose.blind_auction:AuctionProse"
    skin_classes: ClassVar[Mapping[str, str]] = {
        "ferry_licence": "gtbench_games.skins.ferry_licence:FerryLicence"
    }
    defaults: ClassVar[Mapping[str, Parameter]] = {"max_value": 10}
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {"max_value": (2, 100)}
    paper_class = "incomplete, probabilistic, static"
    abilities: ClassVar[tuple[str, ...]] = ("bids", "math")
    quick = True
    labels: ClassVar[Mapping[str, About]] = {
        OVERBID: About("more was bid than the best response to equilibrium bids", Slip.OVER_CONFIDENCE),
        UNDERBID: About("less was bid than the best response to equilibrium bids"),
        **EXPLOITING,
    }
    asked_at_once = True
    tells_alike = lists_alike = True
    form = '"bid", then a whole number'
    language = rf"(?:(?:bid )?\$?|bid: ){WHOLE}"
    valuing: tuple[str, ...] = ("my value is", "my own value is", "the object is worth")
    value, highest = "what the object is worth to you", "the highest bid that you may make"

    def name_moves(self) -> tuple[str, ...]:
        return tuple(f"bid {bid}" for bid in range(self.num_actions))

    def write_rules(self, seat: int) -> str:
        values = [value for value, _ in self.engine.new_initial_state().chance_outcomes()]
        return (
            "Blind Auction, for two players, of a single object.\n"
            f"Each player is told what the object is worth to it: a whole number from {min(values)} to "
            f"{max(values)}, all equally likely, drawn independently for each. Nobody is told the "
            "other's value.\n"
            "Both players bid once, at the same time, and neither sees the other's before its own. A bid "
            "is a whole number from 0 to one less than the player's own value.\n"
            "The higher bid wins the object. If both bids are equal, one of the players wins by lot, both "
            "equally likely. The winner gets its value less its own bid; the other player gets 0 and pays "
            "nothing. Then the match is over.\n"
            f"A move is {self.form}."
        )

    def legal(self, state: Any, seat: int) -> list[int]:
        history = state.history()
        if len(history) == DRAWN:  # to ask the engine, which knows no bids of seat 1 yet, would take a copy
            return list(range(history[seat]))
        return super().legal(state, seat)

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        told = history[DRAWN:] if len(history) >= OVER else ()  # one bid alone is not
        return (None, history[1], *told) if seat else (history[0], None, *told)

    def observe(self, state: Any, seat: int) -> str:
        return f"The object is worth {state.history()[seat]} to you."

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        winner = "you win" if self.winner(state) == seat else "the opponent wins"
        return f"You: {moves[seat]}. Opponent: {moves[1 - seat]}. The object: {winner} it."

    def picture(self, state: Any) -> str:
        lines = [f"Player {seat}: value {self._value(state, seat)}" for seat in SEATS]
        if state.is_terminal():
            bids = state.history()[2:4]
            lines = [f"{line}, bid {bid}" for line, bid in zip(lines, bids, strict=True)]
            lines.append(f"Player {self.winner(state)} wins the object.")
        return "\n".join(lines)

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        verb, _ = legal[0].split()
        return f"{verb} {spans(int(bid.split()[1]) for bid in legal)}"

    def draw(self, state: Any) -> str:
        bids = state.history()[2:4] if state.is_terminal() else []
        rows = []
        for seat in SEATS:
            bid = [svg.tile(f"bid {bids[seat]}", seat)] if bids else []
            rows.append((f"Player {seat}", [svg.card(str(self._value(state, seat)), seat), *bid]))
        return svg.panel(rows, caption=f"Player {self.winner(state)} wins." if bids else "")

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (self.moves[action], str(action), f"${action}", f"bid ${action}", f"bid: {action}")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        return f"a bid must be below your value {self._value(state, seat)}"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            how_many("value", self.value, self._value, said=self.valuing),
            how_many("highest", self.highest, lambda state, seat: max(self.legal(state, seat))),
        )

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        if offender:
            return 0
        return min(1, max(self.legal(state, seat)))  # the lowest bid that surely wins, where there is one

    @staticmethod
    def _value(state: Any, seat: int) -> int:
        """What the object is worth to a seat."""
        return int(state.history()[seat])

    @staticmethod
    def winner(state: Any) -> int:
        """The seat that won the object, once the match is over."""
        return int(state.history()[4])
