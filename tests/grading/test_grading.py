"""Grades: of finished matches, as they end and again later, and never at the cost of a match."""

from __future__ import annotations

import sqlite3
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table, every_deal
from gtbench.grading.grade import Grader, grade_match
from gtbench.labels import COSTLESS, Label
from gtbench.log.format import GRADED, tables
from gtbench.log.read import open_log
from gtbench.records import FORMAT
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider, play_legally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gtbench.game.base import Game
    from gtbench.game.deal import Deal
    from gtbench.records import Match

ORACLES = gtbench.list_games()
CHEAP = [name for name in ORACLES if name not in ("connect_four", "breakthrough", "liars_dice")]
CUP = Tournament(agents=("prompt@openai/a", "random"), games=("tic_tac_toe",), deals=3, seed=0)


@cache
def oracle(name: str) -> Any:
    found = gtbench.load_game(name).oracle()
    found.prepare()
    return found


def played(name: str, *moves: str, seed: int = 0) -> Match:
    """A match of these moves; a player without one left says nothing."""
    script = iter(moves)
    with LocalProvider(lambda _: f"Action: {next(script, '')}"):
        return gtbench.play(name, ["prompt@openai/a", "prompt@openai/b"], seed=seed)


def random_matches(name: str, count: int) -> list[Match]:
    return [gtbench.play(name, ["random", "random"], seed=seed) for seed in range(count)]


def test_a_grade_says_what_a_turn_gave_away() -> None:
    match = played("tic_tac_toe", "b2", "b1", "a1", "c3", "a2", "c2", "a3")
    assert match.rewards == (1, -1)
    grades = grade_match(match, oracle("tic_tac_toe"))
    assert [grade.turn for grade in grades] == list(range(7))
    assert {grade.status for grade in grades} == {"graded"}
    assert [grade.alternatives for grade in grades] == [9, 8, 7, 6, 5, 4, 3]
    assert [grade.phase for grade in grades] == ["opening"] * 3 + ["middle"] * 2 + ["end"] * 2
    _, second, third, fourth, *_, last = grades
    assert (second.value, second.after, second.regret, second.stake) == (0, -1, 1, 1)
    assert second.labels == ("drawn_to_lost",)
    assert set(second.best) == {"a1", "c1", "a3", "c3"}, "against the centre only a corner holds"
    assert (third.value, third.regret) == (1, 0)
    assert (fourth.value, fourth.regret, fourth.stake) == (-1, 0, 0), "lost whatever is played"
    assert last.best == ("a3",)
    assert [grade.regret for grade in grades if grade.seat == 0] == [0, 0, 0, 0]


def test_a_turn_without_a_move_has_a_grade_that_says_so() -> None:
    match = played("tic_tac_toe", "b2", "nonsense", "nonsense")
    assert match.forfeited_by == (1,)
    first, second = grade_match(match, oracle("tic_tac_toe"))
    assert (first.status, second.status) == ("graded", "no move")
    assert (second.regret, second.stake, second.labels, second.alternatives) == (None, None, (), 8)


def test_what_is_not_decidable_is_recorded_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    match, one = random_matches("tic_tac_toe", 1)[0], gtbench.load_game("tic_tac_toe").oracle()
    monkeypatch.setattr(one, "grade", lambda *_: None)
    grades = grade_match(match, one)
    assert [grade.status for grade in grades] == ["undecided"] * len(match.turns)


def test_a_match_by_other_rules_is_no_match_of_this_game() -> None:
    match = random_matches("tic_tac_toe", 1)[0]
    turns = (match.turns[0], match.turns[1].model_copy(update={"action": match.turns[0].action}))
    with pytest.raises(ValueError, match="is not legal in turn 2"):
        grade_match(match.model_copy(update={"turns": turns}), oracle("tic_tac_toe"))


