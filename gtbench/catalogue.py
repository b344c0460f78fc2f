"""The games that there are, by name."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from gtbench import names, registry
from gtbench.errors import BadOption, BrokenGame, UserError, suggestion
from gtbench.labels import ABOUT, About
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.game.base import Game
    from gtbench.records import Parameter


def load_game(name: str, /, *, skin: str | None = None, **parameters: Parameter) -> Game:
    """A game by name, which may carry parameters and a skin: `load_game("nim[pile_sizes=2;4;6]")`.

    Raises:
        UnknownName: There is no such game.
        BadOption: The game does not take one of the parameters, or has no such skin.
        BrokenGame: Its pack is wrong about it, or its own code fails.
    """
    plain, options = names.parse(name)
    options |= parameters
    written = str(options.pop("skin", ""))
    skin = written if skin is None else str(skin)
    kind = _class(plain)
    if skin:
        kind = _skin(kind, skin)
    try:
        game: Game = kind(**options)
    except UserError:
        raise
    except Exception as error:
        raise _broken(plain, f"cannot be made: {type(error).__name__}: {line(error)}") from error
    return game


def _class(name: str) -> type[Game]:
    """The class of a game, which has the name that it is listed under.

    A run log names games as their classes do, so that another name could never be found again.
    """
    from gtbench.game.base import Game

    kind = registry.load("games", name)
    if not (isinstance(kind, type) and issubclass(kind, Game)):
        raise _broken(name, "is no subclass of gtbench.Game")
    if (called := getattr(kind, "name", "")) != name:
        raise _broken(name, f"calls itself {called!r}: list it under its own name")
    return kind


def _skin(game: type[Game], skin: str) -> type[Game]:
    """The class of a skin of a game."""
    if skin not in game.skin_classes:
        raise BadOption(f"{game.name} has no skin {skin!r}{suggestion(skin, game.skins(), listed=True)}")
    kind: type[Game] = registry.imported(f"{game.name}[skin={skin}]", game.skin_classes[skin])
    if (called := (kind.name, kind.skin)) != (game.name, skin):
        raise _broken(game.name, f"lists a skin {skin!r} that calls itself {called[1]!r} of {called[0]!r}")
    return kind


def _broken(name: str, why: str) -> BrokenGame:
    """What is wrong with a game, and whose it is."""
    by = registry.distribution("games", name)
    return BrokenGame(f"the game {name}{f', of {by},' if by else ''} {why}")


def labels_of(*games: str) -> Mapping[str, About]:
    """Every label that can stand in the matches of some games, and what it means in them.

    Args:
        games: By their names in a log; one that is not installed brings no labels of its own.
    """
    found: defaultdict[str, dict[About, None]] = defaultdict(dict)
    for game in games:
        try:
            own = _class(names.parse(game)[0]).labels
        except UserError:
            continue
        for label, about in own.items():
            if label not in ABOUT:
                found[label][about] = None
    return {**ABOUT, **{label: _together(list(abouts)) for label, abouts in found.items()}}


def _together(abouts: Sequence[About]) -> About:
    """What a label means that several games bring."""
    papers = {about.paper for about in abouts}
    return About(
        "; or: ".join(about.meaning for about in abouts),
        papers.pop() if len(papers) == 1 else None,
        any(about.of_opponents for about in abouts),
    )


def list_games() -> tuple[str, ...]:
    """The names of all games: ours first, then plug-ins."""
    return registry.names("games")


def quick_games() -> tuple[str, ...]:
    """The games in which an agent of all games is checked; one that is broken is none of them."""
    found = []
    for name in list_games():
        with suppress(UserError):
            found += [name] if _class(name).quick else []
    return tuple(found)
