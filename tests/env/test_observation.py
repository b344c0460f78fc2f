"""An observation: a dict of arrays and a text that is written when it is read."""

from __future__ import annotations

import copy
import pickle
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from gymnasium.spaces import flatdim

import gtbench
from gtbench.check import environments
from gtbench.check.sample import PositionSample
from gtbench.env.observation import Observation
from gtbench.errors import BadOption, CheckFailed
from gtbench.game.longest import longest_text
from gtbench.game.table import Table
from gtbench_games.tic_tac_toe import TicTacToe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GAMES = gtbench.list_games()
EVERY = [*GAMES, *(f"{name}[skin={skin}]" for name in GAMES for skin in gtbench.load_game(name).skins())]
OTHERS = [
    "tic_tac_toe[opening=random]", "connect_four[rows=12,columns=12,opening=random]",
    "breakthrough[rows=8,columns=8]", "nim[pile_sizes=20;1;1]", "nim[pile_sizes=random]",
    "nim[pile_sizes=9;10;11,opening=random]", "liars_dice[numdice=6]", "liars_dice[dice_sides=12]",
    "blind_auction[max_value=100]", "blind_auction[max_value=100,skin=ferry_licence]",
    "negotiation[num_items=4,num_symbols=1,utterance_dim=6]", "negotiation[enable_utterances=false]",
    "pig[winscore=1000,diceoutcomes=100]", "pig[horizon=4]", "pig[winscore=1000,skin=gold_digging]",
    "prisoners_dilemma[temptation=1000000,reward=999999,punishment=999998,sucker=999997]",
    "prisoners_dilemma[termination_probability=0.001]", "prisoners_dilemma[termination_probability=1]",
    "prisoners_dilemma[termination_probability=0,max_game_length=120]",
]  # fmt: skip
"""Parameters that make texts long, matches long, or both short."""


def made(name: str, *, text: bool = True) -> Any:
    env = gtbench.make(name, text=text)
    env.reset(seed=4)
    return env


def played(name: str, seed: int) -> Iterator[Table]:
    """A table after each ply of a match, in which random moves are played, always the first or the last."""
    game, rng = gtbench.load_game(name), random.Random(seed)
    table = Table(game, game.deal(seed))
    pick: Callable[[list[int]], int] = (rng.choice, min, max)[seed % 3]
    yield table
    while not table.over:
        table.play({seat: pick(table.legal(seat)) for seat in table.to_move})
        yield table


@pytest.mark.parametrize("name", [*EVERY, *OTHERS])
def test_no_text_is_longer_than_its_space_allows_and_no_match_than_it_says(name: str) -> None:
    game = gtbench.load_game(name)
    bound = longest_text(game)
    for seed in range(12):
        for table in played(name, seed):
            plies = len(table.plies)
            if table.over or plies % (1 + plies // 20) == 0:  # of long matches, a part
                assert max(len(table.view(seat).text) for seat in (0, 1)) <= bound
        assert plies <= game.most_plies


@pytest.mark.parametrize("name", [name for name in EVERY if not name.startswith(("pig", "prisoners"))])
def test_the_bound_is_near_where_matches_are_short(name: str) -> None:
    found = max(len(table.view(0).text) for seed in range(30) for table in played(name, seed))
    assert longest_text(gtbench.load_game(name)) < 5 * found


def test_cycles_bound_the_text_too() -> None:
    game = gtbench.load_game("pig")
    few, more = longest_text(game, 3), longest_text(game, 30)
    assert few < more < longest_text(game)
    assert longest_text(game, 10_000) == longest_text(game)
    space: Any = gtbench.make("pig", max_cycles=3).observation_space("player_0")
    assert space["text"].max_length == few


@pytest.mark.parametrize("name", EVERY)
def test_the_space_holds_every_observation_and_can_be_sampled(name: str) -> None:
    for text in (True, False):
        env, rng = made(name, text=text), random.Random(1)
        space = env.observation_space("player_0")
        assert flatdim(space) < 150_000
        assert space.sample() in space
        while env.agents:
            for agent in env.agents:
                assert env.observe(agent) in space
            over = any(env.terminations.values())
            legal = env.observe(env.agent_selection)["action_mask"].nonzero()[0].tolist()
            env.step(None if over else rng.choice(legal))


@pytest.mark.parametrize("name", EVERY)
def test_without_text_there_is_none_and_all_else_is_the_same(name: str) -> None:
    env, bare, rng = made(name), made(name, text=False), random.Random(2)
    assert list(bare.observation_space("player_0")) == ["action_mask", "observation"]
    while env.agents:
        for agent in env.agents:
            seen, same = env.observe(agent), bare.observe(agent)
            assert type(same) is dict
            assert {*same} == {*seen} - {"text"}
            assert all(np.array_equal(same[key], seen[key]) for key in same)
        told = [env.last(observe=False), bare.last(observe=False)]
        assert told[0] == told[1]
        legal = env.observe(env.agent_selection)["action_mask"].nonzero()[0].tolist()
        action = None if told[0][2] else rng.choice(legal)
        env.step(action)
        bare.step(action)
    assert bare.agents == []


def test_without_text_no_text_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "view", lambda *_: pytest.fail("a view was built"))
    for env in (made("kuhn_poker", text=False), made("kuhn_poker")):  # nor while nobody reads it
        while env.agents:
            seen, _, over, _, _ = env.last()
            assert "text" in seen or not env.text
            env.step(None if over else int(seen["action_mask"].argmax()))
    with pytest.raises(BadOption, match=r"^text is True or False, not 'no'$"):
        gtbench.make("nim", text="no")  # type: ignore[arg-type]


