"""Run a tournament: lay out its matches, play those not yet in the log, grade and commit each as it ends."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gtbench import match
from gtbench.agent.spec import load_agent
from gtbench.agent.terminal import terminal
from gtbench.catalogue import load_game
from gtbench.driver import Driver, tried_last
from gtbench.errors import (
    BadOption,
    BadTournament,
    BudgetSpent,
    CannotPlay,
    NoOracle,
    NotRecorded,
    UserError,
    WorldError,
)
from gtbench.game.luck import new_keys
from gtbench.grading.grade import Grader
from gtbench.log.read import RunLog, new_log, open_log, refuse_existing
from gtbench.log.trust import require_trust
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.memory import Recording, ReplyCache
from gtbench.models.pool import ModelPool
from gtbench.models.request import Journal
from gtbench.names import parse
from gtbench.records import Keys
from gtbench.running import aside, rare_collections, run_to_end
from gtbench.schedule import SEATINGS, Tournament, load_tournament
from gtbench.tournament.clerk import Clerk
from gtbench.tournament.forecast import Forecast

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Collection, Iterable, Mapping

    from gtbench.agent.spec import AgentSpec
    from gtbench.game.base import Game
    from gtbench.log.write import LogWriter
    from gtbench.models.request import Model
    from gtbench.records import Match, Run
    from gtbench.schedule import Cell, Pairing

log = logging.getLogger("gtbench")


class Watcher(Protocol):
    """Watches a run."""

    def started(self, log: RunLog) -> None:
        """Every model is there, and play begins; the log may hold matches already."""
        ...

    def ended(self, outcome: Match | WorldError) -> None:
        """A match stands in the log with its grades, or was void, and why."""
        ...


def run(
    tournament: Tournament | str | Path,
    *,
    log: str | Path,
    budget: Budget | None = None,
    cache: str | Path | None = None,
    replay: str | Path | None = None,
    deals_of: str | Path | None = None,
    watcher: Watcher | None = None,
    only: Collection[int] | None = None,
    graded: bool = True,
) -> RunLog:
    """Run a tournament into a new log, and return the log.

    Called in the main thread, a Ctrl-C is a `KeyboardInterrupt` once what is under way is in the log; and so
    SIGTERM and SIGHUP end the process only after that. A handler of your own for these two is left alone.

    Args:
        tournament: The tournament, or the path of its TOML file.
        log: Where the log is to be; nothing may be there.
        budget: The caps on calls, tokens and dollars, if any.
        cache: A file of replies, made if it is not there: what it holds is not asked for again.
        replay: A log in whose place no model is asked: every request must have been recorded there.
        deals_of: A log whose deals are played, while the players' own randomness is new.
        watcher: Told of what happens, for a progress bar, say.
        only: The numbers of the matches to be played now; all of them unless said.
        graded: Whether every decision is graded by the game's oracle as matches end; it can be later.

    Raises:
        UserError: Something the user can fix. What was played before stays in the log.
        BudgetSpent: A cap is reached. The log can be resumed.
    """
    if not isinstance(tournament, Tournament):
        tournament = load_tournament(tournament)
    refuse_existing(path := Path(log))
    keys = _keys(tournament, deals_of, replay)
    pool = ModelPool(Ledger(budget or Budget()), _memory(cache, replay))
    with new_log(path, tournament, keys) as make_log:
        return run_to_end(_run(tournament, make_log, pool, watcher, only, graded=graded))


def resume(
    log: str | Path,
    *,
    budget: Budget | None = None,
    cache: str | Path | None = None,
    replay: str | Path | None = None,
    watcher: Watcher | None = None,
    graded: bool = True,
    trust: bool = False,
) -> RunLog:
    """Play what is left of the tournament in a log, void matches included, and return the log.

    Args:
        log: The log's path.
        budget: As for `run`; what the log says was spent before counts.
        cache: As for `run`.
        replay: As for `run`.
        watcher: As for `run`.
        graded: As for `run`; matches that were played ungraded are graded first.
        trust: Whether code that the log names may run though this user did not begin it on this machine.

    Raises:
        Untrusted: It may not.
        UserError: As for `run`.
        BudgetSpent: As for `run`.
    """
    found = open_log(log)
    found.matches()  # a damaged log is not to be touched
    _ = found.tournament  # nor is one that holds none
    if not trust:
        require_trust(found.run, found.tournament.agents, log, asks=replay is None)
    Tournament.checked(dict(found.run.tournament), str(log))  # its agents and games must be installed
    pool = ModelPool(found.ledger(budget), _memory(cache, replay))
    return run_to_end(_run(found.tournament, lambda _: found, pool, watcher, graded=graded))


def _keys(tournament: Tournament, deals_of: str | Path | None, replay: str | Path | None) -> Keys:
    """What a new run's deals and its players' randomness are drawn under."""
    if deals_of is not None:
        if replay is not None:
            raise BadOption("a replay has the deals of its own log, so it takes no others: drop one of them")
        return Keys(luck=_luck_of(open_log(deals_of), tournament), players=new_keys().players)
    if replay is not None:
        recorded = open_log(replay)
        if tournament.seed in (None, recorded.tournament.seed):
            return recorded.run.keys
    return new_keys(tournament.seed)


def _luck_of(log: RunLog, tournament: Tournament) -> str:
    """The luck key of a log, for a tournament that is to play its deals."""
    if tournament.seed is not None:
        raise BadOption(
            f"the deals of {log.path} have their own luck, so they take no seed: drop one of them"
        )
    games = {parse(game)[0] for game in log.tournament.games}
    for game in tournament.games:
        if parse(game)[0] not in games:
            raise BadOption(f"{log.path} has no deals of {game}: it plays {', '.join(sorted(games))}")
    if tournament.deals > log.tournament.deals:
        raise BadOption(
            f"{log.path} has {log.tournament.deals} deals of each game, not {tournament.deals}: ask for fewer"
        )
    return log.run.keys.luck


def _memory(cache: str | Path | None, replay: str | Path | None) -> ReplyCache | Recording | None:
    """Where answers are found that need not be asked for."""
    if cache is not None and replay is not None:
        raise BadOption("a replay asks no model, so it takes no cache: drop one of them")
    if replay is not None:
        recording = Recording(open_log(replay).calls(), str(replay))
        if not recording.calls:
            raise BadOption(f"{replay} holds no calls that could be replayed")
        return recording
    return None if cache is None else ReplyCache(Path(cache))


async def _run(
    tournament: Tournament,
    make_log: Callable[[Tournament], RunLog],
    models: ModelPool,
    watcher: Watcher | None,
    only: Collection[int] | None = None,
    *,
    graded: bool,
) -> RunLog:
    """Play what is left; the log is made once every model is known to be there, and who plays what."""
    async with models as pool:
        games = {name: load_game(name) for name in tournament.games}
        agents = {name: load_agent(name) for name in tournament.agents}
        tournament = await _playable(tournament, agents, games, pool)
        agents = {name: replace(agent, tried=True) for name, agent in agents.items()}
        _check_people(agents.values(), tournament.concurrency)
        pool.check_prices()
        grader = Grader()
        if graded:  # before the log is made and the progress bar begins, since it can take long
            await aside(lambda: grader.prepare(games.values()))
        made = make_log(tournament)
        _warn_of_changes(made.run, agents)
        if watcher:
            watcher.started(made)
        left = _left(made, only)
        forecast = Forecast()
        if pool.ledger.budget.capped:
            for before in made.matches():
                forecast.learn(before)
        ungraded = _ungraded(made, grader)
        if left or ungraded:
            with made.writer() as writer, rare_collections():
                for before in ungraded:
                    writer.grade(before.number, await aside(partial(grader.grade, before)))
                clerk = Clerk(writer, grader)
                at_once = tournament.concurrency
                work = _Work(left, pool, at_once, tournament, games, agents, writer, clerk, watcher, forecast)
                await work.drive()
        for trouble in grader.troubles:
            log.warning("warning: %s", trouble)
    return made


def _left(made: RunLog, only: Collection[int] | None) -> deque[Pairing]:
    """The matches to be played."""
    played, void = made.numbers(), {void.number for void in made.voids()}
    left = (
        pairing
        for pairing in made.pairings()
        if pairing.number not in played and (only is None or pairing.number in only)
    )
    return tried_last(left, lambda pairing: pairing.number in void)


def _ungraded(made: RunLog, grader: Grader) -> list[Match]:
    """The matches of a log that have no grades, and could have."""
    if not made.numbers():
        return []
    graded = made.grades()
    return [m for m in made.matches() if m.number not in graded and m.game in grader.games]


async def _playable(
    tournament: Tournament, agents: Mapping[str, AgentSpec], games: Mapping[str, Game], pool: ModelPool
) -> Tournament:
    """The tournament without the matches that an agent cannot play, where they may be left out.

    Each agent is seated in each game: what it cannot do or play, it says now.

    Raises:
        CannotPlay: An agent cannot play a game, and its matches are not to be left out.
        BadTournament: No match is left.
        UserError: An agent cannot play at all.
    """
    cannot: dict[Cell, UserError] = {}
    for name, agent in agents.items():
        model = pool.connect(agent.model) if agent.model else None
        cells = [(name, game) for game in games if (name, game) not in tournament.left_out]
        asked = [(cell, await _complaint(agent, model, games[cell[1]])) for cell in cells]
        wrong = {cell: error for cell, error in asked if error}
        general = [error for error in wrong.values() if not isinstance(error, CannotPlay | NoOracle)]
        if general and len(wrong) == len(cells):  # nothing to do with the game
            raise general[0]
        cannot |= wrong
    if not cannot:
        return tournament
    told = "; ".join(_told(cell, error) for cell, error in cannot.items())
    if not tournament.skip_unplayable:
        raise CannotPlay(told)
    playable = tournament.model_copy(update={"left_out": (*tournament.left_out, *cannot)})
    if not playable.match_count:
        raise BadTournament(f"no match can be played: {told}")
    log.warning("left out: %s", told)
    return playable


def _told(cell: Cell, error: UserError) -> str:
    """Why an agent cannot play a game, in words that name both."""
    text = str(error)
    return ": ".join([*(name for name in cell if name not in text), text])


async def _complaint(agent: AgentSpec, model: Model | None, game: Game) -> UserError | None:
    """Why an agent cannot be seated in a game, if it cannot."""
    try:
        await match.tried(agent, model, game)
    except UserError as error:
        return error
    return None


def _warn_of_changes(recorded: Run, agents: Mapping[str, AgentSpec]) -> None:
    """Say whose code is not what it was when the log was begun."""
    for name, agent in agents.items():
        if recorded.agents.get(name, agent.origin) != agent.origin:
            log.warning("warning: the code of %s has changed since this run was begun", name)


def _check_people(agents: Iterable[AgentSpec], at_once: int) -> None:
    """Refuse a person who would have to play several matches at once, or who is not there."""
    for person in (agent for agent in agents if agent.interactive):
        if at_once > 1:
            raise BadOption(f"{person} plays one match at a time: run with concurrency 1, not {at_once}")
        if not terminal().is_manned:
            raise BadOption(f"{person} needs a terminal to play at, and standard input is none")


@dataclass(slots=True)
class _Work(Driver["Pairing"]):
    """The playing of a list of matches; one that has ended is committed and graded before another begins."""

    what = "matches"

    tournament: Tournament
    games: Mapping[str, Game]
    agents: Mapping[str, AgentSpec]
    writer: LogWriter
    clerk: Clerk
    watcher: Watcher | None
    forecast: Forecast
    """What the matches under way may take up."""

    def needs(self, one: Pairing) -> set[str]:
        """The models that play a match."""
        return {model for name in one.agents if (model := self.agents[name].model)}

    def short_of(self, one: Pairing) -> str:
        """What cap a pair of matches may pass.

        The second match of a pair is always begun, so that a run that stops here has played both seatings of
        every pair.
        """
        ledger = self.pool.ledger
        if not ledger.budget.capped or one.number % SEATINGS == 0:
            return ""
        if not self.forecast.knows:
            return "the first pair of matches is on its way" if self.under_way else ""
        return ledger.short_of(self.forecast.with_more(one, SEATINGS))

    async def done(self, outcome: Match | WorldError | None) -> None:
        """Tell of a match that stands in the log."""
        await self.clerk.written()
        if outcome and self.watcher:
            self.watcher.ended(outcome)

    async def do(self, one: Pairing) -> Match | WorldError | None:
        """Play, commit and grade one match, or note what it has cost; None where the budget is spent."""
        journals = Journal(), Journal()
        self.forecast.begun(one)
        try:
            played = await match.play(
                self.games[one.game],
                [self.agents[name] for name in one.agents],
                seed=one.seed,
                players_seed=one.players_seed,
                pool=self.pool,
                number=one.number,
                deal=one.deal,
                journals=journals,
                seconds_per_move=self.tournament.seconds_per_move,
            )
        except WorldError as error:
            self.writer.add_void(one.number, str(error), journals)
            return error
        except BaseException as error:
            if any(journal.calls or journal.failed for journal in journals):  # they were paid for
                self.writer.add_void(one.number, _reason(error), journals)
            if isinstance(error, NotRecorded):
                game, (first, second) = one.game, one.agents
                raise NotRecorded(f"{error}; match {one.number} ({game}, {first} - {second})") from error
            if not isinstance(error, BudgetSpent):
                raise
            self.spent.append(error)
            return None
        finally:
            self.forecast.ended(one)
        self.forecast.learn(played)
        try:
            await self.clerk.enter(played)
        except WorldError as error:
            self.writer.add_void(one.number, str(error), journals)
            return error
        return played


def _reason(error: BaseException) -> str:
    """Why a match was broken off, where it was not the world's doing."""
    return "interrupted" if isinstance(error, asyncio.CancelledError) else str(error) or type(error).__name__
