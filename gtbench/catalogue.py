"""The games that there are, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench import names, registry
from gtbench.errors import BadOption, suggestion

if TYPE_CHECKING:
    from gtbench.game.base import Game
    from gtbench.records import Parameter


def load_game(name: str, /, *, skin: str | None = None, **parameters: Parameter) -> Game:
    """A game by name, which may carry parameters and a skin: `load_game("nim[pile_sizes=2;4;6]")`.

    Raises:
        UnknownName: There is no such game.
        BadOption: The game does not take one of the parameters, or has no such skin.
    """
    plain, options = names.parse(name)
    options |= parameters
    written = str(options.pop("skin", ""))
    skin = written if skin is None else str(skin)
    kind = registry.load("games", plain)
    if skin:
        if skin not in kind.skin_classes:
            raise BadOption(f"{plain} has no skin {skin!r}{suggestion(skin, kind.skins(), listed=True)}")
        kind = registry.imported(f"{plain}[skin={skin}]", kind.skin_classes[skin])
    game: Game = kind(**options)
    return game


def list_games() -> tuple[str, ...]:
    """The names of all games: ours first, then plug-ins."""
    return registry.names("games")
