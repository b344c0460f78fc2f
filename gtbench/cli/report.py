"""Verbs that read a run log and change nothing: standings, profile, matches, replay, site."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.tables import new_table, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gtbench.records import Turn
    from gtbench.store import RunLog

NOTE_WIDTH = 100
WORDS = ("agent", "game", "player_0", "player_1")  # the columns that hold no numbers
LONG_NAME = 24
LETTERS = 26

LogArgument = Annotated[Path, typer.Argument(help="The run log.", metavar="LOG")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for verb in (standings, profile, matches, replay, site):
        app.command()(verb)


def standings(log: LogArgument) -> None:
    """Score and NRA of each agent, with intervals."""
    from gtbench import registry

    found = registry.load("reports", "standings")(_opened(log))
    label = _labels(row.agent for row in found.rows)
    columns = ("rank", "agent", "matches", "forfeits", "reward", "score", "score 95 %", "NRA", "NRA 95 %")
    for game in dict.fromkeys(row.game for row in found.rows):
        table = new_table(f"Standings: {game}", *columns, words=WORDS)
        for row in found.rows:
            if row.game == game:
                table.add_row(
                    "-" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}",
                    label[row.agent],
                    str(row.matches),
                    str(row.forfeits or "-"),
                    _number(row.reward),
                    _number(row.score),
                    _interval(row.score_low, row.score_high),
                    _number(row.nra, "+.2f"),
                    _interval(row.nra_low, row.nra_high, "+.2f"),
                )
        print_table(table)
    _print_notes(found.notes)


def profile(log: LogArgument) -> None:
    """Faults of each agent, by game and kind."""
    from gtbench import registry
    from gtbench.errors import FaultKind

    found = registry.load("reports", "profile")(_opened(log))
    kinds = [kind.value for kind in FaultKind if any(getattr(row, kind.value) for row in found.rows)]
    for agent in dict.fromkeys(row.agent for row in found.rows):
        columns = ("game", "decisions", *kinds, "faulty", "faulty 95 %", "forfeits")
        table = new_table(f"Faults of {agent}", *columns, words=WORDS)
        for row in found.rows:
            if row.agent == agent:
                table.add_row(
                    row.game,
                    str(row.decisions),
                    *(str(getattr(row, kind) or "-") for kind in kinds),
                    _number(row.rate, ".0%"),
                    _interval(row.rate_low, row.rate_high, ".0%"),
                    str(row.forfeits or "-"),
                )
        print_table(table)
    _print_notes(found.notes)


def matches(log: LogArgument) -> None:
    """List the matches, void ones too."""
    from gtbench.store import open_log

    found = open_log(log)
    played = found.matches()
    label = _labels(agent for match in played for agent in match.agents)
    columns = ("match", "game", "deal", "player_0", "player_1", "rewards", "turns", "faults")
    table = new_table("Matches", *columns, words=WORDS)
    for match in played:
        table.add_row(
            str(match.number),
            match.game,
            str(match.deal),
            *(label[a] + " forfeits" * (s in match.forfeited_by) for s, a in enumerate(match.agents)),
            f"{match.rewards[0]:g} : {match.rewards[1]:g}",
            str(len(match.turns)),
            str(len(match.faults) or "-"),
        )
    print_table(table)
    for void in found.voids():
        typer.echo(f"match {void.number} is void: {_printable(void.reason)}")
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
    """Show a match: every view, prompt and reply."""
    from gtbench.store import open_log

    found = open_log(log).match(match)
    _heading(f"Match {found.number}: {found.game}, deal {found.deal}")
    for seat, agent in enumerate(found.agents):
        typer.echo(f"player_{seat} is {agent}")
    for seat, rules in enumerate(found.rules):
        _heading(f"The rules as player_{seat} read them")
        typer.echo(rules)
    for number, turn in enumerate(found.turns, 1):
        _heading(f"Turn {number}: player_{turn.seat}, {found.agents[turn.seat]}")
        _replay_turn(turn)
    _heading("The end, as a spectator sees it")
    typer.echo(found.final)
    for seat, reward in enumerate(found.rewards):
        typer.echo(f"player_{seat}: {reward:g}{' (forfeited)' if seat in found.forfeited_by else ''}")


def _replay_turn(turn: Turn) -> None:
    """What a seat saw, was asked and answered."""
    typer.echo(turn.view)
    for attempt in turn.attempts:
        for call in attempt.calls:
            for message in call.messages:
                _label(f"prompt, {message.role}")
                typer.echo(_printable(message.content))
            _label("settings: " + ", ".join(f"{key}={value}" for key, value in call.settings.items()))
            for failed in call.retries:
                _label(f"a try that failed: {failed.reason}")
            _label(
                f"answer of {call.served_by or call.model}{call.endpoint and f' at {call.endpoint}'}: "
                f"{call.input_tokens} tokens in, {call.output_tokens} out, {call.seconds:.1f} s"
                f"{', replayed' if call.replayed else ''}"
            )
            for sample in call.samples:
                _label(f"reply, ended by {sample.finish}")
                typer.echo(_printable(sample.reply))
        if not attempt.calls:
            _label("answer, without a model")
            typer.echo(_printable(attempt.reply))
        if attempt.fault:
            _label(f"fault: {attempt.fault.kind}. {attempt.fault.detail}")
            if attempt.fault.trace:
                typer.echo(_printable(attempt.fault.trace))
    _label(f"move: {turn.move}" if turn.move else "no move: the match is forfeited")


def site(
    log: LogArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write; made if it is not there.")
    ],
) -> None:
    """Write standings, faults and matches as pages."""
    from gtbench import registry

    index = registry.load("reports", "site")(_opened(log), output)
    typer.echo(f"The site is {index}")


def _opened(log: Path) -> RunLog:
    """A log that holds at least one match, and how much of its schedule it holds."""
    from gtbench.errors import LogError
    from gtbench.store import open_log

    found = open_log(log)
    if not found.numbers():
        raise LogError(f"{log} holds no finished match yet: gtbench resume {shlex.quote(str(log))}")
    typer.echo(found.coverage())
    return found


def _print_notes(notes: str) -> None:
    width = min(NOTE_WIDTH, shutil.get_terminal_size().columns)
    typer.echo("\n".join(textwrap.wrap(notes, width)))


def _labels(agents: Iterable[str]) -> dict[str, str]:
    """What the agents are called in a table: long names get a letter, explained above the table."""
    names = list(dict.fromkeys(agents))
    if max(map(len, names), default=0) <= LONG_NAME:
        return {name: name for name in names}
    labels = {name: chr(ord("A") + i) if i < LETTERS else f"A{i}" for i, name in enumerate(sorted(names))}
    for name, label in labels.items():
        typer.echo(f"{label} = {name}")
    return labels


def _number(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)


def _interval(low: float | None, high: float | None, form: str = ".2f") -> str:
    return "-" if low is None or high is None else f"{low:{form}}..{high:{form}}"


def _heading(text: str) -> None:
    typer.secho(f"\n== {text}", bold=True)


def _label(text: str) -> None:
    typer.secho(f"-- {_printable(text)}", dim=True)


def _printable(text: str) -> str:
    """A model's text without the control characters that could drive a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)
