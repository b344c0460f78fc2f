"""What is checked of one match of a log: play, prompts, grades and columns, each found again and compared."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gtbench import registry
from gtbench._version import __version__
from gtbench.agent.spec import load_agent
from gtbench.catalogue import load_game
from gtbench.errors import GtbenchError, UserError
from gtbench.grading.grade import Grader
from gtbench.log import columns
from gtbench.records import FORMAT
from gtbench.scoring import BEFORE, PROMPT, RunPolicy
from gtbench.text import line
from gtbench.tournament.replay import differences, said
from gtbench.verify.again import UNREAD, Unlike, as_played, as_recorded, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gtbench.agent.spec import AgentSpec
    from gtbench.game.base import Game
    from gtbench.grading.grade import Graded
    from gtbench.log.read import RunLog
    from gtbench.records import Grades, Match
    from gtbench.schedule import Pairing

OURS = "gtbench "
"""How the origin of an agent begins that gtbench brings itself, which draws on nothing but its seed."""


UNSAID = 1
"""The version of gtbench's texts in logs that name none."""

ROUNDING = 1e-9
"""By how much a value of a grade may differ, beside the value itself."""


@dataclass
class Checked:
    """What was found of one match."""

    number: int
    differences: list[str] = field(default_factory=list)
    """Where it is not what it must have been, in order of play."""
    open: list[str] = field(default_factory=list)
    """What could not be checked, and why."""


class Checker:
    """Checks the matches of one log, one at a time.

    Args:
        log: The log.
        agents: Whether gtbench's own agents play their matches again, beside the reading of their answers.
    """

    def __init__(self, log: RunLog, *, agents: bool = True) -> None:
        self.log, self._agents = log, agents
        self._policy = log.tournament.policy or RunPolicy(prompt=UNSAID, **BEFORE)
        self._games: dict[str, Game | str] = {}
        self._specs: dict[str, AgentSpec | str] = {}
        self._grader = Grader()

    @cached_property
    def planned(self) -> Mapping[int, Pairing]:
        """The matches of the schedule by number."""
        return {one.number: one for one in self.log.pairings()}

    def check(
        self, match: Match, grades: Grades | None, rows: Mapping[str, list[columns.Row]] | None
    ) -> Checked:
        """Check one match.

        Args:
            match: Its record.
            grades: Its grades, where it has any.
            rows: What stands of it in the log's columns, by table; None in a log that has none.
        """
        found = Checked(match.number)
        planned = self.planned.get(match.number)
        if planned is None:
            return found  # that is a difference of the log's as a whole
        found.differences += _unplanned(match, planned)
        if not found.differences:
            self._replay(match, planned, found)
        found.differences += _usage(match)
        if not found.differences:
            self._regrade(match, grades, found)
        if rows is not None:
            try:
                found.differences += _miscounted(match, grades, rows)
            except ValueError as error:
                found.differences.append(f"it cannot be counted: {line(error)}")
        return found

    def _replay(self, match: Match, planned: Pairing, found: Checked) -> None:
        """Find the match again, from its answers and then by its agents."""
        game = self._game(match.game)
        if isinstance(game, str):
            found.open.append(game)
            return
        ours = self._policy.prompt == PROMPT
        try:
            again = as_recorded(match, game, planned, self._policy, read=ours)
        except ValueError as error:
            found.differences.append(line(error))
            return
        found.differences += differences(match, again, texts=ours)
        if not ours:
            found.open.append(
                f"what its players read, and how their replies were read: its texts are of version "
                f"{self._policy.prompt}, and this gtbench's of version {PROMPT}"
            )
        elif self._agents and not found.differences:
            self._play(match, game, planned, found)

    def _play(self, match: Match, game: Game, planned: Pairing, found: Checked) -> None:
        """Let the agents play the match again, as far as they are gtbench's own."""
        specs: list[AgentSpec] = []
        read: set[int] = set()  # the seats whose answers are read again, and nothing more
        for seat, name in enumerate(match.agents):
            spec = self._spec(name)
            person = not isinstance(spec, str) and spec.interactive
            if isinstance(spec, str) or person:
                found.open.append(f"{name} is a person" if person else str(spec))
                spec = stand_in(match, seat, person=person)
                read.add(seat)
            specs.append(spec)
        if not all(call.key for call in match.calls):
            found.open.append("its calls have no keys, by which an agent's are found")
            return
        unread = [fault for fault in match.faults if fault.kind in UNREAD]
        if unread:
            found.open.append(f"an agent has {unread[0].kind}, which is not repeated".replace("_", " "))
            return
        try:
            again = asyncio.run(as_played(match, game, planned, specs, self._policy))
        except Unlike as error:
            found.differences.append(line(error))
        except GtbenchError as error:
            found.open.append(f"its agents cannot play again: {line(error)}")
        else:
            turns = [
                was if was.seat in read else now for was, now in zip(match.turns, again.turns, strict=False)
            ]
            turns += again.turns[len(turns) :]
            found.differences += differences(match, again.model_copy(update={"turns": tuple(turns)}))

    def _regrade(self, match: Match, grades: Grades | None, found: Checked) -> None:
        """Grade the match again, where it was graded."""
        game = self._game(match.game)
        if grades is None or isinstance(game, str):
            return
        if match.game not in self._grader.games:
            self._grader.prepare([game])
        again = self._grader.grade(match)
        if again is None:
            found.open.append("its grades: " + "; ".join(self._grader.troubles[-1:]))
            return
        others = [*_otherwise_graded(grades, again)]
        if others and (self.log.run.format != FORMAT or grades.version != __version__):
            found.open.append("its grades: an earlier gtbench gave them, and this one gives others")
        else:
            found.differences += others

    def _game(self, name: str) -> Game | str:
        """A game by its name, or why it is not to be had."""
        if name not in self._games:
            try:
                self._games[name] = load_game(name)
            except UserError as error:
                self._games[name] = f"its game: {line(error)}"
        return self._games[name]

    def _spec(self, name: str) -> AgentSpec | str:
        """An agent that may play again, or why it may not."""
        if name not in self._specs:
            self._specs[name] = _loaded(name)
        return self._specs[name]


