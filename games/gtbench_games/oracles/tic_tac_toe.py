"""Tic-Tac-Toe: every position by memoised minimax, in a tenth of a second; the game is a draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gtbench_games.oracles.boards import PerfectOracle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.base import Game


class TicTacToeOracle(PerfectOracle):
    """Perfect play of Tic-Tac-Toe."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self._known: dict[str, float] = {}  # by board: what it pays seat 0
        self._last: dict[str, int] = {}  # by decided board: how many plies it lasts

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        sign = 1 if seat == 0 else -1
        return {action: sign * self._outcome(state.child(action)) for action in state.legal_actions()}

    def _outcome(self, state: Any) -> float:
        """What seat 0 gets of a position with perfect play of both; the board tells who moves."""
        board = str(state)
        if board not in self._known:
            if state.is_terminal():
                self._known[board] = float(state.returns()[0])
            else:
                best = max if state.current_player() == 0 else min
                self._known[board] = best(self._outcome(state.child(a)) for a in state.legal_actions())
        return self._known[board]

    def plies(self, state: Any) -> int:
        board = str(state)
        if board not in self._last:
            self._last[board] = 0 if state.is_terminal() else self._lasts(state)
        return self._last[board]

    def _lasts(self, state: Any) -> int:
        """How many plies a decided position lasts in which somebody is to move."""
        after = [state.child(action) for action in state.legal_actions()]
        mover = 1 if state.current_player() == 0 else -1
        won = [self.plies(child) for child in after if mover * self._outcome(child) > 0]
        return 1 + (min(won) if won else max(map(self.plies, after)))
