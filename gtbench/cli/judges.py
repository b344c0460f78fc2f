"""Verbs about LLM judges: judge asks one, and shows what all of them say."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.driving import Kept, driving, failed
from gtbench.cli.options import CallsOption, CostOption, ListsCommand, TokensOption, budget_of
from gtbench.cli.tables import (
    LogArgument,
    heading,
    interval,
    letters,
    new_table,
    number,
    opened,
    print_notes,
    print_table,
    subheading,
)
from gtbench.text import typed

if TYPE_CHECKING:
    from gtbench.judging.plan import Wanted
    from gtbench.log.read import RunLog
    from gtbench.models.ledger import Budget

WORDS = ("error", "checked by")
CHECKED_BY = {"reasoning": "words", "play": "move"}
"""What a machine has read, by the layer of its labels."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command(cls=ListsCommand)(judge)


def judge(
    log: LogArgument,
    *,
    model: Annotated[
        str | None,
        typer.Option(
            help="The judge, with its settings if any: 'openai/gpt-5-mini[max_tokens=4000]'. Without it "
            "none is asked, and what judges have said is shown.",
            metavar="PROVIDER/MODEL",
        ),
    ] = None,
    votes: Annotated[int, typer.Option(help="How often it is asked about each decision.")] = 3,
    games: Annotated[list[str] | None, typer.Option(help="Decisions of these games only.")] = None,
    agents: Annotated[list[str] | None, typer.Option(help="Decisions of these agents only.")] = None,
    decisions: Annotated[
        int | None, typer.Option(min=1, help="At most so many, drawn at random, the same ones each time.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what this judge has judged before.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask nothing: show the first prompt, and about what it takes.")
    ] = False,
    max_cost: CostOption = None,
    max_tokens: TokensOption = None,
    max_calls: CallsOption = None,
) -> None:
    """Have an LLM judge read the reasoning before moves.

    It says of each decision which of the paper's five errors its reasoning has, several times, by what the
    player knew and blind to who played. Its labels stand apart from those that machines check; how far the
    two agree is shown. What it has said stays in the log, and it is not asked twice.
    """
    from gtbench.errors import LogError
    from gtbench.judging.plan import Wanted
    from gtbench.log.read import open_log

    found = open_log(log)
    wanted = Wanted(tuple(games or ()), tuple(agents or ()), decisions, again)
    if model and dry_run:
        _foresee(found, model, wanted, votes)
        return
    if model:
        _ask(found, model, wanted, votes, budget_of(max_cost, max_tokens, max_calls))
    if not found.judgements():
        how = f"gtbench judge {typed(log)} --model PROVIDER/MODEL"
        raise LogError(f"nothing in {log} has been judged yet: {how}")
    _show(opened(log))


def _foresee(log: RunLog, model: str, wanted: Wanted, votes: int) -> None:
    """What a judge would be asked, and about what that takes."""
    from gtbench.judging import judge as judging

    plan = judging.plan(log, model, wanted, votes=votes)
    if plan.cases:
        heading("The first prompt")
        for message in plan.cases[0].messages:
            subheading(message.role)
            typer.echo(message.content)
        heading("All of it")
    cost, tokens, calls = plan.expected
    dollars = f"${cost:,.2f}" if plan.priced else "a price that is in no list"
    typer.echo(f"{plan}: {calls:,} calls, about {tokens:,} tokens and {dollars}.")


def _ask(log: RunLog, model: str, wanted: Wanted, votes: int, budget: Budget) -> None:
    """Have the judge read, under a progress bar; say how to go on where it was stopped."""
    from gtbench.cli.progress import DecisionProgress
    from gtbench.judging import judge as judging

    on = "What was judged is in the log. The same command goes on"
    kept = Kept(f"{on}.", f"{on}, under a higher cap.")
    progress = DecisionProgress()
    with driving(kept, lambda: progress.begun), progress:
        judging.judge(log, model, wanted, votes=votes, budget=budget, watcher=progress)
    if progress.broken:
        raise failed(progress, "decisions were not judged", kept.told)


def _show(log: RunLog) -> None:
    """What judges say, what machines have checked beside it, and what the judging has cost."""
    from gtbench import registry
    from gtbench.models.ledger import Budget, Ledger

    said, agreed = (registry.load("reports", name)(log) for name in ("judged", "agreement"))
    typer.echo(log.coverage())
    called = letters(row.agent for row in said.rows)
    for judge, rubric in dict.fromkeys((row.judge, row.rubric) for row in said.rows):
        heading(f"{judge}, rubric {rubric}")
        mine = [row for row in said.rows if (row.judge, row.rubric) == (judge, rubric)]
        everybody, *agents = dict.fromkeys(row.agent for row in mine)
        for agent in agents if len(agents) == 1 else (everybody, *agents):
            _print_said([row for row in mine if row.agent == agent], called[agent])
        _print_agreed([row for row in agreed.rows if (row.judge, row.rubric) == (judge, rubric)], judge)
        ledger = Ledger(Budget())
        for one in log.judging(judge):
            ledger.add(one.calls, one.failed)
        typer.echo(f"Spent on {judge}: {ledger}.")
    print_notes(f"{said.notes} {agreed.notes}")
    path, named = typed(log.path), shlex.quote(judge)
    typer.echo(f"Examples: gtbench errors {path} --judge {named} --label misinterpretation")


def _print_said(rows: list[Any], who: str) -> None:
    """What a judge says of an agent's reasoning."""
    columns = ("error", "judged", "no majority", "count", "rate", "rate 95 %", "votes alike", "votes' kappa")
    table = new_table(f"Reasoning of {who}, as judged", *columns, words=WORDS)
    for row in rows:
        table.add_row(
            row.label, str(row.judged), str(row.tied or "-"), str(row.count or "-"), number(row.rate, ".1%"),
            interval(row.rate_low, row.rate_high, ".1%"), number(row.alike, ".0%"), number(row.self_kappa),
        )  # fmt: skip
    print_table(table)


def _print_agreed(rows: list[Any], judge: str) -> None:
    """How far a judge agrees with machines."""
    columns = (
        "error", "checked by", "decisions", "both", "judge alone", "machine alone", "neither", "judge rate",
        "machine rate", "kappa", "kappa 95 %",
    )  # fmt: skip
    table = new_table(f"{judge} beside what machines check", *columns, words=WORDS)
    for row in rows:
        counts = (row.decisions, row.both, row.judge_alone, row.machine_alone, row.neither)
        table.add_row(
            row.label, CHECKED_BY[row.layer], *map(str, counts), number(row.judge_rate, ".1%"),
            number(row.machine_rate, ".1%"), number(row.kappa), interval(row.kappa_low, row.kappa_high),
        )  # fmt: skip
    print_table(table)
