"""The verb that writes pages: site."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import Annotated

import typer

from gtbench.cli.reports import opened
from gtbench.cli.tables import LogArgument  # noqa: TC001  (typer reads annotations)


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(site)


def site(
    log: LogArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write; made if it is not there.")
    ],
    endpoints: Annotated[
        bool, typer.Option("--endpoints", help="Show where the models' servers are.")
    ] = False,
) -> None:
    """Write every report and every match as pages."""
    from gtbench import registry

    played = opened(log)
    _ = played.tournament  # there are no pages of what an agent was asked without matches
    index = registry.load("sites", "site")(played, output, endpoints=endpoints)
    typer.echo(played.coverage())
    typer.echo(f"The site is {index}")