def test_parallel_environments_leave_the_text_out_too() -> None:
    env = gtbench.parallel_env("prisoners_dilemma", text=False)
    seen, _ = env.reset(seed=1)
    assert seen["player_0"] in env.observation_space("player_0")
    assert {*env.step({"player_0": 0, "player_1": 1})[0]["player_1"]} == {"observation", "action_mask"}


@pytest.mark.parametrize("name", [*EVERY, "nim[pile_sizes=random]", "tic_tac_toe[opening=random]"])
def test_a_text_that_is_read_late_is_that_of_its_moment(name: str) -> None:
    env, rng = made(name), random.Random(3)
    early: list[str] = []
    late: list[Observation] = []
    while env.agents and len(late) < 40:
        for agent in env.agents:
            early.append(env.observe(agent)["text"])
            late.append(env.observe(agent))
        over = any(env.terminations.values())
        legal = env.observe(env.agent_selection)["action_mask"].nonzero()[0].tolist()
        env.step(None if over else rng.choice(legal))
    env.reset()
    rest = list(zip(early, late, strict=True))
    rng.shuffle(rest)
    assert all(seen["text"] == text for text, seen in rest)


def unread() -> Observation:
    seen = made("kuhn_poker").observe("player_0")
    assert type(seen) is Observation
    return seen


def plain() -> dict[str, Any]:
    return {key: unread()[key] for key in ("observation", "action_mask", "text")}


def shown(value: Any) -> str:
    """A value as text, with the order of what has one."""
    return repr(list(value) if type(value).__name__ in ("dict_keys", "dict_items", "dict_values") else value)


def pickled(seen: Any) -> Any:
    return pickle.loads(pickle.dumps(seen))  # noqa: S301


LOOKS: dict[str, Callable[[Any], Any]] = {
    "__contains__": lambda seen: ["text" in seen, "no" in seen, 3 in seen],
    "__delitem__": lambda seen: (seen.__delitem__("text"), "text" in seen, shown(seen)),
    "__eq__": lambda seen: seen == {"text": 1},
    "__getitem__": lambda seen: [seen["text"], seen["observation"]],
    "__ior__": lambda seen: shown(seen.__ior__({"text": "x"})),
    "__iter__": lambda seen: list(iter(seen)),
    "__len__": len,
    "__ne__": lambda seen: seen != {},
    "__or__": lambda seen: seen | {"more": 1},
    "__reduce__": pickled,
    "__repr__": repr,
    "__reversed__": lambda seen: list(reversed(seen)),
    "__ror__": lambda seen: {"more": 1} | seen,
    "__setitem__": lambda seen: (seen.__setitem__("text", "mine"), shown(seen)),
    "clear": lambda seen: (seen.clear(), len(seen), "text" in seen, seen.get("text")),
    "copy": lambda seen: seen.copy(),
    "get": lambda seen: [seen.get("text"), seen.get("no", 3), seen.get("no")],
    "items": lambda seen: seen.items(),
    "keys": lambda seen: seen.keys(),
    "pop": lambda seen: [seen.pop("text"), "text" in seen, seen.pop("text", "gone"), len(seen)],
    "popitem": lambda seen: [seen.popitem(), shown(seen)],
    "setdefault": lambda seen: [seen.setdefault("text", 3), seen.setdefault("new", 4), shown(seen)],
    "update": lambda seen: (seen.update(text="mine"), shown(seen)),
    "values": lambda seen: seen.values(),
}
"""Each way to look at a dict or to change it."""
NO_LOOKS = {
    "__class_getitem__", "__doc__", "__ge__", "__getattribute__", "__gt__", "__hash__", "__init__", "__le__",
    "__lt__", "__new__", "__sizeof__", "fromkeys",
}  # fmt: skip
"""What else a dict has, which tells nothing of its keys."""


