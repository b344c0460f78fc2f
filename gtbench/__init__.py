"""gtbench: a gym for the strategic reasoning of language models.

This is the one public door. Each name is imported when it is first used, so that `import gtbench` is
instant and loads no engine and no SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gtbench._version import __version__
from gtbench.zoo import register_with_pettingzoo

if TYPE_CHECKING:
    from gtbench.agent import Agent, AgentSpec, Decision, load_agent
    from gtbench.catalogue import list_games, load_game
    from gtbench.env import make, parallel_env
    from gtbench.errors import GtbenchError, UserError, WorldError
    from gtbench.game import Deal, Game
    from gtbench.match import play_sync as play
    from gtbench.records import Match
    from gtbench.schedule import Tournament
    from gtbench.store import RunLog, open_log
    from gtbench.table import Table, View
    from gtbench.tournament import resume, run

_HOMES = {  # public name: its module, and its name there where that differs
    "Agent": "agent",
    "AgentSpec": "agent",
    "Deal": "game",
    "Decision": "agent",
    "Game": "game",
    "GtbenchError": "errors",
    "Match": "records",
    "RunLog": "store",
    "Table": "table",
    "Tournament": "schedule",
    "UserError": "errors",
    "View": "table",
    "WorldError": "errors",
    "list_games": "catalogue",
    "load_agent": "agent",
    "load_game": "catalogue",
    "make": "env",
    "open_log": "store",
    "parallel_env": "env",
    "play": "match:play_sync",
    "resume": "tournament",
    "run": "tournament",
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
