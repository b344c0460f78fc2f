"""Connect Four's search: who wins a position, by a search for one answer on bitboards.

A board is a number with a column in each `rows + 1` bits, its lowest square first; the bit above a column is
always 0. Only the outcome is searched for, never how soon.

Moves that let the other side win at once are never tried, a threat is answered at once, moves that make most
threats come first, and a position already known among the answers to a move settles it (J. Tromp, P. Pons and
others have described these ideas). Who may always play on top of the other is decided without a search: where
every column has an even number of free squares, that gets the player who does not move the upper square of
each two (V. Allis, "A Knowledge-Based Approach of Connect-Four", 1988).
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
def four(squares: int, step: int) -> bool:
    """Whether four of the squares are in a line."""
    pair = squares & squares >> 1
    found = pair & pair >> 2
    for way in (step - 1, step, step + 1):
        pair = squares & squares >> way
        found |= pair & pair >> 2 * way
    return found != 0


@compiled
def followed(  # noqa: PLR0917 - for numba
    leader: int, follower: int, empty: int, upper: int, sure: int, step: int
) -> bool:
    """Whether a player surely gets more than `sure` by playing on top of every move of the other.

    Args:
        leader: The squares of the other, who moves, while each column has an even number of free squares.
        follower: The squares of the player.
        empty: The free squares.
        upper: The squares that the player gets, of all columns.
        sure: -1, to ask for a draw or more, or 0, to ask for a win.
        step: Rows plus one.
    """
    if four(leader | empty & ~upper, step):
        return False
    return sure < 0 or four(follower | empty & upper, step)


@compiled
def search(  # noqa: C901, PLR0911, PLR0912, PLR0917 - one function, for numba and for speed
    own: int, taken: int, sure: int, table: Any, moves: Any, base: int, shape: Any
) -> bool:
    """Whether the player to move, who has no winning move, gets more than `sure`.

    Args:
        own: The squares of the player to move.
        taken: The squares of both.
        sure: -1, to ask for a draw or more, or 0, to ask for a win.
        table: What is known of positions already searched.
        moves: Room for the moves of all positions on the way.
        base: Where in it this position's begin.
        shape: Rows plus one; the lowest squares; all squares; every second square of a column, from the
            highest down; the columns, those in the middle first.
    """
    step, bottom, board, upper, columns = shape
    other, empty = own ^ taken, board ^ taken
    danger, lowest = threats(other, taken, step, board), (taken + bottom) & board
    playable = lowest
    forced = playable & danger
    if forced:
        if forced & (forced - 1):
            return False
        playable = forced
    playable &= ~(danger >> 1)
    if not playable:
        return False
    left = empty & (empty - 1)
    if not left & (left - 1):
        return sure < 0  # at most two squares are left, and the other has no win on the last: a draw
    if not four((own if sure == 0 else other) | empty, step):
        return sure < 0  # nobody gets a line that would say otherwise
    odd = lowest & upper
    if not odd:
        if followed(own, other, empty, upper, -1 - sure, step):
            return False
    elif not odd & (odd - 1) and odd & playable and followed(other, own, empty, upper, sure, step):
        return True  # by a move in the one column with an odd number of free squares
    if not playable & (playable - 1):
        return not search(other, taken | playable, -1 - sure, table, moves, base, shape)
    key = own + taken + bottom
    slot = key % len(table)
    low, high = -1, 1
    if table[slot] >> 3 == key:
        low, high = LOW[table[slot] & 7], HIGH[table[slot] & 7]
        if low > sure or high <= sure:
            return low > sure
    count = 0
    for column in columns:
        move = playable & column
        if move:
            after = other + (taken | move) + bottom
            entry = table[after % len(table)]
            if entry >> 3 == after and HIGH[entry & 7] < -sure:
                return True
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
    more = False
    for at in range(base, base + count):
        if not search(other, taken | moves[at] >> 6, -1 - sure, table, moves, base + len(columns), shape):
            more = True
            break
    low, high = (sure + 1, high) if more else (low, sure)
    if low == high:
        table[slot] = key << 3 | LOSS + 1 + low
    else:
        table[slot] = key << 3 | (DRAW_OR_MORE if low == 0 else DRAW_OR_LESS)
    return more
