"""Logs that were changed by hand, for tests of what is refused, and of what is told of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from gtbench.log.seals import Seals

if TYPE_CHECKING:
    from pathlib import Path


def seal_anew(log: Path) -> None:
    """Seal what a log holds now, as whoever changes it on purpose would."""
    with closing(sqlite3.connect(log)) as database, database:
        Seals(database).add_all()
