"""Replies with planted errors of every kind, written by hand, and sound ones that come near to each kind.

Each case is played at a real table by `gtbench.match.take_turn` and graded as any match is. `score` says how
many of the planted errors are found, and how much of what is found was planted; `table` writes it down.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import gtbench
from gtbench.agent.spec import Decision, Player
from gtbench.catalogue import labels_of
from gtbench.game.table import Table
from gtbench.grading.grade import grade_match
from gtbench.labels import LAYERS, FaultKind, Label, Slip, layer
from gtbench.match import take_turn
from gtbench.models.request import Journal
from gtbench.records import Match, Termination, Turn

if TYPE_CHECKING:
    from gtbench.game.oracle import Oracle
    from gtbench.records import Finish, Form

Act = Callable[[gtbench.View], Awaitable[Decision]]


class Case(NamedTuple):
    """A position, the reply in it, every error that is in it, and the errors to which it only comes near."""

    position: str
    reply: str | Act  # a text, or a player of its own
    errors: frozenset[str]
    near: frozenset[str]
    finish: Finish = "stop"
    form: Form = "tag"


SMALL_PIG = "pig[diceoutcomes=2,winscore=10]"  # a coin: 1 loses the turn's total, 2 adds to it
SILENT = "negotiation[enable_utterances=false]"
ALL, SOME = "keep 1 book, 5 hats, 3 balls", "keep 1 book, 3 hats, 2 balls"

POSITIONS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "empty": ("tic_tac_toe", 0, ()),
    "win": ("tic_tac_toe", 0, ("a1", "a3", "b1", "b3")),  # c1 wins at once; c3 would for the opponent
    "block": ("tic_tac_toe", 0, ("a1", "b2", "b1")),  # c1 must be blocked
    "edge": ("tic_tac_toe", 0, ("b2",)),  # only a corner holds
    "fork": ("tic_tac_toe", 0, ("b2", "b1")),  # won
    "corner": ("tic_tac_toe", 0, ("a1", "b1")),  # won by b2, a2 or a3 only
    "two threats": ("tic_tac_toe", 0, ("a1", "b1", "b2", "c1")),  # won at once by c3
    "open three": ("connect_four", 0, ("4", "4", "3", "3", "5")),  # X wins at 2 or at 6
    "tall": ("connect_four", 0, ("4", "1", "4", "1", "4", "7")),  # 4 wins at once
    "step": ("breakthrough", 0, ()),
    "first bid": ("liars_dice", 0, ()),  # a 5 is thrown
    "answer": ("liars_dice", 3, ("2 fives",)),  # a 1 is thrown
    "dilemma": ("prisoners_dilemma", 0, ()),
    "turn total 5": ("pig", 0, ("roll", "roll")),
    "lost": ("tic_tac_toe", 0, ("b2", "b1", "a1")),  # lost whatever is played
    "piles": ("nim", 0, ()),  # 1 3 5 7, XOR 0
    "won piles": ("nim", 0, ("take 1 from pile d",)),  # 1 3 5 6, XOR 1
    "queen": ("kuhn_poker", 0, ()),
    "king": ("kuhn_poker", 1, ()),
    "jack": ("kuhn_poker", 7, ()),
    "king, bet": ("kuhn_poker", 1, ("pass", "bet")),
    "jack, bet": ("kuhn_poker", 7, ("pass", "bet")),
    "queen, bet": ("kuhn_poker", 0, ("pass", "bet")),
    "second, queen": ("kuhn_poker", 1, ("pass",)),
    "second, jack": ("kuhn_poker", 0, ("pass",)),
    "second, jack, bet": ("kuhn_poker", 0, ("bet",)),
    "second, king, bet": ("kuhn_poker", 2, ("bet",)),
    "pig": ("pig", 0, ()),
    "coin, 2": (SMALL_PIG, 0, ("roll", "roll")),  # roll, but it matters little
    "coin, 4": (SMALL_PIG, 0, ("roll", "roll", "roll")),  # stop
    "value 8": ("blind_auction", 6, ()),  # 4 is best
    # A book, five hats and three balls, worth 6, 3, 10 to the first and 3, 3, 6 to the second; four turns.
    "third, 16": (SILENT, 5, (ALL, SOME)),  # offered 16; an opponent that keeps one of each leaves 32
    "third, 39": (SILENT, 5, (ALL, "keep 1 book, 2 hats, 0 balls")),
    "last, 12": (SILENT, 5, (ALL, SOME, SOME)),
    "last, 0": (SILENT, 5, (ALL, SOME, ALL)),
}
END, READ, SURE, SUM, FACT = Slip
L, F = Label, FaultKind


def case(
    position: str, reply: str | Act, *errors: str, near: tuple[str, ...] = (), finish: Finish = "stop",
    form: Form = "tag",
) -> Case:  # fmt: skip
    return Case(position, reply, frozenset(map(str, errors)), frozenset(map(str, near)), finish, form)


def as_json(reasoning: str, action: str) -> str:
    """An answer as an object."""
    return json.dumps({"reasoning": reasoning, "action": action})


# Players that fail, or nearly.

SECONDS = 0.1
"""What a player has for its move that does not answer; others have all the time that they need."""


async def raises(view: gtbench.View) -> Decision:
    return Decision(f"Action: {view.legal[99]}")


async def returns_nothing(_: gtbench.View) -> Decision:
    return None  # type: ignore[return-value]


async def catches_itself(view: gtbench.View) -> Decision:
    try:
        return Decision(f"Action: {view.legal[99]}")
    except IndexError as error:
        return Decision(f"Traceback: {error}\nAction: b2")


async def hangs(_: gtbench.View) -> Decision:
    await asyncio.Event().wait()
    raise AssertionError


async def thinks_on(__: gtbench.View) -> Decision:
    for _ in itertools.count():
        await asyncio.sleep(SECONDS / 10)
    raise AssertionError


async def thinks_a_while(_: gtbench.View) -> Decision:
    await asyncio.sleep(SECONDS / 10)
    return Decision("My time is up.\nAction: b2")


NEVER = (hangs, thinks_on)

CASES = [
    # Faults of the reply.
    case("empty", "", F.EMPTY),
    case("empty", "***\n---", F.EMPTY),
    case("empty", "I think about the cent", F.TRUNCATED, finish="length"),
    case("empty", "", F.TOO_LONG, finish="too_long"),
    case("queen", "No.", F.REFUSED, finish="refused"),
    case("empty", "The center is best.", F.UNPARSABLE),
    case("queen", "Action: fold my hand", F.UNPARSABLE),
    case("empty", "Action: b2 or a1", F.AMBIGUOUS),
    case("queen", "Action: bet\nAction: pass", F.AMBIGUOUS),
    case("edge", "Action: b2", F.ILLEGAL),
    case("piles", "Action: take 2 from pile a", F.ILLEGAL),
    case("queen", "I hold a queen, and a bet would", F.TRUNCATED, finish="length"),
    case("queen", "Action: bet", F.TOO_LONG, finish="too_long"),
    case("empty", "I cannot help with games.", F.REFUSED, finish="refused"),
    case("empty", raises, F.CRASHED),
    case("queen", returns_nothing, F.CRASHED),
    case("empty", hangs, F.TIMED_OUT),
    case("queen", thinks_on, F.TIMED_OUT),
    case("queen", '{"move": "bet"}', F.UNPARSABLE, form="json"),
    case("empty", "b2", F.UNPARSABLE, form="tool"),
    # Errors of play.
    case("win", "Action: b2", L.MISSED_WIN, L.MISSED_BLOCK, L.WON_TO_LOST),
    case("fork", "Action: b3", L.WON_TO_DRAWN),
    case("win", "Action: a2", L.MISSED_WIN, L.MISSED_BLOCK, L.WON_TO_LOST),
    case("win", "Action: c3", L.WIN_LEFT, L.SLOWER_WIN),  # a win that takes longer
    case("two threats", "Action: a3", L.WIN_LEFT, L.SLOWER_WIN),
    case("lost", "Action: b3", L.BLOCK_LEFT),  # lost whatever is played
    case("lost", "Action: a3", L.BLOCK_LEFT),
    case("block", "Action: a3", L.MISSED_BLOCK, L.DRAWN_TO_LOST),
    case("block", "Action: c2", L.MISSED_BLOCK, L.DRAWN_TO_LOST),
    case("edge", "Action: a2", L.DRAWN_TO_LOST),
    case("edge", "I take the edge. Action is clear.\nAction: c2", L.DRAWN_TO_LOST),
    case("won piles", "Action: take 3 from pile b", "wrong_sum", L.WON_TO_LOST),
    case("won piles", "Action: take 6 from pile d", "wrong_sum", L.WON_TO_LOST),
    case("king, bet", "Action: pass", L.DOMINATED, "wrong_fold"),
    case("jack, bet", "Action: bet", L.DOMINATED, "wrong_call"),
    case("pig", "Action: stop", L.OVER_CAUTION),
    case("value 8", "Action: bid 7", L.DOMINATED, "overbid"),
    case("value 8", "Action: bid 0", L.DOMINATED, "underbid"),
    case("corner", "Action: c3", L.WON_TO_DRAWN),
    case("second, jack, bet", "Action: bet", L.DOMINATED, "wrong_call"),
    case("second, king, bet", "Action: pass", L.DOMINATED, "wrong_fold"),
    case("queen", "Action: bet", "wrong_bluff"),
    case("second, queen", "Action: bet", "wrong_bluff"),
    case("coin, 4", "Action: roll", L.OVER_RISK),
    case("coin, 4", "Once more!\nAction: roll", L.OVER_RISK),
    case("coin, 2", "Action: stop", L.OVER_CAUTION),
    case("value 8", "Action: bid 5", "overbid"),
    case("value 8", "Action: bid 3", "underbid"),
    case("third, 16", "Action: agree", "took_too_little"),
    case("third, 16", "Better than nothing.\nAction: agree", "took_too_little"),
    case("third, 16", "Action: keep 0 books, 5 hats, 0 balls", L.DOMINATED, "gave_too_much"),
    case("third, 16", "Action: keep 0 books, 0 hats, 2 balls", "gave_too_much"),
    case("third, 39", "Action: keep 1 book, 1 hat, 3 balls", L.DOMINATED, "gave_too_much"),
    case("last, 12", "Action: keep 1 book, 5 hats, 3 balls", "refused_last"),
    case("last, 12", "Action: keep 0 books, 2 hats, 1 ball", "refused_last"),
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
    case("win", "There is no winning move here.\nAction: c3", END, L.WIN_LEFT, L.SLOWER_WIN),
    case("win", "I cannot win this turn.\nAction: c3", END, L.WIN_LEFT, L.SLOWER_WIN),
    case("queen", "My card is the King.\nAction: pass", READ),
    case("jack", "I have a queen.\nAction: pass", READ),
    case("value 8", "The object is worth 9 to me.\nAction: bid 4", READ),
    case("edge", "b2 is free.\nAction: a1", READ),
    case("edge", "The corner: a1 is already taken.\nAction: a3", READ),
    case("lost", "Confidence: 95%\nAction: c3", SURE),
    case("empty", "Confidence: 100%\nAction: b2", SURE),
    case("lost", "My chance of winning is 90 %.\nAction: c3", SURE),
    case("lost", "I cannot lose.\nAction: c3", SURE),
    # Errors that a person sees and the strict checks do not.
    case("empty", "Playing b2 makes three in a row.\nAction: b2", END),
    case("queen", "Holding the top card of the deck, I relax.\nAction: pass", READ),
    case("piles", "The nim-sum of all piles comes to three.\nAction: take 1 from pile a", SUM),
    case("lost", "Victory is mine, no doubt about it.\nAction: c3", SURE),
    case("empty", "Everything speaks for the center.\nAction: a1", FACT),
    # ... and in an object.
    case("piles", as_json("1 XOR 3 = 3, then.", "take 1 from pile a"), SUM, form="json"),
    case("queen", as_json("My card is the king. I will bet.", "pass"), READ, FACT, form="tool"),
    case("empty", as_json("The center is strong. This wins at once.", "b2"), END, form="json"),
    case("lost", as_json("I cannot lose.", "c3"), SURE, form="tool"),
    # Sound, and near to faults and errors of play.
    case("empty", "-\nAction: b2", near=(F.EMPTY,)),
    case("empty", "I think about the cent\nAction: b2", near=(F.TRUNCATED,)),
    case("empty", "The prompt is too long for me.\nAction: b2", near=(F.TOO_LONG,)),
    case("empty", "I refuse. I cannot help it: a corner bores me.\nAction: b2", near=(F.REFUSED,)),
    case("empty", "> **action** : `B2`.", near=(F.UNPARSABLE,)),
    case("empty", '{"action": " B2 "}', near=(F.UNPARSABLE,), form="json"),
    case("empty", "a1 or b2? Both are fine.\nAction: b2\nAction: B2", near=(F.AMBIGUOUS,)),
    case("edge", "I would play b2, but it is taken.\nAction: a1", near=(F.ILLEGAL, FACT)),
    case("empty", catches_itself, near=(F.CRASHED,)),
    case("empty", thinks_a_while, near=(F.TIMED_OUT,)),
    case("win", "Action: c1", near=(L.WIN_LEFT, L.MISSED_WIN, L.WON_TO_DRAWN)),
    case("lost", "Action: c3", near=(L.BLOCK_LEFT, L.MISSED_BLOCK, L.WON_TO_LOST, L.DRAWN_TO_LOST)),
    case("fork", "Action: a1", near=(L.SLOWER_WIN, L.WIN_LEFT)),  # no win is faster
    case("corner", "Action: a3", near=(L.WON_TO_DRAWN, L.DRAWN_TO_LOST)),
    case("edge", "Action: c3", near=(L.DRAWN_TO_LOST,)),
    case("won piles", "Action: take 1 from pile a", near=("wrong_sum", L.WON_TO_LOST)),
    case("piles", "Action: take 7 from pile d", near=("wrong_sum",)),  # lost whatever is taken
    case("king", "Action: pass", near=(L.DOMINATED, "wrong_bluff")),
    case("jack", "Action: bet", near=("wrong_bluff",)),  # as often as a third
    case("second, jack", "Action: bet", near=("wrong_bluff",)),
    case("queen, bet", "Action: bet", near=("wrong_call",)),
    case("queen, bet", "Action: pass", near=("wrong_fold",)),
    case("jack, bet", "Action: pass", near=("wrong_fold",)),
    case("coin, 2", "Action: roll", near=(L.OVER_RISK,)),
    case("coin, 4", "Action: stop", near=(L.OVER_CAUTION,)),
    case("value 8", "Action: bid 4", near=("overbid", "underbid")),
    case("third, 39", "Action: agree", near=("took_too_little",)),
    case("third, 16", "Action: keep 1 book, 4 hats, 2 balls", near=("gave_too_much",)),
    case("last, 12", "Action: agree", near=("refused_last",)),
    case("last, 0", "Action: keep 1 book, 5 hats, 3 balls", near=("refused_last", "took_too_little")),
    # Sound, and near to errors of reasoning.
    case("win", "c1 wins at once. This wins immediately.\nClaim win: c1\nAction: c1", near=(END,)),
    case("win", "If I played c3, this wins immediately for nobody.\nAction: c1", near=(END,)),
    case("block", "The opponent wins at once at c1, so this wins time.\nAction: c1", near=(END,)),
    case("piles", "1 XOR 3 = 2 and 5 ^ 7 = 2, so 2 XOR 2 = 0.\nAction: take 1 from pile a", near=(SUM,)),
    case("piles", "In binary 011 XOR 101 = 110.\nAction: take 1 from pile a", near=(SUM,)),
    case(
        "piles", "1 + 3 + 5 + 7 = 16; 2 * 3 + 1 = 7; 2**3 + 1 = 9; 7 - 1 = 6.\nAction: take 1 from pile a",
        near=(SUM,),
    ),
    case("piles", "It is not so that 3 + 5 = 9.\nAction: take 1 from pile a", near=(SUM,)),
    case("queen", "If my card is the King, I bet. My card is the queen.\nAction: pass", near=(READ,)),
    case("queen", "The opponent may think: my card is the jack.\nAction: pass", near=(READ,)),
    case("queen", "I have to decide. I will pass.\nAction: pass", near=(FACT,)),
    case("queen", "I will bet? No.\nI will not bet.\nAction: pass", near=(FACT,)),
    case("edge", "b2 is taken, a1 is free. I will play a1.\nAction: a1", near=(READ, FACT)),
    case("edge", "<think>b2 is free. I will play c2.</think>\nAction: a1", near=(READ, FACT)),
    case("empty", "Confidence: 50%\nAction: b2", near=(SURE,)),
    case("win", "Confidence: 100%\nI cannot lose.\nAction: c1", near=(SURE,)),
    case(
        "jack", "The chance of 1/3 + 1/3 = 2/3 is 0.5 + 0.25 = 0.75.\nClaim card: J\nAction: pass",
        near=(SUM,),
    ),
    case("pig", "I need 20 points. Claim needed: 20\nAction: roll", near=(SUM,)),
    case(
        "value 8", "The object is worth 8 to me. 8 - 4 = 4.\nClaim value: 8\nAction: bid 4",
        near=(READ, SUM),
    ),
    case(
        "piles", as_json("1 XOR 3 = 2. It is not so that 1 + 1 = 3.", "take 1 from pile a"),
        near=(SUM,), form="json",
    ),
    case(
        "queen", as_json("If my card is the king, I bet. I will pass.", "pass"),
        near=(READ, FACT), form="tool",
    ),
]  # fmt: skip


def said(
    position: str, move: str, sentences: tuple[str, ...], *errors: str, near: tuple[str, ...] = ()
) -> list[Case]:
    """A case for each of some sentences before one move."""
    return [case(position, f"{sentence}\nAction: {move}", *errors, near=near) for sentence in sentences]


# More of what is said freely: plain falsehoods, and true sentences of the same words.

CASES += [
    *said("win", "c1", (
        "I have no immediate win.", "There is no immediate win for X.", "If O plays a2, O wins.",
        "X cannot win this turn.",
    ), END),
    *said("block", "c1", (
        "I can win by completing the middle row.", "X can win at a3.", "If X plays b3, X wins.",
        "X threatens c3.", "To block X's winning move, I have to play a3, or c1.",
    )[:4], END),
    *said("empty", "b2", ("So I win at once.", "This secures an immediate win.", "O has already won."), END),
    *said("corner", "b2", ("O threatens c1.", "O can win by playing in the top right corner."), END),
    *said("open three", "6", (
        "There is no immediate threat.", "X cannot win next turn.", "The opponent has no winning moves.",
        "The opponent has already formed a line of four.", "X can win with column 3.",
        "If the opponent drops a disc in column 7, they will connect four.",
    ), END),
    *said("tall", "3", ("Dropping a disc in column 3 completes a line of four.",), END, L.WIN_LEFT),
    *said("empty", "b2", (
        "The center is already occupied by O.", "a1 is taken.", "Position 1 is occupied.",
        "Row 2, column 3 is taken by X.", "The opponent has two marks in the top row.",
    ), READ),
    *said("win", "c1", (
        "The top right corner is taken.", "O has a1.", "a1 is free.", "b3 is taken by X.",
    ), READ),
    *said("open three", "6", (
        "Column 4 is full.", "The opponent has four discs in column 4.", "Column 3 is empty.",
        "Row 1 of column 4 is taken by O.", "I have three discs in column 3.",
    ), READ),
    *said("step", "a7a6", (
        "b2 is free.", "a6 is taken.", "I have seven pieces.", "b7 is occupied by W.",
    ), READ),
    *said("won piles", "take 1 from pile a", ("Pile d has 7 objects.", "Pile b holds five objects."), READ),
    *said("queen", "pass", (
        "I hold the highest card.", "I was dealt the jack.", "My card is the lowest.",
    ), READ),
    *said("first bid", "1 five", ("My die shows 6.", "I rolled a two.", "The last bid is 1 five."), READ),
    *said("answer", "liar", ("The last bid is 2 sixes.", "My throw is 5."), READ),
    *said("value 8", "bid 4", ("My value is 9.", "The object is worth 7 to me.", "I value it at 10."), READ),
    *said("third, 39", "agree", ("A ball is worth 3 to me.", "The pool holds 2 books and 5 hats."), READ),
    *said("turn total 5", "roll", ("The turn total is 6.", "My score is 10."), READ),
    *said("dilemma", "cooperate", ("Two rounds have been played.", "The opponent has defected twice."), READ),
    *said("won piles", "take 1 from pile a", (
        "The nim-sum is 2.", "There are 16 objects in total.", "2^3 = 9.", "1 XOR 3 is 3.",
        "(1 + 3) * 5 = 25.",
    ), SUM),
    *said("first bid", "1 five", ("The chance is 2/6 = 0.5.", "1/6 + 1/6 = 1/4."), SUM),
    *said("queen", "pass", ("The pot holds 4 chips.", "There are 3 chips in the pot."), SUM),
    *said("value 8", "bid 4", ("Bidding 5 leaves me a profit of 4.",), SUM),
    *said("third, 39", "agree", ("The whole pool is worth 41 to me.", "3 * 10 + 2 * 3 = 46."), SUM),
    *said("turn total 5", "roll", ("I need 18 more points.", "The chance of a 1 is 1/3."), SUM),
    *said("lost", "c3", (
        "I am certain to win.", "My win is guaranteed.", "Nothing can stop me now.", "Victory is certain.",
        "I will definitely win.",
    ), SURE),
    *said("empty", "b2", ("I am guaranteed to win.", "My probability of winning is 95%."), SURE),
    *said("empty", "a1", (
        "The best move is to take the center.", "Therefore, I will play b2.", "My move is b2.",
        "The optimal move is to place an X in c3.", "I will take the bottom-right corner.",
    ), FACT),
    *said("open three", "3", ("So I will play column 6.", "My final move is 2."), FACT),
    *said("turn total 5", "roll", ("I choose to stop.",), FACT),
    # Sound, near to errors of reasoning: conditions, denials, rules, other seats, other times.
    *said("win", "c1", (
        "If I play c3, I do not win at once.", "Without c1 there is no immediate win.",
        "c3 does not win for me.",
        'It reads "there is no winning move", which is wrong.', "O has no win before I have moved.",
        "In row 2 there is no immediate win.", "Row 3: no immediate win.", "O would win at c3.",
        "Whoever fills a row wins at once.", "Is there no winning move? There is one.",
    ), near=(END,)),
    *said("block", "c1", (
        "X threatens c1, which wins at once. I block it.", "c1 would win at once for X.",
        "X thinks: I win at once with c1.", "I cannot win yet; X can.", "If X plays c1, X wins.",
    ), near=(END,)),
    *said("queen", "pass", (
        "If my card were the king, I would bet.", "The opponent may hold the king.",
        "My card is not the king.",
        "I do not have the jack.", "The opponent believes that I have the king.",
        "A player with the king wins the showdown.", "Had I the jack, I would bluff.",
    ), near=(READ,)),
    *said("open three", "6", (
        "Column 4 is not full.", "Row 1 of column 4 is taken by X.",
        "If column 4 were full, I could not play it.",
        "X has three discs in row 1.",
    ), near=(READ,)),
    *said("won piles", "take 1 from pile a", (
        "The nim-sum was 0 before.", "If I take pile a, the nim-sum is 0.", "The nim-sum is not 2.",
        "2^3 = 8.", "Say 5 + 1 = 7? No.", "After my move there are 14 objects in total.",
    ), near=(SUM,)),
    *said("queen", "pass", (
        "After a bet the pot holds 3 chips.", "If both bet, there are 4 chips in the pot.",
    ),
          near=(SUM,)),
    *said("lost", "c3", (
        "I cannot lose more than one match.", "If X errs, I cannot lose.", "X is certain to win.",
    ),
          near=(SURE,)),
    *said("jack, bet", "pass", ("By passing I cannot lose more than 1 chip.",), near=(SURE,)),
    *said("empty", "b2", (
        "I will not play a1.", "I could play a1, but I will play b2.", "X plays first. I take b2.",
    ),
          near=(FACT,)),
]  # fmt: skip


@cache
def oracle(name: str) -> Oracle:
    return gtbench.load_game(name).oracle()


def play(given: Case) -> tuple[Match, int]:
    """A match up to the case's reply, and the place of its turn."""
    name, seed, moves = POSITIONS[given.position]
    game = gtbench.load_game(name)
    table = Table(game, game.deal(seed))

    def asked(act: Act, seat: int, seconds: float | None = None) -> Turn:
        return asyncio.run(take_turn(table, Player(act), seat, Journal(), seconds, ask_forced=True))

    def saying(reply: str, finish: Finish = "stop", form: Form = "tag") -> Act:
        async def act(_: gtbench.View) -> Decision:
            return Decision(reply, finish, form)

        return act

    turns = []
    for move in moves:
        turns.append(asked(saying(f"Action: {move}"), table.to_move[0]))
        assert turns[-1].action is not None
        table.play({turns[-1].seat: turns[-1].action})
    first, *others = table.to_move
    act = saying(given.reply, given.finish, given.form) if isinstance(given.reply, str) else given.reply
    turns.append(asked(act, first, SECONDS if act in NEVER else None))
    turns += [asked(saying("Action: bid 0"), seat) for seat in others]
    match = Match(
        number=1, game=name, parameters=game.parameters, zero_sum=game.zero_sum, deal=0, seed=seed,
        agents=("a", "b"), rules=("", ""), turns=tuple(turns),
        termination=Termination(kind="end"), rewards=(0, 0), final="",
        version="",
    )  # fmt: skip
    return match, len(moves)


