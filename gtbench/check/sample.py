"""Positions of a game for the check to look at, and how it says what is wrong with one."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gtbench.errors import BadOption, CheckFailed
from gtbench.game.base import SEATS
from gtbench.game.table import Table, every_deal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game

THOROUGH = 100
"""At how many of them what takes longer is tried."""

TWINS = 3
"""How often a position is compared with one that differs in what is hidden."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property that holds, and what that rests on."""

    name: str
    evidence: str


class PositionSample:
    """Positions of a game: all of them if there are few enough, else those of random matches."""

    def __init__(self, game: Game, positions: int, seed: int) -> None:
        self.game, self.positions, self.seed = game, positions, seed
        self.whole = self._fits()

    def __iter__(self) -> Iterator[Table]:
        return self._walk() if self.whole else self._matches()

    def __str__(self) -> str:
        return "every position on every deal" if self.whole else "random matches"

    def few(self, number: int = THOROUGH) -> Iterator[Table]:
        """Some positions, from the beginning of matches to their end."""
        return itertools.islice(self._matches(), number)

    def _fits(self) -> bool:
        """Whether the whole tree has no more than the wanted number of positions."""
        try:
            every_deal(self.game)
        except BadOption:
            return False
        drawn_before: dict[int, int] = {}  # by deal: chance events at its start
        for walked, table in enumerate(self._walk(), 1):
            before = drawn_before.setdefault(table.deal.seed, table.events)
            later_luck = not table.over and table.events > before  # of which a deal has one outcome only
            if walked > self.positions or later_luck:
                return False
        return True

    def _walk(self) -> Iterator[Table]:
        """Every position on every deal, each once a path."""
        for deal in every_deal(self.game):
            stack = [Table(self.game, deal)]
            while stack:
                table = stack.pop()
                yield table
                choices = itertools.product(*(table.legal(seat) for seat in table.to_move))
                stack += [after(table, choice) for choice in choices if choice]

    def _matches(self) -> Iterator[Table]:
        """The positions of random matches, up to the wanted number."""
        rng, looked_at = random.Random(self.seed), 0
        for seed in itertools.count(self.seed):
            table = Table(self.game, self.game.deal(seed))
            while True:
                yield table
                looked_at += 1
                if looked_at == self.positions:
                    return
                if table.over:
                    break
                table = after(table, tuple(rng.choice(table.legal(seat)) for seat in table.to_move))


def after(table: Table, actions: tuple[int, ...]) -> Table:
    """The table after one more ply, spoken and heard."""
    heard = {}
    for seat, action in zip(table.to_move, actions, strict=True):
        said = table.game.say(action)
        heard[seat] = table.game.hear(table.state, seat, said)
        require(
            heard[seat] == action, f"{said!r} is said for action {action}, but heard as {heard[seat]}", table
        )
    following = table.copy()
    following.play({seat: action for seat, action in heard.items() if isinstance(action, int)})
    return following


def asked(sample: PositionSample) -> Iterator[tuple[Table, int]]:
    """Some positions, each with a seat that is to move there."""
    return ((table, seat) for table in sample.few() for seat in table.to_move)


def twins(table: Table, seat: int) -> Iterator[Table]:
    """Tables on which the same was played, and only what is hidden from the seat differs."""
    for number in range(TWINS):
        start = table.game.twin(table.game.start(table.deal), seat, number)
        if start is not None:
            twin = Table(table.game, table.deal, start=start)
            for actions in table.plies:
                twin.play(actions)
            yield twin


def require(holds: bool, what: str, table: Table) -> None:
    """Raise `CheckFailed` with the position as both seats see it, unless a property holds."""
    if not holds:
        raise CheckFailed(f"{table.game}: {what}\n\n{shown(table)}")


def shown(table: Table) -> str:
    """A position as both seats see it."""
    seats = (
        f"Seat {seat} reads{', and is to move' if seat in table.to_move else ''}:\n{table.view(seat).text}"
        for seat in SEATS
    )
    return "\n\n".join([f"Deal {table.deal.seed} of {table.deal.game}, plies {list(table.plies)}", *seats])
