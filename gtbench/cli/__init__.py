"""The command line: `gtbench VERB --help`. One file per family of verbs.

Exit codes: 0 done; 1 something the user can fix; 2 usage; 3 stopped by a budget; 130 interrupted.
"""

from __future__ import annotations

import logging
import sys

import typer

from gtbench._version import __version__
from gtbench.cli import games, grades, judges, models, people, play, plugins, policies, profiles, report
from gtbench.errors import GtbenchError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
play.add_to(app)
people.add_to(app)
report.add_to(app)
profiles.add_to(app)
grades.add_to(app)
judges.add_to(app)
policies.add_to(app)
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
    """A gym for the strategic reasoning of language models."""


def main() -> None:
    """The console script."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("gtbench").setLevel(logging.INFO)
    try:
        app()
    except GtbenchError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
