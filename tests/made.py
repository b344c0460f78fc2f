"""Records made by hand, for tests of what is counted over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.records import Attempt, Call, Fault, Finding, Grade, Match, Sample, Termination, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.labels import FaultKind, Slip
    from gtbench.records import Phase


def call(tokens: int, *, model: str = "m/x", input_tokens: int = 0, cost: float | None = None) -> Call:
    """A call whose reply took so many tokens."""
    return Call(
        model=model, messages=(), settings={}, samples=(Sample(reply="", finish="stop"),),
        input_tokens=input_tokens, output_tokens=tokens, cost=cost,
    )  # fmt: skip


def turn(
    seat: int,
    *faults: FaultKind,
    moved: bool = True,
    forced: bool = False,
    confidence: float | None = None,
    calls: Sequence[Call] = (),
) -> Turn:
    """A seat to move: an attempt for each fault, then a sound one if it was asked and moved."""
    attempts = [
        Attempt(reply="", finish="stop", fault=Fault(kind=kind, detail=""), calls=()) for kind in faults
    ]
    if moved and not forced:
        attempts.append(
            Attempt(reply="", finish="stop", fault=None, calls=tuple(calls), confidence=confidence)
        )
    move, action = ("m", 0) if moved else (None, None)
    return Turn(seat=seat, view="", attempts=tuple(attempts), move=move, action=action, forced=forced)


def grade(
    place: int,
    seat: int,
    regret: float,
    stake: float,
    *labels: str,
    phase: Phase = "opening",
    slips: Sequence[Slip] = (),
) -> Grade:
    """A graded turn; it is an error where something was given away."""
    return Grade(
        turn=place, seat=seat, status="graded", phase=phase, alternatives=2, value=1.0, after=1 - regret,
        regret=regret, error=regret > 0, best=("b",), stake=stake, labels=labels,
        slips=tuple(Finding(slip=slip, evidence="") for slip in slips),
    )  # fmt: skip


def undecided(place: int, seat: int, phase: Phase = "opening") -> Grade:
    """A turn that no oracle can grade."""
    return Grade(turn=place, seat=seat, status="undecided", phase=phase, alternatives=2)


def match(
    number: int,
    deal: int,
    turns: Sequence[Turn] = (),
    rewards: tuple[float, float] = (1, -1),
    *,
    game: str = "g",
    agents: tuple[str, str] = ("a", "b"),
    zero_sum: bool = True,
    forfeited_by: tuple[int, ...] = (),
) -> Match:
    """A match of a game that there need not be."""
    return Match(
        number=number, game=game, parameters={}, zero_sum=zero_sum, deal=deal, seed=0, agents=agents,
        rules=("", ""), turns=tuple(turns),
        termination=Termination(kind="forfeit" if forfeited_by else "end", by=forfeited_by),
        rewards=rewards, final="", version="",
    )  # fmt: skip
