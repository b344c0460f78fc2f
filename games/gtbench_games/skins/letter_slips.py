"""Letter Slips: state what is written on all slips while seeing only one's own.

skin of   liars_dice
moves     a statement ("2 slips with c", also "claim 2 slips with c", "2 with c", "2 c") or "doubt" (also
          "doubt it", "doubt the claim")
remapped  a die is a slip, the faces 1, 2, 3 ... are the letters a, b, c ...; the last letter is wild
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench.records import PLAYERS
from gtbench_games.liars_dice import COUNT, FACES, LiarsDice

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

LETTERS = "abcdefghijkl"  # by face
DOUBT = "doubt"
ORDERS = {
    "reset-face": "more slips than the last statement, with any letter, or as many slips with a letter later "
    "in the alphabet",
    "reset-quantity": "a letter later in the alphabet than that of the last statement, with any number of "
    "slips, or more slips with the same letter",
}


class LetterSlips(LiarsDice):
    """Liar's Dice as statements about letters on slips of paper."""

    skin = "letter_slips"
    prose_class = ""
    title = "Letter Slips"
    synonyms = frozenset({"doubt it", "doubt the claim"})
    language = (
        f"(?:claim )?(?:(?:1|one) slip with|(?!(?:1|one) ){COUNT} slips with|{COUNT} with|{COUNT}) [a-z]"
        "|doubt(?: it| the claim)?"
    )
    known = "Your letters: %s\nThe last statement: %s"
    throw, last = "your own letters, as they are shown to you", "the last statement"
    matching = (
        "how many of your own slips count for the last statement, those that stand for every letter included "
        "(0 before any statement)"
    )

    @property
    def form(self) -> str:
        return f'a statement, such as "{self.moves[0]}", or "{DOUBT}"'

    def name_moves(self) -> tuple[str, ...]:
        return (*super().name_moves()[:-1], DOUBT)

    def write_rules(self, seat: int) -> str:
        mine = int(self.parameters["numdice"])
        last = LETTERS[len(self.engine.new_initial_state().chance_outcomes()) - 1]
        slips, own = ("one slip of paper", "slip") if mine == 1 else (f"{mine} slips of paper", "slips")
        order = "first" if seat == 0 else "second"
        return (
            f"Letter Slips, for two players. Each player gets {slips} and sees only its own {own}. On each "
            f"slip stands one letter from {LETTERS[0]} to {last}, all equally likely, drawn independently "
            "for each slip.\n"
            f"The players take turns. A move is {self.form}. The first move is a statement.\n"
            f"A statement is a number of slips, 1 to {PLAYERS * mine}, and a letter, {LETTERS[0]} to {last}. "
            "It is true if at least that number of the slips of both players together have that letter. The "
            f"letter {last} stands for every letter: a slip with {last} counts as a slip with whatever "
            "letter is stated.\n"
            f"Each statement must go beyond the last one: {ORDERS[str(self.parameters['bidding_rule'])]}. "
            f'After the last possible statement, "{self.moves[-2]}", only "{DOUBT}" is left.\n'
            f'The move "{DOUBT}" ends the match: if the last statement is true, the player who made it wins; '
            "if it is false, the player who doubted it wins.\n"
            f"A win pays {self.engine.max_utility():g}, a loss {self.engine.min_utility():g}.\n"
            f"You move {order}."
        )

    def picture(self, state: Any) -> str:
        lines = [f"Player {seat}: {self._throw(self._dice(state, seat))}" for seat in SEATS]
        return "\n".join([*lines, f"Statements: {', '.join(self._told(state)) or 'none'}"])

    def _from_to(self, first: str, last: str) -> str:
        return first if first == last else f"{first} to {last[-1]}"

    def draw(self, state: Any) -> str:
        rows = [
            (f"Player {seat}", [svg.card(LETTERS[face - 1], seat) for face in self._dice(state, seat)])
            for seat in SEATS
        ]
        told = [svg.tile(move, number % PLAYERS) for number, move in enumerate(self._told(state))]
        return svg.panel([*rows, ("Statements", told)])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        if move == DOUBT:
            return (move, *sorted(self.synonyms))
        number, face = self._bids[action]
        letter = LETTERS[face - 1]
        slips = move.removeprefix(str(number))
        parts = itertools.product(
            ("", "claim "), (number, FACES[number - 1]), (slips, f" with {letter}", f" {letter}")
        )
        return tuple([f"{verb}{count}{rest}" for verb, count, rest in parts])

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        if said[0].startswith(DOUBT):
            return "there is no statement yet"
        if said[0] not in self._all_bids:
            slips, last = (
                PLAYERS * int(self.parameters["numdice"]),
                LETTERS[int(self.parameters["dice_sides"]) - 1],
            )
            return f"a statement is for 1 to {slips} slips and a letter from {LETTERS[0]} to {last}"
        return f"a statement must go beyond the last one, {self.moves[self._said(state)[-1]]}"

    def _bid(self, number: int, face: int) -> str:
        return f"{number} slip{'s' * (number > 1)} with {LETTERS[face - 1]}"

    def _told(self, state: Any) -> list[str]:
        """Every move so far, seat 0's first."""
        return [self.moves[action] for action in self._said(state)]

    def _throw(self, dice: Sequence[int]) -> str:
        return ", ".join(LETTERS[face - 1] for face in dice)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"throw": "letters", "bid": "last"})
