"""The baseline that looks one move ahead: it takes what pays most at once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.agent.spec import Decision
from gtbench.reply import TAG
from gtbench_agents.simulation import advance, movers, worlds

if TYPE_CHECKING:
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View

WORLDS = 100
"""How many states are drawn where something is hidden."""

ROUNDING = 1e-9


class Greedy:
    """Plays the move after which it has earned most; one of them at random where several are equal.

    What a move earns is the seat's payoff as it stands right after it, 0 while nothing is decided in the
    games that pay at their end: so it wins where a move wins, loses at once only where every move does,
    accepts any deal that is worth something, and defects. It is a mean: exact over the chance that follows
    the move and over the other's move where both move at once, taken to be any legal one equally often; and
    over 100 states drawn from those that the seat may be in where something is hidden. It never looks at an
    answer.

    Args:
        game: The game.
        rng: The luck of this match and seat.
    """

    deterministic: ClassVar[bool] = True

    def __init__(self, *, game: Game, rng: Random) -> None:
        self._game, self._rng = game, rng

    async def act(self, view: View) -> Decision:
        """A move that pays most at once, without a model."""
        game = self._game
        drawn = list(itertools.islice(worlds(game, view, self._rng), 1 if game.perfect else WORLDS))
        legal = game.legal(drawn[0], view.seat)
        earned = {action: sum(self._earned(state, view.seat, action) for state in drawn) for action in legal}
        best = max(earned.values()) - ROUNDING * len(drawn)
        action = self._rng.choice([action for action in legal if earned[action] >= best])
        return Decision(f"{TAG} {game.say(action)}")

    def _earned(self, state: Any, seat: int, action: int) -> float:
        """What the seat has earned on average right after its action."""
        if len(movers(self._game, state)) == 1:
            return _settled(state.child(action), seat)
        answers = self._game.legal(state, 1 - seat)
        total = 0.0
        for answer in answers:
            after = state.clone()
            advance(after, {seat: action, 1 - seat: answer})
            total += _settled(after, seat)
        return total / len(answers)


def _settled(state: Any, seat: int) -> float:
    """What the seat has earned on average once chance is resolved."""
    if not state.is_chance_node():
        return float(state.returns()[seat])
    return sum(
        float(chance) * _settled(state.child(int(outcome)), seat)
        for outcome, chance in state.chance_outcomes()
    )
