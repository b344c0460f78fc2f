"""The players without a model: they know what their seat may know, and play as they say."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import statistics
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import gtbench
from gtbench import names, registry
from gtbench.agent.options import HANDED_IN, options_of
from gtbench.agent.spec import load_agent
from gtbench.errors import BadOption
from gtbench.game.base import SEATS
from gtbench.game.table import Table
from gtbench_agents.dilemma import Extortion, GenerousTitForTat, MemoryOne
from gtbench_agents.mcts import LONGEST, Arm, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gtbench.game.base import Game

GAMES = gtbench.list_games()
SKINS = [f"{name}[skin={skin}]" for name in GAMES for skin in gtbench.load_game(name).skins()]
VARIANTS = [f"{name}[{variant}]" for name in GAMES for variant in gtbench.load_game(name).variants]
SETTINGS = [
    "liars_dice[numdice=3,bidding_rule=reset-quantity]",
    "blind_auction[max_value=30]",
    "nim[pile_sizes=random,opening=random]",
    "negotiation[num_items=1]",
    "prisoners_dilemma[termination_probability=0.01]",
]
CLASSICS = [
    "always_cooperate", "always_defect", "tit_for_tat", "generous_tit_for_tat", "grim", "pavlov", "extortion",
]  # fmt: skip
HIDING = ["kuhn_poker", "liars_dice", "blind_auction", "negotiation[enable_utterances=false,num_items=2]"]
SMALL_POOL = 0
"""A deal of the last of them with one item of each kind, so that a short search sees to an answer."""


def positions(game: Game, matches: int, *, plies: int = 30) -> Iterator[Table]:
    """Positions of random matches, their ends included."""
    for seed in range(matches):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        while True:
            yield table
            if table.over or len(table.plies) == plies:
                break
            table = table.copy()
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def ask(string: str, table: Table, seat: int, *seed: object) -> str:
    """The move that an agent answers with."""
    agent = load_agent(string).seat(None, *seed, game=table.game, true_state=table.state.clone)
    return asyncio.run(agent.act(table.view(seat))).reply.removeprefix("Action: ")


def after(name: str, *plies: tuple[int, ...], start: Any = None) -> Table:
    """The table after these plies, each of them one action for every seat to move."""
    game = gtbench.load_game(name)
    table = Table(game, game.deal(0), start=start)
    for actions in plies:
        table.play(dict(zip(table.to_move, actions, strict=True)))
    return table


# The states that a seat may be in.


@pytest.mark.parametrize("name", [*GAMES, *SKINS, *VARIANTS, *SETTINGS])
def test_a_state_drawn_is_one_that_the_seat_cannot_tell_from_the_true_one(name: str) -> None:
    game, rng = gtbench.load_game(name), random.Random(0)
    for table in positions(game, 15):
        for seat in SEATS:
            seen = game.seen(table.state, seat)
            drawn = game.determinise(seen, seat, rng)
            assert game.seen(drawn, seat) == seen
            assert drawn.is_terminal() == table.over
            if game.perfect:
                assert (str(drawn), drawn.history()) == (str(table.state), table.state.history())
            if seat in table.to_move:
                assert game.legal(drawn, seat) == table.legal(seat)
                assert game.information(drawn, seat) == game.information(table.state, seat)


def possible(game: Game, seen: Sequence[int | None], seat: int) -> Mapping[tuple[int, ...], float]:
    """The chance of each history that agrees with what a seat has seen, found by walking the whole tree."""
    found: dict[tuple[int, ...], float] = {}
    stack = [(game.engine.new_initial_state(), 1.0)]
    while stack:
        state, chance = stack.pop()
        history = state.history()
        if any(known not in (None, true) for known, true in zip(seen, history, strict=False)):
            continue
        if len(history) == len(seen):
            if game.seen(state, seat) == seen:
                found[tuple(history)] = chance
        elif state.is_chance_node():
            stack += [(state.child(outcome), chance * p) for outcome, p in state.chance_outcomes()]
        else:
            stack += [(state.child(action), chance) for action in state.legal_actions()]
    return {history: chance / sum(found.values()) for history, chance in found.items()}


def unlikely(counts: Mapping[Any, int], chances: Mapping[Any, float]) -> bool:
    """Whether a chi-squared test at one in ten thousand rejects that the counts have these chances."""
    assert counts.keys() <= chances.keys()
    total, freedom = sum(counts.values()), len(chances) - 1
    distance = sum((counts.get(key, 0) - total * p) ** 2 / (total * p) for key, p in chances.items())
    cube = 1 - 2 / (9 * freedom) + 3.72 * math.sqrt(2 / (9 * freedom)) if freedom else 0
    return distance > freedom * cube**3 + 1e-9  # E. Wilson and M. Hilferty, 1931


@pytest.mark.parametrize(
    ("name", "plies"),
    [
        ("kuhn_poker", []),
        ("kuhn_poker[skin=sealed_gems]", [0]),
        ("kuhn_poker", [0, 1]),
        ("liars_dice", [3]),
        ("liars_dice[numdice=2,dice_sides=4]", [3, 6]),
        ("blind_auction", []),
        ("blind_auction[max_value=12]", [0, 0]),
    ],
)
def test_what_is_hidden_is_drawn_with_its_conditional_chances(name: str, plies: list[int]) -> None:
    game, rng = gtbench.load_game(name), random.Random(1)
    for seed in range(3):
        state = Table(game, game.deal(seed)).state
        for action in plies:
            state.apply_action(action)
        while state.is_chance_node():
            state.apply_action(game.deal(seed).draw("", state.chance_outcomes()))
        for seat in SEATS:
            seen = game.seen(state, seat)
            draws = Counter(tuple(game.determinise(seen, seat, rng).history()) for _ in range(1500))
            assert not unlikely(draws, possible(game, seen, seat))


@pytest.mark.parametrize("kinds", [1, 3])
def test_the_other_players_values_are_drawn_as_the_engine_draws_them(kinds: int) -> None:
    game, rng = gtbench.load_game("negotiation", num_items=kinds), random.Random(2)
    everything = 11**kinds - 1  # but nothing is worth anything
    chances = {n: (11 ** (kinds - 1) - (n == 0)) / everything for n in range(kinds == 1, 11)}
    seen = game.seen(game.start(game.deal(1)), 0)
    drawn: Counter[int] = Counter()
    dealt: Counter[int] = Counter()
    for seed in range(2000):
        state = game.determinise(seen, 0, rng)
        start = game.start(game.deal(seed))
        for counts, values in ((drawn, game.seen(state, 1)), (dealt, game.seen(start, 1))):
            own = values[1 + kinds : 1 + 2 * kinds]
            counts[own[seed % kinds] or 0] += 1
    assert not unlikely(drawn, chances)
    assert not unlikely(dealt, chances)


def test_both_bidders_pay_by_their_own_value_in_a_state_drawn() -> None:
    game, rng = gtbench.load_game("blind_auction"), random.Random(3)
    table = Table(game, game.deal(5))
    for seat in SEATS:
        value = table.view(seat).seen[seat]
        assert value is not None
        for _ in range(50):
            state = game.determinise(table.view(seat).seen, seat, rng)
            bids = [rng.choice(game.legal(state, bidder)) for bidder in SEATS]
            for bid in bids:
                state.apply_action(bid)
            state.apply_action(state.legal_actions()[0])
            assert state.returns()[seat] in (0, value - bids[seat])
            assert state.returns()[seat] or state.returns()[1 - seat]


class Leduc(gtbench.Game):
    """A game with secrets that does not say what a seat has seen of them."""

    name = title = "leduc"
    engine_name = "leduc_poker"
    paper_class, abilities, moves, form = "-", (), ("fold", "call", "raise"), '"fold"'

    def write_rules(self, seat: int) -> str:
        return self.form

    def observe(self, state: Any, seat: int) -> str:
        return ""

    def picture(self, state: Any) -> str:
        return ""


def test_where_no_state_can_be_drawn_the_reason_is_said() -> None:
    rng = random.Random(0)
    with pytest.raises(TypeError, match=r"leduc does not say what a seat has seen: write its Game\.mask"):
        Leduc().determinise((), 0, rng)
    with pytest.raises(ValueError, match=r"no state of kuhn_poker was found in which seat 0 has seen \(7, "):
        gtbench.load_game("kuhn_poker").determinise((7, None), 0, rng)
    with pytest.raises(ValueError, match="no state of prisoners_dilemma was found"):
        gtbench.load_game("prisoners_dilemma").determinise((0, 5, 0), 0, rng)


# What an agent is handed, and where it may sit.


def test_only_the_cheat_is_handed_the_true_state() -> None:
    for name in registry.names("agents"):
        asks = "true_state" in options_of(registry.load("agents", name))
        assert asks == (name == "clairvoyant_mcts")


def test_a_cheat_must_be_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cheat, game = registry.load("agents", "clairvoyant_mcts"), gtbench.load_game("kuhn_poker")
    monkeypatch.setattr(registry, "load", lambda _kind, _name: cheat)
    assert load_agent("clairvoyant_wizard").seat(None, 1, game=game)
    with pytest.raises(BadOption, match="wizard asks for the true state: name it clairvoyant_wizard"):
        load_agent("wizard").seat(None, 1, game=game)


@pytest.mark.parametrize("handed", sorted(HANDED_IN))
def test_what_is_handed_in_is_no_option(handed: str) -> None:
    with pytest.raises(BadOption, match=f"clairvoyant_mcts has no option '{handed}'"):
        load_agent(f"clairvoyant_mcts[{handed}=1]")


@pytest.mark.parametrize(
    ("string", "line"),
    [
        ("mcts[simulations=0]", "simulations=0: input should be greater than or equal to 1"),
        ("mcts[uct=inf]", "uct=inf: input should be a finite number"),
        ("threshold[share=1.5]", "share=1.5: input should be less than or equal to 1"),
        ("extortion[chi=0.5]", "chi=0.5: input should be greater than or equal to 1"),
        ("generous_tit_for_tat[generosity=2]", "generosity=2: input should be less than or equal to 1"),
        ("greedy@openai/x", "greedy plays without a model"),
    ],
)
def test_a_wrong_option_gets_one_line(string: str, line: str) -> None:
    with pytest.raises(BadOption, match=line):
        load_agent(string)


@pytest.mark.parametrize("agent", [*CLASSICS, "threshold"])
def test_a_player_of_some_games_is_refused_in_others_before_anything_is_played(
    agent: str, tmp_path: Path
) -> None:
    plays = "prisoners_dilemma" if agent in CLASSICS else "blind_auction and negotiation"
    line = rf"^{agent} plays {plays} only, not kuhn_poker\[skin=sealed_gems\]$"
    with pytest.raises(BadOption, match=line):
        gtbench.play("kuhn_poker[skin=sealed_gems]", ["random", agent], seed=1)
    games = (plays.split(maxsplit=1)[0], "kuhn_poker[skin=sealed_gems]")
    log = tmp_path / "refused.gtbench"
    with pytest.raises(BadOption, match=line):
        gtbench.run(gtbench.Tournament(agents=("random", agent), games=games, deals=1, seed=0), log=log)
    assert not log.exists()


# All of them play.


@pytest.mark.parametrize("agent", ["greedy", "mcts[simulations=8]", "clairvoyant_mcts[simulations=8]"])
@pytest.mark.parametrize("name", [*GAMES, *SKINS, *VARIANTS, *SETTINGS])
def test_a_player_of_every_game_plays_it_without_a_fault_and_its_seeds_repeat(agent: str, name: str) -> None:
    name = name.replace("termination_probability=0.01", "termination_probability=0.2")
    matches = [gtbench.play(name, agents, seed=3) for agents in ([agent, "random"], ["random", agent])]
    assert not any(match.faults for match in matches)
    assert matches[0].content() == gtbench.play(name, [agent, "random"], seed=3).content()


@pytest.mark.parametrize("agent", [*CLASSICS, "threshold"])
def test_a_player_of_some_games_plays_them_in_every_skin(agent: str) -> None:
    for name in [*GAMES, *SKINS, *SETTINGS]:
        if names.parse(name)[0] in registry.load("agents", agent).games:
            match = gtbench.play(name, [agent, agent], seed=2)
            assert not match.faults
            assert match.content() == gtbench.play(name, [agent, agent], seed=2).content()


# Secrets.


def alike(name: str, seat: int) -> list[list[Table]]:
    """Tables in groups: those of a group differ in what is hidden from the seat alone, which is to move."""
    game, tables = gtbench.load_game(name), []
    for seed in range(60):
        deal = game.deal(seed)
        hidden = [game.twin(game.start(game.deal(SMALL_POOL)), seat, seed)] if game.sampled else [None]
        tables += [Table(game, deal, start=start) for start in hidden]
    groups: defaultdict[object, dict[str, Table]] = defaultdict(dict)
    for table in tables:
        while seat not in table.to_move:
            table.play({mover: (legal := table.legal(mover))[len(legal) // 2] for mover in table.to_move})
        groups[game.information(table.state, seat)][str(table.state)] = table
    return [list(group.values())[:3] for group in groups.values() if len(group) > 1]


def answers(agent: str, table: Table, seat: int) -> list[str]:
    """What an agent answers with one seed after another."""
    return [ask(agent, table, seat, seed) for seed in range(4)]


def tells_apart(agent: str, name: str) -> bool:
    """Whether it ever answers otherwise where only something hidden is different."""
    groups = [(seat, group) for seat in SEATS for group in alike(name, seat)[:3]]
    assert len(groups) >= 2
    return any(
        answers(agent, twin, seat) != answers(agent, group[0], seat)
        for seat, group in groups
        for twin in group[1:]
    )


@pytest.mark.parametrize("name", HIDING)
@pytest.mark.parametrize("agent", ["random", "greedy", "mcts[simulations=60]", "threshold"])
def test_the_same_information_set_gets_the_same_moves_whatever_is_hidden(agent: str, name: str) -> None:
    plain = names.parse(name)[0]
    if plain in getattr(registry.load("agents", names.parse(agent)[0]), "games", [plain]):
        assert not tells_apart(agent, name)


@pytest.mark.parametrize("name", HIDING)
def test_the_cheat_is_found_out(name: str) -> None:
    assert tells_apart("clairvoyant_mcts[simulations=60]", name)


# Strength.


@cache
def best_response(name: str) -> float:
    """What the best honest play earns against uniform random play, by the engine's whole tree, both seats."""
    game = gtbench.load_game(name)
    beginning = [(1.0, game.engine.new_initial_state())]

    def seen_by(seat: int) -> Callable[[Any], str]:
        return lambda state: str(state.information_state_string(seat))

    return statistics.mean(_best(seat, beginning, seen_by(seat)) for seat in SEATS)


