"""The profile, against plain counting; `test_known_play.py` has players whose errors are known."""

from __future__ import annotations

import pytest

from gtbench.errors import BadOption, FaultKind
from gtbench.labels import ABOUT, Label, Slip, layer
from gtbench.records import Attempt, Fault, Grade, Match, Phase, Turn
from gtbench_leaderboards.calibration import calibration
from gtbench_leaderboards.comparison import comparison
from gtbench_leaderboards.decisions import BY
from gtbench_leaderboards.errors import errors
from gtbench_leaderboards.profile import profile


def turn(seat: int, *, faulty: bool = False, confidence: float | None = None) -> Turn:
    fault = Fault(kind=FaultKind.ILLEGAL, detail="") if faulty else None
    attempts = [Attempt(reply="", finish="stop", fault=fault, calls=())] if faulty else []
    attempts.append(Attempt(reply="", finish="stop", fault=None, calls=(), confidence=confidence))
    return Turn(seat=seat, view="", attempts=tuple(attempts), move="m", action=0)


def grade(
    place: int, seat: int, regret: float, stake: float, *labels: Label, phase: Phase = "opening"
) -> Grade:
    return Grade(
        turn=place, seat=seat, status="graded", phase=phase, alternatives=2, value=1.0, after=1 - regret,
        regret=regret, error=regret > 0, best=("b",), stake=stake, labels=labels,
    )  # fmt: skip


def match(number: int, deal: int, turns: list[Turn], rewards: tuple[float, float] = (1, -1)) -> Match:
    return Match(
        number=number, game="g", parameters={}, zero_sum=True, deal=deal, seed=0, agents=("a", "b"),
        rules=("", ""), turns=tuple(turns), forfeited_by=(), rewards=rewards, final="", version="",
    )  # fmt: skip


def test_every_label_of_every_layer_has_a_meaning_and_at_most_one_of_the_papers_five() -> None:
    labels = [*FaultKind, *Label, *Slip]
    assert list(ABOUT) == labels
    assert len(set(map(str, labels))) == len(labels)
    assert {layer(kind) for kind in FaultKind} == {"faults"}
    assert {layer(kind) for kind in Label} == {"play"}
    assert {layer(kind) for kind in Slip} == {"reasoning"}
    assert all(ABOUT[slip].paper == slip for slip in Slip)


def test_figures_agree_with_plain_counting() -> None:
    first = match(1, 0, [turn(0), turn(1), turn(0, faulty=True)])
    second = match(2, 1, [turn(0), turn(1)])
    grades = {
        1: (
            grade(0, 0, 0.5, 1.0, Label.MISSED_WIN),
            grade(1, 1, 0.0, 0.0),
            grade(2, 0, 0.0, 2.0, phase="end"),
        ),
        2: (grade(0, 0, 1.0, 1.0, Label.MISSED_WIN, Label.WON_TO_LOST),
            Grade(turn=1, seat=1, status="undecided", phase="end", alternatives=3)),
    }  # fmt: skip
    rows = {(row.agent, row.group): row for row in profile([first, second], grades).rows}
    a, b = rows["a", "g"], rows["b", "g"]
    assert (a.matches, a.decisions, a.illegal, a.graded, a.critical) == (2, 3, 1, 1.0, 3)
    assert (a.accuracy, a.given, a.regret) == pytest.approx((1 / 3, 1.5 / 4, 0.5))
    assert (b.graded, b.critical, b.accuracy, b.given, b.regret) == (0.5, 0, None, None, 0)
    found = {(row.agent, row.group, row.label): row for row in errors([first, second], grades).rows}
    assert {key[2] for key in found if key[0] == "a"} == {"illegal", "missed_win", "won_to_lost"}
    missed = found["a", "g", "missed_win"]
    assert (missed.layer, missed.count, missed.paper) == ("play", 2, "endgame_misdetection")
    assert (missed.rate, missed.per_match, missed.regret) == pytest.approx((2 / 3, 1.0, 0.75))
    assert not [key for key in found if key[0] == "b"]


@pytest.mark.parametrize("by", BY)
def test_kinds_of_decisions_add_up_to_all(by: str) -> None:
    turns = [turn(0), turn(1), turn(0)]
    graded = {1: (grade(0, 0, 0, 1), grade(1, 1, 1, 2, Label.MISSED_WIN), grade(2, 0, 1, 1, phase="end"))}
    rows = profile([match(1, 0, turns)], graded, by).rows
    for who in {row.agent for row in rows}:
        all_, *kinds = [row.decisions for row in rows if row.agent == who]
        assert all_ == sum(kinds)


def test_decisions_cannot_be_told_apart_by_anything() -> None:
    with pytest.raises(BadOption, match="did you mean 'phase'"):
        profile([match(1, 0, [turn(0)])], {}, "phse")


def test_calibration_against_plain_counting() -> None:
    said = [(0.95, True), (0.95, False), (0.25, False), (0.2, True)]
    matches = [
        match(i + 1, i, [turn(0, confidence=stated), turn(1)], (1, -1) if won else (-1, 1))
        for i, (stated, won) in enumerate(said)
    ]
    all_, low, high = calibration(matches).rows
    assert all_.brier == pytest.approx((0.05**2 + 0.95**2 + 0.25**2 + 0.8**2) / 4)
    assert (all_.decisions, all_.stated, all_.came) == (4, pytest.approx(0.5875), 0.5)
    assert (low.low, low.decisions, low.came, low.brier) == (0.2, 2, 0.5, None)
    assert (high.low, high.high, high.decisions, high.stated) == (0.9, 1.0, 2, pytest.approx(0.95))


def test_agents_are_compared_on_the_same_kinds_of_decisions() -> None:
    """Both err alike in each phase, but one of them is asked far more often where errors are frequent."""
    matches, grades = [], {}
    for deal in range(20):
        seats, phases = [0] * 2 + [0] * 8 + [1] * 8 + [1] * 2, ["opening"] * 2 + ["end"] * 8
        phases += ["opening"] * 8 + ["end"] * 2
        errs = [place % 2 == 0 and phase == "end" for place, phase in enumerate(phases)]
        matches.append(match(deal + 1, deal, [turn(seat) for seat in seats]))
        grades[deal + 1] = tuple(
            grade(place, seat, float(err), 1.0, phase=phase)  # type: ignore[arg-type]
            for place, (seat, phase, err) in enumerate(zip(seats, phases, errs, strict=True))
        )
    wrong = {row.measure: row for row in comparison(matches, grades, "a", "b").rows}
    row = wrong["errors where something was at stake"]
    assert (row.first, row.second, row.difference) == (0.25, 0.25, 0.0)
    raw = profile(matches, grades).rows
    assert {r.agent: r.accuracy for r in raw} == pytest.approx({"a": 0.6, "b": 0.9})
    assert (row.kinds, row.first_decisions, row.second_decisions) == (2, 200, 200)
    with pytest.raises(BadOption, match="nobody did not play in this run"):
        comparison(matches, grades, "nobody", "a")
