"""A static site of a run: every report, and each match as a page with its prompts, replies and grades.

Plain files without scripts, to be opened from disk or put on any web server. Everything that a model wrote
is escaped, and a content security policy keeps the pages from loading anything. What a reader could not see
is written out, and where the models' servers are is left out.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from gtbench import registry
from gtbench.errors import UserError
from gtbench.narration import narrate
from gtbench.signatures import signature
from gtbench.text import shown
from gtbench_leaderboards.data import matches
from gtbench_leaderboards.show.html import LOADER
from gtbench_leaderboards.site.addresses import without_addresses, without_places

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Template

    from gtbench.log.read import RunLog
    from gtbench.report import Report

FIRST = ("standings", "profile", "errors")
"""The reports on the first page; each other one has a page of its own, but for the list of matches."""
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
    discreet = (lambda text: text) if endpoints else without_addresses(log)
    pages = Environment(
        finalize=lambda value: shown(discreet(value)) if _is_text(value) else value,  # of each value
        loader=ChoiceLoader([PackageLoader("gtbench_leaderboards.site"), LOADER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    reason = str if endpoints else lambda text: without_places(discreet(text))
    pages.filters |= {"reason": reason, "figure": _figure}
    pages.globals["narrate"] = narrate
    reports, failed = _reports(log)
    index = pages.get_template("index.html").render(
        run=log.run,
        coverage=log.coverage(),
        tournament=log.tournament,
        matches=matches.report(log).rows,
        voids=log.voids(),
        reports=reports,
        failed=failed,
        first=FIRST,
    )
    style = (files("gtbench_leaderboards.site") / "templates" / "style.css").read_text(encoding="utf-8")
    try:
        _clear(folder)
        # first: by it a site is known, also one that was not written to its end
        (folder / "index.html").write_text(index, encoding="utf-8")
        (folder / "style.css").write_text(style, encoding="utf-8")
        for name, report in reports.items():
            if name not in FIRST:
                about = registry.summary("reports", name)
                html = pages.get_template("report_page.html").render(name=name, about=about, report=report)
                (folder / f"report-{name}.html").write_text(html, encoding="utf-8")
        _write_matches(log, folder, pages.get_template("match.html"))
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
    return folder / "index.html"


def _write_matches(log: RunLog, folder: Path, page: Template) -> None:
    """Write a page a match, of which one is in memory at a time."""
    numbers = sorted(log.results("match")["match"].unique().tolist())
    around = {at: [*numbers[max(0, i - 1) : i], *numbers[i + 1 : i + 2]] for i, at in enumerate(numbers)}
    for match in log.iter_matches():
        html = page.render(match=match, around=around[match.number], grades=log.graded(match.number))
        (folder / f"match-{match.number}.html").write_text(html, encoding="utf-8")


def _clear(folder: Path) -> None:
    """Make the folder if it is not there, and remove the pages of an earlier site in it."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.html"
    ours = index.is_file() and MARK in index.read_text(encoding="utf-8", errors="replace")
    if not ours and any(folder.iterdir()):
        raise UserError(f"{folder} holds something that is no site of gtbench: name an empty or a new folder")
    for old in (*folder.glob("match-*.html"), *folder.glob("report-*.html")):
        old.unlink()


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _is_text(value: object) -> bool:
    """Whether a value is a text, and not markup that was made of texts."""
    return isinstance(value, str) and not hasattr(value, "__html__")


def _reports(log: RunLog) -> tuple[dict[str, Report[Any]], dict[str, str]]:
    """Every report that needs no choice and finds something, and why others could not be made."""
    found: dict[str, Report[Any]] = {}
    failed: dict[str, str] = {}
    for name in registry.names("reports"):
        options = list(signature(registry.load("reports", name)).parameters.values())[1:]
        if name == "matches" or any(option.default is option.empty for option in options):
            continue
        try:
            report = log.reported(name)
        except UserError as error:
            failed[name] = str(error)
        else:
            found |= {name: report} if report.rows or name in FIRST else {}
    return found, failed
