"""What was played, a row a match; which matches are void, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.errors import BadOption
from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench.text import line

if TYPE_CHECKING:
    from gtbench.log.read import RunLog


class Played(Record):
    """One match."""

    match: int
    game: str
    deal: int
    player_0: str
    player_1: str
    reward_0: float
    reward_1: float
    forfeited_by: tuple[str, ...]  # player_0, player_1
    turns: int
    faults: int


COLUMNS = (
    Column("match", form="d", key=True, help="Its number, by which `gtbench replay` shows it."),
    Column("game", key=True),
    Column("deal", form="d", help="The deal's place among the run's deals of the game, from 0."),
    Column("player_0", title="player_0", agent=True),
    Column("player_1", title="player_1", agent=True),
    Column("reward_0", form="g", help="What player_0 got, in the game's own units."),
    Column("reward_1", form="g", help="What player_1 got."),
    Column("forfeited_by"),
    Column("turns", form="d"),
    Column("faults", form="d", help="Faulty answers of both."),
)


def report(log: RunLog, last: int = 0) -> Report[Played]:
    """The matches that were played, and void ones below.

    Args:
        log: The run log.
        last: Only so many, the last ones; 0 for all.
    """
    if last < 0:
        raise BadOption(f"last is a whole number from 0, not {last}")
    rows = tuple(
        Played(
            match=match.number,
            game=match.game,
            deal=match.deal,
            player_0=match.agents[0],
            player_1=match.agents[1],
            reward_0=match.rewards[0],
            reward_1=match.rewards[1],
            forfeited_by=tuple(f"player_{seat}" for seat in match.forfeited_by),
            turns=len(match.turns),
            faults=len(match.faults),
        )
        for match in log.matches()[-last:]
    )
    void = "\n".join(f"Match {one.number} is void: {line(one.reason)}." for one in log.voids())
    return Report(rows, COLUMNS, void, views=(View("Matches"),))
