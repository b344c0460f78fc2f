"""What the oracles of games of perfect information without luck share: how an error is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game.oracle import Oracle
from gtbench.labels import Label

if TYPE_CHECKING:
    from collections.abc import Mapping


class PerfectOracle(Oracle):
    """Perfect play of a board game for two, in which seats take turns and one wins what the other loses."""

    yardstick: ClassVar[str] = "perfect play"
    certifies: ClassVar[str] = "Every value is the exact outcome with perfect play of both."

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        """What was thrown away, and whether it was a win or a loss within one move."""
        before, after = _sign(max(values.values())), _sign(values[action])
        found = []
        if any(wins_at_once(state, other, seat) for other in values):
            found.append(Label.MISSED_WIN)
        if allows_win(state, action, seat) and not all(allows_win(state, other, seat) for other in values):
            found.append(Label.MISSED_BLOCK)
        if before > after:
            found.append(_THROWN[before, after])
        return tuple(found)

    def costless(
        self, state: Any, seat: int, action: int, values: Mapping[int, float]
    ) -> tuple[tuple[str, ...], int | None]:
        """A win or a block that was left for a move that is worth as much, and how much slower a win is."""
        if not wins_at_once(state, action, seat) and any(wins_at_once(state, a, seat) for a in values):
            left, fastest = [Label.WIN_LEFT], 1
        elif allows_win(state, action, seat) and not all(allows_win(state, a, seat) for a in values):
            return (Label.BLOCK_LEFT,), None
        else:
            left, fastest = [], None
        lost = self._plies_lost(state, seat, action, values, fastest) if values[action] > 0 else None
        return (*left, *([Label.SLOWER_WIN] if lost else [])), lost

    def _plies_lost(
        self, state: Any, seat: int, action: int, values: Mapping[int, float], fastest: int | None
    ) -> int | None:
        """By how many plies a win comes later than it could with best play; None where that is not known."""
        played = self.plies(state.child(action))
        if played is None:
            return None
        if fastest is None:
            won = [self.plies(state.child(other)) for other, value in values.items() if value > 0]
            fastest = 1 + min(plies for plies in won if plies is not None)
        return 1 + played - fastest

    def plies(self, state: Any) -> int | None:
        """How many plies a decided position lasts: who wins hurries, who loses delays; None if not known."""
        return None


_THROWN = {(1, -1): Label.WON_TO_LOST, (1, 0): Label.WON_TO_DRAWN, (0, -1): Label.DRAWN_TO_LOST}


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def wins_at_once(state: Any, action: int, seat: int) -> bool:
    """Whether the move ends the match in the seat's favour."""
    after = state.child(action)
    return bool(after.is_terminal() and after.returns()[seat] > 0)


def allows_win(state: Any, action: int, seat: int) -> bool:
    """Whether the opponent can win with its answer to the move."""
    after = state.child(action)
    if after.is_terminal():
        return False
    return any(wins_at_once(after, answer, 1 - seat) for answer in after.legal_actions())
