"""Information-set Monte Carlo tree search: the baseline that computes, from what its seat may know alone.

Single-observer ISMCTS (P. Cowling, E. Powley and D. Whitehouse, IEEE TCIAIG 4(2), 2012). Each simulation
draws a state from all those that the seat may be in (`Game.determinise`), walks down one tree, adds one node
and plays on at random.

- A node is what the *searching* seat would have seen there, at both players' moves, so that nothing hidden
  from it tells nodes apart.
- Each player chooses for its own payoff, so that general-sum games need nothing else.
- Where both move at once, each chooses by its own counts, without the other's move (decoupled UCT), and
  three times in ten at random: two players that only follow their bounds can fall into step, so that each of
  their moves meets one answer alone. Such a search need not settle at an equilibrium (M. Shafiei,
  N. Sturtevant and J. Schaeffer, 2009).
- The bound of a move is its mean payoff + uct * sqrt(ln(times available) / times tried), with payoffs scaled
  to a width of 2 between the lowest and the highest of this search, as win 1 and loss -1 are. The engine's
  own range would not do: the dilemma's is that of 9,999 rounds, and in it all moves look the same.
- The move that was tried most is played.

In a game of perfect information this is plain UCT. In negotiation a thousand simulations see little beyond
the first of its hundreds of moves: it takes what is offered, and proposes nearly at random.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from gtbench.agent.spec import Decision
from gtbench.clock import in_thread
from gtbench.game.base import SEATS
from gtbench.reply import TAG
from gtbench_agents.simulation import advance, movers, worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View

LONGEST = 500
"""Steps of a simulation, chance's included; after so many it counts what has been earned so far."""

OUT_OF_STEP = 0.3
"""How often a player moves at random where both move at once."""


class Mcts:
    """Plays by information-set Monte Carlo tree search; see the module for how.

    Args:
        game: The game.
        rng: The luck of this match and seat.
        simulations: How many to run for a move.
        uct: How much to explore; the paper's value is 2.
    """

    deterministic: ClassVar[bool] = True

    def __init__(
        self,
        *,
        game: Game,
        rng: Random,
        simulations: Annotated[int, Field(ge=1)] = 1000,
        uct: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 2.0,
    ) -> None:
        self._game, self._rng = game, rng
        self._simulations, self._uct = simulations, uct

    async def act(self, view: View) -> Decision:
        """The best move found, without a model; other matches go on meanwhile."""
        action = await in_thread(partial(self._found, view))
        return Decision(f"{TAG} {self._game.say(action)}")

    def _found(self, view: View) -> int:
        """The move tried most often."""
        states = self._states(view)
        root = next(states)
        legal = self._game.legal(root, view.seat)
        if len(legal) == 1:
            return legal[0]
        search = Search(self._game, view.seat, self._known, self._uct, self._rng)
        for _, state in zip(range(self._simulations), states, strict=False):
            search.simulate(state)
        return search.most_tried(root, legal)

    def _states(self, view: View) -> Iterator[Any]:
        """A state for each simulation to begin at."""
        return worlds(self._game, view, self._rng)

    def _known(self, state: Any, seat: int) -> Hashable:
        """What tells the nodes of the tree apart."""
        return self._game.seen(state, seat)


class Arm:
    """One move at one node: how often it was tried, could have been, and what it has paid in all."""

    __slots__ = ("available", "paid", "tried")

    def __init__(self) -> None:
        self.tried = self.available = 0
        self.paid = 0.0


class Search:
    """The tree of one search.

    Args:
        game: The game.
        seat: The searching seat.
        known: What that seat knows in a state: the nodes of the tree.
        uct: The weight of exploration.
        rng: The luck of the simulations.
    """

    def __init__(
        self, game: Game, seat: int, known: Callable[[Any, int], Hashable], uct: float, rng: Random
    ) -> None:
        self._game, self._seat, self._known, self._uct, self._rng = game, seat, known, uct, rng
        self._tree: dict[tuple[int, Hashable], dict[int, Arm]] = {}  # by who moves, and what is known
        self._low, self._high = [math.inf] * len(SEATS), [-math.inf] * len(SEATS)

    def simulate(self, state: Any) -> None:
        """Play a state to its end, down the tree first, and remember what that paid; the state is used up."""
        path: list[tuple[int, dict[int, Arm], Sequence[int], int]] = []
        in_tree = True
        for _ in range(LONGEST):
            if state.is_terminal():
                break
            if state.is_chance_node():
                outcomes, chances = zip(*state.chance_outcomes(), strict=True)
                state.apply_action(int(self._rng.choices(outcomes, chances)[0]))
                continue
            legal = {mover: self._game.legal(state, mover) for mover in movers(self._game, state)}
            if in_tree:
                known = self._known(state, self._seat)
                nodes = {mover: self._tree.setdefault((mover, known), {}) for mover in legal}
                actions = {mover: self._chosen(mover, nodes[mover], legal[mover]) for mover in legal}
                path += [(mover, nodes[mover], legal[mover], actions[mover]) for mover in legal]
                in_tree = all(actions[mover] in nodes[mover] for mover in legal)
            else:
                actions = {mover: self._rng.choice(moves) for mover, moves in legal.items()}
            advance(state, actions)
        self._remember(path, [float(payoff) for payoff in state.returns()])

    def most_tried(self, state: Any, legal: Sequence[int]) -> int:
        """The searching seat's move that was tried most often; the best paid of several."""
        arms = self._tree[self._seat, self._known(state, self._seat)]
        return max(
            arms.keys() & set(legal), key=lambda action: (arms[action].tried, arms[action].paid, -action)
        )

    def _chosen(self, mover: int, arms: dict[int, Arm], legal: Sequence[int]) -> int:
        """A move that was never tried at this node, or else the one with the highest bound, as a rule."""
        untried = [action for action in legal if action not in arms]
        if untried or (self._game.simultaneous and self._rng.random() < OUT_OF_STEP):
            return self._rng.choice(untried or legal)
        width = self._high[mover] - self._low[mover]
        scale, uct = 2 / width if width else 0.0, self._uct

        def bound(action: int) -> float:
            arm = arms[action]
            return scale * arm.paid / arm.tried + uct * math.sqrt(math.log(arm.available) / arm.tried)

        return max(legal, key=bound)

    def _remember(
        self, path: Sequence[tuple[int, dict[int, Arm], Sequence[int], int]], payoffs: Sequence[float]
    ) -> None:
        """Count a simulation at every node that it went through."""
        for seat in SEATS:
            self._low[seat] = min(self._low[seat], payoffs[seat])
            self._high[seat] = max(self._high[seat], payoffs[seat])
        for mover, arms, legal, action in path:
            arm = arms.setdefault(action, Arm())
            arm.tried += 1
            arm.paid += payoffs[mover]
            for possible in legal:
                if possible in arms:
                    arms[possible].available += 1
