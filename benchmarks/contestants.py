"""Who is measured: each contestant turns a game of gtbench into a function that plays one random match.

Every contestant draws from the legal moves only, with the same `choose`, and counts a ply for every move of
a seat: where both move at once, two. What a contestant needs is imported when it enters.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import pyspiel

import gtbench
from gtbench import Table

if TYPE_CHECKING:
    from gtbench import Game

Play = Callable[[], int]
"""Plays one match and returns its plies."""

SEATS = (0, 1)
CHANCE, SIMULTANEOUS, TERMINAL = (
    int(player)  # comparing with the engine's own enumeration costs as much as asking it whose turn it is
    for player in (pyspiel.PlayerId.CHANCE, pyspiel.PlayerId.SIMULTANEOUS, pyspiel.PlayerId.TERMINAL)
)
DILEMMA_ROUNDS = 8  # the mean of a match that stops after each round with probability 1/8
LONGEST_PIG = 1000  # plies; the engine's own limit

T = TypeVar("T")
_random = Random(0).random


class AbsentError(Exception):
    """A contestant does not have a game."""


def choose(moves: Sequence[T]) -> T:
    """A random move."""
    return moves[int(_random() * len(moves))]


def draw(outcomes: Sequence[tuple[int, float]]) -> int:
    """A random outcome among (outcome, probability) pairs."""
    luck = _random()
    for outcome, probability in outcomes:
        luck -= probability
        if luck < 0:
            return outcome
    return outcomes[-1][0]


# gtbench


def spoken(game: Game) -> Play:
    """A table: the view's text at each decision, the move said and played."""
    return _table(game, heard=False)


def heard(game: Game) -> Play:
    """The same, and the move is read back from its words, as an agent's answer is."""
    return _table(game, heard=True)


def _table(game: Game, *, heard: bool) -> Play:
    seeds = count()

    def play() -> int:
        table, plies = Table(game, game.deal(next(seeds))), 0
        while not table.over:
            actions = {}
            for seat in table.to_move:
                _ = table.view(seat).text
                action = choose(table.legal(seat))
                words = game.say(action)
                if heard and game.hear(table.state, seat, words) != action:
                    raise RuntimeError(f"{words!r} was heard as another move")
                actions[seat] = action
            table.play(actions)
            plies += len(actions)
        return plies

    return play


def words_env(game: Game) -> Play:
    """The PettingZoo AEC environment, of which numbers and mask are read, as of its competitors."""
    return _aec(gtbench.make(str(game)))


def words_env_read(game: Game) -> Play:
    """The same, and the text is read at each decision."""
    return _aec(gtbench.make(str(game)), read="text")


# The engine


def engine(game: Game) -> Play:
    """OpenSpiel from Python, nothing added."""

    def play() -> int:
        state, plies = game.engine.new_initial_state(), 0
        while (player := state.current_player()) != TERMINAL:
            if player == CHANCE:
                state.apply_action(draw(state.chance_outcomes()))
            elif player == SIMULTANEOUS:
                state.apply_actions([choose(state.legal_actions(seat)) for seat in SEATS])
                plies += len(SEATS)
            else:
                state.apply_action(choose(state.legal_actions()))
                plies += 1
        return plies

    return play


def floor(game: Game) -> Play:
    """The least that a game in words can cost: the engine, its own text and cached names at each decision."""
    kind = game.engine.get_type()
    observed, informed = kind.provides_observation_string, kind.provides_information_state_string
    names = [[game.engine.action_to_string(s, a) for a in range(game.num_actions)] for s in SEATS]

    def decide(state: Any, seat: int) -> int:
        if observed:
            text = state.observation_string(seat)
        elif informed:
            text = state.information_state_string(seat)
        else:
            text = str(state)
        legal: list[int] = state.legal_actions(seat)
        said = names[seat]
        _ = f"{text}\n{', '.join([said[action] for action in legal])}"
        return choose(legal)

    def play() -> int:
        state, plies = game.engine.new_initial_state(), 0
        while (player := state.current_player()) != TERMINAL:
            if player == CHANCE:
                state.apply_action(draw(state.chance_outcomes()))
            elif player == SIMULTANEOUS:
                state.apply_actions([decide(state, seat) for seat in SEATS])
                plies += len(SEATS)
            else:
                state.apply_action(decide(state, player))
                plies += 1
        return plies

    return play


