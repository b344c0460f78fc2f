"""Every decision of a run as one flat list, from which profiles count: who decided, and how it was graded.

A decision is one seat asked for one move. What it is counted under is its `Group`: who, and of what kind. All
of it is read from the columns of a log (`gtbench.log.columns`), no record among them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.errors import BadOption, suggestion
from gtbench.labels import LAYERS, Layer
from gtbench.log import columns
from gtbench.names import halves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Match

ALL_GAMES = "all games"
ALL = "all"
NONE = "none"
FEW_TOKENS, MANY_TOKENS = 100, 1000

RESULTS = ("match", "seat", "game", "agent", "deal", "reward", "opponent_reward")
DECISIONS = (
    "match", "turn", "seat", "game", "agent", "deal", "faults", "forfeited", "confidence", "output_tokens",
    "status", "phase", "regret", "stake", "error", "labels", "slips",
)  # fmt: skip
"""The columns that are counted."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One seat asked for one move."""

    match: int
    turn: int  # its place in the match, from 0
    seat: int
    game: str
    agent: str
    deal: int
    faults: tuple[str, ...]  # the kinds of its faulty answers, in order
    forfeit: bool  # whether the seat forfeited the match here
    confidence: float | None  # stated with the answer that counted
    tokens: int  # written for it, hidden reasoning included
    ahead: bool  # whether the seat earned more than its opponent in the end
    status: str | None  # graded, undecided or no move; None where the match has not been graded
    phase: str | None
    regret: float | None  # what was given away for certain; None unless graded
    at_stake: float | None  # how much the choice decided; None unless graded
    error: bool  # whether the move was none of the best ones
    play: tuple[str, ...]  # its errors of play
    reasoning: tuple[str, ...]  # its errors of reasoning
    most: float  # the largest stake of any decision in this game, in the game's own units

    @property
    def cell(self) -> tuple[str, int]:
        """The game and the deal: decisions on one deal share its luck."""
        return self.game, self.deal

    @property
    def stake(self) -> float:
        """How much the choice decided; 0 unless graded."""
        return self.at_stake or 0.0

    @property
    def criticality(self) -> str:
        """How much was at stake, beside the most that was at stake in any decision of the game."""
        if self.at_stake is None:
            return "not graded"
        if not self.at_stake:
            return "nothing at stake"
        return "much at stake" if self.at_stake > self.most / 2 else "little at stake"

    def labels(self, layer: Layer) -> tuple[str, ...]:
        """Each error of a layer that was made in it, once."""
        faults, play, _ = LAYERS
        if layer == faults:
            return tuple(dict.fromkeys(self.faults))
        return self.play if layer == play else self.reasoning


@dataclass(frozen=True, slots=True)
class Counted:
    """The decisions of a log, and what must be known beside them."""

    decisions: tuple[Decision, ...]
    deals: Mapping[str, int]
    """How many deals of each game were played, in the order in which games first stand in the log."""
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


def of_log(log: RunLog) -> Counted:
    """The decisions of a log."""
    return _counted(log.results(*RESULTS), log.decisions(*DECISIONS))


def of_records(matches: Sequence[Match], grades: Mapping[int, Sequence[Grade]] | None = None) -> Counted:
    """The decisions of some matches, with their grades by the matches' numbers."""
    import pandas as pd

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
    games = list(dict.fromkeys(_texts(results["game"])))
    deals = results.groupby("game", observed=True)["deal"].nunique()
    most = decided.groupby("game", observed=True)["stake"].max().fillna(0.0)
    ahead = (results["reward"] > results["opponent_reward"]).to_numpy(bool)
    won = dict(zip(zip(results["match"], results["seat"], strict=True), ahead.tolist(), strict=True))
    asked = [decided[name].tolist() for name in ("match", "turn", "seat")]
    in_game = _texts(decided["game"])
    rows = zip(
        *asked,
        in_game,
        _texts(decided["agent"]),
        decided["deal"].tolist(),
        _lists(decided["faults"]),
        decided["forfeited"].tolist(),
        _numbers(decided["confidence"]),
        decided["output_tokens"].tolist(),
        [won[place] for place in zip(asked[0], asked[2], strict=True)],
        _texts(decided["status"]),
        _texts(decided["phase"]),
        _numbers(decided["regret"]),
        _numbers(decided["stake"]),
        [value is True for value in decided["error"].tolist()],
        _lists(decided["labels"]),
        _lists(decided["slips"]),
        [float(most[game]) for game in in_game],
        strict=True,
    )
    return Counted(
        decisions=tuple(Decision(*row) for row in rows),
        deals={game: int(deals[game]) for game in games},
        players=tuple(dict.fromkeys(zip(_texts(results["agent"]), _texts(results["game"]), strict=True))),
    )


def _texts(column: pd.Series) -> list[Any]:
    """A column of names, each one object; None where there is none."""
    categories = column.astype("category").cat
    names = [*categories.categories, None]  # the code of what is missing is -1
    return [names[code] for code in categories.codes.tolist()]


def _lists(column: pd.Series) -> list[tuple[str, ...]]:
    """A column of lists in JSON, each list one object; empty where there is none."""
    categories = column.astype("category").cat
    lists = [*(tuple(json.loads(name)) for name in categories.categories), ()]
    return [lists[code] for code in categories.codes.tolist()]


def _numbers(column: pd.Series) -> list[float | None]:
    """A column of numbers, with None for what is not known."""
    return [None if value != value else value for value in column.astype(float).tolist()]  # noqa: PLR0124


class Group(NamedTuple):
    """What decisions are counted under."""

    who: str
    kind: str


def _spent(decision: Decision) -> str:
    tokens = decision.tokens
    if tokens < FEW_TOKENS:
        return f"under {FEW_TOKENS} tokens" if tokens else "no tokens"
    return f"{FEW_TOKENS} to {MANY_TOKENS - 1} tokens" if tokens < MANY_TOKENS else f"{MANY_TOKENS} and more"


def _strategy(decision: Decision) -> str:
    return halves(decision.agent)[0].partition("[")[0]


def _model(decision: Decision) -> str:
    return halves(decision.agent)[1][1:] or NONE


BY: Mapping[str, Callable[[Decision], Group]] = {
    "game": lambda d: Group(d.agent, d.game),
    "phase": lambda d: Group(d.agent, d.phase or "not graded"),
    "criticality": lambda d: Group(d.agent, d.criticality),
    "seat": lambda d: Group(d.agent, f"player_{d.seat}"),
    "tokens": lambda d: Group(d.agent, _spent(d)),
    "strategy": lambda d: Group(_strategy(d), d.game),
    "model": lambda d: Group(_model(d), d.game),
}
"""What decisions can be told apart by; by strategy and by model those of several agents are pooled."""


def grouped(found: Sequence[Decision], by: str) -> dict[Group, list[Decision]]:
    """Each group's decisions: for everybody all of them first, then each kind.

    Raises:
        BadOption: There is no such way to tell decisions apart.
    """
    if by not in BY:
        raise BadOption(f"decisions cannot be told apart by {by!r}{suggestion(by, BY)}")
    parts: defaultdict[Group, list[Decision]] = defaultdict(list)
    for decision in found:
        group = BY[by](decision)
        parts[Group(group.who, whole(by))].append(decision)
        parts[group].append(decision)
    order = {who: place for place, who in enumerate(dict.fromkeys(group.who for group in parts))}
    return {group: parts[group] for group in sorted(parts, key=lambda group: order[group.who])}


def whole(by: str) -> str:
    """What all kinds together are called."""
    return ALL_GAMES if by in ("game", "strategy", "model") else ALL
