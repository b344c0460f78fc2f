"""A static site of a run: standings, faults, and each match as a page with its prompts, replies and board.

Plain files without scripts, to be opened from disk or put on any web server. Everything that a model wrote
is escaped, and a content security policy keeps the pages from loading anything.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from gtbench.errors import FaultKind, UserError
from gtbench_leaderboards.profile import profile
from gtbench_leaderboards.standings import standings

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.store import RunLog


def write_site(log: RunLog, folder: Path) -> Path:
    """Write the site into a folder and return its first page; the same log gives the same bytes.

    Args:
        log: The run log.
        folder: Made if it is not there; pages of the same names are replaced.

    Raises:
        UserError: The folder cannot be written.
    """
    matches = log.matches()
    pages = Environment(
        loader=PackageLoader("gtbench_leaderboards"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"interval": _interval, "figure": _figure}
    table, faults = standings(matches), profile(matches)
    index = pages.get_template("index.html").render(
        run=log.run,
        tournament=log.tournament,
        matches=matches,
        standings=table,
        profile=faults,
        kinds=[kind.value for kind in FaultKind if any(getattr(row, kind.value) for row in faults.rows)],
    )
    page = pages.get_template("match.html")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "style.css").write_text(
            (files("gtbench_leaderboards") / "templates" / "style.css").read_text(encoding="utf-8"),
            encoding="utf-8",
        )
        numbers = [match.number for match in matches]
        for i, match in enumerate(matches):
            around = {"before": numbers[i - 1] if i else None, "after": numbers[i + 1 :][:1]}
            (folder / f"match-{match.number}.html").write_text(
                page.render(match=match, **around), encoding="utf-8"
            )
        (folder / "index.html").write_text(index, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
    return folder / "index.html"


def _figure(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)


def _interval(low: float | None, high: float | None, form: str = ".2f") -> str:
    return "-" if low is None or high is None else f"{low:{form}} to {high:{form}}"
