"""Nim: take objects from piles; whoever takes the last one loses (C. L. Bouton, 1901; here in misere play).

engine    OpenSpiel `nim`: sequential, deterministic, perfect information, zero-sum
moves     how many, from which pile: "take 2 from pile c"; also "take 2 objects from pile c", and each of them
          without "take" or "pile"
rewards   win 1, loss -1
chance    none, but for the piles if they are drawn, and the moves of a random opening

From the paper's piles 1;3;5;7 the first player loses whatever it plays first, so that its first move tells
nothing. `pile_sizes=random` draws four piles of 1 to 7 for each deal.
"""

from __future__ import annotations

import itertools
import re
from functools import cached_property, reduce
from operator import xor
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyspiel

from gtbench.errors import BadOption
from gtbench.game import svg
from gtbench.game.base import Game
from gtbench.game.engine import OPENING_PLIES
from gtbench.game.knowledge import replay
from gtbench.game.memo import Memo
from gtbench.game.parameters import LARGEST_WHOLE, shown
from gtbench.game.questions import Question, how_many
from gtbench.game.words import WHOLE, spans
from gtbench.labels import About, Slip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from numpy.typing import NDArray

    from gtbench.game.deal import Deal
    from gtbench.records import Parameter

PILES = "abcdefghij"
MOST_OBJECTS = 20
DRAWN = "random"
DRAWN_PILES, DRAWN_OBJECTS = 4, 7

WRONG_SUM = "wrong_sum"


