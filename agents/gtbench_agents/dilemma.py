"""The classic players of the iterated prisoner's dilemma, all of which look back one round only.

Each cooperates with a probability that depends on the last round: both cooperated (CC), it cooperated and the
other defected (CD), the reverse (DC), or both defected (DD). T, R, P and S are the payoffs of temptation,
reward, punishment and sucker, read off the loaded game.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from gtbench.agent.spec import Decision
from gtbench.reply import TAG

if TYPE_CHECKING:
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View

COOPERATE, DEFECT = 0, 1  # the engine's actions
EVENTS_A_ROUND = 3  # in the engine's history: seat 0's move, seat 1's, and whether the match goes on


ROUNDS: tuple[tuple[int | None, ...], ...] = (
    (COOPERATE, COOPERATE), (COOPERATE, DEFECT), (DEFECT, COOPERATE), (DEFECT, DEFECT),
)  # fmt: skip
"""What can have happened in a round, the own move first, in the order of `MemoryOne.after`."""


class MemoryOne:
    """A player whose next move depends on the last round alone.

    Args:
        game: The game.
        rng: The luck of this match and seat.
    """

    deterministic: ClassVar[bool] = True
    games: ClassVar[tuple[str, ...]] = ("prisoners_dilemma",)

    first: ClassVar[float] = 1
    """The probability of cooperation in the first round."""
    after: tuple[float, float, float, float]
    """The probability of cooperation after CC, CD, DC and DD, the own move named first."""

    def __init__(self, *, game: Game, rng: Random) -> None:
        self._game, self._rng = game, rng

    async def act(self, view: View) -> Decision:
        """The move that the last round calls for, without a model."""
        own, other = (view.seen[seat::EVENTS_A_ROUND] for seat in (view.seat, 1 - view.seat))
        chance = self.after[ROUNDS.index((own[-1], other[-1]))] if own else self.first
        action = COOPERATE if self._rng.random() < chance else DEFECT
        return Decision(f"{TAG} {self._game.say(action)}")


class AlwaysCooperate(MemoryOne):
    """Cooperates, whatever happens."""

    after = (1, 1, 1, 1)


class AlwaysDefect(MemoryOne):
    """Defects, whatever happens: what a single round calls for."""

    first = 0
    after = (0, 0, 0, 0)


class TitForTat(MemoryOne):
    """Cooperates first, then does what the other did (A. Rapoport; R. Axelrod and W. Hamilton, 1981)."""

    after = (1, 0, 1, 0)


class Grim(MemoryOne):
    """Cooperates until the other defects once, then defects for good (J. Friedman, 1971).

    Its own defection is its memory of the other's.
    """

    after = (1, 0, 0, 0)


class Pavlov(MemoryOne):
    """Wins and stays, loses and shifts: cooperates after CC and DD (M. Nowak and K. Sigmund, 1993)."""

    after = (1, 0, 0, 1)


class GenerousTitForTat(MemoryOne):
    """Tit for tat that forgives a defection with some probability (M. Nowak and K. Sigmund, 1992).

    Args:
        game: The game.
        rng: The luck of this match and seat.
        generosity: The probability to cooperate after the other's defection. Unless said, the highest that
            defectors cannot exploit, min(1 - (T - R) / (R - S), (R - P) / (T - P)), and not below 0. With the
            game's default payoffs that is 0, plain tit for tat, since 2R = T + S there.
    """

    def __init__(
        self, *, game: Game, rng: Random, generosity: Annotated[float, Field(ge=0, le=1)] | None = None
    ) -> None:
        super().__init__(game=game, rng=rng)
        t, r, p, s = payoffs(game)
        highest = max(0, min(1 - (t - r) / (r - s), (r - p) / (t - p)))
        forgives = highest if generosity is None else generosity
        self.after = (1, forgives, 1, forgives)


class Extortion(MemoryOne):
    """Extorts: whatever the other plays, it gains `chi` times what the other gains over P, in the long run.

    A zero-determinant strategy (W. Press and F. Dyson, PNAS 109(26), 2012, equation 12): its vector less
    (1, 1, 0, 0) is phi * ((own payoff - P) - chi * (other's payoff - P)) in each of the four rounds, so that
    the mean payoffs of an endless match obey own - P = chi * (other's - P). Matches that end soon need not.
    `phi` is half of the largest for which all four are probabilities, as in the paper's example.

    Args:
        game: The game.
        rng: The luck of this match and seat.
        chi: The extortion factor; 1 is a fair share.
    """

    def __init__(
        self, *, game: Game, rng: Random, chi: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 3.0
    ) -> None:
        super().__init__(game=game, rng=rng)
        t, r, p, s = payoffs(game)
        after_cc = (chi - 1) * (r - p)
        after_cd = (p - s) + chi * (t - p)
        after_dc = (t - p) + chi * (p - s)
        phi = 0.5 / max(after_cc, after_cd, after_dc)
        self.after = (1 - phi * after_cc, 1 - phi * after_cd, phi * after_dc, 0)


def payoffs(game: Game) -> tuple[float, float, float, float]:
    """T, R, P and S: what one round pays."""
    temptation, sucker = game.play_out((DEFECT, COOPERATE)).returns()
    reward, _ = game.play_out((COOPERATE, COOPERATE)).returns()
    punishment, _ = game.play_out((DEFECT, DEFECT)).returns()
    return float(temptation), float(reward), float(punishment), float(sucker)