@pytest.mark.parametrize("name", ORACLES)
def test_every_turn_of_every_graded_game_has_a_grade(name: str) -> None:
    for match in random_matches(name, 2 if name not in CHEAP else 5):
        grades = grade_match(match, oracle(name))
        assert [(grade.turn, grade.seat) for grade in grades] == [
            (i, turn.seat) for i, turn in enumerate(match.turns)
        ]
        for grade, turn in zip(grades, match.turns, strict=True):
            if grade.regret is not None:
                assert grade.error == (turn.move not in grade.best)
                assert grade.error or not (grade.regret or {*grade.labels} - COSTLESS)
                assert not grade.error or COSTLESS.isdisjoint(grade.labels)


# Without hindsight: a match's record, with another card, die or value in the other seat's hand.


def boast(request: dict[str, Any]) -> str:
    """A legal move, after statements that are right for some of what the player may hold."""
    claims = {"card": "Q", "matching": 1, "value": 7, "pool": 40, "offer": 9, "turns": 3}
    said = "\n".join(f"Claim {name}: {claim}" for name, claim in claims.items())
    return f"My card is the king. My value is 9.\n{said}\nConfidence: 95%\n{play_legally(request)}"


def dealt_otherwise(game: Game, match: Match, seat: int) -> Iterator[tuple[Game, Match]]:
    """The same match on deals that agree with its own in all that a seat knows, and in nothing else."""
    if game.sampled:  # deals hardly ever agree
        kind: Any = type(game)
        for number in range(4):

            class Rewritten(kind):  # type: ignore[misc]
                def start(self, deal: Deal, number: int = number) -> Any:
                    return game.twin(game.start(deal), seat, number)

            yield Rewritten(**game.parameters), match
        return
    own = Table(game, game.deal(match.seed)).state.history()
    for deal in every_deal(game):
        dealt = Table(game, deal).state.history()
        if dealt[seat] == own[seat] and dealt != own:
            yield game, match.model_copy(update={"seed": deal.seed})


