"""Verbs about policies: elicit asks an agent for its own, exploitability measures those in a log."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.driving import driving, failed, resumable
from gtbench.cli.options import CallsOption, CostOption, LogOption, TokensOption, budget_of, default_log
from gtbench.cli.tables import (
    LogArgument,
    interval,
    letters,
    new_table,
    number,
    opened,
    print_notes,
    print_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.cli.progress import QuestionProgress
    from gtbench.log.read import RunLog
    from gtbench.records import Turn
    from gtbench.work import Outcome


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(exploitability)
    app.command()(elicit)


def exploitability(log: LogArgument) -> None:
    """How much best responses would win from each agent.

    As a bracket, in Kuhn poker, liar's dice, the auction and the dilemma; by what was played in matches, or
    by what an agent answered when it was asked.
    """
    from gtbench import registry
    from gtbench.log.read import open_log

    found = open_log(log)
    found = found if found.elicitation else opened(log)
    report = registry.load("reports", "exploitability")(found)
    typer.echo(found.coverage())
    if found.elicitation:
        _print_policy(found)
    _print(report)


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
    `gtbench exploitability` reads it.
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
        exploitability(log)
    typer.echo(f"Spent: {found.ledger()}.")
    typer.echo(f"The log is {log}.")
    if progress.broken:
        raise failed(progress, "answers were broken off", kept.told)


def _print_policy(log: RunLog) -> None:
    """How the agent answered at each information set."""
    turns: dict[str, list[Turn]] = {}
    for one in log.answers():
        if one.turn:
            turns.setdefault(one.information_set, []).append(one.turn)
    who = f"{log.elicitation.agent} in {log.elicitation.game}" if log.elicitation else ""
    table = new_table(who, "information set", "answers", words=("information set", "answers"))
    for said in turns.values():
        moves = Counter(turn.move or "no move" for turn in said)
        answers = ", ".join(f"{count} x {move}" for move, count in moves.most_common())
        table.add_row(_in_a_line(said[0].view), answers)
    print_table(table)


def _in_a_line(view: str) -> str:
    """What a view says before it lists the legal moves, its lines one after the other."""
    lines = [line.strip() for line in view.partition("\n\nLegal moves")[0].splitlines() if line.strip()]
    return "; ".join(lines).replace(":; ", ": ")


def _print(found: Any) -> None:
    """A bracket a row."""
    columns = ("game", "agent", "moves", "information sets", "lower", "completed", "plug-in", "95 %")
    called = letters(row.agent for row in found.rows)
    table = new_table("Exploitability (NashConv)", *columns, words=("game", "agent"))
    for row in found.rows:
        table.add_row(
            row.game, called[row.agent], str(row.moves), f"{row.information_sets} of {row.of}",
            number(row.lower, ".3f"), number(row.completed, ".3f"), number(row.plug_in, ".3f"),
            interval(row.low, row.high, ".3f"),
        )  # fmt: skip
    print_table(table)
    print_notes(found.notes)
