"""Moves that are none: all that has a move's form is legal, or illegal for a reason that is true.

The forms are written here, apart from the games, far wider than there are moves.
"""

from __future__ import annotations

import itertools
import random
import re
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.check.sample import PositionSample
from gtbench.check.words import explained
from gtbench.errors import CheckFailed
from gtbench.game.table import Table
from gtbench.labels import FaultKind
from gtbench.records import Fault
from gtbench_games.connect_four import ConnectFour

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = range(21)
TRAILS = ("ash", "birch", "cedar", "elm", "fir", "maple", "oak", "pine", "willow")
JARS = ("red", "blue", "green", "yellow", "white", "black", "brown", "pink", "orange", "purple")
FACES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def forms(words: str, *options: Any) -> list[str]:
    """Every text with one of its options in each place."""
    return [words.format(*chosen) for chosen in itertools.product(*options)]


def counted(verb: str, kinds: tuple[str, ...]) -> list[str]:
    """Shares of three kinds, as in English."""
    numbers = itertools.product(range(8), repeat=3)
    return [
        f"{verb} " + ", ".join(f"{n} {kind}{'s' * (n != 1)}" for n, kind in zip(ns, kinds, strict=True))
        for ns in numbers
    ]


def messages(verb: str) -> list[str]:
    """Messages of one to four letters, most of which no message has."""
    letters = (itertools.product("aekz", repeat=length) for length in range(1, 5))
    return [f"{verb} {joint.join(word)}" for words in letters for word in words for joint in (" ", "-", "")]


def faces(number: int) -> list[str]:
    """Every face as a word, as it follows a number."""
    return [*FACES] if number == 1 else [f"{face}{'e' * face.endswith('x')}s" for face in FACES]


WIDER: dict[str, list[str]] = {
    "tic_tac_toe": forms("{}{}", ascii_lowercase, NUMBERS),
    "number_scrabble": forms("{}{}", ("", "pick ", "take ", "number "), range(100)),
    "connect_four": [*forms("{}{}", ("", "column ", "col "), range(100)), "0th column", "8th column"],
    "sliding_crates": forms("{}{}", ("", "lane ", "push lane ", "push into lane "), ascii_lowercase),
    "breakthrough": forms("{}{}{}{}{}", "abcdz", range(10), ("", " to ", "-"), "abcdz", range(10)),
    "couriers": forms("{} {} to {} {}", TRAILS[:4], range(10), TRAILS[:4], range(10)),
    "nim": forms("{}{} {}from {}{}", ("take ", ""), NUMBERS, ("", "objects "), ("pile ", ""), "abcdez"),
    "stone_jars": [
        *forms("{}{}{} from {}", ("remove ", ""), NUMBERS, ("", " stones"), JARS),
        *forms("remove {} from the {} jar", NUMBERS, JARS),
    ],
    "kuhn_poker": ["pass", "bet", "check", "fold", "call"],
    "sealed_gems": ["keep", "keep my coin", "add", "add a coin"],
    "liars_dice": [
        *forms("{}{} {}s", ("", "bid "), NUMBERS, NUMBERS),
        *(f"{n} {face}" for n in NUMBERS for face in faces(n)),
        *(f"bid {word} {face}" for n, word in enumerate(FACES, 1) for face in faces(n)),
        "liar", "call liar", "challenge",
    ],
    "letter_slips": [
        *forms("{}{} with {}", ("", "claim "), NUMBERS, ascii_lowercase),
        *(f"{n} slip{'s' * (n != 1)} with {letter}" for n in NUMBERS for letter in ascii_lowercase),
        "doubt", "doubt it",
    ],
    "blind_auction": forms("{}{}", ("", "$", "bid ", "bid $", "bid: "), range(121)),
    "ferry_licence": forms("{}{}", ("", "$", "offer ", "offer $", "offer: ", "offer of "), range(121)),
    "negotiation": [*counted("keep", ("book", "hat", "ball")), *messages("say"), "agree", "i accept"],
    "salvage": [*counted("take", ("rope", "lamp", "sail")), *messages("signal"), "deal", "done"],
    "pig": ["roll", "roll again", "stop", "hold"],
    "gold_digging": ["dig", "dig on", "leave", "go home"],
    "prisoners_dilemma": ["cooperate", "defect", "c", "d"],
    "two_shops": ["high", "low", "h", "l", "low price"],
}  # fmt: skip
"""Far more than every move, by game or skin."""

