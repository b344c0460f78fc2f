"""Names to things: games, skins, oracles, agents, models and reports, all found through entry points.

Our own packs register in `pyproject.toml` exactly as a stranger's package would. A thing's module is
imported when the thing is first asked for.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from gtbench.errors import MissingDependency, UnknownName

PAPER_ORDER = (
    "tic_tac_toe", "connect_four", "breakthrough", "nim", "kuhn_poker",
    "liars_dice", "blind_auction", "negotiation", "pig", "prisoners_dilemma",
)  # fmt: skip


@cache
def _found(kind: str) -> dict[str, EntryPoint]:
    """The entry points of one kind ("games", "skins", "oracles", "agents", "models", "reports"), by name."""
    return {entry.name: entry for entry in entry_points(group=f"gtbench.{kind}")}


def names(kind: str) -> tuple[str, ...]:
    """Every registered name of a kind; games in the paper's order, plug-ins after them."""
    found = _found(kind)
    ours = [name for name in PAPER_ORDER if name in found] if kind == "games" else []
    return (*ours, *sorted(found.keys() - set(ours)))


def load(kind: str, name: str) -> Any:
    """The registered thing, imported now if it was not before.

    Raises:
        UnknownName: Nothing of that kind is registered under the name.
        MissingDependency: Its module needs a package that is not installed.
    """
    entry = _found(kind).get(name)
    if entry is None:
        raise UnknownName({"models": "model provider"}.get(kind, kind.removesuffix("s")), name, names(kind))
    try:
        return entry.load()
    except ModuleNotFoundError as error:
        raise MissingDependency(f"{name} needs the package {error.name!r}, which is not installed") from error
    except AttributeError as error:
        raise MissingDependency(
            f"{name} is registered as {entry.value}, which is not there: {error}"
        ) from error
    except Exception as error:
        raise MissingDependency(
            f"{name} is registered as {entry.value}, which cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def distribution(kind: str, name: str) -> str:
    """The package that registered a name, and its version; empty where that is not known."""
    entry = _found(kind).get(name)
    return f"{entry.dist.name} {entry.dist.version}" if entry and entry.dist else ""


def skins(game: str) -> tuple[str, ...]:
    """The names of a game's skins; each is registered as GAME.SKIN."""
    return tuple(name.removeprefix(f"{game}.") for name in names("skins") if name.startswith(f"{game}."))
