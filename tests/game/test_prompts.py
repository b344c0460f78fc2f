"""What a model reads: every fact of a game, in few words, and none of a game's own words in its skin."""

from __future__ import annotations

import random
import re
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

import gtbench
from gtbench.game.base import SEATS
from gtbench.game.past import LONGEST_TITLE, compact
from gtbench.game.table import Table
from gtbench.testing import _listed_moves
from gtbench_agents.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.view import View

SKINS = {name: gtbench.load_game(name).skins()[0] for name in gtbench.list_games()}
GAMES = [*((name, "") for name in SKINS), *SKINS.items()]

TURNS = r"take turns|move in turn"
WIN = r"A win pays 1, a loss -1\."
DRAW = r"A win pays 1, a (draw|tie) 0, a loss -1\."
FACTS: dict[str, dict[str, str]] = {
    "tic_tac_toe": {
        "goal": r"fill a row, a column or a diagonal of 3 squares wins",
        "move": "own mark on an empty square",
        "end": "wins, and the match ends",
        "tie": "board is full and nobody has won, the match is a draw",
        "pays": DRAW,
        "first": r"X moves first",
        "turns": TURNS,
    },
    "number_scrabble": {
        "goal": "3 numbers that sum to exactly 15 wins",
        "move": "takes one number that nobody has yet",
        "end": "wins, and the match ends",
        "tie": "all numbers are taken and nobody has won, the match is a draw",
        "pays": DRAW,
        "turns": TURNS,
    },
    "connect_four": {
        "goal": "4 own discs in an unbroken line, along a row, a column or a diagonal, wins",
        "move": "falls to the lowest empty square",
        "end": "wins, and the match ends",
        "tie": "board is full and nobody has won, the match is a draw",
        "pays": DRAW,
        "first": "X moves first",
        "turns": TURNS,
    },
    "sliding_crates": {
        "goal": "4 own crates in a line without a gap wins",
        "move": "slides to the free place with the lowest",
        "tie": "places are taken and nobody has won, the match is a draw",
        "pays": DRAW,
        "first": r"tea \(T\) and moves first",
        "turns": TURNS,
    },
    "breakthrough": {
        "goal": "piece on the row it moves toward wins",
        "capture": "holds a piece of the other player, which is captured",
        "move": "No piece moves sideways or back, and nobody may pass",
        "straight": "Straight moves cannot capture",
        "end": "captured all pieces of the other",
        "tie": "There are no draws",
        "pays": WIN,
        "first": "B moves first",
        "turns": TURNS,
    },
    "couriers": {
        "goal": "wins with a courier at the station toward which the team walks",
        "move": "one station on in its direction: on the same trail, to an empty station, or slantwise",
        "capture": "is sent home for good",
        "end": "when all couriers of the other player have been sent home",
        "tie": "There are no draws",
        "pays": WIN,
        "first": "uphill team moves first",
        "turns": TURNS,
    },
    "nim": {
        "goal": "takes the very last object loses",
        "move": "one or more objects, as many as the player likes, from a single pile",
        "pass": "Nobody may pass",
        "pays": WIN,
        "turns": TURNS,
    },
    "stone_jars": {
        "goal": "the very last stone, so that all jars are empty, loses",
        "move": "one or more stones, as many as the player likes, from a single jar",
        "pass": "Nobody may skip",
        "pays": WIN,
        "turns": TURNS,
    },
    "kuhn_poker": {
        "goal": "the higher card wins 2 chips",
        "luck": "dealt one card, which the other player does not see",
        "ante": "puts 1 chip into the pot",
        "move": "to bet puts 1 more chip",
        "end": "The match is this one deal",
        "pays": "pays the chips won, or minus the chips lost",
        "turns": TURNS,
    },
    "sealed_gems": {
        "goal": "the more precious gem wins 2 coins",
        "luck": "one gem, drawn at random",
        "move": "to add puts 1 more coin",
        "end": "Then the match is over",
        "pays": "pays the coins won, or minus the coins lost",
        "turns": TURNS,
    },
    "liars_dice": {
        "goal": "if the last bid is true, the player who made it wins",
        "luck": "all equally likely, and sees only its own throw",
        "wild": "6 is wild",
        "move": "Each bid must be higher than the last",
        "end": '"liar" ends the match',
        "pays": WIN,
        "first": "The first move is a bid",
        "turns": TURNS,
    },
    "letter_slips": {
        "goal": "if the last statement is true, the player who made it wins",
        "luck": "a to f, all equally likely",
        "wild": "f stands for every letter",
        "move": "must go beyond the last",
        "end": '"doubt" ends the match',
        "pays": WIN,
        "first": "The first move is a statement",
        "turns": TURNS,
    },
    "blind_auction": {
        "goal": "The higher bid wins the object",
        "luck": "from 1 to 10, all equally likely, drawn independently for each",
        "move": "0 to one less than the player's own value",
        "once": "Both players bid once, at the same time",
        "tie": "by lot, both equally likely",
        "pays": "gets its value less its own bid; the other player gets 0",
        "end": "Then the match is over",
    },
    "ferry_licence": {
        "goal": "The higher offer gets the licence",
        "luck": "from 1 to 10, all equally likely, drawn independently for each",
        "move": "0 to one less than the player's own income",
        "once": "one offer, at the same time",
        "tie": "by lot, both equally likely",
        "pays": "earns its income less its own offer; the other player earns 0",
        "end": "Then the match is over",
    },
    "negotiation": {
        "goal": "the sum of its own values",
        "luck": "0 to 5 items of each kind, all equally likely",
        "values": "0 to 10, all equally likely, and not every kind is worthless",
        "none": "Without agreement both get 0",
        "end": "agrees to the other player's last proposal, which ends the match",
        "deadline": "made in the last turn can no longer be agreed to",
        "turn": r"Turn 1 of \d+",
        "message": "binds nobody and pays nothing",
        "turns": TURNS,
    },
    "salvage": {
        "goal": "gets what its own buyer pays",
        "luck": "0 to 5 pieces of each kind, all equally likely",
        "values": "0 to 10, all equally likely, and for some kind more than nothing",
        "none": "both get 0",
        "end": '"deal", which ends the match',
        "deadline": "named in the last turn can no longer be answered",
        "turn": r"Turn 1 of \d+",
        "message": "binds nobody and pays nothing",
        "turns": TURNS,
    },
    "pig": {
        "goal": "first to reach a score of 20 wins",
        "luck": "faces 1 to 6, all equally likely",
        "move": "If it shows 1, the turn total is lost and the turn ends",
        "keep": "turn total is added to the player's score",
        "tie": "draw if nobody has won within 1000 moves",
        "pays": DRAW,
        "turns": TURNS,
        "more": r"You need 20 more to win\.",
    },
    "gold_digging": {
        "goal": "at least 20 nuggets in its store wins",
        "luck": "from 1 to 6 is drawn, all equally likely",
        "move": "If it is 1, the shaft collapses",
        "keep": "are added to the player's store",
        "tie": "tie if nobody has won within 1000 moves",
        "pays": DRAW,
        "turns": TURNS,
        "more": r"You need 20 more to win\.",
    },
    "prisoners_dilemma": {
        "cc": "you cooperate, the opponent cooperates: you get 5, the opponent 5",
        "cd": "you get 0, the opponent 10",
        "dd": "you get 1, the opponent 1",
        "move": "choose a move at the same time",
        "luck": r"ends with probability 0\.125",
        "deadline": "after round 9999 in any case",
        "pays": "pays the sum of your points",
    },
    "two_shops": {
        "cc": "the opponent's is high: you earn 5, the opponent 5",
        "cd": "you earn 0, the opponent 10",
        "dd": "you earn 1, the opponent 1",
        "move": "set their price at the same time",
        "luck": r"ends with probability 0\.125",
        "deadline": "after week 9999 in any case",
        "pays": "pays the sum of your profits",
    },
}
"""By game or skin: what a player must know, as it is said."""

