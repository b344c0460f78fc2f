"""What a player can be asked about a position: right answers held against the engine or the view."""

from __future__ import annotations

import itertools
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.check import check_game
from gtbench.errors import CheckFailed
from gtbench.game.questions import NONE, Question, how_many, which
from gtbench.game.table import Table
from gtbench_games.kuhn_poker import KuhnPoker

if TYPE_CHECKING:
    from collections.abc import Iterator

GAMES = gtbench.list_games()
SKINS = [f"{name}[skin={skin}]" for name in GAMES for skin in gtbench.load_game(name).skins()]
NAMES = {
    "tic_tac_toe": ("win", "threat", "free"),
    "connect_four": ("win", "threat", "legal", "placed"),
    "breakthrough": ("win", "threat", "legal", "own", "other"),
    "nim": ("xor", "objects", "piles"),
    "kuhn_poker": ("card", "pot", "higher"),
    "liars_dice": ("throw", "bid", "matching"),
    "blind_auction": ("value", "highest"),
    "negotiation": ("pool", "offer", "turns"),
    "pig": ("total", "needed", "opponent"),
    "prisoners_dilemma": ("played", "total", "defections"),
}


RENAMED = {
    "number_scrabble": ("win", "threat", "left"),
    "sliding_crates": ("win", "threat", "legal", "crates"),
    "stone_jars": ("xor", "stones", "jars"),
    "sealed_gems": ("gem", "chest", "better"),
    "letter_slips": ("letters", "last", "matching"),
    "ferry_licence": ("income", "highest"),
    "salvage": ("haul", "split", "turns"),
    "gold_digging": ("bag", "needed", "opponent"),
    "two_shops": ("weeks", "profit", "low"),
}
"""What skins call the questions of their games."""

THEORY = {"win", "threat", "xor"}
"""What is asked only by name."""


def asked(game: gtbench.Game, positions: int, seed: int = 0) -> Iterator[tuple[Table, int]]:
    """Positions of random matches, each with a seat that is to move."""
    rng, count = random.Random(seed), 0
    for deal in itertools.count(seed):
        table = Table(game, game.deal(deal))
        while not table.over:
            for seat in table.to_move:
                yield table, seat
            count += 1
            if count == positions:
                return
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def right(table: Table, seat: int) -> dict[str, set[str]]:
    return {q.name: set(q.answers(table.state, seat)) for q in table.game.questions}


def numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", text)]


@pytest.mark.parametrize("name", [*GAMES, *SKINS])
def test_each_game_asks_its_questions(name: str) -> None:
    game = gtbench.load_game(name)
    names = tuple(question.name for question in game.questions)
    assert names == RENAMED.get(game.skin, NAMES[game.name])
    assert {question.name for question in game.questions if question.theory} == {*names} & THEORY


@pytest.mark.parametrize("name", SKINS)
def test_a_skin_asks_the_same_in_words_of_its_own(name: str) -> None:
    skin = gtbench.load_game(name)
    plain = gtbench.load_game(skin.name)
    renamed = dict(zip(plain.moves, skin.moves, strict=True)) | {NONE: NONE}
    renamed |= {"j": "amber", "q": "pearl", "k": "ruby"} if skin.name == "kuhn_poker" else {}
    for table, seat in asked(skin, 150):
        for theirs, ours in zip(plain.questions, skin.questions, strict=True):
            expected = theirs.answers(table.state, seat)
            if theirs.name == "throw":
                expected = frozenset("abcdef"[int(face) - 1] for face in expected)
            elif theirs.words:
                expected = frozenset(renamed.get(answer, answer) for answer in expected)
            assert ours.answers(table.state, seat) == expected


def boards(state: Any) -> list[str]:
    """The engine's picture of a board, from the top row down."""
    return [
        re.sub(r"[^xo.bw]", "", line.lower()) for line in str(state).split("\n") if "." in line or "x" in line
    ]


