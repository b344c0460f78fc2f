"""Blind auction: a symmetric equilibrium in monotone bids, checked by exact best response.

With values 1 to 10 it bids 0 1 2 2 3 3 4 4 5 5: about half the value, as with values on a line (Vickrey,
1961). The value of a bid is what it earns on average against a rival with these bids, ties by lot included.
Whether a bid is dominated needs no equilibrium: another one earns at least as much however the rival bids.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.game.base import SEATS
from gtbench.game.oracle import TIE, BestResponse, PolicyOracle, best_of, refuse
from gtbench.labels import Label
from gtbench_games.blind_auction import OVERBID, UNDERBID
from gtbench_games.labels import FAILED_TO_EXPLOIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gtbench.game.base import Game
    from gtbench.game.oracle import Oracle, Policy
    from gtbench_games.blind_auction import BlindAuction

    Floats = NDArray[np.float64]


class AuctionOracle(PolicyOracle):
    """Equilibrium bids of the first-price auction with whole numbers.

    A policy is a matrix here: by value, from 1, the chance of each bid; shape (values, values).
    """

    game: BlindAuction
    yardstick: ClassVar[str] = "equilibrium"
    certifies: ClassVar[str] = (
        "A regret is the expected loss against a rival with equilibrium bids; a dominated bid is one however "
        "the rival bids."
    )

    looks_ahead: ClassVar[bool] = True

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self.values = [int(value) for value, _ in game.engine.new_initial_state().chance_outcomes()]

    @cached_property
    def default_policy(self) -> Policy:
        """The equilibrium."""
        return self._policy_of(np.eye(len(self.values))[self.bids])

    @cached_property
    def bids(self) -> list[int]:
        """The equilibrium's bid by value, from 1."""
        halves = [[min(v - 1, (v + 1) // 2) for v in self.values], [v // 2 for v in self.values]]
        for bids in halves:
            values = self.against_bids(np.eye(len(bids))[bids].mean(axis=0))
            if all(values[i, bid] >= np.nanmax(values[i]) - TIE for i, bid in enumerate(bids)):
                return bids
        raise refuse(self.game, "no symmetric equilibrium in pure bids is known")

    def against_bids(self, rival: Floats) -> Floats:
        """What each bid earns by value, nan where it is not legal.

        Args:
            rival: The chance of each bid of the rival's, from 0.
        """
        values, bids = np.array(self.values)[:, None], np.arange(len(self.values))[None, :]
        wins = np.cumsum(rival) - rival / 2  # a tie is won half the time
        return np.where(bids < values, (values - bids) * wins, np.nan)

    def information_set(self, state: Any, seat: int) -> str:
        return str(state.history()[seat])

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        return self.row(self._in_equilibrium, state, seat)

    def outlook(self, state: Any) -> tuple[float, float] | None:
        """By both values, if whoever has not bid yet bids as in equilibrium."""
        if state.is_terminal():
            return super().outlook(state)
        own, other, *said = map(int, state.history())
        bid = said[0] if said else self.bids[own - self.values[0]]
        rival = self.bids[other - self.values[0]]
        won = (bid > rival) + (bid == rival) / 2
        return won * (own - bid), (1 - won) * (other - rival)

    @cached_property
    def _in_equilibrium(self) -> Floats:
        """What each bid earns against equilibrium bids."""
        return self.against_bids(self._matrix(self.default_policy).mean(axis=0))

    def row(self, table: Floats, state: Any, seat: int) -> dict[int, float]:
        """What each bid earns to the seat, by a table of what `against_bids` returns."""
        value = int(state.history()[seat])
        return dict(enumerate(table[value - self.values[0]][:value].tolist()))

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        best = best_of(values)
        first = (Label.DOMINATED,) if action in self.dominated(int(state.history()[seat])) else ()
        return (*first, OVERBID if action > max(best) else UNDERBID)

    def welfare(self, state: Any) -> Mapping[str, float]:
        """Whether the object went where it is worth most, and what it is worth there as a share of that."""
        values = state.history()[: len(SEATS)]
        won = values[self.game.winner(state)]
        return {"efficient": float(won == max(values)), "welfare": won / max(values)}

    def conduct(self, state: Any, seat: int) -> Mapping[str, tuple[float, float]]:
        """Whether the seat bid more than every best response to equilibrium bids."""
        bid = state.history()[len(SEATS) + seat]
        return {"overbid": (float(bid > max(best_of(self.action_values(state, seat)))), 1)}

    def dominated(self, value: int) -> list[int]:
        """The bids than which another is never worse, however the rival bids, and sometimes better.

        The rival's values are uniform, and with each it may make any legal bid.
        """
        rivals = np.arange(len(self.values))
        earned = [(value - bid) * ((bid > rivals) + (bid == rivals) / 2) for bid in range(value)]

        def beaten(gain: Floats) -> bool:
            low, high = np.minimum.accumulate(gain).sum(), np.maximum.accumulate(gain).sum()
            return bool(low >= -TIE and high > TIE)

        return [bid for bid in range(value) if any(beaten(other - earned[bid]) for other in earned)]

    # Policies.

    def against(self, opponent: Policy) -> AgainstBids:
        return AgainstBids(self, self.against_bids(self._matrix(opponent).mean(axis=0)))

    def best_response(self, opponent: Policy) -> Policy:
        values = self.against_bids(self._matrix(opponent).mean(axis=0))
        return self._policy_of(np.eye(len(values))[np.nanargmax(values, axis=1)])

    def payoffs(self, own: Policy, other: Policy) -> tuple[float, float]:
        earned = self._earned(self._matrix(own), self._matrix(other).mean(axis=0))
        return earned, earned

    def exploiter(self, policy: Policy) -> Callable[[Policy], float]:
        """The best response to equilibrium bids at the values that are left out; see `_surely`."""
        best = self._matrix(self.best_response(policy))
        return lambda other: 2 * self._surely(best, other)

    def _surely(self, by: Floats, other: Policy) -> float:
        """What the bids `by` surely gain in one seat, whatever `other` bids at the values that it leaves out.

        What the other gets against itself is a sum over pairs of values. A value that is left out takes
        the bid by which `by` gains least; with itself it gets half of (value - bid), or less if it mixes
        bids, and two of them get the most that they can together.
        """
        chances, values, count = self._matrix(other), np.array(self.values), len(self.values)
        known = np.array([str(value) in other for value in self.values])
        bids = np.arange(count)
        wins = (bids[:, None] > bids) + (bids[:, None] == bids) / 2
        kept = values[:, None] - bids  # by value and bid, if it wins
        rivals = chances[known].sum(axis=0)
        taken = (chances * kept)[known].sum(axis=0)
        against_known = kept * (wins @ rivals)
        paid = np.array([self._earned(by, bid) for bid in np.eye(count)])  # to `by`
        lost = paid / count - (against_known + taken @ wins + kept / 2) / count**2
        hidden = [lost[i, :value].min() for i, value in enumerate(self.values) if not known[i]]
        most = [
            max(high - 1, (low + high) / 2)  # by one more than nothing, or by lot
            for low, high in itertools.combinations(values[~known].tolist(), 2)
        ]
        seen = rivals @ paid / count - (chances * against_known)[known].sum() / count**2
        return float(seen + sum(hidden) - sum(most) / count**2)

    def _earned(self, own: Floats, rival: Floats) -> float:
        """What a player earns on average."""
        return float((own * np.nan_to_num(self.against_bids(rival))).sum(axis=1).mean())

    def _matrix(self, policy: Policy) -> Floats:
        """A policy as a matrix; what it leaves out is as in the equilibrium."""
        rows = []
        for value, bid in zip(self.values, self.bids, strict=True):
            weights = policy.get(str(value), {bid: 1})
            row = np.array([weights.get(action, 0.0) for action in range(len(self.values))], np.float64)
            rows.append(row / row.sum())
        return np.stack(rows)

    def _policy_of(self, matrix: Floats) -> Policy:
        return {
            str(value): dict(enumerate(row[:value].tolist()))
            for value, row in zip(self.values, matrix, strict=True)
        }


class AgainstBids(BestResponse):
    """What a bid loses against a rival's policy."""

    def __init__(self, oracle: AuctionOracle, table: Floats) -> None:
        super().__init__(oracle.game)
        self._oracle, self._table = oracle, table

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        return self._oracle.row(self._table, state, seat)

    def paid_by(self, opponent: Policy) -> Oracle:
        return self._oracle.against(opponent)  # after a bid nothing is left to respond with

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        return (FAILED_TO_EXPLOIT,)
