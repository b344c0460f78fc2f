"""Breakthrough against its engine, on boards of several sizes."""

from __future__ import annotations

import random
import re
import sys
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
    {"rows": 5, "columns": 4},
    {"rows": 6, "columns": 6, "opening": "random"},
    {"rows": 4, "columns": 2},
    {"rows": 9, "columns": 9, "opening": "random"},
]
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4}
NUMBER = re.compile(rf"-?\d+|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
Board = dict[str, str]


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("breakthrough", **request.param)


def engine(game: gtbench.Game) -> Any:
    """The engine's game, loaded past gtbench."""
    wanted = {name: value for name, value in game.parameters.items() if name != "opening"}
    return pyspiel.load_game("breakthrough", wanted)


def with_opening(game: gtbench.Game, opening: str) -> gtbench.Game:
    """The game on the same board with another opening."""
    changed: dict[str, Any] = dict(game.parameters, opening=opening)
    return gtbench.load_game("breakthrough", **changed)


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def printed(state: Any) -> Board:
    """Who holds each square, as the engine prints the board."""
    *lines, footer = str(state).rstrip("\n").split("\n")
    return {f"{c}{line[0]}": m.upper() for line in lines for c, m in zip(footer[1:], line[1:], strict=True)}


def pictured(game: gtbench.Game, state: Any) -> Board:
    """Who holds each square, as the picture shows it."""
    *lines, footer = game.picture(state).split("\n")
    return {f"{footer[i]}{line[0]}": line[i] for line in lines for i in range(2, len(line), 2)}


def rows_of(board: Board, mark: str) -> list[int]:
    """The rows that hold a mark, the highest first."""
    return sorted({int(square[1]) for square, held in board.items() if held == mark}, reverse=True)


def random_matches(start: Any, number: int, *, eager: float) -> Iterator[list[Any]]:
    """The states of random matches; `eager` is how likely a player captures where it can."""
    for seed in range(number):
        rng = random.Random(seed)
        states = [start.new_initial_state()]
        while not states[-1].is_terminal():
            state = states[-1]
            legal = state.legal_actions()
            captures = [a for a in legal if state.action_to_string(state.current_player(), a)[-1] == "*"]
            states.append(state.child(rng.choice(captures if captures and rng.random() < eager else legal)))
        yield states


def steps(board: Board, mark: str) -> set[str]:
    """Every move that the rules allow, worked out from the rules' words."""
    found: set[str] = set()
    down = {"B": -1, "W": 1}[mark]
    for square, held in board.items():
        column, row = square[0], int(square[1])
        if held != mark:
            continue
        for side in (-1, 0, 1):
            to = f"{chr(ord(column) + side)}{row + down}"
            if board.get(to) == "." or (side and board.get(to) not in (None, mark)):
                found.add(square + to)
    return found


def words(state: Any) -> list[str]:
    """The engine's names of the legal moves, without its mark of a capture."""
    return [state.action_to_string(state.current_player(), a).rstrip("*") for a in state.legal_actions()]


def last(state: Any) -> str:
    """The engine's name of the move just made."""
    event = state.full_history()[-1]
    return str(state.action_to_string(event.player, event.action))


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    start = engine(game)
    assert str(game.engine) == str(start)
    first = start.new_initial_state()
    board, second = printed(first), first.child(first.legal_actions()[0])
    columns, rows = len({square[0] for square in board}), len({square[1] for square in board})
    goals: dict[str, set[int]] = {"B": set(), "W": set()}
    for *_, end in random_matches(start, 60, eager=0.3):
        if {"B", "W"} <= set(printed(end).values()):
            goals["BW"[end.returns().index(1)]].add(int(last(end)[3]))
    (down,), (up,) = goals["B"], goals["W"]
    pieces = sum(board[square] == "B" != mark for square, mark in printed(second).items())
    (on,) = {abs(int(move[3]) - int(move[1])) for state in (first, second) for move in words(state)}
    win, loss = max(end.returns()), min(end.returns())
    for seat in (0, 1):
        text = game.rules(seat)
        example = re.search(r'A move of yours is written like "(\w+)"\.', text)
        assert example
        assert example[1] in words((first, second)[seat])
        assert numbers(text) == [
            start.num_players(), columns, rows, rows, 1,
            *rows_of(board, "B"), down, *rows_of(board, "W"), up,
            pieces, on, win, loss, (down, up)[seat], int(example[1][1]), int(example[1][3]),
            *([2, 1] if game.parameters["opening"] == "random" else []),
        ]  # fmt: skip
        assert f"({min(board)[0]} to {max(board)[0]}, from left to right)" in text


def test_each_colour_starts_and_moves_as_the_rules_say(game: gtbench.Game) -> None:
    first = engine(game).new_initial_state()
    board, rules = printed(first), game.rules(0)
    for mark, state in (("B", first), ("W", first.child(first.legal_actions()[0]))):
        told = re.search(
            rf"- {mark} starts on rows? ([\d and]+) and moves (up|down), toward row (\d)\.", rules
        )
        assert told
        assert [int(n) for n in re.findall(r"\d", told[1])] == rows_of(board, mark)
        assert set(board.values()) == set("BW.")
        assert all(board[s] == mark for s in board if int(s[1]) in rows_of(board, mark))
        ahead = {int(move[3]) - int(move[1]) for move in words(state)}
        assert ahead == {{"up": 1, "down": -1}[told[2]]}
        assert told[3] == {"up": max(board), "down": min(board)}[told[2]][1]
    for seat, mark, order in ((0, "B", "first"), (1, "W", "second")):
        way, goal = ("down", 1) if mark == "B" else ("up", game.parameters["rows"])
        assert f"You play {mark}, move {order}, and move {way}, toward row {goal}." in game.rules(seat)
        assert game.observe(first, seat).endswith(f"\nYou play {mark}.")


@pytest.mark.parametrize("eager", [0.2, 1])
def test_the_rules_in_words_give_exactly_the_engines_moves_and_ends(game: gtbench.Game, eager: float) -> None:
    start = engine(game)
    far = {"B": 1, "W": int(game.parameters["rows"])}
    for states in random_matches(start, 25, eager=eager):
        for ply, state in enumerate(states):
            mark, other = ("B", "W") if ply % 2 == 0 else ("W", "B")
            board = pictured(game, state)
            assert board == printed(state)
            if ply:
                move = last(state)
                before = printed(states[ply - 1])
                assert move.endswith("*") == (before[move[2:4]] == mark)  # the engine's mark of a capture
                assert board == before | {move[:2]: ".", move[2:4]: other}
                arrived = int(move[3]) == far[other]
                assert state.is_terminal() == (arrived or mark not in board.values())
            if state.is_terminal():
                assert state.returns() == ([1, -1] if other == "B" else [-1, 1])
            else:
                assert state.current_player() == ply % 2
                legal = state.legal_actions()
                assert {game.say(action) for action in legal} == steps(board, mark) != set()
                assert [game.say(action) for action in legal] == words(state)
                assert len({game.say(action) for action in legal}) == len(legal)


def test_a_player_who_has_captured_all_pieces_wins() -> None:
    found = set()
    for rows, columns in ((8, 3), (5, 4), (4, 2), (6, 6)):
        start = pyspiel.load_game("breakthrough", {"rows": rows, "columns": columns})
        for states in random_matches(start, 400, eager=1):
            end = printed(states[-1])
            if "B" not in end.values():
                assert states[-1].returns() == [-1, 1]
                found.add((rows, "W", int(last(states[-1])[3]) == rows))
            if "W" not in end.values():
                assert states[-1].returns() == [1, -1]
                found.add((rows, "B", int(last(states[-1])[3]) == 1))
    assert {winner for _, winner, arrived in found if not arrived} == {"B", "W"}


def test_there_are_no_draws_in_many_random_matches(game: gtbench.Game) -> None:
    start = engine(game)
    for match in range(200):
        rng, state = random.Random(match), start.new_initial_state()
        while not state.is_terminal():
            state.apply_action(rng.choice(state.legal_actions()))
        assert sorted(state.returns()) == [-1, 1]


def test_a_straight_move_never_captures_and_a_diagonal_one_may_go_to_an_empty_square() -> None:
    game = gtbench.load_game("breakthrough", rows=4, columns=2)
    state = game.engine.new_initial_state()
    for move in ("a4a3", "a1a2"):
        state.apply_action(dict(zip(words(state), state.legal_actions(), strict=True))[move])
    assert (pictured(game, state)["a3"], pictured(game, state)["a2"]) == ("B", "W")
    assert set(words(state)) == {"a3b2", "b4b3"}
    heard = game.hear(state, 0, "a3a2")
    assert not isinstance(heard, int)
    assert heard.kind.value == "illegal"


def test_a_capture_needs_no_marker_and_a_move_may_be_spelled_in_four_ways() -> None:
    game = gtbench.load_game("breakthrough", rows=4, columns=2)
    state = game.engine.new_initial_state()
    for move in ("a4b3", "a1a2"):
        state.apply_action(dict(zip(words(state), state.legal_actions(), strict=True))[move])
    capture = next(a for a in state.legal_actions() if state.action_to_string(0, a) == "b3a2*")
    for spelled in ("b3a2", "b3-a2", "b3 a2", "B3 to A2", "b3a2*"):
        assert game.hear(state, 0, spelled) == capture


def test_a_random_opening_is_one_move_of_each_player_told_to_both(game: gtbench.Game) -> None:
    opened = with_opening(game, "random")
    first, seen = engine(game).new_initial_state(), set()
    for seed in range(150):
        table, again = Table(opened, opened.deal(seed)), Table(opened, opened.deal(seed))
        assert [event.player for event in table.state.full_history()] == [0, 1]
        assert table.to_move == (0,)
        moves = [str(first.action_to_string(0, action)).rstrip("*") for action in table.state.history()]
        for seat in (0, 1):
            mine = ["You" if seat == mover else "Opponent" for mover in (0, 1)]
            told = tuple(f"{n + 1}. {mine[n]}: {moves[n]} (drawn at random)" for n in (0, 1))
            assert table.view(seat).history == told
            assert table.view(seat) == again.view(seat)
        seen.add(moves[0])
    assert seen == set(words(first))


def test_only_a_match_with_a_random_opening_says_so(game: gtbench.Game) -> None:
    said = "\nThe first 2 moves of the match, one of each player, are drawn at random."
    for opening in ("empty", "random"):
        opened = with_opening(game, opening)
        assert opened.rules(0).endswith(said) == opened.rules(1).endswith(said) == (opening == "random")
        assert bool(Table(opened, opened.deal(0)).view(0).history) == (opening == "random")


def test_the_card_tells_the_engines_kind_and_payoffs() -> None:
    game = gtbench.load_game("breakthrough")
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "here on 8 rows of 3 columns" in card
    assert game.engine.get_parameters() == {"rows": 8, "columns": 3}
    assert "`breakthrough`: sequential, deterministic, perfect information, zero-sum, without draws" in card
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "breakthrough",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.DETERMINISTIC,
        pyspiel.GameType.Information.PERFECT_INFORMATION,
        pyspiel.GameType.Utility.ZERO_SUM,
    )
    assert "rewards   win 1, loss -1\n" in card


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"rows": 3}, "breakthrough: rows is a whole number from 4 to 9, not 3"),
        ({"columns": 10}, "breakthrough: columns is a whole number from 2 to 9, not 10"),
        ({"columns": 1}, "breakthrough: columns is a whole number from 2 to 9, not 1"),
        ({"rows": "8"}, "breakthrough: rows is a whole number from 4 to 9, not '8'"),
        ({"opening": "drawn"}, "breakthrough: opening is empty or random, not 'drawn'"),
        ({"colums": 3}, "breakthrough has no parameter 'colums'; did you mean 'columns'?"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("breakthrough", **settings)
