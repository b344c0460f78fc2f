"""Connect Four against its engine, on boards of several sizes."""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyspiel
import pytest

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: list[dict[str, Any]] = [
    {},
    {"rows": 5, "columns": 4, "x_in_row": 3},
    {"rows": 3, "columns": 12, "x_in_row": 5},
    {"rows": 4, "columns": 3, "x_in_row": 4, "opening": "random"},
    {"rows": 8, "columns": 9, "x_in_row": 5, "opening": "random"},
]
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4}
NUMBER = re.compile(rf"(?<!Connect )(?:-?\d+|\b(?:{'|'.join(WORDS)})\b)", re.IGNORECASE)
STEPS = {"row": (0, 1), "column": (1, 0), "rising": (1, 1), "falling": (1, -1)}


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("connect_four", **request.param)


def engine(game: gtbench.Game) -> Any:
    """The engine's game, loaded past gtbench."""
    wanted = {name: value for name, value in game.parameters.items() if name != "opening"}
    return pyspiel.load_game("connect_four", wanted)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def played(start: Any, *columns: int) -> Any:
    """The engine's state after discs in these columns, counted from 0."""
    state = start.new_initial_state()
    for column in columns:
        state.apply_action(column)
    return state


def squares(state: Any) -> dict[tuple[int, int], str]:
    """Who holds each square, by row and column from 1 at the lower left, as the engine prints the board."""
    lines = str(state).split()[::-1]
    return {(r, c): mark for r, line in enumerate(lines, 1) for c, mark in enumerate(line, 1)}


def longest(board: dict[tuple[int, int], str], mark: str, step: tuple[int, int]) -> int:
    """The length of the longest unbroken line of a mark in one direction."""
    best = 0
    for row, column in board:
        length = 0
        while board.get((row + length * step[0], column + length * step[1])) == mark:
            length += 1
        best = max(best, length)
    return best


def random_matches(start: Any, number: int, *, seed: int = 0) -> Iterator[list[Any]]:
    """The states of random matches; a player often drops where it dropped before, or beside."""
    for match in range(number):
        rng = random.Random(f"{seed} {match}")
        states = [start.new_initial_state()]
        while not states[-1].is_terminal():
            state = states[-1]
            legal = state.legal_actions()
            wanted = state.history()[-2] + rng.choice((-1, 0, 1)) if len(states) > 2 else -1
            drop = wanted if wanted in legal and rng.random() < 0.5 else rng.choice(legal)
            states.append(state.child(drop))
        yield states


