"""Perft through words: the tree walked by saying and hearing moves is the engine's, and it keeps secrets.

Each count is held against a published number or a formula, or else against a walk of OpenSpiel's own states
that knows nothing of tables and words. In the lockstep matches such a state is given nothing but the spoken
words, translated here into the engine's notation.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pyspiel
import pytest
from open_spiel.python.games import iterated_prisoners_dilemma  # noqa: F401  (registers the game)

import gtbench
from gtbench.check import check_game
from gtbench.game.base import SEATS
from gtbench.game.table import Table, every_deal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from gtbench.game.base import Game
    from gtbench.game.deal import Deal

GAMES = gtbench.list_games()

ENGINES = {
    "tic_tac_toe": "tic_tac_toe",
    "connect_four": "connect_four",
    "breakthrough": "breakthrough(rows=8,columns=3)",
    "nim": "nim(pile_sizes=1;3;5;7)",
    "kuhn_poker": "kuhn_poker",
    "liars_dice": "liars_dice",
    "blind_auction": "first_sealed_auction",
    "negotiation": "negotiation",
    "pig": "pig(winscore=20)",
    "prisoners_dilemma": "python_iterated_prisoners_dilemma",
}
"""Each game as the paper plays it, in OpenSpiel's own words."""

FACES = ("one", "two", "three", "four", "five", "six")

SECRECY = "No byte of a view, and no right answer to a question, depends on what the seat may not know"
RECALL = "Two different pasts never look the same to a seat"
WHOLE = "every position on every deal"


def _dice(_seat: int, word: str) -> str:
    if word == "liar":
        return "Liar"
    number, face = word.split()
    return f"{number}-{1 + FACES.index(face.removesuffix('es' if 'x' in face else 's'))}"


def _nim(_seat: int, word: str) -> str:
    _, number, _, _, pile = word.split()
    return f"pile:{'abcd'.index(pile) + 1}, take:{number};"


def _negotiation(_seat: int, word: str) -> str:
    if word == "agree":
        return "Proposal: Agreement reached!"
    kind, *said = word.split()
    if kind == "keep":  # 1 book, 0 hats, 2 balls
        return f"Proposal: [{', '.join(said[::2])}]"
    return f", Utterance: [{', '.join(str('abcde'.index(symbol)) for symbol in said)}]"


NOTATION: Mapping[str, Callable[[int, str], str]] = {
    "tic_tac_toe": lambda seat, word: f"{'xo'[seat]}({int(word[1]) - 1},{'abc'.index(word[0])})",
    "connect_four": lambda seat, word: f"{'xo'[seat]}{int(word) - 1}",
    "breakthrough": lambda _, word: word,
    "nim": _nim,
    "kuhn_poker": lambda _, word: word.title(),
    "liars_dice": _dice,
    "blind_auction": lambda seat, word: f"Player {seat} bid: {word.removeprefix('bid ')}",
    "negotiation": _negotiation,
    "pig": lambda _, word: word,
    "prisoners_dilemma": lambda _, word: word.upper(),
}
"""How the engine writes a seat's move that is said in words."""


