"""Cohen's kappa of judge and machine: textbook values, the formula as it is written, what intervals cover."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import grade, match, turn

from gtbench.labels import ABOUT, Label, Slip
from gtbench.records import Finding, Grade, Judgement, Vote
from gtbench_leaderboards.data.decisions import of_records
from gtbench_leaderboards.estimate.ratio import Estimate
from gtbench_leaderboards.judges.agreement import agreement, kappa_of
from gtbench_leaderboards.judges.judged import judged, self_agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

Labels = list[tuple[bool, bool]]
SIDES = tuple(product((True, False), (True, False)))


def parts(labels: Labels, cells: Sequence[tuple[str, int]] | None = None) -> list[Counter[tuple[str, int]]]:
    """The decisions with each pair of labels, by game and deal; each on a deal of its own unless said."""
    cells = cells or [("g", deal) for deal in range(len(labels))]
    return [Counter(c for c, pair in zip(cells, labels, strict=True) if pair == side) for side in SIDES]


def table(both: int, first: int, second: int, neither: int) -> Labels:
    counts = dict(zip(SIDES, (both, first, second, neither), strict=True))
    return [side for side, count in counts.items() for _ in range(count)]


def obvious(labels: Labels) -> float | None:
    """The formula as Cohen wrote it, on the labels one by one; None where it divides by zero."""
    n = len(labels)
    agreed = sum(a == b for a, b in labels) / n
    by_chance = sum(
        (sum(a == side for a, _ in labels) / n) * (sum(b == side for _, b in labels) / n)
        for side in (True, False)
    )
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [
        ((20, 5, 10, 15), 0.4),  # the worked example of most textbooks: po = 0.7, pe = 0.5
        ((45, 15, 25, 15), 0.1304),  # two tables with po = 0.6 and other margins
        ((25, 35, 5, 35), 0.2593),
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((25, 25, 25, 25), 0.0),
        ((0, 0, 8, 38), 0.0),  # one says always no
    ],
)
def test_kappa_has_the_value_that_textbooks_give(counts: tuple[int, int, int, int], kappa: float) -> None:
    found = kappa_of(parts(table(*counts)))
    assert found.value == pytest.approx(kappa, abs=5e-5)
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-12 <= kappa <= found.high + 1e-12 or abs(found.low - kappa) < 5e-5


@pytest.mark.parametrize("counts", [(0, 0, 0, 9), (9, 0, 0, 0), (0, 0, 0, 0)])
def test_where_both_always_say_the_same_there_is_no_kappa(counts: tuple[int, int, int, int]) -> None:
    assert kappa_of(parts(table(*counts))) == Estimate(None, why="both always say the same")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_kappa_is_what_the_formula_says(labels: Labels) -> None:
    found = kappa_of(parts(labels)).value
    assert found == (None if (right := obvious(labels)) is None else pytest.approx(right, abs=1e-12))


def test_the_interval_is_about_that_of_resampled_deals() -> None:
    """Against drawing deals one by one: as many of each game as were played, with all matches on them."""
    rng = np.random.default_rng(7)
    cells = [(game, deal) for game in ("g", "h") for deal in range(12) for _ in range(4)]
    truth = rng.random(len(cells)) < 0.4
    labels = [(bool(t ^ (rng.random() < 0.2)), bool(t)) for t in truth]
    of_deal = {cell: [p for c, p in zip(cells, labels, strict=True) if c == cell] for cell in cells}
    drawn = []
    for _ in range(2000):
        deals = [(game, int(d)) for game in ("g", "h") for d in rng.integers(12, size=12)]
        drawn.append(obvious([pair for cell in deals for pair in of_deal[cell]]))
    found = kappa_of(parts(labels, cells))
    assert found.low is not None
    assert found.high is not None
    plain = np.quantile([kappa for kappa in drawn if kappa is not None], [0.025, 0.975])
    assert [found.low, found.high] == pytest.approx(list(plain), abs=0.05)  # a little wider
    assert found.low < plain[0] + 0.015
    assert found.high > plain[1] - 0.015


def test_the_interval_covers_the_truth_where_decisions_on_a_deal_are_alike() -> None:
    """A deal is hard or easy for both, so that its five decisions are no five independent ones."""
    rng = np.random.default_rng(3)

    def drawn(deals: int) -> tuple[Labels, list[tuple[str, int]]]:
        hard = np.repeat(rng.random(deals) < 0.5, 5)
        truth = rng.random(deals * 5) < np.where(hard, 0.6, 0.1)
        said = truth ^ (rng.random(deals * 5) < np.where(hard, 0.35, 0.05))
        cells = [("g", deal) for deal in range(deals) for _ in range(5)]
        return list(zip(map(bool, said), map(bool, truth), strict=True)), cells

    true = obvious(drawn(40_000)[0])
    assert true is not None
    intervals = [kappa_of(parts(*drawn(30))) for _ in range(200)]
    covered = [
        one.low <= true <= one.high for one in intervals if one.low is not None and one.high is not None
    ]
    assert len(covered) == 200
    assert 0.90 <= np.mean(covered) <= 0.985


# The tables.


def slip(place: int, *slips: Slip, seat: int = 0) -> Grade:
    found = tuple(Finding(slip=one, evidence="") for one in slips)
    return grade(place, seat, 0, 1).model_copy(update={"slips": found})


def said(number: int, place: int, *votes: Sequence[Slip], judge: str = "a/b") -> Judgement:
    each = tuple(Vote(quotes=dict.fromkeys(slips, "so")) for slips in votes)
    return Judgement(number=number, turn=place, judge=judge, rubric="0", votes=each, calls=(), version="")


READ, SUM, END = Slip.MISINTERPRETATION, Slip.CALCULATION_ERROR, Slip.ENDGAME_MISDETECTION


def test_judge_and_machine_are_counted_on_the_same_decisions_in_rows_apart() -> None:
    matches = [match(number, number, [turn(0), turn(1)]) for number in (1, 2, 3)]
    undecided = Grade(turn=0, seat=0, status="undecided", phase="opening", alternatives=2)
    grades = {
        1: (slip(0, READ), slip(1, seat=1)),
        2: (slip(0), grade(1, 1, 1, 1, Label.MISSED_WIN)),
        3: (undecided, slip(1, READ, seat=1)),
    }
    judgements = [
        said(1, 0, [READ], [READ], []),  # with the machine
        said(1, 1, [READ], [READ], [READ]),  # alone
        said(2, 0, [], [READ], [SUM]),  # neither
        said(2, 1, [END], [END], []),  # as the oracle of the move
        said(3, 0, [], [READ]),  # a tie
        said(4, 0, [READ]),  # of a match that is not there
    ]
    rows = {(row.error, row.layer): row for row in agreement(of_records(matches, grades), judgements).rows}
    read = rows[READ, "reasoning"]
    assert (read.decisions, read.both, read.judge_alone, read.machine_alone, read.neither) == (4, 1, 1, 0, 2)
    assert (read.judge_rate, read.machine_rate, read.kappa) == (0.5, 0.25, 0.5)
    words, move = rows[END, "reasoning"], rows[END, "play"]
    assert (words.decisions, words.both, words.judge_alone) == (5, 0, 1)
    assert (move.decisions, move.both, move.judge_alone, move.neither, move.kappa) == (4, 1, 0, 3, 1.0)
    assert (READ, "play") not in rows  # no error of play comes near it
    with_play = {ABOUT[label].paper for label in Label} - {None}
    assert {label for label, layer in rows if layer == "play"} == with_play
    assert {label for label, layer in rows if layer == "reasoning"} == set(Slip)


def test_what_nobody_here_can_explain_is_counted_neither_way_and_what_a_game_explains_is() -> None:
    matches = [match(number, number, [turn(0), turn(1)], game="nim") for number in (1, 2)]
    matches.append(match(3, 3, [turn(0)], game="nobodys"))
    grades = {
        1: (grade(0, 0, 1, 1, "wrong_sum"), grade(1, 1, 1, 1, "dozed_off")),
        2: (grade(0, 0, 1, 1, "wrong_sum", "dozed_off"), grade(1, 1, 0, 1)),
        3: (grade(0, 0, 1, 1, "wrong_sum"),),
    }
    judgements = [said(number, place, [SUM]) for number in (1, 2) for place in (0, 1)] + [said(3, 0, [SUM])]
    rows = {(row.error, row.layer): row for row in agreement(of_records(matches, grades), judgements).rows}
    found = rows[SUM, "play"]
    assert (found.decisions, found.both, found.judge_alone) == (3, 2, 1)
    without = {(row.error, row.layer) for row in agreement(of_records(matches[2:], grades), judgements).rows}
    assert (SUM, "play") not in without  # no error of any game comes near it


def test_ungraded_matches_have_rates_of_the_judge_and_no_agreement() -> None:
    matches = [match(1, 0, [turn(0), turn(1)])]
    judgements = [said(1, 0, [READ]), said(1, 1, [])]
    assert {row.decisions for row in agreement(of_records(matches, {}), judgements).rows} == {0}
    assert {row.kappa for row in agreement(of_records(matches, {}), judgements).rows} == {None}
    rows = {(row.agent, row.error): row for row in judged(of_records(matches), judgements).rows}
    assert [rows[who, READ].rate for who in ("all agents", "a", "b")] == [0.5, 1, 0]


def test_each_judge_and_agent_has_rows_of_its_own_and_ties_are_shown() -> None:
    matches = [match(1, 0, [turn(0), turn(1)])]
    judgements = [
        said(1, 0, [READ], [READ, SUM], [READ]),
        said(1, 0, [], [], [], judge="c/d"),
        said(1, 1, [READ], []),
    ]
    rows = {(row.judge, row.agent, row.error): row for row in judged(of_records(matches), judgements).rows}
    assert {key[:2] for key in rows} == {
        ("a/b", "all agents"), ("a/b", "a"), ("a/b", "b"), ("c/d", "all agents"), ("c/d", "a"),
    }  # fmt: skip
    tied = rows["a/b", "b", READ]
    assert (tied.judged, tied.no_majority, tied.count, tied.rate, tied.votes_alike) == (1, 1, 0, None, 0)
    both = rows["a/b", "all agents", READ]
    assert (both.judged, both.no_majority, both.count, both.rate) == (2, 1, 1, 1)
    assert both.votes_alike == 3 / 4  # of four pairs of votes
    assert rows["a/b", "a", READ].votes_kappa is None  # always yes: nothing was to be told apart
    assert (rows["c/d", "a", READ].count, rows["c/d", "a", READ].rate) == (0, 0)


@given(st.lists(st.lists(st.sampled_from([True, False, None]), max_size=5), max_size=12))
def test_agreement_of_votes_is_that_of_all_their_pairs(votes: list[list[bool | None]]) -> None:
    read = [[vote for vote in said if vote is not None] for said in votes]
    pairs = [a == b for said in read for a, b in combinations(said, 2)]
    told = [vote for said in read if len(said) > 1 for vote in said]
    share, kappa = self_agreement(votes)
    assert share == (sum(pairs) / len(pairs) if pairs else None)
    if len(set(told)) < 2:
        assert kappa is None
    else:
        p = np.mean(told)
        chance = p**2 + (1 - p) ** 2
        assert kappa == pytest.approx((np.mean(pairs) - chance) / (1 - chance))
