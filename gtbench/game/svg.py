"""Drawings of a game's state as SVG text: a board, rows of pieces, or plain text.

    svg.board(["X.", ".O"], {"X": svg.mark("X", 0), "O": svg.mark("O", 1)}, columns="ab", rows="12")
    svg.panel([("Player 0", [svg.card("K", 0)]), ("Player 1", [svg.card("J", 1)])], caption="Pot: 2 chips")
    svg.lines("any text, with its columns kept")

All drawings have one size, so that a match's make a film; what they show is wrapped and scaled to fit.
Seat 0 is blue, seat 1 orange, what belongs to nobody grey. The same arguments give the same text.
"""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 640, 480  # pixels
MARGIN, CAPTION, LEADING = 24, 20, 28  # pixels: the edge, and the height and distance of a caption's lines
LARGEST = 2.5  # pixels a unit; units are the lengths below, scaled to fit
CELL, GAP = 40, 6  # a square of a board and the height of a piece, and what is between pieces
LONGEST_ROW, LONGEST_LABEL = 10 * (CELL + GAP), 5 * CELL
GRID, PITCH = 8.5, 18  # the columns and lines of plain text
LONGEST_LINE = 64  # characters

PAPER, INK, DIM = "#fdfdfb", "#1c1c1a", "#6a6a64"
SQUARES = ("#f3f3ec", "#e6e6dc")
FILLS = {0: "#0b62a8", 1: "#d07000", None: "#96968a"}  # told apart without colour by their brightness
TEXTS = {0: "#ffffff", 1: INK, None: INK}  # what is legible on each
SANS = "FreeSans, Helvetica, Arial, sans-serif"
MONOSPACE = "ui-monospace, Menlo, Consolas, monospace"

PIPS = {1: (4,), 2: (0, 8), 3: (0, 4, 8), 4: (0, 2, 6, 8), 5: (0, 2, 4, 6, 8), 6: (0, 2, 3, 5, 6, 8)}
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Piece(NamedTuple):
    """A thing on a board or in a row: SVG elements in a box of `width` by `CELL` units."""

    width: float
    body: str


def disc(seat: int | None = None, text: str = "") -> Piece:
    """A round piece, with a letter or two on it."""
    circle = f'<circle cx="20" cy="20" r="17" fill="{FILLS[seat]}"/>'
    return Piece(CELL, circle + _text(text, 20, 20, size=18, room=28, fill=TEXTS[seat]))


def mark(text: str, seat: int) -> Piece:
    """A letter as large as a square, in the seat's colour."""
    return Piece(CELL, _text(text, 20, 20, size=34, room=36, fill=FILLS[seat]))


def card(text: str, seat: int | None = None) -> Piece:
    """A white card edged in the seat's colour, as wide as its text needs."""
    return _labelled(text, PAPER, FILLS[seat], INK)


def tile(text: str, seat: int | None = None) -> Piece:
    """A tile filled with the seat's colour, as wide as a card with the same text."""
    return _labelled(text, FILLS[seat], FILLS[seat], TEXTS[seat])


def die(face: int, seat: int | None = None) -> Piece:
    """A die that shows a face: pips from 1 to 6, else the number."""
    number = "" if face in PIPS else str(face)
    width, body = _labelled(number, FILLS[seat], FILLS[seat], TEXTS[seat], CELL - 4)
    for pip in PIPS.get(face, ()):
        body += f'<circle cx="{8 + pip % 3 * 10}" cy="{10 + pip // 3 * 10}" r="3.4" fill="{TEXTS[seat]}"/>'
    return Piece(width, body)


def board(
    cells: Sequence[Sequence[str]], tokens: Mapping[str, Piece],
    *, columns: Sequence[str], rows: Sequence[str], caption: str = "",
) -> str:  # fmt: skip
    """A chequered board.

    Args:
        cells: What stands in each cell, top row first; a cell is empty where that has no token.
        tokens: The piece that each stands for.
        columns: The name of each column, written below it; as many as a row has cells.
        rows: The name of each row, written at its left; as many as there are rows.
        caption: What is written above; cut after three lines, here and elsewhere.
    """
    bottom, body = len(rows) * CELL, ""
    for y, (name, row) in enumerate(zip(rows, cells, strict=True)):
        body += _text(name, 20, y * CELL + 20, size=13, room=CELL, fill=DIM)
        for x, (_, cell) in enumerate(zip(columns, row, strict=True), 1):
            square = f'<rect width="{CELL}" height="{CELL}" fill="{SQUARES[(x + y) % 2]}"/>'
            width, token = tokens.get(cell, (CELL, ""))
            body += _at(x * CELL, y * CELL, square + _at((CELL - width) / 2, 0, token))
    for x, name in enumerate(columns, 1):
        body += _text(name, x * CELL + 20, bottom + 16, size=13, room=CELL, fill=DIM)
    return _frame(body, (len(columns) + 2) * CELL, bottom + 24, caption)


