"""Play one match: ask the seats to move, read their answers, and record all of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gtbench import reply
from gtbench._version import __version__
from gtbench.agent.ask import ask
from gtbench.agent.spec import AgentSpec, Decision, Player, load_agent
from gtbench.catalogue import load_game
from gtbench.clock import SECONDS_PER_MOVE, Clock
from gtbench.errors import BadOption, UserError, foremost
from gtbench.game.base import SEATS
from gtbench.game.luck import drawn, new_keys
from gtbench.game.table import Table
from gtbench.game.view import Objection, View
from gtbench.labels import FaultKind
from gtbench.models.pool import ModelPool
from gtbench.models.request import Journal
from gtbench.pulse import Holder, Pulse
from gtbench.records import PLAYERS, Attempt, Fault, Match, Termination, Turn
from gtbench.running import run_to_end
from gtbench.scoring import RETRIES, RunPolicy, pair_identity
from gtbench.text import line

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence

    from gtbench.game.base import Game
    from gtbench.models.request import Model
    from gtbench.records import Call

LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""What the protocols call the limit of a reply."""


async def play(
    game: Game | str,
    agents: Sequence[AgentSpec | str],
    *,
    seed: int | None = None,
    players_seed: int | None = None,
    pool: ModelPool | None = None,
    number: int = 1,
    deal: int = 0,
    journals: tuple[Journal, Journal] | None = None,
    seconds_per_move: float | None = SECONDS_PER_MOVE,
    ask_forced: bool = False,
) -> Match:
    """Play one match and return its record.

    Args:
        game: A game, or its name.
        agents: The agents, or their strings, of seat 0 and seat 1.
        seed: The deal's luck; random unless said.
        players_seed: What the players' own randomness depends on, beside the game and who sits where. Unless
            said it follows from the seed, and tells nothing of the deal unless the seed can be guessed.
        pool: The models' connections, where several matches share them.
        number: The match's place in a schedule.
        deal: The deal's place among a run's deals.
        journals: Are given all that each seat asks of its model, which counts even where there is no match.
        seconds_per_move: A player's own time for a move, in which its model's does not count; None for any.
            A person at the terminal always has all the time in the world.
        ask_forced: Whether a seat is asked for its move also where it has one legal move, see `take_turn`.

    Raises:
        UserError: A name, an option or a key is wrong.
        BudgetSpent: A cap of the pool's ledger is reached; there is no match.
        WorldError: A provider failed; there is no match.
    """
    game = load_game(game) if isinstance(game, str) else game
    specs = [load_agent(agent) if isinstance(agent, str) else agent for agent in agents]
    if len(specs) != PLAYERS:
        raise BadOption(f"a match takes {PLAYERS} agents, not {len(specs)}")
    if all(spec.interactive for spec in specs):
        raise BadOption("two people cannot play at one terminal: one of the agents must be another")
    names = (str(specs[0]), str(specs[1]))
    async with AsyncExitStack() as stack:
        if pool is None:
            pool = await stack.enter_async_context(ModelPool())
        journals = journals or (Journal(), Journal())
        seed = drawn(new_keys().luck) if seed is None else seed
        own = drawn(new_keys(seed).players) if players_seed is None else players_seed
        table = Table(game, game.deal(seed))
        players = []
        for seat, (spec, journal) in enumerate(zip(specs, journals, strict=True)):
            model = pool.connect(spec.model) if spec.model else None
            player = seated(spec, model, (own, game, *names, seat), table, journal)
            stack.push_async_callback(player.aclose)
            players.append(player)
        seconds = [None if spec.interactive else seconds_per_move for spec in specs]
        turns, forfeited_by = await play_out(table, players, journals, seconds, ask_forced=ask_forced)
    policy = RunPolicy(ask_forced=ask_forced)
    return concluded(table, turns, forfeited_by, names, policy, number=number, deal=deal, seed=seed)


