"""Nim against its engine: given piles and drawn ones, in misere and in normal play."""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pyspiel
import pytest

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table, opening_moves

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: list[dict[str, Any]] = [
    {},
    {"pile_sizes": "2;4;6", "is_misere": False},
    {"pile_sizes": "5"},
    {"pile_sizes": "1;20;3;4;5;6;7;8;9;10", "opening": "random"},
    {"pile_sizes": "random"},
    {"pile_sizes": "random", "is_misere": False, "opening": "random"},
]
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "single": 1}
NUMBER = re.compile(rf"-?\d+|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
Piles = dict[str, int]


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("nim", **request.param)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def takes(state: Any) -> dict[int, tuple[str, int]]:
    """Which pile each legal action takes how many from, in the engine's own words."""
    found = {}
    for action in state.legal_actions():
        pile, take = re.findall(r"\d+", state.action_to_string(state.current_player(), action))
        found[action] = ("abcdefghij"[int(pile) - 1], int(take))
    return found


def piles(state: Any) -> Piles:
    """The objects in each pile, by the most that the engine lets a player take; empty ones are left out."""
    return dict(sorted(takes(state).values()))  # the most is the last of each pile


def pictured(game: gtbench.Game, state: Any) -> Piles:
    """The objects in each pile that is not empty, as the picture shows it."""
    shown = dict(line.removeprefix("Pile ").split(": ") for line in game.picture(state).splitlines())
    return {pile: int(size) for pile, size in shown.items() if size != "0"}


def random_matches(game: gtbench.Game, number: int) -> Iterator[list[Any]]:
    """The engine's states in random matches on the first deals."""
    for seed in range(number):
        rng = random.Random(seed)
        states = [game.start(game.deal(seed))]
        while not states[-1].is_terminal():
            states.append(states[-1].child(rng.choice(states[-1].legal_actions())))
        yield states


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    drawn = game.parameters["pile_sizes"] == "random"
    starts = [game.start(game.deal(seed)) for seed in range(300 if drawn else 1)]
    (many,) = {len(piles(start)) for start in starts}
    sizes = [size for start in starts for size in piles(start).values()]
    fewest = min(take for start in starts for _, take in takes(start).values())
    single = {
        sum(piles(s).get(p) != piles(s.child(a)).get(p) for p in piles(s))
        for s in starts[:1]
        for a in takes(s)
    }
    end = next(random_matches(game, 1))[-1]
    win, loss = max(end.returns()), min(end.returns())
    for seat in (0, 1):
        text = game.rules(seat)
        told = [many, min(sizes), max(sizes)] if drawn else [many, *sizes]
        example = re.search(r'such as "take (\d+) from pile (\w)"', text)
        assert example
        assert numbers(text) == [
            game.engine.num_players(), *told, fewest, *single, win, loss, int(example[1]),
            *([2, 1] if game.parameters["opening"] == "random" else []),
        ]  # fmt: skip
        assert all((example[2], int(example[1])) in takes(start).values() for start in starts)
        for pile, size in {} if drawn else piles(starts[0]).items():
            assert f"pile {pile} with {size}" in text
        assert f"You move {('first', 'second')[seat]}." in text


def test_a_move_takes_any_number_from_a_single_pile_and_nobody_may_pass(game: gtbench.Game) -> None:
    for states in random_matches(game, 15):
        now = pictured(game, states[0])
        for ply, (state, following) in enumerate(itertools.pairwise(states)):
            assert state.current_player() == ply % 2
            assert set(takes(state).values()) == {
                (p, n) for p, size in now.items() for n in range(1, size + 1)
            }
            assert len(takes(state)) == len(set(takes(state).values()))
            for action, (pile, take) in takes(state).items():
                assert game.say(action) == f"take {take} from pile {pile}"
                assert game.hear(state, ply % 2, f"{take} from {pile}") == action
            pile, take = takes(state)[following.history()[-1]]
            now = {p: size - take * (p == pile) for p, size in now.items() if size - take * (p == pile)}
            assert pictured(game, following) == now == piles(following)
        assert now == {}


def test_whoever_takes_the_last_object_loses_or_wins_as_the_rules_say(game: gtbench.Game) -> None:
    ends = set()
    for states in random_matches(game, 40):
        taker = states[-2].current_player()
        assert all(sum(piles(state).values()) > 0 for state in states[:-1])
        assert sorted(states[-1].returns()) == [-1, 1]
        ends.add("wins" if states[-1].returns()[taker] > 0 else "loses")
    assert ends == {"loses" if game.parameters["is_misere"] else "wins"}
    assert f"The player who takes the very last object {ends.pop()}." in game.rules(0)


def test_the_piles_are_those_that_were_asked_for() -> None:
    for sizes in ("1;3;5;7", "2;4;6", "5", "1;20;3;4;5;6;7;8;9;10", "7;1"):
        for misere in (True, False):
            game = gtbench.load_game("nim", pile_sizes=sizes, is_misere=misere)
            engine = pyspiel.load_game("nim", {"pile_sizes": sizes, "is_misere": misere})
            assert str(game.engine) == str(engine)
            table = Table(game, game.deal(0))
            assert list(pictured(game, table.state).values()) == [int(size) for size in sizes.split(";")]
            assert str(table.state) == str(engine.new_initial_state())


def test_both_seats_see_the_same_picture(game: gtbench.Game) -> None:
    for states in random_matches(game, 5):
        for state in states:
            assert game.observe(state, 0) == game.observe(state, 1) == game.picture(state)


def test_drawn_piles_are_four_of_one_to_seven_all_equally_likely() -> None:
    game = gtbench.load_game("nim", pile_sizes="random")
    counts = [Counter[int]() for _ in range(4)]
    seen = set()
    for seed in range(1400):
        sizes = list(pictured(game, Table(game, game.deal(seed)).state).values())
        seen.add(tuple(sizes))
        for count, size in zip(counts, sizes, strict=True):
            count[size] += 1
    for count in counts:
        assert sorted(count) == [1, 2, 3, 4, 5, 6, 7]
        assert sum((n - 200) ** 2 / 200 for n in count.values()) < 22.5  # 99.9 % at 6 degrees of freedom
    assert len(seen) > 950  # of 2401: 1061 are expected where the piles are independent


def test_the_same_deal_draws_the_same_piles_under_every_setting() -> None:
    for seed in range(30):
        pictures = {
            str(pictured(game, game.start(game.deal(seed))))
            for misere in (True, False)
            for opening in ("empty", "random")
            for game in [gtbench.load_game("nim", pile_sizes="random", is_misere=misere, opening=opening)]
        }
        assert len(pictures) == 1


def test_the_drawn_piles_are_shown_and_are_not_in_the_rules() -> None:
    game = gtbench.load_game("nim", pile_sizes="random")
    rules = {game.rules(0) for _ in range(3)}
    assert len(rules) == 1
    for seed in range(20):
        table = Table(game, game.deal(seed))
        shown = "\n".join(f"Pile {pile}: {size}" for pile, size in piles(table.state).items())
        assert table.view(0).state == table.view(1).state == shown


def test_a_random_opening_is_one_move_of_each_player_told_to_both() -> None:
    for settings in ({}, {"pile_sizes": "random"}, {"pile_sizes": "2;2"}, {"pile_sizes": "1;1;1"}):
        game = gtbench.load_game("nim", opening="random", **settings)
        for seed in range(60):
            table, again = Table(game, game.deal(seed)), Table(game, game.deal(seed))
            assert [event.player for event in table.state.full_history()] == [0, 1]
            assert table.to_move == (0,)
            state, moves = game.start(game.deal(seed)), []
            for action in table.state.history():
                pile, take = takes(state)[action]
                moves.append(f"take {take} from pile {pile}")
                state.apply_action(action)
            for seat in (0, 1):
                mine = ["You" if seat == mover else "Opponent" for mover in (0, 1)]
                told = tuple(f"{n + 1}. {mine[n]}: {moves[n]} (drawn at random)" for n in (0, 1))
                assert table.view(seat).history == told
                assert table.view(seat) == again.view(seat)


def test_every_move_that_does_not_end_the_match_can_open_it() -> None:
    game = gtbench.load_game("nim", opening="random")
    firsts = {Table(game, game.deal(seed)).state.history()[0] for seed in range(200)}
    assert firsts == set(game.engine.new_initial_state().legal_actions())
    tiny = gtbench.load_game("nim", pile_sizes="1;1;1", opening="random")
    for seed in range(50):
        assert not Table(tiny, tiny.deal(seed)).over
    start = gtbench.load_game("nim", pile_sizes="4").engine.new_initial_state()
    assert set(takes(start)) - set(opening_moves(start)) == {
        a for a, (_, n) in takes(start).items() if n == 4
    }


@pytest.mark.parametrize("sizes", ["1", "2", "1;1", "3", "1;2", "2;2", "1;1;1"])
def test_as_many_moves_are_drawn_as_the_rules_say(sizes: str) -> None:
    """Where piles are too small for two moves, the setting is refused or the rules say otherwise."""
    try:
        game = gtbench.load_game("nim", pile_sizes=sizes, opening="random")
    except BadOption as refusal:
        assert "opening" in str(refusal)  # noqa: PT017
        return
    told = re.search(
        r"The first (\d) moves of the match, one of each player, are drawn at random", game.rules(0)
    )
    for seed in range(20):
        drawn = len(Table(game, game.deal(seed)).state.history())
        assert drawn == (int(told[1]) if told else 0)


def test_only_a_match_with_a_random_opening_says_so(game: gtbench.Game) -> None:
    said = "\nThe first 2 moves of the match, one of each player, are drawn at random."
    random_opening = game.parameters["opening"] == "random"
    assert game.rules(0).endswith(said) == game.rules(1).endswith(said) == random_opening
    assert bool(Table(game, game.deal(0)).view(0).history) == random_opening


def test_from_the_papers_piles_the_first_player_loses_whatever_it_plays_first() -> None:
    game = gtbench.load_game("nim")
    assert game.parameters["pile_sizes"] == "1;3;5;7"

    @cache
    def wins(left: tuple[int, ...]) -> bool:
        state = pyspiel.load_game("nim", {"pile_sizes": ";".join(map(str, left))}).new_initial_state()
        return any(lost(state.child(action)) for action in state.legal_actions())

    def lost(state: Any) -> bool:
        """Whether the player to move after this move loses: the engine's word at the end, else a search."""
        if state.is_terminal():
            return bool(state.returns()[0] > 0)
        return not wins(tuple(sorted(piles(state).values())))

    start = game.engine.new_initial_state()
    assert not any(lost(start.child(action)) for action in start.legal_actions())
    assert wins((1, 3, 5, 6))


def test_a_move_may_be_spelled_in_four_ways() -> None:
    game = gtbench.load_game("nim")
    state = game.engine.new_initial_state()
    wanted = next(action for action, named in takes(state).items() if named == ("c", 2))
    for spelled in (
        "take 2 from pile c",
        "take 2 from c",
        "2 from pile c",
        "2 from c",
        "Take 2 from pile C.",
    ):
        assert game.hear(state, 0, spelled) == wanted
    heard = game.hear(state, 0, "take 2 from pile a")
    assert not isinstance(heard, int)
    assert heard.kind.value == "illegal"


def test_the_card_tells_the_engines_kind_and_payoffs() -> None:
    game = gtbench.load_game("nim")
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "`nim`: sequential, deterministic, perfect information, zero-sum" in card
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "nim",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.DETERMINISTIC,
        pyspiel.GameType.Information.PERFECT_INFORMATION,
        pyspiel.GameType.Utility.ZERO_SUM,
    )
    assert "rewards   win 1, loss -1\n" in card