def _loaded(name: str) -> AgentSpec | str:
    """An agent by its string, or why it is not run again."""
    strategy = name.partition("@")[0].partition("[")[0]
    if not registry.distribution("agents", strategy).startswith(OURS):
        return f"{name} is not gtbench's own and is not run; its answers are read again"
    try:
        return load_agent(name)
    except UserError as error:
        return line(error)


def _unplanned(match: Match, planned: Pairing) -> Iterator[str]:
    """Where a match is not what the schedule says."""
    for what, was, now in (
        ("the game", match.game, planned.game),
        ("the deal", match.deal, planned.deal),
        ("the seed of the deal", match.seed, planned.seed),
        ("the agents", match.agents, planned.agents),
        ("the pair", match.pair or planned.pair, planned.pair),
    ):
        if was != now:
            yield said(what, was, now)


def _otherwise_graded(grades: Grades, again: Graded) -> Iterator[str]:
    """Where grades are not what they are today."""
    for place, (was, now) in enumerate(zip(grades.turns, again.turns, strict=False), 1):
        for name in was.model_fields_set:  # older logs have fewer
            before, after = getattr(was, name), getattr(now, name)
            if not _alike(before, after):
                yield f"turn {place}: {said(f'the grade ({name})', before, after)}"
    if len(grades.turns) != len(again.turns):
        yield said("how many turns are graded", len(grades.turns), len(again.turns))
    if grades.luck is not None and not _alike(grades.luck, again.luck):
        yield said("the luck", grades.luck, again.luck)


def _usage(match: Match) -> Iterator[str]:
    """Where what calls are said to have used cannot be."""
    for place, turn in enumerate(match.turns, 1):
        for call in (call for attempt in turn.attempts for call in attempt.calls):
            if call.cached_tokens > call.input_tokens:
                yield f"turn {place}: more tokens are from a cache than there were"
            if call.reasoning_tokens > call.output_tokens:
                yield f"turn {place}: more tokens are reasoning than there were"


def _miscounted(match: Match, grades: Grades | None, rows: Mapping[str, list[columns.Row]]) -> Iterator[str]:
    """Where the log's columns are not what follows from its records."""
    luck = grades.luck if grades else None
    expected = {
        "results": [(*row, luck and luck[seat]) for seat, row in enumerate(columns.results(match))],
        "decisions": columns.decisions(match),
    }
    known = {row[0]: row[1:] for row in columns.graded(grades.turns)} if grades else {}
    nothing = (None,) * len(columns.GRADED)
    expected["decisions"] = [(*row, *known.get(row[1], nothing)) for row in expected["decisions"]]
    for table, (named, wanted) in {
        "results": ((*columns.RESULTS, columns.LUCK), expected["results"]),
        "decisions": ((*columns.DECISIONS, *columns.GRADED), expected["decisions"]),
    }.items():
        there = rows[table]
        if len(there) != len(wanted):
            yield said(f"the rows in its {table}", len(there), len(wanted))
            continue
        for was, now in zip(there, wanted, strict=True):
            yield from (
                said(f"its {table}, {column.name}", one, other)
                for column, one, other in zip(named, was, now, strict=True)
                if not _same(one, other)
            )


def _alike(one: Any, other: Any) -> bool:
    """Whether two values of grades are equal, but for the last digits, in which machines differ."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    return bool(one == other)


def _same(one: object, other: object) -> bool:
    """Whether a value of a column is that; what is not known stands there as nothing."""
    return one == other or (one is None and other != other)  # noqa: PLR0124  (it is not a number)
