"""What random play gives away on average: by walks of whole trees with solvers of their own.

Each function returns what both players together give away in a match on average, and in how many decisions
that are graded, if every legal move is as likely as the others. Where one move is legal, nobody is asked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from open_spiel.python.algorithms.best_response import BestResponsePolicy
from open_spiel.python.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Plan = Callable[[Any], Mapping[int, float]]

NOTHING = 1e-9


def random_play(start: Any) -> tuple[float, float]:
    """Of a game without luck in which nothing is hidden, by minimax."""
    worths: dict[tuple[str, int], float] = {}
    known: dict[tuple[str, int], tuple[float, float]] = {}

    def key(state: Any) -> tuple[str, int]:
        return str(state), state.current_player()

    def outcome(state: Any) -> float:
        """What the player to move gets with perfect play of both."""
        if key(state) not in worths:
            worths[key(state)] = max(map(partial(worth, state.current_player()), children(state)))
        return worths[key(state)]

    def worth(mover: int, after: Any) -> float:
        """What a move is worth to who made it."""
        return float(after.returns()[mover]) if after.is_terminal() else -outcome(after)

    def expected(state: Any) -> tuple[float, float]:
        if state.is_terminal():
            return 0.0, 0.0
        if key(state) not in known:
            moves = children(state)
            later = [expected(after) for after in moves]
            lost = [outcome(state) - worth(state.current_player(), after) for after in moves]
            regret = sum(lost) + sum(regret for regret, _ in later)
            asked = (len(moves) > 1) + sum(asked for _, asked in later) / len(moves)
            known[key(state)] = regret / len(moves), asked
        return known[key(state)]

    return expected(start)


def children(state: Any) -> list[Any]:
    return [state.child(action) for action in state.legal_actions()]


def random_pig(goal: int, faces: int, horizon: int) -> tuple[float, float]:
    """Of Pig, by induction over the moves that are left: value, regret and decisions of who is to move.

    Tables have the axes own score, other's score, total of the turn; a total that reaches the goal is banked.
    """
    own, other, total = np.ogrid[:goal, :goal, : goal + faces]
    must_stop = (own + total >= goal) & (other >= 0)
    banked = np.minimum(own + total, goal - 1)
    tables = [np.zeros(must_stop.shape) for _ in range(3)]
    for left in range(horizon):  # moves after this one
        passed = [table[other, banked, 0] for table in tables]
        lost = [np.broadcast_to(table[other, own, 0], must_stop.shape) for table in tables]
        thrown = [np.zeros(must_stop.shape) for _ in tables]
        if left:  # the last roll is not thrown
            for i, sign in ((0, -1), (1, 1), (2, 1)):
                thrown[i] = sign * lost[i] / faces
                for face in range(2, faces + 1):
                    ahead = np.minimum(total + face, goal + faces - 1)
                    thrown[i] = thrown[i] + tables[i][own, other, ahead] / faces
        roll, stop = thrown[0], -passed[0]
        best = np.maximum(roll, stop)
        before, tables = (
            tables,
            [
                np.where(must_stop, 1.0, best),
                np.where(must_stop, 0.0, (2 * best - roll - stop + thrown[1] + passed[1]) / 2),
                np.where(must_stop, 0.0, 1 + (thrown[2] + passed[2]) / 2),
            ],
        )
        if all(
            np.allclose(one, other, rtol=0, atol=1e-12) for one, other in zip(before, tables, strict=True)
        ):
            break  # more moves change nothing
    return float(tables[1][0, 0, 0]), float(tables[2][0, 0, 0])


@dataclass
class Known:
    """An information set: all that can be behind what a seat knows."""

    states: list[Any] = field(default_factory=list)
    random: float = 0.0  # how likely random play leads here
    own: float = 0.0  # how likely the plan's own moves do
    others: float = 0.0  # how likely chance and the other's plan do


def random_hidden(
    engine: Any, plan: Plan, trembling: Plan | None = None, slack: float = 0.0
) -> tuple[float, float]:
    """Of a game with hidden cards, against an equilibrium; values are those of OpenSpiel's best response.

    Where the plan does not lead, against the trembling one: there what loses no more than the slack counts
    as nothing, and so does what the plan itself plays, unless it is dominated.
    """
    sets: dict[tuple[int, str], Known] = defaultdict(Known)
    _gather(engine.new_initial_state(), plan, (1.0, 1.0), (1.0, 1.0), sets)
    answers, after_slips = (
        [BestResponsePolicy(engine, seat, _As(engine, plays)) for seat in range(2)]
        for plays in (plan, trembling or plan)
    )
    lost = graded = 0.0
    for (seat, name), known in sets.items():
        reached = known.own > NOTHING and known.others > NOTHING
        regrets = _against((answers if reached else after_slips)[seat], name)
        if not reached:
            wrong, played = _dominated(known.states, seat), plan(known.states[0])
            for i, action in enumerate(known.states[0].legal_actions()):
                plays = known.own > NOTHING and played.get(action, 0.0) > 0
                if not wrong[i] and (plays or regrets[i] <= slack):
                    regrets[i] = 0.0
        lost += known.random * sum(regrets) / len(regrets)
        graded += known.random * (len(regrets) > 1)
    return lost, graded


class _As(Policy):  # type: ignore[misc]
    """A plan as OpenSpiel wants it."""

    def __init__(self, engine: Any, plan: Plan) -> None:
        super().__init__(engine, [0, 1])
        self._plan = plan

    def action_probabilities(self, state: Any, player_id: int | None = None) -> Mapping[int, float]:
        return self._plan(state)


def _gather(
    state: Any,
    plan: Plan,
    chance: tuple[float, float],
    reach: tuple[float, float],
    sets: dict[tuple[int, str], Known],
) -> None:
    """Collect every information set; `chance` has chance's own part, and that with random moves."""
    if state.is_terminal():
        return
    if state.is_chance_node():
        for outcome, p in state.chance_outcomes():
            _gather(state.child(outcome), plan, (chance[0] * p, chance[1] * p), reach, sets)
        return
    seat, legal, plays = state.current_player(), state.legal_actions(), plan(state)
    known = sets[seat, state.information_state_string(seat)]
    known.states.append(state)
    known.own = reach[seat]
    known.others += chance[0] * reach[1 - seat]
    known.random += chance[1]
    for action in legal:
        after = list(reach)
        after[seat] *= plays.get(action, 0.0)
        luck = chance[0], chance[1] / len(legal)
        _gather(state.child(action), plan, luck, (after[0], after[1]), sets)


def _against(answer: Any, name: str) -> list[float]:
    """What each move loses at an information set of the answering seat."""
    behind = answer.infosets[name]
    weight = sum(p for _, p in behind)
    worth = [sum(p * answer.q_value(s, a) for s, p in behind) for a in behind[0][0].legal_actions()]
    return [(max(worth) - each) / weight for each in worth]


def _dominated(states: list[Any], seat: int) -> list[bool]:
    """Of each move, whether another is as good whatever the other seat holds and does, or better."""

    def ends(state: Any) -> set[float]:
        if state.is_terminal():
            return {state.returns()[seat]}
        return set[float]().union(*map(ends, children(state)))

    paid = [[ends(state.child(a)) for state in states] for a in states[0].legal_actions()]
    low, high = [[*map(min, row)] for row in paid], [[*map(max, row)] for row in paid]

    def beaten(one: int, by: int) -> bool:
        never_worse = all(h <= other for h, other in zip(high[one], low[by], strict=True))
        return never_worse and (low[one], high[one]) != (low[by], high[by])

    return [any(beaten(one, by) for by in range(len(paid)) if by != one) for one in range(len(paid))]
