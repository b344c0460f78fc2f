"""Ask an agent how it plays at each information set, instead of waiting for them to come up in matches.

A view is a function of what its seat knows, so that an agent can be asked at any information set without a
match, and as often as wanted: in Kuhn poker, 12 times a sample. In a match the deal decides what is asked,
and most of what is learnt is learnt again and again.

Answers stand in a run log, one commit each, with every prompt, reply and call, as the moves of matches do.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, ClassVar

from gtbench._version import __version__
from gtbench.agent.spec import load_agent
from gtbench.catalogue import load_game
from gtbench.clock import SECONDS_PER_MOVE
from gtbench.errors import BadOption, LogError
from gtbench.game.oracle import PolicyOracle
from gtbench.log.create import new_log, refuse_existing
from gtbench.log.read import open_log
from gtbench.log.trust import require_trust
from gtbench.match import seated, take_turn, tried
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.pool import ModelPool
from gtbench.models.request import Journal
from gtbench.records import Asked
from gtbench.running import run_to_end
from gtbench.schedule import MOST_SAMPLES, Elicitation, players_key
from gtbench.text import line
from gtbench.work import Outcome, broken_off, do_in_log, tried_last

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Collection, Iterator, Mapping

    from gtbench.agent.spec import AgentSpec
    from gtbench.game.base import Game
    from gtbench.game.table import Table
    from gtbench.log.read import RunLog
    from gtbench.log.write import LogWriter
    from gtbench.models.request import Model
    from gtbench.records import Run
    from gtbench.work import Watcher

MOST_INFORMATION_SETS = 200
"""The most that are asked about, unless some of them are chosen."""
MOST_DEALS = 2000
PLIES = 3
"""How far into a match information sets are looked for."""
AT_ONCE = 16


def elicit(
    agent: str,
    game: str,
    *,
    log: str | Path,
    samples: int = 5,
    seed: int | None = None,
    likeliest: int | None = None,
    budget: Budget | None = None,
    watcher: Watcher[RunLog, Asked] | None = None,
) -> Outcome:
    """Ask an agent several times at every information set of a game, into a new log.

    Args:
        agent: The agent's string.
        game: The game, whose oracle must be a `PolicyOracle`.
        log: Where the log is to be; nothing may be there.
        samples: How often each information set is asked about; two answers are independent.
        seed: Of the agent's randomness, where that must be repeated; random unless said.
        likeliest: About how many information sets it is asked, those that random play meets most often;
            about all of them unless said.
        budget: The caps on calls, tokens and dollars.
        watcher: Told of what happens, for a progress bar, say.

    Raises:
        UserError: A name or an option is wrong, or the game has too many information sets.
        BudgetSpent: A cap is reached. What was answered before stays in the log, which can be resumed.
    """
    if not 1 <= samples <= MOST_SAMPLES:
        raise BadOption(f"samples is a whole number from 1 to {MOST_SAMPLES}, not {samples}")
    refuse_existing(log := Path(log))
    loaded, spec = load_game(game), load_agent(agent)
    settings = Elicitation(
        agent=str(spec),
        game=str(loaded),
        information_sets=tuple(information_sets(loaded, likeliest)),
        samples=samples,
        seed=seed,
    )
    pool = ModelPool(Ledger(budget or Budget()))
    with new_log(log, settings) as make_log:
        return run_to_end(_elicit(settings, make_log, pool, watcher))


def resume(
    log: str | Path,
    *,
    budget: Budget | None = None,
    watcher: Watcher[RunLog, Asked] | None = None,
    trust: bool = False,
) -> Outcome:
    """Ask what is left of an elicitation; what was spent before counts.

    Args:
        log: The log's path.
        budget: As for `elicit`.
        watcher: As for `elicit`.
        trust: Whether code that the log names may run though this user did not begin it on this machine.

    Raises:
        Untrusted: It may not.
        UserError: As for `elicit`, or the log is no elicitation's.
        BudgetSpent: As for `elicit`.
    """
    found = open_log(log)
    if found.elicitation is None:
        raise LogError(f"{log} holds a tournament: gtbench resume goes on with it")
    if not trust:
        require_trust(found.run, found.elicitation.agents, log)
    found.check_free()
    return run_to_end(_elicit(found.elicitation, lambda: found, ModelPool(found.ledger(budget)), watcher))


async def _elicit(
    settings: Elicitation,
    make_log: Callable[[], RunLog],
    models: ModelPool,
    watcher: Watcher[RunLog, Asked] | None,
) -> Outcome:
    """Ask what is not in the log, which is made once the model is known to be there."""
    spec, game = load_agent(settings.agent), load_game(settings.game)
    async with models as pool:
        model = pool.connect(spec.model) if spec.model else None
        spec = await tried(spec, model, game)  # what it cannot do or play, it says now
        pool.check_prices()
        log = make_log()
        tables = _tables(log, settings, game)
        left = _left(log, settings)
        questions = partial(Questions, log.run, settings, game, spec, model, tables)
        at_once = 1 if spec.interactive else AT_ONCE
        return await do_in_log(log, questions, left, pool, at_once=at_once, watcher=watcher)


def _tables(log: RunLog, settings: Elicitation, game: Game) -> dict[str, tuple[Table, int]]:
    """The information sets by name, as `information_sets` finds them; the log names no others."""
    tables = information_sets(game, len(settings.information_sets))
    if unknown := next((name for name in settings.information_sets if name not in tables), None):
        asked = line(unknown)
        raise LogError(f"{log.path} asks about {asked!r}, which is no information set of {game} today")
    return tables


def _left(log: RunLog, settings: Elicitation) -> deque[tuple[int, str]]:
    """What is to be asked."""
    answered = {(one.sample, one.information_set) for one in log.answers()}
    broken = {(one.sample, one.information_set) for one in log.asked()} - answered
    left = (question for question in settings.questions() if question not in answered)
    return tried_last(left, lambda question: question in broken)


@dataclass(slots=True)
class Questions:
    """The asking of questions (a `gtbench.work.Job`): a sample's number, and an information set."""

    what: ClassVar[str] = "questions"

    run: Run
    settings: Elicitation
    game: Game
    spec: AgentSpec
    model: Model | None
    tables: Mapping[str, tuple[Table, int]]
    writer: LogWriter
    most: Spent | None = field(init=False, default=None)
    """The most that a question has taken up, of each thing that is capped."""

    def needs(self, one: tuple[int, str]) -> set[str]:
        """The agent's model."""
        return {self.spec.model} if self.spec.model else set()

    def expects(self, one: tuple[int, str], under_way: Collection[object]) -> Spent | None:
        """What all of them may take up, if each takes as much as any did."""
        return None if self.most is None else self.most.times(len(under_way) + 1)

    async def do(self, one: tuple[int, str]) -> Asked:
        """Ask one question, and keep the answer, or what it has cost."""
        sample, information_set = one
        (table, seat), journal, names = self.tables[information_set], Journal(), self.settings
        parts = (players_key(self.run.keys), self.game, names.agent, information_set, sample)
        player = seated(self.spec, self.model, parts, table, journal)
        seconds = None if self.spec.interactive else SECONDS_PER_MOVE
        try:
            turn = await take_turn(table, player, seat, journal, seconds)
            failed = tuple(journal.failed)
            asked = Asked(
                information_set=information_set, sample=sample, turn=turn, failed=failed, version=__version__
            )
            self.writer.answer(asked)
        except BaseException as error:
            if reason := broken_off(error, journal):
                broken = _broken(sample, information_set, journal, reason)
                self._learn(broken)
                self.writer.answer(broken)
            raise
        finally:
            await player.aclose()
        self._learn(asked)
        return asked

    def _learn(self, asked: Asked) -> None:
        """Take up what a question has taken up."""
        self.most = Spent.most(self.most or Spent(), Spent.on(asked.paid, asked.failed))


