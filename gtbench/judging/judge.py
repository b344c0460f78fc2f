"""Have an LLM judge read the reasoning in a log: several votes on each decision, kept one by one.

What a judge is asked is in `rubric`, how its answers are read in `answers`, who judges what in `plan`. Its
calls stand in the log beside the matches and are never counted as a player's. A decision is judged once by
each judge, which is a model with its settings and the wording of the rubric; what was broken off, or stopped
by a cap, is asked again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gtbench._version import __version__
from gtbench.driver import Driver, tried_last
from gtbench.errors import BudgetSpent, WorldError
from gtbench.judging.answers import read_vote
from gtbench.judging.plan import ALL, VOTES, Wanted, load_judge, make_plan
from gtbench.judging.rubric import RUBRIC, shape
from gtbench.log.commits import Commits
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.pool import ModelPool
from gtbench.records import Judgement
from gtbench.running import run_to_end
from gtbench.text import line

if TYPE_CHECKING:
    from collections import deque

    from gtbench.judging.plan import Judge, Plan
    from gtbench.judging.rubric import Case
    from gtbench.log.read import RunLog
    from gtbench.log.write import LogWriter
    from gtbench.models.request import Journal
    from gtbench.records import Vote

AT_ONCE = 16
"""Decisions that are judged at once."""


class Watcher(Protocol):
    """Watches a judge at work."""

    def began(self, plan: Plan) -> None:
        """The model is there, and this is asked of it."""
        ...

    def ended(self, judgement: Judgement) -> None:
        """A decision has been judged, or that was broken off."""
        ...


class Outcome(NamedTuple):
    """What has become of a plan."""

    judged: int
    broken: tuple[str, ...]
    """Why decisions were broken off by the world."""
    left: int
    """Decisions that were not begun, since the model is left alone."""
    left_alone: tuple[str, ...]
    """Why it is, if it is."""


def plan(log: RunLog, judge: str, wanted: Wanted = ALL, *, votes: int = VOTES) -> Plan:
    """What a judge would be asked now; nothing is asked.

    Raises:
        UserError: A name, an option or a key is wrong, or there is no such reasoning in the log.
    """

    async def planned() -> Plan:
        async with ModelPool() as pool:
            return make_plan(log, spec, pool.connect(spec.model), wanted, votes)

    spec = load_judge(judge)
    return run_to_end(planned())


def judge(
    log: RunLog,
    judge: str,
    wanted: Wanted = ALL,
    *,
    votes: int = VOTES,
    budget: Budget | None = None,
    watcher: Watcher | None = None,
) -> Outcome:
    """Have a judge read the reasoning in a log, and keep in the log what it says.

    Args:
        log: The log.
        judge: The judge, `PROVIDER/MODEL[option=value,...]`.
        wanted: Which decisions; all that hold reasoning and that it has not judged unless said.
        votes: How often it is asked about each decision.
        budget: The caps on calls, tokens and dollars; what the judge has cost in this log before counts.
        watcher: Told of what happens, for a progress bar, say.

    Raises:
        UserError: As for `plan`.
        BudgetSpent: A cap is reached. What was judged before stays in the log.
    """
    ledger = Ledger(budget or Budget())
    return run_to_end(_judge(log, load_judge(judge), wanted, votes=votes, ledger=ledger, watcher=watcher))


async def _judge(
    log: RunLog, judge: Judge, wanted: Wanted, *, votes: int, ledger: Ledger, watcher: Watcher | None
) -> Outcome:
    """Judge what is left, many decisions at once."""
    for one in log.judging(str(judge)):
        ledger.add(one.calls, one.failed)
    async with ModelPool(ledger) as pool:
        planned = make_plan(log, judge, pool.connect(judge.model), wanted, votes)
        if planned.cases:
            pool.check_prices()
        if watcher:
            watcher.began(planned)
        with log.writer() as writer:
            sitting = _Sitting(_left(log, planned), pool, AT_ONCE, planned, writer, watcher)
            await sitting.drive()
        alone = tuple(pool.left_alone.values())
        return Outcome(sitting.judged, tuple(sitting.broken), len(sitting.not_begun), alone)


def _left(log: RunLog, planned: Plan) -> deque[Case]:
    """The decisions to be judged."""
    broken = {(one.number, one.turn) for one in log.judging(str(planned.judge)) if not one.votes}
    return tried_last(planned.cases, lambda one: (one.number, one.place) in broken)


@dataclass(slots=True)
class _Sitting(Driver["Case"]):
    """The judging of a list of decisions."""

    what = "decisions"

    plan: Plan
    writer: LogWriter
    watcher: Watcher | None
    judged: int = field(init=False, default=0)
    broken: list[str] = field(init=False, default_factory=list)
    factors: tuple[float, ...] = field(init=False, default=(0.0, 0.0, 1.0))
    """How often what was expected decisions have taken up at most: dollars, tokens, calls."""
    commits: Commits = field(init=False)

    def __post_init__(self) -> None:
        self.commits = Commits(self.writer)

    def needs(self, one: Case) -> set[str]:
        """The judge's model."""
        return {self.plan.judge.model}

    def short_of(self, one: Case) -> str:
        """What cap another decision may pass, so that none is begun whose votes cannot all be had."""
        ledger = self.pool.ledger
        if not ledger.budget.capped:
            return ""
        if not self.judged and self.under_way:
            return "the first decision is on its way"
        return ledger.short_of(Spent.sum(map(self._expected, [*self.under_way.values(), one])))

    def _expected(self, one: Case) -> Spent:
        """What a decision may take up: what the plan says, by what it has been wrong at most."""
        cost, tokens, calls = (g * f for g, f in zip(self.plan.of(one), self.factors, strict=True))
        return Spent(cost, math.ceil(tokens), math.ceil(calls))

    def _learn(self, one: Case, taken: Spent) -> None:
        """Take up what a decision has taken up."""
        wrong = (t / g if g else 0.0 for t, g in zip(taken, self.plan.of(one), strict=True))
        self.factors = tuple(map(max, self.factors, wrong))

    async def do(self, one: Case) -> None:
        """All votes on one decision, and what they have cost whatever becomes of them."""
        chat = self.plan.judge.chat(self.pool.connect(self.plan.judge.model), *one.messages)
        try:
            samples = await chat.sample(one.messages, self.plan.votes, shape=shape(self.plan.way))
        except WorldError as error:
            self.broken.append(str(error))
            await self._keep(self._judgement(one, chat.journal, reason=line(error)))
        except BaseException as error:
            if chat.journal.calls or chat.journal.failed:  # they were paid for
                self.writer.judge(self._judgement(one, chat.journal, reason=line(error) or "interrupted"))
            if not isinstance(error, BudgetSpent):
                raise
            self.spent.append(error)
        else:
            votes = tuple(read_vote(sample, one.words, self.plan.way) for sample in samples)
            self.judged += 1
            self._learn(one, Spent.on(chat.journal.calls))
            await self._keep(self._judgement(one, chat.journal, votes))

    def _judgement(
        self, one: Case, journal: Journal, votes: tuple[Vote, ...] = (), reason: str = ""
    ) -> Judgement:
        """What was said of a decision, or why nothing was."""
        return Judgement(
            number=one.number, turn=one.place, judge=str(self.plan.judge), rubric=RUBRIC, votes=votes,
            calls=tuple(journal.calls), failed=tuple(journal.failed), reason=reason, version=__version__,
        )  # fmt: skip

    async def _keep(self, judgement: Judgement) -> None:
        """Wait until it stands in the log."""
        self.writer.judge(judgement)
        await self.commits.written()
        if self.watcher:
            self.watcher.ended(judgement)
