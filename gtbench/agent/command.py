"""Agents in any language: a command that reads one JSON request a line and writes one JSON reply a line.

The protocol is described for its users in `agents/README.md`. Each match and seat has a process of its own,
begun at its first question without a shell, in a process group of its own, which is killed whole when the
match ends or the player's time is up. What has left the group (`setsid`, a daemon) is known by a mark in its
environment, which it inherits, and is killed at the end of the match. A process that ends too early or breaks
the protocol has crashed; if the same question is asked again, a new one gets it. One that ends before it has
read anything never was a player: its file is missing, say, and the user can fix that.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import secrets
import shlex
import shutil
import signal
import struct
import termios
import typing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gtbench.agent.loading import digest
from gtbench.errors import BadOption, WorldError
from gtbench.game.words import quote
from gtbench.records import Finish, Sample
from gtbench.text import line, recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.game.view import View
    from gtbench.models.request import Journal

PREFIX = "exec:"
PROTOCOL = 1
"""The version of the protocol; a change that could break an agent raises it."""

LONGEST_LINE = 1 << 20
"""Bytes of a reply."""
KEPT_ERRORS = 8000
"""Characters of standard error that are kept, its last."""
GRACE = 1.0
"""Seconds that a process has to end by itself once its standard input is closed."""

HANDED_ON = frozenset(
    ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM")
)
"""The variables that a program sees, beside its locale's: it may be a stranger's, and others hold keys."""
LOCALE = "LC_"
CHOSEN = "GTBENCH_EXEC_ENV"
"""The variable that names further ones, with commas between them."""

MARK = "GTBENCH_EXEC"
"""The variable by whose value all processes of one agent in one match are known."""

FINISHES = typing.get_args(Finish)
STDOUT, STDERR = 1, 2
NOT_FOR_REPLIES = "standard output is for replies alone; write all else to standard error"


class CommandFailed(Exception):
    """The command ended, or said what is no reply."""


def canonical(string: str) -> str:
    """The one way to write a command's agent string.

    Raises:
        BadOption: It cannot be split into words, or there is no such command.
    """
    words = _words(string)
    if shutil.which(words[0]) is None:
        why = "may not be executed" if Path(words[0]).is_file() else "is no command"
        raise BadOption(f"{string} cannot be run: {words[0]} {why}")
    return PREFIX + shlex.join(words)


def _words(string: str) -> list[str]:
    """A command's words.

    Raises:
        BadOption: It cannot be split into words, or has none.
    """
    try:
        words = shlex.split(string.removeprefix(PREFIX))
    except ValueError as error:
        raise BadOption(f"{string} cannot be run: {str(error).lower()}") from None
    if not words:
        raise BadOption(
            f"{string} names no command: write {PREFIX}COMMAND, such as '{PREFIX}node my_agent.js'"
        )
    return words


def place(string: str) -> str:
    """The folder on which depends what a command means; the root where all of its words are absolute."""
    program, *rest = _words(string)
    absolute = os.sep not in program or program.startswith(os.sep)
    return os.sep if absolute and all(word.startswith(("-", os.sep)) for word in rest) else str(Path.cwd())


def origin(string: str) -> str:
    """The digest of each file that a command names."""
    named = [word for word in shlex.split(string.removeprefix(PREFIX)) if Path(word).is_file()]
    return ", ".join(f"{word} {digest(word)}" for word in named)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program runs."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def here(cls) -> Place:
        """In this folder, with the variables that are handed on of those that are set now."""
        chosen = {*HANDED_ON, *(name.strip() for name in os.environ.get(CHOSEN, "").split(","))}
        kept = {k: v for k, v in os.environ.items() if k in chosen or k.startswith(LOCALE)}
        return cls(Path.cwd(), kept)


class Command:
    """An agent that is a process; see the module for how.

    Args:
        string: The agent string; it is split into words as a shell would, without running one.
        seed: What the agent's luck is to depend on, for it to use as it likes.
        place: Where it runs.
        journal: Is told where the program cannot be run at all.
    """

    def __init__(self, string: str, seed: int, place: Place, journal: Journal) -> None:
        self._string, self._seed, self._place, self._journal = string, seed, place, journal
        self._mark = secrets.token_hex(16)
        self._process: _Process | None = None
        self._began = False

    async def act(self, view: View) -> Sample:
        """The process's reply to one request."""
        process = self._process = self._process or await self._begun()
        try:
            return self._read(await process.ask(self._request(view)))
        except CommandFailed as error:
            never_began = process.has_read_nothing  # before it is killed
            await self.aclose()
            if never_began:
                failure = BadOption(
                    f"{self._string} cannot be run: {error}, and had read nothing{_told(process)}"
                )
                self._journal.broke(failure)
                raise failure from error
            if said := process.errors:
                error.add_note(f"Its standard error ended with:\n{said}")
            raise
        except BaseException:  # its time is up: what it would still say belongs to no question
            process.kill()
            raise

    async def aclose(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        try:
            if process:
                await process.end()
        finally:
            if self._began:  # though it may have been called off while it did
                await asyncio.to_thread(_kill_marked, f"{MARK}={self._mark}".encode())
                self._began = False  # what is marked is looked for once a process, in all that run

    async def _begun(self) -> _Process:
        """The process, just begun."""
        self._began = True
        loop = asyncio.get_running_loop()
        reads, writes = os.pipe()
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, reads)
            asked, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writes, "wb", 0))
            opened.callback(asked.close)
            try:
                _, process = await loop.subprocess_exec(
                    partial(_Process, reads, asked),
                    *shlex.split(self._string.removeprefix(PREFIX)),
                    stdin=reads,
                    start_new_session=True,
                    cwd=self._place.folder,
                    env={**self._place.environment, MARK: self._mark},
                )
            except OSError as error:
                passing = error.errno in (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
                kind, can = (WorldError, "could not") if passing else (BadOption, "cannot")
                failure = kind(f"{self._string} {can} be run: {error.strerror}")
                self._journal.broke(failure)
                raise failure from error
            opened.pop_all()  # they are the process's from now on
        return process

    def _request(self, view: View) -> dict[str, Any]:
        """A question for a move."""
        objection = view.objection and {
            "reply": view.objection.reply,
            "fault": view.objection.fault.kind,
            "detail": view.objection.fault.detail,
        }
        return {
            "protocol": PROTOCOL,
            "type": "act",
            "game": view.game,
            "seat": view.seat,
            "seed": self._seed,
            "rules": view.rules,
            "history": view.history,
            "state": view.state,
            "legal": view.legal,
            "moves": view.moves,
            "seen": view.seen,
            "text": view.text,
            "objection": objection,
        }

    def _read(self, line: str) -> Sample:
        """The reply in a line."""
        try:
            said = json.loads(line)
        except ValueError:
            self._refuse(line, "is not JSON")
        if not isinstance(said, dict) or not isinstance(said.get("reply"), str):
            self._refuse(line, 'is no JSON object with a text "reply"')
        finish = said.get("finish", "stop")
        if finish not in FINISHES:
            *others, last = map(json.dumps, FINISHES)
            self._refuse(line, f'has a "finish" that is not {", ".join(others)} or {last}')
        return Sample(reply=said["reply"], finish=finish)

    def _refuse(self, line: str, why: str) -> NoReturn:
        raise CommandFailed(f"the line {quote(recorded(line))} {why}; {NOT_FOR_REPLIES}")


class _Process(asyncio.SubprocessProtocol):
    """A process that answers line by line.

    Args:
        reads: The end of a pipe that is its standard input, which is closed when it has ended: until then it
            is known how much of the questions it has read.
        questions: Our end of the pipe.
    """

    has_read_nothing = False
    """Whether it has ended, and had read nothing of any question."""

    def __init__(self, reads: int, questions: asyncio.WriteTransport) -> None:
        self._reads, self._questions = reads, questions
        self._asked = 0  # bytes
        self._out, self._err = bytearray(), bytearray()
        self._silent = False  # its standard output is closed
        self._news = asyncio.Event()
        self._ended = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        """It has begun."""
        self._transport: asyncio.SubprocessTransport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It has written something."""
        if fd == STDERR:
            self._err = (self._err + data)[-2 * KEPT_ERRORS :]  # a key cut in two is none
            return
        self._out += data
        self._news.set()
        if len(self._out) > LONGEST_LINE:
            self.kill()  # it would fill the memory

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """It has closed one of its sides."""
        if fd == STDOUT:
            self._silent = True
            self._news.set()

    def process_exited(self) -> None:
        """It has ended; what it has begun ends with it, while the number of its group is still its own."""
        self.kill()
        waiting = self._questions.get_write_buffer_size() + _unread(self._reads)
        self.has_read_nothing = waiting == self._asked  # nothing was asked yet, perhaps
        os.close(self._reads)
        self._ended.set()
        self._news.set()

    @property
    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        return recorded(self._err.decode("utf-8", "replace")).strip()[-KEPT_ERRORS:]

    async def ask(self, request: dict[str, Any]) -> str:
        """Its line of reply.

        Raises:
            CommandFailed: It ended, or says too much.
        """
        if b"\n" in self._out:
            stray = quote(recorded(self._out.partition(b"\n")[0].decode("utf-8", "replace")))
            raise CommandFailed(f"the line {stray} was not asked for; {NOT_FOR_REPLIES}")
        question = json.dumps(request).encode() + b"\n"
        self._asked += len(question)
        self._questions.write(question)
        while b"\n" not in self._out:
            if len(self._out) > LONGEST_LINE:
                raise CommandFailed(f"it wrote a line of more than {LONGEST_LINE} bytes")
            if self._silent:
                raise CommandFailed(await self._end_of_it())
            self._news.clear()
            await self._news.wait()
        line, _, self._out = self._out.partition(b"\n")
        return line.decode("utf-8", "replace")

    async def _end_of_it(self) -> str:
        """How it ended; one that only closed its standard output is not waited for long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), GRACE)
        code = self._transport.get_returncode()
        if code is None:
            return "it closed its standard output without a reply"
        if code < 0:
            return f"it was killed by {signal.Signals(-code).name} without a reply"
        return f"it ended with exit code {code} without a reply"

    def kill(self) -> None:
        """Kill it, and all that it has begun in its group."""
        if self._ended.is_set():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._transport.get_pid(), signal.SIGKILL)

    async def end(self) -> None:
        """Let it end by itself for a moment, then kill what is left of its group."""
        self._questions.close()
        try:
            await asyncio.wait_for(self._ended.wait(), GRACE)
        except TimeoutError:
            pass
        finally:
            self.kill()
            self._transport.close()
        await self._ended.wait()


def _told(process: _Process) -> str:
    """What a process that never was a player wrote to standard error, to stand behind why it was none."""
    return f": {line(process.errors)}" if process.errors else ""


def _unread(pipe: int) -> int:
    """How many bytes wait in a pipe, by the end of it that is read."""
    (waiting,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(waiting)


def _kill_marked(mark: bytes) -> None:
    """Kill all processes that have inherited a variable, and what they begin meanwhile."""
    seen: set[int] = set()
    while fresh := {pid for pid in _processes() if pid not in seen and mark in _environment(pid)}:
        for pid in fresh:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        seen |= fresh


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """The variables that a process has inherited; none of one that is another user's, or has ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
