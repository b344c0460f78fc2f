"""What the author of a report, and of a script over a log, writes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import gtbench
from gtbench.records import Record
from gtbench.report import Column, Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gtbench import Match, RunLog


class Row(Record):
    """How often an agent forfeited."""

    agent: str
    forfeits: int = 0


def report(log: RunLog, *, at_least: int = 1) -> Report[Row]:
    """A report with an option."""
    matches: Sequence[Match] = log.matches()
    counts = Counter(match.agents[seat] for match in matches for seat in match.forfeited_by)
    rows = tuple(Row(agent=agent, forfeits=count) for agent, count in counts.items() if count >= at_least)
    columns = (Column("agent", key=True, agent=True), Column("forfeits", form="d", help="Matches."))
    return Report(rows, columns, "Nothing more is to be said.")


def script(path: Path) -> list[str]:
    """A tournament, its log and its tables."""
    cup = gtbench.Tournament(agents=("random", "greedy"), games=("kuhn_poker",), deals=2)
    log = gtbench.run(cup, log=path)
    best = report(gtbench.open_log(path)).rows[0]
    return [best.agent, *(str(column) for column in log.standings().columns), *log.frame().columns]
