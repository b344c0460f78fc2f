"""The profile: how often each agent's replies were faulty, and how much its moves gave away.

A decision is one seat asked for one move. It is faulty if at least one answer to it was. What its move gave
away is graded by the game's oracle (`gtbench.game.oracle`), by what the seat knew. A forced move that nobody
was asked for is no decision, and counts in no figure but its own.

    graded     the share of decisions that an oracle could grade
    critical   how many of them mattered: the moves were not all worth the same
    accuracy   the share of the critical ones that were no error
    given_away the share of what was at stake in them that was given away: sum of regrets / sum of stakes
    regret     mean regret of a graded decision, in the game's own units; None over several games

Rows of one game also say what was given away against the opponents as they were seen to play: see
`gtbench_leaderboards.play.pool`. Errors by their names are in `gtbench_leaderboards.errors.rates`. Rates come
with 95 % intervals, clustered by deal: `gtbench_leaderboards.estimate.jackknife`.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gtbench.labels import ABOUT, COSTLESS, FaultKind, Label
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import Counted, Group, counts, grouped, holding, of_log, whole
from gtbench_leaderboards.data.lines import Lines
from gtbench_leaderboards.estimate.jackknife import clustered, interval_note
from gtbench_leaderboards.estimate.ratio import Estimate
from gtbench_leaderboards.play import pooled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.play.pool import Against


MISSED = frozenset({Label.MISSED_WIN, Label.MISSED_BLOCK, Label.WIN_LEFT, Label.BLOCK_LEFT})
"""A win at once, or a block of one, that was left: the paper's endgame misdetection."""


class Profile(Record):
    """One agent's decisions of one kind, or all; counts of answers, but for `decisions` and `forfeits`."""

    agent: str  # or a strategy, or a model, where decisions are pooled so
    group: str  # the kind of decisions: a game, a phase, ...
    matches: int
    decisions: int
    forced: int  # moves that were played without asking
    empty: int
    truncated: int
    too_long: int
    refused: int
    unparsable: int
    ambiguous: int
    illegal: int
    crashed: int
    timed_out: int
    faulty: float | None  # the share of decisions with at least one fault; None without a decision
    faulty_low: float | None
    faulty_high: float | None
    faulty_why: str  # why there is no interval, or what is special about it
    forfeits: int  # matches
    graded: float | None
    critical: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    accuracy_why: str
    given_away: float | None
    given_away_low: float | None
    given_away_high: float | None
    given_away_why: str
    regret: float | None
    regret_low: float | None
    regret_high: float | None
    regret_why: str
    endgame: float | None = None  # the share of graded decisions that missed a win or a block, costly or not
    endgame_low: float | None = None
    endgame_high: float | None = None
    endgame_why: str = ""
    endgame_costly: float | None = None  # the share that lost something by it
    endgame_costly_low: float | None = None
    endgame_costly_high: float | None = None
    endgame_costly_why: str = ""
    plies_lost: float | None = None  # the mean by which a win came later than it could, where that is known
    words: int | None = None  # decisions with words before the move; None where that is not known
    checkable: int | None = None  # decisions whose words hold a claim that a machine can decide
    claims: int | None = None  # such claims
    sound: float | None = None  # the share of them that hold
    sound_low: float | None = None
    sound_high: float | None = None
    sound_why: str = ""
    pool_decisions: int | None = None  # graded by how opponents were seen to play; None but by game
    pool_lower: float | None = None  # mean regret against that: at least
    pool_regret: float | None = None  # ... biased up
    pool_low: float | None = None  # the interval
    pool_high: float | None = None
    pool_errors: str | None = None  # the errors against it by name, each with its count of decisions


def _with_interval(name: str, form: str, meaning: str) -> Column:
    """A figure that `rate` has estimated."""
    return Column(name, form=form, interval=(f"{name}_low", f"{name}_high", f"{name}_why"), help=meaning)


