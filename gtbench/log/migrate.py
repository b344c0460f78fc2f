"""A log of an older format as a new file of today's: the same records, with all that later formats add."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.database import connection, make
from gtbench.errors import LogError
from gtbench.log.create import refuse_existing
from gtbench.log.format import format_of, writing
from gtbench.log.read import RunLog, open_log
from gtbench.records import FORMAT

if TYPE_CHECKING:
    import sqlite3


def upgrade(log: str | Path, new: str | Path) -> RunLog:
    """Write a log of today's format with all that an older one holds, which is left as it is.

    Raises:
        LogError: The log is of today's format already, damaged, or something is where the new one is to be.
    """
    log, new = Path(log), Path(new)
    open_log(log)
    refuse_existing(new, "-o")

    def copy(database: sqlite3.Connection) -> None:
        with closing(connection(log, "ro")) as source:
            if format_of(source) == FORMAT:
                raise LogError(f"{log} has format {FORMAT} already, which is today's: nothing is to be done")
            source.backup(database)

    with writing(new):
        new.parent.mkdir(parents=True, exist_ok=True)
        make(new, copy)
    try:
        with RunLog(new).writer():  # which brings it up to date
            pass
    except BaseException:
        new.unlink()
        raise
    return RunLog(new)
