"""Progress bars of what asks models: a run (matches, calls, tokens and faults), an elicitation, a judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from gtbench.agent.spec import load_agent
from gtbench.errors import ProviderFailure, WorldError
from gtbench.log.read import Totals
from gtbench.records import Asked, Judgement, Match
from gtbench.screen import console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gtbench.judging.plan import Plan
    from gtbench.log.read import RunLog
    from gtbench.records import Call

R = TypeVar("R")

CALLS = "{task.fields[calls]:,} calls  {task.fields[tokens]:,} tokens"


class Progress(ABC, Generic[R]):
    """A bar on standard error that counts what has ended, with its calls, tokens and faults.

    With a `started` it is a `gtbench.work.Watcher`.

    Args:
        what: What is counted, in the plural.
        shown: The counts beside the bar.
    """

    def __init__(self, what: str, shown: str = CALLS) -> None:
        self.what = what
        self.begun = False
        """Whether there is a log, and asking has begun."""
        self.broken: list[WorldError] = []
        self.left_alone: dict[str, None] = {}
        """Why models were left alone."""
        self.left = 0
        self._calls = self._tokens = self._faults = 0
        columns = (
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(shown),
            TimeElapsedColumn(),
        )
        self._bar = Bar(*columns, console=console(stderr=True))
        self._task = self._bar.add_task("", total=None, calls=0, tokens=0, faults=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def ended(self, outcome: R | WorldError) -> None:
        """Add what has ended, or note why it was broken off."""
        self.left -= 1
        if isinstance(outcome, WorldError):
            self.broken.append(outcome)
            if isinstance(outcome, ProviderFailure) and outcome.left_alone:
                self.left_alone[outcome.left_alone] = None
            return
        calls, faults = self._brought(outcome)
        tokens = sum(call.input_tokens + call.output_tokens for call in calls)
        self._count(Totals(1, len(calls), tokens, faults))

    def _take_over(self, before: Totals) -> None:
        """Add what was done before."""
        self.left -= before.matches
        self._count(before)

    def _count(self, more: Totals) -> None:
        """Show what more has been done."""
        self._calls, self._tokens = self._calls + more.calls, self._tokens + more.tokens
        self._faults += more.faults
        calls, tokens, faults = self._calls, self._tokens, self._faults
        self._bar.update(self._task, advance=more.matches, calls=calls, tokens=tokens, faults=faults)

    @abstractmethod
    def _brought(self, one: R) -> tuple[Sequence[Call], int]:
        """The calls of what has ended, and its faults."""

    def _begin(self, text: str, total: int) -> None:
        """Print a line that says what is done, and have so much to count."""
        self.begun, self.left = True, total
        self._bar.console.print(text)
        self._bar.update(self._task, total=total)


class MatchProgress(Progress[Match]):
    """The bar of a run.

    Args:
        opening: What standard output says first, once play begins and nothing is refused any more.
    """

    def __init__(self, opening: str = "") -> None:
        super().__init__("matches", f"{CALLS}  {{task.fields[faults]:,}} faults")
        self._opening = opening

    def started(self, log: RunLog) -> None:
        """Show the bar, with what the log holds already."""
        if self._opening:
            typer.echo(self._opening)
        total, played = log.tournament.match_count, log.totals()
        before = f", {played.matches} of them played before" if played.matches else ""
        self._begin(f"{total} matches{before}. The log: {log.path}", total)
        self._take_over(played)
        if not any(load_agent(name).interactive for name in log.tournament.agents):
            self._bar.start()  # else it would be drawn over what a person types

    def _brought(self, one: Match) -> tuple[Sequence[Call], int]:
        return one.calls, len(one.faults)


class QuestionProgress(Progress[Asked]):
    """The bar of an elicitation."""

    def __init__(self) -> None:
        super().__init__("questions")

    def started(self, log: RunLog) -> None:
        """Show the bar, for what is left to be asked."""
        answered, asked = len(log.answers()), log.elicitation
        total = asked.question_count if asked else 0
        told = f"{total} questions, {answered} of them answered. The log: {log.path}"
        self._begin(told, total - answered)
        self._bar.start()

    def _brought(self, one: Asked) -> tuple[Sequence[Call], int]:
        return one.paid, 0


class DecisionProgress(Progress[Judgement]):
    """The bar of a judge at work."""

    def __init__(self) -> None:
        super().__init__("decisions")

    def started(self, plan: Plan) -> None:
        """Show the bar, for what is to be judged."""
        self._begin(str(plan), len(plan.cases))
        self._bar.start()

    def _brought(self, one: Judgement) -> tuple[Sequence[Call], int]:
        return one.calls, 0
