"""The PettingZoo environments: PettingZoo's own tests, and what gtbench adds to them."""

from __future__ import annotations

import copy
import pickle
import random
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pettingzoo
import pytest
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)

import gtbench
from gtbench.errors import BadOption, UnknownName
from gtbench.game.table import Table

GAMES = gtbench.list_games()
EVERY = [*GAMES, *(f"{name}[skin={skin}]" for name in GAMES for skin in gtbench.load_game(name).skins())]
AT_ONCE = [name for name in EVERY if gtbench.load_game(name).simultaneous]
ADVISORY = ("not a NumPy array", "should be gymnasium.spaces.box or gymnasium.spaces.discrete")


def made_by_pettingzoo(name: str) -> pettingzoo.AECEnv:
    game = gtbench.load_game(name)
    return pettingzoo.make("aec", f"gtbench/{game.name}-v0", **({"skin": game.skin} if game.skin else {}))


@pytest.mark.parametrize("name", EVERY)
def test_pettingzoos_tests_have_nothing_to_say(name: str) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        api_test(made_by_pettingzoo(name), num_cycles=300)
        seed_test(lambda: gtbench.make(name), num_cycles=100)
    beside = [str(w.message) for w in said if not any(advice in str(w.message) for advice in ADVISORY)]
    assert beside == []


@pytest.mark.parametrize("name", AT_ONCE)
def test_pettingzoos_tests_of_parallel_environments_have_nothing_to_say(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(gtbench.parallel_env(name), num_cycles=300)
        parallel_seed_test(lambda: gtbench.parallel_env(name), num_cycles=100)


def test_what_comes_before_reset_is_refused_in_pettingzoos_words() -> None:
    env = gtbench.make("nim")
    with pytest.raises(AssertionError, match=r"^reset\(\) needs to be called before step\.$"):
        env.step(0)
    with pytest.raises(AttributeError, match=r"^agent_selection cannot be accessed before reset$"):
        env.last()
    env.reset()
    env.step(0)
    parallel = gtbench.parallel_env("prisoners_dilemma")
    with pytest.raises(AssertionError, match=r"^reset\(\) needs to be called before step\.$"):
        parallel.step({"player_0": 0, "player_1": 0})
    parallel.reset()
    assert parallel.step({"player_0": 0, "player_1": 0})[1] == {"player_0": 5.0, "player_1": 5.0}


def test_the_games_with_moves_at_once_are_the_auction_and_the_dilemma() -> None:
    assert [name for name in GAMES if name in AT_ONCE] == ["blind_auction", "prisoners_dilemma"]


@pytest.mark.parametrize("name", EVERY)
def test_pettingzoos_test_of_rendering_has_nothing_to_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("gtbench.env.environments.FRAMES_A_SECOND", 1000)
    render_test(lambda render_mode: gtbench.make(name, render_mode=render_mode))


@pytest.mark.parametrize("name", ["prisoners_dilemma", "prisoners_dilemma[skin=two_shops]"])
def test_pettingzoos_test_of_truncation_has_nothing_to_say(name: str) -> None:
    """The one game whose matches always last for the four cycles that the test wants."""

    class Module:
        @staticmethod
        def env(max_cycles: int) -> pettingzoo.AECEnv:
            return gtbench.make(name, max_cycles=max_cycles, termination_probability=0)

        @staticmethod
        def parallel_env(max_cycles: int) -> pettingzoo.ParallelEnv:
            return gtbench.parallel_env(name, max_cycles=max_cycles, termination_probability=0)

    max_cycles_test(Module)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("cycles", [1, 2, 3])
def test_a_match_that_is_not_over_is_truncated_after_its_cycles(name: str, cycles: int) -> None:
    env = gtbench.make(name, max_cycles=cycles)
    env.reset(seed=1)
    whole = Table(env.game, env.game.deal(1))
    while env.agents and not any(env.terminations.values()) and not any(env.truncations.values()):
        env.step(int(env.last()[0]["action_mask"].nonzero()[0][0]))
    while not whole.over and len(whole.plies) < cycles:
        whole.play({seat: whole.legal(seat)[0] for seat in whole.to_move})
    assert set(env.terminations.values()) == {whole.over}
    assert set(env.truncations.values()) == {not whole.over}
    assert env.observe("player_0")["text"] == whole.view(0).text


@pytest.mark.parametrize("name", [*EVERY, "nim[pile_sizes=random]", "breakthrough[opening=random]"])
def test_an_environment_in_mid_match_can_be_pickled_and_copied(name: str) -> None:
    env = gtbench.make(name)
    env.reset(seed=4)
    step_at_random(env, 3)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):  # noqa: S301
        original = copy.deepcopy(env)
        while original.agents:
            assert twin.agent_selection == original.agent_selection
            assert (
                twin.observe(twin.agent_selection)["text"] == original.observe(twin.agent_selection)["text"]
            )
            assert twin.rewards == original.rewards
            step_at_random(original, 1)
            step_at_random(twin, 1)
        assert twin.agents == []


