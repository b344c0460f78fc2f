"""Grade the decisions of finished matches: each turn is replayed on a table and graded by the game's oracle.

A grade is a function of the match's record and the oracle, so that a log can be graded again at any time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from gtbench.errors import GtbenchError, NoOracle
from gtbench.game.base import SEATS
from gtbench.game.oracle import Unsolved
from gtbench.grading.luck import luck
from gtbench.grading.plies import plies
from gtbench.grading.reasoning import Reasoning, read_reasoning
from gtbench.records import Grade, Phase
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gtbench.game.base import Game
    from gtbench.game.oracle import Oracle
    from gtbench.game.table import Table
    from gtbench.records import Match, Turn

PHASES: tuple[Phase, ...] = get_args(Phase)


def grade_match(match: Match, oracle: Oracle) -> tuple[Grade, ...]:
    """What the oracle says of each turn of a match.

    Raises:
        ValueError: The match cannot be replayed: it was played by other rules than the game has now.
    """
    grades: list[Grade] = []
    length = math.ceil(len(match.turns) / (len(SEATS) if oracle.game.simultaneous else 1))
    for ply, (table, turns) in enumerate(plies(match, oracle.game)):
        phase = PHASES[ply * len(PHASES) // length]
        grades += [_grade(turn, len(grades) + i, phase, table, oracle) for i, turn in enumerate(turns)]
    return tuple(grades)


def _grade(turn: Turn, place: int, phase: Phase, table: Table, oracle: Oracle) -> Grade:
    """What the oracle says of a turn that is to be played at the table now."""
    legal = table.legal(turn.seat)
    known: dict[str, Any] = {
        "turn": place, "seat": turn.seat, "phase": phase, "alternatives": len(legal),
    }  # fmt: skip
    if turn.action is None:
        return Grade(
            status="no move", **known, **_reasoning(read_reasoning(turn, table.game, table.state, None))
        )
    if turn.action not in legal:
        raise ValueError(f"{turn.move} is not legal in turn {place + 1}")
    verdict = oracle.grade(table.state, turn.seat, turn.action)
    known |= _reasoning(read_reasoning(turn, table.game, table.state, verdict))
    if verdict is None:
        return Grade(status="undecided", **known)
    return Grade(
        status="graded",
        value=None if verdict.value is None else verdict.value + 0.0,  # which is never -0
        after=None if verdict.value is None else verdict.value - verdict.regret + 0.0,
        regret=verdict.regret,
        error=turn.action not in verdict.best,
        exact=verdict.exact,
        best=tuple(map(table.game.say, verdict.best)),
        action_values={action: value + 0.0 for action, value in verdict.action_values.items()},
        stake=verdict.stake,
        labels=tuple(map(str, verdict.labels)),
        plies_lost=verdict.plies_lost,
        **known,
    )


def _reasoning(read: Reasoning) -> dict[str, Any]:
    """What a grade says of the words before a move."""
    return {
        "slips": read.slips,
        "words": read.words,
        "checkable": len(read.claims),
        "sound": sum(claim.holds for claim in read.claims),
    }


class Graded(NamedTuple):
    """What is said of a match once its game's oracle has seen it."""

    turns: tuple[Grade, ...]
    luck: tuple[float, float]
    """By seat, see `gtbench.grading.luck`."""


class Grader:
    """The oracles of a run's games; what it cannot grade stays ungraded, and it says why.

    Where a game has no oracle, its moves are undecided; what its replies say is checked all the same.
    A match has been paid for, so an oracle that fails must not cost it.
    """

    def __init__(self) -> None:
        self._oracles: dict[str, Oracle] = {}
        self.troubles: list[str] = []
        """What went wrong: a line for each game without an oracle, and for each match that it failed in."""

    @property
    def games(self) -> Collection[str]:
        """The games whose matches are graded."""
        return self._oracles.keys()

    def prepare(self, games: Iterable[Game]) -> None:
        """Load the oracles of some games; the first time, some take a minute to compute."""
        for game in games:
            try:
                oracle = game.oracle()
                oracle.prepare()
            except NoOracle as error:
                self._oracles[str(game)] = Unsolved(game)
                self.troubles.append(f"{error}; its moves are not graded, only its replies are")
            except GtbenchError as error:
                self.troubles.append(f"{error}; its matches are not graded")
            except Exception as error:  # noqa: BLE001  (a bug of an oracle must not stop a tournament)
                self.troubles.append(
                    f"{game} is not graded, its oracle failed: {type(error).__name__}: {line(error)}"
                )
            else:
                self._oracles[str(game)] = oracle

    def grade(self, match: Match) -> Graded | None:
        """The grades of a match and its luck; None where the game was not prepared, or its oracle failed."""
        oracle = self._oracles.get(match.game)
        if oracle is None:
            return None
        try:
            return Graded(grade_match(match, oracle), luck(match, oracle))
        except Exception as error:  # noqa: BLE001  (as above)
            self.troubles.append(
                f"match {match.number}, {match.game}, is not graded: {type(error).__name__}: {line(error)}"
            )
            return None
