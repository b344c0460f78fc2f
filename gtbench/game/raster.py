"""Drawings as pixels, and a window that shows them: the render modes "rgb_array" and "human".

Text is drawn in the font that comes with pygame, never in the machine's own, so that a drawing has the same
pixels everywhere. The packages of the extra `render` are imported when they are first used.
"""

from __future__ import annotations

import importlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gtbench.errors import MissingDependency, UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FONT = "FreeSans"  # the family in pygame's file
NO_SCREEN = "the render mode 'human' needs a screen; without one, take 'rgb_array' or 'ansi'"


def to_rgb(svg: str) -> NDArray[np.uint8]:
    """An SVG drawing as an array of (height, width, 3), in the size that it states, on white.

    Raises:
        MissingDependency: The extra `render` is not installed.
        ValueError: The text is no SVG drawing.
    """
    pygame, resvg = _module("pygame", "pygame-ce"), _module("resvg_py", "resvg-py")
    font = str(Path(pygame.__file__).parent / pygame.font.get_default_font())
    png = resvg.svg_to_bytes(
        svg, background="white", skip_system_fonts=True, font_files=[font],
        serif_family=FONT, sans_serif_family=FONT, monospace_family=FONT,
    )  # fmt: skip
    columns: NDArray[np.uint8] = pygame.surfarray.array3d(pygame.image.load(io.BytesIO(png), ".png"))
    return columns.swapaxes(0, 1).copy()


class Window:
    """A window that shows pictures: opened by the first, and closed for good by `close` or by a person.

    Args:
        title: What is written above it.
        rate: At most so many pictures a second: `show` waits until the last has been there for long enough.

    Raises:
        MissingDependency: The extra `render` is not installed.
    """

    def __init__(self, title: str, rate: float) -> None:
        self._pygame = _module("pygame", "pygame-ce")
        self._title, self._rate = title, rate
        self._clock = self._pygame.time.Clock()
        self._window: Any = None
        self.closed = False

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show an array of (height, width, 3), unless the window is closed.

        Raises:
            UserError: There is no screen.
        """
        if self.closed:
            return
        if self._window is None:
            self._window = self._open()
        else:
            self._clock.tick(self._rate)
        self._window.size = picture.shape[1::-1]
        self._pygame.surfarray.blit_array(self._window.get_surface(), picture.swapaxes(0, 1))
        self._window.flip()
        self._answer()

    def close(self) -> None:
        """Close the window; a second time does nothing."""
        if self._window is not None:
            self._window.destroy()
        self._window, self.closed = None, True

    def _open(self) -> Any:
        try:
            self._pygame.display.init()
        except self._pygame.error as error:
            raise UserError(NO_SCREEN) from error
        if self._pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
            raise UserError(NO_SCREEN)  # the library's last resort, which nobody can see
        return self._pygame.Window(self._title)

    def _answer(self) -> None:
        """Tell the desktop that we are alive, and heed a person who closes the window."""
        events, close = self._pygame.event, self._pygame.WINDOWCLOSE
        events.get(exclude=close)
        for event in events.get(close):
            if event.window is self._window:
                self.close()
            else:
                events.post(event)  # meant for another window


def _module(name: str, package: str) -> Any:
    """A module of the extra."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it would greet on standard output
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependency(
            f"drawing needs the package {package}: pip install 'gtbench[render]'"
        ) from error
