"""Standings: what each agent earned of what was to be earned, by game and overall, with honest ranks.

    score       the payoff as a share of what the seat could have had in that match, 0 to 1 (a game's card
                says between which payoffs): in a zero-sum game `(1 + u / u_max) / 2`. The mean over matches,
                where a match of the dilemma counts once a round
    less luck   the same less what chance gave, see `gtbench_leaderboards.estimate.adjusted`; with `adjusted`,
                less what the draw of both players' moves gave too: `gtbench_leaderboards.estimate.moves`
    legal       the same over the matches that no forfeit decided: how well, when legal
    rank        an interval: 1 + the agents that are surely better, to all agents - those surely worse

Overall is the mean over the games that an agent has played; two are compared over the games of both. Agents
that are not connected by matches are not compared: each group has a table of its own. Intervals and ranks are
95 %, clustered by deal, see `gtbench_leaderboards.estimate`. NRA and Elo are the paper's measures, see
`gtbench_leaderboards.ratings.paper`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gtbench.errors import BadOption
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.moves import moves, of_log
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL, by_game
from gtbench_leaderboards.estimate.ranks import RankInterval, met, rank_intervals
from gtbench_leaderboards.estimate.ratio import Estimate, Ratios, estimate, ratios
from gtbench_leaderboards.ratings import contrasts, paper
from gtbench_leaderboards.ratings.less_luck import MOVES, less_luck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.moves import Option
    from gtbench_leaderboards.data.results import Results
    from gtbench_leaderboards.estimate.moves import Moves

    Floats = NDArray[np.float64]


AGENT = "agent"
"""What standings are of, unless they are by a factor."""


class Standing(Record):
    """One agent's row in one game, or overall; figures are None where they are undefined."""

    table: str  # the game, and the group where not all agents are connected by matches
    game: str
    rank_low: int
    rank_high: int
    agent: str
    games: int | None  # how many it has played; None in one game's table
    matches: int
    forfeits: int  # matches
    reward: float | None  # mean payoff of a match; None overall, where units differ
    score: float | None
    score_low: float | None
    score_high: float | None
    score_why: str  # why there is no interval, or what is special about it
    adjusted: float | None
    adjusted_low: float | None
    adjusted_high: float | None
    adjusted_why: str
    played: float | None
    played_low: float | None
    played_high: float | None
    played_why: str
    nra: float | None
    nra_low: float | None
    nra_high: float | None
    nra_why: str
    elo: float | None


COLUMNS = (
    Column("table", key=True, help="The game, or all of them; and the group, where not all agents met."),
    Column("game", key=True, help="The game; overall is the mean over the games that an agent played."),
    Column(
        "rank_low",
        title="rank",
        key=True,
        also=("rank_high",),
        form=lambda row: str(RankInterval(row.rank_low, row.rank_high)),
        help="An interval: 1 + the agents that are surely better, to all of them less those surely worse.",
    ),
    Column("agent", key=True, agent=True),
    Column("games", form="d", sparse=True, help="How many games it has played."),
    Column("matches", form="d"),
    Column(
        "score",
        form=".2f",
        interval=("score_low", "score_high", "score_why"),
        help="The payoff as a share of what the seat could have had in the match, 0 to 1; the mean.",
    ),
    Column(
        "adjusted",
        title="less luck",
        form=".2f",
        sparse=True,
        interval=("adjusted_low", "adjusted_high", "adjusted_why"),
        help="The score less what chance gave: the same in the mean, and surer where luck decides much.",
    ),
    Column(
        "played",
        title="legal score",
        form=".2f",
        interval=("played_low", "played_high", "played_why"),
        help="The score over the matches that no forfeit decided.",
    ),
    Column("forfeits", form="d", help="Matches that the agent forfeited."),
    Column("reward", form=".2f", help="The mean payoff of a match, in the game's own units."),
    Column(
        "nra",
        title="NRA",
        form="+.2f",
        interval=("nra_low", "nra_high", "nra_why"),
        help="The paper's normalized relative advantage, -1 to 1: who had more, not how much more.",
    ),
    Column(
        "elo", title="Elo", form=".0f", help="The paper's sequential Elo; it depends on the order of matches."
    ),
)

NOTES = (
    "Score: the payoff as a share of what the seat could have had in that match, 0 to 1; legal score: over "
    "the matches that no forfeit decided. Rank: an interval, from 1 + the agents that are surely better to "
    "all less those that are surely worse; all ranks of a table hold together with 95 %. Intervals: 95 %, "
    "clustered by deal. NRA and Elo are the paper's and rank nobody: they say who had more, not by how much."
)


