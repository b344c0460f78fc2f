"""How many turns the matches of each agent take."""

from statistics import fmean
from typing import NamedTuple

from gtbench import RunLog
from gtbench.report import Column, Report, View


class Length(NamedTuple):
    """How long the matches of one agent are."""

    agent: str
    matches: int
    turns: float


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column("matches", form="d", help="Matches that are long enough."),
    Column("turns", form=".2f", help="Mean turns of these."),
)


def report(log: RunLog, at_least: int = 1) -> Report[Length]:
    """How long the matches of each agent are.

    Args:
        log: The run log.
        at_least: Leave out matches with fewer turns.
    """
    lengths: dict[str, list[int]] = {}
    for match in log.matches():
        for agent in match.agents:
            lengths.setdefault(agent, []).extend([len(match.turns)] * (len(match.turns) >= at_least))
    rows = tuple(Length(agent, len(own), fmean(own)) for agent, own in lengths.items() if own)
    return Report(rows, COLUMNS, "A turn is one seat asked for one move.", views=(View("Lengths"),))