@dataclass
class Raw:
    """OpenSpiel's own state, and the deal's luck by the event names that each game promises."""

    game: str
    deal: Deal
    state: Any
    events: int = 0
    turns: int = 0  # in pig: how many are over, and the rolls in this one
    rolls: int = 0

    @classmethod
    def begin(cls, game: Game, deal: Deal) -> Raw:
        """The start of a match; where the engine draws it by itself, the drawn one."""
        start = game.start(deal) if game.sampled else _engine(game.name).new_initial_state()
        raw = cls(game.name, deal, start)
        raw.settle()
        return raw

    def after(self, actions: tuple[int, ...]) -> Raw:
        """What follows on these actions, seat 0's first where both seats act."""
        following = replace(self, state=self.state.clone())
        if following.state.is_simultaneous_node():
            following.state.apply_actions(list(actions))
        else:
            for action in actions:
                following.state.apply_action(action)
        if self.game == "pig" and actions == (1,):  # stop
            following.turns, following.rolls = self.turns + 1, 0
        following.settle()
        return following

    def settle(self) -> None:
        """Let chance act."""
        while self.state.is_chance_node():
            name = str(self.events)
            if self.game == "pig":
                name = f"seat {self.turns % 2} turn {self.turns // 2} roll {self.rolls}"
            outcome = self.deal.draw(name, self.state.chance_outcomes())
            self.state.apply_action(outcome)
            self.events += 1
            self.turns, self.rolls = (self.turns, self.rolls + 1) if outcome else (self.turns + 1, 0)

    def choices(self) -> list[tuple[int, ...]]:
        """What can be done now: an action, or one for each seat where both are to act at once."""
        if self.state.is_terminal():
            return []
        if self.state.is_simultaneous_node():
            return list(itertools.product(*(self.state.legal_actions(seat) for seat in SEATS)))
        if self.game == "blind_auction":
            return [
                (bid, answer)
                for bid in self.state.legal_actions()
                for answer in self.state.child(bid).legal_actions()
            ]
        return [(action,) for action in self.state.legal_actions()]

    def told(self, said: Mapping[int, str], offered: Mapping[int, tuple[str, ...]]) -> Raw:
        """What follows on these words; in the engine's notation the words on offer are its legal moves."""
        actions: list[int] = []
        write = NOTATION[self.game]
        for seat, word in said.items():
            state = self.state
            if self.game == "blind_auction":
                for action in actions:
                    state = state.child(action)
            named = {state.action_to_string(seat, a).rstrip("*"): a for a in state.legal_actions(seat)}
            assert {write(seat, move) for move in offered[seat]} == named.keys()
            actions.append(named[write(seat, word)])
        return self.after(tuple(actions))


@cache
def _engine(game: str) -> Any:
    return pyspiel.load_game(ENGINES[game])


def after(table: Table, words: tuple[str, ...]) -> Table:
    """The table after these words, one for each seat to move."""
    heard = {
        seat: table.game.hear(table.state, seat, word)
        for seat, word in zip(table.to_move, words, strict=True)
    }
    assert all(type(action) is int for action in heard.values()), heard
    following = table.copy()
    following.play(heard)  # type: ignore[arg-type]
    return following


def choices(table: Table) -> list[tuple[str, ...]]:
    """The words that can be said now, one for each seat to move."""
    say = table.game.say
    words = [[say(action) for action in table.legal(seat)] for seat in table.to_move]
    return list(itertools.product(*words)) if words else []


def walk(game: Game, deal: Deal, depth: int) -> Iterator[tuple[int, Table]]:
    """Every table within some plies, each once a path, reached by words alone; its ply comes first."""
    stack = [(0, Table(game, deal))]
    while stack:
        ply, table = stack.pop()
        yield ply, table
        if ply < depth:
            stack += [(ply + 1, after(table, words)) for words in choices(table)]


def raw_walk(game: Game, deal: Deal, depth: int) -> Iterator[tuple[int, Raw]]:
    """The same from the engine, without tables and words."""
    stack = [(0, Raw.begin(game, deal))]
    while stack:
        ply, raw = stack.pop()
        yield ply, raw
        if ply < depth:
            stack += [(ply + 1, raw.after(actions)) for actions in raw.choices()]


def distinct(game: Game, deal: Deal, depth: int) -> Iterator[tuple[int, Table]]:
    """A table for each different position of each ply, reached by words alone; its ply comes first."""
    seen: set[tuple[int, str]] = set()
    stack = [(0, Table(game, deal))]
    while stack:
        ply, table = stack.pop()
        if (ply, str(table.state)) not in seen:
            seen.add((ply, str(table.state)))
            yield ply, table
            if ply < depth:
                stack += [(ply + 1, after(table, words)) for words in choices(table)]


def by_ply(plies: Iterable[int]) -> list[int]:
    """How often each ply is among these, from ply 0 on."""
    counts = Counter(plies)
    return [counts[ply] for ply in range(max(counts) + 1)]


# Counts that others have published, or that follow from the rules.