def panel(rows: Sequence[tuple[str, Sequence[Piece]]], *, caption: str = "") -> str:
    """Rows of pieces, top row first, each with its label at the left; a long row goes on below itself."""
    width = indent = min(max((16 * _ems(label) for label, _ in rows), default=0), LONGEST_LABEL) + 2 * GAP
    body, y = "", 0
    for label, pieces in rows:
        body += _text(label, 0, y + 20, size=16, room=LONGEST_LABEL, anchor="start")
        x = indent
        for piece in pieces:
            if x > indent and x + piece.width > indent + LONGEST_ROW:
                x, y = indent, y + CELL + GAP
            body += _at(x, y, piece.body)
            width = max(width, x + piece.width)
            x += piece.width + GAP
        y += CELL + 2 * GAP
    return _frame(body, width, y - 2 * GAP, caption)


def lines(text: str, *, caption: str = "") -> str:
    """Plain text, each character in its column whatever the font; lines of over 64 characters are wrapped."""
    wrapped = [
        part
        for line in text.expandtabs().splitlines()
        for part in textwrap.wrap(line, LONGEST_LINE, drop_whitespace=False) or [""]
    ]
    body = ""
    for y, line in enumerate(wrapped):
        columns = " ".join(f"{(x + 0.5) * GRID:g}" for x in range(len(line)))
        body += f'<text x="{columns}" y="{(y + 0.75) * PITCH:g}" xml:space="preserve">{_escape(line)}</text>'
    body = f'<g font-family="{MONOSPACE}" font-size="13" text-anchor="middle" fill="{INK}">{body}</g>'
    return _frame(body, max(map(len, wrapped), default=0) * GRID, len(wrapped) * PITCH, caption)


def _frame(body: str, width: float, height: float, caption: str) -> str:
    """The whole drawing: a caption, and below it a body of so many units, scaled and centred."""
    said = textwrap.wrap(caption, 54, max_lines=3, placeholder=" ...")
    top = MARGIN + LEADING * len(said) + (GAP if said else 0)
    across, down = WIDTH - 2 * MARGIN, HEIGHT - MARGIN - top
    scale = min(across / max(width, 1), down / max(height, 1), LARGEST)
    drawn = _at((WIDTH - scale * width) / 2, top + (down - scale * height) / 2, body, scale)
    for i, line in enumerate(said):
        drawn += _text(line, WIDTH / 2, MARGIN + i * LEADING + CAPTION / 2, size=CAPTION, room=across)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="{SANS}" font-weight="bold"><rect width="{WIDTH}" '
        f'height="{HEIGHT}" fill="{PAPER}"/>{drawn}</svg>'
    )


def _at(x: float, y: float, body: str, scale: float = 1) -> str:
    """Elements moved there."""
    return f'<g transform="translate({x:g} {y:g}) scale({scale:g})">{body}</g>'


def _labelled(text: str, fill: str, edge: str, ink: str, narrowest: float = 30) -> Piece:
    """A rounded box around a text."""
    width = max(narrowest, 20 * _ems(text) + 12)
    box = (
        f'<rect x="1.5" y="3.5" width="{width - 3:g}" height="{CELL - 7}" rx="5" fill="{fill}" '
        f'stroke="{edge}" stroke-width="3"/>'
    )
    return Piece(width, box + _text(text, width / 2, 20, size=20, room=width, fill=ink))


def _text(
    text: str, x: float, y: float, *, size: float, room: float, fill: str = INK, anchor: str = "middle"
) -> str:
    """A line of text whose capitals' middle is at (x, y), in smaller letters if it needs more than `room`."""
    if not text:
        return ""
    size = min(size, room / _ems(text))
    return (
        f'<text x="{x:g}" y="{y + 0.36 * size:g}" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{fill}">{_escape(text)}</text>'
    )


def _ems(text: str) -> float:
    """About how wide a text is, in font sizes; no font is known here."""
    return sum(0.92 if char in "MWmw@%" else 0.74 if char.isupper() else 0.58 for char in text)


def _escape(text: str) -> str:
    """The text as XML, with U+FFFD for what XML cannot hold."""
    return escape(NOT_XML.sub("\ufffd", text))