PILES_LINE = 'nim: pile_sizes is random or up to 10 numbers from 1 to 20, such as "1;3;5;7", not '


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"pile_sizes": ""}, PILES_LINE + "''"),
        ({"pile_sizes": "3,5"}, PILES_LINE + "'3,5'"),
        ({"pile_sizes": "3;0"}, PILES_LINE + "'3;0'"),
        ({"pile_sizes": "3;-1"}, PILES_LINE + "'3;-1'"),
        ({"pile_sizes": "21"}, PILES_LINE + "'21'"),
        ({"pile_sizes": 21}, PILES_LINE + "'21'"),
        ({"pile_sizes": "3;"}, PILES_LINE + "'3;'"),
        ({"pile_sizes": ";".join("1" * 11)}, PILES_LINE + "'1;1;1;1;1;1;1;1;1;1;1'"),
        ({"pile_sizes": 3.0}, "nim: pile_sizes is a text, not 3.0"),
        ({"pile_sizes": True}, "nim: pile_sizes is a text, not True"),
        ({"is_misere": "yes"}, "nim: is_misere is true or false, not 'yes'"),
        ({"is_misere": 1}, "nim: is_misere is true or false, not 1"),
        ({"opening": "x"}, "nim: opening is empty or random, not 'x'"),
        ({"piles": "1;2"}, "nim has no parameter 'piles'; did you mean 'pile_sizes'?"),
        ({"misere": True}, "nim has no parameter 'misere'; did you mean 'is_misere'?"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("nim", **settings)
