"""What the check asks of a game's secrets: that none leaks, and that nobody forgets what was told."""

from __future__ import annotations

import difflib
import random
from typing import TYPE_CHECKING

from gtbench.check.luck import has_luck
from gtbench.check.sample import THOROUGH, require, shown, twins
from gtbench.errors import CheckFailed
from gtbench.game.base import SEATS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from gtbench.check.sample import PositionSample
    from gtbench.game.base import Game
    from gtbench.game.table import Table


ANSWERS = 8
"""How many moves are said in a position, to see how they are taken."""


def secrecy(sample: PositionSample) -> str:
    """No byte of a view, and no right answer to a question, depends on what the seat may not know."""
    game = sample.game
    compared = _compare(game, sample, _shown_to)
    _compare(game, sample.few(10 * THOROUGH), _answered_to)
    _compare(game, sample.few(10 * THOROUGH), _right_for)
    if game.perfect:
        return "nothing is hidden"
    if game.simultaneous and not has_luck(game):
        return "nothing is hidden but moves made at once"
    if not compared:
        raise CheckFailed(
            f"{game}: no two positions agree in what a seat may know and differ in what is hidden: look at "
            "more positions, or say in Game.twin how to vary what is hidden"
        )
    return f"{compared} comparisons, {sample}"


def _compare(game: Game, tables: Iterable[Table], read: Callable[[Table, int], str]) -> int:
    """How often positions were compared in which a seat may know the same and something hidden differs."""
    seen: dict[Hashable, tuple[str, str, Table]] = {}
    compared = 0
    for table in tables:
        if table.over:  # the payoff of a showdown says something of what was hidden
            continue
        for seat in SEATS:
            for alike in (table, *twins(table, seat)):
                here = read(alike, seat), str(alike.state), alike
                before, state, twin = seen.setdefault((seat, game.information(alike.state, seat)), here)
                compared += state != here[1]
                if before != here[0]:
                    change = "\n".join(difflib.ndiff(before.splitlines(), here[0].splitlines()))
                    raise CheckFailed(
                        f"{game}: seat {seat} reads something else though it may know the same:\n{change}\n\n"
                        f"{shown(alike)}\n\nThe other position:\n{shown(twin)}"
                    )
    return compared


def _shown_to(table: Table, seat: int) -> str:
    """All that a seat is shown: its view and its numbers."""
    view, numbers = table.view(seat), table.game.tensor(table.state, seat)
    return f"{view.rules}\n\n{view.text}\n\n{view.legal}\n\n{view.seen}\n\n{numbers.tolist()}"


def _answered_to(table: Table, seat: int) -> str:
    """What a seat could learn from how its answers are taken."""
    game, state = table.game, table.state
    spelled = [game.spellings(state, seat, action) for action in table.legal(seat)]
    some = game.vocabulary[:: 1 + len(game.vocabulary) // ANSWERS]
    taken = [game.hear(state, seat, answer) for answer in ("nonsense", *some)]
    return f"{spelled}\n\n{taken}"


def _right_for(table: Table, seat: int) -> str:
    """What a seat that is to move would answer rightly."""
    asked = table.game.questions if seat in table.to_move else ()
    return "\n".join(f"{q.name}: {sorted(q.answers(table.state, seat))}" for q in asked)


def recall(sample: PositionSample) -> str:
    """Two different pasts never look the same to a seat."""
    game = sample.game
    pasts: dict[str, tuple[Hashable, Table]] = {}
    for table in sample:
        for seat in table.to_move:
            past = game.information(table.state, seat)
            before, other = pasts.setdefault(f"{seat}{table.view(seat).text}", (past, table))
            if before != past:
                raise CheckFailed(
                    f"{game}: seat {seat} reads the same after {before!r} and after {past!r}\n\n"
                    f"{shown(table)}\n\nThe other position:\n{shown(other)}"
                )
    return f"{len(pasts)} views, {sample}"


def drawn(sample: PositionSample) -> str:
    """A state drawn from all that a seat may be in looks the same to it and leaves it the same moves."""
    game, rng, drawn = sample.game, random.Random(sample.seed), 0
    for table in sample.few(10 * THOROUGH):
        for seat in SEATS:
            seen = game.seen(table.state, seat)
            try:
                state = game.determinise(seen, seat, rng)
            except TypeError as error:
                return f"nothing: {error}"
            except ValueError as error:
                raise CheckFailed(f"{game}: {error}\n\n{shown(table)}") from None
            require(game.seen(state, seat) == seen, f"seat {seat} has seen otherwise in a state drawn", table)
            require(
                seat not in table.to_move or game.legal(state, seat) == table.legal(seat),
                f"seat {seat} has other moves in a state drawn",
                table,
            )
            drawn += 1
    return f"{drawn} draws"
