"""Leagues of agents whose true scores are known, drawn in microseconds a match.

Six games are laid out as tables of positions and moves, once, and played by walking through them
(`laid_out`); what an agent earns against another, gives away, and how often it decides is computed exactly by
sweeps over the same tables, with none of gtbench's estimators. An agent plays a game's best moves, or an
equilibrium's, but a share of its moves at random among the legal ones. The dilemma is played by agents that
remember one round, whose truth is linear algebra. Connect Four, Breakthrough and negotiation are played once
by scripted agents through gtbench's own tables, and leagues draw from these matches with replacement: the
truth of such a population is its mean.

A deal's luck is shared as the schedule shares it: every pair, in both seatings, meets the same chance events.
"""
# ruff: noqa: INP001, ANN001, ANN202, E402, NPY002, PLR0917  (plain scripts, no package; numba's own generator and calls)

from __future__ import annotations

import itertools
import sys
from collections import deque
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

sys.modules.setdefault("coverage", None)  # type: ignore[arg-type]  # numba looks for it: not `coverage.py` here
import numba
import numpy as np

from gtbench import Table, load_game
from gtbench.game.oracle import TIE, PolicyOracle
from gtbench_games.oracles.dealt import DealtOracle
from gtbench_games.pig import Pig

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

SEATS = (0, 1)
END, CHANCE = -2, -1
EVENTS = 3000
"""Chance events of a deal that are drawn at most; more come round again."""
SETTLED = 1e-10
POPULATION = 200
"""Deals that scripted agents play once."""


@dataclass(frozen=True)
class Played:
    """A league's matches, all pairs in both seatings on each deal, and the decisions in them."""

    first: Codes
    """Who sat in seat 0, one entry a match."""
    second: Codes
    deal: Codes
    share: Floats
    """The score of each seat, shape (matches, 2)."""
    weight: Floats
    """How much each match counts."""
    luck: Floats
    """What chance gave of the score, the same shape."""
    decisions: Decisions | None = None


@dataclass(frozen=True)
class Decisions:
    """One entry a decision."""

    match: Codes
    seat: Codes
    agent: Codes
    information_set: Codes
    move: Codes
    """Its place among the moves of the layout."""
    regret: Floats
    stake: Floats


def decided(played: Played) -> Decisions:
    """The decisions of a league that has them.

    Raises:
        TypeError: It was drawn from matches that were played before.
    """
    if played.decisions is None:
        raise TypeError("only laid-out games have decisions")
    return played.decisions


class Population(Protocol):
    """Agents that play leagues, and what is true of them."""

    agents: int

    def league(self, deals: int, seed: int) -> Played:
        """The matches of one league."""

    @property
    def scores(self) -> Floats:
        """Shape (agents,): true scores against all others."""


def schedule(agents: int, deals: int) -> Codes:
    """Who sits where on which deal, shape (matches, 3)."""
    pairs = np.array(list(itertools.permutations(range(agents), 2)))
    deal = np.repeat(np.arange(deals), len(pairs))
    return np.column_stack([np.tile(pairs, (deals, 1)), deal])


# Games as tables.


