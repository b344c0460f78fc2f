"""Names to things: games, skins, oracles, agents, models and reports, all found through entry points.

Our own packs register in `pyproject.toml` exactly as a stranger's package would. A thing's module is
imported when the thing is first asked for.

Games and agents are written in one syntax, `NAME[option=value,option=value]`, on the command line, in
tournament files and in logs. A value that is a JSON object or list may hold brackets and commas.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from gtbench.errors import BadOption, MissingDependency, UnknownName, suggestion

if TYPE_CHECKING:
    from gtbench.game import Game
    from gtbench.records import Parameter

PAPER_ORDER = (
    "tic_tac_toe", "connect_four", "breakthrough", "nim", "kuhn_poker",
    "liars_dice", "blind_auction", "negotiation", "pig", "prisoners_dilemma",
)  # fmt: skip

_NAME, _STRATEGY = re.compile(r"[^\[\]]*"), re.compile(r"[^@\[\]]*")
"""What may stand before the options: of a game, and of an agent, after which a model may come."""
_KEY, _PLAIN = re.compile(r"[^\[\],=]*=\s*"), re.compile(r"[^\[\],]*")
"""An option up to its value, and one whose value is no JSON object or list."""
_JSON = json.JSONDecoder()


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


def parse(text: str) -> tuple[str, dict[str, Parameter]]:
    """Split `NAME[option=value,...]` into the name and its options.

    Raises:
        BadOption: The text is not of that form.
    """
    text = text.strip()
    before = _before(_NAME, text)
    parts, end = _parts(text, len(before))
    if not before or end < len(text):
        raise BadOption(f"{text!r} is not of the form NAME or NAME[option=value,option=value]")
    options: dict[str, Parameter] = {}
    for part in parts:
        if not part.strip():
            continue
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key or key in options:
            raise BadOption(f"{text!r}: {part.strip()!r} is not one option=value")
        options[key] = parse_value(value)
    return before.strip(), options


def halves(text: str) -> tuple[str, str]:
    """An agent string in two: the strategy with its options, and "@PROVIDER/MODEL" or whatever follows."""
    _, end = _parts(text, len(_before(_STRATEGY, text)))
    return text[:end], text[end:]


def _before(pattern: re.Pattern[str], text: str) -> str:
    """The part of a text, perhaps empty, that fits the pattern."""
    found = pattern.match(text)
    return found[0] if found else ""


def _parts(text: str, start: int) -> tuple[list[str], int]:
    """The options as they are written in the bracket that opens at `start`, and where the text goes on.

    Without a bracket that opens there and is closed, there are none, and the text goes on there.
    """
    parts: list[str] = []
    at = start
    while text[at : at + 1] == ("," if parts else "["):
        begin = at + 1
        at = _end_of_option(text, begin)
        parts.append(text[begin:at])
    return (parts, at + 1) if parts and text[at : at + 1] == "]" else ([], start)


def _end_of_option(text: str, begin: int) -> int:
    """Where the option that begins there ends: at a comma or bracket that is not in a JSON object or list."""
    value = begin + len(_before(_KEY, text[begin:]))
    if value > begin and text[value : value + 1] in ("{", "["):
        try:
            _, end = _JSON.raw_decode(text, value)
            return end + len(text[end:]) - len(text[end:].lstrip())
        except (ValueError, RecursionError):
            pass  # a text that only begins so
    return begin + len(_before(_PLAIN, text[begin:]))


def parse_value(text: str) -> Parameter:
    """A value as written in an option: true, false, a number, or else a text."""
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def show_value(value: Parameter) -> str:
    """A value as it is written in an option; `parse_value` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def skins(game: str) -> tuple[str, ...]:
    """The names of a game's skins; each is registered as GAME.SKIN."""
    return tuple(name.removeprefix(f"{game}.") for name in names("skins") if name.startswith(f"{game}."))


def load_game(name: str, /, *, skin: str | None = None, **parameters: Parameter) -> Game:
    """A game by name, which may carry parameters and a skin: `load_game("nim[pile_sizes=2;4;6]")`.

    Raises:
        UnknownName: There is no such game.
        BadOption: The game does not take one of the parameters, or has no such skin.
    """
    plain, options = parse(name)
    options |= parameters
    written = str(options.pop("skin", ""))
    skin = written if skin is None else str(skin)
    kind = load("games", plain)
    if skin:
        if skin not in skins(plain):
            raise BadOption(f"{plain} has no skin {skin!r}{suggestion(skin, skins(plain), listed=True)}")
        kind = load("skins", f"{plain}.{skin}")
    game: Game = kind(**options)
    return game


def list_games() -> tuple[str, ...]:
    """The names of all games: ours in the paper's order, then plug-ins."""
    return names("games")