def _best(seat: int, worlds: Sequence[tuple[float, Any]], known: Callable[[Any], str]) -> float:
    """The sum of the payoffs of these states, each with its weight, under the seat's best play in them."""
    total, stack = 0.0, list(worlds)
    asked: defaultdict[str, list[tuple[float, Any]]] = defaultdict(list)
    while stack:
        weight, state = stack.pop()
        if state.is_terminal():
            total += weight * state.returns()[seat]
        elif state.is_chance_node():
            stack += [(weight * p, state.child(outcome)) for outcome, p in state.chance_outcomes()]
        elif state.current_player() == seat:
            asked[known(state)].append((weight, state))
        else:
            legal = state.legal_actions()
            stack += [(weight / len(legal), state.child(action)) for action in legal]
    for group in asked.values():
        total += max(
            _best(seat, [(weight, state.child(action)) for weight, state in group], known)
            for action in group[0][1].legal_actions()
        )
    return total


def against_random(agent: str, game: str, deals: int) -> tuple[float, float]:
    """An agent's mean payoff against random play, both seats on each deal, and half its 95 % interval."""
    payoffs = []
    for seed in range(deals):
        first = gtbench.play(game, [agent, "random"], seed=seed).rewards[0]
        second = gtbench.play(game, ["random", agent], seed=seed).rewards[1]
        payoffs.append((first + second) / 2)
    return statistics.mean(payoffs), 1.96 * statistics.stdev(payoffs) / math.sqrt(deals)


