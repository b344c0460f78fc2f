"""Planted errors of every kind: what is found of them, and what is not; and where words are looked for."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from planted import CASES, END, FACT, READ, SUM, SURE, Case, case, found, oracle, play, score, table
from scripted import Scripted
from sound import SOUND, Place

import gtbench
from gtbench.agent.spec import load_agent
from gtbench.catalogue import labels_of
from gtbench.cli.review import review
from gtbench.errors import NoOracle
from gtbench.game.oracle import Unsolved
from gtbench.game.table import Table
from gtbench.grading import reasoning
from gtbench.grading.grade import grade_match
from gtbench.grading.prose import sums
from gtbench.grading.reasoning import Reasoning, find_slips, read_reasoning
from gtbench.labels import COSTLESS, Slip
from gtbench.match import take_turn
from gtbench.models.request import Journal
from gtbench.records import Attempt, Sample, Turn
from gtbench.testing import LocalProvider, play_legally

README = Path(__file__).parents[2] / "leaderboards" / "README.md"

ALONE = {name for name, about in labels_of(*gtbench.list_games()).items() if not about.of_opponents}
"""The errors that one reply can hold; the others are only against how an opponent was seen to play."""


def named(given: Case) -> str:
    return f"{given.position}: {getattr(given.reply, '__name__', given.reply):.40}"


@pytest.mark.parametrize("given", CASES, ids=named)
def test_nothing_is_found_that_was_not_planted(given: Case) -> None:
    assert found(given) <= given.errors
    assert not given.errors & given.near


def test_every_error_is_planted_twice_and_has_a_sound_reply_that_comes_near_to_it() -> None:
    assert len(CASES) >= 250
    rows = score()
    assert {*rows} == {*map(str, ALONE)}
    for label, row in rows.items():
        often = 10 if label in set(Slip) else 2
        assert row.planted >= often, label
        assert row.near >= (5 if label in set(Slip) else 1), label


def test_precision_is_1_for_every_error_and_recall_but_for_what_only_a_person_sees() -> None:
    rows = score()
    assert {row.precision for row in rows.values()} == {1}
    missed = {label: row.planted - row.right for label, row in rows.items() if row.recall < 1}
    assert missed == dict.fromkeys((READ, SURE, FACT), 1)


def test_the_documents_state_how_much_is_found() -> None:
    text = README.read_text()
    assert table() in text
    assert f"{len(CASES)} replies written by hand: {sum(bool(g.errors) for g in CASES)} with errors" in text


@pytest.mark.parametrize(
    ("position", "words", "errors"),
    [
        ("piles", "1 + 1 = 10.", set()),  # in binary
        ("piles", "101 XOR 11 = 110.", set()),
        ("piles", "1 + 1 = 11.", {SUM}),  # in no base
        ("piles", "1 + 2 = 10.", {SUM}),  # 2 is no binary digit
        ("queen", "The opponent thinks that my card is the king.", set()),
        ("queen", "They believe that I have a king.", set()),
        ("queen", "I have a king.", {READ}),
        ("empty", "His reply is good: it wins at once.", set()),
        ("empty", "My reply is good: it wins at once.", {END}),
        ("win", "There is no winning move for her.", set()),
        ("win", "There is no winning move for me.", {END}),
        ("empty", "I cannot lose.", set()),  # it is drawn
        ("lost", "I cannot lose.", {SURE}),
        ("empty", "I am certain to win.", {SURE}),  # no better than even
    ],
)
def test_words_that_may_be_right_are_left_alone(position: str, words: str, errors: set[str]) -> None:
    move = {"queen": "pass", "piles": "take 1 from pile a", "win": "c3", "lost": "c3"}.get(position, "b2")
    assert found(case(position, f"{words}\nAction: {move}")) - COSTLESS == errors


def test_a_finding_quotes_what_was_said_and_says_what_is_so() -> None:
    reply = "3 XOR 5 = 7\u2026\nAction: take 1 from pile a"
    match, _ = play(CASES[0]._replace(position="piles", reply=reply))
    ((finding,),) = [grade.slips for grade in grade_match(match, oracle("nim"))]
    assert (finding.slip, finding.evidence) == (Slip.CALCULATION_ERROR, "3 xor 5 = 7 (it is 6)")


@pytest.mark.parametrize(
    ("position", "reply", "evidence"),
    [
        ("piles", "3 + 4 * 2 = 14.", "3 + 4 * 2 = 14 (it is 11)"),
        ("piles", "7 / 2 = 3.4.", "7 / 2 = 3.4 (it is 3.5)"),
        ("piles", "2 ^ 3 = 9.", "2 ^ 3 = 9 (it is 1 or 8)"),  # XOR or a power
        ("piles", "10 + 1 = 100.", "10 + 1 = 100 (it is 11)"),
        ("piles", "11 + 1 = 11.", "11 + 1 = 11 (it is 12 or 100)"),  # in decimal or binary
        ("edge", "a1 is taken.", "a1 is taken. (a1 is free)"),
        ("edge", "b2 is free.", "b2 is free. (b2 has X)"),
        ("win", "There is no winning move here.", "there is no winning move here. (c1 wins at once)"),
        ("win", "Claim win: b2", "claimed win: b2 (it is c1)"),
        ("edge", "Claim win: b2", "claimed win: b2 (there is none)"),
    ],
)
def test_what_is_so_stands_beside_what_was_said(position: str, reply: str, evidence: str) -> None:
    moves = {"piles": "take 1 from pile a", "win": "c3"}
    match, _ = play(
        CASES[0]._replace(position=position, reply=f"{reply}\nAction: {moves.get(position, 'a1')}")
    )
    found = [slip.evidence for grade in grade_match(match, oracle(match.game)) for slip in grade.slips]
    assert found == [evidence]


# In every form of answer, and where moves are not graded.


@pytest.mark.parametrize(
    ("game", "reply", "evidence"),
    [
        ("kuhn_poker[skin=sealed_gems]", "My gem is the ruby.", "my gem is the ruby. (it is pearl)"),
        ("kuhn_poker[skin=sealed_gems]", "My gem is the pearl. I hold a pearl.", None),
        ("kuhn_poker[skin=sealed_gems]", "My card is the king.", None),  # it has none
        ("blind_auction", "The object is worth 7.", "the object is worth 7. (it is 8)"),
        ("blind_auction[skin=ferry_licence]", "My income is 7.", "my income is 7. (it is 8)"),
        ("blind_auction[skin=ferry_licence]", "My income is good.", None),
    ],
)
def test_a_game_says_how_sentences_state_what_its_questions_ask(
    game: str, reply: str, evidence: str | None
) -> None:
    loaded = gtbench.load_game(game)
    table = Table(loaded, loaded.deal({"kuhn_poker": 0, "blind_auction": 6}[loaded.name]))
    attempt = Attempt(reply=f"{reply}\nAction: none", finish="stop", fault=None, calls=())
    turn = Turn(seat=0, view="", attempts=(attempt,), move=None, action=None)
    assert [found.evidence for found in find_slips(turn, loaded, table.state, None)] == [evidence] * bool(
        evidence
    )


WRONG = "My card is the king."
OBJECT = json.dumps({"reasoning": WRONG, "action": "pass"})
REPLIES = {
    "tag": Sample(reply=f"{WRONG}\nAction: pass", finish="stop"),
    "grammar": Sample(reply=f"{WRONG}\nAction: pass", finish="stop"),
    "json": Sample(reply=OBJECT, finish="stop"),
    "tool": Sample(reply="", finish="stop", argument=OBJECT),
}


@pytest.mark.parametrize("answer", REPLIES)
def test_reasoning_is_checked_in_every_form_of_answer(answer: str) -> None:
    game = gtbench.load_game("kuhn_poker")
    at, model = Table(game, game.deal(0)), Scripted(REPLIES[answer], takes=["grammar", "schema", "tool"])
    player = load_agent(f"cot[answer={answer}]@openai/x").seat(model, 0, game=game, journal=Journal())
    turn = asyncio.run(take_turn(at, player, 0, Journal(), None))
    assert turn.move == "pass"
    (finding,) = find_slips(turn, game, at.state, None)
    assert (finding.slip, finding.evidence) == (READ, "my card is the king. (it is q)")


@pytest.mark.parametrize("form", ["json", "tool"])
@pytest.mark.parametrize(
    "words",
    ['{"action": "pass"}', '{"reasoning": 7, "action": "pass"}', '{"note": "My card is the king."}', "{"],
)
def test_an_object_without_reasoning_has_no_words_to_check(words: str, form: Any) -> None:
    match, _ = play(CASES[0]._replace(position="queen", reply=words, form=form))
    assert [grade.slips for grade in grade_match(match, oracle("kuhn_poker"))] == [()]


def says_nonsense(request: dict[str, Any]) -> str:
    return f"3 + 4 = 8. This wins immediately.\n{play_legally(request)}"


def test_in_a_game_that_no_oracle_grades_words_and_replies_still_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    game = "connect_four[columns=4,rows=4,x_in_row=3]"
    cup = gtbench.Tournament(agents=("cot@openai/a", "random"), games=(game,), deals=2, seed=0)
    with LocalProvider(says_nonsense), caplog.at_level("WARNING"):
        log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    (said,) = [line for line in caplog.messages if "no oracle" in line]
    assert said.startswith(f"warning: there is no oracle for {game}: ")
    assert said.endswith("; its moves are not graded, only its replies are")
    assert log.grades().keys() == log.numbers()
    assert {grade.status for grades in log.grades().values() for grade in grades} == {"undecided"}
    errors = log.report("errors")
    errors = errors[errors["game"] == game].set_index("error")
    assert {*errors["layer"]} == {"reasoning"}
    assert {*errors["agent"]} == {"cot@openai/a"}
    rates = errors["rate"]
    assert rates[str(SUM)] == 1
    assert 0 < rates[str(END)] < 1, "some of its moves did win at once"
    assert (log.profile()["graded"] == 0).all()
    first = log.matches()[0]
    assert log.grades()[first.number] == grade_match(first, Unsolved(gtbench.load_game(game)))
    why = f"there is no oracle for {game}: x_in_row is 4 for it"
    assert review(log, first, 0) == f"Your moves are not graded: {why}."


@pytest.mark.parametrize(
    ("words", "right", "evidence"),
    [
        ("9^9^9^9^9^9 = 0.", True, ""),  # XOR of six nines; as powers it would never end
        ("20 ^ 19 ^ 18 ^ 17 ^ 16 ^ 15 = 0.", False, "20 ^ 19 ^ 18 ^ 17 ^ 16 ^ 15 = 0 (it is 27)"),
        ("20 ^ 19 ^ 18 ^ 17 ^ 16 ^ 15 = 27.", True, ""),
        ("9^60 * 9^60 = 1.", False, "9^60 * 9^60 = 1 (it is 553 or 3.229246018e+114)"),
        ("0 ^ 0 = 1.", True, ""),
    ],
)
def test_a_chain_of_powers_is_decided_as_xor_or_small_powers(words: str, right: bool, evidence: str) -> None:
    place = Place("nim[pile_sizes=20;19;18;17;16;15]", 0, (), "take 5 from pile a", ())
    read = reading(place, words)
    assert len(read.claims) == 1
    assert [slip.evidence for slip in read.slips] == [evidence] * (not right)


@pytest.mark.parametrize(
    "words",
    [
        "0.5 + 9 ^ 64 ^ 64 ^ 64 ^ 64 = 1",
        " * ".join(["(999999999^64 * 999999999^64)"] * 10) + " = 1",
        "(99999 ^ 64 + 0.5) ^ 8 = 1",
        "0.000001 ^ 64 ^ 64 + 0.5 = 1",
        "5 / (2 - 2) = 1",
        "5 / 0 ^ 9 = 1",
    ],
)
def test_what_has_no_value_or_an_enormous_one_is_not_checked(words: str) -> None:
    assert not [*sums.equations(words)]


def test_what_is_said_again_and_again_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    right = sums.equations

    def counted(sentence: str) -> Any:
        checked.append(sentence)
        return right(sentence)

    monkeypatch.setattr(reasoning, "equations", counted)
    match, _ = play(CASES[0])
    turn = next(turn for turn in match.turns if turn.attempts)
    game = gtbench.load_game(match.game)
    words = "2 + 2 = 5. I think so.\n" * 10_000 + "Action: pass"
    attempt = turn.attempts[-1].model_copy(update={"reply": words, "form": "tag"})
    looped = turn.model_copy(update={"attempts": (attempt,)})
    state = Table(game, game.deal(match.seed)).state
    found = find_slips(looped, game, state, None)
    assert [slip.evidence for slip in found] == ["2 + 2 = 5 (it is 4)"]
    assert checked == ["2 + 2 = 5.", "i think so."]


@cache
def standing(place: Place) -> tuple[gtbench.Game, Any, int, int, Any]:
    """A game, a state, who is to move, its action, and the verdict on it."""
    game = gtbench.load_game(place.game)
    table = Table(game, game.deal(place.seed))
    for move in place.moves:
        heard = game.hear(table.state, table.to_move[0], move)
        assert isinstance(heard, int), move
        table.play({table.to_move[0]: heard})
    seat = table.to_move[0]
    action = game.hear(table.state, seat, place.plays)
    assert isinstance(action, int), place.plays
    try:
        verdict = oracle(place.game).grade(table.state, seat, action)
    except NoOracle:
        verdict = None
    return game, table.state, seat, action, verdict


@cache
def reading(place: Place, sentence: str) -> Reasoning:
    """What is made of one sentence in a position."""
    game, state, seat, action, verdict = standing(place)
    attempt = Attempt(reply=f"{sentence}\nAction: {place.plays}", finish="stop", fault=None, calls=())
    turn = Turn(seat=seat, view="", attempts=(attempt,), move=game.say(action), action=action)
    return read_reasoning(turn, game, state, verdict)


@pytest.mark.parametrize("place", SOUND.values(), ids=SOUND.keys())
def test_no_true_sentence_is_accused(place: Place) -> None:
    accused = {said: reading(place, said).slips for said in place.sentences}
    assert {said: slips for said, slips in accused.items() if slips} == {}


def test_there_are_true_sentences_of_every_game_and_many_of_them_are_checked() -> None:
    said = [(place, sentence) for place in SOUND.values() for sentence in place.sentences]
    assert len(said) >= 200
    assert {place.game.partition("[")[0] for place in SOUND.values()} == {*gtbench.list_games()}
    assert sum(bool(reading(*one).claims) for one in said) >= len(said) / 4


@pytest.mark.parametrize(
    ("reply", "counts"),
    [
        ("a1 is free. c1 is free. I will play c1.\nAction: c1", (True, 2, 1)),  # a decision is no claim
        ("Let me think.\nAction: c1", (True, 0, 0)),
        ("Action: c1", (False, 0, 0)),
    ],
)
def test_a_grade_counts_the_claims_that_can_be_checked_and_those_that_hold(
    reply: str, counts: tuple[bool, int, int]
) -> None:
    match, place = play(CASES[0]._replace(position="win", reply=reply))
    grade = grade_match(match, oracle("tic_tac_toe"))[place]
    assert (grade.words, grade.checkable, grade.sound) == counts
