"""The verb that checks a log against what it must be: verify."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.exits import ExitCode
from gtbench.cli.tables import LogArgument  # noqa: TC001  (typer reads annotations)

if TYPE_CHECKING:
    from gtbench.verify.verify import Verdict

SHOWN = 20
"""Differences that are printed unless all are asked for."""
UNPROVEN = (
    "No log can prove that a reply came from the model that it names. A plan that was published before the "
    "run, and asking a sample again, help."
)


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(verify)


def verify(  # noqa: PLR0917  (typer passes by name)
    log: LogArgument,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Check so many matches, drawn at random, not all.")
    ] = None,
    since: Annotated[int, typer.Option(min=1, help="Check the matches from this number on.")] = 1,
    no_agents: Annotated[
        bool,
        typer.Option("--no-agents", help="Read the recorded replies again, and let no agent play again."),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes that check; as many as there are cores unless said.")
    ] = None,
    seal: Annotated[str | None, typer.Option(help="The seal that the log had when it was published.")] = None,
    all_: Annotated[bool, typer.Option("--all", help=f"Print all differences, not {SHOWN} of them.")] = False,
) -> None:
    """Check a log: play each match again and compare all of it.

    Deals, legal moves, payoffs, prompts, faults, grades and columns are found again from the luck key and the
    recorded replies. gtbench's own agents play again too, and their models answer what they answered. Exit
    code 1 where anything differs.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from gtbench.screen import console
    from gtbench.verify.verify import verify as check

    columns = ("verifying", BarColumn(), MofNCompleteColumn(), "matches", TimeRemainingColumn())
    screen = console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("", total=None)
        verdict = check(
            log,
            sample=sample,
            since=since,
            agents=not no_agents,
            jobs=jobs or os.cpu_count() or 1,
            seal=seal,
            watcher=lambda done, of: progress.update(task, completed=done, total=of),
        )
    _tell(verdict, None if all_ else SHOWN)
    if verdict.differences:
        raise typer.Exit(ExitCode.WRONG)


def _tell(verdict: Verdict, most: int | None) -> None:
    """Print what was found."""
    from gtbench.text import shown_line

    for difference in verdict.differences[:most]:
        typer.echo(str(difference))
    hidden = len(verdict.differences) - len(verdict.differences[:most])
    if hidden:
        typer.echo(f"... and {hidden} more; --all prints them")
    for why, matches in verdict.open.most_common():
        typer.echo(f"Not checked, in {matches} of {verdict.matches} matches: {shown_line(why)}")
    if verdict.seal:
        typer.echo(f"The seal of this log is {verdict.seal}.")
    number = len(verdict.differences)
    found = f"{number} difference{'s' * (number != 1)}" if number else "nothing differs"
    typer.echo(f"{verdict.matches} of {verdict.played} matches verified: {found}.")
    typer.echo(UNPROVEN)
