"""Replies with planted errors of each kind, written by hand: what is found of them, and what is not."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

import gtbench
from gtbench import reply as replies
from gtbench.grading import grade_match
from gtbench.labels import ABOUT, FaultKind, Label, Slip
from gtbench.records import Attempt, Fault, Match, Turn
from gtbench.table import Table

if TYPE_CHECKING:
    from gtbench.oracle import Oracle
    from gtbench.records import Finish


class Case(NamedTuple):
    """A position, the reply in it, and every error that is in the reply."""

    position: str
    reply: str
    errors: frozenset[str]
    finish: Finish = "stop"


POSITIONS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "empty": ("tic_tac_toe", 0, ()),
    "win": ("tic_tac_toe", 0, ("a1", "a3", "b1", "b3")),  # c1 wins at once; c3 would for the opponent
    "block": ("tic_tac_toe", 0, ("a1", "b2", "b1")),  # c1 must be blocked
    "edge": ("tic_tac_toe", 0, ("b2",)),  # only a corner holds
    "fork": ("tic_tac_toe", 0, ("b2", "b1")),  # won
    "lost": ("tic_tac_toe", 0, ("b2", "b1", "a1")),  # lost whatever is played
    "piles": ("nim", 0, ()),  # 1 3 5 7, XOR 0
    "won piles": ("nim", 0, ("take 1 from pile d",)),  # 1 3 5 6, XOR 1
    "queen": ("kuhn_poker", 0, ()),
    "king": ("kuhn_poker", 1, ()),
    "jack": ("kuhn_poker", 7, ()),
    "king, bet": ("kuhn_poker", 1, ("pass", "bet")),
    "jack, bet": ("kuhn_poker", 7, ("pass", "bet")),
    "pig": ("pig", 0, ()),
    "value 8": ("blind_auction", 6, ()),
}
END, READ, SURE, SUM, FACT = Slip
L, F = Label, FaultKind


def case(position: str, reply: str, *errors: str, finish: Finish = "stop") -> Case:
    return Case(position, reply, frozenset(map(str, errors)), finish)


CASES = [
    # Faults of the reply.
    case("empty", "", F.EMPTY),
    case("empty", "***\n---", F.EMPTY),
    case("empty", "I think about the cent", F.TRUNCATED, finish="length"),
    case("queen", "No.", F.REFUSED, finish="refused"),
    case("empty", "The center is best.", F.UNPARSABLE),
    case("queen", "Action: fold my hand", F.UNPARSABLE),
    case("empty", "Action: b2 or a1", F.AMBIGUOUS),
    case("queen", "Action: bet\nAction: pass", F.AMBIGUOUS),
    case("edge", "Action: b2", F.ILLEGAL),
    case("piles", "Action: take 2 from pile a", F.ILLEGAL),
    # Errors of play.
    case("win", "Action: b2", L.MISSED_WIN, L.MISSED_BLOCK, L.WON_TO_LOST),
    case("fork", "Action: b3", L.WON_TO_DRAWN),
    case("win", "Action: a2", L.MISSED_WIN, L.MISSED_BLOCK, L.WON_TO_LOST),
    case("block", "Action: a3", L.MISSED_BLOCK, L.DRAWN_TO_LOST),
    case("block", "Action: c2", L.MISSED_BLOCK, L.DRAWN_TO_LOST),
    case("edge", "Action: a2", L.DRAWN_TO_LOST),
    case("edge", "I take the edge. Action is clear.\nAction: c2", L.DRAWN_TO_LOST),
    case("won piles", "Action: take 3 from pile b", L.WRONG_SUM, L.WON_TO_LOST),
    case("won piles", "Action: take 6 from pile d", L.WRONG_SUM, L.WON_TO_LOST),
    case("king, bet", "Action: pass", L.DOMINATED, L.WRONG_FOLD),
    case("jack, bet", "Action: bet", L.DOMINATED, L.WRONG_CALL),
    case("pig", "Action: stop", L.OVER_CAUTION),
    case("value 8", "Action: bid 7", L.DOMINATED, L.OVERBID),
    case("value 8", "Action: bid 0", L.DOMINATED, L.UNDERBID),
    # Claims in the asked form.
    case("win", "Claim win: none\nAction: c1", END),
    case("win", "Claim threat: none\nAction: c1", END),
    case("empty", "Claim win: b2\nAction: b2", END),
    case("empty", "Claim free: 8\nAction: b2", READ),
    case("queen", "Claim card: K\nAction: pass", READ),
    case("value 8", "Claim value: 9\nAction: bid 4", READ),
    case("piles", "Claim xor: 3\nAction: take 1 from pile a", SUM),
    case("piles", "Claim objects: 15\nAction: take 1 from pile a", SUM),
    case("pig", "Claim needed: 19\nAction: roll", SUM),
    case("piles", "Claim piles: 3\nAction: take 1 from pile a", READ),
    # What is said freely.
    case("piles", "1 XOR 3 XOR 5 XOR 7 = 2, so I take one.\nAction: take 1 from pile a", SUM),
    case("piles", "We have 3 ^ 5 = 7.\nAction: take 1 from pile a", SUM),
    case("piles", "In total 1 + 3 + 5 + 7 = 15 objects.\nAction: take 1 from pile a", SUM),
    case("pig", "I need 20 - 0 = 18 points.\nAction: roll", SUM),
    case("value 8", "Half of it: 8 - 4 = 5.\nAction: bid 4", SUM),
    case("piles", "2 * 3 + 1 = 8 says nothing.\nAction: take 1 from pile a", SUM),
    case("empty", "The center is strong. I will play b2.\nAction: a1", FACT),
    case("queen", "I should be careful with it.\nI choose to bet.\nAction: pass", FACT),
    case("piles", "So my move is take 1 from pile b.\nAction: take 1 from pile a", FACT),
    case("king", "**I will bet**.\nAction: pass", FACT),
    case("empty", "I take the center. This wins immediately.\nAction: b2", END),
    case("edge", "It wins the game at once!\nAction: a1", END),
    case("win", "There is no winning move here.\nAction: c3", END),
    case("win", "I cannot win this turn.\nAction: c3", END),
    case("queen", "My card is the King.\nAction: pass", READ),
    case("jack", "I have a queen.\nAction: pass", READ),
    case("value 8", "The object is worth 9 to me.\nAction: bid 4", READ),
    case("edge", "b2 is free.\nAction: a1", READ),
    case("edge", "The corner: a1 is already taken.\nAction: a3", READ),
    case("lost", "Confidence: 95%\nAction: a3", SURE),
    case("empty", "Confidence: 100%\nAction: b2", SURE),
    case("lost", "My chance of winning is 90 %.\nAction: a3", SURE),
    case("lost", "I cannot lose.\nAction: a3", SURE),
    # Errors that a person sees and the strict checks do not.
    case("empty", "Playing b2 makes three in a row.\nAction: b2", END),
    case("queen", "Holding the top card of the deck, I relax.\nAction: pass", READ),
    case("piles", "The nim-sum of all piles comes to three.\nAction: take 1 from pile a", SUM),
    case("lost", "Victory is mine, no doubt about it.\nAction: a3", SURE),
    case("empty", "Everything speaks for the center.\nAction: a1", FACT),
    # Sound, and near to what is looked for.
    case("win", "c1 wins at once. This wins immediately.\nClaim win: c1\nAction: c1"),
    case("win", "If I played c3, this wins immediately for nobody.\nAction: c1"),
    case("block", "The opponent wins at once at c1, so this wins time.\nAction: c1"),
    case("piles", "1 XOR 3 = 2 and 5 ^ 7 = 2, so 2 XOR 2 = 0.\nAction: take 1 from pile a"),
    case("piles", "In binary 011 XOR 101 = 110.\nAction: take 1 from pile a"),
    case("piles", "1 + 3 + 5 + 7 = 16; 2 * 3 + 1 = 7; 2**3 + 1 = 9; 7 - 1 = 6.\nAction: take 1 from pile a"),
    case("piles", "It is not so that 3 + 5 = 9.\nAction: take 1 from pile a"),
    case("queen", "If my card is the King, I bet. My card is the queen.\nAction: pass"),
    case("queen", "The opponent may think: my card is the jack.\nAction: pass"),
    case("queen", "I have to decide. I will pass.\nAction: pass"),
    case("queen", "I will bet? No.\nI will not bet.\nAction: pass"),
    case("edge", "b2 is taken, a1 is free. I will play a1.\nAction: a1"),
    case("edge", "<think>b2 is free. I will play c2.</think>\nAction: a1"),
    case("empty", "Confidence: 50%\nAction: b2"),
    case("win", "Confidence: 100%\nI cannot lose.\nAction: c1"),
    case("jack", "The chance of 1/3 + 1/3 = 2/3 is 0.5 + 0.25 = 0.75.\nClaim card: J\nAction: pass"),
    case("pig", "I need 20 points. Claim needed: 20\nAction: roll"),
    case("value 8", "The object is worth 8 to me. 8 - 4 = 4.\nClaim value: 8\nAction: bid 4"),
]  # fmt: skip


@cache
def oracle(name: str) -> Oracle:
    return gtbench.load_game(name).oracle()


def errors(given: Case) -> frozenset[str]:
    """What is found in a reply."""
    name, seed, moves = POSITIONS[given.position]
    game = gtbench.load_game(name)
    table, turns = Table(game, game.deal(seed)), []

    def answer(seat: int, reply: str, finish: Finish = "stop") -> Turn:
        """A turn as a match records it."""
        state = table.state
        heard = replies.read(reply, finish, lambda said: game.hear(state, seat, said))
        stated = replies.stated(reply, finish, game.questions)
        attempt = Attempt(
            reply=reply, finish=finish, fault=heard if isinstance(heard, Fault) else None, calls=(),
            claims=stated.claims, confidence=stated.confidence,
        )  # fmt: skip
        action = heard if isinstance(heard, int) else None
        move = None if action is None else game.say(action)
        return Turn(seat=seat, view="", attempts=(attempt,), move=move, action=action)

    for move in moves:
        turns.append(answer(table.to_move[0], f"Action: {move}"))
        table.play({turns[-1].seat: turns[-1].action or 0})
    turns.append(answer(table.to_move[0], given.reply, given.finish))
    if len(table.to_move) > 1:
        turns.append(answer(1, "Action: bid 0"))
    match = Match(
        number=1, game=name, parameters={}, zero_sum=True, deal=0, seed=seed, agents=("a", "b"),
        rules=("", ""), turns=tuple(turns), forfeited_by=(), rewards=(0, 0), final="", version="",
    )  # fmt: skip
    place = len(moves)
    grade = grade_match(match, oracle(name))[place]
    slips = (str(finding.slip) for finding in grade.slips)
    return frozenset((*(str(f.kind) for f in turns[place].faults), *map(str, grade.labels), *slips))


def test_planted_errors_are_found_and_nothing_else() -> None:
    """Precision is 1 for every label; recall is 1 but for what only a person sees: it is stated here."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for given in CASES:
        seen = errors(given)
        assert seen <= given.errors, f"{given.reply!r} in {given.position}: {seen}"
        right.update(seen & given.errors)
        found.update(seen)
        planted.update(given.errors)
    assert len([given for given in CASES if given.errors]) >= 60
    recall = {label: right[label] / planted[label] for label in planted}
    assert {label: right[label] / found[label] for label in planted} == dict.fromkeys(planted, 1.0)
    assert {label: share for label, share in recall.items() if share < 1} == pytest.approx(
        {END: 7 / 8, READ: 9 / 10, SURE: 4 / 5, SUM: 9 / 10, FACT: 4 / 5}
    )
    never = {*ABOUT} - {*map(str, planted)}
    assert never <= {
        "crashed", "timed_out", "over_risk", "wrong_bluff", "took_too_little", "gave_too_much",
        "refused_last", "exploited", "provoked", "failed_to_exploit",
    }, "every other label is planted at least once"  # fmt: skip


def test_a_finding_quotes_what_was_said_and_says_what_is_so() -> None:
    game = gtbench.load_game("nim")
    reply = "3 XOR 5 = 7\u2026\nAction: take 1 from pile a"
    turn = Turn(
        seat=0, view="", move="take 1 from pile a", action=0,
        attempts=(Attempt(reply=reply, finish="stop", fault=None, calls=()),),
    )  # fmt: skip
    match = Match(
        number=1, game="nim", parameters={}, zero_sum=True, deal=0, seed=0, agents=("a", "b"), rules=("", ""),
        turns=(turn,), forfeited_by=(), rewards=(0, 0), final="", version="",
    )  # fmt: skip
    ((finding,),) = [grade.slips for grade in grade_match(match, game.oracle())]
    assert (finding.slip, finding.evidence) == (Slip.CALCULATION_ERROR, "3 xor 5 = 7 (not so)")
