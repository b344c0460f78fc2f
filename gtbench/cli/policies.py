"""Verbs about whole ways to play: elicit asks an agent for one, exploitability measures those in a log."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.play import SPENT, CallsOption, CostOption, TokensOption, budget_of
from gtbench.cli.tables import LogArgument, interval, new_table, number, opened, print_notes, print_table

if TYPE_CHECKING:
    from gtbench.elicit import Elicited


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(exploitability)
    app.command()(elicit)


def exploitability(log: LogArgument) -> None:
    """How much best responses would win from each agent, as a bracket.

    In Kuhn poker, liar's dice, the auction and the dilemma.
    """
    from gtbench import registry

    _print(registry.load("reports", "exploitability")(opened(log)))


def elicit(
    agent: Annotated[str, typer.Argument(help="The agent: cot@openai/gpt-4o-mini", metavar="AGENT")],
    game: Annotated[str, typer.Argument(help="The game: kuhn_poker", metavar="GAME")],
    *,
    samples: Annotated[int, typer.Option(help="How often each situation is asked about.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the agent's luck.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file for all answers, as JSON.")
    ] = None,
    max_cost: CostOption = None,
    max_tokens: TokensOption = None,
    max_calls: CallsOption = None,
) -> None:
    """Ask an agent how it plays in every situation of a game.

    For games with few of them: Kuhn poker, the auction, the dilemma after one round at most.
    """
    from gtbench import registry
    from gtbench.elicit import elicit as ask
    from gtbench.errors import UserError

    if output and output.exists():
        raise UserError(f"{output} exists already: name another --output")
    budget = budget_of(max_cost, max_tokens, max_calls)
    found = ask(agent, game, samples=samples, seed=seed, budget=budget)
    if output:
        output.write_text(found.model_dump_json(indent=1), encoding="utf-8")
    _print_policy(found)
    _print(registry.load("reports", "elicited")(found))
    typer.echo(f"Spent: {found.spent}.")
    if found.stopped:
        typer.echo(f"stopped: {found.stopped}", err=True)
        raise typer.Exit(SPENT)


def _print_policy(found: Elicited) -> None:
    """How the agent answered in each situation."""
    moves = list(dict.fromkeys(a.turn.move or "no move" for a in found.answers))
    table = new_table(f"{found.agent} in {found.game}", "situation", *moves, words=("situation",))
    for name in dict.fromkeys(answer.situation for answer in found.answers):
        said = [a.turn for a in found.answers if a.situation == name]
        past = " ".join(said[0].view.split("\n\nLegal moves")[0].split())
        counts = (sum((turn.move or "no move") == move for turn in said) for move in moves)
        table.add_row(past, *(str(count or "-") for count in counts))
    print_table(table)


def _print(found: Any) -> None:
    """A bracket a row."""
    columns = ("game", "agent", "moves", "situations", "lower", "completed", "plug-in", "95 %")
    table = new_table("Exploitability (NashConv)", *columns, words=("game", "agent"))
    for row in found.rows:
        table.add_row(
            row.game, row.agent, str(row.moves), f"{row.situations} of {row.of}",
            number(row.lower, ".3f"), number(row.completed, ".3f"), number(row.plug_in, ".3f"),
            interval(row.low, row.high, ".3f"),
        )  # fmt: skip
    print_table(table)
    print_notes(found.notes)