class Nim(Game):
    """Nim in words."""

    name = "nim"
    title = "Nim"
    engine_name = "nim"
    oracle_class = "gtbench_games.oracles.nim:NimOracle"
    prose_class = "gtbench_games.prose.nim:NimProse"
    skin_classes: ClassVar[Mapping[str, str]] = {"stone_jars": "gtbench_games.skins.stone_jars:StoneJars"}
    defaults: ClassVar[Mapping[str, Parameter]] = {
        "pile_sizes": "1;3;5;7", "is_misere": True, "opening": "empty",
    }  # fmt: skip
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "opening": ("empty", "random"),
    }  # fmt: skip
    variants = (f"pile_sizes={DRAWN}", "opening=random")
    paper_class = "complete, deterministic, dynamic"
    alternates = lists_alike = True
    abilities: ClassVar[tuple[str, ...]] = ("math",)
    labels: ClassVar[Mapping[str, About]] = {
        WRONG_SUM: About(
            "a move that leaves a winning nim-sum was there and was not played", Slip.CALCULATION_ERROR
        )
    }

    language = f"(?:take )?({WHOLE})(?: objects?)? from (?:pile )?([a-z])"
    called: tuple[str, ...] = tuple(PILES)
    named: tuple[str, ...] = tuple(f"Pile {pile}" for pile in PILES)
    no_such, holds = "the piles are %s", "pile %s holds %d"
    at_least = "a move takes at least one object"
    objects, piles = "how many objects are left", "how many piles are not empty"
    nim_sum = "the bitwise XOR of the sizes of all piles, as a decimal number"

    @property
    def form(self) -> str:
        return f'how many objects, from which pile, such as "{self.moves[0]}"'

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        given = dict(parameters)
        single = given.get("pile_sizes")
        if type(single) is int and abs(single) < LARGEST_WHOLE:  # one pile, as the command line reads it
            given["pile_sizes"] = str(single)
        said = super().checked(given)
        sizes = str(said["pile_sizes"])
        if sizes != DRAWN:
            whole = re.fullmatch(r"\d{1,3}(;\d{1,3})*", sizes, re.ASCII)
            numbers = [int(size) for size in sizes.split(";")] if whole else []
            if not numbers or len(numbers) > len(PILES) or not all(1 <= n <= MOST_OBJECTS for n in numbers):
                raise BadOption(
                    f"{self.name}: pile_sizes is {DRAWN} or up to {len(PILES)} numbers from 1 to "
                    f'{MOST_OBJECTS}, such as "1;3;5;7", not {shown(sizes)}'
                )
            if said["opening"] == "random" and sum(numbers) - max(numbers) < OPENING_PLIES:
                raise BadOption(f"{self.name}: the piles {sizes} are too small for opening=random")
            said["pile_sizes"] = ";".join(map(str, numbers))
        return said

    def load_engine(self) -> Any:
        sizes = self.parameters["pile_sizes"]
        most = ";".join([str(DRAWN_OBJECTS)] * DRAWN_PILES) if sizes == DRAWN else sizes
        return self._engine_with(str(most))

    @property
    def sampled(self) -> bool:
        return self.parameters["pile_sizes"] == DRAWN

    def start(self, deal: Deal) -> Any:
        if not self.sampled:
            return self.engine.new_initial_state()
        equal = [(size, 1 / DRAWN_OBJECTS) for size in range(1, DRAWN_OBJECTS + 1)]
        sizes = (str(deal.draw(f"pile {pile}", equal)) for pile in range(DRAWN_PILES))
        return self._engine_with(";".join(sizes)).new_initial_state()

    def name_moves(self) -> tuple[str, ...]:
        self._most = self.sizes(self.engine.new_initial_state())
        names = [
            f"take {take + 1} from pile {pile}"
            for take in range(max(self._most))
            for pile in PILES[: len(self._most)]
        ]
        return (*names, *[""] * (self.num_actions - len(names)))

    def write_rules(self, seat: int) -> str:
        piles = PILES[: len(self._most)]
        if self.sampled:
            sizes = f"{len(piles)} piles ({piles[0]} to {piles[-1]}) of 1 to {max(self._most)} objects each"
        else:
            listed = [f"pile {pile} with {size}" for pile, size in zip(piles, self._most, strict=True)]
            sizes = f"{len(piles)} pile{'s' * (len(piles) > 1)} of objects: {', '.join(listed)}"
        engine = self._engine_with("1")
        end = engine.new_initial_state()
        end.apply_action(0)
        last = "wins" if end.returns()[0] > 0 else "loses"
        order = "first" if seat == 0 else "second"
        return (
            f"Nim, for two players, with {sizes}.\n"
            "The players take turns. A move takes one or more objects, as many as the player likes, from a "
            "single pile. Nobody may pass.\n"
            f"The player who takes the very last object {last}.\n"
            f"A win pays {self.engine.max_utility():g}, a loss {self.engine.min_utility():g}.\n"
            f"A move is {self.form}.\n"
            f"You move {order}."
        )

    def history(self, state: Any) -> tuple[int, ...]:
        if not self.sampled:
            return super().history(state)
        return (*self.sizes(state.get_game().new_initial_state()), *state.history())

    def determinise(self, seen: Sequence[int | None], seat: int, rng: Random) -> Any:
        if not self.sampled:
            return super().determinise(seen, seat, rng)
        sizes = ";".join(map(str, seen[:DRAWN_PILES]))
        return replay(self._engine_with(sizes).new_initial_state(), seen[DRAWN_PILES:], rng)

    def observe(self, state: Any, seat: int) -> str:
        return self._pictured[str(state)]

    def picture(self, state: Any) -> str:
        return self._pictured[str(state)]

    @cached_property
    def _pictured(self) -> Memo[str, str]:
        """A line a pile, from the engine's "(0): 1 3 5 7"; remembered, since they come again."""
        listed = "\n".join(f"{pile}: %s" for pile in self.named[: len(self._most)])
        return Memo(lambda piles: listed % tuple(piles.split()[1:]))

    def list_moves(self, state: Any, legal: Sequence[str]) -> str:
        numbers: dict[str, list[int]] = {}
        for move in legal:
            verb, number, where = move.split(" ", 2)
            numbers.setdefault(where, []).append(int(number))
        listed = "; ".join(f"{spans(found)} {where}" for where, found in numbers.items())
        return f"{verb} {listed}"

    def draw(self, state: Any) -> str:
        sizes = zip(self.named, self.sizes(state), strict=False)
        return svg.panel([(pile, [svg.disc()] * size) for pile, size in sizes])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        move = self.moves[action]
        take, pile = move.split()[1], move[-1]
        parts = itertools.product(("take ", ""), ("", " object", " objects"), ("pile ", ""))
        return tuple([f"{verb}{take}{noun} from {a}{pile}" for verb, noun, a in parts])

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        number, *piles = said.groups()
        pile = next(filter(None, piles))
        sizes = dict(zip(self.called, self.sizes(state), strict=False))
        if pile not in sizes:
            return self.no_such % ", ".join(sizes)
        return self.at_least if number == "0" else self.holds % (pile, sizes[pile])

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """A row a pile: which size it has, from 0. The engine's own changes its length with the piles."""
        return self._tensors[str(state)].copy()

    @cached_property
    def _tensors(self) -> Memo[str, NDArray[np.float32]]:
        """The same by the engine's own text, as it comes again."""
        rows = np.eye(max(self._most) + 1, dtype=np.float32)
        return Memo(lambda piles: rows[[int(size) for size in piles.split()[1:]]])

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            how_many(
                "xor",
                self.nim_sum,
                lambda state, _: reduce(xor, self.sizes(state)),
                slip=Slip.CALCULATION_ERROR,
                theory=True,
            ),
            how_many(
                "objects", self.objects, lambda state, _: sum(self.sizes(state)), slip=Slip.CALCULATION_ERROR
            ),
            how_many("piles", self.piles, lambda state, _: sum(map(bool, self.sizes(state)))),
        )

    def _engine_with(self, sizes: str) -> Any:
        """The engine's game from these piles."""
        settings = {"pile_sizes": sizes, "is_misere": self.parameters["is_misere"]}
        return pyspiel.load_game(self.engine_name, settings)

    @staticmethod
    def sizes(state: Any) -> list[int]:
        """The objects left in each pile."""
        return [int(size) for size in str(state).split(": ")[1].split()]
