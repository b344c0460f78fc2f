"""gtbench: a gym for the strategic reasoning of language models.

This is the one public door. Each name is imported when it is first used, so that `import gtbench` is
instant and loads no engine and no SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gtbench._version import __version__
from gtbench.env.pettingzoo import register_with_pettingzoo

if TYPE_CHECKING:
    from gtbench.agent.spec import Agent, AgentSpec, Decision, load_agent
    from gtbench.catalogue import list_games, load_game
    from gtbench.env.environments import make, parallel_env
    from gtbench.errors import GtbenchError, UserError, WorldError
    from gtbench.game.base import Game
    from gtbench.game.deal import Deal
    from gtbench.game.table import Table
    from gtbench.game.view import View
    from gtbench.log.read import RunLog, open_log
    from gtbench.match import play_sync as play
    from gtbench.records import Match
    from gtbench.schedule import Tournament
    from gtbench.tournament.run import resume, run

_HOMES = {  # public name: its module, and its name there where that differs
    "Agent": "agent.spec",
    "AgentSpec": "agent.spec",
    "Deal": "game.deal",
    "Decision": "agent.spec",
    "Game": "game.base",
    "GtbenchError": "errors",
    "Match": "records",
    "RunLog": "log.read",
    "Table": "game.table",
    "Tournament": "schedule",
    "UserError": "errors",
    "View": "game.view",
    "WorldError": "errors",
    "list_games": "catalogue",
    "load_agent": "agent.spec",
    "load_game": "catalogue",
    "make": "env.environments",
    "open_log": "log.read",
    "parallel_env": "env.environments",
    "play": "match:play_sync",
    "resume": "tournament.run",
    "run": "tournament.run",
}

__all__ = [
    "Agent",
    "AgentSpec",
    "Deal",
    "Decision",
    "Game",
    "GtbenchError",
    "Match",
    "RunLog",
    "Table",
    "Tournament",
    "UserError",
    "View",
    "WorldError",
    "__version__",
    "list_games",
    "load_agent",
    "load_game",
    "make",
    "open_log",
    "parallel_env",
    "play",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    """A public name, from the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute or name)


def __dir__() -> list[str]:
    return __all__


register_with_pettingzoo()