@pytest.mark.parametrize(("name", "optimum"), [("kuhn_poker", 0.4583), ("liars_dice", 0.7807)])
@pytest.mark.parametrize(
    ("agent", "deals"),
    [("mcts[simulations=200]", 80), pytest.param("mcts", 600, marks=pytest.mark.slow)],
)
def test_the_honest_search_is_below_the_best_honest_play_and_reaches_most_of_it(
    agent: str, deals: int, name: str, optimum: float
) -> None:
    best = best_response(name)
    assert best == pytest.approx(optimum, abs=5e-5)
    mean, half = against_random(agent, name, deals)
    assert mean - half <= best
    assert mean - half > 0.3 * best  # random play earns 0
    assert mean > 0.6 * best


def test_the_cheat_is_above_the_best_honest_play() -> None:
    mean, half = against_random("clairvoyant_mcts[simulations=100]", "liars_dice", 60)
    assert mean - half > best_response("liars_dice")


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "breakthrough", "nim", "pig"])
def test_the_search_beats_random_play_where_nothing_is_hidden(name: str) -> None:
    mean, half = against_random("mcts[simulations=100]", name, 10)
    assert mean - half > 0.4


def test_the_search_defends_and_finds_the_move_that_wins_nim() -> None:
    block = after("tic_tac_toe", (0,), (4,), (1,))
    assert {ask("mcts[simulations=500]", block, 1, seed) for seed in range(5)} == {"c1"}
    piles = after("nim[pile_sizes=2;2;1]")
    assert {ask("mcts", piles, 0, seed) for seed in range(5)} == {"take 1 from pile c"}


