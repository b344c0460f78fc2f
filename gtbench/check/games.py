"""The check of games.

A small tree is walked whole, on every deal; a large one is sampled by random matches on many deals. Each
finding says how many positions it rests on and which of the two it was.

Not here: whether rules, observations and history say what the engine does. No machine can read them; assert
what yours say against the engine, as the tests of gtbench's own games do.
"""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gtbench.catalogue import load_game
from gtbench.check.environments import pettingzoo
from gtbench.check.handed import handed
from gtbench.check.luck import apart, luck
from gtbench.check.play import forfeits, fresh, kept, refused, seen, tree
from gtbench.check.sample import PositionSample, Property
from gtbench.check.secrecy import drawn, recall, secrecy
from gtbench.check.words import (
    explained,
    labels,
    never_guessed,
    parameters,
    questions,
    rules,
    skin,
    understood,
    words,
)
from gtbench.errors import BrokenGame, CheckFailed, GtbenchError, MissingDependency
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gtbench.game.base import Game

POSITIONS = 4000
"""How many positions are looked at unless said otherwise."""

CHECKS: tuple[Callable[[PositionSample], str], ...] = (
    rules, words, questions, labels, understood, never_guessed, explained, tree, fresh, secrecy, recall,
    drawn, luck, apart, handed, refused, forfeits, kept, seen, parameters, pettingzoo,
)  # fmt: skip


def check_game(game: Game | str, *, positions: int = POSITIONS, seed: int = 0) -> tuple[Property, ...]:
    """Check all that must hold of a game.

    Args:
        game: The game, or its name with parameters and skin in brackets.
        positions: How many positions to look at; a tree with no more of them is walked whole.
        seed: Of the sampled matches.

    Raises:
        CheckFailed: Something does not hold; the position follows, as both seats see it.
        UserError: A name or an option is wrong.
    """
    game = _made(game) if isinstance(game, str) else game
    with _own_failures(str(game)):
        sample = PositionSample(game, positions, seed)
        findings = [
            Property((check.__doc__ or check.__name__).rstrip("."), check(sample))
            for check in (*CHECKS, *([skin] if game.skin else []))
        ]
    return tuple(findings)


def _made(name: str) -> Game:
    """The game with that name; that it cannot be made is a finding too."""
    try:
        return load_game(name)
    except (BrokenGame, MissingDependency) as error:
        raise CheckFailed(f"{error}{_trace(error.__cause__)}") from error


@contextmanager
def _own_failures(game: str) -> Iterator[None]:
    """Turn an exception that the game's code raises while it is checked into a finding."""
    try:
        yield
    except GtbenchError:
        raise
    except Exception as error:
        raise CheckFailed(f"{game}: {type(error).__name__}: {line(error)}{_trace(error)}") from error


def _trace(error: BaseException | None) -> str:
    """Where an exception came from, on further lines."""
    return "\n\n" + "".join(traceback.format_exception(error)).rstrip() if error else ""