def test_every_method_of_a_dict_is_tried() -> None:
    assert {*vars(dict)} - NO_LOOKS == {*LOOKS} - {"__reduce__"}


@pytest.mark.parametrize("name", LOOKS)
def test_an_observation_answers_as_a_dict_does(name: str) -> None:
    assert shown(LOOKS[name](unread())) == shown(LOOKS[name](plain()))


def test_whatever_is_made_of_an_observation_is_a_plain_dict_with_the_text() -> None:
    def named(**parts: Any) -> dict[str, Any]:
        return parts

    made_of: tuple[Callable[[Any], Any], ...] = (
        dict,
        copy.copy,
        copy.deepcopy,
        pickled,
        lambda seen: dict(type(seen)(seen)),
        lambda seen: seen.copy(),
        lambda seen: {**seen},
        lambda seen: seen | {},
        lambda seen: named(**seen),
        lambda seen: dict(seen.items()),
    )
    for copied_by in made_of:
        copied = copied_by(unread())
        assert type(copied) is dict
        assert copied["text"] == plain()["text"]
        assert shown(copied) == shown(plain())


def test_a_pickle_of_an_observation_tells_nothing_of_the_deal() -> None:
    """Deals in which a seat may know the same give the same bytes, read or unread."""
    pickles: dict[str, set[bytes]] = {}
    for seed in range(60):
        env = gtbench.make("kuhn_poker")
        env.reset(seed=seed)
        pickles.setdefault(env.observe("player_0")["text"], set()).add(pickle.dumps(env.observe("player_0")))
    assert [len(of) for of in pickles.values()] == [1, 1, 1]


@pytest.mark.parametrize("name", [name for name in GAMES if name not in ("nim", "prisoners_dilemma")])
def test_the_numbers_are_the_engines_own_tensor(name: str) -> None:
    game = gtbench.load_game(name)
    informed = game.engine.get_type().provides_information_state_tensor
    for table in [position for seed in range(6) for position in played(name, seed)]:
        for seat in (0, 1):
            engines = table.state.information_state_tensor if informed else table.state.observation_tensor
            numbers = game.tensor(table.state, seat)
            assert numbers.dtype == np.float32
            assert numbers.ravel().tolist() == pytest.approx(engines(seat))


def test_arrays_belong_to_their_reader() -> None:
    for name in GAMES:
        env = made(name)
        first, again = env.observe("player_0"), env.observe("player_0")
        for key in ("observation", "action_mask"):
            first[key] += 1
            assert not np.array_equal(first[key], again[key])
            assert np.array_equal(again[key], env.observe("player_0")[key])


def test_infos_belong_to_their_match() -> None:
    env = made("nim")
    env.infos["player_0"]["rules"] = "mine"
    env.reset()
    assert env.infos["player_0"] == {"rules": env.game.rules(0)}


class Wordy(TicTacToe):
    def observe(self, state: Any, seat: int) -> str:
        return super().observe(state, seat) + "!" * 200 * len(state.history())


def test_the_judge_finds_a_game_whose_texts_outgrow_their_space() -> None:
    with pytest.raises(CheckFailed, match="Out of bounds observation"):
        environments.pettingzoo(PositionSample(Wordy(), 10, 0))


@pytest.mark.parametrize("name", gtbench.list_games())
def test_both_agents_have_the_same_spaces_and_so_do_equal_environments(name: str) -> None:
    first, second = gtbench.make(name), gtbench.make(name)
    found = [env.observation_space(agent) for env in (first, second) for agent in env.possible_agents]
    assert all(space == found[0] for space in found)
