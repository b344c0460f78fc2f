"""PettingZoo environments over any game: AEC for all, Parallel for games with simultaneous moves.

    env = gtbench.make("kuhn_poker")
    env = gtbench.parallel_env("prisoners_dilemma", termination_probability=0.25)
    env = pettingzoo.make("aec", "gtbench/kuhn_poker-v0")          once gtbench is imported

Agents are `player_0` and `player_1`. An observation is a dict of

    observation   float32 array: what the seat may know as numbers (`Game.tensor`)
    action_mask   int8 array, one entry an action: 1 where legal now, all 0 for a player not to move; when
                  the match is over, and the only step is None, it no longer applies and is all 1
    text          printable ASCII: history, state and legal moves as a language agent reads them; written when
                  it is first read, and left out with `text=False`

The rules in words are in each agent's info under "rules". Rewards are the engine's own, paid as they are
earned. An illegal action ends the match as is PettingZoo's custom: -1 for the offender, 0 for the other.
With `max_cycles` a match is truncated after so many plies; a ply is one move, or both seats' at once.
"""

from __future__ import annotations

import operator
import string
from typing import TYPE_CHECKING, Any

import numpy as np
import pettingzoo
import pyspiel
from gymnasium import spaces
from pettingzoo.utils.env_logger import EnvLogger

from gtbench import catalogue
from gtbench.env.observation import TEXT, Observation
from gtbench.env.pettingzoo import VERSION
from gtbench.errors import BadOption
from gtbench.game.base import SEATS
from gtbench.game.longest import longest_text
from gtbench.game.luck import drawn, new_keys
from gtbench.game.memo import Memo
from gtbench.game.raster import Window, to_rgb
from gtbench.game.table import IllegalPlay, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gtbench.game.base import Game
    from gtbench.records import Parameter

AGENTS = [f"player_{seat}" for seat in SEATS]
SEAT_OF = {agent: seat for seat, agent in enumerate(AGENTS)}
RENDER_MODES = ["ansi", "human", "rgb_array"]
FRAMES_A_SECOND = 2

NOTHING = (0.0, 0.0)
"""What most steps pay the seats."""
UNPAID, UNDONE = dict.fromkeys(AGENTS, 0.0), dict.fromkeys(AGENTS, False)
"""What a match begins with."""


def make(
    game: str,
    *,
    render_mode: str | None = None,
    skin: str | None = None,
    text: bool = True,
    max_cycles: int | None = None,
    **parameters: Parameter,
) -> WordsEnv:
    """A PettingZoo AEC environment of a game.

    Args:
        game: The game's name, which may carry parameters in brackets.
        render_mode: What `render` gives: "ansi" the spectator's view as text, "rgb_array" a drawing of it as
            a uint8 array (height, width, 3), None nothing; "human" shows that drawing in a window.
        skin: The same game in other words; `load_game(game).skins()` names them.
        text: Whether observations have the text; without it they are plain dicts of two arrays.
        max_cycles: The plies after which a match is truncated, if any.
        parameters: The game's parameters.

    Raises:
        UnknownName: There is no such game.
        BadOption: The game does not take a parameter, or there is no such skin or render mode.
        MissingDependency: A drawing needs `pip install 'gtbench[render]'`.
    """
    loaded = catalogue.load_game(game, skin=skin, **parameters)
    return WordsEnv(loaded, render_mode, max_cycles, text=text)


def parallel_env(
    game: str,
    *,
    render_mode: str | None = None,
    skin: str | None = None,
    text: bool = True,
    max_cycles: int | None = None,
    **parameters: Parameter,
) -> ParallelWordsEnv:
    """A PettingZoo Parallel environment of a game in which both seats move at once; arguments as for `make`.

    Raises:
        UnknownName: There is no such game.
        BadOption: As for `make`, or the game's moves are made in turn.
        MissingDependency: As for `make`.
    """
    loaded = catalogue.load_game(game, skin=skin, **parameters)
    if not loaded.simultaneous:
        raise BadOption(f"{loaded.name} is played in turns: use gtbench.make({loaded.name!r})")
    return ParallelWordsEnv(loaded, render_mode, max_cycles, text=text)


def _index(action: object) -> int:
    """An action as an id; -1, which none has, for what is no whole number."""
    try:
        return operator.index(action)  # type: ignore[arg-type]
    except TypeError:
        return -1


