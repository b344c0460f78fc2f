"""The terminal at which people play: one a process, and one line at a time is read from it.

It belongs to the agent `human`, which draws on it and reads from it, and to the verb `gtbench play`, which
says who the other player is and what became of the match.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import textwrap
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from gtbench.errors import UserError
from gtbench.screen import console, unguarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

CLEAR = "\x1b[2J\x1b[H"
"""Empties the screen; what has scrolled off it stays."""

CHUNK_BYTES = 4096


class Terminal:
    """Standard input and output, for a person or for what is piped in that person's place."""

    def __init__(self) -> None:
        self._other = ""
        self._takes_pipe = False
        self._introduced: set[str] = set()
        self._read = b""  # beyond the last line that was asked for
        self._spinner: Progress | None = None

    @contextmanager
    def against(self, other: str) -> Iterator[None]:
        """While one match is played here on purpose: the other player is shown to be thinking when it is.

        Then what is piped in may play as well, which in a tournament would be a mistake.
        """
        self._other, self._takes_pipe = other, True
        try:
            yield
        finally:
            self.stop_waiting()
            self._other, self._takes_pipe = "", False

    @property
    def is_manned(self) -> bool:
        """Whether there is somebody, or something on purpose, to answer."""
        return self._takes_pipe or (sys.stdin is not None and sys.stdin.isatty())

    @property
    def redraws(self) -> bool:
        """Whether the screen can be cleared; else all that is shown is a plain transcript."""
        return sys.stdout.isatty()

    @property
    def lines(self) -> int:
        """How many lines fit on the screen."""
        return shutil.get_terminal_size().lines

    def clear(self) -> None:
        """Empty the screen, if there is one."""
        if self.redraws:
            unguarded(sys.stdout).write(CLEAR)

    def show(self, text: str) -> None:
        """Print a text; lines that are too long are broken between words."""
        width = shutil.get_terminal_size().columns
        for line in text.split("\n"):
            print(line if len(line) <= width else textwrap.fill(line, width))  # noqa: T201
        sys.stdout.flush()

    def introduce(self, rules: str) -> None:
        """Show rules, once."""
        if rules not in self._introduced:
            self._introduced.add(rules)
            self.show(f"{rules}\n")

    async def ask(self, prompt: str) -> str | None:
        """The next line; None at the end of the input. Other matches and calls go on meanwhile."""
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = await self._line()
        if not (self.redraws and sys.stdin.isatty()):  # nobody's typing stands after the prompt
            self.show("(end of input)" if line is None else line)
        elif line is None:
            self.show("")
        return line

    def wait(self) -> None:
        """Show that the other player is thinking, until `stop_waiting`."""
        if self._other and self.redraws and not self._spinner:
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            who = TextColumn("{task.description}", markup=False)
            self._spinner = Progress(
                SpinnerColumn(), who, TimeElapsedColumn(), console=console(), transient=True
            )
            self._spinner.add_task(f"{self._other} is thinking", total=None)
            self._spinner.start()

    def stop_waiting(self) -> None:
        """Take away what `wait` shows."""
        if self._spinner:
            self._spinner.stop()
            self._spinner = None

    async def _line(self) -> str | None:
        """The next line without its end, in whatever pieces it comes."""
        while b"\n" not in self._read:
            if not (chunk := await self._chunk()):
                rest, self._read = self._read, b""
                return rest.decode(errors="replace") if rest else None
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line.decode(errors="replace")

    @staticmethod
    async def _chunk() -> bytes:
        """What can be read next; empty at the end.

        The event loop watches the input, so that a Ctrl-C finds no thread that it could not wake.
        """
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        try:
            source = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError):
            raise UserError("a person needs a terminal to play at, and there is no standard input") from None
        try:
            loop.add_reader(source, ready.set)
        except PermissionError:  # a file, which never keeps anybody waiting
            return os.read(source, CHUNK_BYTES)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(source)
        try:
            return os.read(source, CHUNK_BYTES)
        except OSError:  # the terminal has been closed
            return b""


@cache
def terminal() -> Terminal:
    """The one terminal of this process."""
    return Terminal()
