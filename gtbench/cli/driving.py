"""How a command ends that asks many things at once: a run, an elicitation, a judge at work."""

from __future__ import annotations

from contextlib import contextmanager
from signal import SIGINT
from typing import TYPE_CHECKING, NamedTuple

import typer

from gtbench import signals
from gtbench.cli.exits import BY_SIGNAL, ExitCode
from gtbench.errors import BudgetSpent, UserError, notes
from gtbench.text import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from gtbench.cli.progress import Progress


class Kept(NamedTuple):
    """What has been done and stays, and how to go on."""

    told: str
    told_of_cap: str
    """The same where a cap has ended it."""


def resumable(done: str, log: Path) -> Kept:
    """What is done of a log that `gtbench resume` goes on with."""
    return Kept(
        f"{done} is in the log. Go on with: {resume_command(log)}",
        f"{done} is in the log. Go on with a higher cap: {resume_command(log)}",
    )


def resume_command(log: Path) -> str:
    """The command that goes on with a log."""
    return f"gtbench resume {typed(log)}"


@contextmanager
def driving(kept: Kept, stays: Callable[[], bool]) -> Iterator[None]:
    """The time in which it is done; where it ends before all is, one line says why and one how to go on.

    Args:
        kept: What has been done by then.
        stays: Whether that is anything: a log that was begun, and is not removed again.
    """
    try:
        yield
    except BudgetSpent as error:
        typer.echo(f"stopped: {error}\n{kept.told_of_cap}", err=True)
        raise typer.Exit(ExitCode.CAP) from None
    except (KeyboardInterrupt, UserError) as error:
        how = [kept.told] if stays() else []
        if isinstance(error, KeyboardInterrupt):
            raise interrupted(error, *how) from None
        typer.echo("\n".join([*told(error), *how]), err=True)
        raise typer.Exit(ExitCode.WRONG) from None


def interrupted(error: KeyboardInterrupt, *then: str) -> typer.Exit:
    """Say that a signal has ended the command, and how to go on; returned is the end."""
    signals.ignore_further()
    by = signals.signal_of(error)
    said = "interrupted" if by == SIGINT else f"interrupted by {by.name}"
    typer.echo("\n".join([said, *then]), err=True)
    return typer.Exit(ExitCode(BY_SIGNAL + by))


def told(error: BaseException) -> list[str]:
    """The lines that say what is wrong: an error, and those that came up at the same time."""
    return [f"error: {each}" for each in (error, *notes(error))]


def failed(progress: Progress[Any], what: str, how: str) -> typer.Exit:
    """Say what the world has kept from being done, and how to go on; returned is the end.

    Args:
        progress: What came to nothing, and what was not begun, since models were left alone.
        what: What has become of things that came to nothing, such as "matches are void".
        how: How to go on.
    """
    lines = [f"error: {len(progress.broken)} {what}, the first since {progress.broken[0]}"]
    lines += [f"{why}, so it was left alone." for why in progress.left_alone]
    if progress.left:
        lines.append(f"{progress.left} more {progress.what} were not begun for that reason.")
    typer.echo("\n".join([*lines, how]), err=True)
    return typer.Exit(ExitCode.WRONG)