FORFEIT = (
    "If your answer is no legal move, you are asked once more in that turn; a second such answer forfeits "
    "the match, which never pays more than playing on. Reply with nothing but one line of the form "
    '"Action: MOVE", where MOVE is your move.'
)

TELLING = {
    "tic_tac_toe": "tic tac toe noughts crosses board square squares row rows column columns "
    "diagonal mark marks x o",
    "connect_four": "connect four board square squares row rows column columns diagonal disc discs "
    "drop drops x o",
    "breakthrough": "breakthrough pawn pawns piece pieces board square squares row rows column "
    "columns capture captured diagonally chess",
    "nim": "nim pile piles heap heaps object objects take takes xor",
    "kuhn_poker": "kuhn poker card cards deck pot chip chips ante bet bets pass fold call check dealt bluff",
    "liars_dice": "liar liars dice die bid bids throw throws face faces wild bluff",
    "blind_auction": "auction bid bids bidder object value values sealed worth",
    "negotiation": "negotiation proposal proposals propose pool message messages agree agrees "
    "agreement book hat ball books hats balls keep values",
    "pig": "pig die dice roll rolls throw thrown score scores stop hold points total",
    "prisoners_dilemma": "prisoner prisoners dilemma cooperate cooperates defect defects defected "
    "points round rounds",
}
"""By game: the words by which it would be known in its skin."""


@cache
def asking(name: str, skin: str, claims: Literal["basic", "theory"] | None = None) -> Prompt:
    """The agent that asks for a move alone."""
    model = SimpleNamespace(model=SimpleNamespace(model="none", takes=frozenset()))
    game = gtbench.load_game(name, skin=skin)
    return Prompt(model=cast("Any", model), game=game, rng=random.Random(0), claims=claims)


def views(game: gtbench.Game, matches: int) -> Iterator[View]:
    """What is seen at each decision of random matches."""
    for seed in range(matches):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        while table.to_move:
            yield from map(table.view, table.to_move)
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def system(agent: Prompt, view: View) -> str:
    return agent.messages(view, "")[0].content


