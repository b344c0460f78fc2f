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
