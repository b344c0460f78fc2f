"""Makes the book of Connect Four: `pip install bitbully-databases`, then run this file (two minutes).

The databases list positions with the first player to move: of 12 discs all in which it cannot win at once, of
8 discs those that it does not win. A position of a database is a string of bits, column by column from the
left: 10 for a disc of the first player, 11 for one of the second, 0 after the last disc of a column.
"""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np
import writing
from bitbully_databases import BitBullyDatabases
from numpy.typing import NDArray

from gtbench_games.oracles.connect_four import solver
from gtbench_games.oracles.four_search import threats

Boards = NDArray[np.int64]  # a row a position: the squares of the player to move, and those of both
TARGET = Path(__file__).parents[1] / "gtbench_games" / "oracles" / "books" / "connect_four.book"
SOLVER = solver(6, 7)
STEP, BOTTOM, BOARD = SOLVER.step, SOLVER.bottom, SOLVER.board


@numba.njit
def decoded(codes: NDArray[np.int64], bits: int) -> Boards:
    """The boards of the databases' codes."""
    boards = np.zeros((len(codes), 2), np.int64)
    for n in range(len(codes)):
        at = bits - 1
        for column in range(7):
            square = 1 << STEP * column
            while codes[n] >> at & 1:
                boards[n, 1] |= square
                if not codes[n] >> (at - 1) & 1:
                    boards[n, 0] |= square
                square <<= 1
                at -= 2
            at -= 1
    return boards


@numba.njit
def mirrored(board: int) -> int:
    """The board with left and right exchanged."""
    found = 0
    for column in range(7):
        found |= (board >> STEP * column & 127) << STEP * (6 - column)
    return found


@numba.njit
def keys(boards: Boards) -> NDArray[np.int64]:
    """As `Solver.booked` numbers positions."""
    found = np.empty(len(boards), np.int64)
    for n in range(len(boards)):
        own, taken = boards[n]
        found[n] = min(own + taken, mirrored(own) + mirrored(taken)) + BOTTOM
    return found


@numba.njit
def grown(boards: Boards) -> Boards:
    """All positions one disc later in which nobody has won."""
    found = np.empty((7 * len(boards), 2), np.int64)
    count = 0
    for n in range(len(boards)):
        own, taken = boards[n]
        for column in range(7):
            move = (taken + BOTTOM) & BOARD & 63 << STEP * column & ~threats(own, taken, STEP, BOARD)
            if move:
                found[count, 0], found[count, 1] = own ^ taken, taken | move
                count += 1
    return found[:count]


@numba.njit
def open_still(boards: Boards) -> NDArray[np.bool_]:
    """Where the player to move can neither win at once nor must lose at once."""
    found = np.zeros(len(boards), np.bool_)
    for n in range(len(boards)):
        own, taken = boards[n]
        playable = (taken + BOTTOM) & BOARD
        danger = threats(own ^ taken, taken, STEP, BOARD) & playable
        found[n] = not threats(own, taken, STEP, BOARD) & playable and not danger & (danger - 1)
    return found


def read(name: str, width: int) -> NDArray[np.uint8]:
    """A database, a row an entry."""
    return np.fromfile(BitBullyDatabases.get_database_path(name), np.uint8).reshape(-1, width)


def number(columns: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Bytes, the highest first, as whole numbers."""
    return sum(column.astype(np.int64) << 8 * at for at, column in enumerate(columns.T[::-1]))


def of_twelve() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and outcomes of the positions of 12 discs."""
    raw = read("12-ply-dist", 5)
    boards = decoded(number(raw[:, :4]), 32)
    kept = open_still(boards)
    return keys(boards)[kept], np.sign(raw[:, 4].astype(np.int8)).astype(np.int64)[kept]


def of_eight() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and outcomes of the positions of 8 discs; what the database does not list is won."""
    boards = np.zeros((1, 2), np.int64)
    for _ in range(8):
        boards = grown(boards)
        boards = boards[np.unique(keys(boards), return_index=True)[1]]
    wanted, codes = keys(boards[open_still(boards)]), number(read("8-ply", 3))
    listed = dict(zip(keys(decoded(codes & ~3, 24)).tolist(), (-(codes & 3)).tolist(), strict=True))
    return wanted, np.array([listed.get(key, 1) for key in wanted.tolist()])


if __name__ == "__main__":
    every, outcomes = (np.concatenate(parts) for parts in zip(of_eight(), of_twelve(), strict=True))
    writing.write(TARGET, every, outcomes + 1, bits=2)
