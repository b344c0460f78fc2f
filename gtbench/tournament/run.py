"""Run a tournament: lay out its matches, play those not yet in the log, grade and commit each as it ends."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gtbench.errors import BadTournament
from gtbench.grading.grade import Grader
from gtbench.log.create import new_log, refuse_existing
from gtbench.log.read import RunLog, open_log
from gtbench.log.trust import require_trust
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.pool import ModelPool
from gtbench.running import aside, rare_collections, run_to_end
from gtbench.schedule import Tournament, load_tournament
from gtbench.scoring import differences
from gtbench.tournament.clerk import Clerk
from gtbench.tournament.forecast import Forecast
from gtbench.tournament.lineup import line_up, warn_of_changes
from gtbench.tournament.matches import Matches
from gtbench.tournament.sources import keys_of, memory_of
from gtbench.work import Work, tried_last

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Collection, Iterable

    from gtbench.game.base import Game
    from gtbench.records import Match
    from gtbench.schedule import Pairing
    from gtbench.work import Watcher

log = logging.getLogger("gtbench")


def run(
    tournament: Tournament | str | Path,
    *,
    log: str | Path,
    budget: Budget | None = None,
    cache: str | Path | None = None,
    replay: str | Path | None = None,
    deals_of: str | Path | None = None,
    watcher: Watcher[RunLog, Match] | None = None,
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
    keys = keys_of(tournament, deals_of, replay)
    pool = ModelPool(Ledger(budget or Budget()), memory_of(cache, replay))
    with new_log(path, tournament, keys) as make_log:
        return run_to_end(_run(tournament, make_log, pool, watcher, only, graded=graded))


def resume(
    log: str | Path,
    *,
    budget: Budget | None = None,
    cache: str | Path | None = None,
    replay: str | Path | None = None,
    watcher: Watcher[RunLog, Match] | None = None,
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
    _check_policy(found)
    if found.totals().matches < found.tournament.match_count or found.ungraded():
        found.check_free()
        found.check()  # a damaged log is not to be written to
    if not trust:
        require_trust(found.run, found.tournament.agents, log, asks=replay is None)
    Tournament.checked(dict(found.run.tournament), str(log))  # its agents and games must be installed
    pool = ModelPool(found.ledger(budget), memory_of(cache, replay))
    return run_to_end(_run(found.tournament, lambda _: found, pool, watcher, graded=graded))


def _check_policy(log: RunLog) -> None:
    """Refuse to go on under another policy than the one that a run was begun under, which its log names."""
    recorded = log.tournament.policy
    if recorded and (told := differences(recorded)):
        raise BadTournament(
            f"{log.path} was begun under another policy than this gtbench's: {', '.join(told)}. Go on with "
            f"gtbench {log.run.versions['gtbench']}"
        )


async def _run(
    tournament: Tournament,
    make_log: Callable[[Tournament], RunLog],
    models: ModelPool,
    watcher: Watcher[RunLog, Match] | None,
    only: Collection[int] | None = None,
    *,
    graded: bool,
) -> RunLog:
    """Play what is left; the log is made once every model is known to be there, and who plays what."""
    async with models as pool:
        lineup = await line_up(tournament, pool)
        pool.check_prices()
        grader = await _grader(lineup.games.values() if graded else ())
        made = make_log(lineup.tournament)
        warn_of_changes(made.run, lineup.agents)
        if watcher:
            watcher.started(made)
        (left, begun), ungraded = _left(made, only), _ungraded(made, grader)
        if left or ungraded:
            with made.writer() as writer, rare_collections():
                for number in ungraded:
                    found = await aside(partial(grader.grade, made.match(number)))
                    writer.grade(number, *(found or (None,)))
                clerk, forecast = Clerk(writer, grader), _forecast(made, pool.ledger.budget)
                matches = Matches(lineup, pool, writer, clerk, forecast, begun)
                await Work(matches, left, pool, lineup.tournament.concurrency, clerk, watcher).do_all()
        for trouble in grader.troubles:
            log.warning("warning: %s", trouble)
    return made


async def _grader(games: Iterable[Game]) -> Grader:
    """What grades matches of these games.

    It is ready before the log is made and the progress bar begins, since that can take long.
    """
    grader = Grader()
    await aside(lambda: grader.prepare(games))
    return grader


def _left(made: RunLog, only: Collection[int] | None) -> tuple[deque[Pairing], set[str]]:
    """The matches to be played, and the pairs of which one was played."""
    played, void = made.numbers(), {void.number for void in made.voids()}
    pairings = made.pairings()
    left = (one for one in pairings if one.number not in played and (only is None or one.number in only))
    begun = {one.pair for one in pairings if one.number in played}
    return tried_last(left, lambda pairing: pairing.number in void), begun


def _ungraded(made: RunLog, grader: Grader) -> list[int]:
    """The numbers of the matches of a log that have no grades, and could have."""
    return [number for number, game in made.ungraded().items() if game in grader.games]


def _forecast(made: RunLog, budget: Budget) -> Forecast:
    """What matches may take up, as far as those in the log tell; without a cap nobody asks."""
    forecast = Forecast()
    if budget.capped:
        for before in made.iter_matches():
            forecast.learn(before)
    return forecast
