"""A match of a log found again: what its deal and its recorded answers must have led to.

`as_recorded` asks nobody: it deals the deal that the schedule gives the match, reads every recorded answer
again, and plays what it names. `as_played` seats the agents themselves, whose models answer as they did, so
that their prompts, and the moves of agents without a model, are found again too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench import match
from gtbench.agent.spec import AgentSpec, Decision
from gtbench.errors import NotRecorded
from gtbench.game.base import SEATS
from gtbench.game.table import Table
from gtbench.labels import FaultKind
from gtbench.models.memory import Recording
from gtbench.models.pool import ModelPool
from gtbench.models.request import Journal
from gtbench.records import Turn
from gtbench.tournament.replay import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.game.base import Game
    from gtbench.records import Attempt, Match, Message
    from gtbench.schedule import Pairing
    from gtbench.scoring import RunPolicy

UNREAD = (FaultKind.CRASHED, FaultKind.TIMED_OUT)
"""Faults of which no answer is recorded, so that they are taken as they stand."""


class Unlike(ValueError):
    """The match cannot have been played as its record says."""


def as_recorded(
    recorded: Match, game: Game, planned: Pairing, policy: RunPolicy, *, read: bool = True
) -> Match:
    """The match that the recorded answers lead to.

    Args:
        recorded: Its record.
        game: Its game.
        planned: What the schedule says of it.
        policy: What it was played under.
        read: Whether the answers are read again; else the moves that were read then are played.

    Raises:
        Unlike: They do not lead to the end of a match.
    """
    table, left = Table(game, game.deal(planned.seed)), iter(recorded.turns)
    turns: list[Turn] = []
    forfeited: tuple[int, ...] = ()
    while not table.over and not forfeited:
        asked: list[Turn] = []
        for place, seat in enumerate(table.to_move, len(turns) + 1):
            turn = next(left, None)
            if turn is None:
                raise Unlike(f"turn {place}: the log has no more turns, but the match is not over")
            if turn.action is None and not turn.faults:
                raise Unlike(f"turn {place}: there is neither a move nor a fault")
            asked.append(_turn(table, seat, turn, place, policy) if read else turn)
        turns += asked
        moves = {turn.seat: turn.action for turn in asked if turn.action is not None}
        forfeited = tuple(seat for seat in SEATS if seat in table.to_move and seat not in moves)
        if not forfeited:
            table.play(moves)
    return match.concluded(
        table,
        tuple(turns),
        forfeited,
        planned.agents,
        policy,
        number=planned.number,
        deal=planned.deal,
        seed=planned.seed,
    )


def _turn(table: Table, seat: int, recorded: Turn, place: int, policy: RunPolicy) -> Turn:
    """One turn, as its recorded answers are read now."""
    if recorded.forced:
        if len(table.legal(seat)) > 1 or policy.ask_forced:
            raise Unlike(f"turn {place}: the seat had a choice, or was to be asked all the same")
        return match.forced(table, seat)
    attempts: list[Attempt] = []
    action = None
    for attempt in recorded.attempts[: 1 + policy.retries]:
        known = attempt.fault if attempt.fault and attempt.fault.kind in UNREAD else None
        given = known or Decision(attempt.reply, attempt.finish, attempt.form, attempt.ballots)
        again, action = match.answered(table, seat, given, attempt.calls)
        attempts.append(again)
        if again.fault is None or again.fault.kind == FaultKind.TIMED_OUT:
            break
    else:
        if len(attempts) <= policy.retries:
            raise Unlike(f"turn {place}: the seat is not asked again after a fault")
    move = None if action is None else table.game.say(action)
    view = table.view(seat)
    return Turn(seat=seat, view=view.text, attempts=tuple(attempts), move=move, action=action)


async def as_played(
    recorded: Match, game: Game, planned: Pairing, agents: Sequence[AgentSpec], policy: RunPolicy
) -> Match:
    """The match as these agents play it, whose models give the recorded answers.

    Raises:
        Unlike: An agent asks its model what the log does not hold.
    """
    journals = Journal(), Journal()
    async with ModelPool(memory=Recording(recorded.calls, "the match")) as pool:
        try:
            return await match.play(
                game,
                agents,
                seed=planned.seed,
                players_seed=planned.players_seed,
                pool=pool,
                number=planned.number,
                deal=planned.deal,
                journals=journals,
                seconds_per_move=None,
                ask_forced=policy.ask_forced,
            )
        except NotRecorded as error:
            raise Unlike(_unasked(recorded, journals, error.messages)) from error


def _unasked(recorded: Match, journals: Sequence[Journal], asked: Sequence[Message]) -> str:
    """Where a match's calls are not those that its agents make, by how many of each seat were found again."""
    left = [len(journal.calls) for journal in journals]
    about = [seat for seat in SEATS if recorded.rules[seat] in asked[0].content] or SEATS
    for place, turn in enumerate(recorded.turns, 1):
        if turn.seat not in about:
            continue
        for call in (call for attempt in turn.attempts for call in attempt.calls):
            left[turn.seat] -= 1
            if left[turn.seat] < 0 and call.messages != tuple(asked):
                before, after = (
                    "\n".join(m.content for m in messages) for messages in (call.messages, asked)
                )
                return f"turn {place}: {said('the prompt', before, after)}"
            if left[turn.seat] < 0:
                return f"turn {place}: a call has other settings, or another key, than the agent's"
    return "an agent makes more calls than the log holds"


def stand_in(recorded: Match, seat: int, *, person: bool) -> AgentSpec:
    """An agent that answers as the one in that seat did, whose own code is not to be run."""
    answers = (attempt for turn in recorded.turns if turn.seat == seat for attempt in turn.attempts)

    class StandIn:
        """Is asked what a person is, where it stands in for one."""

        interactive = person

        def __init__(self) -> None:
            pass

        def act(self, _: object) -> Decision:
            answer = next(answers)
            return Decision(answer.reply, answer.finish, answer.form, answer.ballots)

    return AgentSpec(recorded.agents[seat], {}, None, StandIn)
