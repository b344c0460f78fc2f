"""The verb about games: it lists them, or shows one."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.tables import print_rows, usable
from gtbench.names import show_value
from gtbench.report import Column

if TYPE_CHECKING:
    from gtbench.game.base import Game
    from gtbench.records import Parameter


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(games)


def games(
    game: Annotated[
        str | None, typer.Argument(help="A game, such as nim or nim[skin=stone_jars].", metavar="[GAME]")
    ] = None,
) -> None:
    """List the games, or show one: card, settings, skins, rules."""
    from gtbench.catalogue import list_games, load_game

    if game:
        _show(load_game(game))
        return
    print_rows(
        usable(list_games(), load_game).values(),
        Column("name", title="game", key=True),
        Column("title"),
        Column("engine_type", title="engine's type"),
        Column("paper_class", title="paper's class"),
        Column("abilities"),
    )
    typer.echo("gtbench games NAME shows a game's card, settings, skins and rules.")


def _show(game: Game) -> None:
    """A game's card, parameters and rules."""
    card = inspect.getdoc(sys.modules[type(game).__module__]) or game.title
    typer.echo(f"{card}\n")
    typer.echo(f"type      {game.engine_type}")
    typer.echo(f"paper     {game.paper_class}; abilities: {', '.join(game.abilities) or 'none named'}")
    typer.echo(f"score     own payoff as a share of what is between {game.range_text}")
    for name, value in game.parameters.items():
        span = f"   ({_span(game.allowed[name])})" if name in game.allowed else ""
        typer.echo(f"setting   {name}={show_value(value)}{span}")
    for variant in game.variants:
        typer.echo(f"variant   {game.name}[{variant}]")
    for skin in game.skins():
        typer.echo(f"skin      {game.name}[skin={skin}]")
    typer.echo(f"\nThe rules as player_0 reads them:\n\n{game.rules(0)}")


def _span(allowed: tuple[Parameter, ...]) -> str:
    """What a parameter may be."""
    low, high = allowed[0], allowed[-1]
    if isinstance(low, str | bool):
        return " or ".join(map(show_value, allowed))
    return f"{low} to {high}"