def test_the_search_defects_in_the_last_round() -> None:
    """Both moves of a simultaneous node are its own player's."""
    table = after("prisoners_dilemma[max_game_length=1]")
    for seat in SEATS:
        assert {ask("mcts", table, seat, seed) for seed in range(5)} == {"defect"}


def test_a_simulation_is_never_longer_than_said() -> None:
    game = gtbench.load_game("prisoners_dilemma[termination_probability=0.0]")
    search, state = Search(game, 0, game.seen, 2.0, random.Random(0)), game.engine.new_initial_state()
    search.simulate(state)
    assert not state.is_terminal()
    assert len(state.history()) == 3 * LONGEST // 2  # half of the steps are two moves, half are chance's


# The move that pays most at once.


@pytest.mark.parametrize(
    ("name", "plies", "moves"),
    [
        ("tic_tac_toe", [(0,), (3,), (1,), (4,)], {"c1"}),  # wins
        ("tic_tac_toe[skin=number_scrabble]", [(0,), (3,), (1,), (4,)], None),
        ("nim[pile_sizes=1;2]", [(0,)], {"take 1 from pile b"}),  # to take both would lose
        ("nim[pile_sizes=1;1]", [(0,)], {"take 1 from pile b"}),  # loses, as every move does
        ("prisoners_dilemma", [], {"defect"}),
        ("prisoners_dilemma[skin=two_shops]", [], {"low"}),
    ],
)
def test_greedy_takes_what_pays_at_once(name: str, plies: list[tuple[int]], moves: set[str] | None) -> None:
    table = after(name, *plies)
    moves = moves or {table.game.say(2)}
    (seat, *_) = table.to_move
    assert {ask("greedy", table, seat, seed) for seed in range(5)} == moves


