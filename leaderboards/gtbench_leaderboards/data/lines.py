"""Matches as lines of play, by a log's columns: what it takes to play them again without their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gtbench.records import Match

if TYPE_CHECKING:
    import pandas as pd

    from gtbench.log.read import RunLog


class Move(NamedTuple):
    """What a seat did."""

    seat: int
    action: int | None
    forced: bool  # the only legal move, for which it was not asked


class Line(NamedTuple):
    """A match: who played, and every move; fields are named as in its record."""

    number: int
    game: str
    deal: int
    seed: int
    agents: tuple[str, str]
    zero_sum: bool
    forfeited_by: tuple[int, ...]
    turns: tuple[Move, ...]


Games = Mapping[str, Iterable[Line | Match]]
"""The matches of each game, in the log's order."""


class Lines(Mapping[str, Iterator[Line]]):
    """The lines of each game of a log; those of a game are made one at a time, as somebody asks."""

    def __init__(self, log: RunLog) -> None:
        wanted = ("match", "seat", "game", "deal", "seed", "agent", "zero_sum", "forfeited")
        self._results = log.results(*wanted)
        self._moves = log.decisions("match", "seat", "game", "action", "forced")

    def __iter__(self) -> Iterator[str]:
        return iter(self._results["game"].cat.categories)

    def __len__(self) -> int:
        return len(self._results["game"].cat.categories)

    def __getitem__(self, game: str) -> Iterator[Line]:
        """The lines of a game, in the log's order."""
        rows, moves = (part[part["game"] == game] for part in (self._results, self._moves))
        first, second = (rows[rows["seat"] == seat] for seat in (0, 1))
        sides = zip(first["agent"], second["agent"], strict=True)
        forfeits = zip(first["forfeited"], second["forfeited"], strict=True)
        plain = (first[name].tolist() for name in ("match", "deal", "seed", "zero_sum"))
        lines = zip(*plain, sides, forfeits, _turns(moves, first["match"]), strict=True)
        for number, deal, seed, zero_sum, agents, forfeited, turns in lines:
            by = tuple(seat for seat, so in enumerate(forfeited) if so)
            yield Line(number, game, deal, int(seed), agents, zero_sum, by, turns)


def _turns(moves: pd.DataFrame, numbers: pd.Series) -> Iterator[tuple[Move, ...]]:
    """The moves of each of these matches, given those of all, match by match in order."""
    actions = moves["action"].astype(object).where(moves["action"].notna(), None)
    made = list(map(Move, moves["seat"].tolist(), actions, moves["forced"].tolist()))
    ends = (np.searchsorted(moves["match"], numbers, side).tolist() for side in ("left", "right"))
    for start, end in zip(*ends, strict=True):
        yield tuple(made[start:end])