@pytest.mark.slow
def test_the_whole_of_tic_tac_toe_through_words() -> None:
    game = gtbench.load_game("tic_tac_toe")
    nodes: Counter[int] = Counter()
    ends: Counter[tuple[int, float]] = Counter()
    for ply, table in walk(game, game.deal(0), depth=9):
        nodes[ply] += 1
        if table.over:
            assert sum(table.earned) == 0
            ends[ply, table.earned[0]] += 1
    # 9! / (9 - ply)! up to ply 5; from then on each ply has the last one's nodes less its ends, below, times
    # the squares left
    assert by_ply(nodes.elements()) == [1, 9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872]
    # published by H. Bottomley in 2001 under "How many Tic-Tac-Toe (noughts and crosses) games are possible?"
    assert ends == {
        (5, 1.0): 1440,
        (6, -1.0): 5328,
        (7, 1.0): 47952,
        (8, -1.0): 72576,
        (9, 1.0): 81792,
        (9, 0.0): 46080,
    }
    assert sum(ends.values()) == 255168


def test_the_positions_of_tic_tac_toe_through_words() -> None:
    game = gtbench.load_game("tic_tac_toe")
    positions = by_ply(ply for ply, _ in distinct(game, game.deal(0), depth=9))
    # 9! / (x! o! e!) boards a ply up to the fifth, then fewer, since the match may be over: 5,478 in all,
    # which is the number that solvers of the game report
    assert positions == [1, 9, 72, 252, 756, 1260, 1520, 1140, 390, 78]
    assert sum(positions) == 5478


@pytest.mark.parametrize("depth", [5, pytest.param(7, marks=pytest.mark.slow)])
def test_the_positions_of_connect_four_through_words(depth: int) -> None:
    game = gtbench.load_game("connect_four")
    positions = by_ply(ply for ply, _ in distinct(game, game.deal(0), depth=depth))
    # J. Tromp's counts for 7 columns of 6: https://oeis.org/A212693
    assert positions == [1, 7, 49, 238, 1120, 4263, 16422, 54859][: depth + 1]


def test_the_positions_of_nim_through_words() -> None:
    game = gtbench.load_game("nim")
    seen: set[tuple[str, int]] = set()
    stack = [Table(game, game.deal(0))]
    while stack:
        table = stack.pop()
        piles = str(table.state).split(": ")[1]
        assert table.over == (piles == "0 0 0 0")
        if (piles, len(table.plies) % 2) not in seen:
            seen.add((piles, len(table.plies) % 2))
            stack += [after(table, words) for words in choices(table)]
    # (1 + 1) (3 + 1) (5 + 1) (7 + 1) vectors of piles
    assert len({piles for piles, _ in seen}) == 384
    # either seat may be to move, but for the 2 ** 4 vectors where no pile has lost more than one object
    assert len(seen) == 2 * 384 - 16

    engines: set[tuple[str, int]] = set()
    states = [_engine("nim").new_initial_state()]
    while states:
        state = states.pop()
        key = str(state).split(": ")[1], state.move_number() % 2
        if key not in engines:
            engines.add(key)
            states += [state.child(action) for action in state.legal_actions()]
    assert seen == engines


def test_the_whole_of_kuhn_poker_through_words() -> None:
    game = gtbench.load_game("kuhn_poker")
    deals = every_deal(game)
    tables = [table for deal in deals for _, table in walk(game, deal, depth=3)]
    # 3 * 2 deals, and 5 ways to end: pp, bp, bb, pbp, pbb (H. W. Kuhn, 1950)
    assert len(deals) == 6
    ends = {tuple(table.state.history()): table.earned for table in tables if table.over}
    assert len([table for table in tables if table.over]) == len(ends) == 30
    assert len(tables) == 54
    raws = [
        raw.state for deal in deals for _, raw in raw_walk(game, deal, depth=3) if raw.state.is_terminal()
    ]
    assert ends == {tuple(state.history()): tuple(state.returns()) for state in raws}
    assert (
        len({(table.to_move, table.view(table.to_move[0]).text) for table in tables if table.to_move}) == 12
    )