def drawn(start: Any) -> Any:
    """A drawn end, found by matches in which nobody wins while another move is there."""
    for seed in itertools.count():
        state, rng = start.new_initial_state(), random.Random(seed)
        while not state.is_terminal():
            children = [state.child(action) for action in state.legal_actions()]
            state = rng.choice([c for c in children if not any(c.returns())] or children)
        if not any(state.returns()):
            return state
    raise AssertionError


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    start = engine(game)
    assert str(game.engine) == str(start)
    columns = len(start.new_initial_state().legal_actions())
    rows = next(n for n in range(99) if 0 not in played(start, *[0] * n).legal_actions())
    ends = [states[-1] for states in random_matches(start, 300)]
    won = next(end for end in ends if any(end.returns()))
    in_line = min((len(end.history()) + 1) // 2 for end in ends if end.returns()[0] > 0)  # own discs needed
    discs = sum(mark != "." for mark in squares(played(start, 0)).values())
    pays = [max(won.returns()), *set(drawn(start).returns()), min(won.returns())]
    expected = [start.num_players(), columns, 1, columns, rows, 1, rows, discs, in_line, *pays]
    opening = [2, 1] if game.parameters["opening"] == "random" else []
    for seat in (0, 1):
        text = game.rules(seat)
        example = re.search(r'such as "(\d+)"', text)
        assert example
        assert game.hear(start.new_initial_state(), 0, example[1]) == int(example[1]) - 1
        assert numbers(text) == [*expected, int(example[1]), *opening]


def test_a_disc_falls_to_the_lowest_empty_square_of_the_column_that_was_named(game: gtbench.Game) -> None:
    start = engine(game)
    columns = len(start.new_initial_state().legal_actions())
    for column in range(columns):
        state = start.new_initial_state()
        for row in range(1, 99):
            if column not in state.legal_actions():
                break
            mark = "XO"[state.current_player()]
            assert game.hear(state, state.current_player(), str(column + 1)) == column
            state.apply_action(column)
            *lines, header = game.picture(state).splitlines()
            line = next(line for line in lines if re.match(rf"row +{row} \|", line))
            names = re.finditer(r"\d+", header)
            place = next(name.end() - 1 for name in names if int(name[0]) == column + 1)
            assert line[place] == mark
            assert sum(line.count(mark) for line in lines) == (row + 1) // 2
        assert row - 1 == len(lines)


def test_the_picture_shows_the_engines_board_with_row_1_at_the_bottom(game: gtbench.Game) -> None:
    for states in random_matches(engine(game), 10):
        for state in states:
            *lines, header = game.picture(state).splitlines()
            rows = {int(line.split()[1]): line.split("|")[1].split() for line in lines}
            assert list(rows) == list(range(len(lines), 0, -1))
            assert header.split()[1:] == [str(n) for n in range(1, len(rows[1]) + 1)]
            shown = {(row, c): m.lower() for row, line in rows.items() for c, m in enumerate(line, 1)}
            assert shown == squares(state)


def test_x_moves_first_and_the_players_take_turns(game: gtbench.Game) -> None:
    for states in random_matches(engine(game), 20):
        for ply, state in enumerate(states):
            if not state.is_terminal():
                assert state.current_player() == ply % 2
            held = Counter(squares(state).values())
            assert (held["x"], held["o"]) == ((ply + 1) // 2, ply // 2)


def test_every_column_that_is_not_full_and_no_other_is_legal(game: gtbench.Game) -> None:
    for states in random_matches(engine(game), 30):
        for state in states[:-1]:
            board = squares(state)
            top = max(row for row, _ in board)
            free = {column - 1 for row, column in board if row == top and board[row, column] == "."}
            assert set(state.legal_actions()) == free


def test_a_line_in_any_direction_wins_and_one_disc_less_does_not(game: gtbench.Game) -> None:
    start, wanted = engine(game), int(game.parameters["x_in_row"])
    rows, columns = int(game.parameters["rows"]), int(game.parameters["columns"])
    winning: set[str] = set()
    almost: set[str] = set()
    for *_, before, end in random_matches(start, 300):
        lines = {
            (mark, way): longest(squares(end), mark, step) for mark in "xo" for way, step in STEPS.items()
        }
        winners = {mark for (mark, _), length in lines.items() if length >= wanted}
        assert end.returns() == {"x": [1, -1], "o": [-1, 1], "": [0, 0]}["".join(winners)]
        assert winners or "." not in squares(end).values()
        winning |= {way for (_, way), length in lines.items() if length >= wanted}
        for mark, (way, step) in itertools.product("xo", STEPS.items()):
            length = longest(squares(before), mark, step)
            assert length < wanted
            almost |= {way} if length == wanted - 1 else set()
    fits = {"row": columns >= wanted, "column": rows >= wanted}
    both = all(fits.values())
    assert winning == {way for way in STEPS if fits.get(way, both)}
    assert winning <= almost


def test_a_full_board_without_a_line_is_a_draw(game: gtbench.Game) -> None:
    end = drawn(engine(game))
    assert "." not in squares(end).values()
    assert len(end.history()) == len(squares(end))
    assert end.returns() == [0, 0]


def test_a_random_opening_is_one_move_of_each_player_told_to_both() -> None:
    game = gtbench.load_game("connect_four", opening="random")
    opened: Counter[tuple[int, int]] = Counter()
    for seed in range(500):
        table = Table(game, game.deal(seed))
        assert [event.player for event in table.state.full_history()] == [0, 1]
        assert not table.over
        first, second = (column + 1 for column in table.state.history())
        opened[first, second] += 1
        assert table.view(0).history == (
            f"1. You: {first} (drawn at random)",
            f"2. Opponent: {second} (drawn at random)",
        )
        assert table.view(1).history == (
            f"1. Opponent: {first} (drawn at random)",
            f"2. You: {second} (drawn at random)",
        )
    assert set(opened) == set(itertools.product(range(1, 8), repeat=2))


def test_both_matches_of_a_deal_open_alike_and_go_on_from_there() -> None:
    matches = [gtbench.play("connect_four[opening=random]", ["random", "random"], seed=5) for _ in range(2)]
    table = Table(
        gtbench.load_game("connect_four", opening="random"), gtbench.load_game("connect_four").deal(5)
    )
    for match in matches:
        assert match.turns[0].seat == 0
        assert match.turns[0].view == table.view(0).text


def test_only_a_match_with_a_random_opening_says_so() -> None:
    said = "The first 2 moves of the match, one of each player, are drawn at random."
    for seat in (0, 1):
        assert gtbench.load_game("connect_four", opening="random").rules(seat).endswith(said)
        assert "random" not in gtbench.load_game("connect_four").rules(seat)
    empty = Table(gtbench.load_game("connect_four"), gtbench.load_game("connect_four").deal(0))
    assert empty.state.history() == []
    assert empty.view(0).history == ()


def test_each_seat_reads_its_own_mark_and_order(game: gtbench.Game) -> None:
    for seat, mark, order in ((0, "X", "first"), (1, "O", "second")):
        assert f"You play {mark} and move {order}." in game.rules(seat)
        assert game.observe(engine(game).new_initial_state(), seat).endswith(f"\nYou play {mark}.")


def test_the_card_tells_the_engines_kind_and_payoffs(game: gtbench.Game) -> None:
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "`connect_four`: sequential, deterministic, perfect information, zero-sum" in card
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "connect_four",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.DETERMINISTIC,
        pyspiel.GameType.Information.PERFECT_INFORMATION,
        pyspiel.GameType.Utility.ZERO_SUM,
    )
    assert "rewards   win 1, draw 0, loss -1\n" in card
    seen = {pay for states in random_matches(engine(game), 50) for pay in states[-1].returns()}
    assert {1, -1} <= seen <= {1, 0, -1}


def test_a_column_may_be_called_one() -> None:
    game = gtbench.load_game("connect_four")
    state = game.engine.new_initial_state()
    assert [game.hear(state, 0, word) for word in ("3", "column 3", "**Column 3**")] == [2, 2, 2]
    full = played(game.engine, *[2] * 6)
    assert not isinstance(full_answer := game.hear(full, 0, "3"), int)
    assert full_answer.kind.value == "illegal"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"rows": 2}, "connect_four: rows is a whole number from 3 to 12, not 2"),
        ({"columns": 13}, "connect_four: columns is a whole number from 3 to 12, not 13"),
        ({"x_in_row": 4.0}, "connect_four: x_in_row is a whole number from 3 to 12, not 4.0"),
        ({"rows": True}, "connect_four: rows is a whole number from 3 to 12, not True"),
        ({"x_in_row": 8}, "connect_four: x_in_row is at most the larger of rows and columns"),
        ({"opening": "book"}, "connect_four: opening is empty or random, not 'book'"),
        ({"opening": 1}, "connect_four: opening is empty or random, not 1"),
        ({"row": 6}, "connect_four has no parameter 'row'; did you mean 'rows'?"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("connect_four", **settings)


def test_a_line_may_be_as_long_as_the_larger_side() -> None:
    game = gtbench.load_game("connect_four", rows=3, columns=12, x_in_row=12)
    assert game.engine.get_parameters() == {
        "rows": 3, "columns": 12, "x_in_row": 12, "egocentric_obs_tensor": False,
    }  # fmt: skip
