"""Every decision of a run, from which profiles count: who decided, and how it was graded.

A decision is one seat asked for one move: a row of a data frame. A forced move, that nobody was asked for, is
none and kept apart. What a decision is counted under is its `Group`: who, and of what kind. All of it is read
from the columns of a log: see `gtbench.log.columns`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gtbench.errors import BadOption, suggestion
from gtbench.labels import LAYERS, Layer
from gtbench.log import columns
from gtbench.names import halves
from gtbench.records import PLAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Match

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]
    Flags = NDArray[np.bool_]
    Names = pd.Series[Any]  # categorical

ALL_GAMES = "all games"
ALL = "all"
NONE = "none"
NOT_GRADED = "not graded"
FEW_TOKENS, MANY_TOKENS = 100, 1000

RESULTS = ("match", "seat", "game", "agent", "deal", "reward", "opponent_reward")
DECISIONS = (
    "match", "turn", "seat", "game", "agent", "deal", "forced", "faults", "forfeited", "confidence",
    "output_tokens", "status", "phase", "regret", "stake", "error", "labels", "slips", "plies_lost", "words",
    "checkable", "sound",
)  # fmt: skip
"""The columns that are counted."""

LISTED: Mapping[Layer, str] = dict(zip(LAYERS, ("faults", "labels", "slips"), strict=True))
"""The column that lists the errors of each layer, as JSON."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The decisions of a log, and what must be known beside them."""

    rows: pd.DataFrame
    """A row a decision, in the log's order: the columns in `DECISIONS`, and these.

    ahead        whether the seat earned more than its opponent in the end
    criticality  how much was at stake, beside the most in any decision of the game
    cell         the place of its game and deal in `cells`: decisions on one deal share its luck
    """
    forced: pd.DataFrame
    """The same of the moves that were played without asking, since there was no other."""
    cells: tuple[tuple[str, int], ...]
    """Every game and deal of a decision or a forced move, games in the log's order, deals by number."""
    deals: Mapping[str, int]
    """How many deals of each game were played, in the order in which games first stand in the log."""
    most: Mapping[str, float]
    """The largest stake of any decision of each game, in the game's own units; 0 where none was graded."""
    players: tuple[tuple[str, str], ...]
    """Who played which game, asked or not, in the order of matches and seats."""

    @property
    def games(self) -> list[str]:
        """The games, in the log's order."""
        return [*self.deals]

    @property
    def fewest(self) -> int:
        """The deals of the game that has fewest."""
        return min(self.deals.values(), default=0)

    def sums(self, found: pd.DataFrame, values: Any) -> dict[tuple[str, int], float]:
        """The sum of something over some of the decisions on each deal that has any.

        Args:
            found: Some of the rows.
            values: One each.
        """
        cell = found["cell"].to_numpy()
        total = np.bincount(cell, np.asarray(values, np.float64), len(self.cells))
        return {self.cells[i]: total[i] for i in np.flatnonzero(np.bincount(cell)).tolist()}


def of_log(log: RunLog) -> Counted:
    """The decisions of a log."""
    return _counted(log.results(*RESULTS), log.decisions(*DECISIONS))


def of_records(matches: Sequence[Match], grades: Mapping[int, Sequence[Grade]] | None = None) -> Counted:
    """The decisions of some matches, with their grades by the matches' numbers."""
    names = (
        [column.name for column in each] for each in (columns.RESULTS, columns.DECISIONS, columns.GRADED)
    )
    in_results, in_decisions, in_grades = names
    results = [row for match in matches for row in columns.results(match)]
    decided = []
    for match in matches:
        graded = {turn: row for turn, *row in columns.graded((grades or {}).get(match.number, ()))}
        for row in columns.decisions(match):
            known = dict(zip(in_decisions, row, strict=True))
            decided.append(known | dict(zip(in_grades, graded.get(known["turn"], ()), strict=False)))
    return _counted(
        pd.DataFrame(results, columns=in_results), pd.DataFrame(decided, columns=[*in_decisions, *in_grades])
    )