def test_every_history_of_the_auction_through_words() -> None:
    game = gtbench.load_game("blind_auction")
    lots: dict[tuple[int, ...], Deal] = {}
    for seed in itertools.count():
        deal = game.deal(seed)
        first, second = Table(game, deal).state.history()
        tie = after(Table(game, deal), ("bid 0", "bid 0"))
        lots.setdefault((first, second, tie.state.history()[-1]), deal)
        if len(lots) == 200:  # 10 * 10 pairs of values and both outcomes of the lot
            break
    tables = [table for deal in lots.values() for ply, table in walk(game, deal, depth=1) if ply]
    ends = {tuple(table.state.history()): table.earned for table in tables}
    # (1 + 2 + ... + 10) ** 2 pairs of bids, each walked with both lots
    assert len(tables) == 2 * 55**2 == 2 * 3025
    # the ties among them, min(v, w) for values v and w, summed: 1**2 + 2**2 + ... + 10**2 = 385
    assert len(ends) == 3025 + 385

    paid: dict[tuple[int, ...], tuple[float, ...]] = {}
    stack = [_engine("blind_auction").new_initial_state()]
    while stack:
        state = stack.pop()
        if state.is_terminal():
            paid[tuple(state.history())] = tuple(state.returns())
        stack += [state.child(action) for action in ([] if state.is_terminal() else state.legal_actions())]
    assert ends == paid


@pytest.mark.slow
def test_every_history_of_liars_dice_through_words() -> None:
    game = gtbench.load_game("liars_dice")
    bids, liar = range(12), 12
    rising = [said for number in range(13) for said in itertools.combinations(bids, number)]
    expected = {*rising, *((*said, liar) for said in rising if said)}
    assert len(expected) == 2**12 + 2**12 - 1
    throws = set()
    sets: set[Hashable] = set()
    histories = 1 + 6  # before the first throw, and between the two
    for deal in every_deal(game):
        tails: list[tuple[int, ...]] = []
        for _, table in walk(game, deal, depth=13):
            first, second, *said = table.state.history()
            tails.append(tuple(said))
            if table.to_move:
                sets.add((table.to_move, (first, second)[table.to_move[0]], tails[-1]))
        assert len(tails) == len(expected)
        assert set(tails) == expected
        throws.add((first, second))
        histories += len(tails)
    assert throws == set(itertools.product(range(6), repeat=2))
    # 36 throws with 8,191 histories each, and 6 * 4,096 information sets
    assert histories == 294883
    assert len(sets) == 24576


# Counts and payoffs against the engine's own tree, to a stated depth on a stated deal.


@pytest.mark.parametrize(
    ("name", "seed", "plies"),
    [
        ("tic_tac_toe", 0, [1, 9, 72, 504, 3024, 15120]),  # 9 * 8 * 7 * 6 * 5
        ("connect_four", 0, [1, 7, 49, 343, 2401, 16807]),  # no column is full and nobody has won: 7 ** ply
        ("breakthrough", 0, [1, 7, 49, 392, 3136, 28181]),  # counted by the engine; 140 captures at ply 5
        ("nim", 0, [1, 16, 206, 2116, 17338]),  # 1 + 3 + 5 + 7 first moves; counted by the engine
        ("negotiation", 0, [1, 12, 12 * 125, 12 * 125 * (12 + 1)]),  # the pool 1 1 2 has 2 * 2 * 3 divisions
        ("prisoners_dilemma", 38, [1, 4, 16, 64, 256, 1024, 4096, 0]),  # stops after 6 rounds: the whole tree
    ],
)
def test_the_tree_is_the_engines(name: str, seed: int, plies: list[int]) -> None:
    game = gtbench.load_game(name)
    deal, depth = game.deal(seed), len(plies) - 1
    spoken = Counter(
        (ply, str(table.state), table.over, table.earned) for ply, table in walk(game, deal, depth)
    )
    engines = Counter(
        (ply, str(raw.state), raw.state.is_terminal(), tuple(raw.state.returns()))
        for ply, raw in raw_walk(game, deal, depth)
    )
    assert spoken == engines
    counted = Counter(ply for ply, *_ in spoken.elements())
    assert [counted[ply] for ply in range(depth + 1)] == plies


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_of_pig_is_the_engines_on_the_same_luck(seed: int) -> None:
    game = gtbench.load_game("pig")
    spoken = Counter(
        (ply, str(t.state), tuple(t.state.history())) for ply, t in walk(game, game.deal(seed), 10)
    )
    engines = Counter(
        (ply, str(raw.state), tuple(raw.state.history())) for ply, raw in raw_walk(game, game.deal(seed), 10)
    )
    assert spoken == engines
    assert max(ply for ply, *_ in spoken) == 10