FAULTS = (
    Column("matches", form="d"),
    Column("decisions", form="d", help="How often it was asked for a move."),
    Column(
        "forced",
        form="d",
        sparse=True,
        help="The only legal moves, played without asking: no decisions, and in no rate.",
    ),
    *(
        Column(kind.value, form="d", sparse=True, help=f"Faulty answers: {ABOUT[kind].meaning}.")
        for kind in FaultKind
    ),
    _with_interval("faulty", ".0%", "The share of decisions with at least one faulty answer."),
    Column("forfeits", form="d", help="Matches that the agent forfeited."),
)
PLAY = (
    Column("graded", form=".0%", help="The share of decisions that the game's oracle could judge."),
    Column("critical", form="d", help="Decisions in which something was at stake."),
    _with_interval("accuracy", ".0%", "The share of critical decisions that were no error."),
    _with_interval("given_away", ".0%", "The share of what was at stake in them that was given away."),
    _with_interval("regret", ".3f", "Mean regret of a graded decision, in the game's own units."),
)
POOL = (
    Column("pool_decisions", title="graded", form="d", help="Decisions that the pool could grade."),
    Column("pool_lower", title="at least", form=".3f", help="Mean regret against the pool: at least."),
    Column(
        "pool_regret",
        title="pool regret",
        form=".3f",
        interval=("pool_low", "pool_high"),
        help="Mean regret against the best response to the pool; biased up.",
    ),
    Column("pool_errors", title="errors", help="Errors against the pool by name, each with its decisions."),
)
ENDGAME = (
    _with_interval(
        "endgame",
        ".1%",
        "The share of graded decisions that left a win at once, or a block of one: as the paper counts.",
    ),
    _with_interval("endgame_costly", ".1%", "The share of graded decisions that lost something by that."),
    Column("plies_lost", form=".1f", help="How many plies a win comes later than it could, where known."),
)
WORDS = (
    Column("words", form="d", help="Decisions with words before the move."),
    Column("checkable", form="d", help="Decisions whose words hold a claim that a machine can decide."),
    Column("claims", form="d", help="Such claims in all."),
    _with_interval("sound", ".1%", "The share of such claims that are true."),
)
VIEWS = (
    View("Faults of {agent}", tuple(column.name for column in FAULTS)),
    View("Play of {agent}", tuple(column.name for column in PLAY), optional=True),
    View("Wins and blocks left by {agent}", tuple(column.name for column in ENDGAME), optional=True),
    View("Words of {agent}", tuple(column.name for column in WORDS), optional=True),
    View("{agent} against the pool of its opponents", tuple(column.name for column in POOL), optional=True),
)


def _reported(rows: Sequence[Profile], by: str, notes: str) -> Report[Profile]:
    keys = (Column("agent", key=True, agent=True), Column(by, key=True, field="group"))
    return Report(
        tuple(rows), (*keys, *FAULTS, *PLAY, *ENDGAME, *WORDS, *POOL), notes, split=("agent",), views=VIEWS
    )


def report(log: RunLog, by: str = "game") -> Report[Profile]:
    """Faults of replies, and what moves gave away.

    Args:
        log: The run log.
        by: What decisions are told apart by: game, phase, criticality, seat, tokens, strategy or model.
    """
    found = profile(of_log(log), by)
    if by != "game" or not (against := pooled.pooled(Lines(log))):
        return found
    rows = (_with_pool(row, against.get((row.agent, row.group))) for row in found.rows)
    return _reported(tuple(rows), by, f"{found.notes} {pooled.NOTES}")


def profile(counted: Counted, by: str = "game") -> Report[Profile]:
    """Every agent's row over all decisions, then each kind of them; none without a match.

    Args:
        counted: The decisions.
        by: What decisions are told apart by: game, phase, criticality, seat, tokens, strategy or model.
    """
    if not counted.deals:
        return _reported((), by, "")
    groups = grouped(counted.rows, by)
    forced = grouped(counted.forced, by)
    for group in forced:
        groups.setdefault(group, np.array([], np.intp))
    if by == "game":  # also where an agent was never asked
        for agent, game in counted.players:
            groups.setdefault(Group(agent, whole(by)), np.array([], np.intp))
            groups.setdefault(Group(agent, game), np.array([], np.intp))
    missed = _missing(counted.rows["labels"], MISSED)
    games = frozenset(counted.rows["game"][missed])  # in which somebody left a win or a block
    rows = tuple(
        _row(group, counted.rows.iloc[places], counted.forced.iloc[forced.get(group, [])], counted, games)
        for group, places in groups.items()
    )
    notes = (
        "Faults are counted by answer; a second faulty answer to the same question, or time that is up, "
        "forfeits the match. Faulty: the share of decisions with at least one fault. Graded: the share that "
        "an oracle could grade. Critical: those in which something was at stake. Accuracy: the share of "
        "these that were no error. Given away: the share of what was at stake. Regret: its mean, in the "
        "game's own units. Endgame: the share of graded decisions that left a win at once, or a block of "
        "one, as the paper counts it, in games in which somebody did; costly: those that lost something by "
        "it with best play. Sound: the share of claims in free text that are true, of those that a machine "
        "could decide; what is not checked is not thereby right. "
    )
    return _reported(rows, by, notes + forced_note(counted) + interval_note(counted.fewest))