def floor_told(game: Game) -> Play:
    """The floor with what no game of gtbench goes without: luck of the deal's own, and the moves so far."""
    kind, seeds = game.engine.get_type(), count()
    observed, informed = kind.provides_observation_string, kind.provides_information_state_string
    names = [[game.engine.action_to_string(s, a) for a in range(game.num_actions)] for s in SEATS]

    def decide(state: Any, seat: int, past: str) -> int:
        if observed:
            text = state.observation_string(seat)
        elif informed:
            text = state.information_state_string(seat)
        else:
            text = str(state)
        legal: list[int] = state.legal_actions(seat)
        said = names[seat]
        _ = f"{past}\n{text}\n{', '.join([said[action] for action in legal])}"
        return choose(legal)

    def play() -> int:
        state, deal, past, plies, events = (
            game.engine.new_initial_state(),
            game.deal(next(seeds)),
            ["", ""],
            0,
            0,
        )
        while (player := state.current_player()) != TERMINAL:
            if player == CHANCE:
                state.apply_action(deal.draw(str(events), state.chance_outcomes()))
                events += 1
                continue
            movers = SEATS if player == SIMULTANEOUS else (player,)
            moves = [decide(state, seat, past[seat]) for seat in movers]
            if player == SIMULTANEOUS:
                state.apply_actions(moves)
            else:
                state.apply_action(moves[0])
            for seat, action in zip(movers, moves, strict=True):
                plies += 1
                past[seat] = f"{past[seat]}{plies}. You: {names[seat][action]}\n"
                past[1 - seat] = f"{past[1 - seat]}{plies}. Opponent: {names[seat][action]}\n"
        return plies

    return play


# Competitors


def shimmy(game: Game) -> Play:
    """Shimmy's AEC environment of the same engine game: numbers and mask, no text."""
    from shimmy.openspiel_compatibility import OpenSpielCompatibilityV0

    kind, parameters = game.engine.get_type(), game.engine.get_parameters()
    config = {name: parameters[name] for name in kind.parameter_specification}
    return _aec(OpenSpielCompatibilityV0(game_name=kind.short_name, config=config))


CLASSIC = {"tic_tac_toe": "classic/tictactoe-v3", "connect_four": "classic/connect_four-v3"}


def classic(game: Game) -> Play:
    """PettingZoo's own environment as `make` gives it: numbers and mask, no text."""
    return _aec(_classic(game))


def classic_raw(game: Game) -> Play:
    """The same without the wrappers that check its use."""
    return _aec(_classic(game).unwrapped)


def _classic(game: Game) -> Any:
    import pettingzoo

    if game.name not in CLASSIC:
        raise AbsentError("does not have this game")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    return pettingzoo.make("aec", CLASSIC[game.name])


def _aec(env: Any, read: str | None = None) -> Play:
    """The loop of PettingZoo's documentation; `read` is what an observation is asked for beside the mask."""

    def play() -> int:
        plies = 0
        env.reset()
        for _ in env.agent_iter():
            observation, _, terminated, truncated, info = env.last()
            if terminated or truncated:
                env.step(None)
                continue
            _ = observation[read] if read else None
            known = observation if isinstance(observation, dict) else info
            env.step(choose(known["action_mask"].nonzero()[0].tolist()))
            plies += 1
        return plies

    return play


@dataclass(frozen=True, slots=True)
class Arena:
    """A game of TextArena, set to the size of ours, and its legal moves in its own syntax.

    The moves are read off the environment's own state, since finding them in its text would cost more.
    """

    name: str
    legal: Callable[[Any], Sequence[str]]
    settings: Mapping[str, Any] = field(default_factory=dict)


def _tic_tac_toe(state: Any) -> list[str]:
    marks = [mark for row in state.game_state["board"] for mark in row]
    return [f"[{square}]" for square, mark in enumerate(marks) if not mark]


def _connect_four(state: Any) -> list[str]:
    return [f"[col {column}]" for column, disc in enumerate(state.game_state["board"][0]) if disc == "."]


