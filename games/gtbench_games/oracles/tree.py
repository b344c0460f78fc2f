"""Trees of public moves after a deal that gives each seat something private: poker, dice.

At each node stands a table of what each seat may hold. All sums over the other seat's hand are products of
matrices, so that a best response takes one walk down the tree and one up (M. Johanson et al., "Accelerating
best response calculation", 2011). The nodes lie breadth first, so that a walk goes level by level, each in a
few steps of numpy.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Plan = Floats
    """The chance of the move that leads to each node, by what its mover holds: shape (nodes, hands)."""

LEAF = -1


@dataclass(frozen=True, slots=True)
class Node:
    """A public history: whose move it is and what can follow, or what is paid."""

    said: tuple[int, ...]  # the public moves so far, by the engine's ids
    seat: int  # which is to move; LEAF at the end
    actions: tuple[int, ...]
    children: range  # their places among the tree's nodes
    payoff: Floats  # at the end: what seat 0 gets of seat 1, by what each holds; else empty


@dataclass(frozen=True, slots=True)
class Level:
    """The nodes of one depth at which somebody moves, and all their children, which lie side by side."""

    parents: Integers
    seats: Integers  # which moves, by parent
    children: slice
    starts: Integers  # where each parent's children begin among them
    counts: Integers  # how many each has

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """To each child what its parent has."""
        return np.repeat(values, self.counts, axis=0)


@dataclass(frozen=True)
class Tree:
    """The whole game: its public nodes, breadth first, and how likely each pair of hands is.

    Both seats can be dealt the same hands.
    """

    prior: Floats  # shape (hands of seat 0, hands of seat 1); sums to 1
    nodes: list[Node] = field(default_factory=list)

    def grow(self, state: Any, payoff: Callable[[tuple[int, ...]], Floats]) -> None:
        """Take up the public moves that can follow on a state after the deal; any deal has the same."""
        left: deque[tuple[Any, tuple[int, ...]]] = deque([(state, ())])
        while left:
            state, said = left.popleft()
            if state.is_terminal():
                self.nodes.append(Node(said, LEAF, (), range(0), payoff(said)))
                continue
            actions = tuple(map(int, state.legal_actions()))
            first = len(self.nodes) + 1 + len(left)
            children = range(first, first + len(actions))
            self.nodes.append(Node(said, state.current_player(), actions, children, np.empty(0)))
            left.extend((state.child(action), (*said, action)) for action in actions)

    @property
    def hands(self) -> int:
        """In how many ways a seat can be dealt."""
        return len(self.prior)

    @cached_property
    def places(self) -> dict[tuple[int, ...], int]:
        """Each node's place by its public moves."""
        return {node.said: place for place, node in enumerate(self.nodes)}

    @cached_property
    def moving(self) -> list[int]:
        """The places of the nodes at which somebody moves."""
        return [place for place, node in enumerate(self.nodes) if node.seat != LEAF]

    @cached_property
    def levels(self) -> list[Level]:
        """The tree from the first move to the last."""
        by_depth: dict[int, list[int]] = {}
        for place in self.moving:
            by_depth.setdefault(len(self.nodes[place].said), []).append(place)
        levels = []
        for parents in by_depth.values():
            nodes = [self.nodes[place] for place in parents]
            counts = np.array([len(node.children) for node in nodes])
            seats = np.array([node.seat for node in nodes])
            children = slice(nodes[0].children.start, nodes[-1].children.stop)
            levels.append(Level(np.array(parents), seats, children, np.cumsum(counts) - counts, counts))
        return levels

    @cached_property
    def _leaves(self) -> tuple[Integers, Floats]:
        """The places of the ends, and what seat 0 gets there times how likely the hands are."""
        places = np.array([place for place, node in enumerate(self.nodes) if node.seat == LEAF])
        return places, self.prior * np.stack([self.nodes[place].payoff for place in places])

    def moved_by(self, seat: int) -> NDArray[np.bool_]:
        """Of each node, whether it is a move of a seat's that leads there."""
        moved = np.zeros(len(self.nodes), np.bool_)
        for level in self.levels:
            moved[level.children] = level.spread(level.seats == seat)
        return moved

    def blank(self, chance: float = np.nan) -> Plan:
        """A plan in which nothing is said yet."""
        return np.full((len(self.nodes), self.hands), chance)

    def alike(self) -> Plan:
        """The plan of which every move is as likely as any other."""
        plan = self.blank(1.0)
        for level in self.levels:
            plan[level.children] /= level.spread(level.counts)[:, None]
        return plan

    def reach(self, seat: int, plan: Plan) -> Floats:
        """How likely a seat that plays a plan plays towards each node, by what it holds."""
        reach = self.blank(1.0)
        for level in self.levels:
            before, own = level.spread(reach[level.parents]), level.spread(level.seats == seat)[:, None]
            reach[level.children] = np.where(own, before * plan[level.children], before)
        return reach

    def respond(self, seat: int, other: Plan, own: Plan | None = None) -> Response:
        """A seat's best response to the other's plan.

        Args:
            seat: The seat.
            other: How the other seat plays.
            own: How the seat plays; where it is nan, or no plan is given, it plays for the best.
        """
        reach = self.reach(1 - seat, other)
        places, paid = self._leaves
        values = self.blank(0.0)
        values[places] = np.einsum("nij,nj->ni" if seat == 0 else "nji,nj->ni", paid, reach[places])
        values *= 1 if seat == 0 else -1
        for level in reversed(self.levels):
            below = values[level.children]
            most = np.maximum.reduceat(below, level.starts)
            if own is not None:
                mixed = np.add.reduceat(below * own[level.children], level.starts)
                most = np.where(np.isnan(mixed), most, mixed)
            total = np.add.reduceat(below, level.starts)
            values[level.parents] = np.where((level.seats == seat)[:, None], most, total)
        weights = reach @ (self.prior.T if seat == 0 else self.prior)
        return Response(self, values, weights, float(values[0].sum()))

    def together(self, plan: Plan) -> Floats:
        """What seat 0 can expect at each node if both play a plan; shape (nodes, hands, hands)."""
        values = np.zeros((len(self.nodes), self.hands, self.hands))
        for place, node in enumerate(self.nodes):
            if node.seat == LEAF:
                values[place] = node.payoff
        for level in reversed(self.levels):
            chance, own = plan[level.children], level.spread(level.seats == 0)[:, None, None]
            mixed = values[level.children] * np.where(own, chance[:, :, None], chance[:, None, :])
            values[level.parents] = np.add.reduceat(mixed, level.starts)
        return values

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """The least and the most that seat 0 can still get at each node, by what each seat holds."""
        low = np.zeros((len(self.nodes), self.hands, self.hands))
        for place, node in enumerate(self.nodes):
            if node.seat == LEAF:
                low[place] = node.payoff
        high = low.copy()
        for level in reversed(self.levels):
            low[level.parents] = np.minimum.reduceat(low[level.children], level.starts)
            high[level.parents] = np.maximum.reduceat(high[level.children], level.starts)
        return low, high

    def outlook(self, place: int, hand: int) -> tuple[Floats, Floats]:
        """The least and the most that each action can pay the seat to move, by what the other may hold.

        Shapes (actions, hands of the other that are possible).
        """
        node = self.nodes[place]
        possible = (self.prior[hand] if node.seat == 0 else self.prior[:, hand]) > 0
        low, high = (bound[node.children] for bound in self.bounds)
        if node.seat == 0:
            return low[:, hand][:, possible], high[:, hand][:, possible]
        return -high[:, :, hand][:, possible], -low[:, :, hand][:, possible]


