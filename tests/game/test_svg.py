"""Drawings as SVG, which any text leaves whole."""

from __future__ import annotations

import pytest
from drawings import HOSTILE, TOKENS, elements, everywhere, words
from hypothesis import given
from hypothesis import strategies as st

from gtbench.game import svg


def test_a_board_needs_a_name_for_each_row_and_column() -> None:
    with pytest.raises(ValueError, match="zip"):
        svg.board(["X.", ".."], TOKENS, columns="ab", rows="1")
    with pytest.raises(ValueError, match="zip"):
        svg.board(["X."], TOKENS, columns="a", rows="1")


def test_a_die_shows_as_many_pips_as_its_face_or_else_the_number() -> None:
    for face in range(1, 7):
        assert svg.die(face).body.count("<circle") == face
        assert words(svg.panel([("", [svg.die(face)])])) == []
    assert words(svg.panel([("", [svg.die(7)])])) == ["7"]


def test_plain_text_keeps_its_spaces() -> None:
    assert words(svg.lines("a  b\n c")) == ["a  b", " c"]


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    for drawing in everywhere(HOSTILE):
        assert not elements(drawing, "script")
        assert any(word.startswith("<script>&\"'") for word in words(drawing))


@given(st.text(st.characters(codec=None)))
def test_no_text_breaks_a_drawing(text: str) -> None:
    for drawing in everywhere(text):
        assert elements(drawing, "rect")


def test_the_same_state_is_drawn_with_the_same_bytes() -> None:
    for one, other in zip(everywhere("abc"), everywhere("abc"), strict=True):
        assert one == other
