"""What random play of Tic-Tac-Toe gives away on average, by a walk of the tree with a solver of its own."""

from __future__ import annotations

from functools import partial
from typing import Any


def random_play(start: Any) -> tuple[float, float]:
    """What both give away together on average, and in how many decisions, each move as likely."""
    worths: dict[str, float] = {}
    known: dict[str, tuple[float, float]] = {}

    def outcome(state: Any) -> float:
        """What the player to move gets with perfect play of both."""
        if str(state) not in worths:
            worths[str(state)] = max(map(partial(worth, state.current_player()), children(state)))
        return worths[str(state)]

    def worth(mover: int, after: Any) -> float:
        """What a move is worth to who made it."""
        return float(after.returns()[mover]) if after.is_terminal() else -outcome(after)

    def expected(state: Any) -> tuple[float, float]:
        if state.is_terminal():
            return 0.0, 0.0
        if str(state) not in known:
            moves = children(state)
            later = [expected(after) for after in moves]
            lost = [outcome(state) - worth(state.current_player(), after) for after in moves]
            regret = sum(lost) + sum(regret for regret, _ in later)
            known[str(state)] = regret / len(moves), 1 + sum(asked for _, asked in later) / len(moves)
        return known[str(state)]

    return expected(start)


def children(state: Any) -> list[Any]:
    return [state.child(action) for action in state.legal_actions()]