@cache
def found(given: Case) -> frozenset[str]:
    """What is found in a reply."""
    match, place = play(given)
    grade = grade_match(match, oracle(match.game))[place]
    slips = (str(finding.slip) for finding in grade.slips)
    return frozenset((*(str(f.kind) for f in match.turns[place].faults), *map(str, grade.labels), *slips))


class Score(NamedTuple):
    """How often an error was planted, found where it was planted, and found at all."""

    planted: int
    right: int
    found: int
    near: int  # sound replies that come near to it

    @property
    def precision(self) -> float:
        """The share of what was found that was there."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """The share of what was there that was found."""
        return self.right / self.planted


def score() -> dict[str, Score]:
    """The score of each error that is planted, in all layers."""
    planted, right, all_, near = (Counter[str]() for _ in range(4))
    for given in CASES:
        planted.update(given.errors)
        right.update(given.errors & found(given))
        all_.update(found(given))
        near.update(given.near)
    return {
        str(label): Score(planted[label], right[label], all_[label], near[label])
        for label in sorted(labels_of(*gtbench.list_games()), key=lambda label: LAYERS.index(layer(label)))
        if planted[label]
    }


def table() -> str:
    """The scores as documents show them."""
    lines = ["| layer | error | planted | sound and near | precision | recall |", "|---|---|---|---|---|---|"]
    for label, row in score().items():
        shares = f"{row.precision:.2f} | {row.recall:.2f}"
        lines.append(f"| {layer(label)} | `{label}` | {row.planted} | {row.near} | {shares} |")
    return "\n".join(lines)
