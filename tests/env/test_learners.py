"""The learners that people use take gtbench's environments: SuperSuit, SB3's MaskablePPO, tianshou.

They bring torch, so they are no part of the development environment. To run this in one of its own:

    pip install -e . -r tests/env/learners.txt pytest
    python -m pytest tests/env/test_learners.py
"""

from __future__ import annotations

import random
from typing import Any

import gymnasium
import pytest

import gtbench

pytestmark = pytest.mark.slow


def needed(module: str) -> Any:
    return pytest.importorskip(module, reason=f"{module}: pip install -r tests/env/learners.txt")


class FirstSeat(gymnasium.Env[Any, Any]):
    """One match after another for one learner, who sits first, against random legal moves."""

    def __init__(self, game: str) -> None:
        self.env, self.rng = gtbench.make(game, text=False), random.Random(1)
        space: Any = self.env.observation_space("player_0")
        seen = space["observation"]
        self.observation_space = gymnasium.spaces.Box(seen.low.ravel(), seen.high.ravel())
        self.action_space = self.env.action_space("player_0")

    def action_masks(self) -> Any:
        return self.env.observe("player_0")["action_mask"].astype(bool)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.env.reset(seed=seed)
        return self._told()[0], {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.env.step(action)
        while self.env.agent_selection != "player_0" and not any(self.env.terminations.values()):
            legal = self.env.observe("player_1")["action_mask"].nonzero()[0].tolist()
            self.env.step(self.rng.choice(legal))
        return (*self._told(), {})

    def _told(self) -> tuple[Any, float, bool, bool]:
        seen, reward, over, cut_short, _ = self.env.last()
        return seen["observation"].ravel(), reward, over, cut_short


def test_maskable_ppo_learns_and_plays_by_the_mask() -> None:
    ppo = needed("sb3_contrib").MaskablePPO
    needed("torch").set_num_threads(1)
    env = FirstSeat("tic_tac_toe")
    learner = ppo("MlpPolicy", env, seed=1, n_steps=128, n_epochs=2)
    untaught = [weights.detach().clone() for weights in learner.policy.parameters()]
    learner.learn(256)
    assert any((new != old).any() for new, old in zip(learner.policy.parameters(), untaught, strict=True))
    for seed in range(5):
        seen, over = env.reset(seed=seed)[0], False
        while not over:
            assert seen in env.observation_space
            action, _ = learner.predict(seen, action_masks=env.action_masks(), deterministic=True)
            assert env.action_masks()[action]
            seen, _, over, _, _ = env.step(action)


@pytest.mark.parametrize("game", ["prisoners_dilemma", "blind_auction"])
def test_supersuits_vectors_step_many_matches_at_once(game: str) -> None:
    supersuit = needed("supersuit")
    matches = 3
    vector = supersuit.concat_vec_envs_v1(
        supersuit.pettingzoo_env_to_vec_env_v1(gtbench.parallel_env(game, text=False)), matches
    )
    seen, _ = vector.reset(seed=1)
    for _ in range(20):
        assert {*seen} == {"observation", "action_mask"}
        assert seen["action_mask"].shape == (2 * matches, vector.action_space.n)
        assert seen["observation"].any()
        seen, rewards, over, _, _ = vector.step(seen["action_mask"].argmax(axis=1))
        assert rewards.shape == over.shape == (2 * matches,)


def test_tianshou_collects_matches_with_masks() -> None:
    tianshou = needed("tianshou.env")
    env = tianshou.PettingZooEnv(gtbench.make("connect_four", text=False))
    rng = random.Random(1)
    for _ in range(5):
        seen, _ = env.reset()
        while True:
            assert seen["agent_id"] in ("player_0", "player_1")
            legal = [action for action, may in enumerate(seen["mask"]) if may]
            assert 1 <= len(legal) <= 7
            seen, rewards, over, cut_short, _ = env.step(rng.choice(legal))
            if over or cut_short:
                break
        assert sorted(rewards) in ([-1, 1], [0, 0])
