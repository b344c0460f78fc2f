"""Connect Four's search: who wins a position, by alpha-beta on bitboards.

A board is a number with a column in each `rows + 1` bits, its lowest square first; the bit above a column is
always 0. Only the outcome is searched for, never how soon. All functions are plain arithmetic on whole
numbers, so that numba can compile them (`compiled`), and Python runs them as they are.

Moves that let the other side win at once are never tried, a threat is answered at once, and moves that make
most threats come first (J. Tromp, P. Pons and others have described these ideas).
"""

from __future__ import annotations

from typing import Any

from gtbench_games.oracles.compiled import compiled

DRAW_OR_MORE, DRAW_OR_LESS, LOSS = 1, 2, 3  # after LOSS: draw, win
LOW = (-1, 0, -1, -1, 0, 1)
HIGH = (1, 1, 0, -1, 0, 1)
"""What a table's entry says of an outcome: its bounds, by its last three bits."""


@compiled
def threats(own: int, taken: int, step: int, board: int) -> int:
    """The empty squares that complete four in a line, whether they can be played now or not."""
    found = (own << 1) & (own << 2) & (own << 3)
    for way in (step - 1, step, step + 1):
        pair = (own << way) & (own << 2 * way)
        found |= pair & (own << 3 * way) | pair & (own >> way)
        pair = (own >> way) & (own >> 2 * way)
        found |= pair & (own << way) | pair & (own >> 3 * way)
    return found & (board ^ taken)


@compiled
def search(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one function, for numba and for speed
    own: int, taken: int, alpha: int, beta: int, table: Any, moves: Any, base: int, shape: Any
) -> int:
    """The outcome for the player to move, who has no winning move: exact between alpha and beta.

    Args:
        own: The squares of the player to move.
        taken: The squares of both.
        alpha: What the player to move is sure of elsewhere.
        beta: What the other allows at most.
        table: What is known of positions already searched.
        moves: Room for the moves of all positions on the way.
        base: Where in it this position's begin.
        shape: Rows plus one; the lowest squares; all squares; the columns, those in the middle first.
    """
    step, bottom, board, columns = shape
    other = own ^ taken
    danger = threats(other, taken, step, board)
    playable = (taken + bottom) & board
    forced = playable & danger
    if forced:
        if forced & (forced - 1):
            return -1
        playable = forced
    playable &= ~(danger >> 1)
    if not playable:
        return -1
    empty = board ^ taken
    empty &= empty - 1
    if not empty & (empty - 1):
        return 0  # at most two squares are left, and the other has no win on the last
    key = own + taken + bottom
    slot = key % len(table)
    low, high = -1, 1
    if table[slot] >> 3 == key:
        low, high = LOW[table[slot] & 7], HIGH[table[slot] & 7]
        if low >= beta or low == high:
            return low
        if high <= alpha:
            return high
        alpha, beta = max(alpha, low), min(beta, high)
    count = 0
    for column in columns:
        move = playable & column
        if move:
            made, weight = threats(own | move, taken | move, step, board), 0
            while made:
                made &= made - 1
                weight += 1
            at = base + count
            while at > base and moves[at - 1] & 63 < weight:
                moves[at] = moves[at - 1]
                at -= 1
            moves[at] = move << 6 | weight
            count += 1
    best, reached = -1, alpha
    for at in range(base, base + count):
        value = -search(
            other, taken | moves[at] >> 6, -beta, -reached, table, moves, base + len(columns), shape
        )
        if value > best:
            best = value
            if best >= beta:
                break
            reached = max(reached, best)
    if best >= beta:
        low = max(low, best)
    elif best <= alpha:
        high = min(high, best)
    else:
        low = high = best
    if low == high:
        table[slot] = key << 3 | LOSS + 1 + low
    elif low == 0:
        table[slot] = key << 3 | DRAW_OR_MORE
    elif high == 0:
        table[slot] = key << 3 | DRAW_OR_LESS
    return best
