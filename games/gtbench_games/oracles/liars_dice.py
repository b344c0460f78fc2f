"""Liar's dice: an equilibrium by linear program; with one die each its value is -7/258 to seat 0.

The equilibrium leaves open what to do where it never leads: there a move is measured against near-optimal
play that expects errors; see `trembling`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from functools import cached_property
from math import factorial, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench.game.oracle import refuse, stored
from gtbench.records import PLAYERS
from gtbench_games.labels import WRONG_BLUFF, WRONG_CALL, WRONG_FOLD
from gtbench_games.oracles.dealt import DealtOracle
from gtbench_games.oracles.tree import Tree
from gtbench_games.oracles.trembling import cfr_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gtbench.game.base import Game
    from gtbench.game.oracle import Tick
    from gtbench_games.oracles.tree import Floats, Plan

MOST_SETS = 25_000
"""Information sets that a linear program is still solved for: half a minute."""


class LiarsDiceOracle(DealtOracle):
    """Equilibrium play of liar's dice."""

    def __init__(self, game: Game) -> None:
        self._mine, self._sides = int(game.parameters["numdice"]), int(game.parameters["dice_sides"])
        faces = range(1, self._sides + 1)
        self._throws = list(itertools.combinations_with_replacement(faces, self._mine))
        self._liar = game.num_actions - 1
        sets = len(self._throws) << self._liar
        if sets > MOST_SETS:
            raise refuse(game, f"it has {sets:,} information sets, and {MOST_SETS:,} can be solved")
        super().__init__(game)

    def grown(self) -> Tree:
        orders = [factorial(self._mine) / prod(map(factorial, Counter(t).values())) for t in self._throws]
        chances = np.array(orders) / sum(orders)
        tree = Tree(np.outer(chances, chances))

        def payoff(said: tuple[int, ...]) -> Floats:
            bidder = len(said) % PLAYERS  # the last word was the other seat's challenge
            return self._truth[said[-2]] if bidder == 0 else -self._truth[said[-2]]

        tree.grow(self.game.play_out(), payoff)
        return tree

    @cached_property
    def _truth(self) -> list[Floats]:
        """Of each bid, whether it holds (1) or not (-1) by the throws of both seats; from the engine."""
        return [
            np.array([[self._challenged(bid, one, other) for other in self._throws] for one in self._throws])
            for bid in range(self._liar)
        ]

    def _challenged(self, bid: int, *throws: Sequence[int]) -> float:
        """What seat 0 gets when its first bid is challenged."""
        state = self.game.engine.new_initial_state()
        for face in itertools.chain(*throws):
            state.apply_action(face - 1)
        for action in (bid, self._liar):
            state.apply_action(action)
        return float(state.returns()[0])

    @cached_property
    def _places(self) -> dict[tuple[int, ...], int]:
        return {throw: place for place, throw in enumerate(self._throws)}

    def hand(self, state: Any, seat: int) -> tuple[int, tuple[int, ...]]:
        history = state.history()
        dice = history[seat * self._mine : (seat + 1) * self._mine]
        throw = tuple(sorted(outcome + 1 for outcome in dice))
        return self._places[throw], tuple(history[PLAYERS * self._mine :])

    def solved(self) -> Plan:
        from gtbench_games.oracles.sequence_form import solve

        return self._kept("equilibrium", lambda _: solve(self.tree))

    @cached_property
    def trembling(self) -> Plan:
        """As in `DealtOracle`, kept."""
        return self._kept("trembling", lambda tick: cfr_plus(self.tree, tick))

    def prepare(self) -> None:
        super().prepare()
        _ = self.trembling

    def _kept(self, what: str, make: Callable[[Tick], Plan]) -> Plan:
        """A plan from the user's cache folder, or made now and kept there."""
        name = "-".join(["liars_dice", what, *map(str, self.game.parameters.values())])
        kept = stored(name, lambda tick: {"chances": make(tick)})
        return kept["chances"].astype(np.float64)

    def errors(self, said: tuple[int, ...], hand: int, action: int, best: Sequence[int]) -> tuple[str, ...]:
        if action == self._liar:
            return (WRONG_CALL,)
        gave_way = (WRONG_FOLD,) if tuple(best) == (self._liar,) else ()
        sure = bool(np.all(self._truth[action][hand] > 0))  # the own dice make it true
        return gave_way if sure else (*gave_way, WRONG_BLUFF)
