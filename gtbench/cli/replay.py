"""The verb that shows a match, or an answer: replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.tables import LogArgument, heading

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.schedule import Elicitation


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(replay)


def replay(
    log: LogArgument,
    match: Annotated[
        int,
        typer.Argument(
            min=1, max=2**63 - 1, metavar="MATCH", help="The match's number; `matches` lists them."
        ),
    ],
) -> None:
    """Show a match, or an answer: every view, prompt and reply.

    An answer is one of an agent that was asked without a match.
    """
    from gtbench.cli.telling import tell
    from gtbench.log.read import open_log
    from gtbench.narration import narrate

    whole = open_log(log)
    if whole.elicitation:
        _replay_answer(whole, whole.elicitation, match)
        return
    found, grades = whole.match(match), whole.graded(match)
    judgements = [one for one in whole.judgements() if one.number == match]
    heading(f"Match {found.number}: {found.game}, deal {found.deal}")
    for seat, agent in enumerate(found.agents):
        typer.echo(f"player_{seat} is {agent}")
    for seat, rules in enumerate(found.rules):
        heading(f"The rules as player_{seat} read them")
        typer.echo(rules)
    for place, turn in enumerate(found.turns):
        heading(f"Turn {place + 1}: player_{turn.seat}, {found.agents[turn.seat]}")
        said = [one for one in judgements if one.turn == place]
        tell(narrate(turn, grades[place] if grades else None, said))
    heading("The end, as a spectator sees it")
    typer.echo(found.final)
    for seat, reward in enumerate(found.rewards):
        typer.echo(f"player_{seat}: {reward:g}{' (forfeited)' if seat in found.forfeited_by else ''}")


def _replay_answer(log: RunLog, asked: Elicitation, place: int) -> None:
    """What an agent was asked and answered without a match, by its place among the answers."""
    from gtbench.cli.telling import tell
    from gtbench.errors import LogError
    from gtbench.narration import narrate

    answers = log.answers()
    if place > len(answers):
        raise LogError(f"{log.path} has no answer {place}, but {len(answers)} of them")
    found = answers[place - 1]
    if found.turn:
        heading(f"Answer {place}: {asked.agent} in {asked.game}, sample {found.sample + 1}")
        typer.echo(f"It is player_{found.turn.seat}.")
        tell(narrate(found.turn))
