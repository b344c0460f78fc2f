"""Games in which chance deals each seat something private, and all that follows is public: poker, dice.

Such a game is a tree of public moves, and at each of its nodes a table of what each seat may hold. All sums
over the other seat's hand are products of matrices, so that a best response takes one walk down the tree and
one up (M. Johanson et al., "Accelerating best response calculation", 2011).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.labels import Label
from gtbench.oracle import TIE, Oracle, PolicyOracle, Verdict, best_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from gtbench.game import Game
    from gtbench.oracle import Behaviour

    Floats = NDArray[np.float64]
    Plan = Mapping[int, Floats]

LEAF = -1


@dataclass(frozen=True, slots=True)
class Node:
    """A public history: whose move it is and what can follow, or what is paid."""

    said: tuple[int, ...]  # the public moves so far, by the engine's ids
    seat: int  # which is to move; LEAF at the end
    actions: tuple[int, ...]
    children: tuple[int, ...]  # their places among the tree's nodes, all of them later than this one's
    payoff: Floats  # at the end: what seat 0 gets of seat 1, by what each holds; else empty


@dataclass(frozen=True)
class Tree:
    """The whole game: its public nodes, in order of play, and how likely each pair of hands is.

    A plan gives, for each node at which its seat moves, the chance of each action by what the seat holds:
    shape (hands, actions).
    """

    prior: Floats  # shape (hands of seat 0, hands of seat 1); sums to 1
    nodes: list[Node] = field(default_factory=list)

    def grow(self, state: Any, payoff: Callable[[tuple[int, ...]], Floats]) -> None:
        """Take up the public moves that can follow on a state after the deal; any deal has the same."""
        self._grow(state, (), payoff)

    def _grow(self, state: Any, said: tuple[int, ...], payoff: Callable[[tuple[int, ...]], Floats]) -> int:
        place = len(self.nodes)
        if state.is_terminal():
            self.nodes.append(Node(said, LEAF, (), (), payoff(said)))
            return place
        actions = tuple(map(int, state.legal_actions()))
        self.nodes.append(Node(said, LEAF, (), (), np.empty(0)))  # replaced when its children are known
        children = tuple(self._grow(state.child(action), (*said, action), payoff) for action in actions)
        self.nodes[place] = Node(said, state.current_player(), actions, children, np.empty(0))
        return place

    @cached_property
    def places(self) -> dict[tuple[int, ...], int]:
        """Each node's place by its public moves."""
        return {node.said: place for place, node in enumerate(self.nodes)}

    def hands(self, seat: int) -> int:
        """In how many ways a seat can be dealt."""
        return int(self.prior.shape[seat])

    def reach(self, seat: int, plan: Plan) -> list[Floats]:
        """How likely a seat that plays a plan plays towards each node, by what it holds."""
        reach = [np.ones(self.hands(seat))] * len(self.nodes)
        for place, node in enumerate(self.nodes):
            for number, child in enumerate(node.children):
                reach[child] = reach[place] * plan[place][:, number] if node.seat == seat else reach[place]
        return reach

    def respond(self, seat: int, other: Plan, own: Plan | None = None) -> Response:
        """The best that a seat can do against the other's plan.

        Args:
            seat: The seat.
            other: How the other seat plays.
            own: What the seat is held to; where it is nan, or nothing is given, it plays for the best.
        """
        joint = self.prior if seat == 0 else -self.prior.T
        reach = self.reach(1 - seat, other)
        tables: dict[int, Floats] = {}
        value: list[Floats] = [np.empty(0)] * len(self.nodes)
        for place in reversed(range(len(self.nodes))):
            node = self.nodes[place]
            if node.seat == LEAF:
                payoff = node.payoff if seat == 0 else node.payoff.T
                value[place] = (joint * payoff) @ reach[place]
            elif node.seat != seat:
                value[place] = np.sum([value[child] for child in node.children], axis=0)
            else:
                tables[place] = table = np.stack([value[child] for child in node.children], axis=1)
                value[place] = table.max(axis=1)
                if own is not None:
                    held = (table * own[place]).sum(axis=1)
                    value[place] = np.where(np.isnan(held), value[place], held)
        weights = {place: np.abs(joint) @ reach[place] for place in tables}
        return Response(tables, weights, float(value[0].sum()))

    @cached_property
    def bounds(self) -> list[tuple[Floats, Floats]]:
        """The least and the most that seat 0 can still get at each node, by what each seat holds."""
        found: list[tuple[Floats, Floats]] = [(np.empty(0), np.empty(0))] * len(self.nodes)
        for place in reversed(range(len(self.nodes))):
            node = self.nodes[place]
            if node.seat == LEAF:
                found[place] = node.payoff, node.payoff
            else:
                lows, highs = zip(*(found[child] for child in node.children), strict=True)
                found[place] = np.minimum.reduce(lows), np.maximum.reduce(highs)
        return found

    def outlook(self, place: int, hand: int) -> tuple[Floats, Floats]:
        """The least and the most that each action can pay the seat to move, by what the other may hold.

        Shapes (actions, hands of the other that are possible).
        """
        node = self.nodes[place]
        possible = (self.prior[hand] if node.seat == 0 else self.prior[:, hand]) > 0
        lows, highs = zip(*(self.bounds[child] for child in node.children), strict=True)
        low, high = np.stack(lows), np.stack(highs)
        if node.seat == 0:
            return low[:, hand][:, possible], high[:, hand][:, possible]
        return -high[:, :, hand][:, possible], -low[:, :, hand][:, possible]


