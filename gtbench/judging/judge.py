"""Have an LLM judge read the reasoning in a log: several votes on each decision, kept one by one.

What a judge is asked is in `rubric`, how its answers are read in `answers`, who judges what in `plan`. Its
calls stand in the log beside the matches and are never counted as a player's. A decision is judged once by
each judge, which is a model with its settings and the wording of the rubric; what was broken off, or stopped
by a cap, is asked again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from gtbench._version import __version__
from gtbench.judging.answers import read_vote
from gtbench.judging.plan import ALL, VOTES, Wanted, load_judge, make_plan
from gtbench.judging.rubric import RUBRIC, shape
from gtbench.models.ledger import Budget, Ledger, Spent
from gtbench.models.pool import ModelPool
from gtbench.records import Judgement
from gtbench.running import run_to_end
from gtbench.work import Outcome, broken_off, do_in_log, tried_last

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Collection

    from gtbench.judging.plan import Judge, Plan
    from gtbench.judging.rubric import Case
    from gtbench.log.read import RunLog
    from gtbench.log.write import LogWriter
    from gtbench.models.request import Journal
    from gtbench.records import Vote
    from gtbench.work import Watcher

AT_ONCE = 16
"""Decisions that are judged at once."""


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
    watcher: Watcher[Plan, Judgement] | None = None,
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
    log.check_free()
    ledger = Ledger(budget or Budget())
    return run_to_end(_judge(log, load_judge(judge), wanted, votes=votes, ledger=ledger, watcher=watcher))


async def _judge(
    log: RunLog,
    judge: Judge,
    wanted: Wanted,
    *,
    votes: int,
    ledger: Ledger,
    watcher: Watcher[Plan, Judgement] | None,
) -> Outcome:
    """Judge what is left, many decisions at once."""
    for one in log.judging(str(judge)):
        ledger.add(one.calls, one.failed)
    async with ModelPool(ledger) as pool:
        planned = make_plan(log, judge, pool.connect(judge.model), wanted, votes)
        if planned.cases:
            pool.check_prices()
        decisions = partial(Decisions, planned, pool)
        left = _left(log, planned)
        return await do_in_log(log, decisions, left, pool, at_once=AT_ONCE, watcher=watcher, begun=planned)


def _left(log: RunLog, planned: Plan) -> deque[Case]:
    """The decisions to be judged."""
    broken = {(one.number, one.turn) for one in log.judging(str(planned.judge)) if not one.votes}
    return tried_last(planned.cases, lambda one: (one.number, one.place) in broken)


@dataclass(slots=True)
class Decisions:
    """The judging of decisions (a `gtbench.work.Job`)."""

    what: ClassVar[str] = "decisions"

    plan: Plan
    pool: ModelPool
    writer: LogWriter
    knows: bool = field(init=False, default=False)
    """Whether any has been judged."""
    factors: tuple[float, ...] = field(init=False, default=(0.0, 0.0, 1.0))
    """How often what was expected decisions have taken up at most: dollars, tokens, calls."""

    def needs(self, one: Case) -> set[str]:
        """The judge's model."""
        return {self.plan.judge.model}

    def expects(self, one: Case, under_way: Collection[Case]) -> Spent | None:
        """What all of them may take up, so that none is begun whose votes cannot all be had."""
        if under_way and not self.knows:
            return None
        return Spent.sum(map(self._expected, [*under_way, one]))

    def _expected(self, one: Case) -> Spent:
        """What a decision may take up: what the plan says, by what it has been wrong at most."""
        cost, tokens, calls = (g * f for g, f in zip(self.plan.of(one), self.factors, strict=True))
        return Spent(cost, math.ceil(tokens), math.ceil(calls))

    def _learn(self, one: Case, taken: Spent) -> None:
        """Take up what a decision has taken up."""
        wrong = (t / g if g else 0.0 for t, g in zip(taken, self.plan.of(one), strict=True))
        self.factors = tuple(map(max, self.factors, wrong))
        self.knows = True

    async def do(self, one: Case) -> Judgement:
        """All votes on one decision, and what they have cost whatever becomes of them."""
        chat = self.plan.judge.chat(self.pool.connect(self.plan.judge.model), *one.messages)
        try:
            samples = await chat.sample(one.messages, self.plan.votes, shape=shape(self.plan.way))
            votes = tuple(read_vote(sample, one.words, self.plan.way) for sample in samples)
            judgement = self._judgement(one, chat.journal, votes)
            self.writer.judge(judgement)
        except BaseException as error:
            if reason := broken_off(error, chat.journal):
                self.writer.judge(self._judgement(one, chat.journal, reason=reason))
            raise
        self._learn(one, Spent.on(chat.journal.calls))
        return judgement

    def _judgement(
        self, one: Case, journal: Journal, votes: tuple[Vote, ...] = (), reason: str = ""
    ) -> Judgement:
        """What was said of a decision, or why nothing was."""
        return Judgement(
            number=one.number, turn=one.place, judge=str(self.plan.judge), rubric=RUBRIC, votes=votes,
            calls=tuple(journal.calls), failed=tuple(journal.failed), reason=reason, version=__version__,
        )  # fmt: skip