def test_greedy_is_random_where_nothing_is_decided_at_once() -> None:
    table = after("tic_tac_toe")
    assert {ask("greedy", table, 0, seed) for seed in range(100)} == set(table.view(0).legal)


def test_greedy_weighs_what_is_hidden_by_its_chances() -> None:
    game = gtbench.load_game("kuhn_poker")
    answered = {}
    for card, other in itertools.permutations(range(3), 2):
        state = game.play_out()
        state = game.engine.new_initial_state()
        for entry in (other, card, 1):  # the first player has bet
            state.apply_action(entry)
        answered[card] = ask("greedy", Table(game, game.deal(0), start=state), 1, 0)
    assert answered == {0: "pass", 1: "bet", 2: "bet"}  # a call with the queen earns 0, a fold loses 1


def test_greedy_bids_what_earns_most_against_any_bid() -> None:
    """A bid b of value 10 earns 10 - b wherever the other's bid, uniform below its value, is less."""
    game = gtbench.load_game("blind_auction")
    state = game.engine.new_initial_state()
    for value in (10, 10):
        state.apply_action(value)
    bids = {ask("greedy", Table(game, game.deal(0), start=state), 0, seed) for seed in range(10)}

    def earns(bid: int) -> float:
        return (10 - bid) * sum((min(bid, v) + 0.5 * (bid < v)) / v for v in range(1, 11)) / 10

    best = max(map(earns, range(10)))
    assert all(earns(int(bid.split()[1])) > 0.9 * best for bid in bids)


