"""Oracles of zero-sum games with private hands and public moves: Kuhn poker, liar's dice."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.game.base import SEATS
from gtbench.game.oracle import TIE, BestResponse, PolicyOracle, Verdict, best_of
from gtbench.labels import Label
from gtbench_games.labels import FAILED_TO_EXPLOIT
from gtbench_games.oracles.tree import dominated, undominated
from gtbench_games.oracles.trembling import cfr_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from gtbench.game.base import Game
    from gtbench.game.oracle import Oracle, Policy
    from gtbench_games.oracles.tree import Plan, Response, Tree


SLACK = 0.05
"""A smaller loss against a trembling opponent is no error: different trembles differ by as much."""


class DealtOracle(PolicyOracle):
    """An equilibrium of a zero-sum game of this kind, and what a move loses against it.

    An action's value is its mean payoff at the information set, with best play after it, against the
    equilibrium: the other seat's possible hands are weighted by chance and by how likely the equilibrium
    plays so far with each of them. A move that loses is in no equilibrium, since in a zero-sum game every
    equilibrium is a best response to each.
    """

    yardstick: ClassVar[str] = "equilibrium"
    certifies: ClassVar[str] = (
        "A regret is the loss against an equilibrium opponent, on the equilibrium's path; off it, where an "
        "equilibrium may do anything, against a near-optimal one who makes one move in fifty at random."
    )

    looks_ahead: ClassVar[bool] = True

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
    def errors(self, said: tuple[int, ...], hand: int, action: int, best: Sequence[int]) -> tuple[str, ...]:
        """What a move that loses is called, dominated or not."""

    @cached_property
    def equilibrium(self) -> Plan:
        """How both seats play in equilibrium."""
        return self.solved()

    def prepare(self) -> None:
        _ = self.equilibrium

    # Information sets and policies.

    def information_set(self, state: Any, seat: int) -> str:
        hand, said = self.hand(state, seat)
        return _named(hand, said)

    @cached_property
    def default_policy(self) -> Policy:
        """The equilibrium."""
        return self.policy_of(self.equilibrium)

    def policy_of(self, plan: Plan) -> dict[str, dict[int, float]]:
        """The plan as a policy."""
        return {
            _named(hand, node.said): dict(zip(node.actions, chances, strict=True))
            for node in (self.tree.nodes[place] for place in self.tree.moving)
            for hand, chances in enumerate(plan[node.children].T.tolist())
        }

    def plan(self, policy: Policy) -> Plan:
        """A policy as a plan; what it leaves out is played as in the equilibrium."""
        partial = self.partial_plan(policy)
        return np.where(np.isnan(partial), self.equilibrium, partial)

    def partial_plan(self, policy: Policy) -> Plan:
        """A partial policy as a plan; what it leaves out is nan."""
        plan = self.tree.blank()
        for name, weights in policy.items():
            hand, said = _read(name)
            node = self.tree.nodes[self.tree.places[said]]
            if total := sum(weights.values()):
                plan[node.children, hand] = [weights.get(action, 0.0) / total for action in node.actions]
        return plan

    def against(self, opponent: Policy) -> AgainstDealt:
        plan = self.plan(opponent)
        return AgainstDealt(self, tuple(self.tree.respond(seat, plan) for seat in SEATS))

    def best_response(self, opponent: Policy) -> Policy:
        plan = self.plan(opponent)
        first, second = (self.tree.respond(seat, plan).best() for seat in SEATS)
        return self.policy_of(np.where(self.tree.moved_by(0)[:, None], first, second))

    def payoffs(self, own: Policy, other: Policy) -> tuple[float, float]:
        mine, theirs = self.plan(own), self.plan(other)
        first, second = (self.tree.respond(seat, theirs, mine).value for seat in SEATS)
        return first, second

    def nash_conv(self, policy: Policy) -> float:
        plan = self.plan(policy)
        return sum(self.tree.respond(seat, plan).value for seat in SEATS)

    def exploiter(self, policy: Policy) -> Callable[[Policy], float]:
        """By linear program: no other has a larger certain gain; see `PolicyOracle.exploiter`."""
        partial = self.partial_plan(policy)
        plans = [self._exploiter(seat, partial) for seat in SEATS]

        def gains(other: Policy) -> float:
            known = self.partial_plan(other)  # elsewhere the best answer to these plans is assumed
            return -sum(self.tree.respond(seat, plans[seat], known).value for seat in SEATS)

        return gains

    def _exploiter(self, seat: int, partial: Plan) -> Plan:
        """How the other seat best exploits a seat whose plan is known in part."""
        from gtbench_games.oracles.sequence_form import exploiter

        moves = self.tree.moved_by(seat)
        if np.isnan(partial[moves]).any():
            return exploiter(self.tree, seat, partial)
        return self.tree.respond(1 - seat, partial).best()

    # Grades.

    @cached_property
    def trembling(self) -> Plan:
        """How both seats play where hands tremble, so that every information set is reached."""
        return cfr_plus(self.tree)

    @cached_property
    def _responses(self) -> tuple[Response, ...]:
        """Each seat's action values against the equilibrium."""
        return tuple(self.tree.respond(seat, self.equilibrium) for seat in SEATS)

    @cached_property
    def _against_trembling(self) -> tuple[Response, ...]:
        """Each seat's action values against an opponent whose hand trembles."""
        return tuple(self.tree.respond(seat, self.trembling) for seat in SEATS)

    @cached_property
    def _led(self) -> tuple[NDArray[np.bool_], ...]:
        """Whether each seat's own equilibrium leads to each node, by what it holds."""
        return tuple(self.tree.reach(seat, self.equilibrium) > TIE for seat in SEATS)

    def on_path(self, place: int, hand: int) -> bool:
        """Whether the equilibrium of both seats leads to an information set; elsewhere it is arbitrary."""
        seat = self.tree.nodes[place].seat
        return bool(self._led[seat][place, hand] and self._responses[seat].weights[place, hand] > TIE)

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        hand, said = self.hand(state, seat)
        place = self.tree.places[said]
        responses = self._responses if self.on_path(place, hand) else self._against_trembling
        return responses[seat].action_values(place, hand)

    @cached_property
    def _together(self) -> NDArray[np.float64]:
        """What seat 0 can expect at each node by what both hold, if both play well from there."""
        plan = self.trembling.copy()
        for level in self.tree.levels:
            leads = np.where((level.seats == 0)[:, None], *(led[level.parents] for led in self._led))
            plan[level.children] = np.where(
                level.spread(leads), self.equilibrium[level.children], plan[level.children]
            )
        return self.tree.together(plan)

    def outlook(self, state: Any) -> tuple[float, float] | None:
        """By both hands: it explains more luck than what one seat knows."""
        (own, said), (other, _) = (self.hand(state, seat) for seat in SEATS)
        worth = float(self._together[self.tree.places[said], own, other])
        return worth, -worth

    def policy(self, view: Any) -> Mapping[int, float] | None:
        """The equilibrium's mixture without dominated moves; a best move where its own play never leads."""
        state = self.game.determinise(view.seen, view.seat, Random(0))
        hand, said = self.hand(state, view.seat)
        place = self.tree.places[said]
        if self._led[view.seat][place, hand]:
            return self._mixture(place, hand)
        best = self._good(place, hand, self.action_values(state, view.seat))
        return dict.fromkeys(best, 1 / len(best))

    def _mixture(self, place: int, hand: int) -> dict[int, float]:
        """The equilibrium's chance of each move, without dominated ones."""
        node = self.tree.nodes[place]
        chances = undominated(self.equilibrium[node.children, hand], *self.tree.outlook(place, hand))
        return dict(zip(node.actions, chances, strict=True))

    def _good(self, place: int, hand: int, values: Mapping[int, float]) -> tuple[int, ...]:
        """The moves that are no error off the equilibrium's path.

        They are those that lose no more than `SLACK` against a trembling opponent, and those of the
        equilibrium where its own moves lead: they are part of an equilibrium. Dominated ones are not.
        """
        node, high = self.tree.nodes[place], max(values.values())
        worse = dominated(*self.tree.outlook(place, hand))
        good = {
            a for a, bad in zip(node.actions, worse, strict=True) if not bad and values[a] >= high - SLACK
        }
        if self._led[node.seat][place, hand]:
            good |= {action for action, chance in self._mixture(place, hand).items() if chance > 0}
        return tuple(action for action in node.actions if action in good)

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        hand, said = self.hand(state, seat)
        return self._labelled(hand, said, action, best_of(values))

    def _labelled(
        self, hand: int, said: tuple[int, ...], action: int, best: Sequence[int]
    ) -> tuple[str, ...]:
        place = self.tree.places[said]
        worse = dominated(*self.tree.outlook(place, hand))
        first = (Label.DOMINATED,) if worse[self.tree.nodes[place].actions.index(action)] else ()
        return (*first, *self.errors(said, hand, action, best))

    def grade(self, state: Any, seat: int, action: int) -> Verdict:
        values = self.action_values(state, seat)
        hand, said = self.hand(state, seat)
        place = self.tree.places[said]
        if self.on_path(place, hand):
            return self.verdict(state, seat, action, values)
        high, low = max(values.values()), min(values.values())
        best = self._good(place, hand, values)
        return Verdict(
            value=high,
            regret=0.0 if action in best else high - values[action],
            best=best,
            stake=high - low if len(best) < len(values) else 0.0,
            exact=False,
            labels=() if action in best else self._labelled(hand, said, action, best),
            action_values=values,
        )


class AgainstDealt(BestResponse):
    """What a move loses against an opponent's policy."""

    def __init__(self, oracle: DealtOracle, responses: tuple[Response, ...]) -> None:
        super().__init__(oracle.game)
        self._oracle, self._responses = oracle, responses

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        hand, said = self._oracle.hand(state, seat)
        place, response = self._oracle.tree.places[said], self._responses[seat]
        if response.weights[place, hand] <= TIE:
            return None  # the opponent never leads there
        return response.action_values(place, hand)

    def paid_by(self, opponent: Policy) -> Oracle:
        tree, plan = self._oracle.tree, self._oracle.plan(opponent)
        paid = (tree.respond(seat, plan, self._responses[seat].best()) for seat in SEATS)
        return AgainstDealt(self._oracle, tuple(paid))

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        return (FAILED_TO_EXPLOIT,)


def _named(hand: int, said: Sequence[int]) -> str:
    """An information set's name: the hand, then the public moves, as numbers."""
    return " ".join(map(str, (hand, *said)))


def _read(name: str) -> tuple[int, tuple[int, ...]]:
    """The hand and the public moves of an information set."""
    hand, *said = map(int, name.split())
    return hand, tuple(said)
