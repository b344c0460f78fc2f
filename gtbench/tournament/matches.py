"""What is done with each match of a run: it is played, committed and graded, or noted as void."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench import match
from gtbench.errors import NotRecorded, WorldError
from gtbench.models.ledger import Spent
from gtbench.models.request import Journal
from gtbench.schedule import SEATINGS
from gtbench.work import broken_off

if TYPE_CHECKING:
    from collections.abc import Collection

    from gtbench.log.write import LogWriter
    from gtbench.models.pool import ModelPool
    from gtbench.records import Match
    from gtbench.schedule import Pairing
    from gtbench.tournament.clerk import Clerk
    from gtbench.tournament.forecast import Forecast
    from gtbench.tournament.lineup import Lineup


@dataclass(frozen=True, slots=True)
class Matches:
    """The playing of matches (a `gtbench.work.Job`); each is graded before another begins in its place."""

    what: ClassVar[str] = "matches"

    lineup: Lineup
    pool: ModelPool
    writer: LogWriter
    clerk: Clerk
    forecast: Forecast
    """What the matches under way may take up."""
    begun: set[str] = field(default_factory=set)
    """The pairs of which a match was begun, in this run or before."""

    def needs(self, one: Pairing) -> set[str]:
        """The models that play a match."""
        return self.lineup.models_of(one.agents)

    def expects(self, one: Pairing, under_way: Collection[Any]) -> Spent | None:
        """What a pair of matches like this one may take up, together with all that are under way.

        The second match of a pair was counted with the first, and always has room, so that a run that stops
        has played both seatings of every pair.
        """
        if one.pair in self.begun:
            return Spent()
        return self.forecast.with_more(one, SEATINGS) if self.forecast.knows else None

    async def do(self, one: Pairing) -> Match:
        """Play, commit and grade one match, or note what it has cost."""
        journals = Journal(), Journal()
        self.begun.add(one.pair)
        self.forecast.begun(one)
        try:
            played = await self._play(one, journals)
        except BaseException as error:
            if reason := broken_off(error, *journals):
                self.writer.add_void(one.number, reason, journals)
            raise
        finally:
            self.forecast.ended(one)
        self.forecast.learn(played)
        try:
            await self.clerk.enter(played)
        except WorldError as error:
            self.writer.add_void(one.number, str(error), journals)
            raise
        return played

    async def _play(self, one: Pairing, journals: tuple[Journal, Journal]) -> Match:
        """Play one match; what a replay lacks is named with the match that it lacks it for."""
        try:
            return await match.play(
                self.lineup.games[one.game],
                [self.lineup.agents[name] for name in one.agents],
                seed=one.seed,
                players_seed=one.players_seed,
                pool=self.pool,
                number=one.number,
                deal=one.deal,
                journals=journals,
                seconds_per_move=self.lineup.tournament.seconds_per_move,
                ask_forced=self.lineup.tournament.ask_forced,
            )
        except NotRecorded as error:
            game, (first, second) = one.game, one.agents
            raise NotRecorded(f"{error}; match {one.number} ({game}, {first} - {second})") from error
