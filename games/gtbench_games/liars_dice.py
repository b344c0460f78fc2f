"""Liar's Dice: bid on all dice while seeing only one's own; here with one die each.

engine    OpenSpiel `liars_dice` with 2 players: sequential, stochastic, imperfect information, zero-sum
moves     a bid ("2 fives", also "bid 2 fives", "2 5s", "two fives") or "liar" (also "call liar", "challenge")
rewards   win 1, loss -1
chance    one event a die: seat 0's dice first, then seat 1's

The highest face is wild: it counts as whatever face was bid.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.memo import Memo
from gtbench.game.questions import Question, how_many, which
from gtbench.game.words import WHOLE
from gtbench.records import PLAYERS
from gtbench_games.labels import BETTING

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from gtbench.records import Parameter

FACES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
LIAR = "liar"
COUNT = f"(?:{'|'.join(FACES)}|{WHOLE})"
ONE, SEVERAL = "|".join(FACES), "|".join(f"{face}es" if face.endswith("x") else f"{face}s" for face in FACES)
ORDERS = {
    "reset-face": "more dice than the last bid, of any face, or as many dice of a higher face",
    "reset-quantity": "a higher face than the last bid, in any number, or more dice of the same face",
}


class LiarsDice(Game):
    """Liar's Dice in words."""

    name = "liars_dice"
    title = "Liar's Dice"
    engine_name = "liars_dice"
    oracle_class = "gtbench_games.oracles.liars_dice:LiarsDiceOracle"
    prose_class = "gtbench_games.prose.liars_dice:LiarsDiceProse"
    skin_classes: ClassVar[Mapping[str, str]] = {
        "letter_slips": "gtbench_games.skins.letter_slips:LetterSlips"
    }
    defaults: ClassVar[Mapping[str, Parameter]] = {
        "numdice": 1, "dice_sides": 6, "bidding_rule": "reset-face",
    }  # fmt: skip
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "numdice": (1, 6), "dice_sides": (2, len(FACES)), "bidding_rule": tuple(ORDERS),
    }  # fmt: skip
    paper_class = "incomplete, probabilistic, dynamic"
    alternates = lists_alike = True
    abilities: ClassVar[tuple[str, ...]] = ("bids", "bluff", "math")
    labels = BETTING
    synonyms = frozenset({"call liar", "challenge"})
    language = (
        f"(?:bid )?(?:(?:1|one) (?:{ONE}|{WHOLE}s)|(?!(?:1|one) ){COUNT} (?:{SEVERAL}|{WHOLE}s))"
        "|(?:call )?liar|challenge"
    )
    known = "Your throw: %s\nThe last bid: %s"
    throw, last = "your throw, as it is shown to you", "the last bid"
    matching = "how many of your own dice count for the last bid, wild ones included (0 before any bid)"

    @property
    def form(self) -> str:
        return f'a bid, such as "{self.moves[0]}", or "{LIAR}"'

    def name_moves(self) -> tuple[str, ...]:
        mine = int(self.parameters["numdice"])
        self._thrown, self._unknown = (slice(0, mine), slice(mine, 2 * mine)), (None,) * mine
        self._bid_from = PLAYERS * mine  # in the engine's history
        first = self.play_out()
        names = [first.action_to_string(0, bid) for bid in first.legal_actions()]  # "2-5": two dice, face 5
        self._bids = [(int(number), int(face)) for number, face in (name.split("-") for name in names)]
        return (*(self._bid(*bid) for bid in self._bids), LIAR)

    def write_rules(self, seat: int) -> str:
        mine = int(self.parameters["numdice"])
        sides = len(self.engine.new_initial_state().chance_outcomes())
        dice = "one die" if mine == 1 else f"{mine} dice"
        order = "first" if seat == 0 else "second"
        return (
            f"Liar's Dice, for two players. Each player throws {dice} with the faces 1 to {sides}, all "
            "equally likely, and sees only its own throw.\n"
            f"The players take turns. A move is {self.form}. The first move is a bid.\n"
            f'A bid is a number of dice, 1 to {2 * mine}, and a face, 1 to {sides}: "{self.moves[0]}" claims '
            "that among the dice of both players together at least one shows the face 1. The face "
            f"{sides} is wild: a die that shows {sides} counts as whatever face is bid.\n"
            f"Each bid must be higher than the last one: {ORDERS[str(self.parameters['bidding_rule'])]}. "
            "After "
            f'the highest bid, "{self.moves[-2]}", only "{LIAR}" is left.\n'
            f'To say "{LIAR}" ends the match: if the last bid is true, the player who made it wins; if it is '
            f'false, the player who said "{LIAR}" wins.\n'
            f"A win pays {self.engine.max_utility():g}, a loss {self.engine.min_utility():g}.\n"
            f"You move {order}."
        )

    def mask(self, history: tuple[int, ...], seat: int) -> tuple[int | None, ...]:
        own = history[self._thrown[seat]]
        dice = self._unknown + own if seat else own + self._unknown
        return dice + history[self._bid_from :]

    def observe(self, state: Any, seat: int) -> str:
        history = state.history()
        return self._observed[tuple(history[self._thrown[seat]]), tuple(history[self._bid_from :][-2:])]

    @cached_property
    def _observed(self) -> Memo[tuple[tuple[int, ...], tuple[int, ...]], str]:
        """What a seat reads of its throw and the last two moves."""

        def observed(known: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
            thrown, said = known
            bids = [self.moves[bid] for bid in said if bid < len(self._bids)]  # "liar" follows a bid
            throw = self._throw(sorted(outcome + 1 for outcome in thrown))
            return self.known % (throw, bids[-1] if bids else "none yet")

        return Memo(observed)

    def picture(self, state: Any) -> str:
        throws = (self._throw(self._dice(state, seat)) for seat in SEATS)
        lines = [f"Player {seat}: {throw}" for seat, throw in enumerate(throws)]
        said = ", ".join(self.moves[bid] for bid in self._said(state))
        return "\n".join([*lines, f"Bids: {said or 'none'}"])

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        faces: dict[str, list[str]] = {}
        for bid in legal:
            faces.setdefault(bid.split(" ")[0], []).append(bid)
        return ", ".join(self._from_to(bids[0], bids[-1]) for bids in faces.values())

    def _from_to(self, first: str, last: str) -> str:
        """Bids for as many dice, with neighbouring faces."""
        return first if first == last else f"{first} to {last}"

    def draw(self, state: Any) -> str:
        rows = [
            (f"Player {seat}", [svg.die(face, seat) for face in self._dice(state, seat)]) for seat in SEATS
        ]
        said = [svg.tile(self.moves[bid], number % PLAYERS) for number, bid in enumerate(self._said(state))]
        return svg.panel([*rows, ("Bids", said)])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        if move == LIAR:
            return (move, *self.synonyms)
        number, face = self._bids[action]
        _, word = move.split()
        parts = itertools.product(("", "bid "), (number, FACES[number - 1]), (word, f"{face}s"))
        return tuple([f"{verb}{count} {dice}" for verb, count, dice in parts])

    @cached_property
    def _all_bids(self) -> frozenset[str]:
        """Every bid in all its spellings."""
        return frozenset(word for bid in range(len(self._bids)) for word in self.spellings(None, 0, bid))

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        if said[0] in (LIAR, *self.synonyms):
            return "there is no bid yet"
        if said[0] not in self._all_bids:
            dice, sides = PLAYERS * int(self.parameters["numdice"]), self.parameters["dice_sides"]
            return f"a bid is for 1 to {dice} dice and a face from 1 to {sides}"
        return f"a bid must be higher than the last one, {self.moves[self._said(state)[-1]]}"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        mine, sides = (int(self.parameters[name]) for name in ("numdice", "dice_sides"))
        throws = itertools.combinations_with_replacement(range(1, sides + 1), mine)
        return (
            which("throw", self.throw, lambda state, seat: [self._throw(self._dice(state, seat))],
                  map(self._throw, throws)),
            which("bid", self.last, lambda state, _: map(self.say, self._said(state)[-1:]),
                  self.vocabulary[:-1]),
            how_many("matching", self.matching, self._matching),
        )  # fmt: skip

    def _throw(self, dice: Sequence[int]) -> str:
        """A throw as its seat is shown it."""
        return ", ".join(map(str, dice))

    def _matching(self, state: Any, seat: int) -> int:
        """How many of a seat's own dice count for the last bid."""
        said = self._said(state)
        if not said:
            return 0
        _, face = self._bids[said[-1]]
        return sum(die in (face, int(self.parameters["dice_sides"])) for die in self._dice(state, seat))

    def _bid(self, number: int, face: int) -> str:
        """A bid in words."""
        word = FACES[face - 1]
        if number == 1:
            return f"1 {word}"
        return f"{number} {word}es" if word.endswith("x") else f"{number} {word}s"

    def _said(self, state: Any) -> list[int]:
        """Every bid so far, and the end of bidding: actions in order, seat 0's first."""
        return list(state.history()[self._bid_from :])

    def _dice(self, state: Any, seat: int) -> list[int]:
        """A seat's throw in order of faces, as the engine shows it to the seat."""
        return sorted(outcome + 1 for outcome in state.history()[self._thrown[seat]])
