"""How well agents play by what games ask for: by the paper's abilities, and by its classes of games.

    score          as in the standings, the mean over the games of a kind, each weighing the same
    legal answers  the share of answers that were legal moves: whether an agent plays by the rules
    legal score    the score over the matches that no forfeit decided: how well it plays when it does

A game may ask for several abilities and counts for each. Abilities and classes are those on the game's card
(`Game.abilities`, `Game.paper_class`; GTBench, arXiv 2402.12348, table 1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gtbench.catalogue import load_game
from gtbench.errors import UserError
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ratio import Ratios, estimate, ratios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results

ALL = "all games"


class Skill(Record):
    """One agent in the games of one kind; figures are None where they are undefined."""

    kind: str  # ability, class, or all games
    skill: str  # such as bluff, or deterministic
    agent: str
    games: int  # of this kind that it has played
    matches: int
    score: float | None
    score_low: float | None
    score_high: float | None
    score_why: str
    legal: float | None  # share of answers
    legal_low: float | None
    legal_high: float | None
    legal_why: str
    played: float | None  # score over the matches that no forfeit decided
    played_low: float | None
    played_high: float | None
    played_why: str


COLUMNS = (
    Column("kind", key=True, help="By what games are told apart: the paper's abilities, or its classes."),
    Column("skill", key=True, help="What the games of this row ask for, or what they are."),
    Column("agent", key=True, agent=True),
    Column("games", form="d", help="Games of this kind that it has played."),
    Column("matches", form="d"),
    Column(
        "score",
        form=".2f",
        interval=("score_low", "score_high", "score_why"),
        help="As in the standings: the mean over these games, each weighing the same.",
    ),
    Column(
        "legal",
        title="legal answers",
        form=".1%",
        interval=("legal_low", "legal_high", "legal_why"),
        help="The share of its answers that were legal moves.",
    ),
    Column(
        "played",
        title="legal score",
        form=".2f",
        interval=("played_low", "played_high", "played_why"),
        help="The score over the matches that no forfeit decided.",
    ),
)

NOTES = (
    "Score, legal answers and legal score: whether an agent wins, whether it plays by the rules, and how "
    "well when no forfeit decides; means over the games of a kind, each weighing the same. A game counts for "
    "every ability that its card names. Scores of different kinds are not on one scale: compare agents "
    "within a kind. Intervals: 95 %, clustered by deal."
)


def report(log: RunLog) -> Report[Skill]:
    """Scores by ability and class of games, and legality apart."""
    results = with_ranges(log)
    kinds: dict[str, list[tuple[str, str]]] = {}
    unknown = []
    for game in dict.fromkeys(results["game"].astype(str)):
        try:
            kinds[game] = list(kinds_of(game))
        except UserError:
            unknown.append(game)
    left = f" Not installed here, and so in all games only: {', '.join(unknown)}." if unknown else ""
    rows = tuple(skills(results, kinds))
    return Report(rows, COLUMNS, NOTES + left, split=("kind",), views=(View("Skill: {kind}"),))


def kinds_of(game: str) -> Iterator[tuple[str, str]]:
    """What a game's card says it asks for, and is: ("ability", "bluff"), ("class", "probabilistic"), ...

    Raises:
        UserError: The game is not installed.
    """
    found = load_game(game)
    yield from (("ability", ability) for ability in found.abilities)
    yield from (("class", name) for name in re.split(r",\s*|\s+and\s+", found.paper_class) if name)


class _Game(NamedTuple):
    """What is counted of one game."""

    name: str
    score: Ratios
    legal: Ratios
    played: Ratios
    matches: Sequence[int]


def skills(results: pd.DataFrame, kinds: Mapping[str, Sequence[tuple[str, str]]]) -> list[Skill]:
    """The rows of all games, then of each ability, then of each class; the best agent first.

    Args:
        results: As `RunLog.results()` gives them.
        kinds: By game, what it asks for and is; see `kinds_of`.
    """
    if not len(results):
        return []
    games = list(by_game(results))
    counted = [_counted(game) for game in games]
    groups: dict[tuple[str, str], list[_Game]] = {(ALL, ALL): counted}
    for one in counted:
        for kind in kinds.get(one.name, ()):
            groups.setdefault(kind, []).append(one)
    order = sorted(groups, key=lambda group: [ALL, "ability", "class"].index(group[0]))
    return [row for group in order for row in _rows(group, groups[group], games[0].agents)]


def _counted(game: Results) -> _Game:
    """One game."""
    answers = game.column("decisions", "faults") - game.forfeited  # a forfeited decision has no sound one
    sound = game.column("decisions") - game.forfeited
    legal = ~game.decided_by_forfeit
    top, bottom = game.share * game.weight, game.weight
    return _Game(
        name=game.game,
        score=ratios(game.by_deal(top), game.by_deal(bottom)),
        legal=ratios(game.by_deal(sound), game.by_deal(answers)),
        played=ratios(game.by_deal(top, legal), game.by_deal(bottom, legal)),
        matches=[int(count) for count in game.by_agent(bottom * 0 + 1)],
    )


def _rows(group: tuple[str, str], games: Sequence[_Game], agents: Sequence[str]) -> list[Skill]:
    """Every agent's row for the games of one kind."""
    rows = []
    for place, agent in enumerate(agents):
        own = [one for one in games if one.matches[place]]
        if not own:
            continue
        told = {
            "score": estimate([one.score for one in own], place),
            "legal": estimate([one.legal for one in own], place),
            "played": estimate([one.played for one in own], place),
        }
        rows.append(
            Skill(
                kind=group[0],
                skill=group[1],
                agent=agent,
                games=len(own),
                matches=sum(one.matches[place] for one in own),
                **{key: value for name, one in told.items() for key, value in one.fields(name).items()},
            )
        )
    return sorted(rows, key=lambda row: -(row.score if row.score is not None else -1))