# The dilemma's classics.


def played(agent: str, others: str, *, seat: int = 0, options: str = "") -> str:
    """The agent's moves, as C and D, against these of the other player."""
    game = gtbench.load_game(f"prisoners_dilemma[termination_probability=0.0{options}]")
    table = Table(game, game.deal(0))
    player = load_agent(agent).seat(None, 1, game=game)
    moves = ""
    for other in others:
        reply = asyncio.run(player.act(table.view(seat))).reply.removeprefix("Action: ")
        own = game.moves.index(reply)
        moves += "CD"[own]
        table.play({seat: own, 1 - seat: "CD".index(other)})
    return moves


@pytest.mark.parametrize("options", ["", ",skin=two_shops", ",temptation=5,reward=3"])
@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize(
    ("agent", "others", "moves"),
    [
        ("always_cooperate", "CDDCD", "CCCCC"),
        ("always_defect", "CDDCC", "DDDDD"),
        ("tit_for_tat", "CDDCDC", "CCDDCD"),
        ("tit_for_tat", "DCCDD", "CDCCD"),
        ("grim", "CCDCCC", "CCCDDD"),
        ("grim", "CCCC", "CCCC"),
        ("pavlov", "CDDCC", "CCDCC"),  # after CC, CD, DD, CC
        ("pavlov", "CDCCD", "CCDDD"),  # after CC, CD, DC, DC
        ("generous_tit_for_tat[generosity=0]", "CDDCD", "CCDDC"),
        ("generous_tit_for_tat[generosity=1]", "CDDCD", "CCCCC"),
    ],
)
def test_a_classic_plays_as_worked_out_by_hand(
    agent: str, others: str, moves: str, seat: int, options: str
) -> None:
    assert played(agent, others, seat=seat, options=options) == moves


def with_payoffs(kind: type[MemoryOne], *tprs: int, **options: Any) -> MemoryOne:
    """A classic where the temptation, reward, punishment and sucker's payoff are these."""
    payoffs: dict[str, Any] = dict(zip(("temptation", "reward", "punishment", "sucker"), tprs, strict=True))
    game = gtbench.load_game("prisoners_dilemma", **payoffs)
    return kind(game=game, rng=random.Random(1), **options)


