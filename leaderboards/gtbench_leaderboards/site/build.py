"""A static site of a run: standings, errors, and each match as a page with its prompts, replies and grades.

Plain files without scripts, to be opened from disk or put on any web server. Everything that a model wrote
is escaped, and a content security policy keeps the pages from loading anything. What a reader could not see
is written out, and where the models' servers are is left out.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from gtbench.errors import UserError
from gtbench.labels import FaultKind
from gtbench.narration import narrate
from gtbench.text import shown
from gtbench_leaderboards.errors.profile import profile
from gtbench_leaderboards.errors.rates import errors
from gtbench_leaderboards.ratings.standings import standings
from gtbench_leaderboards.site.addresses import without_addresses, without_places

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.log.read import RunLog


MARK = '<meta name="generator" content="gtbench">'


def write_site(log: RunLog, folder: Path, *, endpoints: bool = False) -> Path:
    """Write the site into a folder and return its first page; the same log gives the same bytes.

    Args:
        log: The run log.
        folder: Made if it is not there; an earlier site in it is replaced.
        endpoints: Whether the addresses of the models' servers are shown.

    Raises:
        UserError: The folder cannot be written, or holds something else.
    """
    matches, grades = log.matches(), log.grades()
    discreet = (lambda text: text) if endpoints else without_addresses(log, matches)
    pages = Environment(
        finalize=lambda value: shown(discreet(value)) if isinstance(value, str) else value,  # of each value
        loader=PackageLoader("gtbench_leaderboards.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    reason = str if endpoints else lambda text: without_places(discreet(text))
    pages.filters |= {"interval": _interval, "figure": _figure, "reason": reason}
    pages.globals["narrate"] = narrate
    faults = profile(matches, grades)
    index = pages.get_template("index.html").render(
        run=log.run,
        coverage=log.coverage(),
        tournament=log.tournament,
        matches=matches,
        voids=log.voids(),
        standings=standings(matches),
        profile=faults,
        errors=errors(matches, grades),
        kinds=[kind.value for kind in FaultKind if any(getattr(row, kind.value) for row in faults.rows)],
    )
    page = pages.get_template("match.html")
    style = (files("gtbench_leaderboards.site") / "templates" / "style.css").read_text(encoding="utf-8")
    try:
        _clear(folder)
        # first: by it a site is known, also one that was not written to its end
        (folder / "index.html").write_text(index, encoding="utf-8")
        (folder / "style.css").write_text(style, encoding="utf-8")
        for i, match in enumerate(matches):
            around = [other.number for other in (*matches[max(0, i - 1) : i], *matches[i + 1 : i + 2])]
            html = page.render(match=match, around=around, grades=grades.get(match.number))
            (folder / f"match-{match.number}.html").write_text(html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
    return folder / "index.html"


def _clear(folder: Path) -> None:
    """Make the folder if it is not there, and remove the pages of an earlier site in it."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.html"
    ours = index.is_file() and MARK in index.read_text(encoding="utf-8", errors="replace")
    if not ours and any(folder.iterdir()):
        raise UserError(f"{folder} holds something that is no site of gtbench: name an empty or a new folder")
    for old in folder.glob("match-*.html"):
        old.unlink()


def _figure(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)


def _interval(low: float | None, high: float | None, form: str = ".2f") -> str:
    return "-" if low is None or high is None else f"{low:{form}} to {high:{form}}"
