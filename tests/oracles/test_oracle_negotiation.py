"""What is certain about a decision in negotiation, on deals written by hand."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import gtbench
from gtbench.game.oracle import Verdict
from gtbench.game.table import Table
from gtbench.labels import Label

GAME: Any = gtbench.load_game("negotiation", enable_utterances=False)
AGREE = len(GAME.proposals)


def state(turns: int, *proposals: tuple[int, ...], pool: str = "2 1 1", second: str = "1 2 3") -> Any:
    """A pool, worth 1, 2 and 3 an item to seat 0; after these proposals."""
    played = ", ".join(map(str, (0, *(GAME.proposals.index(kept) for kept in proposals))))
    return GAME.engine.deserialize_state("\n".join([str(turns), pool, "1 2 3", second, played]))


def graded(at: Any, move: tuple[int, ...] | None) -> Verdict | None:
    """The grade of a proposal, or of agreeing."""
    action = AGREE if move is None else GAME.proposals.index(move)
    verdict: Verdict | None = GAME.oracle().grade(at, at.current_player(), action)
    return verdict


def test_to_refuse_the_last_offer_loses_what_it_was_worth() -> None:
    at = state(3, (2, 1, 1), (1, 1, 0))  # seat 1 keeps a book and a hat: 1 + 3 are left
    taken, refused = graded(at, None), graded(at, (2, 1, 1))
    values = {action: 4.0 * (action == AGREE) for action in at.legal_actions()}
    assert taken == Verdict(4, 0, (AGREE,), 4, action_values=values)
    assert refused == Verdict(4, 4, (AGREE,), 4, labels=("refused_last",), action_values=values)


def test_a_last_offer_of_nothing_may_be_refused() -> None:
    refused = graded(state(3, (2, 1, 1), (2, 1, 1)), (1, 0, 0))
    assert refused is not None
    assert (refused.regret, refused.stake) == (0, 0)


def test_the_turn_before_the_last_a_proposal_is_held_against_the_offer_and_what_is_surely_taken() -> None:
    at = state(4, (2, 1, 1), (1, 0, 0))  # seat 0 is offered 1 + 2 + 3 of 7; to leave one of each brings 1
    low = graded(at, (1, 0, 1))
    assert low is not None
    assert not low.exact
    assert (low.regret, low.labels) == (2, (Label.DOMINATED, "gave_too_much"))
    assert graded(at, (2, 1, 1)) is not None
    high = graded(at, (2, 1, 1))
    assert high is not None
    assert (high.regret, high.labels) == (0, ())
    same = graded(at, (1, 1, 1))
    assert same is not None
    assert (same.regret, same.labels) == (0, (Label.DOMINATED, "gave_too_much")), "it can only be refused"


def test_less_is_not_taken_than_an_opponent_in_its_last_turn_surely_leaves() -> None:
    at = state(4, (2, 1, 1), (2, 1, 1))  # seat 0 is offered nothing; one of each left brings a book, 1
    taken = graded(at, None)
    assert taken is not None
    assert (taken.regret, taken.labels) == (1, ("took_too_little",))
    asked = graded(at, (1, 0, 0))
    assert asked is not None
    assert (asked.regret, asked.labels) == (0, ())


def test_earlier_only_the_ends_of_the_scale_are_decided() -> None:
    assert graded(state(8, (1, 1, 1)), None) is None
    whole, nothing = state(8, (0, 0, 0)), state(8, (2, 1, 1))
    for at, move, right, label in (
        (whole, (2, 1, 1), None, Label.DOMINATED), (nothing, None, (1, 0, 0), "took_too_little"),
    ):  # fmt: skip
        wrong, best = graded(at, move), graded(at, right)
        assert wrong is not None
        assert best is not None
        assert (wrong.labels, best.labels) == ((label,), ())


def test_the_seat_that_proposes_last_takes_no_less_earlier_than_it_can_then_be_sure_of() -> None:
    at = state(6, (2, 1, 1), (2, 1, 1))  # seat 0 is offered nothing, with three turns to come; sure of a book
    taken, gone_on = graded(at, None), graded(at, (0, 1, 0))
    assert taken == Verdict(None, 1, gone_on.best if gone_on else (), 1, False, ("took_too_little",))
    assert gone_on is not None
    assert (gone_on.regret, gone_on.labels) == (0, ())
    assert graded(state(6, (2, 1, 1), (1, 1, 1)), None) is None, "as much may be right"
    other = graded(state(5, (2, 1, 1), (2, 1, 1)), None)  # two turns to come: seat 0 answers last
    assert other is not None
    assert (other.regret, other.labels) == (0, ("took_too_little",))


def test_what_it_can_be_sure_of_it_gets_whatever_the_opponent_values_and_proposes() -> None:
    """The line played in the engine; in its last turn the opponent takes what is worth something to it."""
    sure, least = 1, 99.0
    for values in itertools.product(range(4), repeat=3):
        if not any(values):
            continue
        second = " ".join(map(str, values))
        for counter in [None, *GAME.proposals]:
            at = state(6, (2, 1, 1), (2, 1, 1), (2, 1, 1), second=second)  # seat 0 has asked for all of it
            action = AGREE if counter is None else GAME.proposals.index(counter)
            if action not in at.legal_actions():
                continue
            at.apply_action(action)
            if not at.is_terminal():
                at.apply_action(GAME.proposals.index((1, 0, 0)))
                assert at.child(AGREE).returns()[1] > 0
                at.apply_action(AGREE)
            least = min(least, at.returns()[0])
    assert least == sure


@pytest.mark.parametrize(
    ("pool", "whole"), [("2 0 1", (2, 0, 1)), ("5 0 0", (5, 0, 0)), ("0 4 1", (0, 4, 1))]
)
def test_nothing_is_sure_where_the_opponent_may_value_only_what_is_not_there(
    pool: str, whole: tuple[int, ...]
) -> None:
    """One of each kind cannot be left: no proposal is surely taken, and no agreement is too little."""
    for turns, proposals in ((4, (whole, whole)), (6, (whole, whole)), (8, (whole,))):
        at = state(turns, *proposals, pool=pool)
        assert GAME.oracle().accounts(at, at.current_player()).sure == 0
    taken = graded(state(4, whole, whole, pool=pool), None)
    assert taken is not None
    assert (taken.regret, taken.labels) == (0, ())


def test_a_message_is_not_decided() -> None:
    game = gtbench.load_game("negotiation")
    table = Table(game, game.deal(0))
    table.play({0: table.legal(0)[0]})
    assert game.oracle().grade(table.state, 0, table.legal(0)[0]) is None


def test_the_opponents_values_change_no_grade() -> None:
    proposals = [(2, 1, 1), (1, 1, 0), (1, 0, 0)]
    for turns in (2, 3, 4, 8):
        for length in (0, 2):
            for move in [None, *GAME.proposals]:
                at = [state(turns, *proposals[:length], second=values) for values in ("1 2 3", "10 0 0")]
                action = AGREE if move is None else GAME.proposals.index(move)
                if action in at[0].legal_actions():
                    assert graded(at[0], move) == graded(at[1], move)


def test_the_last_proposal_cannot_be_agreed_to_and_the_number_of_turns_is_seen() -> None:
    at = state(3, (2, 1, 1), (1, 1, 0))
    assert "3" in at.observation_string(0).splitlines()[0]
    assert at.child(GAME.proposals.index((0, 0, 0))).is_terminal()
    assert at.child(GAME.proposals.index((0, 0, 0))).returns() == [0, 0]


def test_an_agreement_is_measured_by_the_values_of_both() -> None:
    at = state(8, (0, 0, 1), second="3 2 1")  # seat 0 keeps the ball, worth 3; 2 books and a hat pay 8
    found = GAME.oracle().welfare(at.child(AGREE))
    assert found == pytest.approx({"agreed": 1, "efficient": 1, "welfare": 1, "nash": 24 / 30})
    spoiled = state(8, (2, 0, 0), second="3 2 1").child(AGREE)
    assert GAME.oracle().welfare(spoiled)["efficient"] == 0
    assert GAME.oracle().welfare(state(2, (0, 0, 1), (1, 0, 0)))["agreed"] == 0
    assert GAME.oracle().welfare(state(8)) == {}
