"""The profile, against plain counting; `test_known_play.py` has players whose errors are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from made import grade, match, turn, undecided

import gtbench
from gtbench.catalogue import labels_of
from gtbench.errors import BadOption
from gtbench.labels import ABOUT, UNKNOWN, FaultKind, Label, Slip, layer
from gtbench_leaderboards.data.decisions import BY, of_records
from gtbench_leaderboards.errors.calibration import calibration
from gtbench_leaderboards.errors.comparison import comparison
from gtbench_leaderboards.errors.profile import profile
from gtbench_leaderboards.errors.rates import errors

if TYPE_CHECKING:
    from gtbench.records import Grade, Match
    from gtbench.report import Report


def test_every_label_of_every_layer_has_a_meaning_and_at_most_one_of_the_papers_five() -> None:
    labels = [*FaultKind, *Label, *Slip]
    assert list(ABOUT) == labels
    assert len(set(map(str, labels))) == len(labels)
    assert {layer(kind) for kind in FaultKind} == {"faults"}
    assert {layer(kind) for kind in Label} == {"play"}
    assert {layer(kind) for kind in Slip} == {"reasoning"}
    assert all(ABOUT[slip].paper == slip for slip in Slip)


def test_what_games_bring_is_named_otherwise_than_what_any_game_has_and_each_game_knows_its_own() -> None:
    every = labels_of(*gtbench.list_games())
    own = {name: about for name, about in every.items() if name not in ABOUT}
    assert {layer(name) for name in own} == {"play"}
    assert {*labels_of("nim[pile_sizes=2;4]")} - {*ABOUT} == {"wrong_sum"}
    assert {*labels_of("tic_tac_toe", "nobody", "pig[winscore=30]")} == {*ABOUT}
    assert {name for name, about in own.items() if about.of_opponents} == {
        "exploited", "provoked", "failed_to_exploit"
    }  # fmt: skip
    assert labels_of("kuhn_poker", "liars_dice")["wrong_call"] == labels_of("kuhn_poker")["wrong_call"]


def test_a_label_means_what_its_game_says_and_without_the_game_that_is_said() -> None:
    nim = match(1, 0, [turn(0)]).model_copy(update={"game": "nim"})
    other = match(2, 0, [turn(0)]).model_copy(update={"game": "not_installed"})
    grades = {one: (grade(0, 0, 1.0, 1.0, "wrong_sum"),) for one in (1, 2)}
    found = errors(of_records([nim, other], grades))
    rows = {row.group: row for row in found.rows if row.layer == "play"}
    meaning = "a move that leaves a winning nim-sum was there and was not played"
    assert (rows["nim"].meaning, rows["nim"].paper) == (meaning, "calculation_error")
    assert (rows["not_installed"].meaning, rows["not_installed"].paper) == (UNKNOWN.meaning, "")
    assert f" wrong_sum: {UNKNOWN.meaning}." in errors(of_records([other], grades)).notes
    assert f" wrong_sum: {meaning}" in found.notes
    assert (
        "missed_win:" not in errors(of_records([nim], {1: (grade(0, 0, 1.0, 1.0, Label.MISSED_WIN),)})).notes
    )


def test_figures_agree_with_plain_counting() -> None:
    first = match(1, 0, [turn(0), turn(1), turn(0, FaultKind.ILLEGAL)])
    second = match(2, 1, [turn(0), turn(1)])
    grades = {
        1: (
            grade(0, 0, 0.5, 1.0, Label.MISSED_WIN),
            grade(1, 1, 0.0, 0.0),
            grade(2, 0, 0.0, 2.0, phase="end"),
        ),
        2: (grade(0, 0, 1.0, 1.0, Label.MISSED_WIN, Label.WON_TO_LOST),
            undecided(1, 1, "end")),
    }  # fmt: skip
    rows = {(row.agent, row.group): row for row in profile(of_records([first, second], grades)).rows}
    a, b = rows["a", "g"], rows["b", "g"]
    assert (a.matches, a.decisions, a.illegal, a.graded, a.critical) == (2, 3, 1, 1.0, 3)
    assert (a.accuracy, a.given_away, a.regret) == pytest.approx((1 / 3, 1.5 / 4, 0.5))
    assert (b.graded, b.critical, b.accuracy, b.given_away, b.regret) == (0.5, 0, None, None, 0)
    found = {
        (row.agent, row.group, row.error): row for row in errors(of_records([first, second], grades)).rows
    }
    assert {key[2] for key in found if key[0] == "a"} == {"illegal", "missed_win", "won_to_lost"}
    missed = found["a", "g", "missed_win"]
    assert (missed.layer, missed.count, missed.paper) == ("play", 2, "endgame_misdetection")
    assert (missed.rate, missed.per_match, missed.regret) == pytest.approx((2 / 3, 1.0, 0.75))
    assert not [key for key in found if key[0] == "b"]


@pytest.mark.parametrize("by", BY)
def test_kinds_of_decisions_add_up_to_all(by: str) -> None:
    turns = [turn(0), turn(1), turn(0)]
    graded = {1: (grade(0, 0, 0, 1), grade(1, 1, 1, 2, Label.MISSED_WIN), grade(2, 0, 1, 1, phase="end"))}
    rows = profile(of_records([match(1, 0, turns)], graded), by).rows
    for who in {row.agent for row in rows}:
        all_, *kinds = [row.decisions for row in rows if row.agent == who]
        assert all_ == sum(kinds)


def test_decisions_cannot_be_told_apart_by_anything() -> None:
    with pytest.raises(BadOption, match="did you mean 'phase'"):
        profile(of_records([match(1, 0, [turn(0)])]), "phse")


def test_calibration_against_plain_counting() -> None:
    said = [(0.95, True), (0.95, False), (0.25, False), (0.2, True)]
    matches = [
        match(i + 1, i, [turn(0, confidence=stated), turn(1)], (1, -1) if won else (-1, 1))
        for i, (stated, won) in enumerate(said)
    ]
    all_, low, high = calibration(of_records(matches)).rows
    assert all_.brier == pytest.approx((0.05**2 + 0.95**2 + 0.25**2 + 0.8**2) / 4)
    assert (all_.decisions, all_.stated, all_.came_so) == pytest.approx((4, 0.5875, 0.5))
    assert (low.low, low.decisions, low.came_so, low.brier) == (0.2, 2, 0.5, None)
    assert (high.low, high.high, high.decisions, high.stated) == pytest.approx((0.9, 1.0, 2, 0.95))


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
    wrong = {row.measure: row for row in comparison(of_records(matches, grades), "a", "b").rows}
    row = wrong["errors"]
    assert (row.first, row.second, row.difference) == (0.25, 0.25, 0.0)
    raw = profile(of_records(matches, grades)).rows
    assert {r.agent: r.accuracy for r in raw} == pytest.approx({"a": 0.6, "b": 0.9})
    assert (row.kinds, row.first_decisions, row.second_decisions) == (2, 200, 200)
    with pytest.raises(BadOption, match="nobody did not play in this run"):
        comparison(of_records(matches, grades), "nobody", "a")


def stated(confidence: float, rewards: tuple[float, float], deal: int = 0, **kind: Any) -> Match:
    return match(deal + 1, deal, [turn(0, confidence=confidence), turn(1)], rewards, **kind)


@pytest.mark.parametrize(
    ("rewards", "zero_sum", "came"),
    [
        ((1, -1), True, 1.0),
        ((-1, 1), True, 0.0),
        ((0, 0), True, 0.0),  # more was stated, and a draw is not more
        ((5, 3), False, 1.0),
        ((3, 5), False, 0.0),  # both earned something
        ((5, 5), False, 0.0),
    ],
)
def test_confidence_is_held_against_earning_more(
    rewards: tuple[float, float], zero_sum: bool, came: float
) -> None:
    all_, _ = calibration(of_records([stated(0.7, rewards, zero_sum=zero_sum)])).rows
    assert all_.agent == "a"
    assert (all_.came_so, all_.brier) == pytest.approx((came, (0.7 - came) ** 2))


@pytest.mark.parametrize(
    ("confidence", "low", "high"),
    [(0.0, 0.0, 0.1), (0.1, 0.1, 0.2), (0.5, 0.5, 0.6), (0.999, 0.9, 1.0), (1.0, 0.9, 1.0)],
)
def test_each_confidence_has_its_tenth(confidence: float, low: float, high: float) -> None:
    all_, tenth = calibration(of_records([stated(confidence, (1, -1))])).rows
    assert (all_.low, all_.high, all_.decisions, all_.stated) == (0, 1, 1, confidence)
    assert (tenth.low, tenth.high, tenth.decisions) == pytest.approx((low, high, 1))


@pytest.mark.parametrize(("deals", "said"), [(9, True), (10, False)])
def test_few_deals_are_said_in_every_report(deals: int, said: bool) -> None:
    """The game with the fewest deals counts, not the one with the most."""
    few = [stated(0.5 + deal % 2 / 4, (1, -1), deal) for deal in range(deals)]
    many = [match(100 + deal, deal, [turn(0)], game="h") for deal in range(20)]
    grades = {played.number: (grade(0, 0, 1, 1), grade(1, 1, 0, 1)) for played in few}
    reports: list[Report[Any]] = [
        calibration(of_records([*few, *many])),
        profile(of_records([*few, *many], grades)),
        errors(of_records([*few, *many], grades | {100: (grade(0, 0, 1, 1, Label.MISSED_WIN),)})),
        comparison(of_records([*few, *many], grades), "a", "b"),
    ]
    for found in reports:
        assert ("fewer than 10 deals" in found.notes) == said, found.notes


def unequal() -> tuple[list[Match], dict[int, tuple[Grade, ...]]]:
    """Two agents that differ in all that is compared.

    On each deal a is faulty once and gives away 1 of 4 in one of four critical decisions; b is never faulty
    and gives away all that is at stake in two of three, once by the oracle more than that.
    """
    matches, grades = [], {}
    for deal in range(12):
        seats = [0, 0, 0, 0, 1, 1, 1, 0, 1]
        faults = [(FaultKind.ILLEGAL,), *[()] * 8]
        turns = [turn(seat, *kinds) for seat, kinds in zip(seats, faults, strict=True)]
        nothing = (0.0, 0.0)
        lost = [(1.0, 4.0), *[(0.0, 4.0)] * 3, (9.0, 4.0), (4.0, 4.0), (0.0, 4.0), nothing, nothing]
        matches.append(match(deal + 1, deal, turns))
        grades[deal + 1] = tuple(
            grade(place, seat, *pair) for place, (seat, pair) in enumerate(zip(seats, lost, strict=True))
        )
    return matches, grades


def test_a_difference_is_the_first_agents_less_the_second_ones() -> None:
    matches, grades = unequal()
    rows = {row.measure: row for row in comparison(of_records(matches, grades), "a", "b").rows}
    faulty = rows["faulty"]
    mean = (0.25 * 7 + 0.0 * 2) / 9  # by how often both met something at stake, and nothing
    assert (faulty.first, faulty.second, faulty.difference) == pytest.approx((mean, 0.0, mean))
    assert (faulty.kinds, faulty.first_decisions, faulty.second_decisions) == (2, 60, 48)
    wrong = rows["errors"]
    assert (wrong.first, wrong.second, wrong.difference) == pytest.approx((1 / 4, 2 / 3, 1 / 4 - 2 / 3))
    assert (wrong.first_decisions, wrong.second_decisions) == (48, 36)
    share = rows["given away"]  # at most all of it: 9 of 4 is one
    assert (share.first, share.second, share.difference) == pytest.approx((1 / 16, 2 / 3, 1 / 16 - 2 / 3))
    turned = {row.measure: row for row in comparison(of_records(matches, grades), "b", "a").rows}
    for name, row in rows.items():
        assert (turned[name].first, turned[name].second) == (row.second, row.first)
        assert turned[name].difference == pytest.approx(-(row.difference or 0))
        assert (turned[name].first_decisions, turned[name].second_decisions) == (
            row.second_decisions, row.first_decisions,
        )  # fmt: skip


def test_the_interval_of_a_difference_is_that_of_the_same_sign() -> None:
    matches, grades = unequal()
    grades[1] = tuple(one.model_copy(update={"regret": 0.0, "error": False}) for one in grades[1])
    row, turned = (
        next(r for r in comparison(of_records(matches, grades), *pair).rows if r.measure.startswith("errors"))
        for pair in (("a", "b"), ("b", "a"))
    )
    assert row.difference_low is not None
    assert row.difference_high is not None
    assert row.difference_low <= (row.difference or 0) <= row.difference_high < 0
    assert (turned.difference_low, turned.difference_high) == pytest.approx(
        (-row.difference_high, -row.difference_low)
    )


def test_agents_are_compared_where_as_much_was_at_stake() -> None:
    """Both err where much is at stake; one is asked there more often."""
    matches, grades = [], {}
    for deal in range(12):
        stakes = [4.0, 1.0, 1.0, 4.0, 4.0, 1.0]
        seats = [0, 0, 0, 1, 1, 1]
        wrong = [True, False, False, True, True, False]
        matches.append(match(deal + 1, deal, [turn(seat) for seat in seats]))
        grades[deal + 1] = tuple(
            grade(i, seat, stake * err, stake)
            for i, (seat, stake, err) in enumerate(zip(seats, stakes, wrong, strict=True))
        )
    rows = {row.measure: row for row in comparison(of_records(matches, grades), "a", "b").rows}
    row = rows["errors"]
    assert (row.kinds, row.first, row.second, row.difference) == (2, 0.5, 0.5, 0.0)


def test_undecided_decisions_give_nothing_away_and_are_not_counted_as_sound() -> None:
    played = match(1, 0, [turn(0), turn(0), turn(0)])
    grades = {1: (grade(0, 0, 3.0, 4.0), undecided(1, 0), undecided(2, 0))}
    (row,) = [
        row for row in profile(of_records([played], grades)).rows if (row.agent, row.group) == ("a", "g")
    ]
    assert (row.regret, row.given_away, row.accuracy) == (3.0, 0.75, 0.0)
    assert (row.graded, row.critical) == pytest.approx((1 / 3, 1))


def test_regrets_of_different_games_have_no_mean() -> None:
    matches = [match(1, 0, [turn(0)]), match(2, 0, [turn(0)], game="h")]
    grades = {1: (grade(0, 0, 1.0, 2.0),), 2: (grade(0, 0, 5.0, 10.0),)}
    regrets = {row.group: row.regret for row in profile(of_records(matches, grades)).rows if row.agent == "a"}
    assert regrets == {"all games": None, "g": 1.0, "h": 5.0}
    grades[2] = (grade(0, 0, 5.0, 10.0, Label.MISSED_WIN),)
    grades[1] = (grade(0, 0, 1.0, 2.0, Label.MISSED_WIN),)
    lost = {row.group: row.regret for row in errors(of_records(matches, grades)).rows if row.agent == "a"}
    assert lost == {"all games": None, "g": 1.0, "h": 5.0}


def test_an_agent_that_plays_itself_has_played_a_match_in_each_seat() -> None:
    played = match(1, 0, [turn(0), turn(1)], agents=("a", "a"))
    assert [(row.group, row.matches, row.decisions) for row in profile(of_records([played])).rows] == [
        ("all games", 2, 2), ("g", 2, 2),
    ]  # fmt: skip
