"""The verbs of registered reports: each gets its options from its function, and every format."""

from __future__ import annotations

import inspect
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.options import ListsCommand
from gtbench.cli.tables import FILE_WIDTH, line_width
from gtbench.signatures import evaluated, signature
from gtbench.text import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gtbench.log.read import RunLog
    from gtbench.report import Page

SQLITE = b"SQLite format 3\0"
"""How a run log begins, as any file of SQLite does."""

LogsArgument = Annotated[
    list[Path],
    typer.Argument(help="Run logs; several are shown one after the other, each by itself.", metavar="LOG"),
]
GamesOption = Annotated[
    list[str] | None, typer.Option(help="Count the matches of these games only.", metavar="GAME...")
]
AgentsOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Show the rows about these agents only, by name or letter; no figure changes.",
        metavar="AGENT...",
    ),
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="text, md, latex, csv or json; the last two have every figure as precise as it is.",
        metavar="FORMAT",
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write into this file.", metavar="FILE")
]
SHARED = {"games": GamesOption, "agents": AgentsOption, "format_": FormatOption, "output": OutputOption}
"""The options of every report."""


def report_command(name: str) -> Any:
    """The verb of a registered report.

    Raises:
        UnknownName: There is no such report.
        MissingDependency: It cannot be imported.
    """
    from gtbench import registry

    report = registry.load("reports", name)
    told, meanings = _described(report)
    own = list(_options(report, meanings))
    needed = next(iter(signature(report).parameters.values())).default is inspect.Parameter.empty

    def verb(
        log: list[Path] | None, games: Any, agents: Any, format_: str, output: Path | None, **own: Any
    ) -> None:
        show(name, log or (), games=games or (), agents=agents or (), format_=format_, output=output, **own)

    shared = [
        inspect.Parameter(
            key,
            inspect.Parameter.KEYWORD_ONLY,
            default="text" if key == "format_" else None,
            annotation=annotation,
        )
        for key, annotation in SHARED.items()
    ]
    log = inspect.Parameter(
        "log",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=inspect.Parameter.empty if needed else None,
        annotation=LogsArgument,
    )
    parameters = [log, *own, *shared]
    verb.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    verb.__annotations__ = {one.name: one.annotation for one in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=ListsCommand, help=told)(verb)
    command = typer.main.get_command(app)
    command.context_settings = {"help_option_names": ["-h", "--help"], "color": True}
    return command


def _options(report: Callable[..., Any], meanings: dict[str, str]) -> Iterator[inspect.Parameter]:
    """The options of a report's verb, by the parameters that follow the log; those of all verbs aside."""
    for one in list(signature(report).parameters.values())[1:]:
        if one.name in SHARED:
            continue
        option = typer.Option(help=meanings.get(one.name), metavar=one.name.upper())
        named = evaluated(one.annotation, report)
        yield one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[named, option])


def _described(report: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """What a report's docstring says of it, and of each of its parameters."""
    told, _, rest = (inspect.getdoc(report) or "").partition("\n\nArgs:\n")
    meanings: dict[str, str] = {}
    name = ""
    for line in rest.partition("\n\n")[0].splitlines():
        head, colon, meaning = line.strip().partition(": ")
        if colon and line.startswith("    ") and not line.startswith("     "):
            name, meanings[head] = head, meaning
        elif name:
            meanings[name] += f" {line.strip()}"
    return told.partition("\n\nRaises:")[0], meanings


def show(
    name: str,
    paths: Sequence[Path],
    *,
    games: Sequence[str] = (),
    agents: Sequence[str] = (),
    format_: str = "text",
    output: Path | None = None,
    **options: Any,
) -> None:
    """Print a report of some logs, or write it into a file."""
    from gtbench import registry

    render = registry.load("formats", format_)
    if output:
        _refuse_log(output)
    if paths:
        pages = [_page(opened(path), name, games=games, agents=agents, **options) for path in paths]
    else:
        pages = [_page_ahead(name, games=games, agents=agents, **options)]
    text = render(name, pages, _width(output))
    if output:
        _write(output, text)
        typer.echo(f"The {name} report is {typed(output)}.")
    else:
        typer.echo(text, nl=False)


def _page(log: RunLog, name: str, **options: Any) -> Page:
    """A report of one log, with what formats show beside it."""
    from gtbench.report import Page

    found = log.reported(name, **options)
    if log.elicitation and not found.rows:
        _ = log.tournament  # says that there are no matches, and what can be read
    return Page(str(log.path), log.coverage(), found, log.letters())


def _page_ahead(name: str, **options: Any) -> Page:
    """A report that can be made without a log."""
    from gtbench import registry
    from gtbench.report import Page, letters

    found = registry.load("reports", name)(None, **options)
    return Page("", "", found, letters(options["agents"]))


def opened(path: Path) -> RunLog:
    """A log that holds at least one match, or answers that an agent gave without one."""
    from gtbench.errors import LogError
    from gtbench.log.read import open_log

    found = open_log(path)
    if not found.elicitation and not found.match_count:
        raise LogError(f"{path} holds no finished match yet: gtbench resume {typed(path)}")
    return found


def _width(output: Path | None) -> int:
    """How wide text may be."""
    said = os.environ.get("COLUMNS", "")
    if output:
        return int(said) if said.isdigit() and int(said) else FILE_WIDTH
    return line_width()


def _refuse_log(path: Path) -> None:
    """Raise `UserError` where a report would be written over a run log, whichever it is."""
    from gtbench.errors import UserError

    with suppress(OSError), path.open("rb") as file:
        if file.read(len(SQLITE)) == SQLITE:
            raise UserError(f"{path} is a run log, or another database: name a new file with -o")


def _write(path: Path, text: str) -> None:
    from gtbench.errors import UserError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
