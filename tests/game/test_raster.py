"""Drawings as pixels, and a window that shows those; both need the extra `render`."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from drawings import HOSTILE, TOKENS, everywhere

from gtbench.errors import MissingDependency, UserError
from gtbench.game import raster, svg

pygame = pytest.importorskip("pygame", reason="pixels need the extra: gtbench[render]")
pytest.importorskip("resvg_py", reason="pixels need the extra: gtbench[render]")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def count(picture: NDArray[np.uint8], colour: str) -> int:
    """How many pixels have exactly this "#rrggbb"."""
    return int((picture == list(bytes.fromhex(colour[1:]))).all(axis=-1).sum())


def ink(drawing: str) -> int:
    """How many pixels of a drawing are not paper."""
    return svg.WIDTH * svg.HEIGHT - count(raster.to_rgb(drawing), svg.PAPER)


def corner(drawing: str) -> tuple[float, float]:
    """The right and lower ends, from 0 to 1, of what is drawn."""
    marked = (raster.to_rgb(drawing) != list(bytes.fromhex(svg.PAPER[1:]))).any(axis=-1)
    down, across = np.nonzero(marked)
    return across.max() / svg.WIDTH, down.max() / svg.HEIGHT


def test_every_drawing_has_the_same_shape() -> None:
    for drawing in [*everywhere("abc"), svg.panel([]), svg.lines(""), svg.board([], {}, columns="", rows="")]:
        picture = raster.to_rgb(drawing)
        assert picture.shape == (svg.HEIGHT, svg.WIDTH, 3)
        assert picture.dtype == np.uint8
        assert picture.flags.c_contiguous


def test_the_picture_is_neither_mirrored_nor_turned() -> None:
    picture = raster.to_rgb(svg.board(["XO", ".."], TOKENS, columns="ab", rows="12"))
    (upper_left, upper_right), lower = np.array_split(picture[:240], 2, axis=1), picture[240:]
    assert count(upper_left, svg.FILLS[0]) > 100
    assert count(upper_right, svg.FILLS[1]) > 100
    assert count(upper_left, svg.FILLS[1]) == count(upper_right, svg.FILLS[0]) == 0
    assert count(lower, svg.FILLS[0]) == count(lower, svg.FILLS[1]) == 0


@pytest.mark.parametrize("seat", [0, 1, None])
def test_a_piece_has_its_owners_colour_and_not_anothers(seat: int | None) -> None:
    for piece in (svg.disc(seat, "a"), svg.card("K", seat), svg.tile("K", seat), svg.die(5, seat)):
        picture = raster.to_rgb(svg.panel([("", [piece])]))
        assert {owner for owner, fill in svg.FILLS.items() if count(picture, fill)} == {seat}


def test_text_leaves_ink_even_when_it_is_all_there_is() -> None:
    blank = svg.panel([])
    assert ink(blank) == 0
    for drawing in (svg.lines("a"), svg.panel([], caption="a"), svg.panel([("a", [])])):
        assert ink(drawing) > 20
    assert ink(svg.panel([("", [svg.card("K")])])) > ink(svg.panel([("", [svg.card("")])]))


def test_plain_text_keeps_its_columns() -> None:
    width = [corner(svg.lines(f"{line}\n{'.' * 30}|"))[0] for line in ("", "W" * 30 + "|", " " * 30 + "|")]
    assert max(width) - min(width) < 1 / svg.WIDTH


@pytest.mark.parametrize("pieces", [20, 60, 600])
def test_long_rows_stay_inside_the_frame(pieces: int) -> None:
    drawing = svg.panel(
        [("a", [svg.disc(0)] * pieces), ("b", [svg.card("C", 1)] * pieces)], caption="c " * 99
    )
    assert drawing.count("<circle") == pieces
    assert max(corner(drawing)) < 1


@pytest.mark.parametrize("text", ["W" * 400, "many words " * 400, "\n" * 400 + "a"])
def test_long_text_stays_inside_the_frame(text: str) -> None:
    for drawing in everywhere(text):
        assert max(corner(drawing)) < 1


def test_hostile_text_leaves_ink() -> None:
    for drawing in everywhere(HOSTILE):
        assert ink(drawing) > 20


def test_the_same_state_has_the_same_pixels() -> None:
    for one, other in zip(everywhere("abc"), everywhere("abc"), strict=True):
        assert (raster.to_rgb(one) == raster.to_rgb(other)).all()


def test_what_is_not_a_drawing_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown token"):
        raster.to_rgb("not a drawing")


def test_a_missing_package_is_one_line_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, package in (("resvg_py", "resvg-py"), ("pygame", "pygame-ce")):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            with pytest.raises(MissingDependency, match=rf"{package}: pip install 'gtbench\[render\]'$"):
                raster.to_rgb(svg.lines("a"))


def test_what_draws_is_imported_when_it_is_used_and_says_nothing() -> None:
    code = (
        "import sys, gtbench.game.raster as raster, gtbench.game.svg as svg\n"
        "assert not {'pygame', 'resvg_py'} & set(sys.modules)\n"
        "raster.to_rgb(svg.lines('a'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[raster.Window]:
    """A window that no screen is needed for."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.quit()  # so that the driver is chosen anew
    window = raster.Window("a window", rate=1000)
    yield window
    window.close()
    pygame.display.quit()


PICTURE = raster.to_rgb(svg.board(["XO"], TOKENS, columns="ab", rows="1"))


def on_screen(window: raster.Window) -> NDArray[np.uint8]:
    """What a window shows, as (height, width, 3)."""
    return np.asarray(pygame.surfarray.array3d(window._window.get_surface()).swapaxes(0, 1))


def test_a_window_shows_pictures_of_any_size_until_it_is_closed(window: raster.Window) -> None:
    for picture in (PICTURE, PICTURE[:100, :200], 255 - PICTURE):
        window.show(picture)
        assert not window.closed
        assert (on_screen(window) == picture).all()
    window.close()
    window.close()
    window.show(PICTURE)
    assert window.closed


def test_a_person_closes_only_the_window_that_was_clicked(window: raster.Window) -> None:
    other = raster.Window("another", rate=1000)
    window.show(PICTURE)
    other.show(PICTURE)
    pygame.event.post(pygame.Event(pygame.WINDOWCLOSE, window=window._window))
    other.show(PICTURE)
    assert not window.closed
    assert not other.closed
    window.show(PICTURE)
    assert window.closed
    assert not other.closed
    other.close()


def test_a_picture_stays_for_as_long_as_the_rate_says(window: raster.Window) -> None:
    window._rate = 10
    window.show(PICTURE)
    started = time.perf_counter()
    window.show(PICTURE)
    window.show(PICTURE)
    assert time.perf_counter() - started > 0.15


def test_without_a_screen_the_user_is_told(window: raster.Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "no such driver")
    with pytest.raises(UserError, match="needs a screen"):
        window.show(PICTURE)
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    pygame.display.init()
    monkeypatch.delenv("SDL_VIDEODRIVER")
    with pytest.raises(UserError, match="needs a screen"):
        window.show(PICTURE)
