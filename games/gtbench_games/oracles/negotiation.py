"""Negotiation: exact accounting of each decision; no equilibrium of it is known.

    the last turn        a proposal can no longer be agreed to, so to refuse an offer worth u loses u: exact
    the turn before it   a proposal can bring no more than what its maker would keep, so one that keeps no
                         more than the standing offer is dominated. The opponent, who answers last, takes what
                         is worth something to it, and not every kind of item is worthless to it: to leave it
                         one item of each kind brings the rest for certain, if it makes no last mistake
    earlier              undecided, but for an offer of the whole pool, of which no more can be had, and one
                         worth no more than what its seat can be sure of by going on: for the seat whose turn
                         the one before the last is, what it can then bring for certain; for the other nothing
    a message            undecided: it pays nothing and binds nobody

All of it is a function of what the seat sees: its own values, the pool, the number of turns and the offer.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from gtbench.game.base import SEATS
from gtbench.game.oracle import Oracle, Verdict
from gtbench.labels import Label
from gtbench_games.negotiation import GAVE_TOO_MUCH, REFUSED_LAST, TOOK_TOO_LITTLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench_games.negotiation import Negotiation


class Accounts(NamedTuple):
    """What a seat can count up before its turn; amounts are in its own values."""

    left: int  # turns after this one
    pool: int  # what the whole pool is worth
    standing: float | None  # what the offer on the table pays; None where there is none
    kept: Mapping[int, int]  # what each proposal would keep, by the engine's ids
    sure: int  # what can be proposed that an opponent in its last turn surely takes


class NegotiationOracle(Oracle):
    """What is certain about a decision in negotiation."""

    game: Negotiation
    complete = False
    yardstick: ClassVar[str] = "what could be had for certain"
    certifies: ClassVar[str] = (
        "A regret is lost for certain, before the last turn if the opponent takes in it what is worth "
        "something to it; more may have been lost."
    )

    def accounts(self, state: Any, seat: int) -> Accounts | None:
        """What the seat can count up; None where a message is asked for."""
        agree = len(self.game.proposals)
        legal = self.game.legal(state, seat)
        if legal and legal[0] > agree:
            return None
        turns, pool, values = self.game.dealt(state, seat)
        kept = {a: _worth(self.game.proposals[a], values) for a in legal if a != agree}
        one_each = sum(values) if all(pool) else None
        whole = _worth(pool, values)
        return Accounts(
            left=turns - self.game.turn(state) - 1,
            pool=whole,
            standing=float(state.child(agree).returns()[seat]) if agree in legal else None,
            kept=kept,
            sure=0 if one_each is None else whole - one_each,
        )

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        """Decided in the last turn only: the offer, or nothing."""
        counted = self.accounts(state, seat)
        if counted is None or counted.left:
            return None
        action_values: dict[int, float] = dict.fromkeys(counted.kept, 0.0)
        if counted.standing is not None:
            action_values[len(self.game.proposals)] = counted.standing
        return action_values

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        return (REFUSED_LAST,)

    def grade(self, state: Any, seat: int, action: int) -> Verdict | None:
        action_values = self.action_values(state, seat)
        if action_values:
            return self.verdict(state, seat, action, action_values)
        counted = self.accounts(state, seat)
        if counted is None:
            return None
        return self._before_last(counted, action) if counted.left == 1 else self._early(counted, action)

    def _before_last(self, counted: Accounts, action: int) -> Verdict:
        """A proposal made now is answered once, and that is the end."""
        agree = len(self.game.proposals)
        standing = counted.standing or 0.0
        floor = max(standing, counted.sure)
        best = [a for a, kept in counted.kept.items() if kept >= floor and kept > standing]
        if counted.standing is not None and standing >= counted.sure:
            best.append(agree)
        best = best or list(counted.kept)  # nothing that could be kept is worth anything
        most = {**counted.kept, agree: standing}
        labels: tuple[str, ...] = ()
        if action not in best:
            if action == agree:
                labels = (TOOK_TOO_LITTLE,)
            else:
                dominated = counted.standing is not None and counted.kept[action] <= standing
                labels = (Label.DOMINATED, GAVE_TOO_MUCH) if dominated else (GAVE_TOO_MUCH,)
        return Verdict(
            value=None,
            regret=0.0 if action in best else max(0.0, floor - most[action]),
            best=tuple(best),
            stake=max(0.0, floor - min(counted.kept.values())),
            exact=False,
            labels=labels,
        )

    def _early(self, counted: Accounts, action: int) -> Verdict | None:
        """Little is certain while more offers can come: what is surely too little, and what is all."""
        agree, offered = len(self.game.proposals), counted.standing
        if offered is None or not counted.pool:
            return None
        certain = counted.sure if counted.left % len(SEATS) else 0  # the turn before the last is its own
        if offered == counted.pool:
            return Verdict(
                None, 0.0, (agree,), 0.0, exact=False, labels=() if action == agree else (Label.DOMINATED,)
            )
        if offered and offered >= certain:
            return None
        lost = certain - offered
        taken: tuple[str, ...] = (TOOK_TOO_LITTLE,) if action == agree else ()
        return Verdict(None, lost if taken else 0.0, tuple(counted.kept), lost, exact=False, labels=taken)

    def welfare(self, state: Any) -> Mapping[str, float]:
        """How good the agreement was for both seats together, by both seats' values; 0 without agreement.

        `welfare` and `nash` are shares, of the largest sum and of the largest product of what both get that
        some division reaches (J. Nash, 1950); `efficient` is 1 where no division is better for one and no
        worse for the other; `agreed` is 1 where there was an agreement.
        """
        if not state.is_terminal():
            return {}
        _, pool, first = self.game.dealt(state, SEATS[0])
        _, _, second = self.game.dealt(state, SEATS[1])
        whole = _worth(pool, second)
        divisions = [
            (_worth(kept, first), whole - _worth(kept, second))
            for kept in itertools.product(*(range(count + 1) for count in pool))
        ]
        own, other = (float(reward) for reward in state.returns())
        agreed = float(state.history()[-1] == len(self.game.proposals))
        better = any(a >= own and b >= other and (a > own or b > other) for a, b in divisions)
        return {
            "agreed": agreed,
            "efficient": float(not better),
            "welfare": _share(own + other, max(a + b for a, b in divisions)),
            "nash": _share(own * other, max(a * b for a, b in divisions)),
        }


def _worth(counts: Sequence[int], values: Sequence[int]) -> int:
    """What so many items of each kind are worth."""
    return sum(count * value for count, value in zip(counts, values, strict=True))


def _share(part: float, whole: float) -> float:
    """A part of a whole; of nothing all is reached."""
    return part / whole if whole else 1.0
