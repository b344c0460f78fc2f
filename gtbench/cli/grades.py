"""Verbs about decisions: grade asks the oracles again."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import typer

from gtbench.cli.driving import interrupted
from gtbench.cli.tables import LogArgument  # noqa: TC001  (typer reads annotations)
from gtbench.signals import held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.grading.grade import Grader
    from gtbench.records import Match


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(grade)


def grade(log: LogArgument) -> None:
    """Grade every decision again, with the oracles of today.

    A match that cannot be graded any more keeps no grades.
    """
    from rich.progress import track

    from gtbench.grading.grade import Grader
    from gtbench.log.read import open_log
    from gtbench.screen import console

    found = open_log(log)
    matches, grader = found.matches(), Grader()
    _prepare(grader, matches)
    graded, stop = 0, Event()
    try:
        with held(stop.set), found.writer() as writer:
            for match in track(matches, "grading", console=console(stderr=True), transient=True):
                if stop.is_set():
                    break
                found_ = grader.grade(match)
                writer.grade(match.number, *(found_ or (None,)))
                graded += found_ is not None
    except KeyboardInterrupt as error:
        kept = (
            f"The log holds new grades of {graded} of {len(matches)} matches, and what it held of the rest."
        )
        raise interrupted(error, kept) from None
    for trouble in grader.troubles:
        typer.echo(f"warning: {trouble}", err=True)
    typer.echo(f"{graded} of {len(matches)} matches are graded.")


def _prepare(grader: Grader, matches: Iterable[Match]) -> None:
    """Load the oracles of the games of these matches; a game that is not installed is one more trouble."""
    from gtbench.catalogue import load_game
    from gtbench.errors import UserError

    for name in dict.fromkeys(match.game for match in matches):
        try:
            game = load_game(name)
        except UserError as error:
            grader.troubles.append(f"{error}; the matches of {name} are not graded")
        else:
            grader.prepare([game])
