"""Stone Jars: remove stones from coloured jars; the very last stone loses (or, if so set, wins).

skin of   nim
moves     how many, from which jar ("remove 2 from green"); also "remove 2 stones from green", "remove 2 from
          the green jar", "2 from green"
remapped  pile a is the red jar, b the blue one and so on
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Any

from gtbench.game import svg
from gtbench.game.questions import Question, renamed
from gtbench.game.words import WHOLE
from gtbench_games.nim import PILES, Nim

JARS = ("red", "blue", "green", "yellow", "white", "black", "brown", "pink", "orange", "purple")  # by pile
ANY = "|".join(JARS)


class StoneJars(Nim):
    """Nim as stones in jars."""

    skin = "stone_jars"
    prose_class = ""
    title = "Stone Jars"
    language = f"(?:remove )?({WHOLE})(?: stones?)? from (?:the ({ANY}) jar|({ANY}))"
    called = JARS
    named = tuple(f"{jar.capitalize()} jar" for jar in JARS)
    no_such, holds = "the jars are %s", "the %s jar holds %d"
    at_least = "a move removes at least one stone"
    objects, piles = "how many stones are left", "how many jars are not empty"
    nim_sum = "the bitwise XOR of the numbers of stones in all jars, as a decimal number"

    @property
    def form(self) -> str:
        return f'how many stones, from which jar, such as "{self.moves[0]}"'

    def name_moves(self) -> tuple[str, ...]:
        names = (name.split() for name in super().name_moves())  # of "take 2 from pile c"
        return tuple(
            f"remove {words[1]} from {JARS[PILES.index(words[-1])]}" if words else "" for words in names
        )

    def write_rules(self, seat: int) -> str:
        jars = JARS[: len(self._most)]
        number = f"{len(jars)} jar{'s' * (len(jars) > 1)}"
        if self.sampled:
            sizes = f"{number} ({', '.join(jars)}) that hold 1 to {max(self._most)} stones each"
        else:
            listed = [f"the {jar} jar with {size}" for jar, size in zip(jars, self._most, strict=True)]
            sizes = f"{number} of stones: {', '.join(listed)}"
        end = self._engine_with("1").new_initial_state()
        end.apply_action(0)
        last = "wins" if end.returns()[0] > 0 else "loses"
        order = "first" if seat == 0 else "second"
        return (
            f"Stone Jars, for two players, with {sizes}.\n"
            "The players move in turn. A move removes one or more stones, as many as the player likes, from "
            "a single jar. Nobody may skip a turn.\n"
            f"The player who removes the very last stone, so that all jars are empty, {last}.\n"
            f"A win pays {self.engine.max_utility():g}, a loss {self.engine.min_utility():g}.\n"
            f"A move is {self.form}.\n"
            f"You move {order}."
        )

    def draw(self, state: Any) -> str:
        sizes = zip(self.named, self.sizes(state), strict=False)
        return svg.panel([(jar, [svg.disc()] * size) for jar, size in sizes])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        _, number, _, jar = move.split()
        parts = itertools.product(("remove ", ""), ("", " stone", " stones"), (jar, f"the {jar} jar"))
        return tuple([f"{verb}{number}{noun} from {place}" for verb, noun, place in parts])

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return renamed(super().questions, {"objects": "stones", "piles": "jars"})