class Layout:
    """Positions, and the moves that lead from one to another; the moves of a position lie side by side.

    Of each position `kind` says which seat is to move, `CHANCE` or `END`; `first` and `count` where its moves
    are; `outlook` what each seat has with best play, all hands seen, shape (positions, 2). Of each move:
    `child`, where it leads; `chance`, its probability; `best`, how often who plays best makes it; `value`,
    what it is worth to the mover by what the mover knows; `seen`, what each seat is told, shape (moves, 2).
    """

    def __init__(self, name: str) -> None:
        game = load_game(name)
        oracle: Any = game.oracle()
        self.name, self._oracle = name, oracle
        self._whole = isinstance(self._oracle, PolicyOracle)
        self._plays = _well(self._oracle) if self._whole else {}
        self.range = game.engine.min_utility(), game.engine.max_utility()
        columns: dict[str, list[Any]] = {
            name: []
            for name in ("kind", "first", "count", "paid", "child", "chance", "best", "value", "seen")
        }
        self._lay_out(game.engine.new_initial_state(), columns)
        kinds = {"paid": np.float64, "chance": np.float64, "best": np.float64, "value": np.float64}
        arrays: dict[str, Any] = {
            name: np.array(column, kinds.get(name, np.int64)) for name, column in columns.items()
        }
        self.kind, self.first, self.count = arrays["kind"], arrays["first"], arrays["count"]
        self.child, self.chance, self.best = arrays["child"], arrays["chance"], arrays["best"]
        self.value, self.seen, self.paid = arrays["value"], arrays["seen"], arrays["paid"]
        self.owner = np.repeat(np.arange(len(self.kind)), self.count)
        most, least = np.full(len(self.kind), -np.inf), np.full(len(self.kind), np.inf)
        np.maximum.at(most, self.owner, self.value)
        np.minimum.at(least, self.owner, self.value)
        self.regret, self.stake = most[self.owner] - self.value, (most - least)[self.owner]
        self.outlook = self.expected(self.best, self.best)

    def _lay_out(self, start: Any, columns: dict[str, list[Any]]) -> None:
        """Walk through all that can be reached; games without secrets by position, others by history."""
        places, left = {self._key(start): 0}, deque([start])
        while left:
            state = left.popleft()
            kind, moves = self._moves(state)
            columns["kind"].append(kind)
            columns["first"].append(len(columns["child"]))
            columns["count"].append(len(moves))
            columns["paid"].append(tuple(state.returns()) if kind == END else (0.0, 0.0))
            for action, chance, best, value, seen in moves:
                after = state.child(action)
                key = self._key(after)
                if key not in places:
                    places[key] = len(places)
                    left.append(after)
                told = places[key], chance, best, value, seen
                for name, one in zip(("child", "chance", "best", "value", "seen"), told, strict=True):
                    columns[name].append(one)

    def _key(self, state: Any) -> Any:
        """What tells positions apart."""
        if self._whole:
            return tuple(state.history())
        if self.name != "pig" or state.is_terminal():
            return str(state)
        scores, total = Pig.scores(state)
        return *scores, total, state.is_chance_node(), str(state).split("Current player: ")[1][0]

    def _moves(self, state: Any) -> tuple[int, list[tuple[int, float, float, float, tuple[int, int]]]]:
        """Who moves, and each move: its chance, how often it is best, its value, and what each seat sees."""
        if state.is_terminal():
            return END, []
        dealt = self._whole and len(state.history()) < len(SEATS)
        if state.is_chance_node():
            turn = len(state.history())
            return CHANCE, [
                (a, p, 0.0, 0.0, (a * (not dealt or turn == 0), a * (not dealt or turn == 1)))
                for a, p in state.chance_outcomes()
            ]
        seat = state.current_player()
        values = self._oracle.action_values(state, seat)
        high = max(values.values())
        well = dict.fromkeys((a for a in values if values[a] >= high - TIE), 1.0)
        if self._whole:
            well = self._plays[self._oracle.information_set(state, seat)]
        secret = self.name == "blind_auction"
        return seat, [
            (a, 0.0, well.get(a, 0.0) / sum(well.values()), values[a],
             (a * (not secret or seat == 0), a * (not secret or seat == 1)))
            for a in state.legal_actions()
        ]  # fmt: skip

    def policy(self, noise: float) -> Floats:
        """The chance of each move of an agent that plays well but a share of its moves."""
        found: Floats = (1 - noise) * self.best + noise / self.count[self.owner]
        return found

    def expected(self, first: Floats, second: Floats, beside: Floats | None = None) -> Floats:
        """What is expected from each position on when these policies play, by sweeps until nothing changes.

        Args:
            first: How seat 0 plays.
            second: How seat 1 plays.
            beside: What each move adds up for each seat in place of payoffs, shape (moves, 2).

        Returns:
            Shape (positions, 2).
        """
        paid, added = (
            (self.paid, np.zeros((len(self.child), 2))) if beside is None else (0 * self.paid, beside)
        )
        found: Floats = _swept(
            self.kind, self.first, self.count, self.child, self.chance, paid, added, first, second, SETTLED
        )
        return found


def _well(oracle: PolicyOracle) -> Any:
    """How to play well where hands are hidden; where the tree has one, a plan that is sound everywhere."""
    return oracle.policy_of(oracle.trembling) if isinstance(oracle, DealtOracle) else oracle.default_policy


@numba.njit(cache=True)
def _swept(kind, first, count, child, chance, paid, added, one, other, settled):  # type: ignore[no-untyped-def]
    """See `Layout.expected`."""
    found = paid.copy()
    while True:
        change = 0.0
        for place in range(len(kind) - 1, -1, -1):
            if kind[place] == END:
                continue
            policy = chance if kind[place] == CHANCE else (one if kind[place] == 0 else other)
            for seat in range(2):
                total = 0.0
                for move in range(first[place], first[place] + count[place]):
                    total += policy[move] * (added[move, seat] + found[child[move], seat])
                change = max(change, abs(total - found[place, seat]))
                found[place, seat] = total
        if change < settled:
            return found


