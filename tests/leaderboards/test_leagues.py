"""The leagues that coverage is measured in: their truths, computed in a second way, and by play."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gtbench import load_game

if TYPE_CHECKING:
    from collections.abc import Iterator

NOISES = (0.1, 0.5, 0.9)
LEAGUES = Path(__file__).parents[2] / "benchmarks" / "leagues.py"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def leagues() -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("leagues", LEAGUES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:  # data classes look for the module that they are in
        patch.setitem(sys.modules, "leagues", module)
        spec.loader.exec_module(module)
        yield module


@pytest.mark.parametrize("name", ["kuhn_poker", "blind_auction"])
def test_true_scores_are_those_of_the_oracles_own_sums_over_policies(leagues: Any, name: str) -> None:
    oracle: Any = load_game(name).oracle()
    well = oracle.policy_of(oracle.trembling) if name == "kuhn_poker" else oracle.default_policy

    def mixed(noise: float) -> dict[str, dict[int, float]]:
        return {
            seen: {a: (1 - noise) * p / sum(plays.values()) + noise / len(plays) for a, p in plays.items()}
            for seen, plays in well.items()
        }

    players = leagues.population(name, NOISES)
    engine = oracle.game.engine
    low, high = engine.min_utility(), engine.max_utility()
    for own in range(3):
        for other in range(3):
            paid = oracle.payoffs(mixed(NOISES[own]), mixed(NOISES[other]))
            scores = [players.score(own, other)[0], players.score(other, own)[1]]
            assert scores == pytest.approx([(one - low) / (high - low) for one in paid], abs=1e-7)


@pytest.mark.parametrize("name", ["nim", "kuhn_poker", "prisoners_dilemma"])
def test_what_is_played_has_the_true_scores_on_average(leagues: Any, name: str) -> None:
    players = leagues.population(name, NOISES)
    found = []
    for seed in range(60):
        played, gave, counted = players.league(40, seed), np.zeros(3), np.zeros(3)
        for who, seat in ((played.first, 0), (played.second, 1)):
            np.add.at(gave, who, played.share[:, seat] * played.weight)
            np.add.at(counted, who, played.weight)
        found.append(gave / counted)
        assert abs(played.luck.sum(axis=1)).max() < 1e-9  # of a zero-sum game one has what the other has not
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - players.scores) < 4 * error).all()


def test_true_regrets_are_those_of_play_on_average(leagues: Any) -> None:
    players = leagues.population("nim", NOISES)
    truth = players.decided(players.layout.regret) / players.decided(np.ones(len(players.layout.child)))
    made = [leagues.decided(players.league(40, seed)) for seed in range(40)]
    for agent in range(3):
        found = [one.regret[one.agent == agent].mean() for one in made]
        assert abs(np.mean(found) - truth[agent]) < 4 * np.std(found) / np.sqrt(len(found))
