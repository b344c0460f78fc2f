"""Linear programs over whole policies of zero-sum games with private hands and public moves.

The sequence form (D. Koller, N. Megiddo, B. von Stengel, 1996) is as large as the tree, where the normal form
would be exponential in it. One seat's plan is a program's solution and the other's the dual one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench_games.oracles.tree import LEAF, dominated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gtbench_games.oracles.tree import Floats, Plan, Tree

    Array = NDArray[Any]

NOTHING = 1e-9
"""A chance below it is the solver's rounding."""


class _Rows:
    """A sparse matrix in the making, row by row."""

    def __init__(self) -> None:
        self.rows: list[Array] = []
        self.columns: list[Array] = []
        self.entries: list[Array] = []
        self.count = 0

    def new(self, number: int) -> Array:
        """The indices of so many new rows."""
        self.count += number
        return np.arange(self.count - number, self.count)

    def add(self, rows: Array, columns: Array, entries: Array | float) -> None:
        """Entries of the matrix; the three are broadcast."""
        rows, columns, entries = np.broadcast_arrays(rows, columns, entries)
        self.rows.append(rows.ravel())
        self.columns.append(columns.ravel())
        self.entries.append(entries.ravel())


class _Program:
    """A program in which a seat maximises its payoff against a best response.

    Variables: x, how likely the seat plays each of its sequences; q, what each information set of the
    opponent is worth to the seat. Where the seat's plan is given, a sequence is a fixed share of the one
    before it.
    """

    def __init__(self, tree: Tree, seat: int, partial: Plan) -> None:
        self.tree, self.seat, self.partial = tree, seat, partial
        self.x: dict[int, Array] = {}  # by the node that a move leads to: columns, by hand
        self.q: dict[int, Array] = {}  # by node: columns, by hand
        self.last: list[Array | None] = [None] * len(tree.nodes)  # the seat's sequence towards each node
        self.columns = 0
        for place, node in enumerate(tree.nodes):
            if node.seat == 1 - seat:
                self.q[place] = self._columns()
            for child in node.children:
                self.last[child] = self.last[place]
                if node.seat == seat:
                    self.last[child] = self.x[child] = self._columns()
        self.equal, self.bounded = _Rows(), _Rows()
        self.right: list[Array] = []
        self.answers: dict[
            int, Array
        ] = {}  # by the node that the opponent's move leads to: rows of `bounded`
        for place in tree.moving:
            if tree.nodes[place].seat == seat:
                self._flow(place)
            else:
                self._answer(place)

    def _columns(self) -> Array:
        self.columns += self.tree.hands
        return np.arange(self.columns - self.tree.hands, self.columns)

    def _flow(self, place: int) -> None:
        """The seat's sequences out of a node sum to the one into it, or are given shares of it."""
        before, children = self.last[place], self.tree.nodes[place].children
        free = np.isnan(self.partial[children.start])
        rows = self.equal.new(int(free.sum()))
        for child in children:
            self.equal.add(rows, self.x[child][free], 1.0)
        self._equal(rows, before, np.ones(len(rows)), free)
        for child in children if not free.all() else ():
            rows = self.equal.new(int((~free).sum()))
            self.equal.add(rows, self.x[child][~free], 1.0)
            self._equal(rows, before, self.partial[child][~free], ~free)

    def _equal(self, rows: Array, before: Array | None, share: Floats, hands: Array) -> None:
        """Rows equal a share of the sequence before, which is 1 where there is none."""
        if before is not None:
            self.equal.add(rows, before[hands], -share)
        self.right.append(share if before is None else np.zeros(len(rows)))

    def _answer(self, place: int) -> None:
        """An information set of the opponent is worth no more to the seat than each answer there."""
        for child in self.tree.nodes[place].children:
            rows = self.answers[child] = self.bounded.new(self.tree.hands)
            self.bounded.add(rows, self.q[place], 1.0)
            self._subtract(self.bounded, rows, child)

    def _subtract(self, matrix: _Rows, rows: Array, place: int) -> None:
        """Minus what a node is worth to the seat, by the opponent's hand."""
        node = self.tree.nodes[place]
        if node.seat == 1 - self.seat:
            matrix.add(rows, self.q[place], -1.0)
        elif node.seat == LEAF:
            towards = self.last[place]
            if towards is None:
                raise ValueError("the seat has no move before the end")
            paid = self.tree.prior * node.payoff
            matrix.add(rows[None, :], towards[:, None], -paid if self.seat == 0 else paid.T)
        else:
            for child in node.children:
                self._subtract(matrix, rows, child)

    def solve(self) -> tuple[Floats, Floats]:
        """How likely the seat, and the opponent, plays each sequence, by the node that it leads to."""
        from scipy import optimize
        from scipy.sparse import csr_array

        def matrix(made: _Rows) -> csr_array:
            parts = (np.concatenate(part) for part in (made.entries, made.rows, made.columns))
            entries, rows, columns = parts
            return csr_array((entries, (rows, columns)), shape=(made.count, self.columns))

        goal = _Rows()
        self._subtract(goal, np.zeros(self.tree.hands, np.int64), 0)
        cost = np.zeros(self.columns)
        np.add.at(cost, np.concatenate(goal.columns), np.concatenate(goal.entries))
        free = np.concatenate([*self.q.values()])
        low = np.zeros(self.columns)
        low[free] = -np.inf
        linprog: Any = optimize.linprog  # its stubs know of no sparse matrices
        found = linprog(
            cost,
            A_ub=matrix(self.bounded), b_ub=np.zeros(self.bounded.count),
            A_eq=matrix(self.equal), b_eq=np.concatenate(self.right),
            bounds=np.stack([low, np.full(self.columns, np.inf)], axis=1),
            method="highs-ipm",
        )  # fmt: skip
        if found.x is None:
            raise ArithmeticError(f"the linear program was not solved: {found.message}")
        own, other = self.tree.blank(0.0), self.tree.blank(0.0)
        for values, at, weights in ((found.x, self.x, own), (-found.ineqlin.marginals, self.answers, other)):
            weights[list(at)] = values[np.stack([*at.values()])]
        return own, other