def in_line(cells: set[tuple[int, int]], length: int) -> bool:
    """Whether there is a line of so many cells, by trying every one."""
    return any(
        {(y + i * dy, x + i * dx) for i in range(length)} <= cells
        for y, x in cells
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1))
    )


@pytest.mark.parametrize(("name", "length"), [("tic_tac_toe", 3), ("connect_four", 4)])
def test_wins_and_threats_on_boards_of_lines(name: str, length: int) -> None:
    game, threats, wins = gtbench.load_game(name), 0, 0
    for table, seat in asked(game, 1500):
        board, answers = boards(table.state), right(table, seat)
        assert len({len(line) for line in board}) == 1
        for who, question in ((seat, "win"), (1 - seat, "threat")):
            own = {(y, x) for y, x in cells(board) if board[y][x] == "xo"[who]}
            expected = set()
            for action in table.legal(seat):
                y, x = (
                    divmod(action, 3)
                    if length == 3
                    else (max(y for y, line in enumerate(board) if line[action] == "."), action)
                )
                if in_line(own | {(y, x)}, length):
                    expected.add(game.say(action))
            assert answers[question] == (expected or {NONE})
        wins += answers["win"] != {NONE}
        threats += answers["threat"] != {NONE}
        empty = sum(line.count(".") for line in board)
        if length == 3:
            assert answers["free"] == {str(empty)}
        else:
            assert answers["legal"] == {str(board[0].count("."))}
            assert answers["placed"] == {str(42 - empty)}
    assert min(wins, threats) > 100


def cells(board: list[str]) -> list[tuple[int, int]]:
    return [(y, x) for y in range(len(board)) for x in range(len(board[0]))]


@pytest.mark.parametrize("parameters", [{}, {"rows": 4, "columns": 2}, {"rows": 5, "columns": 4}])
def test_wins_and_threats_in_breakthrough(parameters: dict[str, Any]) -> None:
    """The reading of the rules by which a threat is found, held against the engine where it can be asked."""
    game, threats = gtbench.load_game("breakthrough", **parameters), 0
    for table, seat in asked(game, 250):
        state, answers = table.state, right(table, seat)
        by_engine = {game.say(a) for a in state.legal_actions() if state.child(a).is_terminal()}
        assert answers["win"] == (by_engine or {NONE})
        assert set(game._wins(state, seat)) == by_engine  # type: ignore[attr-defined]
        for action in state.legal_actions():  # a move changes what the other threatens only where it is made
            after = state.child(action)
            if after.is_terminal():
                continue
            here = {game.say(a) for a in after.legal_actions() if after.child(a).is_terminal()}
            assert set(game._wins(after, 1 - seat)) == here  # type: ignore[attr-defined]
        threats += answers["threat"] != {NONE}
        pieces = "".join(str(state).split("\n")[: int(game.parameters["rows"])])
        assert answers["own"] == {str(pieces.count("bw"[seat]))}
        assert answers["other"] == {str(pieces.count("wb"[seat]))}
        assert answers["legal"] == {str(len(table.view(seat).legal))}
    assert threats > 20


@pytest.mark.parametrize("name", ["nim", "nim[pile_sizes=random]", "nim[pile_sizes=9;20]"])
def test_piles_and_their_nim_sum(name: str) -> None:
    for table, seat in asked(gtbench.load_game(name), 300):
        piles = numbers(table.view(seat).state)
        bits = [sum(pile >> bit & 1 for pile in piles) % 2 << bit for bit in range(5)]
        expected = {"xor": sum(bits), "objects": sum(piles), "piles": len([p for p in piles if p])}
        assert right(table, seat) == {name: {str(number)} for name, number in expected.items()}


def test_cards_and_the_pot() -> None:
    for table, seat in asked(gtbench.load_game("kuhn_poker"), 300):
        own, pot = table.view(seat).state.split("\n")
        card = own[-1]
        expected = {"card": card.lower(), "pot": str(numbers(pot)[0]), "higher": str(2 - "JQK".index(card))}
        assert right(table, seat) == {name: {answer} for name, answer in expected.items()}


