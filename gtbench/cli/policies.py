"""The verb that asks an agent how it plays: elicit."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli import reports
from gtbench.cli.driving import driving, failed, resumable
from gtbench.cli.options import CallsOption, CostOption, LogOption, TokensOption, budget_of, default_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.cli.progress import QuestionProgress
    from gtbench.work import Outcome


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(elicit)


def elicit(
    agent: Annotated[str, typer.Argument(help="The agent: cot@openai/gpt-4o-mini", metavar="AGENT")],
    game: Annotated[str, typer.Argument(help="The game: kuhn_poker", metavar="GAME")],
    *,
    samples: Annotated[int, typer.Option(help="How often each information set is asked about.")] = 5,
    likeliest: Annotated[
        int | None,
        typer.Option(help="Ask only about so many of them, those that random play meets most often."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Repeats the agent's randomness; random unless said.")
    ] = None,
    log: LogOption = None,
    max_cost: CostOption = None,
    max_tokens: TokensOption = None,
    max_calls: CallsOption = None,
) -> None:
    """Ask an agent how it plays at every information set.

    For games whose oracle compares policies, such as kuhn_poker; where there are many, the likeliest ones are
    asked for. Every prompt, reply and call stands in the log; `gtbench resume` asks what is left of it, and
    `gtbench policy` and `gtbench exploitability` read it.
    """
    from gtbench.elicit.elicit import elicit as ask

    path = log or default_log("elicit")
    budget = budget_of(max_cost, max_tokens, max_calls)
    settings: dict[str, Any] = {"samples": samples, "likeliest": likeliest, "seed": seed, "budget": budget}
    drive(path, lambda watcher: ask(agent, game, log=path, watcher=watcher, **settings))


def drive(log: Path, ask: Callable[[QuestionProgress], Outcome]) -> None:
    """Ask under a progress bar, and show what was learnt; say how to go on where it was stopped."""
    from gtbench.cli.progress import QuestionProgress

    kept, progress = resumable("What was answered", log), QuestionProgress()
    with driving(kept, lambda: progress.begun and log.exists()), progress:
        found = ask(progress).log
    if found.answers():
        for report in ("policy", "exploitability"):
            reports.show(report, [log])
    typer.echo(f"Spent: {found.ledger()}.")
    typer.echo(f"The log is {log}.")
    if progress.broken:
        raise failed(progress, "answers were broken off", kept.told)