GAMES = [(name, skin) for name in gtbench.list_games() for skin in ("", *gtbench.load_game(name).skins())]


def positions(game: gtbench.Game, matches: int = 2) -> Iterator[tuple[Table, int]]:
    """The first, the third and the last question of random matches."""
    for seed in range(matches):
        table, rng, asked = Table(game, game.deal(seed)), random.Random(seed), []
        while table.to_move:
            asked += [(table.copy(), seat) for seat in table.to_move]
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
        yield from {len(before.plies): (before, seat) for before, seat in (*asked[:3:2], asked[-1])}.values()


@pytest.mark.parametrize(("name", "skin"), GAMES)
def test_nothing_with_the_form_of_a_move_is_unparsable(name: str, skin: str) -> None:
    game = gtbench.load_game(name, skin=skin)
    wider = dict.fromkeys(WIDER[skin or name])
    assert len(wider) > len(game.vocabulary) or set(game.vocabulary) <= wider.keys()
    for table, seat in positions(game):
        hear, played = game.hearing(table.state, seat), set()
        for said in wider:
            heard = hear(said)
            if isinstance(heard, Fault):
                assert heard.kind is FaultKind.ILLEGAL, heard.detail
                assert re.fullmatch(r'"[^"]+" is not a legal move now: [^.]+[^. ]\.', heard.detail)
                assert len(heard.detail) < 160
            else:
                played.add(heard)
        assert played == {*table.legal(seat)} or name == "negotiation"  # of whose messages some are tried


def reason(name: str, *words: str, said: str, seed: int = 0) -> str:
    """Why an answer is not legal after these words."""
    game = gtbench.load_game(name)
    table = Table(game, game.deal(seed))
    for word in words:
        (seat,) = table.to_move
        heard = game.hear(table.state, seat, word)
        assert isinstance(heard, int), heard
        table.play({seat: heard})
    heard = game.hear(table.state, table.to_move[0], said)
    assert isinstance(heard, Fault)
    return heard.detail.removeprefix(f'"{said}" is not a legal move now: ')


@pytest.mark.parametrize(
    ("name", "words", "said", "why"),
    [
        ("tic_tac_toe", ("b2",), "b2", "the square is taken."),
        ("tic_tac_toe", (), "d1", "the columns are a to c, the rows 1 to 3."),
        ("tic_tac_toe[skin=number_scrabble]", ("5",), "5", "the opponent has that number."),
        ("tic_tac_toe[skin=number_scrabble]", ("5", "4"), "5", "you have that number."),
        ("tic_tac_toe[skin=number_scrabble]", (), "0", "the numbers are 1 to 9."),
        ("connect_four", (), "8", "the columns are 1 to 7."),
        ("connect_four", ("3",) * 6, "3rd column", "the column is full."),
        ("connect_four[skin=sliding_crates]", ("lane c",) * 6, "c", "the lane is full."),
        ("connect_four[skin=sliding_crates]", (), "lane h", "the lanes are a to g."),
        ("breakthrough", (), "d7d6", "the columns are a to c, the rows 1 to 8."),
        ("breakthrough", (), "a2a3", "no piece of yours is on a2."),
        ("breakthrough", (), "a5a4", "no piece of yours is on a5."),
        ("breakthrough", (), "c7b7",
         "b7 is not one row down: a piece goes one row down, straight or diagonally."),
        ("breakthrough", ("a7a6",), "a2a4",
         "a4 is not one row up: a piece goes one row up, straight or diagonally."),
        ("breakthrough", (), "a7c6", "a piece goes straight or to the next column on either side."),
        ("breakthrough", (), "a8a7", "your own piece is on a7."),
        ("breakthrough", ("a7a6", "a2a3", "a6a5", "a3a4"), "a5a4",
         "a piece is on a4, and a straight move needs an empty square."),
        ("breakthrough[skin=couriers]", (), "elm 1 to elm 2",
         "the trails are ash, birch, cedar, the stations 1 to 8."),
        ("breakthrough[skin=couriers]", (), "ash 3 to ash 4", "no courier of yours is at ash 3."),
        ("breakthrough[skin=couriers]", (), "ash 2 to birch 2",
         "station 2 is not the next one uphill from station 2."),
        ("breakthrough[skin=couriers]", (), "ash 2 to cedar 3", "cedar is not beside ash."),
        ("breakthrough[skin=couriers]", (), "ash 1 to ash 2", "your own courier is at ash 2."),
        ("nim", (), "take 9 from pile a", "pile a holds 1."),
        ("nim", ("take 1 from pile a",), "1 from a", "pile a holds 0."),
        ("nim", (), "take 0 from pile c", "a move takes at least one object."),
        ("nim", (), "take 1 from pile x", "the piles are a, b, c, d."),
        ("nim[skin=stone_jars]", (), "remove 9 from the red jar", "the red jar holds 1."),
        ("nim[skin=stone_jars]", (), "remove 0 from blue", "a move removes at least one stone."),
        ("nim[skin=stone_jars]", (), "1 from pink", "the jars are red, blue, green, yellow."),
        ("kuhn_poker", (), "fold", "the opponent has not bet."),
        ("kuhn_poker", ("bet",), "check", "the opponent has bet."),
        ("liars_dice", (), "liar", "there is no bid yet."),
        ("liars_dice", ("1 five",), "1 five", "a bid must be higher than the last one, 1 five."),
        ("liars_dice", ("1 five",), "3 fours", "a bid is for 1 to 2 dice and a face from 1 to 6."),
        ("liars_dice", (), "1 seven", "a bid is for 1 to 2 dice and a face from 1 to 6."),
        ("negotiation", (), "agree", "there is no proposal to agree to yet."),
        ("negotiation", (), "keep 9 books, 9 hats, 9 balls", "the pool holds 0 books, 1 hat, 5 balls."),
        ("negotiation", (), "say a a a", "a message comes only after a proposal of yours."),
        ("negotiation", ("keep 0 books, 0 hats, 0 balls",), "agree", "a message is asked for now."),
        ("negotiation", ("keep 0 books, 0 hats, 0 balls",), "say a f",
         "a message has 3 symbols from a to e."),
    ],
)  # fmt: skip
def test_the_reason_is_the_one_that_holds(name: str, words: tuple[str, ...], said: str, why: str) -> None:
    assert reason(name, *words, said=said, seed=1) == why


