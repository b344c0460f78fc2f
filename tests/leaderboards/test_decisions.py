"""What decisions are counted under, and once."""

from __future__ import annotations

from typing import Any

import pytest
from made import call, grade, match, turn, undecided

from gtbench.labels import FaultKind, Label, Slip
from gtbench_leaderboards.data.decisions import BY, of_records
from gtbench_leaderboards.errors.profile import profile
from gtbench_leaderboards.errors.rates import errors


def kinds(by: str, *found: Any) -> list[str]:
    return [*BY[by](of_records(*found).rows)[1]]


@pytest.mark.parametrize(
    ("seats", "forfeited_by", "at"),
    [
        ([0, 1, 0, 1, 0], (0,), [False, False, False, False, True]),
        ([0, 1, 0, 1], (1,), [False, False, False, True]),
        ([0, 1, 0, 1], (0,), [False, False, True, False]),  # both were asked at once, and seat 1 answered
        ([0, 1, 0, 1], (0, 1), [False, False, True, True]),
        ([0, 1, 0], (), [False, False, False]),
    ],
)
def test_a_forfeit_is_the_last_decision_of_its_seat(
    seats: list[int], forfeited_by: tuple[int, ...], at: list[bool]
) -> None:
    played = match(1, 0, [turn(seat) for seat in seats], forfeited_by=forfeited_by)
    assert of_records([played]).rows["forfeited"].tolist() == at
    forfeits = {row.agent: row.forfeits for row in profile(of_records([played])).rows if row.group == "g"}
    assert forfeits == {"a": int(0 in forfeited_by), "b": int(1 in forfeited_by)}


def test_a_forfeit_counts_in_the_phase_where_it_happened() -> None:
    played = match(1, 0, [turn(0), turn(1), turn(0, moved=False)], forfeited_by=(0,))
    grades = {1: (undecided(0, 0), undecided(1, 1), undecided(2, 0, "end"))}
    forfeits = {
        row.group: row.forfeits
        for row in profile(of_records([played], grades), "phase").rows
        if row.agent == "a"
    }
    assert forfeits == {"all": 1, "opening": 0, "end": 1}


@pytest.mark.parametrize(
    ("agent", "strategy", "model"),
    [
        ("random", "random", "none"),
        ("mcts[simulations=10]", "mcts", "none"),
        ("cot@openai/gpt-x", "cot", "openai/gpt-x"),
        ("cot[temperature=0.2,top_p=1]@openai/gpt-x", "cot", "openai/gpt-x"),
        ("cot@openai/gpt-x@http://127.0.0.1:8000/v1", "cot", "openai/gpt-x@http://127.0.0.1:8000/v1"),
    ],
)
def test_strategies_and_models_are_told_apart_without_options(agent: str, strategy: str, model: str) -> None:
    played = match(1, 0, [turn(0)], agents=(agent, "b"))
    rows = of_records([played]).rows
    assert ([*BY["strategy"](rows)[0]], [*BY["model"](rows)[0]]) == ([strategy], [model])


@pytest.mark.parametrize(
    ("tokens", "kind"),
    [
        (0, "no tokens"),
        (1, "under 100 tokens"),
        (99, "under 100 tokens"),
        (100, "100 to 999 tokens"),
        (999, "100 to 999 tokens"),
        (1000, "1000 and more"),
    ],
)
def test_decisions_by_the_tokens_of_all_their_calls(tokens: int, kind: str) -> None:
    played = match(1, 0, [turn(0, calls=[call(tokens // 2), call(tokens - tokens // 2)])])
    assert kinds("tokens", [played], {}) == [kind]


def test_much_is_at_stake_above_half_of_the_most_in_the_game() -> None:
    stakes = [2.0, 1.0, 1.01, 0.0]
    first = match(1, 0, [turn(0) for _ in stakes] + [turn(0)])
    other = match(2, 0, [turn(0)], game="h")
    grades = {
        1: (*(grade(i, 0, 0, stake) for i, stake in enumerate(stakes)), undecided(4, 0)),
        2: (grade(0, 0, 0, 0.1),),  # the most of its own game
    }
    assert kinds("criticality", [first, other], grades) == [
        "much at stake", "little at stake", "much at stake",
        "nothing at stake", "not graded", "much at stake",
    ]  # fmt: skip


def test_an_error_counts_once_in_a_decision() -> None:
    twice = turn(0, FaultKind.ILLEGAL, FaultKind.ILLEGAL, moved=False)
    played = match(1, 0, [twice, turn(0)], forfeited_by=(0,))
    slips = (Slip.CALCULATION_ERROR, Slip.CALCULATION_ERROR)
    grades = {1: (undecided(0, 0), grade(1, 0, 1, 1, Label.MISSED_WIN, slips=slips))}
    found = {row.error: row for row in errors(of_records([played], grades)).rows if row.group == "g"}
    assert {label: row.count for label, row in found.items()} == {
        "illegal": 1, "missed_win": 1, "calculation_error": 1,
    }  # fmt: skip
    assert {row.rate for row in found.values()} == {0.5}  # of the decisions that have grades: both
    (row,) = [
        row for row in profile(of_records([played], grades)).rows if (row.agent, row.group) == ("a", "g")
    ]
    assert (row.illegal, row.faulty) == (2, 0.5)  # answers are counted, and decisions are
