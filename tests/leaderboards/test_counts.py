"""What the profile counts of answers and decisions."""

from __future__ import annotations

import pytest

from gtbench.labels import FaultKind
from gtbench.records import Attempt, Fault, Match, Termination, Turn
from gtbench_leaderboards.data.decisions import of_records
from gtbench_leaderboards.errors.profile import profile


def match(
    game: str,
    deal: int,
    agents: tuple[str, str],
    rewards: tuple[float, float],
    *,
    zero_sum: bool = True,
    turns: tuple[Turn, ...] = (),
    forfeited_by: tuple[int, ...] = (),
) -> Match:
    return Match(
        number=1, game=game, parameters={}, zero_sum=zero_sum, deal=deal, seed=0, agents=agents,
        rules=("", ""), turns=turns, rewards=rewards, final="", version="",
        termination=Termination(kind="forfeit" if forfeited_by else "end", by=forfeited_by),
    )  # fmt: skip


def turn(seat: int, *faults: FaultKind | None) -> Turn:
    attempts = tuple(
        Attempt(reply="", finish="stop", fault=kind and Fault(kind=kind, detail=""), calls=())
        for kind in faults
    )
    return Turn(seat=seat, view="", attempts=attempts, move=None, action=None)


def test_the_profile_counts_answers_and_decisions() -> None:
    illegal, empty = FaultKind.ILLEGAL, FaultKind.EMPTY
    matches = [
        match("g", 0, ("a", "b"), (1, -1), turns=(turn(0, illegal, None), turn(1, None), turn(0, None))),
        match("g", 0, ("b", "a"), (1, -1), turns=(turn(0, None), turn(1, illegal, empty)), forfeited_by=(1,)),
        match("h", 1, ("a", "b"), (1, -1), turns=(turn(0, None), turn(1, None))),
    ]
    rows = {(r.agent, r.group): r for r in profile(of_records(matches)).rows}
    assert set(rows) == {(agent, game) for agent in "ab" for game in ("all games", "g", "h")}
    first = rows["a", "all games"]
    assert (first.decisions, first.illegal, first.empty, first.forfeits) == (4, 2, 1, 1)
    assert first.faulty == pytest.approx(2 / 4)
    assert rows["a", "h"].faulty == 0
    assert (rows["b", "all games"].faulty, rows["b", "all games"].forfeits) == (0, 0)


def test_the_profile_has_a_column_for_every_kind_of_fault() -> None:
    only = match("g", 0, ("a", "b"), (1, -1), turns=(turn(0, None), turn(1, None)))
    (one, *_) = profile(of_records([only])).rows
    assert {kind.value for kind in FaultKind} <= set(type(one).model_fields)


def test_an_agent_that_was_never_asked_has_a_profile() -> None:
    """It sat second when the first forfeited at once."""
    only = match(
        "g", 0, ("a", "b"), (-1, 1), turns=(turn(0, FaultKind.EMPTY, FaultKind.EMPTY),), forfeited_by=(0,)
    )
    rows = {(r.agent, r.group): r for r in profile(of_records([only])).rows}
    assert rows["b", "g"].decisions == 0
    assert rows["b", "g"].faulty is None
