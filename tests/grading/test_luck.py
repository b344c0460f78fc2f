"""Luck: its mean is 0 by enumeration, whatever is played, and it explains what chance decided."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import gtbench
from gtbench import Table, load_game
from gtbench.grading.grade import grade_match
from gtbench.grading.luck import luck
from gtbench.grading.plies import plies
from gtbench.records import Termination

if TYPE_CHECKING:
    from pathlib import Path


def matches(name: str, agents: list[str], deals: int) -> list[Any]:
    return [gtbench.play(name, agents, seed=seed) for seed in range(deals)]


def test_over_all_deals_of_kuhn_poker_the_luck_of_the_deal_is_0() -> None:
    game = load_game("kuhn_poker")
    oracle = game.oracle()
    start = np.array(oracle.outlook_at_start)
    total = np.zeros(2)
    for hands in itertools.permutations(range(3), 2):
        state = game.engine.new_initial_state()
        for card in hands:
            state.apply_action(card)
        total += np.array(oracle.outlook(state)) - start
    assert total == pytest.approx([0, 0], abs=1e-9)
    assert start == pytest.approx([-1 / 18, 1 / 18])  # the value of the game


def test_over_all_throws_of_pig_the_luck_of_a_throw_is_0() -> None:
    game = load_game("pig")
    oracle, table, roll = game.oracle(), Table(game, game.deal(1)), game.moves.index("roll")
    for _ in range(6):
        seat = table.to_move[0]
        if roll not in table.legal(seat):
            table.play({seat: table.legal(seat)[0]})
            continue
        state = table.state.clone()
        state.apply_action(roll)
        mean = oracle.mean_outlook(state)
        faces = [(p, oracle.outlook(state.child(face))) for face, p in state.chance_outcomes()]
        assert len(faces) == 6
        assert mean is not None
        assert sum(p * (found[0] - mean[0]) for p, found in faces if found) == pytest.approx(0, abs=1e-9)
        table.play({seat: roll})


@pytest.mark.parametrize("agents", [["random", "random"], ["optimal", "random"]])
def test_less_its_luck_a_match_of_pig_is_decided_by_its_moves(agents: list[str]) -> None:
    """Of perfect players nothing but the value of the game is left; of others what they gave away."""
    oracle = load_game("pig").oracle()
    for match in matches("pig", agents, 12):
        graded, given = grade_match(match, oracle), luck(match, oracle)
        lost = [sum(grade.regret or 0.0 for grade in graded if grade.seat == seat) for seat in (0, 1)]
        start = oracle.outlook_at_start
        assert start is not None
        assert match.rewards[0] - given[0] == pytest.approx(start[0] - lost[0] + lost[1], abs=1e-6)
        assert given[1] == pytest.approx(-given[0])


def test_a_game_without_chance_has_no_luck() -> None:
    for name in ("tic_tac_toe", "nim"):
        (match,) = matches(name, ["random", "random"], 1)
        assert luck(match, load_game(name).oracle()) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["tic_tac_toe[opening=random]", "negotiation"])
def test_of_a_random_opening_and_a_sampled_deal_nothing_is_claimed(name: str) -> None:
    (match,) = matches(name, ["random", "random"], 1)
    assert luck(match, load_game(name).oracle()) == (0.0, 0.0)


def test_the_values_and_the_draw_between_equal_bids_are_luck() -> None:
    """Values are worth what equilibrium bids make of them: 0 1 2 2 3 3 4 4 5 5 for 1 to 10."""
    oracle = load_game("blind_auction").oracle()
    bids, seen = (0, 1, 2, 2, 3, 3, 4, 4, 5, 5), 0

    def earned(values: tuple[int, ...]) -> np.ndarray[Any, Any]:
        both = [bids[value - 1] for value in values]
        won = [(mine > other) + (mine == other) / 2 for mine, other in (both, both[::-1])]
        return np.array([w * (value - bid) for w, value, bid in zip(won, values, both, strict=True)])

    mean = np.mean([earned(pair) for pair in itertools.product(range(1, 11), repeat=2)], axis=0)
    for match in matches("blind_auction", ["random", "random"], 60):
        first, second = (turn.action for turn in match.turns)
        values = next(plies(match, oracle.game))[0].state.history()
        expected = earned((values[0], values[1])) - mean
        if first == second:
            seen += 1
            gains = np.array([values[seat] - first for seat in (0, 1)])
            expected = expected + np.array(match.rewards) - gains / 2
        assert luck(match, oracle) == pytest.approx(expected.tolist())
    assert seen


def test_the_luck_of_the_hands_is_by_both_of_them() -> None:
    """A queen is lucky against a jack and not against a king, though its own seat sees no difference."""
    oracle = load_game("kuhn_poker").oracle()
    worth = {}
    for hands in itertools.permutations(range(3), 2):
        state = oracle.game.engine.new_initial_state()
        for card in hands:
            state.apply_action(card)
        worth[hands], _ = oracle.outlook(state) or (0.0, 0.0)
    alpha = 1 / 6
    assert worth[2, 0] == pytest.approx(
        1 + (1 - 3 * alpha) / 3
    )  # a jack bets a third of passes, and is called
    assert worth[1, 0] > 0 > worth[1, 2]
    assert sum(worth.values()) / 6 == pytest.approx(-1 / 18)


def test_nothing_follows_a_move_that_was_never_made() -> None:
    match = gtbench.play("pig", ["random", "random"], seed=5)
    oracle = load_game("pig").oracle()
    cut = match.turns[0].model_copy(update={"action": None, "move": None})
    forfeit = Termination(kind="forfeit", by=(cut.seat,))
    broken = match.model_copy(update={"turns": (cut,), "termination": forfeit})
    assert luck(broken, oracle) == (0.0, 0.0)


def test_a_run_writes_the_luck_of_its_matches_into_its_columns(tmp_path: Path) -> None:
    settings = gtbench.Tournament(agents=("random", "optimal"), games=("pig", "nim"), deals=2)
    log = gtbench.run(settings, log=tmp_path / "log")
    found = log.results("match", "seat", "luck")
    for match in log.matches():
        expected = luck(match, load_game(match.game).oracle())
        assert found[found["match"] == match.number]["luck"].tolist() == pytest.approx(list(expected))
    assert found["luck"].abs().max() > 0.1
