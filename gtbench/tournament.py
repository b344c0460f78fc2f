"""Run a tournament: lay out its matches, play those not yet in the log, commit each as it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gtbench import match
from gtbench.agent import load_agent
from gtbench.aio import run_to_end
from gtbench.errors import UserError, WorldError
from gtbench.models import ModelPool
from gtbench.registry import load_game
from gtbench.schedule import Tournament, load_tournament, round_robin
from gtbench.store import RunLog, create_log, open_log, refuse_existing

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.records import Match


class Watcher(Protocol):
    """Watches a run."""

    def started(self, log: RunLog) -> None:
        """Every model is there, and play begins; the log may hold matches already."""
        ...

    def ended(self, outcome: Match | WorldError) -> None:
        """A match has been committed, or was void, and why."""
        ...


def run(tournament: Tournament | str | Path, *, log: str | Path, watcher: Watcher | None = None) -> RunLog:
    """Run a tournament into a new log, and return the log.

    Args:
        tournament: The tournament, or the path of its TOML file.
        log: Where the log is to be; nothing may be there.
        watcher: Told of what happens, for a progress bar, say.

    Raises:
        UserError: Something the user can fix. What was played before stays in the log.
    """
    if not isinstance(tournament, Tournament):
        tournament = load_tournament(tournament)
    path = Path(log)
    refuse_existing(path)
    try:
        return run_to_end(_run(tournament, lambda: create_log(path, tournament), watcher))
    except UserError:
        if path.exists() and not (made := open_log(path)).numbers() and not made.voids():
            path.unlink()  # it would be in the way of the corrected run
        raise


def resume(log: str | Path, *, watcher: Watcher | None = None) -> RunLog:
    """Play what is left of the tournament in a log, void matches included, and return the log.

    Raises:
        UserError: As for `run`.
    """
    found = open_log(log)
    found.matches()  # a damaged log is not to be touched
    Tournament.checked(dict(found.run.tournament), str(log))  # its agents and games must be installed
    return run_to_end(_run(found.tournament, lambda: found, watcher))


async def _run(tournament: Tournament, make_log: Callable[[], RunLog], watcher: Watcher | None) -> RunLog:
    """Play what is left; the log is made once every model is known to be there."""
    async with ModelPool() as pool:
        games = {name: load_game(name) for name in tournament.games}
        agents = {name: load_agent(name) for name in tournament.agents}
        for agent in agents.values():
            agent.seat(pool.connect(agent.model))  # what it cannot do with its model, it says now
        log = make_log()
        if watcher:
            watcher.started(log)
        if len(log.numbers()) == len(round_robin(tournament)):
            return log
        with log.writer() as writer:
            played = log.numbers()
            remaining = [pairing for pairing in round_robin(tournament) if pairing.number not in played]
            left = iter(remaining)

            async def work() -> None:
                """Play matches off the common list until none is left."""
                for pairing in left:
                    outcome: Match | WorldError
                    try:
                        outcome = await match.play(
                            games[pairing.game],
                            [agents[name] for name in pairing.agents],
                            seed=pairing.seed,
                            pool=pool,
                            number=pairing.number,
                            deal=pairing.deal,
                        )
                        writer.add(outcome)
                    except WorldError as error:
                        outcome = error
                        writer.add_void(pairing.number, str(error))
                    if watcher:
                        watcher.ended(outcome)

            try:
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(tournament.concurrency, len(remaining))):
                        workers.create_task(work())
            except BaseExceptionGroup as errors:  # the first that failed called the others off
                raise errors.exceptions[0] from None
    return log