@pytest.mark.parametrize("matches", [60, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", GAMES)
def test_matches_in_lockstep_with_an_engine_that_gets_only_the_words(name: str, matches: int) -> None:
    game, rng = gtbench.load_game(name), random.Random(name)
    for seed in range(matches):
        table, raw = Table(game, game.deal(seed)), Raw.begin(game, game.deal(seed))
        while table.to_move:
            assert table.state.history() == raw.state.history()
            offered = {seat: table.view(seat).legal for seat in table.to_move}
            said = {seat: rng.choice(words) for seat, words in offered.items()}
            table, raw = after(table, tuple(said.values())), raw.told(said, offered)
        assert raw.state.is_terminal()
        assert (str(table.state), table.state.history()) == (str(raw.state), raw.state.history())
        assert table.earned == tuple(raw.state.returns())


# Nobody sees what it must not, and nobody forgets.


@pytest.mark.parametrize(
    ("name", "positions", "sets"),
    [
        ("kuhn_poker", 54, 12),  # H. W. Kuhn, 1950
        ("blind_auction", 100 + 3025, 20),  # a set for each seat and value
        pytest.param("liars_dice", 36 * 8191, 24576, marks=pytest.mark.slow),  # 6 * 2 ** 12 information sets
    ],
)
def test_secrecy_and_recall_at_every_position(name: str, positions: int, sets: int) -> None:
    evidence = {finding.name: finding.evidence for finding in check_game(name, positions=positions)}
    number, _, sample = evidence[SECRECY].partition(" comparisons, ")
    assert int(number) > 0
    assert sample == WHOLE
    assert evidence[RECALL] == f"{sets} views, {WHOLE}"
    assert f"{positions} positions, {WHOLE}" in evidence.values()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "secrecy"), [("negotiation", "comparisons"), ("prisoners_dilemma", "hidden")]
)
def test_secrecy_and_recall_at_ten_thousand_positions(name: str, secrecy: str) -> None:
    evidence = {finding.name: finding.evidence for finding in check_game(name, positions=10_000)}
    assert secrecy in evidence[SECRECY]
    assert int(evidence[RECALL].split()[0]) > 5_000
    assert "10000 positions, random matches" in evidence.values()


@pytest.mark.parametrize(
    "name", ["kuhn_poker", "blind_auction", pytest.param("liars_dice", marks=pytest.mark.slow)]
)
def test_a_view_is_a_function_of_own_luck_and_public_moves_and_tells_them_all(name: str) -> None:
    """The check's proof again without the engine's information states, and at the ends of matches too.

    There the payoffs are public, and so are the bids of the auction; the other's card, die or value is not.
    """
    game = gtbench.load_game(name)
    read: dict[Hashable, str] = {}
    for deal in every_deal(game):
        for _, table in walk(game, deal, depth=13):
            dealt, played = table.state.history()[:2], str(table.plies)
            for seat in SEATS:
                text = table.view(seat).text
                known = (seat, dealt[seat], played, table.earned if table.over else None)
                assert read.setdefault(known, text) == text
    asked = {known for known in read if known[3] is None}  # type: ignore[index]
    assert len({(known[0], read[known]) for known in asked}) == len(asked)  # type: ignore[index]


def test_the_end_of_a_negotiation_tells_no_value_of_the_other_but_the_payoff() -> None:
    game, rng = gtbench.load_game("negotiation"), random.Random(0)
    compared = 0
    for seed in range(200):
        table = Table(game, game.deal(seed))
        while table.to_move:
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})
        for seat in SEATS:
            twin = Table(game, table.deal, start=game.twin(game.start(table.deal), seat, 10_000 + seed))
            for actions in table.plies:
                twin.play(actions)
            assert twin.view(1 - seat).text != table.view(1 - seat).text or twin.earned == table.earned
            one, two = (text.view(seat).text.rpartition("\n")[0] for text in (table, twin))
            assert one == two
            compared += str(table.state) != str(twin.state)
    assert compared > 390