@numba.njit(cache=True)
def _walked(kind, first, count, child, chance, seen, outlook, policies, who, luck, most, seed):  # type: ignore[no-untyped-def]
    """Matches: where each ended, what chance gave, and the decisions in them."""
    np.random.seed(seed)  # numba's own generator
    matches = len(who)
    ends, given = np.zeros(matches, np.int64), np.zeros((matches, 2))
    decided, made = np.empty((most, 4), np.int64), 0
    for match in range(matches):
        place, event = 0, 0
        told = np.array([1, 2], np.int64)
        while kind[place] != END:
            drawn = kind[place] == CHANCE
            if drawn:
                number = luck[who[match, 2], event % luck.shape[1]]
                event += 1
                policy = chance
            else:
                seat = kind[place]
                number = np.random.random()
                policy = policies[who[match, seat]]
            move, last = first[place], first[place] + count[place] - 1
            while move < last and number >= policy[move]:
                number -= policy[move]
                move += 1
            if drawn:
                given[match] += outlook[child[move]] - outlook[place]
            elif made < most:
                decided[made, 0], decided[made, 1] = match, seat
                decided[made, 2], decided[made, 3] = told[seat], move
                made += 1
            for one in range(2):
                told[one] = told[one] * np.int64(6364136223846793005) + seen[move, one] + 11
            place = child[move]
        ends[match] = place
    return ends, given, decided[:made]


class Exact:
    """Agents that play a laid-out game well but a share of their moves."""

    decisions_a_match = 60
    """Room for decisions, on average."""

    def __init__(self, name: str, noises: Sequence[float] | Floats) -> None:
        self.layout, self.agents = laid_out(name), len(noises)
        self.policies = np.array([self.layout.policy(noise) for noise in noises])
        low, high = self.layout.range
        self._low, self._span = low, high - low

    def league(self, deals: int, seed: int) -> Played:
        """The matches of one league."""
        game, who = self.layout, schedule(self.agents, deals)
        luck = np.random.default_rng(seed).random((deals, EVENTS if game.name == "pig" else 10))
        ends, given, decided = _walked(
            game.kind, game.first, game.count, game.child, game.chance, game.seen, game.outlook,
            self.policies, who, luck, self.decisions_a_match * len(who), seed,
        )  # fmt: skip
        match, seat, told, move = decided.T
        made = Decisions(
            match, seat, np.where(seat == 0, who[match, 0], who[match, 1]), told, move,
            game.regret[move], game.stake[move],
        )  # fmt: skip
        share = (game.paid[ends] - self._low) / self._span
        return Played(who[:, 0], who[:, 1], who[:, 2], share, np.ones(len(who)), given / self._span, made)

    def score(self, first: int, second: int) -> Floats:
        """The true scores of both seats."""
        paid = self.layout.expected(self.policies[first], self.policies[second])[0]
        found: Floats = (paid - self._low) / self._span
        return found

    @property
    def scores(self) -> Floats:
        """Shape (agents,): true scores against all others."""
        return self._total(self.score) / (2 * (self.agents - 1))

    def decided(self, beside: Floats) -> Floats:
        """Shape (agents,): what an agent's own moves add up to over all its pairs, by what each move adds."""
        mover = self.layout.kind[self.layout.owner]
        added = np.where(mover[:, None] == np.array(SEATS), beside[:, None], 0.0)
        return self._total(lambda a, b: self.layout.expected(self.policies[a], self.policies[b], added)[0])

    def _total(self, of: Callable[[int, int], Floats]) -> Floats:
        """The sum for each agent over all others in both seats."""
        found = np.zeros(self.agents)
        for pair in itertools.permutations(range(self.agents), 2):
            np.add.at(found, list(pair), of(*pair))
        return found


@cache
def laid_out(name: str) -> Layout:
    """A game as a table, laid out once."""
    return Layout(name)


# The dilemma.


class Dilemma:
    """Agents that cooperate by what both did the round before, and at the first as if both had cooperated."""

    def __init__(self, noises: Sequence[float] | Floats) -> None:
        self.agents = len(noises)
        good = np.array([1.0, 0.0, 1.0, 0.0])  # tit for tat: after CC, CD, DC, DD as the agent sees them
        self._cooperates = np.array([(1 - noise) * good + noise / 2 for noise in noises])
        rules = load_game("prisoners_dilemma").parameters
        self._stops = float(rules["termination_probability"])
        self._pays = np.array([[5.0, 5.0], [0.0, 10.0], [10.0, 0.0], [1.0, 1.0]])

    def league(self, deals: int, seed: int) -> Played:
        """The matches of one league; how long a match lasts is the deal's luck."""
        rng, who = np.random.default_rng(seed), schedule(self.agents, deals)
        length = rng.geometric(self._stops, deals)[who[:, 2]]
        state, paid = np.zeros(len(who), np.int64), np.zeros((len(who), 2))
        for turn in range(int(length.max())):
            on = length > turn
            swapped = np.array([0, 2, 1, 3])[state]
            chances = self._cooperates[who[:, 0], state], self._cooperates[who[:, 1], swapped]
            defects = [rng.random(len(who)) >= chance for chance in chances]
            state = np.where(on, 2 * defects[0] + defects[1], state)
            paid += np.where(on[:, None], self._pays[state], 0.0)
        share = paid / (10 * length[:, None])
        return Played(who[:, 0], who[:, 1], who[:, 2], share, length.astype(np.float64), np.zeros_like(share))

    @property
    def scores(self) -> Floats:
        """By linear algebra: the mean pay of a round, over the rounds that are expected."""
        found = np.zeros(self.agents)
        for a, b in itertools.permutations(range(self.agents), 2):
            own, other = self._cooperates[a], self._cooperates[b][[0, 2, 1, 3]]
            move = np.column_stack(
                [own * other, own * (1 - other), (1 - own) * other, (1 - own) * (1 - other)]
            )
            rounds = np.linalg.solve(np.eye(4) - (1 - self._stops) * move.T, move[0])
            found[[a, b]] += self._stops * rounds @ self._pays / 10
        return found / (2 * (self.agents - 1))