def test_an_environment_with_a_window_can_be_pickled_and_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("gtbench.env.environments.FRAMES_A_SECOND", 1000)
    env = gtbench.make("nim", render_mode="human")
    env.reset(seed=1)
    env.step(0)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):  # noqa: S301
        assert twin.observe("player_1")["text"] == env.observe("player_1")["text"]
        twin.step(int(twin.observe("player_1")["action_mask"].argmax()))
        assert twin.observe("player_1")["text"] != env.observe("player_1")["text"]
        twin.close()
    env.close()


def step_at_random(env: pettingzoo.AECEnv, steps: int) -> None:
    """Legal steps, the same for the same position."""
    for _ in range(steps):
        observation, _, terminated, truncated, _ = env.last()
        legal = observation["action_mask"].nonzero()[0]
        luck = random.Random(observation["text"])
        env.step(None if terminated or truncated else int(luck.choice(legal)))


@pytest.mark.parametrize("name", EVERY)
def test_a_seed_repeats_a_match_and_the_loser_sees_the_last_move(name: str) -> None:
    seen = []
    for _ in range(2):
        env = gtbench.make(name)
        env.reset(seed=9)
        texts = []
        while not any(env.terminations.values()):
            texts.append(env.last()[0]["text"])
            step_at_random(env, 1)
        last = [env.observe(agent)["text"] for agent in env.possible_agents]
        assert all("The match is over." in text for text in last)
        assert len({len(history(text)) for text in last}) == 1
        assert all(len(history(text)) > 1 for text in last)
        seen.append((texts, last))
    assert seen[0] == seen[1]


def history(text: str) -> list[str]:
    """What a view's text says of the past: a title, and its lines."""
    return text.split("\n\n", maxsplit=1)[0].splitlines()


@pytest.mark.parametrize(
    "imports",
    [
        "import gtbench, pettingzoo",
        "import pettingzoo, gtbench",
        "import gtbench, importlib.util; assert importlib.util.find_spec('pettingzoo'); import pettingzoo",
    ],
)
def test_the_games_are_registered_in_either_order_of_imports(imports: str) -> None:
    script = f"{imports}\nprint(pettingzoo.make('aec', 'gtbench/kuhn_poker-v0'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "kuhn_poker_v0\n"
    assert done.stderr == ""


@pytest.mark.parametrize("name", GAMES)
def test_an_observation_is_what_a_table_shows(name: str) -> None:
    env = gtbench.make(name)
    env.reset(seed=3)
    table = Table(gtbench.load_game(name), gtbench.load_game(name).deal(3))
    for seat, agent in enumerate(env.possible_agents):
        seen = env.observe(agent)
        assert seen["text"] == table.view(seat).text
        assert env.infos[agent]["rules"] == table.view(seat).rules
        assert seen["action_mask"].nonzero()[0].tolist() == table.legal(seat)
        assert seen["action_mask"].dtype == np.int8


def test_a_match_pays_the_engines_rewards() -> None:
    env = gtbench.make("kuhn_poker")
    env.reset(seed=1)
    for action in (1, 1):
        env.step(action)
    game = gtbench.load_game("kuhn_poker")
    table = Table(game, game.deal(1))
    table.play({0: 1})
    table.play({1: 1})
    assert tuple(env.rewards.values()) == table.earned
    assert all(env.terminations.values())


@pytest.mark.parametrize("name", EVERY)
def test_what_last_tells_over_a_match_is_what_the_table_earned(name: str) -> None:
    """An agent that learns adds up the rewards of `last`: each is told once, in matches of any length."""
    env, rng = gtbench.make(name), random.Random(5)
    for seed in range(8):
        env.reset(seed=seed)
        game = gtbench.load_game(name)
        table, chosen = Table(game, game.deal(seed)), {}
        told = dict.fromkeys(env.possible_agents, 0.0)
        for agent in env.agent_iter():
            _, reward, ended, cut_short, _ = env.last()
            told[agent] += reward
            if ended or cut_short:
                env.step(None)
                continue
            seat = env.possible_agents.index(agent)
            chosen[seat] = rng.choice(table.legal(seat))
            env.step(chosen[seat])
            if len(chosen) == len(table.to_move):
                table.play(chosen)
                chosen = {}
        assert table.over
        assert tuple(told.values()) == pytest.approx(table.earned)


def test_a_seed_deals_the_same_after_any_number_of_episodes() -> None:
    """The deal with a seed, and those that follow it without one, do not depend on what was played before."""

    def texts(env: Any) -> list[str]:
        env.reset(seed=7)
        seen = [env.observe("player_0")["text"]]
        for _ in range(12):
            env.reset()
            seen.append(env.observe("player_0")["text"])
        return seen

    fresh, warm = gtbench.make("liars_dice"), gtbench.make("liars_dice")
    for _ in range(3):
        warm.reset()
    assert texts(fresh) == texts(warm) == texts(warm)


