"""Reading replies: one tagged answer or a named fault, and prose never searched for a move."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gtbench
from gtbench.errors import FaultKind
from gtbench.records import Fault
from gtbench.reply import read, stated
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


def told(reply: str, finish: str = "stop", form: str = "tag") -> tuple[dict[str, str], float | None]:
    """The claims and the confidence in a reply about Kuhn poker."""
    return tuple(stated(reply, finish, GAME.questions, form))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    "reply",
    [
        "Claim card: K\nClaim pot: 2\nConfidence: 70%\nAction: bet",
        "claim CARD : k.\nCLAIM pot: +02\nconfidence: 70 percent\nAction: bet",
        "- **Claim card:** K\n- **Claim pot: 2**\n> Confidence: **70 %**\nAction: bet",
        "Claim card: K\nClaim card: k\nClaim pot: 2\nConfidence: 70.0%\nConfidence: 70.0 %",
        '"Claim card": K\nI hold a king.\nClaim "pot": 2\nAction: bet\nConfidence: 70%',
    ],
)
def test_statements_are_read_in_many_spellings(reply: str) -> None:
    claims, confidence = told(reply)
    assert claims == {"card": "k", "pot": "2"}
    assert confidence == pytest.approx(0.7) or "70.0 %" in reply  # said twice, not alike


@pytest.mark.parametrize(
    "reply",
    [
        "Action: bet",
        "Claim card: I hold the king\nClaim pot: two\nConfidence: high",
        "Claim card: A\nClaim pot: 2 or 3\nConfidence: 0.7",
        "Claim card: K\nClaim card: Q\nConfidence: 70%\nConfidence: 60%",
        "Claim pot: 2\nClaim pot: about 2\nConfidence: 170%",
        "My claim card: K, and the confidence: 70%",
        "Claim king: yes\nClaim: K\nConfidence: -5%",
        "<think>\nClaim card: K\nConfidence: 70%\n</think>\nAction: bet",
    ],
)
def test_what_is_missing_malformed_or_contradictory_is_absent(reply: str) -> None:
    assert told(reply) == ({}, None)


def test_the_cut_off_line_of_a_truncated_reply_states_nothing() -> None:
    assert told("Claim card: K\nClaim pot: 2", "length") == ({"card": "k"}, None)


@pytest.mark.parametrize("form", ["json", "tool"])
def test_a_json_answer_is_its_action_and_nothing_else(form: str) -> None:
    def heard(reply: str) -> str:
        move = read(reply, "stop", lambda a: GAME.hear(TABLE.state, 0, a), form)  # type: ignore[arg-type]
        return f"{move.kind}: {move.detail}" if isinstance(move, Fault) else GAME.moves[move]

    assert heard('{"action": "Bet"}') == "bet"
    assert heard('{"reasoning": "pass is bad", "action": "bet"}\n') == "bet"
    assert heard('<think>{"action": "pass"}</think>{"action": "bet"}') == "bet"
    assert heard("") == "empty: The reply was empty."
    assert heard('{"action": "fold"}') == 'illegal: "fold" is not a legal move now.'
    assert heard('{"action": "raise"}') == 'unparsable: "raise" is not a move. A move is "pass" or "bet".'
    for other in ('{"move": "bet"}', '{"action": null}', '{"action": true}', '{"action": ["bet"]}'):
        assert heard(other) == 'unparsable: The JSON object has no text "action".'
    twice = "ambiguous: The JSON object has two fields of one name."
    assert heard('{"action": "bet", "action": "pass"}') == twice
    none = {
        "json": "unparsable: The reply is not one JSON object.",
        "tool": 'unparsable: The reply is no call of the tool "play" with a JSON object.',
    }
    for other in ("Action: bet", 'I bet.\n{"action": "bet"}', '["bet"]', "null", "[" * 100_000 + "1"):
        assert heard(other) == none[form]


def test_a_number_is_a_move_in_a_json_answer_where_moves_are_numbers() -> None:
    game = gtbench.load_game("connect_four")
    table = Table(game, game.deal(0))
    assert read('{"action": 3}', "stop", lambda a: game.hear(table.state, 0, a), "json") == 2


def test_statements_in_a_json_answer() -> None:
    reply = '{"claims": {"card": "K", "pot": 2, "higher": [0]}, "confidence": 65, "action": "bet"}'
    assert told(reply, form="json") == ({"card": "k", "pot": "2"}, 0.65)
    assert told('{"claims": "K", "confidence": "65 %"}', form="json") == ({}, 0.65)
    assert told('{"claims": {"card": "K", "card": "Q"}, "confidence": true}', form="json") == ({}, None)
    assert told("Claim card: K", form="json") == ({}, None)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["pot", "card", "x"]), inner),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_a_claim_of_any_json_is_a_right_form_or_absent(claims: object, confidence: object) -> None:
    found, sure = told(json.dumps({"claims": claims, "confidence": confidence}), form="json")
    assert set(found) <= {"pot", "card"}
    assert all(GAME.questions[1].read(found[name]) == found[name] for name in found if name == "pot")
    assert sure is None or 0 <= sure <= 1