def test_a_bid_at_or_above_ones_own_value_is_told_the_value() -> None:
    for name, word in (("blind_auction", "your value"), ("blind_auction[skin=ferry_licence]", "your income")):
        game = gtbench.load_game(name)
        table = Table(game, game.deal(3))
        for seat in table.to_move:
            value = len(table.legal(seat))
            for bid in range(value, 121):
                heard = game.hear(table.state, seat, str(bid))
                assert isinstance(heard, Fault)
                assert heard.detail.endswith(f" must be below {word} {value}.")


def test_pig_says_that_the_target_is_reached() -> None:
    for skin, why in (
        ("", 'score and turn total reach 20, so that "stop" is the only legal move.'),
        ("gold_digging", 'store and bag have 20 nuggets, so that "leave" is the only legal move.'),
    ):
        game = gtbench.load_game("pig", skin=skin)
        table = next(table for table, seat in positions(game, 40) if table.view(seat).legal == game.moves[1:])
        heard = game.hear(table.state, table.to_move[0], game.moves[0])
        assert isinstance(heard, Fault)
        assert heard.detail.endswith(why)


class Narrow(ConnectFour):
    language = "[1-7]"


class Silent(ConnectFour):
    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        return ""


class Shouting(ConnectFour):
    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        return "no."


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Narrow, "is a move and does not fit the language"),
        (Silent, "has a move's form, and is heard as"),
        (Shouting, "has a move's form, and is heard as"),
    ],
)
def test_the_check_sees_a_language_that_is(kind: type[gtbench.Game], complaint: str) -> None:
    with pytest.raises(CheckFailed, match=complaint):
        explained(PositionSample(kind(), 200, 0))


class Plain(ConnectFour):
    """A game that says nothing of its language, as a stranger's may."""

    language = ""


def test_a_game_without_a_language_hears_its_own_moves_alone() -> None:
    game = Plain()
    assert explained(PositionSample(game, 100, 0)) == "no language of its own"
    table = Table(game, game.deal(0))
    beyond, waiting = game.hear(table.state, 0, "8"), game.hear(table.state, 1, "3")
    assert isinstance(beyond, Fault)
    assert beyond.kind is FaultKind.UNPARSABLE
    assert isinstance(waiting, Fault)
    assert waiting.detail == '"3" is not a legal move now: it is not your turn.'