def concluded(
    table: Table,
    turns: tuple[Turn, ...],
    forfeited_by: tuple[int, ...],
    agents: tuple[str, str],
    policy: RunPolicy,
    *,
    number: int,
    deal: int,
    seed: int,
) -> Match:
    """The record of a match whose table stands where its turns have left it; a forfeit is played out."""
    game, final = table.game, table.game.picture(table.state)
    termination = _termination(table, turns, forfeited_by)
    rewards = table.forfeit(forfeited_by) if forfeited_by else table.earned
    return Match(
        number=number,
        pair=pair_identity(str(game), seed, agents, policy),
        game=str(game),
        parameters=game.parameters,
        zero_sum=game.zero_sum,
        deal=deal,
        seed=seed,
        agents=agents,
        rules=(game.rules(0), game.rules(1)),
        turns=turns,
        termination=termination,
        paid=table.earned if table.over else None,
        worst=game.forfeit_reward,
        rewards=rewards,
        ranges=(game.payoff_range(table.state, 0), game.payoff_range(table.state, 1)),
        final=final,
        version=__version__,
    )


def _termination(table: Table, turns: Sequence[Turn], forfeited_by: tuple[int, ...]) -> Termination:
    """How a match ended: `table` is as it was left, and `turns` are all that were taken."""
    if not forfeited_by:
        return Termination(kind="limit" if table.game.cut_off(table.state) else "end")
    last = [turn.faults[-1].kind for turn in turns if turn.action is None]
    late = all(kind == FaultKind.TIMED_OUT for kind in last)
    return Termination(kind="time" if late else "forfeit", by=forfeited_by)


async def tried(spec: AgentSpec, model: Model | None, game: Game) -> AgentSpec:
    """The agent once it was seated as for a match, so that what is wrong is said before anything is played.

    Raises:
        UserError: It cannot be made so.
    """
    try:
        with _making(spec):
            player = spec.seat(model, game=game)
    except UserError:
        raise
    except BaseException as error:
        raise BadOption(f"{spec} cannot be made: {type(error).__name__}: {line(error)}") from error
    await player.aclose()
    return replace(spec, tried=True)


def seated(
    spec: AgentSpec, model: Model | None, seed: tuple[object, ...], table: Table, journal: Journal
) -> Player:
    """An agent in its seat; one that fails while it is made fails at its first move.

    Raises:
        UserError: It cannot play so, and was not tried before.
    """
    try:
        with _making(spec):
            return spec.seat(model, *seed, game=table.game, journal=journal, true_state=table.state.clone)
    except BaseException as error:
        if isinstance(error, UserError) and not spec.tried:
            raise
        return Player(partial(_fail, error), name=str(spec))


class Maker(Holder):
    """An agent that is made; it has no clock yet."""

    charged = True


@contextmanager
def _making(spec: AgentSpec) -> Iterator[None]:
    """The time in which an agent is made, by its own code."""
    pulse = Pulse.here()
    try:
        with pulse.held_by(Maker(str(spec))):
            yield
    finally:
        pulse.go_home()


async def _fail(error: BaseException, _: View) -> Decision:
    raise error


def play_sync(
    game: Game | str,
    agents: Sequence[AgentSpec | str],
    *,
    seed: int | None = None,
    players_seed: int | None = None,
    seconds_per_move: float | None = SECONDS_PER_MOVE,
    ask_forced: bool = False,
) -> Match:
    """Play one match and return its record: `play` for callers without an event loop, a notebook's included.

    Args:
        game: A game, or its name.
        agents: The agents, or their strings, of seat 0 and seat 1.
        seed: The deal's luck; random unless said.
        players_seed: As for `play`.
        seconds_per_move: As for `play`.
        ask_forced: As for `play`.

    Raises:
        UserError: A name, an option or a key is wrong.
        WorldError: A provider failed; there is no match.
    """
    return run_to_end(
        play(
            game,
            agents,
            seed=seed,
            players_seed=players_seed,
            seconds_per_move=seconds_per_move,
            ask_forced=ask_forced,
        )
    )


async def play_out(
    table: Table,
    players: Sequence[Player],
    journals: Sequence[Journal],
    seconds: Sequence[float | None],
    *,
    ask_forced: bool,
) -> tuple[tuple[Turn, ...], tuple[int, ...]]:
    """Drive a table to its end, or to a forfeit; return the turns and who forfeited."""
    turns: list[Turn] = []
    while not table.over:
        asked = await _together(
            [
                take_turn(table, players[seat], seat, journals[seat], seconds[seat], ask_forced=ask_forced)
                for seat in table.to_move
            ]
        )
        turns += asked
        moves = {turn.seat: turn.action for turn in asked if turn.action is not None}
        if len(moves) < len(asked):
            return tuple(turns), tuple(seat for seat in SEATS if seat in table.to_move and seat not in moves)
        table.play(moves)
    return tuple(turns), ()


