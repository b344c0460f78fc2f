"""Near-optimal play at every information set: an equilibrium in which hands tremble.

At every decision a seat makes some move at random with the chance `TREMBLE`, and otherwise plays a best
response to an opponent that trembles too. So every information set is reached by both seats, and each seat
has beliefs there that follow from play (R. Selten, 1975), where an equilibrium of the game itself leaves open
what to do after an error. It is found by regret minimisation (O. Tammelin, "Solving large imperfect
information games using CFR+", 2014), which converges with trembling hands too (G. Farina, C. Kroer, T.
Sandholm, 2017), and, unlike a linear program, is as accurate at information sets that are seldom reached as
at the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gtbench.game.oracle import Tick
    from gtbench_games.oracles.tree import Floats, Plan, Tree

TREMBLE = 0.02
ROUNDS = 1000


def cfr_plus(tree: Tree, tick: Tick | None = None) -> Plan:
    """How both seats play after `ROUNDS` rounds of CFR+; every move has a positive probability."""
    moves = [tree.moved_by(seat)[:, None] for seat in (0, 1)]
    regrets, played = tree.blank(0.0), tree.blank(0.0)
    plan = alike = tree.alike()
    parents = np.zeros(len(tree.nodes), np.int64)
    for level in tree.levels:
        parents[level.children] = level.spread(level.parents)
    for number in range(1, ROUNDS + 1):
        for seat in (0, 1):
            values = tree.respond(seat, plan, plan).values
            regrets = np.where(moves[seat], np.maximum(regrets + values - values[parents], 0.0), regrets)
            matched = (1 - TREMBLE) * _shares(tree, regrets, alike) + TREMBLE * alike
            plan = np.where(moves[seat], matched, plan)
            played += np.where(moves[seat], number**2 * tree.reach(seat, plan), 0.0)
        if tick:
            tick(number / ROUNDS)
    return _shares(tree, played, alike)


def _shares(tree: Tree, weights: Floats, alike: Plan) -> Plan:
    """Each move as likely as its weight says; where none has any, all alike."""
    plan = alike.copy()
    for level in tree.levels:
        below = weights[level.children]
        total = level.spread(np.add.reduceat(below, level.starts))
        np.divide(below, total, out=plan[level.children], where=total > 0)
    return plan