def _broken(sample: int, information_set: str, journal: Journal, reason: str) -> Asked:
    """An answer that was broken off."""
    return Asked(
        information_set=information_set, sample=sample, turn=None, calls=tuple(journal.calls),
        failed=tuple(journal.failed), reason=reason, version=__version__,
    )  # fmt: skip


def information_sets(game: Game, likeliest: int | None = None) -> dict[str, tuple[Table, int]]:
    """Information sets of a game by name, with a table that is in it and the seat that is asked.

    Args:
        game: The game.
        likeliest: How many, those that random play meets most often; all of them unless said.

    Raises:
        BadOption: They cannot be asked about one by one.
    """
    oracle = game.oracle()
    if not isinstance(oracle, PolicyOracle):
        raise BadOption(
            f"the information sets of {game} cannot be listed: its oracle compares moves, not policies"
        )
    if likeliest is not None and likeliest < 1:
        raise BadOption(f"likeliest is a whole number from 1, not {likeliest}")
    count = len(oracle.default_policy)
    if likeliest is not None and likeliest < count:
        return _likeliest(game, oracle, likeliest)
    if count > MOST_INFORMATION_SETS:
        raise BadOption(
            f"{game} has {count:,} information sets, too many to ask about: take some of them, the likeliest "
            "(--likeliest 100), or let it play"
        )
    found: dict[str, tuple[Table, int]] = {}
    for seed in range(MOST_DEALS):
        for table, seat in _decisions(game, seed):
            found.setdefault(oracle.information_set(table.state, seat), (table, seat))
        if len(found) == count:
            return {name: found[name] for name in oracle.default_policy}
    raise BadOption(f"not all information sets of {game} were found in {MOST_DEALS} deals")


def _likeliest(game: Game, oracle: PolicyOracle, most: int) -> dict[str, tuple[Table, int]]:
    """The information sets that random play meets most often, by as many deals as are looked at."""
    from gtbench.game.table import Table

    met: Counter[str] = Counter()
    found: dict[str, tuple[Table, int]] = {}
    for seed in range(MOST_DEALS):
        table, luck = Table(game, game.deal(seed)), Random(seed)
        while not table.over:
            for seat in table.to_move:
                name = oracle.information_set(table.state, seat)
                met[name] += 1
                if name not in found:
                    found[name] = table.copy(), seat
            table.play({seat: luck.choice(table.legal(seat)) for seat in table.to_move})
    return {name: found[name] for name, _ in met.most_common(most)}


def _decisions(game: Game, seed: int) -> Iterator[tuple[Table, int]]:
    """The decisions of the first plies of a deal, whatever is played."""
    from gtbench.game.table import Table

    tables = [Table(game, game.deal(seed))]
    for _ in range(PLIES):
        after = []
        for table in tables:
            yield from ((table, seat) for seat in table.to_move)
            for moves in itertools.product(*(table.legal(seat) for seat in table.to_move)):
                if table.over:
                    continue
                played = table.copy()
                played.play(dict(zip(table.to_move, moves, strict=True)))
                after.append(played)
        tables = after
