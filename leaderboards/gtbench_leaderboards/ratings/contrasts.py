"""What a factor changes: agents that differ in it alone, their scores compared deal by deal.

Agents are put together that are the same in all but the factor (`gtbench_leaderboards.data.factors`): the
same model asked in two ways, say. For two levels of the factor,

    difference   the mean over these groups of the first's score less the second's, then over games
    by deal      its interval for these very models: what other deals would change
    over models  its interval where the groups are a sample: Student's t over the groups' differences, each
                 the mean over games; what other models of the kind would show. None below `FEWEST` groups
    better       in how many groups the first scores more

Several agents of a group at one level count by their mean. The factor `skin` takes each agent with a model as
its own group, and its games in original and in other words as the levels; who has no model recalls nothing,
and is what the models are measured by.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gtbench.errors import BadOption
from gtbench.records import Record
from gtbench.report import TOO_FEW, Column, Report, View
from gtbench_leaderboards.data import factors
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import OVERALL, by_game
from gtbench_leaderboards.data.skins import ORIGINAL, SKIN, by_skin
from gtbench_leaderboards.estimate.ranks import difference
from gtbench_leaderboards.estimate.ratio import ALIKE, LEVEL, Estimate, Ratios, ratios

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gtbench.log.read import RunLog

FEWEST = 3
"""Groups below which nothing is said of other models."""


class Contrast(Record):
    """Two levels of a factor in one game, or overall; figures are None where they are undefined."""

    factor: str
    game: str
    first: str
    second: str
    groups: int  # of agents that are the same in all else, with both levels
    better: int  # of them, those in which the first scores more
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    difference_why: str
    models_low: float | None  # over models
    models_high: float | None
    models_why: str


def _span(row: Contrast) -> str:
    """The interval over models, or why there is none."""
    if row.models_low is None or row.models_high is None:
        return row.models_why
    return f"{row.models_low:+.3f}..{row.models_high:+.3f}"


COLUMNS = (
    Column("factor", key=True),
    Column("game", key=True, help="The game; overall is the mean over games."),
    Column("first", key=True, help="The level whose score is compared."),
    Column("second", key=True, help="With which."),
    Column("groups", form="d", help="Of agents that differ in nothing but the factor, and have both levels."),
    Column("better", form="d", help="In how many of them the first scores more."),
    Column(
        "difference",
        form="+.3f",
        interval=("difference_low", "difference_high", "difference_why"),
        help="Of scores, the mean over the groups; the interval is by deal, for these very agents.",
    ),
    Column(
        "models_why",
        title="over models",
        form=_span,
        also=("models_low", "models_high"),
        help="The 95 % interval where the groups are a sample: what other models would show.",
    ),
)

NOTES = (
    "Agents are compared that are the same in all but the factor; the difference is the mean over such "
    "groups of the first's score less the second's. Its interval is by deal, for these very agents and "
    "games; over models: where the groups are a sample, by Student's t over their differences. Both 95 %, "
    "each for one comparison."
)


def report(log: RunLog, by: str, path: str = "") -> Report[Contrast]:
    """What a factor changes, see the module.

    Args:
        log: The run log.
        by: The factor.
        path: Of a file that states factors of agents; see `gtbench_leaderboards.data.factors.stated`.
    """
    results = with_ranges(log)
    if by == SKIN:
        changed, both = by_skin(results)
        levels = {name: told for name, told in both.items() if factors.Agent.of(told[0]).name}
    else:
        known = factors.stated(path) if path else {}
        for agent in known:
            log.agent(agent)
        found = {agent: factors.level(agent, by, known) for agent in log.agents}
        changed, levels = results, {agent: told for agent, told in found.items() if told}
    rows = contrasts(changed, levels, by)
    if not rows and by == SKIN:
        raise BadOption(f"{log.path} holds no game both in its original words and in a skin")
    if not rows:
        raise BadOption(
            f"no two agents differ in {by} alone: state what is known of them with --factors FILE"
        )
    return Report(tuple(rows), COLUMNS, NOTES, split=("factor",), views=(View("By {factor}"),))


def contrasts(results: pd.DataFrame, levels: Mapping[str, tuple[str, str]], factor: str) -> list[Contrast]:
    """The rows of each two levels, overall and in each game.

    Args:
        results: As `RunLog.results()` gives them.
        levels: By agent, its group and its level.
        factor: What it is called.
    """
    if not len(results):
        return []
    games = list(by_game(results))
    agents = games[0].agents
    scores = {
        game.game: ratios(game.by_deal(game.share * game.weight), game.by_deal(game.weight)) for game in games
    }
    told = sorted({level for _, level in levels.values()}, key=_order)
    rows = []
    for first, second in itertools.combinations(told, 2):
        places = _places(agents, levels, (first, second))
        found = {name: both for name, score in scores.items() if (both := _both(score, places))}
        parts = {OVERALL: list(found.values())} if len(found) > 1 else {}
        parts |= {name: [both] for name, both in found.items()}
        rows += [_row(factor, name, (first, second), some) for name, some in parts.items()]
    return rows


def _order(level: str) -> tuple[bool, float, str]:
    """How levels stand: numbers from the largest down, words by the alphabet, what is not known last."""
    number = re.match(r"\d+(?:\.\d+)?", level)
    unit = 1000 if level.endswith("b") else 1
    return level in (factors.NOT_STATED, ORIGINAL), -float(number[0]) * unit if number else 0.0, level


def _places(
    agents: Sequence[str], levels: Mapping[str, tuple[str, str]], both: tuple[str, str]
) -> dict[str, tuple[list[int], list[int]]]:
    """By group, the places of its agents of each of two levels."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    for place, agent in enumerate(agents):
        group, level = levels.get(agent, ("", ""))
        if level in both:
            found.setdefault(group, ([], []))[both.index(level)].append(place)
    return found