def forced_note(counted: Counted) -> str:
    """That some moves are not counted, where there are such."""
    if counted.forced.empty:
        return ""
    return "Forced moves, the only legal ones, were played without asking: they are no decisions. "


def _missing(labels: pd.Series[str], some: Iterable[str]) -> NDArray[np.bool_]:
    """Whether each decision's errors of play hold any of some."""
    found: NDArray[np.bool_] = np.any([holding(labels, label) for label in some], axis=0)
    return found


def _row(
    group: Group, found: pd.DataFrame, forced: pd.DataFrame, counted: Counted, games: Collection[str]
) -> Profile:
    """One group's row; `games` are those in which somebody left a win or a block."""
    faulty = counts(found["faults"], once=False)
    graded = found[found["regret"].notna()]
    critical = graded[graded["stake"] != 0]
    regret = Estimate(None, why="units of games differ")
    if len(found["game"].unique()) == 1:
        most = counted.most[found["game"].iloc[0]]
        regret = rate(counted, graded, graded["regret"], high=most, amounts=True)
    near = graded[graded["game"].isin(games)]
    told = found[found["checkable"] > 0]
    worded = bool(found["words"].notna().any())
    later = float(graded["plies_lost"].mean())
    figures = {
        "faulty": rate(counted, found, found["faults"] != "[]"),
        "accuracy": rate(counted, critical, ~critical["error"]),
        "given_away": rate(counted, critical, critical["regret"], of=critical["stake"], amounts=True),
        "regret": regret,
        "endgame": rate(counted, near, _missing(near["labels"], MISSED)),
        "endgame_costly": rate(counted, near, _missing(near["labels"], MISSED - COSTLESS)),
        "sound": rate(counted, told, told["sound"], of=told["checkable"]),
    }
    columns = {name: value for kind, one in figures.items() for name, value in one.fields(kind).items()}
    return Profile(
        agent=group.who,
        group=group.kind,
        matches=matches(found, forced),
        decisions=len(found),
        forced=len(forced),
        forfeits=int(found["forfeited"].sum()),
        graded=len(graded) / len(found) if len(found) else None,
        critical=len(critical),
        plies_lost=None if math.isnan(later) else later,
        words=int(found["words"].sum()) if worded else None,
        checkable=len(told) if worded else None,
        claims=int(told["checkable"].sum()) if worded else None,
        **{kind.value: faulty[kind] for kind in FaultKind},
        **columns,
    )


def _with_pool(row: Profile, against: Against | None) -> Profile:
    """The row of an agent in a game with what it gave away against its pool."""
    if against is None:
        return row
    labels = Counter(label for grade in against.decisions.values() for label in grade.labels)
    return row.model_copy(
        update={
            "pool_decisions": len(against.decisions),
            "pool_lower": against.lower,
            "pool_regret": against.plug_in,
            "pool_low": against.low,
            "pool_high": against.high,
            "pool_errors": ", ".join(f"{label} {count}" for label, count in labels.most_common()),
        }
    )


def matches(*found: pd.DataFrame) -> int:
    """In how many matches moves were made; one whose seats both are among them counts twice."""
    return len({place for each in found for place in zip(each["match"], each["seat"], strict=True)})


def rate(
    counted: Counted,
    found: pd.DataFrame,
    what: ArrayLike,
    *,
    of: ArrayLike | None = None,
    high: float = 1.0,
    amounts: bool = False,
) -> Estimate:
    """The sum of something over decisions by the sum of another, with its interval.

    Args:
        counted: The decisions of the log.
        found: Some of them.
        what: A value for each of these.
        of: A value for each; unless said, 1.
        high: The largest that it can be; 0 is the least.
        amounts: Whether values are seldom and can be much, see `clustered`.
    """
    bottom = np.ones(len(found)) if of is None else of
    return clustered(counted.sums(found, what), counted.sums(found, bottom), high=high, amounts=amounts)
