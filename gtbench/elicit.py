"""Ask an agent how it plays, situation by situation, instead of waiting for them to come up in matches.

A view is a function of what its seat knows, so that an agent can be asked at any information set without a
match, and as often as wanted: in Kuhn poker, 12 times a sample. In a match the deal decides what is asked,
and most of what is learnt is learnt again and again.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import TYPE_CHECKING

from gtbench.agent import load_agent
from gtbench.aio import run_to_end
from gtbench.errors import BadOption, BudgetSpent
from gtbench.match import seated, take_turn
from gtbench.models import Journal
from gtbench.models.ledger import Budget, Ledger
from gtbench.models.pool import ModelPool
from gtbench.oracle import PolicyOracle
from gtbench.records import Record, Turn
from gtbench.registry import load_game

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game import Game
    from gtbench.table import Table

MOST_SITUATIONS = 200
"""More are not asked one by one."""
MOST_DEALS = 2000
PLIES = 3
"""How far into a match situations are looked for."""
AT_ONCE = 16


class Answer(Record):
    """How an agent answered once in one situation."""

    situation: str  # by the oracle's name for it
    sample: int  # from 0; answers of one sample are one for each situation
    turn: Turn


class Elicited(Record):
    """All that an agent was asked about one game."""

    agent: str
    game: str
    samples: int
    answers: tuple[Answer, ...]
    stopped: str = ""  # why not all was asked
    spent: str  # calls, tokens and dollars


def elicit(
    agent: str, game: str, *, samples: int = 5, seed: int = 0, budget: Budget | None = None
) -> Elicited:
    """Ask an agent several times in every situation of a game.

    Args:
        agent: The agent's string.
        game: The game, whose oracle must be a `PolicyOracle`: Kuhn poker, the auction, the dilemma (after
            one round at most).
        samples: How often each situation is asked about; two answers are independent.
        seed: Of the agent's luck.
        budget: The caps on calls, tokens and dollars.

    Raises:
        UserError: A name or an option is wrong, or the game has too many situations.
        WorldError: A provider failed.
    """
    if samples < 1:
        raise BadOption(f"samples is a whole number from 1, not {samples}")
    return run_to_end(_elicit(agent, load_game(game), samples, seed, ModelPool(Ledger(budget or Budget()))))


async def _elicit(agent: str, game: Game, samples: int, seed: int, models: ModelPool) -> Elicited:
    """Ask, many questions at once, until all are answered or the budget is spent."""
    spec, found = load_agent(agent), situations(game)
    left = deque(itertools.product(range(samples), found.items()))
    answers: list[Answer] = []
    stopped: list[str] = []

    async with models as pool:
        model = pool.connect(spec.model) if spec.model else None
        spec.seat(model, game=game)  # what it cannot do or play, it says now

        async def work() -> None:
            while left and not stopped:
                sample, (name, (table, seat)) = left.popleft()
                journal = Journal()
                player = seated(spec, model, (seed, game, agent, name, sample), table, journal)
                try:
                    turn = await take_turn(table, player, seat, journal, None)
                except BudgetSpent as error:
                    stopped.append(str(error))
                else:
                    answers.append(Answer(situation=name, sample=sample, turn=turn))
                finally:
                    await player.aclose()

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(AT_ONCE, len(left))):
                    workers.create_task(work())
        except BaseExceptionGroup as errors:  # the first that failed called the others off
            raise errors.exceptions[0] from None
        spent = str(pool.ledger)
    answers.sort(key=lambda answer: (answer.sample, list(found).index(answer.situation)))
    return Elicited(
        agent=str(spec), game=str(game), samples=samples, answers=tuple(answers),
        stopped=stopped[0] if stopped else "", spent=spent,
    )  # fmt: skip


def situations(game: Game) -> dict[str, tuple[Table, int]]:
    """Every situation of a game by name, with a table that is in it and the seat that is asked.

    Raises:
        BadOption: They cannot be asked about one by one.
    """
    oracle = game.oracle()
    if not isinstance(oracle, PolicyOracle):
        raise BadOption(f"the situations of {game} cannot be listed: its oracle compares moves, not policies")
    if len(oracle.typical) > MOST_SITUATIONS:
        raise BadOption(f"{game} has {len(oracle.typical):,} situations, too many to ask about: let it play")
    found: dict[str, tuple[Table, int]] = {}
    for seed in range(MOST_DEALS):
        for table, seat in _decisions(game, seed):
            found.setdefault(oracle.situation(table.state, seat), (table, seat))
        if len(found) == len(oracle.typical):
            return {name: found[name] for name in oracle.typical}
    raise BadOption(f"not all situations of {game} were found in {MOST_DEALS} deals")


def _decisions(game: Game, seed: int) -> Iterator[tuple[Table, int]]:
    """The decisions of the first plies of a deal, whatever is played."""
    from gtbench.table import Table

    tables = [Table(game, game.deal(seed))]
    for _ in range(PLIES):
        after = []
        for table in tables:
            yield from ((table, seat) for seat in table.to_move)
            if game.simultaneous and table.plies:
                continue  # one round is all that is remembered
            for moves in itertools.product(*(table.legal(seat) for seat in table.to_move)):
                if table.over:
                    continue
                played = table.copy()
                played.play(dict(zip(table.to_move, moves, strict=True)))
                after.append(played)
        tables = after
