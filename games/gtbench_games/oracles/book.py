"""Opening books: what is known of millions of positions, in little more than the bits of the answers.

A book is a static function: an answer is the exclusive or of three cells, whose places follow from the
position's number, so that no number is stored (B. Chazelle and others, "The Bloomier filter", 2004). Asked of
a position that is not in it, a book answers at random: the caller must know what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

WORD = (1 << 64) - 1
HALF = (1 << 32) - 1
GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""The constants of G. Steele's splitmix64."""
TURNS = (0, 21, 42)
HEADER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Book:
    """Answers of one or two bits, by numbers of at most 64 bits."""

    bits: int
    seed: int
    third: int  # cells in each third of the table; an answer has a cell in each
    cells: bytes

    def answer(self, key: int) -> int:
        """What the book says of a number that is in it."""
        found = 0
        for part, place in enumerate(places(key, self.seed, self.third)):
            at = (part * self.third + place) * self.bits
            found ^= self.cells[at >> 3] >> (at & 7)
        return int(found & ((1 << self.bits) - 1))


def places(key: int, seed: int, third: int) -> tuple[int, ...]:
    """The key's cell in each third."""
    mixed = (key + seed * GOLDEN) & WORD
    mixed = ((mixed ^ mixed >> 30) * FIRST) & WORD
    mixed = ((mixed ^ mixed >> 27) * SECOND) & WORD
    mixed ^= mixed >> 31
    return tuple((((mixed >> turn | mixed << 64 - turn) & HALF) * third) >> 32 for turn in TURNS)


@cache
def open_book(name: str) -> Book:
    """One of the books that come with the games."""
    content = files("gtbench_games.oracles").joinpath("books", f"{name}.book").read_bytes()
    bits, seed, third = (int.from_bytes(content[at : at + 4], "little") for at in (0, 4, 8))
    return Book(bits, seed, third, content[HEADER_BYTES:])
