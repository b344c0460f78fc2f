"""Between which payoffs the seats of older matches could have ended them, which their logs do not say."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.game.engine import EngineGame
from gtbench.grading.plies import at_the_end
from gtbench_leaderboards.data.lines import Lines

if TYPE_CHECKING:
    import pandas as pd

    from gtbench.game.base import Game
    from gtbench.log.read import RunLog
    from gtbench.records import PayoffRange
    from gtbench_leaderboards.data.lines import Line


def with_ranges(log: RunLog) -> pd.DataFrame:
    """The results of a log, every match with its ranges.

    Logs of format 7 say them. For others the engine does: by its bounds, or by the end of the match, which is
    then played again. A game that is not installed, or has other rules by now, stays without.
    """
    results = log.results()
    unknown = results["weight"].isna()
    lines = Lines(log) if unknown.any() else {}
    for name in results.loc[unknown, "game"].unique():
        here = unknown & (results["game"] == name)
        places = list(zip(results.loc[here, "match"], results.loc[here, "seat"], strict=True))
        found = {line.number: _ranges(line, str(name)) for line in lines[name]}
        told = [found[number][seat] if found[number] else None for number, seat in places]
        for column in ("low", "high", "weight"):
            results.loc[here, column] = [getattr(one, column, math.nan) for one in told]
    return results


def _ranges(line: Line, name: str) -> list[PayoffRange]:
    """The ranges of both seats of a match; empty where they are not known."""
    try:
        game = _loaded(name)
    except UserError:
        return []
    if type(game).payoff_range is EngineGame.payoff_range:
        return [game.payoff_range(None, seat) for seat in (0, 1)]
    try:
        return _at_the_end(line, game)
    except ValueError:
        return []


def _at_the_end(match: Line, game: Game) -> list[PayoffRange]:
    """The ranges of both seats as the end of a match gives them, forfeited matches played out.

    Raises:
        ValueError: It was played by other rules than the game has now.
    """
    table = at_the_end(match, game)
    if not table.over:
        table.forfeit(match.forfeited_by)
    return [game.payoff_range(table.state, seat) for seat in (0, 1)]


@cache
def _loaded(name: str) -> Game:
    """A game by its name, loaded once."""
    return load_game(name)