@pytest.mark.parametrize(
    "name",
    [
        "kuhn_poker", "liars_dice[dice_sides=3]", "blind_auction", "negotiation",
        "negotiation[enable_utterances=false]", pytest.param("liars_dice", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_another_card_in_the_other_hand_changes_no_byte_of_a_matchs_grades(name: str) -> None:
    game, same, others, slips, moved = gtbench.load_game(name), 0, 0, 0, 0
    agents = ["cot[claims=theory]@openai/a", "prompt@openai/b"]
    with LocalProvider(boast):
        matches = [gtbench.play(game, agents, seed=seed) for seed in range(12)]
    for match in matches:
        grades = [grade.model_dump_json() for grade in grade_match(match, oracle(name))]
        for seat in (0, 1):
            for changed, rewritten in dealt_otherwise(game, match, seat):
                grader = oracle(name) if changed is game else changed.oracle()
                try:
                    regraded = grade_match(rewritten, grader)
                except ValueError:  # a bid that the other value does not allow
                    continue
                for before, after, turn in zip(grades, regraded, match.turns, strict=True):
                    if turn.seat == seat:
                        assert after.model_dump_json() == before
                        same, slips = same + 1, slips + bool(after.slips)
                    else:
                        others, moved = others + 1, moved + (after.model_dump_json() != before)
    assert same > 20
    assert slips, "what was said is graded by what the seat knew, too"
    assert moved > others / 20, "the hand that was changed is graded otherwise"


# In a run, and in its log.


def test_a_run_grades_each_match_as_it_ends(tmp_path: Path) -> None:
    logs = []
    for workers in (1, 8):
        with LocalProvider():
            cup = CUP.model_copy(update={"concurrency": workers})
            logs.append(gtbench.run(cup, log=tmp_path / f"{workers}.gtbench"))
    first, second = logs
    assert first.grades().keys() == first.numbers()
    assert first.grades() == second.grades(), "one worker and eight write equal grades"
    for match in first.matches():
        assert first.grades()[match.number] == grade_match(match, oracle("tic_tac_toe"))


def test_a_match_stands_in_the_log_before_an_oracle_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = tmp_path / "run.gtbench", Grader.grade
    there: list[bool] = []

    def slow(self: Grader, match: Match) -> Any:
        there.append(match.number in open_log(path).numbers())
        return right(self, match)

    monkeypatch.setattr(Grader, "grade", slow)
    with LocalProvider():
        log = gtbench.run(CUP, log=path)
    assert there == [True] * len(log.numbers())
    assert log.grades().keys() == log.numbers()


def test_a_run_can_leave_grades_for_later(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench", graded=False)
        assert log.grades() == {}
        gtbench.resume(log.path)
    assert log.grades().keys() == log.numbers()


def test_an_oracle_that_fails_costs_no_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind = type(oracle("tic_tac_toe"))
    right = kind.grade

    def wrong(self: Any, state: Any, seat: int, action: int) -> Any:
        if len(state.history()) == 4 and seat == 0 and action == 8:
            raise ZeroDivisionError("a bug\nof ours")
        return right(self, state, seat, action)

    monkeypatch.setattr(kind, "grade", wrong)
    with LocalProvider(), caplog.at_level("WARNING"):
        log = gtbench.run(CUP.model_copy(update={"deals": 8}), log=tmp_path / "run.gtbench")
    assert len(log.matches()) == 16
    hit = {m.number for m in log.matches() if len(m.turns) > 4 and m.turns[4].action == 8}
    assert hit
    assert log.grades().keys() == log.numbers() - hit
    assert sum("is not graded: ZeroDivisionError: a bug of ours" in line for line in caplog.messages) == len(
        hit
    )


@pytest.mark.parametrize(("name", "graded"), [("dozed_off", True), ("Dozed off!", False)])
def test_an_oracle_names_what_it_likes_in_a_word_of_small_letters(
    name: str, graded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind = type(oracle("tic_tac_toe"))
    monkeypatch.setattr(kind, "labels", lambda *_: (name, Label.MISSED_WIN))
    with LocalProvider(), caplog.at_level("WARNING"):
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
    errors = {grade.labels for turns in log.grades().values() for grade in turns if grade.regret} - {()}
    assert errors == ({(name, "missed_win")} if graded else set())
    assert (log.grades().keys() == log.numbers()) == graded
    assert any("is not graded: ValidationError: " in line for line in caplog.messages) != graded


def test_a_game_without_an_oracle_is_played_and_its_moves_undecided_and_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none(game: Game) -> None:
        raise NoOracle(f"there is no oracle for {game}")

    monkeypatch.setattr(type(gtbench.load_game("tic_tac_toe")), "oracle", none)
    with LocalProvider(), caplog.at_level("WARNING"):
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
    assert len(log.matches()) == 6
    assert {grade.status for grades in log.grades().values() for grade in grades} == {"undecided"}
    said = [line for line in caplog.messages if "no oracle" in line]
    told = "its moves are not graded, only its replies are"
    assert said == [f"warning: there is no oracle for tic_tac_toe; {told}"]


def test_a_log_from_before_grades_is_read_and_can_be_graded(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(CUP, log=tmp_path / "run.gtbench")
    grades, matches = log.grades(), log.matches()
    database = sqlite3.connect(log.path)
    for table in tables(GRADED - 1, FORMAT):  # all came later
        database.execute(f"DROP TABLE {table}")
    database.execute(f"PRAGMA user_version = {GRADED - 1}")
    database.commit()
    database.close()
    old = open_log(log.path)
    assert (old.grades(), old.matches()) == ({}, matches)
    with old.writer() as writer:
        writer.grade(2, grades[2])
    assert old.grades() == {2: grades[2]}
    with old.writer() as writer:
        writer.grade(2, None)
    assert old.grades() == {}
    with LocalProvider() as server:
        gtbench.resume(log.path)
    assert not server.requests
    assert open_log(log.path).grades() == grades


def test_calls_go_on_while_a_match_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is asked by others while an oracle thinks."""
    right = Grader.grade
    asked_meanwhile: list[int] = []

    def slow(self: Grader, match: Match) -> Any:
        before = len(server.requests)
        time.sleep(0.05)
        asked_meanwhile.append(len(server.requests) - before)
        return right(self, match)

    monkeypatch.setattr(Grader, "grade", slow)
    with LocalProvider(latency=0.005) as server:
        gtbench.run(CUP.model_copy(update={"deals": 6, "concurrency": 4}), log=tmp_path / "run.gtbench")
    assert max(asked_meanwhile) > 0
