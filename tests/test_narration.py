"""A turn is told once: what is known of it stands at the terminal and on its page, in the same order."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

import gtbench
from gtbench.cli import app
from gtbench.labels import FaultKind, Slip
from gtbench.narration import Answering, Elected, Moved, Part, Replied, Seen, Wrong, narrate
from gtbench.records import (
    Attempt,
    Ballot,
    Call,
    Fault,
    Finding,
    Grade,
    Judgement,
    Message,
    Sample,
    Try,
    Turn,
    Vote,
)
from gtbench_leaderboards.site.build import write_site

LOG = Path(__file__).parent / "data" / "format-6.gtbench"

CALLS = (
    Call(
        model="m/x",
        messages=(
            Message(role="system", content="the system's words"),
            Message(role="user", content="the user's words"),
        ),
        settings={"temperature": 0.125},
        samples=(
            Sample(reply="the first sample", finish="stop"),
            Sample(reply="the second sample", finish="length"),
        ),
        retries=(Try(reason="it was throttled"),),
        served_by="the-served-model",
        input_tokens=1234,
        output_tokens=567,
        seconds=8.5,
        reason="its filter says no",
    ),
)
BALLOT = Ballot(about="third step", votes=("the first thing", None), chosen="this one", calls=1)
TURN = Turn(
    seat=0,
    view="what was seen",
    attempts=(
        Attempt(
            reply="the answer that was wrong",
            finish="stop",
            fault=Fault(kind=FaultKind.CRASHED, detail="what was wrong with it", trace="where it crashed"),
            calls=CALLS,
            ballots=(BALLOT,),
        ),
        Attempt(
            reply="the answer that was right", finish="stop", fault=None, calls=(),
            claims={"card": "the claim"}, confidence=0.75,
        ),
    ),
    move="the move",
    action=0,
)  # fmt: skip
GRADE = Grade(
    turn=0, seat=0, status="graded", phase="opening", alternatives=2, value=3.25, after=2.5, regret=0.75,
    error=True, best=("a better move",), stake=1.5, labels=("missed_win",),
    slips=(Finding(slip=Slip.CALCULATION_ERROR, evidence="the evidence"),),
)  # fmt: skip
JUDGED = Judgement(
    number=1, turn=0, judge="m/judge", rubric="r", version="",
    votes=(Vote(quotes={Slip.FACTUAL_ERROR: "what it quotes"}),), calls=(),
)  # fmt: skip

TOLD = (
    "what was seen", "the system's words", "the user's words", "temperature=0.125", "it was throttled",
    "the-served-model", "567", "8.5 s", "its filter says no",
    "ended by stop, a vote for the first thing", "the first sample",
    "ended by length, without a vote", "the second sample",
    "otes on the third step: the first thing 1, no vote 1; chosen: ", "this one",
    "crashed. what was wrong with it", "where it crashed",
    "the answer that was right", "claim card: the claim", "right", "confidence 75%", "0.75", "1.5", "+3.25",
    "a better move", "missed_win", "calculation_error: the evidence",
)  # fmt: skip
"""All that is known of the turn, in order, the move aside, which a page has in the turn's heading."""


@pytest.fixture
def log(tmp_path: Path) -> gtbench.RunLog:
    """A log whose first match has this one turn."""
    path = shutil.copy(LOG, tmp_path / "run.gtbench")
    match = gtbench.open_log(path).matches()[0]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM matches WHERE number = ?", (match.number,))
    with gtbench.open_log(path).writer() as writer:
        writer.add(match.model_copy(update={"turns": (TURN,)}))
        writer.grade(match.number, [GRADE])
        writer.judge(JUDGED.model_copy(update={"number": match.number}))
    return gtbench.open_log(path)


def in_order(text: str, words: tuple[str, ...]) -> list[str]:
    """The words that a text does not have after all those before them."""
    place, missing = 0, []
    for word in words:
        found = text.find(word, place)
        missing += [word] if found < 0 else []
        place = max(place, found)
    return missing


def test_all_that_is_known_of_a_turn_stands_at_the_terminal(log: gtbench.RunLog) -> None:
    number = log.matches()[0].number
    said = CliRunner().invoke(app, ["replay", str(log.path), str(number)]).output
    assert not in_order(said, (*TOLD[:21], "move: the move", *TOLD[21:], '1 of 1 votes: "what it quotes"'))
    assert "1234 tokens in" in said


def test_the_same_stands_on_its_page_in_the_same_order(log: gtbench.RunLog, tmp_path: Path) -> None:
    write_site(log, tmp_path / "site")
    page = unescape((tmp_path / "site" / f"match-{log.matches()[0].number}.html").read_text("utf-8"))
    assert not in_order(page, ("plays <b>the move</b>", *TOLD))
    assert "1234 tokens" in page


def test_every_kind_of_part_has_a_place_in_the_template() -> None:
    """A kind that is new is shown everywhere, or says here why not: mypy proves it of the terminal."""
    kinds = {part.kind for one in get_args(Part) for part in (get_args(one) or [one])}
    assert {part.kind for part in get_args(Answering)} < kinds
    templates = Path(write_site.__code__.co_filename).parent / "templates"
    shown = (templates / "part.html").read_text("utf-8")
    assert {kind for kind in kinds if f'part.kind == "{kind}"' not in shown} == {"moved", "judged"}


def test_without_the_calls_a_turn_is_what_the_player_said_and_was_at_fault() -> None:
    assert list(narrate(TURN, calls=False)) == [
        Seen("what was seen"),
        Elected("third step", (("the first thing", 1), ("no vote", 1)), "this one"),
        Replied("reply", "the answer that was wrong"),
        Wrong("crashed. what was wrong with it", ""),
        Replied("reply", "the answer that was right"),
        Moved("the move"),
    ]


def test_each_vote_stands_beside_its_own_reply() -> None:
    """Of a search: thoughts, the votes on them, and the answer, some replies of one call."""
    samples = [
        ("one", "two"),
        ("Best: 2", "Best: 2"),
        ("three",),
        ("four",),
        ("Best: 1",),
        ("Best: ?",),
        ("bet",),
    ]
    calls = tuple(
        CALLS[0].model_copy(update={"samples": tuple(Sample(reply=one, finish="stop") for one in some)})
        for some in samples
    )
    ballots = (
        Ballot(about="step 1", votes=("thought 2", "thought 2"), chosen="thought 2", calls=2),
        Ballot(about="step 2", votes=("thought 1", None), chosen="thought 1", calls=6),
    )
    attempt = Attempt(reply="bet", finish="stop", fault=None, calls=calls, ballots=ballots)
    turn = Turn(seat=0, view="", attempts=(attempt,), move="bet", action=0)
    told = [
        (part.text, part.how.partition("stop")[2]) if isinstance(part, Replied) else part.about
        for part in narrate(turn)
        if isinstance(part, Replied | Elected)
    ]
    assert told == [
        ("one", ""), ("two", ""),
        ("Best: 2", ", a vote for thought 2"), ("Best: 2", ", a vote for thought 2"),
        "step 1", ("three", ""), ("four", ""), ("Best: 1", ", a vote for thought 1"),
        ("Best: ?", ", without a vote"), "step 2", ("bet", ""),
    ]  # fmt: skip
