"""The command line: `gtbench VERB --help`. One file per family of verbs; `exits` has the exit codes."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

import typer
from typer.core import TyperGroup

from gtbench import screen, signals
from gtbench._version import __version__
from gtbench.cli import (
    games,
    grades,
    judges,
    logs,
    models,
    people,
    play,
    plugins,
    policies,
    profiles,
    report,
    streams,
)
from gtbench.cli.driving import interrupted, told
from gtbench.cli.exits import ExitCode
from gtbench.errors import GtbenchError

SECONDS_TO_END = 1.0
"""How long is waited for threads of agents' code before the process ends without them."""


class Verbs(TyperGroup):
    """The verbs, each of which a signal ends."""

    def invoke(self, ctx: Any) -> Any:
        """Run a verb."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise interrupted(error) from None


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "color": True,  # else what is printed behind a pipe lacks, unsaid, what looks like a colour
    },
)
play.add_to(app)
people.add_to(app)
report.add_to(app)
profiles.add_to(app)
grades.add_to(app)
judges.add_to(app)
policies.add_to(app)
logs.add_to(app)
games.add_to(app)
plugins.add_to(app)
models.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gtbench {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """A gym for the strategic reasoning of language models.

    Exit codes: 0 done; 1 something you can fix; 2 usage; 3 stopped by a cap; 130, 143, 129 interrupted by
    Ctrl-C, SIGTERM, SIGHUP; 141 nobody reads the output any more.
    """


def main() -> None:
    """The console script; it does not wait for what agents' code leaves behind, as Python would."""
    others = {*threading.enumerate()}
    try:
        _main()
    except SystemExit as end:
        left = [it for it in threading.enumerate() if it not in others and not it.daemon]
        for thread in left:
            thread.join(SECONDS_TO_END / len(left))
        if any(thread.is_alive() for thread in left):
            sys.stdout.flush()
            os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise


def _main() -> None:
    streams.guard()
    screen.guard()
    signals.raise_interrupts()
    logging.getLogger("gtbench").setLevel(logging.INFO)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except streams.ReaderLeft:
        sys.exit(ExitCode.READER_LEFT)
    except GtbenchError as error:
        typer.echo("\n".join(told(error)), err=True)
        sys.exit(ExitCode.WRONG)
