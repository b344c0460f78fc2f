"""Games in their original words and in other ones, side by side: the same tree, luck and deals.

A game is written `GAME[option=value,skin=NAME]`; without the skin it is the game in its original words. Its
deals have the same luck in both, so that both can be compared deal by deal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.errors import BadOption
from gtbench.names import parse, show_value

if TYPE_CHECKING:
    import pandas as pd

SKIN = "skin"
ORIGINAL, DISGUISED = "original", "disguised"


def unskinned(game: str) -> tuple[str, bool]:
    """A game in its original words, and whether it was in other ones."""
    try:
        name, options = parse(game)
    except BadOption:
        return game, False
    other = options.pop(SKIN, "") != ""
    left = ",".join(f"{key}={show_value(value)}" for key, value in options.items())
    return (f"{name}[{left}]" if left else name), other


def by_skin(results: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """The results of the games that were played both ways, each agent as two: one for either words.

    Args:
        results: As `RunLog.results()` gives them.

    Returns:
        The results, in which a skin's matches are of its game; and by the agents' new names, who each is and
        `ORIGINAL` or `DISGUISED`.
    """
    known = {game: unskinned(game) for game in dict.fromkeys(results["game"].astype(str))}
    plain = {game for game, (_, other) in known.items() if not other}
    there = {name for name, other in known.values() if other} & plain
    kept = results[results["game"].astype(str).map(lambda game: known[game][0] in there).astype(bool)]
    words = kept["game"].astype(str).map(lambda game: DISGUISED if known[game][1] else ORIGINAL)
    names = {side: kept[side].astype(str) + "\n" + words for side in ("agent", "opponent")}
    found = kept.assign(game=kept["game"].astype(str).map(lambda game: known[game][0]), **names)
    return found, {name: (name.split("\n")[0], name.split("\n")[1]) for name in names["agent"].unique()}
