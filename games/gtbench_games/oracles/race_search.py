"""Breakthrough's search: who wins a position, on bitboards seen by the player to move.

A board is a number with a row in each `columns` bits, the row that the player moves toward lowest, so that
each of its moves makes its number smaller; for the other player the board is turned by half.
"""

from __future__ import annotations

from typing import Any

from gtbench_games.oracles.compiled import compiled

HALF = 12
LOW = (1 << HALF) - 1
LARGEST = 2 * HALF
"""Squares of a board at most."""


@compiled
def turned(board: int, halves: Any, squares: int) -> int:
    """The board turned by half: its bits in reverse, of which `halves` knows those of each half board."""
    return int((halves[board & LOW] << HALF | halves[board >> HALF]) >> (LARGEST - squares))


@compiled
def settled(  # noqa: PLR0917 - for numba
    own: int, other: int, halves: Any, ranks: Any, endings: Any, shape: Any
) -> int:
    """Whether the player to move wins, 1 or 0, where that is seen at once or looked up; else -1.

    Args:
        own: The pieces of the player to move.
        other: Those of the other player; nobody has won yet.
        halves: Each number of twelve bits with its bits in reverse.
        ranks: The number of each set of pieces in `endings`, from 1, or 0, by its board without the last row.
        endings: Who wins with few pieces, a bit a position, by the numbers of both sets of pieces.
        shape: Columns; squares; of each way to move by how many bits, the squares it may lead to, and whether
            it can capture; the row before the last, for the player to move and for the other; how many sets
            of pieces have a number.
    """
    columns, squares, _, near, far, numbered = shape
    if own & near:
        return 1  # ahead of it is a free square, or a piece to capture
    danger = other & far
    if danger & (danger - 1):
        return 0
    rank, rival = ranks[own >> columns], ranks[turned(other, halves, squares) >> columns]
    if not rank or not rival:
        return -1
    at = (rank - 1) * numbered + rival - 1
    return int(endings[at >> 3] >> (at & 7) & 1)


@compiled
def race(  # noqa: PLR0917 - one function, for numba and for speed
    own: int, other: int, seen: Any, halves: Any, ranks: Any, endings: Any, shape: Any
) -> bool:
    """Whether the player to move wins, where nobody has won yet.

    `seen` is what is known of positions already searched; the rest is as in `settled`.
    """
    known = settled(own, other, halves, ranks, endings, shape)
    if known >= 0:
        return known == 1
    _, squares, ways, _, far, _ = shape
    key = own << squares | other
    slot = key % len(seen)
    if seen[slot] >> 1 == key:
        return bool(seen[slot] & 1)
    danger = other & far
    prey, free = (danger, 0) if danger else (other, ~(own | other))
    wins = False
    for capturing in (True, False):  # the foremost piece of each way first
        for back, reach, slanted in ways:
            to = own >> back & reach
            if capturing:
                to &= prey if slanted else 0
            else:
                to &= free
            while to and not wins:
                step = to & -to
                to ^= step
                left, moved = other & ~step, own ^ step ^ step << back
                wins = not left or not race(
                    turned(left, halves, squares), turned(moved, halves, squares),
                    seen, halves, ranks, endings, shape,
                )  # fmt: skip
    seen[slot] = key << 1 | wins
    return wins
