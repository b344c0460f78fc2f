"""An equilibrium of a zero-sum game with private hands and public moves, by one linear program.

The sequence form (D. Koller, N. Megiddo, B. von Stengel, 1996) is as large as the tree, where the normal form
would be exponential in it. Seat 0's plan is the program's solution and seat 1's the dual one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench_games.oracles.dealt import LEAF, dominated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gtbench_games.oracles.dealt import Plan, Tree

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
    """Seat 0 maximises what it gets of a seat 1 that answers best.

    Variables: x, how likely seat 0 plays each of its sequences, by node, action and hand; q, what each
    information set of seat 1 is worth to seat 0, by node and hand.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        hands = tree.hands(0), tree.hands(1)
        self.x: dict[tuple[int, int], Array] = {}  # by node and number of the action: columns
        self.q: dict[int, Array] = {}  # by node: columns
        self.last: list[Array | None] = [None] * len(tree.nodes)  # seat 0's sequence towards each node
        self.columns = 0
        for place, node in enumerate(tree.nodes):
            if node.seat == 1:
                self.q[place] = self._columns(hands[1])
            for number, child in enumerate(node.children):
                self.last[child] = self.last[place]
                if node.seat == 0:
                    self.last[child] = self.x[place, number] = self._columns(hands[0])
        self.equal, self.bounded = _Rows(), _Rows()
        self.right: list[Array] = []
        self.answers: dict[tuple[int, int], Array] = {}  # by node of seat 1 and action: rows of `bounded`
        for place, node in enumerate(tree.nodes):
            if node.seat == 0:
                self._flow(place)
            elif node.seat == 1:
                self._answer(place)

    def _columns(self, number: int) -> Array:
        self.columns += number
        return np.arange(self.columns - number, self.columns)

    def _flow(self, place: int) -> None:
        """What seat 0 plays at a node adds up to how likely it plays towards it."""
        rows = self.equal.new(self.tree.hands(0))
        for number in range(len(self.tree.nodes[place].actions)):
            self.equal.add(rows, self.x[place, number], 1.0)
        before = self.last[place]
        if before is not None:
            self.equal.add(rows, before, -1.0)
        self.right.append(np.full(len(rows), float(before is None)))

    def _answer(self, place: int) -> None:
        """An information set of seat 1 is worth no more to seat 0 than each answer there."""
        for number, child in enumerate(self.tree.nodes[place].children):
            rows = self.answers[place, number] = self.bounded.new(self.tree.hands(1))
            self.bounded.add(rows, self.q[place], 1.0)
            self._subtract(self.bounded, rows, child)

    def _subtract(self, matrix: _Rows, rows: Array, place: int) -> None:
        """Minus what a node is worth to seat 0, by seat 1's hand."""
        node = self.tree.nodes[place]
        if node.seat == 1:
            matrix.add(rows, self.q[place], -1.0)
        elif node.seat == LEAF:
            towards = self.last[place]
            if towards is None:
                raise ValueError("seat 0 has no move before the end")
            paid = self.tree.prior * node.payoff
            matrix.add(rows[None, :], towards[:, None], -paid)
        else:
            for child in node.children:
                self._subtract(matrix, rows, child)

    def solve(self) -> tuple[Array, Array]:
        """The variables, and the dual ones of `bounded`."""
        from scipy import optimize
        from scipy.sparse import csr_array

        def matrix(made: _Rows) -> csr_array:
            parts = (np.concatenate(part) for part in (made.entries, made.rows, made.columns))
            entries, rows, columns = parts
            return csr_array((entries, (rows, columns)), shape=(made.count, self.columns))

        goal = _Rows()
        self._subtract(goal, np.zeros(self.tree.hands(1), np.int64), 0)
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
        return found.x, -found.ineqlin.marginals


def solve(tree: Tree) -> Plan:
    """An equilibrium of the game.

    Where a plan does not lead, any play is an equilibrium's; there every move that is not dominated is made
    alike.
    """
    program = _Program(tree)
    x, y = program.solve()
    plan = {}
    for place, node in enumerate(tree.nodes):
        if node.seat == LEAF:
            continue
        found, at = (x, program.x) if node.seat == 0 else (y, program.answers)
        rows = np.stack([found[at[place, number]] for number in range(len(node.actions))], axis=1)
        rows = np.where(rows < NOTHING, 0.0, rows)
        for hand in np.flatnonzero(rows.sum(axis=1) == 0):
            rows[hand] = ~np.array(dominated(*tree.outlook(place, int(hand))))
        plan[place] = rows / rows.sum(axis=1, keepdims=True)
    return plan
