"""What a match pays: rewards, as they follow from how it ended and from the policy it is scored under.

Playing a match finds out how it ended and what the engine paid. What a seat is given for that is a policy,
which stands in the run's settings: two runs under different policies are two experiments, so that `resume`
goes on under the one that a run was begun under, or not at all.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from gtbench.records import PLAYERS, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.records import Match

PROMPT = 2
"""The version of all that models read in the ten games and of the agents that ask them."""

RETRIES = 1
"""How often a seat is asked again after a fault before it forfeits the match."""


class RunPolicy(Record):
    """What a run is played and scored under; the values here are those of this gtbench, unless said."""

    retries: int = RETRIES
    forfeits: Literal["charged", "left out"] = "charged"
    """Whether who forfeits gets the worst that the game pays, or the match is not scored."""
    prompt: int = PROMPT
    ask_forced: bool = False
    """Whether a seat is asked for its move also where it has one legal move; both ways can be chosen."""


BEFORE = {"ask_forced": True}
"""What all runs were played under whose policy does not say it."""


def differences(recorded: RunPolicy) -> list[str]:
    """What a policy differs in from those that this gtbench can play under, in words."""
    pairs = zip(recorded, RunPolicy(ask_forced=recorded.ask_forced), strict=True)
    return [f"{name}={was}, not {is_}" for (name, was), (_, is_) in pairs if was != is_]


def score(match: Match, policy: RunPolicy) -> tuple[float, float] | None:
    """The rewards of both seats; None where the match is not scored.

    A match from a log that does not say what the engine paid has the rewards that it was recorded with.
    """
    offenders = match.termination.by
    if offenders and policy.forfeits == "left out":
        return None
    if match.worst is None:
        return match.rewards
    if offenders:
        return charged(offenders, match.worst, match.paid)
    return match.paid or match.rewards


def charged(offenders: Sequence[int], worst: float, paid: tuple[float, float] | None) -> tuple[float, float]:
    """The rewards of a forfeited match.

    Args:
        offenders: The seats that forfeited: each gets the worst that the game pays.
        worst: That.
        paid: What the match paid when it was played out; None of a zero-sum game, of which it is the mirror.
    """
    others = (-worst,) * PLAYERS if paid is None else paid
    first, second = (worst if seat in offenders else other for seat, other in enumerate(others))
    return first, second


def pair_identity(game: str, seed: int, agents: Sequence[str], policy: RunPolicy | None) -> str:
    """What stands for a pair of matches: the same for both seatings of two agents on one deal, and no other.

    Args:
        game: The game's name with its parameters.
        seed: Of the deal's luck.
        agents: Both, in any order.
        policy: Of the run; None where it is not recorded.
    """
    text = "\x1f".join((game, str(seed), *sorted(agents), *_under(policy)))
    return blake2b(text.encode(), digest_size=8).hexdigest()


@cache
def _under(policy: RunPolicy | None) -> tuple[str, ...]:
    """A policy in words; a schedule of many matches has one."""
    said = {} if policy is None else dict(policy)
    return tuple(f"{name}={value}" for name, value in said.items() if BEFORE.get(name) != value)
