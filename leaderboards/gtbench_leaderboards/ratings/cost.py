"""What agents' matches cost them, beside what they score: calls, tokens and dollars, and the Pareto front.

    calls, tokens, dollars   the agent's own, a match; the mean over games, each weighing the same
    score per dollar         score / dollars a match
    front                    yes where no other agent that asks a model scores as much for less, or more for
                             as much: by dollars, and by tokens

Agents that ask no model have no price and stand outside the fronts. A call counts at the price in the log,
also where its answer came from a cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL, by_game
from gtbench_leaderboards.estimate.amount import amount
from gtbench_leaderboards.estimate.ratio import Ratios, estimate, ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]


class Cost(Record):
    """What one agent took in one game, or overall; figures are None where they are not known."""

    game: str
    agent: str
    matches: int
    score: float | None
    score_low: float | None
    score_high: float | None
    score_why: str
    calls: float | None
    calls_low: float | None
    calls_high: float | None
    calls_why: str
    tokens: float | None
    tokens_low: float | None
    tokens_high: float | None
    tokens_why: str
    cost: float | None  # US dollars a match
    cost_low: float | None
    cost_high: float | None
    cost_why: str
    per_dollar: float | None
    front: str | None  # yes or no, by dollars
    token_front: str | None  # the same by tokens


COLUMNS = (
    Column("game", key=True, help="The game; overall is the mean over the games that an agent played."),
    Column("agent", key=True, agent=True),
    Column("matches", form="d"),
    Column(
        "score", form=".2f", interval=("score_low", "score_high", "score_why"), help="As in the standings."
    ),
    Column(
        "calls", form=".1f", interval=("calls_low", "calls_high", "calls_why"), help="Of the agent, a match."
    ),
    Column(
        "tokens",
        form=".0f",
        interval=("tokens_low", "tokens_high", "tokens_why"),
        help="In and out, of the agent, a match.",
    ),
    Column(
        "cost",
        title="US dollars",
        form=".4f",
        interval=("cost_low", "cost_high", "cost_why"),
        help="Of the agent, a match; not known where a price is not.",
    ),
    Column("per_dollar", title="score per dollar", form=".1f", help="Score over dollars a match."),
    Column("front", title="on the front", help="Whether no other scores as much for fewer dollars."),
    Column("token_front", title="by tokens", help="The same for fewer tokens."),
)

NOTES = (
    "Calls, tokens and dollars are the agent's own, a match; overall is the mean over games, each weighing "
    "the same. On the front: no other agent that asks a model scores as much for less, or more for as much, "
    "as the log has it. Agents that ask no model stand outside. Intervals: 95 %, clustered by deal."
)


def report(log: RunLog) -> Report[Cost]:
    """Calls, tokens and dollars a match, beside the score."""
    rows = tuple(costs(with_ranges(log)))
    return Report(rows, COLUMNS, NOTES, split=("game",), views=(View("Cost: {game}"),))


class _Game(NamedTuple):
    """What is counted of one game."""

    name: str
    matches: Floats
    """Shape (agents,)."""
    score: Ratios
    calls: Ratios
    tokens: Ratios
    cost: Ratios


def costs(results: pd.DataFrame) -> list[Cost]:
    """Every agent's row overall, then in each game, the best first.

    Args:
        results: As `RunLog.results()` gives them.
    """
    if not len(results):
        return []
    games = list(by_game(results))
    counted = [_counted(game) for game in games]
    whole = [(OVERALL, counted)] if len(games) > 1 else []
    parts = [*whole, *((one.name, [one]) for one in counted)]
    return [row for name, some in parts for row in _rows(name, some, games[0].agents)]


def _counted(game: Results) -> _Game:
    """One game."""
    played = np.ones_like(game.reward)
    matches = game.by_deal(played)
    return _Game(
        name=game.game,
        matches=game.by_agent(played),
        score=ratios(game.by_deal(game.share * game.weight), game.by_deal(game.weight)),
        calls=ratios(game.by_deal(game.column("calls")), matches),
        tokens=ratios(game.by_deal(game.column("input_tokens", "output_tokens")), matches),
        cost=ratios(game.by_deal(game.column("cost")), matches),
    )


def _rows(name: str, games: Sequence[_Game], agents: Sequence[str]) -> list[Cost]:
    """Every agent's row in one game, or the mean over several."""
    rows = [
        _row(name, [one for one in games if one.matches[place]], place, agent)
        for place, agent in enumerate(agents)
        if any(one.matches[place] for one in games)
    ]
    asking = [row for row in rows if row.calls]
    front, token_front = _front(asking, "cost"), _front(asking, "tokens")
    told = [
        row.model_copy(update={"front": front.get(row.agent), "token_front": token_front.get(row.agent)})
        for row in rows
    ]
    return sorted(told, key=lambda row: -(row.score if row.score is not None else -1))


def _row(name: str, games: Sequence[_Game], place: int, agent: str) -> Cost:
    """An agent's row, its place on the fronts aside."""
    score = estimate([one.score for one in games], place)
    told = {
        kind: amount([getattr(one, kind) for one in games], place) for kind in ("calls", "tokens", "cost")
    }
    cost = told["cost"].value
    return Cost(
        game=name,
        agent=agent,
        matches=int(sum(one.matches[place] for one in games)),
        per_dollar=score.value / cost if cost and score.value is not None else None,
        front=None,
        token_front=None,
        **score.fields("score"),
        **{key: value for kind, one in told.items() for key, value in one.fields(kind).items()},
    )


def _front(rows: Sequence[Cost], price: str) -> dict[str, str]:
    """By agent, whether nobody beats it in score and price; of those whose price is known."""
    points = {
        row.agent: (row.score, -getattr(row, price))
        for row in rows
        if row.score is not None and getattr(row, price) is not None
    }
    return {
        agent: "no" if any(_beats(other, own) for other in points.values()) else "yes"
        for agent, own in points.items()
    }


def _beats(other: tuple[float, float], own: tuple[float, float]) -> bool:
    """Whether one is at least as good in both, and better in one."""
    return other != own and other[0] >= own[0] and other[1] >= own[1]