def test_both_apis_tell_the_dilemma_alike() -> None:
    turns, both = gtbench.make("prisoners_dilemma"), gtbench.parallel_env("prisoners_dilemma")
    turns.reset(seed=8)
    both.reset(seed=8)
    while both.agents:
        seen, rewards, ended, _, _ = both.step({"player_0": 0, "player_1": 1})
        turns.step(0)
        assert turns.agent_selection == "player_1"
        turns.step(1)
        assert {agent: turns.observe(agent)["text"] for agent in seen} == {
            a: o["text"] for a, o in seen.items()
        }
        assert turns.rewards == rewards
        assert turns.terminations == ended


@pytest.mark.parametrize("action", [0, 99, -1, None])
def test_an_illegal_action_ends_the_match_as_is_pettingzoos_custom(action: int | None) -> None:
    env = gtbench.make("tic_tac_toe", render_mode="ansi")
    env.reset(seed=0)
    env.step(0)
    before = env.render()
    env.step(action)
    assert env.rewards == {"player_0": 0.0, "player_1": -1.0}
    assert env.terminations == {"player_0": True, "player_1": True}
    assert env.render() == before
    assert env.agent_selection == "player_0"
    assert env.last()[1] == 0.0


@pytest.mark.parametrize("name", EVERY)
def test_an_illegal_action_charges_the_offender_and_changes_nothing(name: str) -> None:
    env = gtbench.make(name, render_mode="ansi")
    env.reset(seed=2)
    step_at_random(env, 1)
    if any(env.terminations.values()):
        return
    offender, before = env.agent_selection, env.render()
    none: Any = env.action_space(offender)
    env.step(none.n)
    assert env.rewards == {agent: -1.0 if agent == offender else 0.0 for agent in env.possible_agents}
    assert all(env.terminations.values())
    assert env.render() == before


def test_what_was_earned_before_an_illegal_action_is_paid_once() -> None:
    env = gtbench.make("prisoners_dilemma")
    env.reset(seed=8)  # goes on for several rounds
    for _ in range(2):
        env.step(0)
    assert env.rewards == {"player_0": 5.0, "player_1": 5.0}
    env.step(99)
    assert env.rewards == {"player_0": -1.0, "player_1": 0.0}


def test_an_illegal_action_in_parallel() -> None:
    env = gtbench.parallel_env("prisoners_dilemma")
    env.reset(seed=0)
    _, rewards, ended, _, _ = env.step({"player_0": 5, "player_1": 0})
    assert rewards == {"player_0": -1.0, "player_1": 0.0}
    assert ended == {"player_0": True, "player_1": True}
    assert env.agents == []


def test_an_environment_without_a_seed_deals_anew_each_time() -> None:
    env = gtbench.make("kuhn_poker")
    deals = set()
    for _ in range(40):
        env.reset()
        deals.add(env.observe("player_0")["text"])
    assert len(deals) == 3


def test_what_follows_a_seed_follows_from_it() -> None:
    def texts() -> list[str]:
        env = gtbench.make("kuhn_poker")
        env.reset(seed=1)
        seen = []
        for _ in range(20):
            env.reset()
            seen.append(env.observe("player_0")["text"])
        return seen

    assert texts() == texts()
    assert len(set(texts())) == 3


def test_a_seat_that_has_moved_and_waits_has_no_moves() -> None:
    env = gtbench.make("prisoners_dilemma")
    env.reset(seed=1)
    env.step(1)
    assert env.observe("player_0")["action_mask"].tolist() == [0, 0]
    assert env.observe("player_1")["action_mask"].tolist() == [1, 1]


def test_parameters_reach_the_game() -> None:
    env = gtbench.make("prisoners_dilemma", termination_probability=1)
    env.reset(seed=0)
    env.step(0)
    env.step(0)
    assert all(env.terminations.values())


def test_ansi_is_the_spectators_view() -> None:
    env = gtbench.make("kuhn_poker", render_mode="ansi")
    env.reset(seed=1)
    rendered = env.render()
    assert isinstance(rendered, str)
    assert rendered.count("card") == 2
    assert gtbench.make("kuhn_poker").render() is None


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(BadOption, match=r"tic_tac_toe is played in turns: use gtbench.make"):
        pettingzoo.make("parallel", "gtbench/tic_tac_toe-v0")
    with pytest.raises(BadOption, match=r"render_mode is None or one of ansi, human, rgb_array, not 'svg'"):
        gtbench.make("kuhn_poker", render_mode="svg")
    with pytest.raises(BadOption, match=r"max_cycles is None or a whole number of at least 1, not 0"):
        gtbench.make("kuhn_poker", max_cycles=0)
    with pytest.raises(BadOption, match=r"kuhn_poker has no skin 'gems'; there is sealed_gems"):
        gtbench.make("kuhn_poker", skin="gems")
    with pytest.raises(UnknownName, match=r"unknown game 'kuhn'; did you mean 'kuhn_poker'\?"):
        gtbench.make("kuhn")
    with pytest.raises(BadOption, match=r"kuhn_poker has no parameter 'players'"):
        gtbench.make("kuhn_poker", players=3)
