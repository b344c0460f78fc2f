"""Progress bars: of a run (matches, calls, tokens and faults), and of questions to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gtbench.agent.spec import load_agent
from gtbench.errors import ProviderFailure
from gtbench.records import Match
from gtbench.screen import console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gtbench.errors import WorldError
    from gtbench.log.read import RunLog
    from gtbench.records import Call

CALLS = "{task.fields[calls]:,} calls  {task.fields[tokens]:,} tokens"


class _Counting:
    """A progress bar on standard error with counts of calls, tokens and faults; it ends with its block."""

    def __init__(self, what: str, shown: str) -> None:
        self.begun = False
        """Whether there is a log, and asking has begun."""
        self._calls = self._tokens = self._faults = 0
        columns = (
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(shown),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=console(stderr=True))
        self._task = self._bar.add_task("", total=None, calls=0, tokens=0, faults=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def count(self, calls: Sequence[Call], faults: int = 0) -> None:
        """Count what has ended, by its calls and faults."""
        self._calls += len(calls)
        self._tokens += sum(call.input_tokens + call.output_tokens for call in calls)
        self._faults += faults
        self._bar.update(self._task, advance=1, calls=self._calls, tokens=self._tokens, faults=self._faults)


class MatchProgress(_Counting):
    """A bar on standard error that counts what each match brings (a `gtbench.tournament.run.Watcher`).

    Args:
        opening: What standard output says first, once play begins and nothing is refused any more.
    """

    def __init__(self, opening: str = "") -> None:
        super().__init__("matches", f"{CALLS}  {{task.fields[faults]:,}} faults")
        self._opening = opening
        self.voids: list[WorldError] = []
        self.left_alone: dict[str, None] = {}
        """Why models were left alone."""
        self.unplayed = 0

    def started(self, log: RunLog) -> None:
        """Show the bar, with what the log holds already."""
        self.begun = True
        if self._opening:
            typer.echo(self._opening)
        total, played = log.tournament.match_count, log.matches()
        self.unplayed = total
        before = f", {len(played)} of them played before" if played else ""
        self._bar.console.print(f"{total} matches{before}. The log: {log.path}")
        self._bar.update(self._task, total=total)
        for match in played:
            self.ended(match)
        if not any(load_agent(name).interactive for name in log.tournament.agents):
            self._bar.start()  # else it would be drawn over what a person types

    def ended(self, outcome: Match | WorldError) -> None:
        """Add a match that has ended, or what made it void."""
        self.unplayed -= 1
        if not isinstance(outcome, Match):
            self.voids.append(outcome)
            if isinstance(outcome, ProviderFailure) and outcome.left_alone:
                self.left_alone[outcome.left_alone] = None
            return
        self.count(outcome.calls, len(outcome.faults))


class CallsProgress(_Counting):
    """A bar on standard error that counts questions, and the calls that each brings."""

    def __init__(self, what: str) -> None:
        super().__init__(what, CALLS)

    def show(self, text: str, total: int) -> None:
        """Show the bar, under a line that says what is asked."""
        self.begun = True
        self._bar.console.print(text)
        self._bar.update(self._task, total=total)
        self._bar.start()
