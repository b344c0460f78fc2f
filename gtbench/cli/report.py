"""Verbs that read a run log and change nothing: standings, matches, replay, site."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated

import typer

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
)
from gtbench.text import shown_line

if TYPE_CHECKING:
    from gtbench.log.read import RunLog
    from gtbench.schedule import Elicitation

WORDS = ("agent", "game", "player_0", "player_1")  # the columns that hold no numbers


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for verb in (standings, matches, replay, site):
        app.command()(verb)


def standings(log: LogArgument) -> None:
    """Score and NRA of each agent, with intervals."""
    from gtbench import registry

    played = opened(log)
    found = registry.load("reports", "standings")(played)
    typer.echo(played.coverage())
    called = letters(row.agent for row in found.rows)
    columns = ("rank", "agent", "matches", "forfeits", "reward", "score", "score 95 %", "NRA", "NRA 95 %")
    for game in dict.fromkeys(row.game for row in found.rows):
        table = new_table(f"Standings: {game}", *columns, words=WORDS)
        for row in found.rows:
            if row.game == game:
                table.add_row(
                    "-" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}",
                    called[row.agent],
                    str(row.matches),
                    str(row.forfeits or "-"),
                    number(row.reward),
                    number(row.score),
                    interval(row.score_low, row.score_high),
                    number(row.nra, "+.2f"),
                    interval(row.nra_low, row.nra_high, "+.2f"),
                )
        print_table(table)
    print_notes(found.notes)


def matches(log: LogArgument) -> None:
    """List the matches, void ones too."""
    from gtbench.log.read import open_log

    found = open_log(log)
    played = found.matches()
    called = letters(agent for match in played for agent in match.agents)
    columns = ("match", "game", "deal", "player_0", "player_1", "rewards", "turns", "faults")
    table = new_table("Matches", *columns, words=WORDS)
    for match in played:
        table.add_row(
            str(match.number),
            match.game,
            str(match.deal),
            *(called[a] + " forfeits" * (s in match.forfeited_by) for s, a in enumerate(match.agents)),
            f"{match.rewards[0]:g} : {match.rewards[1]:g}",
            str(len(match.turns)),
            str(len(match.faults) or "-"),
        )
    print_table(table)
    for void in found.voids():
        typer.echo(f"match {void.number} is void: {shown_line(void.reason)}")
    typer.echo(found.coverage())


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
    found, grades = whole.match(match), whole.grades().get(match)
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


def site(
    log: LogArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write; made if it is not there.")
    ],
    endpoints: Annotated[
        bool, typer.Option("--endpoints", help="Show where the models' servers are.")
    ] = False,
) -> None:
    """Write standings, faults and matches as pages."""
    from gtbench import registry

    played = opened(log)
    index = registry.load("reports", "site")(played, output, endpoints=endpoints)
    typer.echo(played.coverage())
    typer.echo(f"The site is {index}")
