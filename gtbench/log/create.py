"""Making a new run log: the file, with the settings of the run and what it is made with."""

from __future__ import annotations

import platform
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench._version import __version__
from gtbench.agent.spec import load_agent
from gtbench.database import make
from gtbench.errors import LogError, UserError
from gtbench.game.luck import new_keys
from gtbench.log.format import SCHEMA, writing
from gtbench.log.read import RunLog
from gtbench.log.seals import Seals
from gtbench.log.trust import mark
from gtbench.records import FORMAT, Run
from gtbench.text import typed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from gtbench.records import Keys
    from gtbench.schedule import Elicitation, Tournament


def create_log(path: str | Path, settings: Tournament | Elicitation, keys: Keys | None = None) -> RunLog:
    """Make a new run log, of a tournament or of what is asked of an agent.

    Args:
        path: Where it is to be.
        settings: What it is a log of.
        keys: Of its luck and its players' randomness; unless said, those of its seed, or new ones.

    Raises:
        LogError: Something is at that path already; it is left as it is.
    """
    path = Path(path)
    refuse_existing(path)
    run = Run(
        format=FORMAT,
        **{type(settings).__name__.lower(): settings.model_dump(mode="json")},
        keys=keys or new_keys(settings.seed),
        created=datetime.now(UTC),
        versions={
            "gtbench": __version__,
            "python": platform.python_version(),
            "open_spiel": version("open_spiel"),
        },
        agents={name: load_agent(name).origin for name in settings.agents},
    )
    run = run.model_copy(update={"mark": mark(run)})

    def fill(database: sqlite3.Connection) -> None:
        database.executescript(f"BEGIN; {SCHEMA}")
        record = run.model_dump_json()
        added = database.execute("INSERT INTO run VALUES (?)", (record,))
        Seals(database).add("run", added.lastrowid or 0, record)
        database.commit()

    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            make(path, fill)
        except FileExistsError:  # another process has made it just now
            refuse_existing(path)
            raise
    return RunLog(path)


@contextmanager
def new_log(
    path: Path, settings: Tournament | Elicitation, keys: Keys | None = None
) -> Iterator[Callable[..., RunLog]]:
    """What makes a log, as `create_log` does; the log is removed again if the user must fix something first.

    Then nothing has been added to it, and it would be in the way of the corrected command.
    """
    made: list[RunLog] = []

    def make_log(settings: Tournament | Elicitation = settings) -> RunLog:
        made.append(create_log(path, settings, keys))
        return made[-1]

    try:
        yield make_log
    except UserError:
        for log in made:
            log.discard()
        raise


def refuse_existing(path: Path, option: str = "--log") -> None:
    """Raise `LogError` if something is where a new log is to be, which the user named with an option."""
    with writing(path):
        is_there, is_folder = path.exists(), path.is_dir()
    if is_folder:
        raise LogError(f"{path} is a folder: name a file in it with {option}")
    if is_there:
        go_on = f", or go on with: gtbench resume {typed(path)}" if option == "--log" else ""
        raise LogError(f"{path} exists already: name another {option}{go_on}")
