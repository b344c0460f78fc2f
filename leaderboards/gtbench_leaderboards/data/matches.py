"""What was played, a row a match; which matches are void, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


COUNTED = ("match", "seat", "game", "deal", "agent", "reward", "forfeited", "decisions", "forced", "faults")


def report(log: RunLog, last: int = 0) -> Report[Played]:
    """The matches that were played, and void ones below.

    Args:
        log: The run log.
        last: Only so many, the last ones; 0 for all.
    """
    if last < 0:
        raise BadOption(f"last is a whole number from 0, not {last}")
    found = log.results(*COUNTED, last=last or None)
    seats = [found[found["seat"] == seat].itertuples(index=False) for seat in (0, 1)]
    rows = tuple(_row(*both) for both in zip(*seats, strict=True))
    void = "\n".join(f"Match {one.number} is void: {line(one.reason)}." for one in log.voids())
    return Report(rows, COLUMNS, void, views=(View("Matches"),))


def _row(first: Any, second: Any) -> Played:
    """A match as both seats have it."""
    return Played(
        match=first.match,
        game=first.game,
        deal=first.deal,
        player_0=first.agent,
        player_1=second.agent,
        reward_0=first.reward,
        reward_1=second.reward,
        forfeited_by=tuple(f"player_{one.seat}" for one in (first, second) if one.forfeited),
        turns=sum(one.decisions + one.forced for one in (first, second)),
        faults=first.faults + second.faults,
    )
