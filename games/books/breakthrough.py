"""Makes the book and the endings of Breakthrough.

It fills a table of all positions of 8 rows of 3 columns, a bit each (three minutes, 850 MB of memory): by
the number of the pieces of the player to move and that of the other's, each set as its owner sees it. A move
makes its owner's number smaller and raises no other, so one pass in order of the greater number is enough.
"""

from __future__ import annotations

import lzma
from pathlib import Path

import numba
import numpy as np
import writing
from numpy.typing import NDArray

from gtbench_games.oracles.breakthrough import BOOK_PLIES, FEW, few

Sets = NDArray[np.int64]
Bits = NDArray[np.uint8]
BOOKS = Path(__file__).parents[1] / "gtbench_games" / "oracles" / "books"
PIECES, SQUARES, COLUMNS = 6, 24, 3
ROW, BOARD = 7, (1 << SQUARES) - 1
START = (ROW << 21 | ROW << 18, ROW << 3 | ROW)
WAYS = (
    (2, 0o66666666),
    (COLUMNS, BOARD),
    (4, 0o33333333),
)  # how far a piece moves, and the squares it may reach
NEAR, FAR = ROW << 3, ROW << 18


@numba.njit
def turned(board: int) -> int:
    """The board turned by half."""
    found = 0
    for at in range(SQUARES):
        found = found << 1 | board >> at & 1
    return found


@numba.njit
def mirrored(board: int) -> int:
    """The board with left and right exchanged."""
    return (board & 0o11111111) << 2 | board & 0o22222222 | (board & 0o44444444) >> 2


@numba.njit
def bit(table: Bits, at: int) -> bool:
    """A bit of the table."""
    return bool(table[at >> 3] >> (at & 7) & 1)


@numba.njit
def put(table: Bits, at: int, value: bool) -> None:
    """Set a bit of the table."""
    table[at >> 3] = table[at >> 3] & ~(1 << (at & 7)) | value << (at & 7)


@numba.njit
def wins(own: int, other: int, ranks: Sets, count: int, table: Bits) -> bool:
    """Whether the player to move wins, from what is known of the positions after its moves."""
    if own & NEAR:
        return True
    for far, reach in WAYS:
        to = own >> far & reach & ~own
        if far == COLUMNS:
            to &= ~other
        while to:
            step = to & -to
            to ^= step
            left, moved = other & ~step, own ^ step ^ step << far
            if not left or not bit(table, ranks[turned(left) >> 3] * count + ranks[moved >> 3]):
                return True
    return False


@numba.njit
def filled(sets: Sets, ranks: Sets) -> Bits:
    """Who wins every position of these sets."""
    count = len(sets)
    table = np.zeros((count * count + 7) // 8, np.uint8)
    for greater in range(count):
        for at in range(2 * greater + 1):
            i, j = (greater, at) if at <= greater else (at - greater - 1, greater)
            own, other = sets[i] << 3, turned(sets[j] << 3)
            if not own & other and wins(own, other, ranks, count, table):
                put(table, i * count + j, True)
    return table


@numba.njit
def endings(sets: Sets, count: int, table: Bits) -> Bits:
    """The part of the table with the first of these sets; what is never looked up is as its neighbour is."""
    numbered = len(sets)
    found = np.zeros((numbered * numbered + 7) // 8, np.uint8)
    last = False
    for i in range(numbered):
        for j in range(numbered):
            own, other = sets[i] << 3, turned(sets[j] << 3)
            danger = other & FAR
            if not (own & other or own & NEAR or danger & (danger - 1)):
                last = bit(table, i * count + j)
            put(found, i * numbered + j, last)
    return found


@numba.njit
def grown(keys: Sets) -> Sets:
    """The positions one move later in which nobody has won, by their numbers in the book."""
    found = np.empty(3 * PIECES * len(keys), np.int64)
    count = 0
    for key in keys:
        own, other = key >> SQUARES, key & BOARD
        for far, reach in WAYS:
            to = own >> far & reach & ~own
            if far == COLUMNS:
                to &= ~other
            while to:
                step = to & -to
                to ^= step
                left, moved = turned(other & ~step), turned(own ^ step ^ step << far)
                if left and not step & ROW:
                    image = mirrored(left) << SQUARES | mirrored(moved)
                    found[count] = min(left << SQUARES | moved, image)
                    count += 1
    return found[:count]


@numba.njit
def answers(keys: Sets, ranks: Sets, count: int, table: Bits) -> tuple[NDArray[np.bool_], Sets]:
    """Which positions are looked up in the book, and who wins each."""
    asked, won = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.int64)
    for n in range(len(keys)):
        own, other = keys[n] >> SQUARES, keys[n] & BOARD
        danger = other & FAR
        won[n] = bit(table, ranks[own >> 3] * count + ranks[turned(other) >> 3])
        asked[n] = not (own & NEAR or danger & (danger - 1))
    return asked, won


if __name__ == "__main__":
    every = np.array(few(PIECES))
    order = np.zeros(1 << SQUARES - 3, np.int64)
    order[every] = np.arange(len(every))
    table = filled(every, order)
    packed = endings(np.array(few(FEW)), len(every), table).tobytes()
    (BOOKS / "breakthrough.xz").write_bytes(lzma.compress(packed, preset=9 | lzma.PRESET_EXTREME))
    positions, booked = np.array([START[0] << SQUARES | START[1]]), []
    for ply in range(1, BOOK_PLIES[-1] + 1):
        positions = np.unique(grown(positions))
        if ply in BOOK_PLIES:
            asked, won = answers(positions, order, len(every), table)
            booked.append(np.stack([positions[asked], won[asked]]))
    keys, won = np.concatenate(booked, axis=1)
    unique, first = np.unique(keys, return_index=True)  # some positions come after 12 moves and after 16
    writing.write(BOOKS / "breakthrough.book", unique, won[first], bits=1)