class _Base:
    """What both kinds of environment share: the spaces, the deals, and what a seat observes."""

    metadata: dict[str, Any]
    render_mode: str | None

    def _set_up(self, game: Game, render_mode: str | None, max_cycles: int | None, *, text: bool) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise BadOption(f"render_mode is None or one of {', '.join(RENDER_MODES)}, not {render_mode!r}")
        if max_cycles is not None and (type(max_cycles) is not int or max_cycles < 1):
            raise BadOption(f"max_cycles is None or a whole number of at least 1, not {max_cycles!r}")
        if type(text) is not bool:
            raise BadOption(f"text is True or False, not {text!r}")
        self.game, self.render_mode, self.max_cycles, self.text = game, render_mode, max_cycles, text
        self._window: Window | None = None
        self._begun = False
        self.metadata = {
            "name": f"{game.name}{game.skin and f'_{game.skin}'}_v{VERSION}",
            "render_modes": RENDER_MODES,
            "is_parallelizable": game.simultaneous,
            "render_fps": FRAMES_A_SECOND,
        }
        self.possible_agents = list(AGENTS)
        self.agents: list[str] = []
        self.observation_spaces = {agent: self._observation_space() for agent in AGENTS}
        self.action_spaces = {agent: spaces.Discrete(game.num_actions) for agent in AGENTS}
        self._paid_at_end = game.engine.get_type().reward_model == pyspiel.GameType.RewardModel.TERMINAL
        self._masks = Memo(self._mask)
        self._every_action = np.ones(game.num_actions, np.int8)
        self._luck = new_keys().luck
        self._episode = 0
        self._deal(None)

    def _observation_space(self) -> spaces.Dict:
        game, high = self.game, self.game.tensor_high()
        of: dict[str, spaces.Space[Any]] = {
            "observation": spaces.Box(np.zeros_like(high), high, dtype=np.float32),
            "action_mask": spaces.Box(0, 1, (game.num_actions,), np.int8),
        }
        if self.text:
            of[TEXT] = spaces.Text(longest_text(game, self.max_cycles), charset=string.printable)
        return spaces.Dict(of)

    def __str__(self) -> str:
        return str(self.metadata["name"])

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_window": None}  # a copy opens its own

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The same space object at each call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The same space object at each call."""
        return self.action_spaces[agent]

    def _deal(self, seed: int | None) -> None:
        """A fresh table: the deal of this seed, or the next that follows from the last seed, if any."""
        if seed is not None:
            self._luck, self._episode = new_keys(seed).luck, 0
        else:
            self._episode += 1
            seed = drawn(self._luck, self._episode)
        self._table = Table(self.game, self.game.deal(seed))
        self._earned = NOTHING
        self._chosen: dict[int, int] = {}  # by seats that wait for the other
        self._done = False

    def _mask(self, legal: tuple[int, ...]) -> NDArray[np.int8]:
        """The mask in which these actions are legal."""
        flags = bytearray(self.game.num_actions)
        for action in legal:
            flags[action] = 1
        return np.frombuffer(flags, np.int8)

    def _observe(self, agent: str) -> dict[str, Any]:
        """What this agent may know now; the arrays are the reader's own."""
        seat, table = SEAT_OF[agent], self._table
        if self._done:
            mask = self._every_action
        else:
            mask = self._masks[() if seat in self._chosen else tuple(table.legal(seat))]
        numbers = self.game.tensor(table.state, seat)
        if not self.text:
            return {"observation": numbers, "action_mask": mask.copy()}
        seen = Observation(observation=numbers, action_mask=mask.copy())
        seen.unread = table, seat, len(table.plies)
        return seen

    def _play(self) -> tuple[float, float]:
        """Play what was chosen, and return what it pays each seat."""
        table = self._table
        table.play(self._chosen)
        self._chosen.clear()
        if table.to_move:
            self._done = len(table.plies) == self.max_cycles
            if self._paid_at_end:
                return NOTHING
        else:
            self._done = True
        (first, second), self._earned = self._earned, table.earned
        return self._earned[0] - first, self._earned[1] - second

    def _infos(self) -> dict[str, dict[str, Any]]:
        first, second = AGENTS
        return {first: {"rules": self.game.rules(0)}, second: {"rules": self.game.rules(1)}}

    def render(self) -> str | NDArray[np.uint8] | None:
        """The spectator's view, hidden cards included, as the render mode says.

        Raises:
            MissingDependency: A drawing needs `pip install 'gtbench[render]'`.
            UserError: "human" needs a screen.
        """
        if self.render_mode is None:
            return None
        if self.render_mode == "ansi":
            return self.game.picture(self._table.state)
        picture = to_rgb(self.game.draw(self._table.state))
        if self.render_mode == "rgb_array":
            return picture
        self._window = self._window or Window(str(self), FRAMES_A_SECOND)
        self._window.show(picture)
        return None

    def _show(self) -> None:
        """Under "human", show what has just happened."""
        if self.render_mode == "human":
            self.render()

    def close(self) -> None:
        """Close the window, if one is open."""
        if self._window:
            self._window.close()


