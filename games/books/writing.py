"""Writes a book (`gtbench_games.oracles.book`) of given numbers and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from gtbench_games.oracles import book

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROOM = 1.23
"""Cells a key; with fewer, hardly any seed works."""


def write(path: Path, keys: NDArray[np.int64], answers: NDArray[Any], bits: int) -> None:
    """Write a book of distinct keys and their answers, each of so many bits."""
    third = int(len(keys) * ROOM / 3) + 32
    for seed in range(1, 100):
        where = _places(keys, seed, third)
        order, cell = _peel(where, 3 * third)
        if len(order) == len(keys):
            break
    cells = _assign(where, order, cell, answers.astype(np.uint8), 3 * third)
    shifts = np.arange(8 // bits, dtype=np.uint8) * np.uint8(bits)
    padded = np.pad(cells, (0, -len(cells) % (8 // bits))).reshape(-1, 8 // bits)
    header = b"".join(number.to_bytes(4, "little") for number in (bits, seed, third, 0))
    path.write_bytes(header + np.bitwise_or.reduce(padded << shifts, axis=1).astype(np.uint8).tobytes())


def _places(keys: NDArray[np.int64], seed: int, third: int) -> NDArray[np.int64]:
    """The cells of every key, a row a key: `book.places`, all at once."""
    mixed = keys.astype(np.uint64) + np.uint64(seed * book.GOLDEN & book.WORD)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(book.FIRST)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(book.SECOND)
    mixed ^= mixed >> np.uint64(31)
    columns = []
    for part, turn in enumerate(book.TURNS):
        turned = mixed >> np.uint64(turn) | (mixed << np.uint64(64 - turn) if turn else np.uint64(0))
        place = (turned & np.uint64(book.HALF)) * np.uint64(third) >> np.uint64(32)
        columns.append(place.astype(np.int64) + part * third)
    return np.stack(columns, axis=1)


@numba.njit
def _peel(where: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """An order in which each key has a cell of its own among those that come after it."""
    count, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for key in range(len(where)):
        for cell in where[key]:
            count[cell] += 1
            sums[cell] ^= key
    queue = [cell for cell in range(size) if count[cell] == 1]
    order, own = np.empty(len(where), np.int64), np.empty(len(where), np.int64)
    done = 0
    while queue:
        cell = queue.pop()
        if count[cell] != 1:
            continue
        key = sums[cell]
        order[done], own[done] = key, cell
        done += 1
        for other in where[key]:
            count[other] -= 1
            sums[other] ^= key
            if count[other] == 1:
                queue.append(other)
    return order[:done], own[:done]


@numba.njit
def _assign(
    where: NDArray[np.int64], order: NDArray[np.int64], own: NDArray[np.int64],
    answers: NDArray[np.uint8], size: int,
) -> NDArray[np.uint8]:  # fmt: skip
    """The cells, filled in the reverse of that order."""
    cells = np.zeros(size, np.uint8)
    for at in range(len(order) - 1, -1, -1):
        key = order[at]
        found = answers[key]
        for cell in where[key]:
            found ^= cells[cell]
        cells[own[at]] = found
    return cells