@pytest.mark.parametrize(("name", "skin"), GAMES)
def test_a_prompt_states_every_fact_of_its_game(name: str, skin: str) -> None:
    agent = asking(name, skin)
    first = Table(agent.game, agent.game.deal(1)).view(0)
    for seat in SEATS:
        text = f"{system(agent, first._replace(rules=agent.game.rules(seat)))}\n{agent.question(first)}"
        for fact, said in FACTS[skin or name].items():
            assert re.search(said, text), fact
        assert FORFEIT in text
        turn = (
            ("take the first turn", "take the second turn")[seat]
            if name == "pig"
            else ("first", "second")[seat]
        )
        assert agent.game.simultaneous or re.search(rf"You [^\n]*\b{turn}\b", text)


@pytest.mark.parametrize(("name", "skin"), SKINS.items())
def test_the_prompts_of_a_skin_share_no_telling_word_with_its_game(name: str, skin: str) -> None:
    agent = asking(name, skin, claims="basic")
    words: set[str] = set()
    for view in views(agent.game, 3):
        words |= {*re.findall("[a-z]+", f"{system(agent, view)} {agent.question(view)}".lower())}
    assert not words & {*TELLING[name].split()}
    plain = asking(name, "")
    told = {*re.findall("[a-z]+", plain.game.rules(0).lower())}
    assert len(told & {*TELLING[name].split()}) >= 5  # they are its game's own


@pytest.mark.parametrize(("name", "skin"), SKINS.items())
def test_a_skin_is_about_as_long_as_its_game(name: str, skin: str) -> None:
    texts = (system(agent, next(views(agent.game, 1))) for agent in (asking(name, ""), asking(name, skin)))
    plain, skinned = (len(re.findall(r"[A-Za-z]+|\d|[^\w\s]", text)) for text in texts)  # near its tokens
    assert skinned / plain < 1.15


@pytest.mark.parametrize(("name", "skin"), GAMES)
def test_every_move_that_a_view_lists_is_legal_and_none_is_left_out(name: str, skin: str) -> None:
    game = gtbench.load_game(name, skin=skin)
    for seed in range(3):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        while table.to_move:
            for seat in table.to_move:
                heard = {
                    game.hear(table.state, seat, said) for said in _listed_moves(table.view(seat).listed)
                }
                assert heard <= {*table.legal(seat)}
                assert name in ("negotiation", "liars_dice") or len(heard) == len(table.legal(seat))
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def test_moves_that_are_not_listed_are_said_not_to_be() -> None:
    view = next(views(gtbench.load_game("connect_four"), 1))
    assert view.show().endswith("\n\nLegal moves: 1 to 7")
    assert view.show("count").endswith("\n\nYour legal moves are not listed here. There are 7 of them.")
    assert view.show("hidden").endswith("\n\nYour legal moves are not listed here.")


@pytest.mark.parametrize(
    ("told", "paired", "text"),
    [
        ("", True, "No moves yet."),
        ("1. You: 2\n", True, "Moves so far (yours first):\n2"),
        ("1. Opponent: 2\n2. You: 5\n3. Opponent: 1\n", True, "Moves so far (the opponent's first):\n2 5\n1"),
        ("3. You: 2\n4. Opponent: 5\n", True, "New moves (yours first):\n2 5"),
        ("1. You: take 1\n2. Opponent: take 2\n", True, "Moves so far (yours first):\ntake 1, take 2"),
        ("1. You: roll 3\n2. You: stop\n3. Opponent: roll 1\n", False,
         "Moves so far:\nYou: roll 3; stop\nOpponent: roll 1"),
        ("1. You: high. Opponent: low.\n2. You: low. Opponent: low.\n", False,
         "Moves so far (yours first):\nhigh low\nlow low"),
        ("1. The bids rise.\n2. You: 3\n", False, "Moves so far:\nThe bids rise.\nYou: 3"),
    ],
)  # fmt: skip
def test_what_was_told_is_put_in_few_words(told: str, paired: bool, text: str) -> None:
    assert compact(told, paired=paired) == text
    assert len(text) <= len(told) + LONGEST_TITLE


@pytest.mark.parametrize(("name", "skin"), GAMES)
def test_nothing_that_was_told_is_left_out_of_the_text(name: str, skin: str) -> None:
    told: dict[tuple[int, str], str] = {}
    for view in views(gtbench.load_game(name, skin=skin), 20):
        past = compact(view.told, paired=view.paired)
        assert told.setdefault((view.seat, past), view.told) == view.told
        assert view.text.startswith(f"{past}\n\n{view.state}\n\nLegal moves: ")
        assert len(past) <= len(view.told) + LONGEST_TITLE


def test_an_example_in_breakthrough_is_the_readers_own_first_move() -> None:
    for skin in ("", "couriers"):
        game = gtbench.load_game("breakthrough", skin=skin)
        table = Table(game, game.deal(0))
        for seat in SEATS:
            example = re.findall(r'A move of yours is written like "(.+)"\.$', game.rules(seat))
            assert example
            assert isinstance(game.hear(table.state, seat, example[0]), int)
            table.play({seat: table.legal(seat)[-1]})