def report(log: RunLog, by: str = AGENT, factors: str = "", adjusted: bool = False) -> Report[Any]:
    """Score and rank of each agent; or what a factor changes.

    Args:
        log: The run log.
        by: agent, or what agents of the log differ in: method, provider, model, family, size, quantisation,
            effort, code, skin, or a factor that is stated.
        factors: A file (TOML) that states factors of agents, where names do not say them.
        adjusted: Take what the draw of moves gave from scores too, where it is known (poker, dice, auction,
            Pig); every match is read again for it.
    """
    if by != AGENT and adjusted:
        raise BadOption("adjusted goes with standings of agents, not with --by: leave one of them out")
    if by != AGENT:
        return contrasts.report(log, by, factors)
    return Report(
        tuple(standings(with_ranges(log), of_log(log) if adjusted else None)),
        COLUMNS,
        NOTES + (f" Less luck: less what chance gave{MOVES}." if adjusted else ""),
        split=("table", "game"),
        views=(View("Standings: {table}"),),
    )


@dataclass(frozen=True, slots=True)
class _Game:
    """What standings need of one game, each of shape (agents,) or `Ratios` of all agents."""

    name: str
    score: Ratios
    adjusted: Ratios
    played: Ratios
    nra: Ratios
    lucky: bool
    """Whether anything of luck is known of any match."""
    matches: Floats
    forfeits: Floats
    reward: Floats
    elo: Floats
    pairs: tuple[tuple[int, int], ...]
    """Who met whom."""


def standings(results: pd.DataFrame, options: Mapping[str, list[Option]] | None = None) -> list[Standing]:
    """Every agent's row overall, then in each game, each table from the best down.

    Args:
        results: As `RunLog.results()` gives them.
        options: By game, the moves that could have been made; None takes nothing but chance from scores.
    """
    if not len(results):
        return []
    games = list(by_game(results))
    agents = games[0].agents
    counted = [_counted(game, moves((options or {}).get(game.game, []), game)) for game in games]
    return [
        *_rows(OVERALL, counted, agents),
        *(row for game in counted for row in _rows(game.name, [game], agents)),
    ]


def _counted(game: Results, drawn: Moves | None) -> _Game:
    """Everything about one game."""
    legal = ~game.decided_by_forfeit
    own, other = paper.points(game.reward, game.opponent_reward, game.zero_sum)
    top, bottom = game.share * game.weight, game.weight
    given = game.by_deal(bottom)
    matches = game.by_agent(np.ones_like(game.reward))
    first = game.seat == 0
    order = np.argsort(game.match[first], kind="stable")
    margins = (game.reward - game.opponent_reward)[first][order]
    sides = game.agent[first][order], game.opponent[first][order]
    played = zip(*(side.tolist() for side in sides), margins.tolist(), strict=True)
    with np.errstate(invalid="ignore"):
        reward = game.by_agent(game.reward) / matches
    return _Game(
        name=game.game,
        score=ratios(game.by_deal(top), given),
        adjusted=less_luck(game, drawn, game.agent, np.ones_like(bottom), given),
        played=ratios(game.by_deal(top, legal), game.by_deal(bottom, legal)),
        nra=ratios(game.by_deal(own - other), game.by_deal(np.abs(own) + np.abs(other))),
        lucky=bool(game.luck.any()) or drawn is not None,
        matches=matches,
        forfeits=game.by_agent(game.forfeited.astype(np.float64)),
        reward=reward,
        elo=np.where(matches > 0, paper.elo(len(game.agents), played), np.nan),
        pairs=tuple({*zip(game.agent.tolist(), game.opponent.tolist(), strict=True)}),
    )


def _rows(name: str, games: Sequence[_Game], agents: Sequence[str]) -> list[Standing]:
    """The tables of one game, or of the mean over several: one for each group of agents that met."""
    groups = [
        group
        for group in met(len(agents), [pair for game in games for pair in game.pairs])
        if any(game.matches[i] for game in games for i in group)
    ]
    found = []
    for place, group in enumerate(groups, start=1):
        title = f"{name}, group {place} of {len(groups)}" if len(groups) > 1 else name
        found += _group(title, name, games, group, agents)
    return found


def _group(
    table: str, name: str, games: Sequence[_Game], group: Sequence[int], agents: Sequence[str]
) -> list[Standing]:
    """The rows of agents that are connected by matches, from the best down."""
    ranks = rank_intervals([game.score.part(group) for game in games], len(group))
    rows = []
    for rank, i in zip(ranks, group, strict=True):
        told = {
            kind: estimate([getattr(game, kind) for game in games], i)
            for kind in ("score", "adjusted", "played")
        }
        if not any(game.lucky for game in games):
            told["adjusted"] = Estimate(None, why="no luck is known")
        nra = estimate([game.nra for game in games], i, low=-1.0)
        rows.append(
            Standing(
                table=table,
                game=name,
                rank_low=rank.low,
                rank_high=rank.high,
                agent=agents[i],
                games=sum(bool(game.matches[i]) for game in games) if name == OVERALL else None,
                matches=int(sum(game.matches[i] for game in games)),
                forfeits=int(sum(game.forfeits[i] for game in games)),
                reward=float(games[0].reward[i]) if name != OVERALL else None,
                elo=float(np.nanmean([game.elo[i] for game in games])),
                **{name: value for kind, one in told.items() for name, value in one.fields(kind).items()},
                **nra.fields("nra"),
            )
        )
    return sorted(
        rows, key=lambda row: (-(row.score if row.score is not None else -1), row.rank_low, row.agent)
    )