# Games that are played through once.


class Drawn:
    """Scripted agents that have played some deals, from which leagues draw: the truth is these matches'."""

    def __init__(self, name: str, noises: Sequence[float] | Floats, deals: int = POPULATION) -> None:
        self.agents, self._deals = len(noises), deals
        game, rng = load_game(name), Random(1)
        players = [_scripted(game, noise, rng) for noise in noises]
        who = schedule(self.agents, deals)
        share, weight = np.zeros((len(who), 2)), np.zeros(len(who))
        for match, (first, second, deal) in enumerate(who.tolist()):
            table, pair = Table(game, game.deal(deal)), (first, second)
            while not table.over:
                table.play({seat: players[pair[seat]](table, seat) for seat in table.to_move})
            ranges = [game.payoff_range(table.state, seat) for seat in SEATS]
            share[match] = [one.share(table.earned[seat]) for seat, one in enumerate(ranges)]
            weight[match] = ranges[0].weight
        self._all = Played(who[:, 0], who[:, 1], who[:, 2], share, weight, np.zeros_like(share))

    def league(self, deals: int, seed: int) -> Played:
        """The matches of some deals, drawn with replacement."""
        drawn = np.random.default_rng(seed).integers(0, self._deals, deals)
        size = len(self._all.first) // self._deals
        rows = (drawn[:, None] * size + np.arange(size)).ravel()
        all_ = self._all
        deal = np.repeat(np.arange(deals), size)
        return Played(
            all_.first[rows], all_.second[rows], deal, all_.share[rows], all_.weight[rows], all_.luck[rows]
        )

    @property
    def scores(self) -> Floats:
        """The means of all that was played."""
        gave, counted = np.zeros(self.agents), np.zeros(self.agents)
        for who, share in (
            (self._all.first, self._all.share[:, 0]),
            (self._all.second, self._all.share[:, 1]),
        ):
            np.add.at(gave, who, share * self._all.weight)
            np.add.at(counted, who, self._all.weight)
        return gave / counted


def _scripted(game: Any, noise: float, rng: Random) -> Callable[[Table, int], int]:
    """Who wins at once where that can be done, and else plays at random; in negotiation, who divides."""

    def board(table: Table, seat: int) -> int:
        legal = table.legal(seat)
        if rng.random() >= noise:
            for action in legal:
                after = table.state.child(action)
                if after.is_terminal() and after.returns()[seat] > 0:
                    return action
        return rng.choice(legal)

    def divide(table: Table, seat: int) -> int:
        """Agrees to what is worth a share of its pool, and asks for as much; greedier with more noise."""
        legal, agree = table.legal(seat), len(game.proposals)
        _, pool, values = game.dealt(table.state, seat)
        most = sum(n * value for n, value in zip(pool, values, strict=True))
        if agree in legal and table.state.child(agree).returns()[seat] >= noise * most:
            return agree
        kept = {a: game.proposals[a] for a in legal if a < agree}
        if not kept:
            return rng.choice(legal)
        worth = {a: sum(n * value for n, value in zip(kept[a], values, strict=True)) for a in kept}
        enough = [a for a in kept if worth[a] >= noise * most]
        return min(rng.sample(enough, min(4, len(enough))), key=lambda a: worth[a])

    return divide if game.name == "negotiation" else board


GAMES = (
    "tic_tac_toe", "connect_four", "breakthrough", "nim", "kuhn_poker", "liars_dice", "blind_auction",
    "negotiation", "pig", "prisoners_dilemma",
)  # fmt: skip


def population(name: str, noises: Sequence[float] | Floats) -> Population:
    """Agents of a game, each with its noise."""
    if name == "prisoners_dilemma":
        return Dilemma(noises)
    if name in ("connect_four", "breakthrough", "negotiation"):
        return Drawn(name, noises)
    return Exact(name, noises)
