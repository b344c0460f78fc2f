"""The verb that shows a match, or an answer: replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.tables import LogArgument, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.log.read import RunLog
    from gtbench.records import Grade, Judgement, Turn
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
    *,
    brief: Annotated[
        bool, typer.Option("--brief", help="Of each turn only the position, the reply and the grade.")
    ] = False,
) -> None:
    """Show a match, or an answer: every view, prompt and reply.

    An answer is one of an agent that was asked without a match.
    """
    from gtbench.log.read import open_log

    whole = open_log(log)
    if whole.elicitation:
        _replay_answer(whole, whole.elicitation, match, brief=brief)
        return
    found, grades = whole.match(match), whole.graded(match)
    judgements = [one for one in whole.judgements() if one.number == match]
    heading(f"Match {found.number}: {found.game}, deal {found.deal}")
    for seat, agent in enumerate(found.agents):
        typer.echo(f"player_{seat} is {agent}")
    for seat, rules in enumerate(() if brief else found.rules):
        heading(f"The rules as player_{seat} read them")
        typer.echo(rules)
    for place, turn in enumerate(found.turns):
        heading(f"Turn {place + 1}: player_{turn.seat}, {found.agents[turn.seat]}")
        said = [one for one in judgements if one.turn == place]
        _tell(turn, grades[place] if grades else None, said, brief=brief)
    heading("The end, as a spectator sees it")
    typer.echo(found.final)
    for seat, reward in enumerate(found.rewards):
        typer.echo(f"player_{seat}: {reward:g}{' (forfeited)' if seat in found.forfeited_by else ''}")


def _tell(turn: Turn, grade: Grade | None = None, said: Sequence[Judgement] = (), *, brief: bool) -> None:
    """Print a turn; in brief, the position without its history, the reply and what is known of it."""
    from gtbench.cli.telling import tell
    from gtbench.game.view import state_in
    from gtbench.narration import Seen, narrate

    parts = narrate(turn, grade, said, calls=not brief)
    tell(Seen(state_in(part.text)) if brief and isinstance(part, Seen) else part for part in parts)


def _replay_answer(log: RunLog, asked: Elicitation, place: int, *, brief: bool) -> None:
    """What an agent was asked and answered without a match, by its place among the answers."""
    from gtbench.errors import LogError

    answers = log.answers()
    if place > len(answers):
        raise LogError(f"{log.path} has no answer {place}, but {len(answers)} of them")
    found = answers[place - 1]
    if found.turn:
        heading(f"Answer {place}: {asked.agent} in {asked.game}, sample {found.sample + 1}")
        typer.echo(f"It is player_{found.turn.seat}.")
        _tell(found.turn, brief=brief)
