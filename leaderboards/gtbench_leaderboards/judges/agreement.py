"""How far an LLM judge agrees with what machines have checked, on the same decisions.

    kappa      Cohen's kappa (Cohen, 1960): the agreement beyond chance, (po - pe) / (1 - pe), with po the
               share of decisions on which judge and machine agree, and pe that share if each gave its labels
               at random as often as it does. Undefined where both always say one and the same

Machines have checked two things, which stand in rows of their own: the words, strictly (layer "reasoning":
`gtbench.grading.reasoning`), and the move, whose errors have a nearest among the paper's five (layer "play":
`gtbench.catalogue.labels_of`). Intervals are 95 %, clustered by deal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gtbench.catalogue import labels_of
from gtbench.labels import LAYERS, About, Layer, Slip, layer
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.decisions import LISTED, of_log
from gtbench_leaderboards.estimate.jackknife import jackknife, ratio
from gtbench_leaderboards.estimate.ratio import Estimate
from gtbench_leaderboards.judges.judged import by_judge, not_yet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.log.read import RunLog
    from gtbench.records import Judgement
    from gtbench_leaderboards.data.decisions import Counted
    from gtbench_leaderboards.estimate.jackknife import Cell, Floats
    from gtbench_leaderboards.judges.judged import Said

_, PLAY, REASONING = LAYERS
Games = Mapping[str, Mapping[str, About]]
"""The labels that are known in each game."""


class Agreement(Record):
    """A judge and a machine on the same decisions, and one error."""

    judge: str
    rubric: str
    error: str
    layer: str  # what the machine has checked: reasoning or play
    decisions: int
    both: int  # in which both say that the error was made
    judge_alone: int
    machine_alone: int
    neither: int
    judge_rate: float | None
    machine_rate: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    kappa_why: str  # why there is no interval, or what is special about it


COLUMNS = (
    Column("judge", key=True),
    Column("rubric", key=True, help="A digest of the wording that the judge was asked in."),
    Column("error", key=True),
    Column("layer", key=True, help="What the machine has checked: the words (reasoning) or the move (play)."),
    Column("decisions", form="d", help="Decisions of which both say something."),
    Column("both", form="d", help="Decisions in which both find the error."),
    Column("judge_alone", form="d"),
    Column("machine_alone", form="d"),
    Column("neither", form="d"),
    Column("judge_rate", form=".1%", help="The share in which the judge finds it."),
    Column("machine_rate", form=".1%", help="The share in which the machine finds it."),
    Column(
        "kappa",
        form=".2f",
        interval=("kappa_low", "kappa_high", "kappa_why"),
        help="Cohen's kappa: agreement beyond chance; 1 is perfect, 0 is chance.",
    ),
)


def report(log: RunLog) -> Report[Agreement]:
    """How far LLM judges agree with what machines have checked."""
    found = agreement(of_log(log), log.judgements())
    return found if found.rows else replace(found, notes=not_yet(log))


def agreement(counted: Counted, judgements: Sequence[Judgement]) -> Report[Agreement]:
    """A row for each judge, error and layer, where a machine can find that error in that layer."""
    games = {game: labels_of(game) for game in counted.games}
    checked_ = {(about.paper, layer(label)) for known in games.values() for label, about in known.items()}
    rows = [
        _row(counted, said, slip, of, games)
        for said in by_judge(counted, judgements)
        for slip in Slip
        for of in (REASONING, PLAY)
        if (slip, of) in checked_
    ]
    notes = (
        "Reasoning: errors that strict checks find in the reply; these miss many, so that a judge who is "
        "right finds more. Play: errors, by an exact oracle, that come nearest to the judge's label; a bad "
        "move need not be badly reasoned. Kappa: agreement beyond chance; 1 is perfect, 0 is what chance "
        "gives, and there is none where both always say the same."
    )
    view = View("Reasoning judged by {judge}, rubric {rubric}, beside what machines check")
    return Report(tuple(rows), COLUMNS, notes, split=("judge", "rubric"), views=(view,))


def _row(counted: Counted, said: Said, slip: Slip, layer: Layer, games: Games) -> Agreement:
    """A judge and a machine on one error."""
    parts: dict[tuple[bool, bool], list[int]] = {
        (yes, so): [] for yes in (True, False) for so in (True, False)
    }
    looked_at = zip(*(said.found[name] for name in ("status", LISTED[layer], "game")), strict=True)
    for place, ((status, listed, game), judgement) in enumerate(zip(looked_at, said.judgements, strict=True)):
        yes = judgement.majority(slip)
        so = (
            checked(status, json.loads(listed), slip, layer, games[game]) if isinstance(status, str) else None
        )
        if yes is not None and so is not None:
            parts[yes, so].append(place)
    both, alone, missed, neither = map(len, parts.values())
    all_ = both + alone + missed + neither
    decisions = [said.found.iloc[places] for places in parts.values()]
    kappa = kappa_of([counted.sums(part, np.ones(len(part))) for part in decisions])
    return Agreement(
        **said.who._asdict(), error=slip, layer=layer, decisions=all_,
        both=both, judge_alone=alone, machine_alone=missed, neither=neither,
        judge_rate=(both + alone) / all_ if all_ else None,
        machine_rate=(both + missed) / all_ if all_ else None,
        **kappa.fields("kappa"),
    )  # fmt: skip


def checked(
    status: str, labels: Sequence[str], slip: Slip, layer: Layer, known: Mapping[str, About]
) -> bool | None:
    """Whether a machine has found that error in a decision; None where it cannot tell.

    Args:
        status: How the decision was graded.
        labels: What was found in that layer.
        slip: The error.
        layer: Where it is looked for.
        known: The labels that are known in its game; of another nobody can tell to which error it comes near.
    """
    if layer == PLAY and status != "graded":
        return None
    found = {known[label].paper for label in labels if label in known}
    return True if slip in found else None if set(labels) - known.keys() else False


def kappa_of(parts: Sequence[Mapping[Cell, float]]) -> Estimate:
    """Cohen's kappa with its interval.

    Args:
        parts: By game and deal, how many decisions have the label from both, from the first alone, from the
            second alone, from neither.
    """
    cells = list(dict.fromkeys(cell for part in parts for cell in part))
    counts = np.array([[part.get(cell, 0.0) for cell in cells] for part in parts])
    whole = counts.sum(axis=1, keepdims=True)
    value = float(_kappa(*whole)[0])
    if np.isnan(value):
        return Estimate(None, why="both always say the same")
    games, weights = [game for game, _ in cells], counts.sum(axis=0)
    return jackknife(value, _kappa(*(whole - counts)), games, weights, low=-1.0)


def _kappa(both: Floats, first: Floats, second: Floats, neither: Floats) -> Floats:
    """Kappa of tables of two by two, element by element; nan where both always say one and the same.

    With the counts put in, (po - pe) / (1 - pe) is 2 (ad - bc) / ((a + b)(b + d) + (a + c)(c + d)).
    """
    expected = (both + first) * (first + neither) + (both + second) * (second + neither)
    return ratio(2 * (both * neither - first * second), expected)