def _both(score: Ratios, places: Mapping[str, tuple[list[int], list[int]]]) -> dict[str, Ratios]:
    """By group, the two levels in one game; only groups that have played it at both."""
    found = {}
    for group, sides in places.items():
        played = [[place for place in side if score.deals[place]] for side in sides]
        if all(played):
            found[group] = _joined([mean([score.part([place]) for place in side]) for side in played])
    return found


def mean(found: Sequence[Ratios]) -> Ratios:
    """The mean of ratios over the same deals, place by place."""
    return Ratios(
        np.mean([one.value for one in found], axis=0),
        np.mean([one.pull for one in found], axis=0),
        np.min([one.deals for one in found], axis=0),
        np.min([one.effective for one in found], axis=0),
    )


def _joined(found: Sequence[Ratios]) -> Ratios:
    """Ratios of one agent each as those of several."""
    return Ratios(
        np.concatenate([one.value for one in found]),
        np.concatenate([one.pull for one in found]),
        np.concatenate([one.deals for one in found]),
        np.concatenate([one.effective for one in found]),
    )


def _row(factor: str, game: str, levels: tuple[str, str], found: Sequence[Mapping[str, Ratios]]) -> Contrast:
    """The row of two levels in one game, or the mean over several."""
    whole = difference([mean([*groups.values()]) for groups in found], 0, 1).estimate
    apart: dict[str, list[float]] = {}
    for groups in found:
        for group, both in groups.items():
            apart.setdefault(group, []).append(float(both.value[0] - both.value[1]))
    gaps = [float(np.mean(values)) for values in apart.values()]
    models = over_models(gaps)
    return Contrast(
        factor=factor,
        game=game,
        first=levels[0],
        second=levels[1],
        groups=len(gaps),
        better=sum(gap > ALIKE for gap in gaps),
        models_low=models.low,
        models_high=models.high,
        models_why=models.why,
        **whole.fields("difference"),
    )


def over_models(gaps: Sequence[float]) -> Estimate:
    """The mean of the groups' differences, with its interval where they are a sample of such groups."""
    value = float(np.mean(gaps))
    if len(gaps) < FEWEST:
        return Estimate(value, why=TOO_FEW)
    half = (
        float(special.stdtrit(len(gaps) - 1, (1 + LEVEL) / 2))
        * float(np.std(gaps, ddof=1))
        / math.sqrt(len(gaps))
    )
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))
