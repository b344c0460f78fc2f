"""The command line: `gtbench VERB --help`. One file per family of verbs; `exits` has the exit codes."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

import typer
from typer.core import TyperGroup

from gtbench import registry, screen, signals
from gtbench._version import __version__
from gtbench.cli import (
    errors,
    games,
    grades,
    judges,
    logs,
    models,
    people,
    play,
    plugins,
    policies,
    replay,
    reports,
    site,
    streams,
    verify,
)
from gtbench.cli.driving import interrupted, told
from gtbench.cli.exits import ExitCode
from gtbench.errors import GtbenchError, suggestion

SHORT = 60
"""How long a verb's description may be in the list of all."""
SECONDS_TO_END = 1.0
"""How long is waited for threads of agents' code before the process ends without them."""


class Verbs(TyperGroup):
    """The verbs, each of which a signal ends: our own, and one for each registered report."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return [*self.commands, *(name for name in registry.names("reports") if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A verb; that of a report is made now."""
        if cmd_name in self.commands or cmd_name not in registry.names("reports"):
            return self.commands.get(cmd_name)
        return reports.report_command(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that is meant, and the words after it."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"No such command {args[0]!r}{suggestion(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List them; what reports are about is read from their sources, for to load them takes seconds."""
        own = [(name, verb.get_short_help_str(SHORT)) for name, verb in self.commands.items()]
        try:
            names = [name for name in self.list_commands(ctx) if name not in self.commands]
            others = [(name, registry.summary("reports", name)) for name in names]
        except GtbenchError as error:
            others = [("error", str(error))]
        for title, rows in (("Commands", own), ("Reports: each takes LOG...", others)):
            with formatter.section(title):
                formatter.write_dl(rows)

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
errors.add_to(app)
replay.add_to(app)
site.add_to(app)
grades.add_to(app)
judges.add_to(app)
policies.add_to(app)
logs.add_to(app)
verify.add_to(app)
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