@pytest.mark.parametrize(
    ("payoffs", "generosity"),
    [((10, 5, 1, 0), 0), ((5, 3, 1, 0), 1 / 3), ((5, 4, 3, 0), 1 / 2), ((9, 5, 2, 1), 0), ((12, 5, 1, 0), 0)],
)
def test_generosity_is_by_the_formula_unless_said(payoffs: Sequence[int], generosity: float) -> None:
    player = with_payoffs(GenerousTitForTat, *payoffs)
    assert player.after == pytest.approx((1, generosity, 1, generosity))
    assert with_payoffs(GenerousTitForTat, *payoffs, generosity=0.2).after == (1, 0.2, 1, 0.2)


def test_generosity_is_drawn() -> None:
    moves = played("generous_tit_for_tat[generosity=0.3]", "D" * 400)
    assert 85 < moves.count("C") < 160  # 121 are expected


def test_extortion_is_that_of_press_and_dysons_example() -> None:
    assert with_payoffs(Extortion, 5, 3, 1, 0, chi=3).after == pytest.approx((11 / 13, 1 / 2, 7 / 26, 0))


@pytest.mark.parametrize("chi", [1, 1.5, 3, 50])
@pytest.mark.parametrize("payoffs", [(10, 5, 1, 0), (5, 3, 1, 0), (6, 5, 4, 0), (1000, 4, 3, 2)])
def test_extortion_takes_its_share_of_the_surplus_from_anybody(payoffs: Sequence[int], chi: float) -> None:
    t, r, p, s = payoffs
    own = np.array(with_payoffs(Extortion, *payoffs, chi=chi).after)
    assert ((own >= 0) & (own <= 1)).all()
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = rng.uniform(0.02, 0.98, 4)[[0, 2, 1, 3]]  # seen from the extorter's side
        chain = np.stack([own * other, own * (1 - other), (1 - own) * other, (1 - own) * (1 - other)], axis=1)
        equations = np.vstack([chain.T - np.eye(4), np.ones(4)])
        often = np.linalg.lstsq(equations, np.array([0, 0, 0, 0, 1]), rcond=None)[0]
        assert often @ np.array([r, s, t, p]) - p == pytest.approx(
            chi * (often @ np.array([r, t, s, p]) - p), abs=1e-7 * t
        )


# A fixed share.


@pytest.mark.parametrize(
    ("share", "bids"),
    [(0.5, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]), (0, [0] * 10), (1, list(range(10))), (0.7, None)],
)
def test_threshold_bids_a_share_of_its_value(share: float, bids: list[int] | None) -> None:
    bids = bids or [int(7 * value / 10) for value in range(1, 11)]
    for skin, word in (("", "bid"), ("ferry_licence", "offer")):
        game = gtbench.load_game("blind_auction", skin=skin)
        for value, seat in itertools.product(range(1, 11), SEATS):
            state = game.engine.new_initial_state()
            for seats in SEATS:
                state.apply_action(value if seats == seat else 3)
            table = Table(game, game.deal(0), start=state)
            assert ask(f"threshold[share={share}]", table, seat, 0) == f"{word} {bids[value - 1]}"


HAUL = "4\n1 2 3\n4 3 0\n2 1 2\n0"
"""Four turns; a book, two hats, three balls; worth 4, 3, 0 each to seat 0, and 2, 1, 2 to seat 1."""


def bargained(*shares: float, options: str = "enable_utterances=false") -> list[str]:
    """What two of them say to each other."""
    game = gtbench.load_game(f"negotiation[{options}]")
    table = Table(game, game.deal(0), start=game.engine.deserialize_state(HAUL))
    said = []
    while not table.over:
        (seat,) = table.to_move
        said.append(ask(f"threshold[share={shares[seat]}]", table, seat, 0))
        table.play({seat: game.moves.index(said[-1])})
    return said