@dataclass(frozen=True, slots=True)
class Response:
    """What each action of one seat is worth against a plan of the other, with best play after it.

    Tables and weights go by node and by what the seat holds; a table's entry divided by the weight is the
    payoff to be expected there.
    """

    tables: Mapping[int, Floats]  # shape (hands, actions)
    weights: Mapping[int, Floats]  # shape (hands,): how likely chance and the other lead there
    value: float  # of the whole game to the seat

    def worth(self, place: int, hand: int, actions: Sequence[int]) -> dict[int, float] | None:
        """What each action is worth at one information set; None where the other never leads there."""
        weight = self.weights[place][hand]
        if weight <= TIE:
            return None
        return dict(zip(actions, (self.tables[place][hand] / weight).tolist(), strict=True))


def dominated(low: Floats, high: Floats) -> list[bool]:
    """Which actions another is never worse than, and sometimes better, by what `Tree.outlook` says."""

    def beaten(one: int, by: int) -> bool:
        never_worse = bool(np.all(high[one] <= low[by]))
        return never_worse and bool(np.any(low[one] < low[by]) or np.any(high[one] < high[by]))

    return [any(beaten(one, by) for by in range(len(low)) if by != one) for one in range(len(low))]


def undominated(chances: Floats, low: Floats, high: Floats) -> list[float]:
    """The chances of actions, those of dominated ones given to ones that dominate them.

    That never earns less, whatever the other does: an equilibrium stays one.
    """
    worse = dominated(low, high)
    kept: list[float] = chances.tolist()
    good = [action for action, bad in enumerate(worse) if not bad]
    for action in np.flatnonzero(worse).tolist():
        by = next(by for by in good if dominated(low[[action, by]], high[[action, by]])[0])
        kept[by], kept[action] = kept[by] + kept[action], 0.0
    return kept