@dataclass(frozen=True, slots=True)
class Response:
    """The value of each node to one seat against a plan of the other, with best play after it.

    A value divided by the weight is the payoff to be expected there. Shapes (nodes, hands of the seat).
    """

    tree: Tree
    values: Floats
    weights: Floats  # how likely chance and the other lead there
    value: float  # of the whole game to the seat

    def action_values(self, place: int, hand: int) -> dict[int, float]:
        """The action values at one information set that the other's plan reaches."""
        weight, node = self.weights[place, hand], self.tree.nodes[place]
        return dict(zip(node.actions, (self.values[node.children, hand] / weight).tolist(), strict=True))

    def best(self) -> Plan:
        """A best response, by what the seat to move holds; actions of equal value are equally likely."""
        plan = self.tree.blank()
        for level in self.tree.levels:
            below = self.values[level.children]
            best = below == level.spread(np.maximum.reduceat(below, level.starts))
            plan[level.children] = best / level.spread(np.add.reduceat(best, level.starts, dtype=np.float64))
        return plan


def dominated(low: Floats, high: Floats) -> list[bool]:
    """Which actions are dominated: another is never worse and sometimes better, by `Tree.outlook`."""

    def beaten(one: int, by: int) -> bool:
        never_worse = bool(np.all(high[one] <= low[by]))
        return never_worse and bool(np.any(low[one] < low[by]) or np.any(high[one] < high[by]))

    return [any(beaten(one, by) for by in range(len(low)) if by != one) for one in range(len(low))]


def undominated(chances: Floats, low: Floats, high: Floats) -> list[float]:
    """The chances of actions, with those of dominated actions moved to actions that dominate them.

    That never earns less, whatever the other does: an equilibrium stays one.
    """
    worse = dominated(low, high)
    kept: list[float] = chances.tolist()
    good = [action for action, bad in enumerate(worse) if not bad]
    for action in np.flatnonzero(worse).tolist():
        by = next(by for by in good if dominated(low[[action, by]], high[[action, by]])[0])
        kept[by], kept[action] = kept[by] + kept[action], 0.0
    return kept