def test_threshold_bargains_for_a_share_of_the_pool() -> None:
    assert bargained(0.5, 0.5) == ["keep 1 book, 1 hat, 0 balls", "agree"]  # 7 of 10; and 1 + 6 of 10
    assert bargained(0.5, 0.8) == [
        "keep 1 book, 1 hat, 0 balls",
        "keep 1 book, 0 hats, 3 balls",  # 8 of 10, and leaves the first 6 of 10
        "agree",
    ]
    assert bargained(1, 1) == [
        "keep 1 book, 2 hats, 0 balls",
        "keep 1 book, 2 hats, 3 balls",
        "keep 1 book, 2 hats, 0 balls",
        "agree",  # the last turn: 6 is more than nothing
    ]
    assert bargained(0, 1)[:2] == ["keep 0 books, 0 hats, 0 balls", "agree"]


def test_threshold_sends_a_message_where_it_is_asked_for_and_speaks_every_skin() -> None:
    assert bargained(0.5, 0.5, options="") == ["keep 1 book, 1 hat, 0 balls", "say a a a", "agree"]
    assert bargained(0.5, 0.5, options="skin=salvage") == [
        "take 1 rope, 1 lamp, 0 sails",
        "signal a a a",
        "deal",
    ]


def test_threshold_takes_nothing_on_the_last_turn_only_where_it_is_offered_nothing() -> None:
    game = gtbench.load_game("negotiation[enable_utterances=false]")
    everything = game.moves.index("keep 1 book, 2 hats, 3 balls")
    start = game.engine.deserialize_state(HAUL)
    table = after("negotiation[enable_utterances=false]", *[(everything,)] * 3, start=start)
    assert ask("threshold", table, 1, 0) == "keep 0 books, 0 hats, 3 balls"


def arms_of(paid: Mapping[int, tuple[int, float]]) -> dict[int, Arm]:
    """Moves that were tried so often, with what they have paid in all."""
    arms = {action: Arm() for action in paid}
    for action, arm in arms.items():
        arm.tried, arm.paid = paid[action]
        arm.available = sum(tried for tried, _ in paid.values())
    return arms


def test_the_search_plays_the_move_that_it_has_tried_most() -> None:
    """Not the one with the highest mean, nor the one that has paid most in all."""
    game = gtbench.load_game("tic_tac_toe")
    search, state = Search(game, 0, game.seen, 2.0, random.Random(0)), game.engine.new_initial_state()
    search._tree[0, game.seen(state, 0)] = arms_of({0: (5, 5.0), 1: (9, 4.0), 2: (9, 3.0), 3: (9, 3.5)})
    assert search.most_tried(state, range(9)) == 1
    assert search.most_tried(state, (0, 2, 3)) == 3


@pytest.mark.parametrize("unit", [0.001, 1, 1000])
def test_how_much_the_search_explores_depends_on_no_unit_of_payoffs(unit: float) -> None:
    game = gtbench.load_game("tic_tac_toe")
    search = Search(game, 0, game.seen, 2.0, random.Random(0))
    search._remember([], (-unit, unit))
    search._remember([], (unit, -unit))
    often = arms_of({0: (50, 30 * unit), 1: (2, -unit)})
    assert search._chosen(0, often, (0, 1)) == 1, "it was hardly tried"
    known = arms_of({0: (500, 450 * unit), 1: (100, -90 * unit)})
    assert search._chosen(0, known, (0, 1)) == 0, "it pays far more"


@pytest.mark.parametrize("name", ["breakthrough", "connect_four", "pig", "prisoners_dilemma"])
def test_a_simulation_is_played_to_the_end(name: str) -> None:
    game = gtbench.load_game(name)
    search = Search(game, 0, game.seen, 2.0, random.Random(0))
    steps = []
    for _ in range(10):
        state = game.engine.new_initial_state()
        search.simulate(state)
        assert state.is_terminal()
        steps.append(len(state.history()))
    assert max(steps) > 20
