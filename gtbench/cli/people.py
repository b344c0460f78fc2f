"""The verb with which a person plays: play."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gtbench.cli.driving import interrupted
from gtbench.cli.exits import ExitCode
from gtbench.cli.options import DealsOfOption, LogOption, default_log
from gtbench.errors import BadOption, PersonLeft, WorldError
from gtbench.text import typed

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.log.read import RunLog
    from gtbench.records import Match
    from gtbench.schedule import Tournament

PERSON = "human"


class Seat(StrEnum):
    """Where the person sits."""

    FIRST = "0"
    SECOND = "1"
    RANDOM = "random"


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(play)


def play(
    game: Annotated[
        str, typer.Argument(help="The game, with parameters and skin in brackets.", metavar="GAME")
    ],
    *,
    vs: Annotated[str, typer.Option(help="The other player: --vs cot@local/smollm2-135m", metavar="AGENT")],
    seat: Annotated[Seat, typer.Option(help="Where you sit; player 0 moves first in most games.")] = (
        Seat.RANDOM
    ),
    seed: Annotated[
        int | None, typer.Option(help="Repeats the luck and your seat; unless said, both are new each time.")
    ] = None,
    deals_of: DealsOfOption = None,
    log: LogOption = None,
) -> None:
    """Play a game against an agent, at this terminal.

    Type moves as the game names them, or: help, moves, history, quit. At the end the game's oracle, where it
    has one, says what each of your moves gave away.
    """
    from gtbench.agent.terminal import terminal
    from gtbench.tournament.run import run

    tournament = _laid_out(game, vs, seed)
    place = _place(seat, tournament.seed)
    log, host = log or default_log("play"), _Host(place)
    try:
        with terminal().against(tournament.agents[1]):
            # of the two matches the first has the person in seat 0
            run(tournament, log=log, watcher=host, only={1 + place}, deals_of=deals_of)
    except KeyboardInterrupt as error:
        typer.echo(err=True)  # the prompt has a line of its own
        raise interrupted(error, *_unfinished(host)) from None
    except PersonLeft:
        typer.echo("You have left the match: it is not finished, and nobody has lost it.")
        for line in _unfinished(host):
            typer.echo(line, err=True)
        return
    if host.match is None:
        typer.echo(f"error: the match is void, since {host.void}. What it has cost is in {log}", err=True)
        raise typer.Exit(ExitCode.WRONG)
    _end(host.match, place, log)


def _laid_out(game: str, vs: str, seed: int | None) -> Tournament:
    """The match as a part of the smallest tournament that holds it: both seatings of one deal."""
    from gtbench.agent.spec import load_agent
    from gtbench.schedule import Tournament

    if load_agent(vs).interactive:
        raise BadOption(f"--vs {vs}: two people cannot play at one terminal; name another agent")
    settings = {
        "agents": [PERSON, vs],
        "games": [game],
        "deals": 1,
        "seed": seed,
        "concurrency": 1,
    }
    return Tournament.checked(settings, "command line")


def _place(seat: Seat, seed: int | None) -> int:
    """The person's seat."""
    import secrets

    from gtbench.game.deal import derive

    if seat is not Seat.RANDOM:
        return int(seat)
    return secrets.randbits(1) if seed is None else derive(seed, "seat", bits=1)


class _Host:
    """Says who plays what, and remembers how it ended; a `gtbench.work.Watcher`."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.log: RunLog | None = None
        self.match: Match | None = None
        self.void: WorldError | None = None

    def started(self, log: RunLog) -> None:
        """Introduce the match; then it may be the other player that thinks first."""
        from gtbench.agent.terminal import terminal
        from gtbench.catalogue import load_game

        self.log, tournament, screen = log, log.tournament, terminal()
        game = load_game(tournament.games[0])
        again = f"--deals-of {typed(log.path)}"
        if tournament.seed is not None:
            again = f"--seed {tournament.seed}"
        against = f"{tournament.agents[1]} ({again} repeats the deal)"
        screen.show(f"You are player_{self.place} of {game}, against {against}.\n")
        screen.introduce(game.rules(self.place))
        screen.show("Type help for the rules and what else you can type.")
        screen.wait()

    def ended(self, outcome: Match | WorldError) -> None:
        """Remember how it ended."""
        if isinstance(outcome, WorldError):
            self.void = outcome
        else:
            self.match = outcome


def _unfinished(host: _Host) -> list[str]:
    """What is kept of what was asked before; a log without anything is removed."""
    if not host.log:
        return []
    host.log.discard()
    kept = host.log.path.exists()
    return [f"What {host.log.path} holds stays: the calls that were made."] if kept else []


def _end(match: Match, place: int, log: Path) -> None:
    """What became of the match, and what the oracle says of the person's moves."""
    from gtbench.agent.terminal import terminal
    from gtbench.cli.review import ending, review
    from gtbench.log.read import open_log

    screen = terminal()
    screen.show(f"{ending(match, place)}\n\nThe match is over.\n\n{match.final}\n\n{_result(match, place)}\n")
    screen.show(review(open_log(log), match, place))
    replay = f"gtbench replay {typed(log)} {match.number}"
    screen.show(f"\nThe whole match, with what the other player thought:\n  {replay}")


def _result(match: Match, place: int) -> str:
    """How the match ended, in plain words."""
    from gtbench.game.words import number

    own, other = (number(match.rewards[seat]) for seat in (place, 1 - place))
    name = match.agents[1 - place]
    forfeit = f"{name} forfeited: it gave no legal move when asked twice. " if match.forfeited_by else ""
    if not match.zero_sum:
        return f"{forfeit}You earned {own}, {name} earned {other}."
    if own == other:
        return f"{forfeit}A draw: both get {own}."
    won = match.rewards[place] > match.rewards[1 - place]
    return f"{forfeit}You {'won' if won else 'lost'}: you get {own}, {name} gets {other}."
