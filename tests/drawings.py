"""Drawings that tests look at, and how a reader of XML finds what is in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from gtbench.game import svg

HOSTILE = "<script>&\"']]> --> \x00\x1b \ud800"
TOKENS = {"X": svg.mark("X", 0), "O": svg.disc(1)}


def elements(drawing: str, kind: str) -> list[ET.Element]:
    """Every element of a kind, as a reader of XML finds it."""
    return ET.fromstring(drawing.encode()).findall(f".//{{http://www.w3.org/2000/svg}}{kind}")  # noqa: S314


def words(drawing: str) -> list[str]:
    """Every text in a drawing."""
    return [element.text or "" for element in elements(drawing, "text")]


def everywhere(text: str) -> list[str]:
    """Drawings that have a text wherever one can stand."""
    pieces = [svg.disc(0, text), svg.mark(text, 1), svg.card(text), svg.tile(text)]
    return [
        svg.board(["X."], {"X": pieces[1]}, columns=[text, "b"], rows=[text], caption=text),
        svg.panel([(text, pieces)], caption=text),
        svg.lines(text, caption=text),
    ]