@pytest.mark.parametrize("name", ["liars_dice", "liars_dice[numdice=3,dice_sides=4]"])
def test_dice_and_bids(name: str) -> None:
    words = ("one", "two", "three", "four", "five", "six")
    game = gtbench.load_game(name)
    for table, seat in asked(game, 400):
        own, last = (line.split(": ")[1] for line in table.view(seat).state.split("\n"))
        answers = right(table, seat)
        assert answers["throw"] == {own}
        assert answers["bid"] == {NONE if last == "none yet" else last}
        faces = {1 + i for i, word in enumerate(words) if re.fullmatch(rf"\d+ {word}(e?s)?", last)}
        wild = {int(game.parameters["dice_sides"])} if faces else set()
        assert answers["matching"] == {str(sum(die in faces | wild for die in numbers(own)))}


def test_values_and_bids() -> None:
    for table, seat in asked(gtbench.load_game("blind_auction"), 200):
        (value,) = numbers(table.view(seat).state)
        assert right(table, seat) == {"value": {str(value)}, "highest": {str(value - 1)}}


def test_the_pool_and_the_standing_offer() -> None:
    standing = 0
    for table, seat in asked(gtbench.load_game("negotiation"), 600):
        view, answers = table.view(seat), right(table, seat)
        pool, values, turn, *_ = view.state.split("\n")
        counts, (*worths, whole) = numbers(pool), numbers(values.removeprefix("What one item"))
        assert answers["pool"] == {str(whole)}
        assert answers["turns"] == {str(numbers(turn)[1] - numbers(turn)[0] + 1)}
        if "agree" not in view.legal:
            assert answers["offer"] == {NONE}
            continue
        kept = numbers(next(line for line in reversed(view.history) if "keep" in line).split("keep")[1])
        offered = sum((n - k) * v for n, k, v in zip(counts, kept, worths, strict=True))
        assert answers["offer"] == {str(offered)}
        standing += 1
    assert standing > 50


@pytest.mark.parametrize("name", ["pig", "pig[winscore=100]"])
def test_totals_in_pig(name: str) -> None:
    game = gtbench.load_game(name)
    goal = int(game.parameters["winscore"])
    for table, seat in asked(game, 500):
        own, other, total, _ = numbers(table.view(seat).state)
        expected = {"total": total, "needed": max(0, goal - own - total), "opponent": goal - other}
        assert right(table, seat) == {name: {str(number)} for name, number in expected.items()}


def test_points_and_defections() -> None:
    for table, seat in asked(gtbench.load_game("prisoners_dilemma"), 300):
        view = table.view(seat)
        defected = sum("Opponent: defect" in line for line in view.history)
        total = numbers(view.state)[1]
        expected = {"played": len(view.history), "total": total, "defections": defected}
        assert right(table, seat) == {name: {str(number)} for name, number in expected.items()}


class Tells(KuhnPoker):
    questions = (how_many("other", "the other card", lambda state, seat: state.history()[1 - seat]),)


class Unanswerable(KuhnPoker):
    questions = (Question("card", "your card", lambda *_: frozenset({"J"}), frozenset({"j"})),)


class Nameless(KuhnPoker):
    questions = (how_many("my card", "your card", lambda *_: 1),)


class Loud(KuhnPoker):
    questions = (how_many("one", "how much is one", lambda *_: 1, said=("One is",)),)


class Misnamed(KuhnPoker):
    questions = (
        which("card", "your card", lambda *_: ["j"], ["j"], said=("i hold",), called={"knave": "n"}),
    )


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Loud, r"the question one looks for \('One is',\), not all in lower case"),
        (Misnamed, r"of the question card \['n'\] are no answers"),
        (Tells, "something else though it may know the same"),
        (Unanswerable, "cannot be answered"),
        (Nameless, "not lower-case words"),
    ],
)
def test_the_check_sees_a_bad_question(kind: type[gtbench.Game], complaint: str) -> None:
    with pytest.raises(CheckFailed, match=complaint):
        check_game(kind(), positions=400)
