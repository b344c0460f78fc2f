"""Names to things: games, agents, model providers, reports and formats, as packs list them.

A distribution registers a pack with one line in its `pyproject.toml`, a stranger's as our own:

    [project.entry-points.gtbench]
    my_pack = "my_package:PACK"

The pack's module is imported when a name is first looked for, so it should hold little; a thing's own module
is imported when the thing is first asked for.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from importlib.abc import SourceLoader
from importlib.metadata import entry_points
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.errors import MissingDependency, TwicePresent, UnknownName
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import Distribution, EntryPoint

GROUP = "gtbench"
"""The group of entry points whose lines are packs, and the name of the distribution that is listed first."""

KINDS = {
    "games": "game",
    "agents": "agent",
    "models": "model provider",
    "reports": "report",
    "formats": "format",
    "sites": "site",
}
"""The kinds of things in a pack, and what one of each is called."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What a distribution brings: by kind, names and the things behind them as "module:attribute"."""

    games: Mapping[str, str] = field(default_factory=dict)
    """Subclasses of `gtbench.Game`, each of which names its own oracle and skins."""
    agents: Mapping[str, str] = field(default_factory=dict)
    """Classes with a method `act`, or functions of a view."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Objects of `gtbench.models.Provider`."""
    reports: Mapping[str, str] = field(default_factory=dict)
    """Functions of a run log, and of options, that return a `gtbench.report.Report`."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Functions of a report's name, `gtbench.report.Page`s and a width, that return a text."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """Functions of a run log and a folder, that write pages into it."""


class _Listed(NamedTuple):
    """A thing in a pack."""

    where: str  # module:attribute
    by: str  # the distribution and its version


@cache
def _packs() -> tuple[tuple[str, Pack], ...]:
    """Every pack with the distribution that brings it: our own first, then by name."""
    entries = sorted(entry_points(group=GROUP), key=lambda entry: (not _ours(entry), entry.name))
    return tuple((_called(entry.dist), _pack(entry)) for entry in entries)


def _ours(entry: EntryPoint) -> bool:
    return entry.dist is not None and entry.dist.name == GROUP


def _called(dist: Distribution | None) -> str:
    """A distribution and its version; empty where that is not known."""
    return f"{dist.name} {dist.version}" if dist else ""


def _pack(entry: EntryPoint) -> Pack:
    """The pack that an entry point names."""
    by = f"{_called(entry.dist)} registers the pack {entry.value}, which"
    try:
        pack = entry.load()
    except Exception as error:
        why = f"cannot be loaded: {type(error).__name__}: {line(error)}"
        raise MissingDependency(f"{by} {why}; update or uninstall it") from error
    if not isinstance(pack, Pack):
        raise MissingDependency(f"{by} is no gtbench.registry.Pack; update or uninstall it")
    return pack


@cache
def _found(kind: str) -> Mapping[str, _Listed]:
    """All things of one kind, by name, in the order of the packs."""
    found: dict[str, _Listed] = {}
    for by, pack in _packs():
        for name, where in getattr(pack, kind).items():
            if name in found:
                raise TwicePresent(KINDS[kind], name, found[name].by, by)
            found[name] = _Listed(where, by)
    return found


def names(kind: str) -> tuple[str, ...]:
    """Every registered name of a kind: our own as our packs list them, plug-ins after them."""
    return tuple(_found(kind))


def load(kind: str, name: str) -> Any:
    """The registered thing, imported now if it was not before.

    Raises:
        UnknownName: Nothing of that kind is registered under the name.
        MissingDependency: Its module, or a pack, cannot be imported.
        TwicePresent: Two packs register one name.
    """
    if name not in _found(kind):
        raise UnknownName(KINDS[kind], name, names(kind))
    return imported(name, _found(kind)[name].where, _found(kind)[name].by)


def imported(name: str, where: str, by: str = "") -> Any:
    """The thing at "module:attribute", which a user knows by a name.

    Args:
        name: The name, for the error.
        where: Its place.
        by: The distribution that says so, for the error.

    Raises:
        MissingDependency: It cannot be imported.
    """
    said = f"{name} is registered{f' by {by}' if by else ''} as {where}, which"
    try:
        return resolve_name(where)
    except ModuleNotFoundError as error:
        why = f"needs the package {error.name!r}, which is not installed"
        raise MissingDependency(f"{said} {why}") from error
    except AttributeError as error:
        raise MissingDependency(f"{said} is not there: {line(error)}") from error
    except Exception as error:
        raise MissingDependency(f"{said} cannot be loaded: {type(error).__name__}: {line(error)}") from error


def summary(kind: str, name: str) -> str:
    """The first sentence of a function's docstring, read from its source, of which nothing is run.

    Empty where there is none to be read.
    """
    where, _, attribute = _found(kind)[name].where.partition(":")
    try:
        spec = find_spec(where)
        source = spec.loader.get_source(where) if spec and isinstance(spec.loader, SourceLoader) else None
        tree = ast.parse(source or "")
    except (ImportError, SyntaxError, ValueError):
        return ""
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == attribute)
    return next((ast.get_docstring(node) or "" for node in found), "").partition("\n")[0]


def distribution(kind: str, name: str) -> str:
    """The package that registered a name, and its version; empty where that is not known."""
    return _found(kind)[name].by if name in _found(kind) else ""