def _breakthrough(state: Any) -> list[str]:
    """Straight on to an empty square, or diagonally to capture; the rows of the board start at White's."""
    board, seat = state.game_state["board"], state.current_player_id
    (own, other), step = ("WB", "BW")[seat], (1, -1)[seat]
    moves = []
    for row, squares in enumerate(board):
        if own not in squares:
            continue
        ahead = board[row + step]
        for column, piece in enumerate(squares):
            if piece != own:
                continue
            for target in (column - 1, column, column + 1):
                wanted = "" if target == column else other
                if 0 <= target < len(ahead) and ahead[target] == wanted:
                    moves.append(f"[{'abcdefgh'[column]}{row + 1}{'abcdefgh'[target]}{row + 1 + step}]")
    return moves


def _nim(state: Any) -> list[str]:
    piles = state.game_state["piles"]
    return [f"[{pile} {taken + 1}]" for pile, size in enumerate(piles) for taken in range(size)]


def _kuhn_poker(state: Any) -> list[str]:
    return [f"[{move}]" for move in state.game_state["current_legal_action_tree"]]


def _liars_dice(state: Any) -> list[str]:
    """Its bids may go above the number of dice; ours, which stop there, are kept to."""
    bid = state.game_state["current_bid"]
    quantity, face = bid["quantity"], bid["face_value"]
    bids = [
        f"[Bid: {q}, {f}]"
        for q in range(max(quantity, 1), len(SEATS) + 1)
        for f in range(max(face, 1), 7)
        if (q, f) != (quantity, face)
    ]
    return [*bids, "[Call]"] if quantity else bids


def _pig(_: Any) -> tuple[str, ...]:
    return ("[roll]", "[hold]")


def _dilemma(state: Any) -> tuple[str, ...]:
    state.game_state["phase"] = "decision"  # no talk between the rounds, as in ours
    return ("[Cooperate]", "[Defect]")


ARENAS = {
    "tic_tac_toe": Arena("TicTacToe-v0", _tic_tac_toe),
    "connect_four": Arena("ConnectFour-v0", _connect_four),
    "breakthrough": Arena("Breakthrough-v0", _breakthrough),
    "nim": Arena("Nim-v0", _nim, {"piles": [1, 3, 5, 7]}),
    "kuhn_poker": Arena("KuhnPoker-v0", _kuhn_poker, {"max_rounds": 1}),
    "liars_dice": Arena("LiarsDice-v0", _liars_dice, {"num_dice": 1}),
    "pig": Arena("PigDice-v0", _pig, {"winning_score": 20, "max_turns": LONGEST_PIG}),
    "prisoners_dilemma": Arena(
        "IteratedPrisonersDilemma-v0", _dilemma, {"num_rounds": DILEMMA_ROUNDS, "communication_turns": 0}
    ),
}


def arena(game: Game) -> Play:
    """TextArena as `make` gives it: the whole history as one text at each decision."""
    return _arena(game, raw=False)


def arena_raw(game: Game) -> Play:
    """The same without wrappers: the messages that are new to the player, not joined to one text."""
    return _arena(game, raw=True)


def _arena(game: Game, *, raw: bool) -> Play:
    import textarena

    if game.name not in ARENAS:
        raise AbsentError("does not have this game")
    spec = ARENAS[game.name]
    env = textarena.make(f"{spec.name}-raw" if raw else spec.name, **spec.settings)

    def play() -> int:
        env.reset(num_players=len(SEATS))
        if not raw:
            env.full_observations.clear()  # else each match reads all those before it
        state, plies, done = env.state, 0, False
        while not done and (moves := spec.legal(state)):  # its Breakthrough can be stuck with no move left
            env.get_observation()
            done, _ = env.step(choose(moves))
            plies += 1
        if state.turn != plies:
            raise RuntimeError("TextArena did not take a move that the benchmark holds legal")
        return plies

    return play


@dataclass(frozen=True, slots=True)
class Contestant:
    """A column of the table."""

    name: str
    enter: Callable[[Game], Play]


CONTESTANTS = (
    Contestant("gtbench", spoken),
    Contestant("gtbench heard", heard),
    Contestant("gtbench AEC", words_env),
    Contestant("gtbench AEC read", words_env_read),
    Contestant("OpenSpiel", engine),
    Contestant("floor", floor),
    Contestant("floor, told", floor_told),
    Contestant("Shimmy", shimmy),
    Contestant("PettingZoo", classic),
    Contestant("PettingZoo raw", classic_raw),
    Contestant("TextArena", arena),
    Contestant("TextArena raw", arena_raw),
)