def solve(tree: Tree) -> Plan:
    """An equilibrium of the game.

    Where a plan does not lead, any play is an equilibrium's; there every move that is not dominated is
    equally likely.
    """
    first, second = _Program(tree, 0, tree.blank()).solve()
    plan = _chances(tree, first + second)  # no node is reached by a move of both
    for place in tree.moving:
        children = tree.nodes[place].children
        for hand in np.flatnonzero(np.isnan(plan[children.start])):
            good = ~np.array(dominated(*tree.outlook(place, int(hand))))
            plan[children, hand] = good / good.sum()
    return plan


def exploiter(tree: Tree, seat: int, partial: Plan) -> Plan:
    """The plan with the largest certain gain against a seat whose plan is known in part.

    Whatever the seat does where nothing is known, it loses at least the value of the program; and what it
    would best do there is the program's solution.

    Args:
        tree: The game.
        seat: Who is played against.
        partial: How it plays; nan where that is not known.

    Returns:
        The other seat's plan; where it does not lead, every move alike.
    """
    _, answers = _Program(tree, seat, partial).solve()
    plan = _chances(tree, answers)
    return np.where(np.isnan(plan), tree.alike(), plan)


def _chances(tree: Tree, weights: Floats) -> Plan:
    """A plan by how likely each sequence is played; nan where it does not lead."""
    weights = np.where(weights < NOTHING, 0.0, weights)
    plan = tree.blank()
    for level in tree.levels:
        below = weights[level.children]
        total = level.spread(np.add.reduceat(below, level.starts))
        plan[level.children] = np.divide(below, total, out=np.full_like(below, np.nan), where=total > 0)
    return plan