def _counted(results: pd.DataFrame, decided: pd.DataFrame) -> Counted:
    """The decisions in the columns of a log."""
    game, agent = (_names(results[name]).cat for name in ("game", "agent"))
    rows = decided.reset_index(drop=True)
    rows["game"] = pd.Categorical(rows["game"], categories=game.categories)
    rows["agent"] = pd.Categorical(rows["agent"], categories=agent.categories)
    for name in (*LISTED.values(), "status", "phase"):
        rows[name] = _names(rows[name])
    for name in ("confidence", "regret", "stake", "plies_lost", "words", "checkable", "sound"):
        rows[name] = rows[name].astype(np.float64)
    rows["error"] = rows["error"].astype("boolean").fillna(value=False).to_numpy(bool)
    rows["ahead"] = _ahead(results, rows)
    rows["criticality"] = _criticality(rows)
    rows["cell"], cells = _cells(rows)
    deals = results["deal"].groupby(game.codes).nunique()
    most = rows.groupby("game", observed=False)["stake"].max().fillna(0.0)
    players = dict.fromkeys(zip(agent.codes.tolist(), game.codes.tolist(), strict=True))
    forced = rows["forced"].to_numpy(bool)
    return Counted(
        rows=rows[~forced].reset_index(drop=True),
        forced=rows[forced].reset_index(drop=True),
        cells=tuple((game.categories[place], deal) for place, deal in cells),
        deals={name: int(deals[place]) for place, name in enumerate(game.categories)},
        most={str(name): float(stake) for name, stake in most.items()},
        players=tuple((agent.categories[who], game.categories[which]) for who, which in players),
    )


def _names(column: pd.Series) -> Names:
    """A column of names, its categories in the order in which they first stand in it."""
    codes, names = pd.factorize(column)
    return _coded(codes, list(names))


def _coded(codes: Any, names: Sequence[str]) -> Names:
    """Names by their codes; -1 is none."""
    kind: Any = pd.CategoricalDtype(pd.Series(names, dtype=object))
    return pd.Series(pd.Categorical.from_codes(np.asarray(codes, np.intp), dtype=kind))


def _ahead(results: pd.DataFrame, rows: pd.DataFrame) -> Flags:
    """Whether the seat of each decision earned more than its opponent in the end."""
    match, numbers = pd.factorize(results["match"])
    ahead = np.zeros((len(numbers), PLAYERS), bool)
    ahead[match, results["seat"].to_numpy(np.intp)] = results["reward"] > results["opponent_reward"]
    found: Flags = ahead[pd.Index(numbers).get_indexer(rows["match"]), rows["seat"].to_numpy(np.intp)]
    return found


CRITICALITY = (NOT_GRADED, "nothing at stake", "little at stake", "much at stake")


def _criticality(rows: pd.DataFrame) -> Names:
    """How much is at stake in each decision, beside the most in any decision of its game."""
    stake = rows["stake"]
    most = stake.groupby(rows["game"], observed=True).transform("max")
    codes = np.select([stake.isna(), stake == 0, stake <= most / 2], [0, 1, 2], 3)
    return _coded(codes, CRITICALITY)


def _cells(rows: pd.DataFrame) -> tuple[Places, list[tuple[int, int]]]:
    """The place of each decision's game and deal among those that there are, and these, in order."""
    game, deal = rows["game"].cat.codes.to_numpy(np.int64), rows["deal"].to_numpy(np.int64)
    order = np.lexsort((deal, game))
    pairs = np.stack([game[order], deal[order]], axis=1)
    new = np.ones(len(pairs), bool)
    new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    places = np.empty(len(pairs), np.intp)
    places[order] = np.cumsum(new) - 1
    return places, [(which, number) for which, number in pairs[new].tolist()]


