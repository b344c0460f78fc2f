"""Run a tournament: lay out its matches, play those not yet in the log, commit each as it ends."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gtbench import match
from gtbench.agent import load_agent
from gtbench.aio import run_to_end
from gtbench.errors import BadOption, BudgetSpent, UserError, WorldError
from gtbench.models import ModelPool, prices
from gtbench.models.ledger import Budget, Ledger
from gtbench.registry import load_game
from gtbench.schedule import Tournament, load_tournament, round_robin
from gtbench.store import RunLog, create_log, open_log, refuse_existing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gtbench.agent import AgentSpec
    from gtbench.game import Game
    from gtbench.records import Call, Match
    from gtbench.schedule import Pairing
    from gtbench.store import LogWriter


class Watcher(Protocol):
    """Watches a run."""

    def started(self, log: RunLog) -> None:
        """Every model is there, and play begins; the log may hold matches already."""
        ...

    def ended(self, outcome: Match | WorldError) -> None:
        """A match has been committed, or was void, and why."""
        ...


def run(
    tournament: Tournament | str | Path,
    *,
    log: str | Path,
    budget: Budget | None = None,
    watcher: Watcher | None = None,
) -> RunLog:
    """Run a tournament into a new log, and return the log.

    Args:
        tournament: The tournament, or the path of its TOML file.
        log: Where the log is to be; nothing may be there.
        budget: The caps on calls, tokens and dollars, if any.
        watcher: Told of what happens, for a progress bar, say.

    Raises:
        UserError: Something the user can fix. What was played before stays in the log.
        BudgetSpent: A cap is reached. The log can be resumed.
    """
    if not isinstance(tournament, Tournament):
        tournament = load_tournament(tournament)
    path = Path(log)
    refuse_existing(path)
    try:
        return run_to_end(
            _run(tournament, lambda: create_log(path, tournament), Ledger(budget or Budget()), watcher)
        )
    except UserError:
        if path.exists() and not (made := open_log(path)).numbers() and not made.voids():
            path.unlink()  # it would be in the way of the corrected run
        raise


def resume(log: str | Path, *, budget: Budget | None = None, watcher: Watcher | None = None) -> RunLog:
    """Play what is left of the tournament in a log, void matches included, and return the log.

    Args:
        log: The log's path.
        budget: As for `run`; what the log says was spent before counts.
        watcher: As for `run`.

    Raises:
        UserError: As for `run`.
        BudgetSpent: As for `run`.
    """
    found = open_log(log)
    found.matches()  # a damaged log is not to be touched
    Tournament.checked(dict(found.run.tournament), str(log))  # its agents and games must be installed
    return run_to_end(_run(found.tournament, lambda: found, found.ledger(budget), watcher))


async def _run(
    tournament: Tournament, make_log: Callable[[], RunLog], ledger: Ledger, watcher: Watcher | None
) -> RunLog:
    """Play what is left; the log is made once every model is known to be there."""
    async with ModelPool(ledger) as pool:
        games = {name: load_game(name) for name in tournament.games}
        agents = {name: load_agent(name) for name in tournament.agents}
        for agent, game in itertools.product(agents.values(), games.values()):
            agent.seat(pool.connect(agent.model), game=game)  # what it cannot do or play, it says now
        if pool.unpriced and ledger.budget.max_cost is not None:
            raise BadOption(
                f"max_cost cannot be kept: no price is known of {', '.join(pool.unpriced)}; "
                f"name one in the file that {prices.VARIABLE} points to"
            )
        log = make_log()
        if watcher:
            watcher.started(log)
        played = log.numbers()
        remaining = [pairing for pairing in round_robin(tournament) if pairing.number not in played]
        if remaining:
            with log.writer() as writer:
                await _Work(games, agents, pool, writer, watcher).do(remaining, tournament.concurrency)
    return log


@dataclass(slots=True)
class _Work:
    """The playing of a list of matches, many at once."""

    games: Mapping[str, Game]
    agents: Mapping[str, AgentSpec]
    pool: ModelPool
    writer: LogWriter
    watcher: Watcher | None
    spent: list[BudgetSpent] = field(default_factory=list)

    async def do(self, pairings: Sequence[Pairing], at_once: int) -> None:
        """Play them all, unless the budget is spent or something the user can fix comes up."""
        left = iter(pairings)
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(at_once, len(pairings))):
                    workers.create_task(self._work(left))
        except BaseExceptionGroup as errors:  # the first that failed called the others off
            raise errors.exceptions[0] from None
        if self.spent:
            raise self.spent[0]

    async def _work(self, left: Iterator[Pairing]) -> None:
        """Play matches off the common list until none is left, or the budget is spent."""
        for pairing in left:
            outcome = await self._play(pairing)
            if outcome and self.watcher:
                self.watcher.ended(outcome)
            if self.spent:  # the other workers end likewise, with what is on its way to them
                return

    async def _play(self, pairing: Pairing) -> Match | WorldError | None:
        """Play one match and commit it, or what it has cost; None where the budget is spent."""
        answered: list[Call] = []
        try:
            played = await match.play(
                self.games[pairing.game],
                [self.agents[name] for name in pairing.agents],
                seed=pairing.seed,
                pool=self.pool,
                number=pairing.number,
                deal=pairing.deal,
                answered=answered,
            )
        except WorldError as error:
            self.writer.add_void(pairing.number, str(error), answered)
            return error
        except BaseException as error:
            if answered:  # they were paid for
                self.writer.add_void(pairing.number, _reason(error), answered)
            if not isinstance(error, BudgetSpent):
                raise
            self.spent.append(error)
            return None
        self.writer.add(played)
        return played


def _reason(error: BaseException) -> str:
    """Why a match was broken off, where it was not the world's doing."""
    return "interrupted" if isinstance(error, asyncio.CancelledError) else str(error) or type(error).__name__
