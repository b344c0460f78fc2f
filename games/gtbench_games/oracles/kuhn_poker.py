"""Kuhn poker: the family of equilibria in closed form (H. W. Kuhn, 1950); its value is -1/18 to seat 0.

In equilibrium seat 0 bets a jack with probability alpha from 0 to 1/3, a king with 3 alpha and never a queen,
and calls with a queen with alpha + 1/3; seat 1 has one way to play. What seat 1's errors cost depends on
alpha; they are measured, and `policy` plays, with alpha = 1/6, in the middle, where every information set is
reached. A move has regret exactly if no member of the family makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench_games.kuhn_poker import BET, CARDS, PASS
from gtbench_games.labels import WRONG_BLUFF, WRONG_CALL, WRONG_FOLD
from gtbench_games.oracles.dealt import DealtOracle
from gtbench_games.oracles.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench_games.oracles.tree import Floats, Plan

ALPHA = 1 / 6
"""How often the equilibrium played here bets a jack in seat 0."""

THIRD = 1 / 3


def family(alpha: float) -> dict[tuple[int, ...], tuple[float, ...]]:
    """An equilibrium: after each public history, the chance to bet with a jack, a queen and a king.

    Args:
        alpha: How often seat 0 bets a jack, from 0 to 1/3.
    """
    return {
        (): (alpha, 0, 3 * alpha),
        (PASS, BET): (0, alpha + THIRD, 1),
        (PASS,): (THIRD, 0, 1),
        (BET,): (0, THIRD, 1),
    }


class KuhnOracle(DealtOracle):
    """Equilibrium play of Kuhn poker."""

    def grown(self) -> Tree:
        cards = range(len(CARDS))
        prior = np.array([[float(one != other) for other in cards] for one in cards])

        def payoff(said: tuple[int, ...]) -> Floats:
            paid = np.zeros_like(prior)
            for deal in np.argwhere(prior):
                state = self.game.engine.new_initial_state()
                for action in (*deal.tolist(), *said):
                    state.apply_action(action)
                paid[tuple(deal)] = state.returns()[0]
            return paid

        tree = Tree(prior / prior.sum())
        tree.grow(self.game.play_out(), payoff)
        return tree

    def hand(self, state: Any, seat: int) -> tuple[int, tuple[int, ...]]:
        history = state.history()
        return history[seat], tuple(history[2:])

    def solved(self) -> Plan:
        return self.member(ALPHA)

    def member(self, alpha: float) -> Plan:
        """One equilibrium of the family."""
        plan = self.tree.blank()
        for said, bets in family(alpha).items():
            children = self.tree.nodes[self.tree.places[said]].children
            plan[children] = np.array([(1 - bet, bet) for bet in bets]).T
        return plan

    def errors(self, said: tuple[int, ...], hand: int, action: int, best: Sequence[int]) -> tuple[str, ...]:
        if said[-1:] == (BET,):
            return (WRONG_CALL if action == BET else WRONG_FOLD,)
        return (WRONG_BLUFF,) if action == BET else ()
