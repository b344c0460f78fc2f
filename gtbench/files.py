"""Files that a user names: read whole, and no more of them than such a file may hold."""

from __future__ import annotations

import errno
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000


def read_file(path: Path, megabytes: int) -> bytes:
    """All that a file holds.

    Raises:
        OSError: It cannot be read; it is a pipe or a device, which may have no end; or it is larger.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to open a pipe would wait for whoever writes to it
        raise OSError(errno.EINVAL, "It is no file, but a pipe or a device")
    with path.open("rb") as file:
        content = file.read(megabytes * MEGABYTE + 1)
    if len(content) > megabytes * MEGABYTE:
        raise OSError(errno.EFBIG, f"It holds more than {megabytes} MB")
    return content