class _FromReset:
    """An attribute that an environment has from its first reset on."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, env: object, owner: type) -> Any:
        if env is None:
            return self
        raise AttributeError(f"{self._name} cannot be accessed before reset")


class WordsEnv(_Base, pettingzoo.AECEnv):  # type: ignore[misc]  # PettingZoo has no types
    """The AEC environment.

    Where both seats move at once they step in turn, and neither sees the other's move before both are made.
    """

    def __init__(
        self,
        game: Game,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        *,
        text: bool = True,
    ) -> None:
        self._set_up(game, render_mode, max_cycles, text=text)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start the match of the deal with this seed; without one, of the next deal."""
        self._deal(seed)
        self._begun, self.agents = True, AGENTS.copy()
        self._paid = NOTHING
        self.rewards, self._cumulative_rewards = UNPAID.copy(), UNPAID.copy()
        self.terminations, self.truncations = UNDONE.copy(), UNDONE.copy()
        self.infos = self._infos()
        self.agent_selection = AGENTS[self._table.to_move[0]]
        self._show()

    agent_selection = _FromReset()
    rewards = _FromReset()
    terminations = _FromReset()
    truncations = _FromReset()
    infos = _FromReset()

    def observe(self, agent: str) -> dict[str, Any]:
        """What this agent may know now."""
        return self._observe(agent)

    def step(self, action: int | None) -> None:
        """Play the selected agent's action; None, and only None, once the agent is done.

        Raises:
            AssertionError: PettingZoo's own, before the first `reset`.
        """
        if not self._begun:
            EnvLogger.error_step_before_reset()
        if self._done:
            self._leave(action)
            return
        agent = self.agent_selection
        seat, table, move = SEAT_OF[agent], self._table, _index(action)
        self._cumulative_rewards[agent] = 0.0
        self._chosen[seat] = move
        if len(self._chosen) < len(table.to_move) and move in table.legal(seat):
            self._pay(NOTHING)
            self.agent_selection = AGENTS[1 - seat]
            return
        try:
            paid = self._play()
        except IllegalPlay:
            self._done = True
            self._pay((0.0, -1.0) if seat else (-1.0, 0.0))
            self._end(self.terminations)
        else:
            if paid is not self._paid:  # as a rule nothing, after a step that paid nothing
                self._pay(paid)
            if self._done:
                self._end(self.terminations if table.over else self.truncations)
            else:
                self.agent_selection = AGENTS[table.to_move[0]]
        self._show()

    def _pay(self, paid: tuple[float, float]) -> None:
        """Tell both agents what a step pays them."""
        self._paid = paid
        for agent, reward in zip(AGENTS, paid, strict=True):
            self.rewards[agent] = reward
            self._cumulative_rewards[agent] += reward

    def _end(self, how: dict[str, bool]) -> None:
        """Both agents are done, and leave in the order of their seats."""
        how.update(dict.fromkeys(AGENTS, True))
        self.agent_selection = AGENTS[0]

    def _leave(self, action: int | None) -> None:
        """The selected agent's last step."""
        if action is not None:
            raise ValueError("when an agent is dead, the only valid action is None")
        agent = self.agent_selection
        self.agents.remove(agent)
        for told in (
            self.rewards, self._cumulative_rewards, self.terminations, self.truncations, self.infos
        ):  # fmt: skip
            del told[agent]
        for other in self.agents:
            self.rewards[other] = 0.0
            self.agent_selection = other


class ParallelWordsEnv(_Base, pettingzoo.ParallelEnv):  # type: ignore[misc]
    """The Parallel environment."""

    def __init__(
        self,
        game: Game,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        *,
        text: bool = True,
    ) -> None:
        self._set_up(game, render_mode, max_cycles, text=text)

    def reset(
        self,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        """Start the match of the deal with this seed; without one, of the next deal."""
        self._deal(seed)
        self._begun, self.agents = True, list(AGENTS)
        self._show()
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, int]
    ) -> tuple[
        dict[str, dict[str, Any]],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Play both agents' actions at once.

        Raises:
            AssertionError: PettingZoo's own, before the first `reset`.
        """
        if not self._begun:
            EnvLogger.error_step_before_reset()
        if not self.agents:  # the match is over
            return {}, {}, {}, {}, {}
        table = self._table
        chosen = self._chosen = {seat: _index(actions.get(agent)) for agent, seat in SEAT_OF.items()}
        offenders = [agent for agent, seat in SEAT_OF.items() if chosen[seat] not in table.legal(seat)]
        if offenders:
            self._done = True
            rewards = {agent: -1.0 if agent in offenders else 0.0 for agent in AGENTS}
        else:
            rewards = dict(zip(AGENTS, self._play(), strict=True))
        over = table.over or bool(offenders)
        cut_short = self._done and not over
        result = (
            self._observations(), rewards, dict.fromkeys(AGENTS, over), dict.fromkeys(AGENTS, cut_short),
            self._infos(),
        )  # fmt: skip
        if self._done:
            self.agents = []
        self._show()
        return result

    def _observations(self) -> dict[str, dict[str, Any]]:
        return {agent: self._observe(agent) for agent in AGENTS}
