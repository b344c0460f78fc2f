"""Verbs for games and agents of one's own: check one, begin a new one."""

from __future__ import annotations

import keyword
import re
from importlib.metadata import Distribution
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.options import ListsCommand
from gtbench.errors import BadOption, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""What may be a module, a distribution and an agent's name at once."""

SKELETON = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "pack.py": "$name/__init__.py",
    "agent.py": "$name/agent.py",
    "test_agent.py": "tests/test_$name.py",
}
"""The files under new_agent/, less the ending .txt, and where they go."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command(cls=ListsCommand)(check)
    new = typer.Typer(no_args_is_help=True, help="Begin a package of your own: an agent.")
    new.callback()(lambda: None)
    new.command(name="agent")(new_agent)
    app.add_typer(new, name="new")


def check(
    name: Annotated[
        str,
        typer.Argument(help="A game, or an agent: nim, mcts, ./my_agent.py:Bold, 'exec:node bot.js'"),
    ],
    *,
    positions: Annotated[
        int | None,
        typer.Option(
            min=1, help="Of a game: positions to look at, 4000 unless said; a smaller tree is walked whole."
        ),
    ] = None,
    games: Annotated[
        list[str] | None,
        typer.Option(help="Of an agent: the games to check it in; unless said, a few small ones."),
    ] = None,
    deals: Annotated[
        int | None, typer.Option(min=1, help="Of an agent: deals of each game, 2 unless said.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The luck of the matches.")] = 0,
) -> None:
    """Check a game or an agent, yours too.

    A game: secrets, memory, words, luck, PettingZoo. An agent: legal answers in form and in time, no state
    shared between matches, nothing read beyond its view. One on a model asks it, some hundred times.
    """
    from gtbench import registry

    plain = name.partition("[")[0].strip()
    settings = {"positions": positions, "games": games, "deals": deals}
    if plain in registry.names("games"):
        from gtbench.check import check_game

        findings = check_game(name, seed=seed, **_said(settings, "positions"))
    elif plain in registry.names("agents") or any(mark in name for mark in ":@/"):
        from gtbench.check import check_agent

        findings = check_agent(name, seed=seed, **_said(settings, "games", "deals"))
    else:
        raise UnknownName("game or agent", plain, [*registry.names("games"), *registry.names("agents")])
    for finding in findings:
        typer.echo(f"ok  {finding.name}: {finding.evidence}")
    typer.echo(f"{name} holds all that every {'game' if plain in registry.names('games') else 'agent'} must.")


def _said(settings: Mapping[str, object], *fitting: str) -> dict[str, Any]:
    """The settings that were given, all of which must fit what is checked."""
    said = {key: value for key, value in settings.items() if value is not None}
    for key in said.keys() - set(fitting):
        raise typer.BadParameter(f"--{key} is not for {'a game' if 'positions' in fitting else 'an agent'}")
    return said


def _is_taken(module: str) -> bool:
    """Whether something is installed that a package of this name would hide, or replace."""
    return find_spec(module) is not None or bool([*Distribution.discover(name=module)])


def new_agent(
    name: Annotated[str, typer.Argument(help="Its name: small letters, digits and _.", metavar="NAME")],
) -> None:
    """Write a package with an agent and a test into ./NAME.

    It is to be installed and changed.
    """
    from gtbench import registry
    from gtbench._version import __version__

    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadOption(f"{name!r} is no name for an agent: use small letters, digits and _, as in my_agent")
    folder = Path(name)
    if folder.exists():
        raise BadOption(f"./{name} exists already: choose another name, or remove it")
    if name in registry.names("agents") or _is_taken(name):
        raise BadOption(f"{name!r} is taken: choose another name")
    words = {
        "name": name,
        "project": name.replace("_", "-"),
        "kind": "".join(map(str.capitalize, name.split("_"))),
        "version": __version__,
    }
    for source, target in SKELETON.items():
        text = (files("gtbench.cli") / "new_agent" / f"{source}.txt").read_text(encoding="utf-8")
        path = folder / Template(target).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(words), encoding="utf-8")
    typer.echo(f"./{name} is a package with an agent that plays at random. Go on with:")
    for command in (f"pip install -e ./{name}", f"gtbench check {name}", f"python -m pytest {name}"):
        typer.echo(f"  {command}")
