"""What LLM judges say of the reasoning in a log.

A judge's labels are opinions, and stand in tables of their own: never added to those of another layer.

    rate       the share of decisions in which the majority of the judge's votes says that the error was made,
               of those with a majority
    alike      of all pairs of votes on one decision, the share that say the same; `votes_kappa` is that
               beyond chance, which is p^2 + (1 - p)^2 with p the share of votes for yes (Scott's pi;
               Fleiss, 1971)

Rates come with 95 % intervals clustered by deal.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import compress, groupby
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gtbench.labels import Slip
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench.text import typed
from gtbench_leaderboards.data.decisions import Counted, of_log
from gtbench_leaderboards.errors.profile import rate
from gtbench_leaderboards.estimate.jackknife import interval_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gtbench.log.read import RunLog
    from gtbench.records import Judgement, Vote

ALL_AGENTS = "all agents"


class Judged(Record):
    """How often a judge finds one error in the reasoning of one agent, or of all."""

    judge: str
    rubric: str
    agent: str
    error: str
    judged: int  # decisions
    no_majority: int  # of these, without a majority of votes
    count: int  # in which the error was made
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    rate_why: str  # why there is no interval, or what is special about it
    votes_alike: float | None
    votes_kappa: float | None


COLUMNS = (
    Column("judge", key=True),
    Column("rubric", key=True, help="A digest of the wording that the judge was asked in."),
    Column("agent", key=True, agent=True),
    Column("error", key=True),
    Column("judged", form="d", help="Decisions that the judge was asked about."),
    Column("no_majority", form="d", help="Of these, those without a majority of votes."),
    Column("count", form="d", help="Decisions in which the judge finds the error."),
    Column(
        "rate",
        form=".1%",
        interval=("rate_low", "rate_high", "rate_why"),
        help="Their share of the decisions with a majority.",
    ),
    Column("votes_alike", form=".0%", help="Of pairs of votes on a decision, the share that say the same."),
    Column("votes_kappa", form=".2f", help="That beyond chance (Scott's pi)."),
)


class Who(NamedTuple):
    """A judge: a model with its settings, and the wording that it was asked in."""

    judge: str
    rubric: str


class Said(NamedTuple):
    """What a judge says of some decisions."""

    who: Who
    found: pd.DataFrame
    """The decisions: some of the rows of `Counted`."""
    judgements: tuple[Judgement, ...]
    """One each."""


def report(log: RunLog) -> Report[Judged]:
    """What LLM judges say of the reasoning."""
    found = judged(of_log(log), log.judgements())
    return found if found.rows else replace(found, notes=not_yet(log))


def not_yet(log: RunLog) -> str:
    """That nobody has judged, and how somebody would."""
    return f"Nothing has been judged yet: gtbench judge {typed(log.path)} --model PROVIDER/MODEL"


def judged(counted: Counted, judgements: Sequence[Judgement]) -> Report[Judged]:
    """A row for each judge, agent and error; all agents together come first."""
    rows: list[Judged] = []
    notes = (
        "An LLM judge's labels are opinions. No majority: not more than half of all votes say the same. "
        "Votes alike: of all pairs of votes on a decision, the share that say the same; kappa: that beyond "
        "chance. "
    )
    for said in by_judge(counted, judgements):
        for agent in (ALL_AGENTS, *said.found["agent"].unique()):
            mine = said if agent == ALL_AGENTS else _of_agent(said, agent)
            rows += [_row(counted, agent, slip, mine) for slip in Slip]
        votes = [vote for one in said.judgements for vote in one.votes]
        notes += f"{said.who.judge}: {_of_votes(votes)} "
    return Report(
        tuple(rows),
        COLUMNS,
        notes + interval_note(counted.fewest),
        split=("judge", "rubric", "agent"),
        views=(View("Reasoning of {agent}, judged by {judge}, rubric {rubric}"),),
    )


def _of_agent(said: Said, agent: str) -> Said:
    """What is said of the decisions of one agent."""
    its = said.found["agent"] == agent
    return said._replace(found=said.found[its], judgements=tuple(compress(said.judgements, its)))


def _row(counted: Counted, agent: str, slip: Slip, said: Said) -> Judged:
    """How often a judge finds an error in these decisions."""
    majority = pd.Series([one.majority(slip) for one in said.judgements], said.found.index, dtype=object)
    decided = majority.dropna().astype(bool)
    share = rate(counted, said.found.loc[decided.index], decided)
    alike, self_kappa = self_agreement([vote.says(slip) for vote in one.votes] for one in said.judgements)
    return Judged(
        **said.who._asdict(), agent=agent, error=slip, judged=len(majority),
        no_majority=len(majority) - len(decided), count=int(decided.sum()), **share.fields("rate"),
        votes_alike=alike, votes_kappa=self_kappa,
    )  # fmt: skip


def self_agreement(votes: Iterable[Sequence[bool | None]]) -> tuple[float | None, float | None]:
    """How far the votes on each decision agree with one another: as a share of pairs, and beyond chance.

    Args:
        votes: Of each decision, what each vote says; None counts for nothing.
    """
    same = pairs = yes = all_ = 0
    for said in votes:
        made, not_made = said.count(True), said.count(False)
        n = made + not_made
        if n > 1:
            same += (made * (made - 1) + not_made * (not_made - 1)) // 2
            pairs += n * (n - 1) // 2
            yes, all_ = yes + made, all_ + n
    if not pairs:
        return None, None
    share, often = same / pairs, yes / all_
    chance = often**2 + (1 - often) ** 2
    return share, None if yes in (0, all_) else (share - chance) / (1 - chance)


def by_judge(counted: Counted, judgements: Sequence[Judgement]) -> Iterator[Said]:
    """Each judge's judgements with their decisions, as far as these are there."""
    turns = pd.MultiIndex.from_frame(counted.rows[["match", "turn"]])

    def judge(one: Judgement) -> Who:
        return Who(one.judge, one.rubric)

    for who, given in groupby(sorted(judgements, key=judge), key=judge):
        said = tuple(given)
        asked = pd.MultiIndex.from_tuples([(one.number, one.turn) for one in said])
        places = turns.get_indexer(asked)
        yield Said(who, counted.rows.iloc[places[places >= 0]], tuple(compress(said, places >= 0)))


def _of_votes(votes: Sequence[Vote]) -> str:
    """How many votes could be read, and what was wrong with the others."""
    faults = [vote.fault for vote in votes if vote.fault]
    kinds = ", ".join(f"{faults.count(kind)} {kind}" for kind in dict.fromkeys(faults))
    read = f"all of its {len(votes)} votes could be read"
    if faults:
        read = f"{len(faults)} of its {len(votes)} votes could not be read ({kinds})"
    misquoted = sum(len(vote.misquoted) for vote in votes)
    unfounded = "; {} labels count for nothing, since what they quote does not stand in the reply"
    return f"{read}{unfounded.format(misquoted) if misquoted else ''}."