def counts(column: pd.Series, *, once: bool = True) -> Counter[str]:
    """How many decisions hold each name in a column of lists, in the order in which names first come up.

    Args:
        column: Of lists in JSON.
        once: Whether a name that stands in a list twice counts once.
    """
    codes, held = pd.factorize(column)
    found: Counter[str] = Counter()
    for times, listed in zip(np.bincount(codes[codes >= 0]).tolist(), held, strict=True):
        names = json.loads(listed)
        for name in dict.fromkeys(names) if once else names:
            found[name] += times
    return found


def holding(column: pd.Series, name: str) -> Flags:
    """Whether each list of a column, in JSON, holds a name."""
    codes, held = pd.factorize(column)
    found: Flags = np.array([*(name in json.loads(listed) for listed in held), False])[codes]
    return found


class Group(NamedTuple):
    """What decisions are counted under."""

    who: str
    kind: str


def _strategy(agent: str) -> str:
    return halves(agent)[0].partition("[")[0]


def _model(agent: str) -> str:
    return halves(agent)[1][1:] or NONE


def _pooled(rows: pd.DataFrame, name: Callable[[str], str]) -> Names:
    """Who decided, agents of one name together."""
    names = pd.Series([name(agent) for agent in rows["agent"].cat.categories], dtype=object)
    return _names(names[rows["agent"].cat.codes].reset_index(drop=True))


def _spent(rows: pd.DataFrame) -> Names:
    """How many tokens were written."""
    few, some = f"under {FEW_TOKENS} tokens", f"{FEW_TOKENS} to {MANY_TOKENS - 1} tokens"
    kinds = ["no tokens", few, some, f"{MANY_TOKENS} and more"]
    return _coded(np.digitize(rows["output_tokens"], [1, FEW_TOKENS, MANY_TOKENS]), kinds)


def _phase(rows: pd.DataFrame) -> Names:
    """The third of the match; the code of what is not known, -1, is the last."""
    kinds = [*rows["phase"].cat.categories, NOT_GRADED]
    return _coded(rows["phase"].cat.codes % len(kinds), kinds)


def _seat(rows: pd.DataFrame) -> Names:
    return _coded(rows["seat"], [f"player_{seat}" for seat in range(PLAYERS)])


BY: Mapping[str, Callable[[pd.DataFrame], tuple[Names, Names]]] = {
    "game": lambda rows: (rows["agent"], rows["game"]),
    "phase": lambda rows: (rows["agent"], _phase(rows)),
    "criticality": lambda rows: (rows["agent"], rows["criticality"]),
    "seat": lambda rows: (rows["agent"], _seat(rows)),
    "tokens": lambda rows: (rows["agent"], _spent(rows)),
    "strategy": lambda rows: (_pooled(rows, _strategy), rows["game"]),
    "model": lambda rows: (_pooled(rows, _model), rows["game"]),
}
"""What decisions can be told apart by: from the rows to who each is counted under, and to its kind; by
strategy and by model those of several agents are pooled."""


def grouped(rows: pd.DataFrame, by: str) -> dict[Group, Places]:
    """The places of each group's decisions: for everybody all of them first, then each kind.

    Raises:
        BadOption: There is no such way to tell decisions apart.
    """
    if by not in BY:
        raise BadOption(f"decisions cannot be told apart by {by!r}{suggestion(by, BY)}")
    who, kind = BY[by](rows)
    found = {}
    for name, own in _places(who, np.arange(len(rows))):
        found[Group(name, whole(by))] = own
        found |= {Group(name, one): places for one, places in _places(kind, own)}
    return found


def _places(names: Names, places: Places) -> Iterator[tuple[str, Places]]:
    """Of some places those of each name, in the order in which names first come up."""
    codes = names.cat.codes.to_numpy()[places]
    for code in pd.unique(codes).tolist():
        yield names.cat.categories[code], places[codes == code]


def whole(by: str) -> str:
    """What all kinds together are called."""
    return ALL_GAMES if by in ("game", "strategy", "model") else ALL