class DealtOracle(PolicyOracle):
    """An equilibrium of a zero-sum game of this kind, and what a move loses against it.

    A move's worth is what it pays on average at its information set, with best play after it, where the other
    seat plays the equilibrium: its possible hands are weighted by chance and by how likely the equilibrium
    plays so far with each of them. A move that loses is in no equilibrium, since in a zero-sum game every
    equilibrium is a best response to each.
    """

    yardstick: ClassVar[str] = "equilibrium"
    certifies: ClassVar[str] = (
        "A regret is the loss against an equilibrium opponent, on the equilibrium's path; off it only what "
        "is wrong whatever the other holds and does counts as an error."
    )

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.tree = self.grown()

    @abstractmethod
    def grown(self) -> Tree:
        """The game's tree."""

    @abstractmethod
    def hand(self, state: Any, seat: int) -> tuple[int, tuple[int, ...]]:
        """What a seat holds, as a place among its hands, and the public moves so far."""

    @abstractmethod
    def solved(self) -> Plan:
        """How both seats play in equilibrium."""

    @abstractmethod
    def errors(self, said: tuple[int, ...], hand: int, action: int, best: Sequence[int]) -> tuple[Label, ...]:
        """What a move that loses is called, dominated or not."""

    @cached_property
    def equilibrium(self) -> Plan:
        """How both seats play in equilibrium."""
        return self.solved()

    def prepare(self) -> None:
        _ = self.equilibrium

    # Situations and behaviours.

    def situation(self, state: Any, seat: int) -> str:
        hand, said = self.hand(state, seat)
        return _named(hand, said)

    @cached_property
    def typical(self) -> Behaviour:
        """The equilibrium."""
        return self.behaviour(self.equilibrium)

    def behaviour(self, plan: Plan) -> dict[str, dict[int, float]]:
        """A plan by situations."""
        return {
            _named(hand, self.tree.nodes[place].said): dict(
                zip(self.tree.nodes[place].actions, row.tolist(), strict=True)
            )
            for place, rows in plan.items()
            for hand, row in enumerate(rows)
        }

    def plan(self, behaviour: Behaviour, *, fill: bool = True) -> Plan:
        """A behaviour as a plan; what it leaves out is as in the equilibrium, or nan."""
        plan = {
            p: rows.copy() if fill else np.full_like(rows, np.nan) for p, rows in self.equilibrium.items()
        }
        for name, weights in behaviour.items():
            hand, said = _read(name)
            place = self.tree.places[said]
            row = np.array([weights.get(action, 0.0) for action in self.tree.nodes[place].actions])
            if row.sum() > 0:
                plan[place][hand] = row / row.sum()
        return plan

    def against(self, opponent: Behaviour) -> Oracle:
        plan = self.plan(opponent)
        return AgainstDealt(self, tuple(self.tree.respond(seat, plan) for seat in (0, 1)))

    def best_response(self, opponent: Behaviour) -> Behaviour:
        plan = self.plan(opponent)
        best = {}
        for seat in (0, 1):
            for place, table in self.tree.respond(seat, plan).tables.items():
                best[place] = np.eye(table.shape[1])[table.argmax(axis=1)]
        return self.behaviour(best)

    def payoffs(self, own: Behaviour, other: Behaviour, *, worst: bool = False) -> tuple[float, float]:
        mine, theirs = self.plan(own), self.plan(other, fill=not worst)
        first, second = (-self.tree.respond(1 - seat, mine, theirs).value for seat in (0, 1))
        return first, second

    # Grades.

    @cached_property
    def _responses(self) -> tuple[Response, Response]:
        """What each seat's actions are worth against the equilibrium."""
        return self.tree.respond(0, self.equilibrium), self.tree.respond(1, self.equilibrium)

    @cached_property
    def _on_path(self) -> tuple[list[Floats], list[Floats]]:
        """How likely each seat plays towards each node in the equilibrium."""
        return self.tree.reach(0, self.equilibrium), self.tree.reach(1, self.equilibrium)

    def worth(self, state: Any, seat: int) -> Mapping[int, float] | None:
        hand, said = self.hand(state, seat)
        place = self.tree.places[said]
        if self._on_path[seat][place][hand] <= TIE:
            return None  # after a move that no equilibrium makes: what it would do then is arbitrary
        return self._responses[seat].worth(place, hand, self.tree.nodes[place].actions)

    def policy(self, view: Any) -> Mapping[int, float] | None:
        """The equilibrium's mixture; off its path, where that is arbitrary, without dominated moves."""
        hand, said = self.hand(self.game.determinise(view.seen, view.seat, Random(0)), view.seat)
        place = self.tree.places[said]
        chances = undominated(self.equilibrium[place][hand], *self.tree.outlook(place, hand))
        return dict(zip(self.tree.nodes[place].actions, chances, strict=True))

    def labels(self, state: Any, seat: int, action: int, worth: Mapping[int, float]) -> tuple[Label, ...]:
        hand, said = self.hand(state, seat)
        return self._labelled(hand, said, action, best_of(worth))

    def _labelled(
        self, hand: int, said: tuple[int, ...], action: int, best: Sequence[int]
    ) -> tuple[Label, ...]:
        place = self.tree.places[said]
        worse = dominated(*self.tree.outlook(place, hand))
        first = (Label.DOMINATED,) if worse[self.tree.nodes[place].actions.index(action)] else ()
        return (*first, *self.errors(said, hand, action, best))

    def grade(self, state: Any, seat: int, action: int) -> Verdict | None:
        worth = self.worth(state, seat)
        return self.judged(state, seat, action, worth) if worth else self._certain(state, seat, action)

    def _certain(self, state: Any, seat: int, action: int) -> Verdict | None:
        """What can be said off the equilibrium's path, whatever the other holds and does."""
        hand, said = self.hand(state, seat)
        place = self.tree.places[said]
        actions = self.tree.nodes[place].actions
        low, high = self.tree.outlook(place, hand)
        worse = dominated(low, high)
        if not any(worse):
            return None
        best = tuple(a for a, bad in zip(actions, worse, strict=True) if not bad)
        sure, most = float(low.min(axis=1).max()), high.max(axis=1)  # had for certain; had at most, by action
        lost = max(0.0, sure - float(most[actions.index(action)]))
        return Verdict(
            value=sure if sure >= most.max() else None,
            regret=0.0 if action in best else lost,
            best=best,
            stake=max(0.0, sure - float(most.min())),
            exact=False,
            labels=() if action in best else self._labelled(hand, said, action, best),
        )


class AgainstDealt(Oracle):
    """What a move loses against an opponent's behaviour."""

    yardstick: ClassVar[str] = "the best response to the opponent's behaviour"
    certifies: ClassVar[str] = "A regret is the loss against an opponent that plays as was told."

    def __init__(self, oracle: DealtOracle, responses: tuple[Response, ...]) -> None:
        super().__init__(oracle.game)
        self._oracle, self._responses = oracle, responses

    def worth(self, state: Any, seat: int) -> Mapping[int, float] | None:
        hand, said = self._oracle.hand(state, seat)
        tree = self._oracle.tree
        place = tree.places[said]
        return self._responses[seat].worth(place, hand, tree.nodes[place].actions)

    def labels(self, state: Any, seat: int, action: int, worth: Mapping[int, float]) -> tuple[Label, ...]:
        return (Label.FAILED_TO_EXPLOIT,)


def _named(hand: int, said: Sequence[int]) -> str:
    """A situation's name: the hand, then the public moves, as numbers."""
    return " ".join(map(str, (hand, *said)))


def _read(name: str) -> tuple[int, tuple[int, ...]]:
    """The hand and the public moves of a situation."""
    hand, *said = map(int, name.split())
    return hand, tuple(said)
