"""Verbs that play: demo, run, resume."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gtbench.cli.driving import driving, failed, resumable, resume_command
from gtbench.cli.exits import ExitCode
from gtbench.cli.options import (
    CacheOption,
    CallsOption,
    CostOption,
    DealsOfOption,
    ListsCommand,
    LogOption,
    NoGradesOption,
    ReplayOption,
    TokensOption,
    TrustOption,
    budget_of,
    default_log,
)
from gtbench.errors import CannotPlay
from gtbench.text import typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.cli.progress import MatchProgress
    from gtbench.log.read import RunLog
    from gtbench.schedule import Tournament


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command()(demo)
    app.command(cls=ListsCommand)(run)
    app.command()(resume)


DEMO = """Two LLM agents on an embedded model of 135 million parameters, and random, play each other.
All calls are real. A model this small plays hardly better than random."""


def demo(log: LogOption = None) -> None:
    """Play a tournament on the embedded model, no key needed."""
    from gtbench.cli import reports
    from gtbench.schedule import load_tournament

    with as_file(files("gtbench.cli") / "demo.toml") as path:
        tournament = load_tournament(path)
    log = log or default_log("demo")
    _play_new(tournament, log, DEMO)
    typer.echo()
    for report in ("standings", "profile", "errors"):
        reports.show(report, [log])
        typer.echo()
    typer.echo(f"The log is {log}. To see every prompt and reply:")
    typer.echo(f"  gtbench replay {typed(log)} 1")
    typer.echo(f"  gtbench site {typed(log)} -o site")


def run(
    file: Annotated[Path | None, typer.Argument(help="A tournament file (TOML).", metavar="[FILE]")] = None,
    *,
    agents: Annotated[
        list[str] | None,
        typer.Option(help="The agents: --agents random ./my_agent.py:Bold 'exec:node bot.js'"),
    ] = None,
    games: Annotated[list[str] | None, typer.Option(help="The games: --games kuhn_poker tic_tac_toe")] = None,
    deals: Annotated[
        int | None, typer.Option(help="Deals a game, 10 unless said; each pair plays each deal twice.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Repeats all luck, and is to be kept from the agents; random unless said."),
    ] = None,
    deals_of: DealsOfOption = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Matches under way at once, 16 unless said.")
    ] = None,
    seconds_per_move: Annotated[
        float | None,
        typer.Option(help="A player's own time for a move, its model's aside; 300 unless said."),
    ] = None,
    skip_unplayable: Annotated[
        bool,
        typer.Option("--skip-unplayable", help="Leave out, and list, the matches that an agent cannot play."),
    ] = False,
    ask_forced: Annotated[
        bool,
        typer.Option(
            "--ask-forced", help="Ask for moves also where there is one only, which is played unasked else."
        ),
    ] = False,
    log: LogOption = None,
    max_cost: CostOption = None,
    max_tokens: TokensOption = None,
    max_calls: CallsOption = None,
    cache: CacheOption = None,
    replay: ReplayOption = None,
    no_grades: NoGradesOption = False,
    trust: TrustOption = False,
) -> None:
    """Run a tournament from a file or flags.

    A flag overrules the file. With --replay alone the tournament is that log's own; with --deals-of games and
    deals are that log's unless said.
    """
    from gtbench.log.read import open_log
    from gtbench.schedule import Tournament, read_settings
    from gtbench.scoring import RunPolicy

    flags = {
        "agents": agents,
        "games": games,
        "deals": deals,
        "seed": seed,
        "concurrency": concurrency,
        "seconds_per_move": seconds_per_move,
        "skip_unplayable": skip_unplayable or None,
    }
    said = {key: value for key, value in flags.items() if value is not None}
    if file is None and replay is None and not (agents and (games or deals_of)):
        raise typer.BadParameter("name a tournament FILE before any flag, or --agents and --games")
    settings: dict[str, Any] = {}
    if file:
        settings = read_settings(file)
    elif replay:
        settings = _recorded(replay, trust=trust or agents is not None)
    elif deals_of:
        other = open_log(deals_of).tournament
        settings = {"games": other.games, "deals": other.deals}
    tournament = Tournament.checked(settings | said, str(file or replay or "command line"))
    if ask_forced:
        policy = tournament.policy or RunPolicy()
        tournament = tournament.model_copy(update={"policy": policy.model_copy(update={"ask_forced": True})})
    seeded = tournament.seed is not None and replay is None
    known = f"All luck follows from seed {tournament.seed}: an agent that knows it knows every deal."
    log = log or default_log(file.stem if file else "run")
    budget = budget_of(max_cost, max_tokens, max_calls)
    sources = {"cache": cache, "replay": replay, "deals_of": deals_of}
    only = open_log(replay).numbers() if replay and not file and not said else None  # it holds no others
    _play_new(
        tournament, log, known if seeded else "", budget=budget, graded=not no_grades, only=only, **sources
    )
    if replay:
        _compare(replay, log)
    _what_next(log)


def resume(
    log: Annotated[Path, typer.Argument(help="The run log.", metavar="LOG")],
    *,
    max_cost: CostOption = None,
    max_tokens: TokensOption = None,
    max_calls: CallsOption = None,
    cache: CacheOption = None,
    replay: ReplayOption = None,
    no_grades: NoGradesOption = False,
    trust: TrustOption = False,
) -> None:
    """Go on with a run, or with asking an agent.

    Nothing is lost, played or asked twice. For after an interrupt, a crash, a spent budget, or matches that
    are void. What was spent before counts. Commands, files and modules that somebody else's log names are
    listed, and run with --trust only.
    """
    from gtbench.cli import policies
    from gtbench.elicit.elicit import resume as ask_on
    from gtbench.log.read import open_log
    from gtbench.tournament.run import resume as go_on

    budget = budget_of(max_cost, max_tokens, max_calls)
    if open_log(log).elicitation:
        policies.drive(log, lambda watcher: ask_on(log, budget=budget, watcher=watcher, trust=trust))
        return
    settings: dict[str, Any] = {"budget": budget, "cache": cache, "replay": replay, "graded": not no_grades}
    _drive(log, lambda watcher: go_on(log, watcher=watcher, trust=trust, **settings))
    if replay:
        _compare(replay, log)
    _what_next(log)


def _recorded(log: Path, *, trust: bool) -> dict[str, Any]:
    """The settings of the tournament in a log, whose agents are to be loaded."""
    from gtbench.log.read import open_log
    from gtbench.log.trust import require_trust

    found = open_log(log)
    if not trust:
        require_trust(found.run, found.tournament.agents, log, asks=False)
    settings = dict(found.run.tournament)
    return settings | {"policy": {"ask_forced": found.tournament.ask_forced}}


def _compare(recorded: Path, replayed: Path) -> None:
    """Say whether the matches of a log have come out again as it says; exit code 1 where they have not."""
    from gtbench.log.read import open_log
    from gtbench.tournament.replay import compare

    found = compare(open_log(recorded), open_log(replayed))
    left = f" {found.left} more of its matches were not played again." if found.left else ""
    if found.different:
        count = f"{len(found.different)} of {found.equal + len(found.different)} matches"
        first = f"the first difference: {found.different[0]}"
        typer.echo(f"error: {count} did not come out as {recorded} says; {first}.{left}", err=True)
        raise typer.Exit(ExitCode.WRONG)
    if not found.equal:
        typer.echo(
            f"error: no match of {recorded} was played again: name its agents, games and deals", err=True
        )
        raise typer.Exit(ExitCode.WRONG)
    same = "equal in prompts, replies, moves, faults and rewards"
    if found.reworded:
        same = "equal in replies, moves and rewards; its prompts had other words"
    typer.echo(f"Played again: {found.equal} matches of {recorded}, {same}.{left}")


def _play_new(tournament: Tournament, log: Path, opening: str, **settings: Any) -> None:
    """Run a tournament into a new log; the opening is said as play begins."""
    from gtbench.tournament.run import run as play

    _drive(log, lambda watcher: play(tournament, log=log, watcher=watcher, **settings), opening)


def _drive(log: Path, play: Callable[[MatchProgress], RunLog], opening: str = "") -> None:
    """Play under a progress bar; say how to go on after an interrupt or void matches."""
    from gtbench.cli.progress import MatchProgress

    progress = MatchProgress(opening)
    with driving(resumable("Every finished match", log), lambda: progress.begun and log.exists()), progress:
        try:
            play(progress)
        except CannotPlay as error:
            if log.exists():
                raise
            raise CannotPlay(f"{error}; to leave out what cannot be played: --skip-unplayable") from None
    if progress.broken:
        how = f"They are not scored. Play them with: {resume_command(log)}"
        raise failed(progress, "matches are void", how)


def _what_next(log: Path) -> None:
    from gtbench.log.read import open_log

    typer.echo(f"Spent: {open_log(log).ledger()}.")
    typer.echo(f"The log is {log}. See it with:")
    for verb, rest in (
        ("standings", ""),
        ("profile", ""),
        ("errors", ""),
        ("matches", ""),
        ("site", " -o site"),
    ):
        typer.echo(f"  gtbench {verb} {typed(log)}{rest}")
