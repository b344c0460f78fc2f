"""Verbs about a log as a file: upgrade writes one of an older format anew."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import Annotated

import typer

from gtbench.cli.tables import LogArgument  # noqa: TC001  (typer reads annotations)


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(upgrade)


def upgrade(
    log: LogArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The new log; nothing may be there.")],
) -> None:
    """Write a log of an older format as a new one of today's.

    It holds the same, and is read faster. The old one stays as it is, and can be read as before.
    """
    from gtbench.log.migrate import upgrade as write

    found = write(log, output)
    typer.echo(f"{found.path} holds all of {log}: {found.coverage()}")
