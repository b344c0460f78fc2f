"""Reading replies: one tagged answer or a named fault, and prose never searched for a move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gtbench
from gtbench.errors import FaultKind
from gtbench.records import Fault
from gtbench.reply import read
from gtbench.table import Table

GAME = gtbench.load_game("kuhn_poker")
TABLE = Table(GAME, GAME.deal(0))


def kuhn(reply: str, finish: str = "stop") -> str:
    """What is read from a reply of the first player in Kuhn poker: the move, or the kind of the fault."""
    heard = read(reply, finish, lambda answer: GAME.hear(TABLE.state, 0, answer))  # type: ignore[arg-type]
    return heard.kind.value if isinstance(heard, Fault) else GAME.moves[heard]


@pytest.mark.parametrize(
    "reply",
    [
        "Action: bet",
        "action: BET",
        "ACTION : Bet.",
        "**Action:** bet",
        "**Action: bet**",
        "Action: **[bet]**",
        "> Action: `bet`",
        '"Action: bet"',
        "I hold the king, so to pass is bad.\nAction: bet",
        "Action: bet\n\n",
        "Action: bet\r\n",
        "```\nAction: bet\n```",
        "Action: bet\n---",
        "Action: bet\nAction: Bet",
        "<think>\nTo pass?\nAction: pass\n</think>\n\nAction: bet",
    ],
)
def test_one_tagged_answer_in_the_last_line_is_read(reply: str) -> None:
    assert kuhn(reply) == "bet"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("", "empty"),
        (" \n\n\t", "empty"),
        ("```\n```", "empty"),
        ("bet", "unparsable"),
        ("I will bet.", "unparsable"),
        ("My action: bet", "unparsable"),
        ("Reaction: bet", "unparsable"),
        ("Action: I will bet", "unparsable"),
        ("Action: not bet", "unparsable"),
        ("Action: bet because I hold the king", "unparsable"),
        ("Action: raise", "unparsable"),
        ("Action:", "unparsable"),
        ("Action: MOVE", "unparsable"),
        ("Action: bet\nThat was my move.", "unparsable"),
        ("Action: bet or pass", "ambiguous"),
        ("Action: bet/pass", "ambiguous"),
        ("Action: pass\nAction: bet", "ambiguous"),
        ("Action: bet\nNo, wait.\nAction: pass", "ambiguous"),
        ("Action: raise\nAction: bet", "ambiguous"),
        ("Action: fold", "illegal"),
        ("Action: fold\nAction: **fold**", "illegal"),
        ("Action: raise\nAction: raise", "unparsable"),
        ("<think>\nTo pass?\nAction: pass\nAction: bet", "empty"),
        ("I <think> Action: pass </think>", "unparsable"),
        ("Action: call", "illegal"),
    ],
)
def test_everything_else_is_a_fault_with_a_name(reply: str, fault: str) -> None:
    assert kuhn(reply) == fault


def test_why_the_reply_ended_comes_before_what_it_says() -> None:
    assert kuhn("Action: bet", "length") == "truncated"
    assert kuhn("Action: bet", "refused") == "refused"
    assert kuhn("", "length") == "truncated"
    assert kuhn("", "refused") == "refused"


@given(st.text())
def test_noise_is_never_a_move(noise: str) -> None:
    if "action" not in noise.casefold():
        assert kuhn(noise) in {"empty", "unparsable"}


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1))
def test_an_answer_is_a_move_only_if_it_is_nothing_but_the_move(answer: str) -> None:
    heard = GAME.hear(TABLE.state, 0, answer)
    if isinstance(heard, int):
        letters = "".join(c for c in answer.casefold() if c.isalnum())
        assert letters in {"pass", "check", "bet"}


@given(st.text(), st.sampled_from(["stop", "length", "refused"]))
def test_a_faults_detail_is_ascii_and_short(reply: str, finish: str) -> None:
    heard = read(f"Action: {reply}", finish, lambda answer: GAME.hear(TABLE.state, 0, answer))  # type: ignore[arg-type]
    if isinstance(heard, Fault):
        assert heard.detail.isascii()
        assert len(heard.detail) < 200
        assert heard.kind in FaultKind