async def _together(turns: Sequence[Coroutine[Any, Any, Turn]]) -> list[Turn]:
    """Ask the seats at once; where one cannot go on, the other is waited for, since its calls count."""
    if len(turns) == 1:
        return [await turns[0]]
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    if failed := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
        raise foremost(failed)
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


async def take_turn(
    table: Table,
    player: Player,
    seat: int,
    journal: Journal,
    seconds: float | None,
    *,
    ask_forced: bool = False,
) -> Turn:
    """Ask one seat for one move; after a fault ask again, quoting what was wrong, at most `RETRIES` times.

    Where it has one legal move, there is nothing to decide, and nobody is asked unless `ask_forced` says so.
    A person is, who would else see moves appear that nobody has made. Every later view tells of the move.

    The time is that of the whole move, so that nobody is asked again whose time is up.
    """
    if len(table.legal(seat)) == 1 and not (ask_forced or player.interactive):
        return forced(table, seat)
    seen = view = table.view(seat)
    journal.clock = Clock(seconds)
    attempts: list[Attempt] = []
    for _ in range(1 + RETRIES):
        asked = len(journal.calls)
        given = await ask(player, view, journal)
        attempt, action = answered(table, seat, given, tuple(journal.calls[asked:]))
        attempts.append(attempt)
        if attempt.fault is None or attempt.fault.kind == FaultKind.TIMED_OUT:
            break
        view = seen._replace(objection=Objection(attempt.reply, attempt.fault))
    move = None if action is None else table.game.say(action)
    return Turn(seat=seat, view=seen.text, attempts=tuple(attempts), move=move, action=action)


def forced(table: Table, seat: int) -> Turn:
    """The turn of a seat with one legal move, which is not asked for it."""
    (only,) = table.legal(seat)
    move, view = table.game.say(only), table.view(seat)
    return Turn(seat=seat, view=view.text, attempts=(), move=move, action=only, forced=True)


def answered(
    table: Table, seat: int, given: Decision | Fault, calls: tuple[Call, ...]
) -> tuple[Attempt, int | None]:
    """The record of what a seat has answered, and the legal action that it names; None where it is faulty."""
    decision = Decision("") if isinstance(given, Fault) else given
    found = given if isinstance(given, Fault) else heard(table, seat, given, calls)
    fault, action = (found, None) if isinstance(found, Fault) else (None, found)
    stated = reply.stated(decision.reply, decision.finish, table.game.questions, decision.form)
    attempt = Attempt(
        reply=decision.reply,
        finish=decision.finish,
        fault=fault,
        calls=calls,
        form=decision.form,
        claims=stated.claims,
        confidence=stated.confidence,
        ballots=decision.ballots,
    )
    return attempt, action


def heard(table: Table, seat: int, decision: Decision, calls: Sequence[Call]) -> int | Fault:
    """The legal action that a decision names, or what is wrong with it."""
    hear = table.game.hearing(table.state, seat)
    found = reply.read(decision.reply, decision.finish, hear, decision.form)
    if isinstance(found, Fault) and found.kind == FaultKind.TRUNCATED:
        return _with_budget(found, calls)
    return found


def _with_budget(fault: Fault, calls: Sequence[Call]) -> Fault:
    """A truncation with the limit that cut the reply off, and how much of it went into hidden reasoning."""
    cut = [call for call in calls if call.finish == "length"]
    if not cut:
        return fault
    limits = [value for name, value in cut[-1].settings.items() if name in LIMITS]
    spent = f"{cut[-1].reasoning_tokens} of them for reasoning that is not shown"
    told = f" ({limits[0]} tokens{', ' + spent if cut[-1].reasoning_tokens else ''})" if limits else ""
    detail = fault.detail.replace(reply.CUT_OFF, f"{reply.CUT_OFF[:-1]}{told}.")
    return fault.model_copy(update={"detail": detail})
