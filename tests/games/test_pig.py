"""Pig against its engine: dice, scores, the goal, the horizon, and what luck depends on."""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyspiel
import pytest

import gtbench
from gtbench.errors import BadOption
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SETTINGS: list[dict[str, Any]] = [
    {},
    {"winscore": 100},
    {"winscore": 7, "diceoutcomes": 3, "horizon": 9},
    {"winscore": 4, "diceoutcomes": 2, "horizon": 30},
    {"winscore": 1000, "diceoutcomes": 100, "horizon": 2000},
]
HORIZONS = [2, 3, 4, 7, 10]
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4}
NUMBER = re.compile(rf"-?\d+|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
ROLL, STOP = 0, 1


@pytest.fixture(params=SETTINGS, ids=str)
def game(request: pytest.FixtureRequest) -> gtbench.Game:
    return gtbench.load_game("pig", **request.param)


def engine(game: gtbench.Game) -> Any:
    """The engine's game, loaded past gtbench."""
    return pyspiel.load_game("pig", {"players": 2, **game.parameters})


def numbers(text: str) -> list[int]:
    """Every number in a text, in digits or spelled out."""
    return [WORDS[n.lower()] if n.lower() in WORDS else int(n) for n in NUMBER.findall(text)]


def scores(state: Any) -> tuple[int, int, int]:
    """Both scores and the turn total, as the engine prints them."""
    first, second, total = (int(n) for n in re.findall(r"\d+", str(state).split("\n")[0]))
    return first, second, total


def rolled(state: Any, *faces: int) -> Any:
    """The engine's state after the player to move has rolled these faces."""
    state = state.clone()
    for face in faces:
        state.apply_action(ROLL)
        state.apply_action(face - 1)
    return state


def lowest_goal(start: Any) -> int:
    """The lowest turn total of a first turn that leaves nothing but to stop, with throws of 2 and 3."""
    found = []
    for opening in ((2,), (3,)) if faces_of(start) > 2 else ((2,),):
        state = rolled(start.new_initial_state(), *opening)
        while state.legal_actions() == [ROLL, STOP]:
            state = rolled(state, 2)
        assert state.legal_actions() == [STOP]
        found.append(scores(state)[2])
    return min(found)


def faces_of(start: Any) -> int:
    """How many faces the die has."""
    rolling = start.new_initial_state().child(ROLL)
    return len(rolling.chance_outcomes())


def random_matches(start: Any, number: int) -> Iterator[list[Any]]:
    """The states of random matches that roll more often than they stop, chance nodes included."""
    for seed in range(number):
        rng = random.Random(seed)
        states = [start.new_initial_state()]
        while not states[-1].is_terminal():
            state = states[-1]
            outcomes = (
                [o for o, _ in state.chance_outcomes()] if state.is_chance_node() else state.legal_actions()
            )
            weights = None if state.is_chance_node() or len(outcomes) == 1 else [4, 1]
            states.append(state.child(rng.choices(outcomes, weights)[0]))
        yield states


def moves_made(state: Any) -> int:
    """How many moves the players have made, throws aside."""
    return sum(event.player >= 0 for event in state.full_history())


def test_every_number_in_the_rules_is_the_engines(game: gtbench.Game) -> None:
    start = engine(game)
    assert game.engine.get_parameters() == start.get_parameters()
    first = start.new_initial_state()
    rolling = first.child(ROLL)
    shown = {scores(rolling.child(outcome))[2]: outcome + 1 for outcome, _ in rolling.chance_outcomes()}
    lost, goal = shown[0], lowest_goal(start)
    idle = first.clone()
    while not idle.is_terminal():
        idle.apply_action(STOP)
    ends = [states[-1] for states in random_matches(start, 5)]
    pays = {pay for end in ends for pay in end.returns()}
    for seat in (0, 1):
        assert numbers(game.rules(seat)) == [
            start.num_players(), min(shown.values()), max(shown.values()), *{*scores(first)[:2]}, goal,
            scores(first)[2], lost, goal, moves_made(idle), max(pays), *{*idle.returns()}, min(pays),
        ]  # fmt: skip
        assert f"You take the {('first', 'second')[seat]} turn." in game.rules(seat)


def test_every_face_is_equally_likely(game: gtbench.Game) -> None:
    for states in random_matches(engine(game), 3):
        for state in states:
            if state.is_chance_node():
                sides = int(game.parameters["diceoutcomes"])
                assert state.chance_outcomes() == [(n, pytest.approx(1 / sides)) for n in range(sides)]


def test_scores_turn_totals_and_turns_go_as_the_rules_say(game: gtbench.Game) -> None:
    goal = int(game.parameters["winscore"])
    for states in random_matches(engine(game), 25):
        points, total, seat = [0, 0], 0, 0
        for state, following in itertools.pairwise(states):
            action = following.history()[-1]
            if state.is_chance_node():
                if action + 1 == 1:
                    total, seat = 0, 1 - seat
                else:
                    total += action + 1
            elif action == STOP:
                points[seat] += total
                total, seat = 0, 1 - seat
            if following.is_terminal():
                break
            assert scores(following) == (*points, total)
            if not following.is_chance_node():
                assert following.current_player() == seat
                forced = points[seat] + total >= goal
                assert following.legal_actions() == ([STOP] if forced else [ROLL, STOP])
        reached = [score >= goal for score in points]
        if any(reached):
            assert states[-1].returns() == [1 if won else -1 for won in reached]
            assert states[-1].history()[-1] == STOP
        else:
            assert states[-1].returns() == [0, 0]
            assert moves_made(states[-1]) == game.parameters["horizon"]


def test_a_turn_total_of_0_may_be_stopped_and_passes_the_turn(game: gtbench.Game) -> None:
    first = engine(game).new_initial_state()
    assert scores(first) == (0, 0, 0)
    assert STOP in first.legal_actions()
    assert first.child(STOP).current_player() == 1
    assert scores(first.child(STOP)) == (0, 0, 0)


def test_the_turn_total_counts_only_once_the_player_stops(game: gtbench.Game) -> None:
    start = engine(game)
    state = start.new_initial_state()
    while state.legal_actions() != [STOP]:
        state = rolled(state, 2)
    assert scores(state)[0] == 0
    assert not state.is_terminal()
    assert state.child(STOP).is_terminal()
    assert state.child(STOP).returns() == [1, -1]


def test_a_1_loses_the_turn_total_and_nothing_of_the_score() -> None:
    first = engine(gtbench.load_game("pig")).new_initial_state()
    banked = rolled(rolled(first, 5).child(STOP), 1)
    assert scores(banked) == (5, 0, 0)
    assert banked.current_player() == 0
    lost = rolled(banked, 6, 4, 1)
    assert scores(lost) == (5, 0, 0)
    assert lost.current_player() == 1


@pytest.mark.parametrize("horizon", HORIZONS)
def test_a_match_without_a_winner_is_a_draw_after_as_many_events_as_the_rules_say(horizon: int) -> None:
    """Counted as the rules count them: throws too, if they say so."""
    game = gtbench.load_game("pig", winscore=1000, horizon=horizon)
    told = re.search(r"if nobody has won within (\d+) ", game.rules(0))
    assert told
    for seed, rolls in itertools.product(range(5), (0, 0.3, 0.7, 1)):
        rng, table = random.Random(f"{rolls} {seed}"), Table(game, game.deal(seed))
        while not table.over:
            table.play({table.to_move[0]: ROLL if rng.random() < rolls else STOP})
        assert table.earned == (0, 0)
        assert moves_made(table.state) == horizon
        throws = sum(event.player < 0 for event in table.state.full_history())
        counted = moves_made(table.state) + throws * ("throw is another" in game.rules(0))
        assert counted == int(told[1])


def test_the_match_goes_on_for_as_long_as_the_rules_say() -> None:
    game = gtbench.load_game("pig", winscore=4, horizon=3)
    state = rolled(game.engine.new_initial_state(), 2, 2)
    assert not state.is_terminal()
    assert moves_made(state) == 2
    assert state.child(STOP).returns() == [1, -1]  # the last move of all may win


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_lines_of_the_history_count_toward_the_horizon(horizon: int) -> None:
    """They are numbered, so that a player sees how many moves are left: one line for each that counts."""
    game = gtbench.load_game("pig", winscore=1000, horizon=horizon)
    table = Table(game, game.deal(1))
    while not table.over:
        table.play({table.to_move[0]: ROLL})
    assert table.view(0).history[-1].startswith(f"{horizon}. ")
    assert len(table.view(0).history) == horizon


def test_the_observation_shows_the_engines_scores_to_each_seat(game: gtbench.Game) -> None:
    for states in random_matches(engine(game), 5):
        for state in states:
            if state.is_chance_node():
                continue
            points = scores(state)
            for seat in (0, 1):
                own, other, total, more = (int(n) for n in re.findall(r"\d+", game.observe(state, seat)))
                assert (own, other, total) == (points[seat], points[1 - seat], points[2])
                sure = own + total * (f"Current player: {seat}" in str(state))
                assert more == max(0, int(game.parameters["winscore"]) - sure)
            assert game.picture(state) == (
                f"Player 0: {points[0]} points\nPlayer 1: {points[1]} points\nTurn total: {points[2]}"
            )


def test_the_history_tells_every_number_thrown(game: gtbench.Game) -> None:
    for seed in range(5):
        rng, table = random.Random(seed), Table(game, game.deal(seed))
        expected: tuple[list[str], list[str]] = ([], [])
        while not table.over:
            mover = table.to_move[0]
            action = rng.choice([*table.legal(mover), table.legal(mover)[0]])
            before = len(table.state.history())
            table.play({mover: action})
            new = table.state.history()[before:]
            for seat in (0, 1):
                who, number = "You" if seat == mover else "Opponent", new[-1] + 1
                end = ", after which the match was over" if len(new) == 1 else f" {number}"
                end += ", turn over" if number == 1 and len(new) > 1 else ""
                line = f"{who}: stop" if action == STOP else f"{who}: roll{end}"
                expected[seat].append(f"{len(expected[seat]) + 1}. {line}")
        for seat in (0, 1):
            assert table.view(seat).history == tuple(expected[seat])


def test_a_roll_that_is_the_last_move_is_not_thrown() -> None:
    game = gtbench.load_game("pig", horizon=2)
    table = Table(game, game.deal(0))
    table.play({0: STOP})
    table.play({1: ROLL})
    assert table.over
    assert table.earned == (0, 0)
    assert len(table.state.history()) == 2
    assert table.view(0).history[1] == "2. Opponent: roll, after which the match was over"
    assert table.view(1).history[1] == "2. You: roll, after which the match was over"


def test_the_shortest_horizon_that_is_taken_can_be_played() -> None:
    lowest, _ = type(gtbench.load_game("pig")).allowed["horizon"]
    for action in (ROLL, STOP):
        game = gtbench.load_game("pig", horizon=lowest)
        table = Table(game, game.deal(0))
        while not table.over:
            table.play({table.to_move[0]: action})
        assert moves_made(table.state) == lowest


def throws(game: gtbench.Game, seed: int, target: int) -> dict[int, list[list[int]]]:
    """Each seat's throws by turn, where seat 0 stops at a turn total and seat 1 at 5."""
    table = Table(game, game.deal(seed))
    made: dict[int, list[list[int]]] = {0: [], 1: []}
    turn = -1
    while not table.over:
        seat, total = table.to_move[0], scores(table.state)[2]
        if turn != seat:
            made[seat].append([])
            turn = seat
        stop = total >= (target, 5)[seat]
        table.play({seat: STOP if stop or table.legal(seat) == [STOP] else ROLL})
        if table.state.full_history()[-1].player < 0:
            made[seat][-1].append(table.state.history()[-1] + 1)
        if stop or (made[seat][-1] and made[seat][-1][-1] == 1):
            turn = -1
    return made


def test_a_seats_luck_does_not_hang_on_what_the_other_does() -> None:
    game = gtbench.load_game("pig", winscore=100)
    for seed in range(10):
        plays = [throws(game, seed, target) for target in (2, 6, 15, 40)]
        for one, other in itertools.combinations(plays, 2):
            for mine, same in zip(
                one[1], other[1], strict=False
            ):  # turn by turn, as long as both matches last
                shorter = min(len(mine), len(same))
                assert mine[:shorter] == same[:shorter]
            for mine, same in zip(one[0], other[0], strict=False):
                shorter = min(len(mine), len(same))
                assert mine[:shorter] == same[:shorter]
        assert plays[0][0][0] != plays[0][1][0] or seed


def test_all_faces_come_up_equally_often() -> None:
    game = gtbench.load_game("pig", winscore=100)
    seen = Counter(
        face
        for seed in range(60)
        for turns in throws(game, seed, 20).values()
        for turn in turns
        for face in turn
    )
    assert sorted(seen) == [1, 2, 3, 4, 5, 6]
    each = seen.total() / 6
    assert sum((n - each) ** 2 / each for n in seen.values()) < 20.5  # 99.9 % at 5 degrees of freedom


def winning_chances(goal: int, sides: int = 6) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely the player to move wins by rolling and by stopping, by own score, other score and total."""
    own, other, total = np.indices((goal, goal, goal))
    inside = own + total < goal
    value = np.full((goal, goal, goal), 0.5)
    for _ in range(1000):
        start = value[:, :, 0]  # own score, other score
        lost = 1 - start[other, own]
        stop = np.where(own + total >= goal, 1.0, 1 - start[other, np.minimum(own + total, goal - 1)])
        kept = np.zeros_like(value)
        for face in range(2, sides + 1):
            after = total + face
            kept += np.where(own + after >= goal, 1.0, value[own, other, np.minimum(after, goal - 1)])
        roll = (lost + kept) / sides
        best = np.where(inside, np.maximum(roll, stop), 1.0)
        if np.abs(best - value).max() < 1e-12:
            break
        value = best
    return np.where(inside, roll, np.nan), np.where(inside, stop, np.nan)


def test_to_the_papers_20_points_rolling_is_right_in_every_state() -> None:
    assert gtbench.load_game("pig").parameters["winscore"] == 20
    roll, stop = winning_chances(20)
    assert np.nanmin(roll - stop) > 0
    assert roll[0, 0, 0] == pytest.approx(0.615559, abs=1e-6)


def test_to_100_points_rolling_is_not_right_in_every_state() -> None:
    """Else a player that always rolls could not lose nearly every match to one that stops at 20."""
    game = gtbench.load_game("pig", winscore=100)
    assert game.variants == ("winscore=100",)
    won = 0
    for seed in range(40):
        table = Table(game, game.deal(seed))
        while not table.over:
            seat = table.to_move[0]
            stops = table.legal(seat) == [STOP] or (seat == 1 and scores(table.state)[2] >= 20)
            table.play({seat: STOP if stops else ROLL})
        won += table.earned[1] > 0
    assert won > 30


def test_hold_is_another_word_for_stop() -> None:
    game = gtbench.load_game("pig")
    state = game.engine.new_initial_state()
    assert [game.hear(state, 0, word) for word in ("roll", "stop", "hold", "Hold!")] == [0, 1, 1, 1]


def test_the_card_tells_the_engines_kind_and_payoffs() -> None:
    game = gtbench.load_game("pig")
    kind, card = game.engine.get_type(), sys.modules[type(game).__module__].__doc__ or ""
    assert "`pig` with 2 players: sequential, stochastic, perfect information, zero-sum" in card
    assert game.engine.num_players() == 2
    assert (kind.short_name, kind.dynamics, kind.chance_mode, kind.information, kind.utility) == (
        "pig",
        pyspiel.GameType.Dynamics.SEQUENTIAL,
        pyspiel.GameType.ChanceMode.EXPLICIT_STOCHASTIC,
        pyspiel.GameType.Information.PERFECT_INFORMATION,
        pyspiel.GameType.Utility.ZERO_SUM,
    )
    assert "rewards   win 1, draw 0 (only at the horizon), loss -1\n" in card


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"winscore": 1}, "pig: winscore is a whole number from 2 to 1000, not 1"),
        ({"winscore": 20.0}, "pig: winscore is a whole number from 2 to 1000, not 20.0"),
        ({"diceoutcomes": 1}, "pig: diceoutcomes is a whole number from 2 to 100, not 1"),
        ({"diceoutcomes": "6"}, "pig: diceoutcomes is a whole number from 2 to 100, not '6'"),
        ({"horizon": 0}, "pig: horizon is a whole number from 2 to 10000, not 0"),
        ({"horizon": 10_001}, "pig: horizon is a whole number from 2 to 10000, not 10001"),
        ({"win_score": 9}, "pig has no parameter 'win_score'; did you mean 'winscore'?"),
        ({"players": 3}, "pig has no parameter 'players'; there is diceoutcomes, horizon, winscore"),
    ],
)
def test_a_wrong_parameter_gets_one_line(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(BadOption, match=f"^{re.escape(line)}( .there is .*)?$"):
        gtbench.load_game("pig", **settings)
