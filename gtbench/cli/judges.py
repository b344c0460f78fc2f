"""Verbs about LLM judges: judge asks one, and shows what all of them say."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli import reports
from gtbench.cli.driving import Kept, driving, failed
from gtbench.cli.exits import ExitCode
from gtbench.cli.options import CallsOption, CostOption, ListsCommand, TokensOption, budget_of
from gtbench.cli.tables import LogArgument, heading, subheading
from gtbench.text import typed

if TYPE_CHECKING:
    from gtbench.judging.plan import Wanted
    from gtbench.log.read import RunLog
    from gtbench.models.ledger import Budget


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
    _show(reports.opened(log))
    if model:
        _refuse_unread(found, model)


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


def _refuse_unread(log: RunLog, model: str) -> None:
    """End with exit code 1 where none of a judge's votes could be read."""
    from gtbench.judging.plan import load_judge

    judge = str(load_judge(model))
    faults = Counter(vote.fault for one in log.judging(judge) for vote in one.votes)
    if faults and None not in faults:
        kinds = ", ".join(f"{count} {fault}" for fault, count in faults.items())
        how = "give it more max_tokens where they were truncated, or take another model"
        typer.echo(f"error: no vote of {judge} could be read ({kinds}): {how}", err=True)
        raise typer.Exit(ExitCode.WRONG)


def _show(log: RunLog) -> None:
    """What judges say, what machines have checked beside it, and what the judging has cost."""
    from gtbench.models.ledger import Budget, Ledger

    for report in ("judged", "agreement"):
        reports.show(report, [log.path])
        typer.echo()
    judges = list(dict.fromkeys(judgement.judge for judgement in log.judgements()))
    for judge in judges:
        ledger = Ledger(Budget())
        for one in log.judging(judge):
            ledger.add(one.calls, one.failed)
        typer.echo(f"Spent on {judge}: {ledger}.")
    path, named = typed(log.path), shlex.quote(judges[0])
    typer.echo(f"Examples: gtbench errors {path} --judge {named} --label misinterpretation")
