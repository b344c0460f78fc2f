"""The lock of a run log, which stands on the log's own file: one process writes it at a time.

Whatever name, folder, user or container a file is opened through, it is one file, and so is its lock. The
system drops the lock when its process ends, however it ends; a program that the process starts does not
inherit it.

It is an open file description lock (fcntl(2)) on bytes that no file has. SQLite locks other bytes of the same
file, with the older kind of lock, which a process loses as soon as it closes any descriptor of that file. So
the lock's descriptor is closed after SQLite's, and a process that holds the lock opens no second one.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gtbench.errors import LogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST_BYTE = 1 << 40
"""Where the lock begins; it is as many bytes long as its process's id says, so that others can name that."""
FLOCK = "hhqqi4x"
"""`struct flock` of Linux: kind, whence, start, length, process."""

_held: set[tuple[int, int]] = set()
"""The files that this process has locked, by device and inode."""
_holding = threading.Lock()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a log.

    Raises:
        LogError: Another holds it; the line says which process.
        OSError: The file cannot be opened for writing, or its file system has no locks.
    """
    with _holding:
        file = _identity(path.stat())
        if file in _held:
            raise _refusal(path, os.getpid())
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            _lock(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        _held.add(file)
    try:
        yield
    finally:
        with _holding:
            _held.remove(file)
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether the file that has this name now is one that this process has locked."""
    try:
        return _identity(path.stat()) in _held
    except OSError:
        return False


def _identity(found: os.stat_result) -> tuple[int, int]:
    """Which file that is, whatever it is called."""
    return found.st_dev, found.st_ino


def _lock(path: Path, descriptor: int) -> None:
    """Lock an open file, or say which process has; processes are numbered by each machine and container."""
    wanted = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, FIRST_BYTE, os.getpid(), 0)
    while True:
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
        except BlockingIOError:
            kind, _, _, process, _ = struct.unpack(FLOCK, fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, wanted))
            if kind != fcntl.F_UNLCK:  # else it was dropped in between
                raise _refusal(path, process) from None
        else:
            break
    if _identity(os.fstat(descriptor)) != _identity(path.stat()):
        raise LogError(f"{path} was replaced by another file just now: try again")


def _refusal(path: Path, process: int) -> LogError:
    """What is said to whoever comes second."""
    return LogError(
        f"{path} is being written by another gtbench, process {process} of this machine or of another that "
        "has the file: wait for it to end"
    )
