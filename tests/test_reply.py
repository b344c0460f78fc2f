"""Reading replies: one tagged answer or a named fault, and prose never searched for a move."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gtbench
from gtbench import match
from gtbench import reply as reply_module
from gtbench.agent.spec import Decision
from gtbench.game.table import Table
from gtbench.game.words import normalise
from gtbench.labels import FaultKind
from gtbench.records import Fault
from gtbench.reply import MOST_ANSWERS, prose, read, spoken_part, stated

if TYPE_CHECKING:
    from gtbench.game.base import Game

GAME = gtbench.load_game("kuhn_poker")
TABLE = Table(GAME, GAME.deal(0))


def by_heart(answer: str) -> int | Fault:
    """What the first player in Kuhn poker is heard to say."""
    return GAME.hear(TABLE.state, 0, answer)


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
        "Action:\nbet",
        "**Action:**  \n\n**bet**",
        "**Action:**\n```text\nbet\n```",
        "Action:\nClaim card: K\nbet",
        "**Action:**\n\n```python\n\n```\nAction: bet",
        "## Action:\nTo pass is bad with a king.\n\nAction: bet",
        "Action: MOVE\nAction: bet",
        "Action: [MOVE]\n\nAction: bet",
        "Action: bet\nClaim card: K\n**Confidence:** 70%",
        "Final action: bet",
        "**Final Action:** bet",
        "Action\uff1abet",
        "\ufeffAction: bet",
        "\u200bAction\u200b: \u200bbet\u200b",
        "Action: bet</s>",
        "Action: bet<|im_end|>",
        "Action: bet<|eot_id|>\n",
        "Action: bet<end_of_turn>",
        "<answer>\nAction: bet\n</answer>",
        "<answer>Action: bet</answer></s>",
        "Action: <answer>bet</answer>",
        "Action: \\boxed{bet}",
        "Action: $\\boxed{\\text{bet}}$",
        "Action: $bet$",
        "Action: <<bet>>",
        "Action: <bet>",
    ],
)
def test_one_tagged_answer_in_the_last_line_is_read(reply: str) -> None:
    assert kuhn(reply) == "bet"


@pytest.mark.parametrize(
    "reply",
    [
        "Action: check\nAction: pass",
        "Action: pass\nSo I check.\nAction: **Check**",
        "Action: pass\nAction: check\nAction: pass",
    ],
)
def test_the_same_move_twice_is_that_move_however_it_is_written(reply: str) -> None:
    assert kuhn(reply) == "pass"


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
        ("I <think> Action: pass </think>", "empty"),
        ("Action: bet\nAction:", "ambiguous"),
        ("Action:\nbet\nAction: pass", "ambiguous"),
        ("Action: pass\nFinal action: bet", "ambiguous"),
        ("Action:\nbet\npass", "unparsable"),
        ("Action:\nI will bet", "unparsable"),
        ("Action:\nbet\nThat was my move.", "unparsable"),
        ("Action: MOVE\nbet", "unparsable"),
        ("Action: raise\nAction:\nraise\nAction: bet", "ambiguous"),
        ("Action:\nraise\nAction: raise\nAction: bet", "ambiguous"),
        ("Action: bet\nConfidence: 70%\nNo, wait.", "unparsable"),
        ("Action: bet</s>\nNo, wait.", "unparsable"),
        ("Action: <s>bet</s>", "unparsable"),
        ("Action: b</s>et", "unparsable"),
        ("Action: $bet", "unparsable"),
        ("Action: <bet", "unparsable"),
        ("Final answer: bet", "unparsable"),
        ("Move: bet", "unparsable"),
        ("\\boxed{bet}", "unparsable"),
        ("<answer>bet</answer>", "unparsable"),
        ("Action: call", "illegal"),
    ],
)
def test_everything_else_is_a_fault_with_a_name(reply: str, fault: str) -> None:
    assert kuhn(reply) == fault


THOUGHTS = (
    "<think>{}</think>", "{}</think>", "<THINK>\n{}\n</THINK>\n", "<thinking>{}</thinking>",
    "[THINK]{}[/THINK]", "<seed:think>{}</seed:think>", "<thought>\n{}</thought>",
    "\u25c1think\u25b7{}\u25c1/think\u25b7", "<|begin_of_thought|>\n{}\n<|end_of_thought|>\n\n",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "<|channel|>analysis<|message|>{}<|channel|>final <|constrain|>json<|message|>",
    "<think>{0}</think>\nSo far so good.\n<think>{0}</think>",
)  # fmt: skip
"""What reasoning models put around their thoughts."""


@pytest.mark.parametrize("dress", THOUGHTS)
def test_what_follows_the_last_thought_is_the_reply_in_every_dress(dress: str) -> None:
    thought = dress.format("My card is high, so\nAction: pass\nClaim card: Q\n")
    said = "I hold the king.\nClaim card: K\nAction: bet"
    assert kuhn(thought + said) == "bet"
    assert kuhn(f"{thought}\n{said}<|return|>") == "bet"
    assert kuhn(f"{thought}\n<|begin_of_solution|>\n{said}\n<|end_of_solution|>") == "bet"
    assert told(thought + said) == ({"card": "k"}, None)
    assert prose(thought + said) == "I hold the king."
    assert spoken_part(thought + said).strip() == said
    assert read(thought + '{"action": "bet"}', "stop", by_heart, "json") == 1


@pytest.mark.parametrize("dress", THOUGHTS)
def test_a_reply_that_is_nothing_but_a_thought_says_so(dress: str) -> None:
    whole = dress.format("So I will bet.\nAction: bet\n")
    unfinished = whole.partition("Action: bet\n")[0] + "Action: bet\n"
    for reply in (whole, unfinished)[: 1 if dress.startswith("{}") else 2]:
        for form in ("tag", "json", "tool"):
            assert read(reply, "stop", by_heart, form) == Fault(
                kind=FaultKind.EMPTY, detail="Only a thought came, and no reply after it."
            )
        cut = read(reply, "length", by_heart)
        assert isinstance(cut, Fault)
        assert cut.kind is FaultKind.TRUNCATED
        assert "Only a thought came" in cut.detail
        assert prose(reply) == spoken_part(reply).strip() == ""
    for reply in ("", "\n", "```\n```"):
        heard = read(reply, "stop", by_heart)
        assert isinstance(heard, Fault)
        assert heard.detail == "The reply was empty."


def test_the_words_before_an_answer_are_the_same_in_every_form_of_answer() -> None:
    words = "I hold the king, and so I bet."
    for answer in (
        "Action: bet",
        "Action:\nbet",
        "Final action: bet",
        "Action\uff1a bet",
        "**Action**: bet",
        "__Final Action__: bet",
        "**Action:**\n\nbet</s>",
    ):
        assert prose(f"{words}\n{answer}") == words
        assert prose(f"{words}\n{answer}\nConfidence: 70%") == words
    assert prose(f"Action:\n{words}\nAction: bet") == words


def test_an_answer_that_comes_again_is_heard_once_and_hundreds_that_differ_are_not_heard() -> None:
    heard: list[str] = []

    def hear(answer: str) -> int | Fault:
        heard.append(answer)
        return by_heart(answer)

    assert read("Action: bet\n" * 10_000, "stop", hear) == 1
    assert len(heard) <= 2
    for reply in ("Action: {}\n", "Action:\nto bet {}\n"):
        heard.clear()
        fault = read("".join(map(reply.format, range(10_000))) + "Action: bet", "stop", hear)
        assert isinstance(fault, Fault)
        assert fault.kind is FaultKind.AMBIGUOUS
        assert len(heard) <= 2


def test_a_line_that_comes_ten_thousand_times_is_looked_at_once_and_of_those_that_differ_a_hundred(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def counted(answer: str) -> str:
        looked.append(answer)
        return normalise(answer)

    monkeypatch.setattr(reply_module, "normalise", counted)
    assert read("Action: bet\n" * 10_000, "stop", by_heart) == 1
    assert len(looked) < 10
    looked.clear()
    for line in ("Action: bet{}\n", "Action: x {}\n", "Action:\nto bet {}\n"):
        reply = "".join(line.format(" " * n) for n in range(300))
        found = read(f"{reply}Action: bet", "stop", by_heart)
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.AMBIGUOUS
    assert len(looked) < 10
    said = "".join(f"Confidence: {n}%\n" for n in range(10_000))
    assert stated(f"{'Claim card: K' * 10_000}\n{said}", "stop", GAME.questions).confidence is None
    assert len(looked) < 20


def test_what_moves_are_called_is_worked_out_once_a_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    spellings = type(GAME).spellings

    def counted(self: Game, state: object, seat: int, action: int) -> tuple[str, ...]:
        asked.append(action)
        return spellings(self, state, seat, action)

    monkeypatch.setattr(type(GAME), "spellings", counted)
    reply = "".join(f"Action:\nto bet {n}\n" for n in range(MOST_ANSWERS)) + "Action: Bet."
    assert match.heard(TABLE, 0, Decision(reply=reply), ()) == 1
    assert len(asked) <= len(TABLE.legal(0)) + len(GAME.moves)


def test_why_the_reply_ended_comes_before_what_it_says() -> None:
    assert kuhn("Action: bet", "length") == "truncated"
    assert kuhn("Action: bet", "refused") == "refused"
    assert kuhn("", "length") == "truncated"
    assert kuhn("", "refused") == "refused"


@given(st.text())
def test_noise_is_never_a_move(noise: str) -> None:
    if "action" not in noise.casefold():
        assert kuhn(noise) in {"empty", "unparsable"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
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
        "Action: bet\n\ufeffClaim card\uff1a K\nClaim pot: \u200b2\nConfidence\uff1a70%</s>",
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
    assert heard('{"Action": "bet", "Claims": {}}') == "bet"
    assert heard('```json\n{"action": "bet"}\n```') == "bet"
    assert heard('\n```\r\n{"action": "bet"}\n```\n') == "bet"
    assert heard('\ufeff{"action": "bet"}</s>') == "bet"
    assert heard('<answer>{"action": "bet"}</answer>') == "bet"
    assert heard('<think>{"action": "pass"}</think>{"action": "bet"}') == "bet"
    assert heard("") == "empty: The reply was empty."
    assert heard('{"action": "fold"}') == 'illegal: "fold" is not a legal move now: the opponent has not bet.'
    assert heard('{"action": "raise"}') == 'unparsable: "raise" is not a move. A move is "pass" or "bet".'
    for other in ('{"move": "bet"}', '{"action": null}', '{"action": true}', '{"action": ["bet"]}'):
        assert heard(other) == 'unparsable: The JSON object has no text "action".'
    twice = "ambiguous: The JSON object has two fields of one name."
    assert heard('{"action": "bet", "action": "pass"}') == twice
    assert heard('{"action": "bet", "Action": "bet"}') == twice
    none = {
        "json": "unparsable: The reply is not one JSON object.",
        "tool": 'unparsable: The reply is no call of the tool "play" with a JSON object.',
    }
    for other in (
        "Action: bet", 'I bet.\n{"action": "bet"}', '["bet"]', "null", "[" * 100_000 + "1",
        '{"a":' * 100_000 + "1", '{"action": "bet"} I bet.', '```json\n{"action": "bet"}\n```\nI bet.',
        '```json\n{"action": "bet"}', '```json\n```json\n{"action": "bet"}\n```\n```',
        '{"action": "bet"}\n{"action": "bet"}', '{"action": "bet"',
    ):  # fmt: skip
        assert heard(other) == none[form]


def test_a_number_is_a_move_in_a_json_answer_where_moves_are_numbers() -> None:
    game = gtbench.load_game("connect_four")
    table = Table(game, game.deal(0))
    assert read('{"action": 3}', "stop", lambda a: game.hear(table.state, 0, a), "json") == 2


def test_statements_in_a_json_answer() -> None:
    reply = '{"claims": {"card": "K", "pot": 2, "higher": [0]}, "confidence": 65, "action": "bet"}'
    assert told(reply, form="json") == ({"card": "k", "pot": "2"}, 0.65)
    assert told('```json\n{"Claims": {"Card": "K"}, "Confidence": 65}\n```', form="json") == (
        {"card": "k"},
        0.65,
    )
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
