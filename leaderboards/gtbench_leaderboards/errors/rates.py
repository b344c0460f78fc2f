"""Errors by their names, in three layers kept apart: of replies, of play, and of reasoning.

A row says how often one agent made one error in decisions of one kind. Errors that nobody made have no row;
those that cost nothing (a win that was left, the position still won) have one. What was wrong only against
the opponents as they were seen to play is not here but in `gtbench_leaderboards.play.pool`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gtbench.catalogue import labels_of
from gtbench.labels import ABOUT, LAYERS, UNKNOWN, Layer
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import LISTED, Counted, Group, counts, grouped, holding, of_log
from gtbench_leaderboards.errors.profile import forced_note, matches, rate
from gtbench_leaderboards.estimate.jackknife import interval_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gtbench.log.read import RunLog


class ErrorRate(Record):
    """How often one agent made one error."""

    agent: str  # or a strategy, or a model, where decisions are pooled so
    group: str  # the kind of decisions: a game, a phase, ...
    layer: str  # faults, play or reasoning
    error: str
    meaning: str  # what was wrong, as a phrase
    paper: str  # the nearest of the paper's five errors; empty where there is none
    count: int  # decisions in which it was made
    rate: float  # of the decisions: all of them for faults, else those that were graded
    rate_low: float | None
    rate_high: float | None
    rate_why: str  # why there is no interval, or what is special about it
    per_match: float  # how often a match
    words: int | None  # of errors of reasoning: decisions with words before the move
    checkable: int | None  # ... and those whose words hold a claim that a machine can decide
    regret: float | None  # mean regret of those decisions, in the game's own units; None over several games


def columns(by: str) -> tuple[Column, ...]:
    """The columns, where decisions are told apart so."""
    return (
        Column("agent", key=True, agent=True),
        Column("layer", key=True, help="What the error is of: replies (faults), play, or reasoning."),
        Column("error", key=True, also=("meaning",)),
        Column(by, key=True, field="group"),
        Column("count", form="d", help="Decisions in which it was made."),
        Column(
            "rate",
            form=".1%",
            interval=("rate_low", "rate_high", "rate_why"),
            help="The share of decisions in which it was made: of all for faults, else of those graded.",
        ),
        Column("per_match", form=".2f", help="How often a match."),
        Column("words", form="d", sparse=True, help="Of reasoning: decisions with words before the move."),
        Column(
            "checkable",
            form="d",
            sparse=True,
            help="Of reasoning: decisions whose words hold a claim that a machine can decide.",
        ),
        Column("regret", form=".2f", help="Mean regret of these decisions, in the game's own units."),
        Column("paper", title="paper's", help="The nearest of the paper's five errors, if any."),
    )


def report(log: RunLog, by: str = "game") -> Report[ErrorRate]:
    """Each error by its name: how often each agent made it.

    Three layers are kept apart: faults of replies, errors of play by exact oracles, errors of reasoning.

    Args:
        log: The run log.
        by: What decisions are told apart by: game, phase, criticality, seat, tokens, strategy or model.
    """
    return errors(of_log(log), by)


def errors(counted: Counted, by: str = "game") -> Report[ErrorRate]:
    """Every error that was made, each agent's over all decisions first; arguments as for `profile`."""
    forced = grouped(counted.forced, by)
    rows = tuple(
        row
        for group, places in grouped(counted.rows, by).items()
        for layer in LAYERS
        for row in _rows(
            group, layer, counted.rows.iloc[places], counted.forced.iloc[forced.get(group, [])], counted
        )
    )
    views = (View("Errors of {agent}: {layer}"),)
    split = ("agent", "layer")
    if not rows:
        return Report((), columns(by), "No errors were found.", split, views)
    notes = "A decision can have several errors. Rates are by decision: all for faults, else those graded. "
    notes += forced_note(counted) + interval_note(counted.fewest)
    return Report(rows, columns(by), notes + _glossary(rows), split, views)


def _glossary(rows: Sequence[ErrorRate]) -> str:
    """What the errors mean that only some games know, each once."""
    own = {row.error: row.meaning for row in reversed(rows) if row.error not in ABOUT}
    return "".join(f" {error}: {own[error]}." for error in sorted(own))


def _rows(
    group: Group, layer: Layer, found: pd.DataFrame, forced: pd.DataFrame, counted: Counted
) -> list[ErrorRate]:
    """A group's errors of one layer, the most frequent first."""
    if layer != LAYERS[0]:
        found, forced = (rows[rows["status"].notna()] for rows in (found, forced))
    played = matches(found, forced)
    listed = found[LISTED[layer]]
    told = layer == LAYERS[-1] and bool(found["words"].notna().any())
    one_unit = len(found["game"].unique()) == 1
    rows = []
    for label, count in counts(listed).most_common():
        having = holding(listed, label)
        with_it = found[having]
        about = labels_of(*with_it["game"].unique()).get(label, UNKNOWN)
        share = rate(counted, found, having)
        regret = with_it["regret"].mean()  # of those that have one
        rows.append(
            ErrorRate(
                agent=group.who,
                group=group.kind,
                layer=layer,
                error=label,
                meaning=about.meaning,
                paper=about.paper or "",
                count=count,
                per_match=count / played,
                words=int(found["words"].sum()) if told else None,
                checkable=int((found["checkable"] > 0).sum()) if told else None,
                regret=float(regret) if one_unit and not math.isnan(regret) else None,
                **share.fields("rate"),
            )
        )
    return rows
