"""Gold Digging: dig on, or leave and store what was dug up before the shaft collapses.

skin of   pig
moves     "dig" or "leave"; also "dig on", "dig again" for dig, "go home" and "leave the mine" for leave
remapped  the score is the store, the turn total the bag; a 1 is a collapse
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench.game import svg
from gtbench.game.base import SEATS
from gtbench.game.questions import Question, renamed
from gtbench_games.pig import LOST, ROLL, STOP, Pig

if TYPE_CHECKING:
    import re


class GoldDigging(Pig):
    """Pig as a dig for gold."""

    skin = "gold_digging"
    prose_class = "gtbench_games.prose.pig:DiggingProse"
    title = "Gold Digging"
    form = '"dig" or "leave"'
    language = "dig(?: on| again)?|leave(?: the mine)?|go home"
    moves = ("dig", "leave")
    synonyms = frozenset({"dig on", "dig again", "go home", "leave the mine"})
    known = (
        "Nuggets in store: %d for you, %d for the opponent.\nNuggets in the bag: %d. You need %d more to win."
    )
    lost = "the shaft collapses"
    total = "how many nuggets are in the bag"
    needed = "how many nuggets you still need to win beyond your store and the bag, at least 0"
    opponent = "how many nuggets the opponent still needs beyond its store"

    def write_rules(self, seat: int) -> str:
        goal = self.parameters["winscore"]
        digging = self.engine.new_initial_state()
        digging.apply_action(ROLL)
        most = len(digging.chance_outcomes())
        order = "first" if seat == 0 else "second"
        return (
            "Gold Digging, for two players. Each player has a store for nuggets of gold, which is empty at "
            f"the start; the first player with at least {goal} nuggets in its store wins.\n"
            "The players take turns in the mine, and a turn can have many moves. It starts with an empty "
            f"bag. A move is {self.form}:\n"
            f"- dig: a number from 1 to {most} is drawn, all equally likely. If it is {LOST}, the shaft "
            "collapses: all nuggets in the bag are lost and the turn ends. Otherwise that many nuggets are "
            "added to the bag and the turn goes on.\n"
            "- leave: all nuggets in the bag are added to the player's store and the turn ends.\n"
            "Nuggets count only once they are in the store. When store and bag together have at least "
            f"{goal} nuggets, leave is the only legal move, and it wins.\n"
            f"The match is a tie if nobody has won within {self.engine.max_game_length()} moves, those of "
            "both players together; if the last of them is dig, no number is drawn for it.\n"
            f"A win pays {self.engine.max_utility():g}, a tie 0, a loss {self.engine.min_utility():g}.\n"
            f"You take the {order} turn."
        )

    def picture(self, state: Any) -> str:
        stores, bag = self.scores(state)
        lines = [f"Player {seat}: {stores[seat]} in store" for seat in SEATS]
        return "\n".join([*lines, f"Bag: {bag}"])

    def draw(self, state: Any) -> str:
        stores, bag = self.scores(state)
        rows = [(f"Player {seat}", [svg.tile(str(stores[seat]), seat)]) for seat in SEATS]
        events = self.events(state)
        dug = [
            svg.disc(seat, str(number))
            for seat, turn, _, _, number in events
            if number and (seat, turn) == events[-1][:2]
        ]
        return svg.panel([*rows, ("Last turn", dug), ("Bag", [svg.tile(str(bag))])])

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        goal = self.parameters["winscore"]
        return f'store and bag have {goal} nuggets, so that "{self.moves[STOP]}" is the only legal move'

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return ("dig", "dig on", "dig again") if action == ROLL else ("leave", "go home", "leave the mine")

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"total": "bag"})
