"""The iterated prisoner's dilemma: the exact best response to an opponent with a memory of one round.

A state alone does not give the value of a move, since no policy is best against every opponent; so a grade
needs a model of the opponent, see `against`: how it plays in each of five information sets, the first round
and after each pair of moves (its own first). Against such an opponent the match is a Markov decision process
with five states, and one of 32 deterministic policies is best.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.game.oracle import TIE, BestResponse, PolicyOracle, refuse
from gtbench_games.labels import FAILED_TO_EXPLOIT
from gtbench_games.prisoners_dilemma import COOPERATE, DEFECT, EVENTS_A_ROUND, EXPLOITED, PROVOKED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gtbench.game.base import Game
    from gtbench.game.oracle import Oracle, Policy
    from gtbench_games.prisoners_dilemma import PrisonersDilemma

    Floats = NDArray[np.float64]

START = "start"
INFORMATION_SETS = (START, "CC", "CD", "DC", "DD")
"""Of a player that remembers one round: nothing yet, or its own last move and the opponent's."""
MIRROR = (0, 1, 3, 2, 4)
"""The same information sets as the opponent sees them."""
EVEN = 0.5
ENDLESS = 1e-9
"""A last round that is reached with a smaller probability does not matter."""


class DilemmaOracle(PolicyOracle):
    """Best responses of the dilemma.

    A policy is a vector here: the chance to defect in each of `INFORMATION_SETS`.
    """

    game: PrisonersDilemma
    complete = False
    yardstick: ClassVar[str] = "the best response to the opponent's policy"
    certifies: ClassVar[str] = "Nothing without a model of the opponent: no way to play is best against all."
    tells_apart: ClassVar[bool] = True

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.going_on = 1 - float(game.parameters["termination_probability"])
        rounds = int(game.parameters["max_game_length"])
        if self.going_on**rounds > ENDLESS:
            raise refuse(
                game, f"it may well last {rounds} rounds, and a match that has a last one is another"
            )
        self.pay = np.array(game.engine.payoffs, np.float64)  # own move, other's move

    @property
    def default_policy(self) -> Policy:
        """Either move by the toss of a coin, in want of a better guess."""
        return {name: {COOPERATE: 0.5, DEFECT: 0.5} for name in INFORMATION_SETS}

    @property
    def equilibrium_policy(self) -> Policy:
        """Defection, an equilibrium: no opponent is taken to forgive, or to let itself be exploited."""
        return {name: {COOPERATE: 0.0, DEFECT: 1.0} for name in INFORMATION_SETS}

    def information_set(self, state: Any, seat: int) -> str:
        history = state.history()
        if len(history) < EVENTS_A_ROUND:
            return START
        last = history[-EVENTS_A_ROUND:-1]
        return "CD"[last[seat]] + "CD"[last[1 - seat]]

    def action_values(self, state: Any, seat: int) -> None:
        return None

    def welfare(self, state: Any) -> Mapping[str, float]:
        """The sum of both payoffs, as a share of the largest that so many rounds can bring."""
        most = float((self.pay + self.pay.T).max()) * len(self.game.rounds(state))
        return {"welfare": sum(map(float, state.returns())) / most}

    def conduct(self, state: Any, seat: int) -> Mapping[str, tuple[float, float]]:
        """Cooperation, and how it depends on the opponent's last move (R. Axelrod, 1984, chapter 2)."""
        rounds = [(moves[seat], moves[1 - seat]) for moves in self.game.rounds(state)]
        own, other = [move for move, _ in rounds], [move for _, move in rounds]
        after = list(zip(rounds, own[1:], strict=False))
        provoked = [move for (_, last), move in after if last == DEFECT]
        trusted = [move for last, move in after if last == (COOPERATE, COOPERATE)]
        again = [
            move for before, last, move in zip(other, other[1:], own[2:], strict=False)
            if (before, last) == (DEFECT, COOPERATE)
        ]  # fmt: skip
        first = next((moves for moves in rounds if DEFECT in moves), (COOPERATE, DEFECT))
        return {
            "cooperation": (own.count(COOPERATE), len(own)),
            "nice": (float(first[0] == COOPERATE), 1),
            "retaliation": (provoked.count(DEFECT), len(provoked)),
            "forgiveness": (again.count(COOPERATE), len(again)),
            "exploitation": (trusted.count(DEFECT), len(trusted)),
        }

    def against(self, opponent: Policy) -> AgainstMemory:
        other = self.defects(opponent)
        return AgainstMemory(self, other, self.best_action_values(other))

    def best_response(self, opponent: Policy) -> Policy:
        best = self.best_action_values(self.defects(opponent)).argmax(axis=1)
        return {name: {int(move): 1.0} for name, move in zip(INFORMATION_SETS, best, strict=True)}

    def payoffs(self, own: Policy, other: Policy) -> tuple[float, float]:
        earned = float(self.earnings(self.defects(own), self.defects(other))[0])
        return earned, earned

    def exploiter(self, policy: Policy) -> Callable[[Policy], float]:
        """Of the 32 deterministic policies, the one that earns most for certain.

        What a player earns is monotone in each probability of its own and of the opponent's, since each
        stands in one row of the equations; so the least and the most are found where all that are unknown are
        0 or 1. What the policy gets against itself is bounded by what it could get if it played otherwise in
        the other seat, where nothing is known.
        """
        all_of_them = np.array([*itertools.product((0.0, 1.0), repeat=len(INFORMATION_SETS))])
        least = [self._extremes(own[None], self.completions(policy)).min() for own in all_of_them]
        best = all_of_them[[int(np.argmax(least))]]

        def gains(other: Policy) -> float:
            could = self.completions(other)
            return 2 * float(self._extremes(best, could).min() - self._extremes(could, could).max())

        return gains

    def completions(self, policy: Policy) -> Floats:
        """A policy as vectors, with each choice of 0 and 1 where nothing is said; shape (choices, 5)."""
        found = self.defects(policy)
        left = [i for i, name in enumerate(INFORMATION_SETS) if name not in policy]
        all_of_them = np.tile(found, (2 ** len(left), 1))
        all_of_them[:, left] = [*itertools.product((0.0, 1.0), repeat=len(left))]
        return all_of_them

    def _extremes(self, owns: Floats, others: Floats) -> Floats:
        """What each policy earns against each of the others; shape (owns * others,)."""
        return np.array([self.earnings(own, other)[0] for own in owns for other in others])

    def defects(self, policy: Policy) -> Floats:
        """The chance to defect in each of `INFORMATION_SETS`; where nothing is said, a half."""
        found = np.full(len(INFORMATION_SETS), 0.5)
        for i, name in enumerate(INFORMATION_SETS):
            if all_ := sum(policy.get(name, {}).values()):
                found[i] = policy[name].get(DEFECT, 0.0) / all_
        return found

    def earnings(self, own: Floats, other: Floats) -> Floats:
        """What a player earns from each information set on, to the end of the match.

        Args:
            own: Its chance to defect at each information set.
            other: The opponent's.
        """
        moves, answers = _either(own), _either(other[list(MIRROR)])
        chances = moves[:, :, None] * answers[:, None, :]
        lead = self.going_on * np.pad(chances.reshape(len(INFORMATION_SETS), 4), ((0, 0), (1, 0)))
        paid = (chances * self.pay).sum(axis=(1, 2))
        return np.asarray(np.linalg.solve(np.eye(len(INFORMATION_SETS)) - lead, paid), np.float64)

    def best_action_values(self, other: Floats) -> Floats:
        """The action values at each information set with best play after the move; shape (5, 2).

        By policy iteration (R. Howard, 1960): each step is exact.
        """
        own = np.ones(len(INFORMATION_SETS))
        while True:
            table = self.action_values_before(own, other)
            better = np.where(abs(table[:, 0] - table[:, 1]) <= TIE, own, table.argmax(1))
            if np.array_equal(better, own):
                return table
            own = better

    def action_values_before(self, own: Floats, other: Floats) -> Floats:
        """The action values at each information set where the player then goes on as it plays; shape (5, 2).

        Arguments as for `earnings`.
        """
        after = self.earnings(own, other)[1:].reshape(self.pay.shape)
        return _either(other[list(MIRROR)]) @ (self.pay + self.going_on * after).T


def _either(defects: Floats) -> Floats:
    """The chances of both moves by that to defect; shape (information sets, 2)."""
    return np.stack([1 - defects, defects], axis=1)


class AgainstMemory(BestResponse):
    """What a move loses against an opponent with a memory of one round; what was earned before counts."""

    def __init__(self, oracle: DilemmaOracle, opponent: Floats, table: Floats) -> None:
        super().__init__(oracle.game)
        self._oracle, self._opponent, self._table = oracle, opponent, table

    def _place(self, state: Any, seat: int) -> int:
        return INFORMATION_SETS.index(self._oracle.information_set(state, seat))

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        earned = float(state.returns()[seat])
        return dict(enumerate((earned + self._table[self._place(state, seat)]).tolist()))

    def paid_by(self, opponent: Policy) -> Oracle:
        own, other = self._table.argmax(axis=1).astype(np.float64), self._oracle.defects(opponent)
        return AgainstMemory(self._oracle, other, self._oracle.action_values_before(own, other))

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        if action == DEFECT:
            return (PROVOKED,)
        defects = self._opponent[MIRROR[self._place(state, seat)]] >= EVEN
        return (EXPLOITED,) if defects else (FAILED_TO_EXPLOIT,)
