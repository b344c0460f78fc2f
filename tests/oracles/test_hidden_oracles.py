"""Oracles of the games in which something is hidden: known truths, second implementations, no hindsight."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyspiel
import pytest
from open_spiel.python import policy as open_spiel_policy
from open_spiel.python.algorithms import exploitability

import gtbench
from gtbench.errors import NoOracle
from gtbench.game.table import Table, every_deal
from gtbench.labels import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.game.base import Game
    from gtbench.game.oracle import Verdict


def walk(table: Table) -> Iterator[tuple[Table, int]]:
    """Every decision that can follow, both seats' where both are asked at once."""
    yield from ((table, seat) for seat in table.to_move)
    for actions in itertools.product(*(table.legal(seat) for seat in table.to_move)):
        if len(table.to_move) == 1:
            after = table.copy()
            after.play(dict(zip(table.to_move, actions, strict=True)))
            yield from walk(after)


def verdicts(game: Game) -> dict[Any, dict[int, set[Verdict | None]]]:
    """All grades of each move at each information set, by the engine's own account of what a seat knows."""
    oracle, found = game.oracle(), defaultdict[Any, dict[int, set[Any]]](lambda: defaultdict(set))
    for deal in every_deal(game):
        for table, seat in walk(Table(game, deal)):
            for action in table.legal(seat):
                known = (seat, game.information(table.state, seat))
                found[known][action].add(oracle.grade(table.state, seat, action))
    return found


@pytest.mark.parametrize("name", ["kuhn_poker", "blind_auction"])
def test_what_is_hidden_changes_no_grade(name: str) -> None:
    graded = verdicts(gtbench.load_game(name))
    assert len(graded) == {"kuhn_poker": 12, "blind_auction": 20}[name]
    for grades in graded.values():
        for same in grades.values():
            assert len(same) == 1


# Kuhn poker.


def test_kuhns_value_is_minus_one_eighteenth_in_every_equilibrium_of_the_family() -> None:
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    for alpha in (0, 0.1, 1 / 6, 1 / 3):
        plan = oracle.policy_of(oracle.member(alpha))
        assert oracle.payoffs(plan, plan) == pytest.approx((-1 / 18, 1 / 18))
        best = oracle.payoffs(oracle.best_response(plan), plan)
        assert sum(best) == pytest.approx(0, abs=1e-12), "nobody gains by playing otherwise"
    outside = oracle.policy_of(oracle.member(0.4))
    assert sum(oracle.payoffs(oracle.best_response(outside), outside)) > 0.01


@pytest.mark.parametrize("seed", range(3))
def test_nash_conv_of_kuhn_agrees_with_open_spiel(seed: int) -> None:
    game = gtbench.load_game("kuhn_poker")
    oracle: Any = game.oracle()
    plan = open_spiel_policy.TabularPolicy(game.engine)
    plan.action_probability_array = np.random.default_rng(seed).dirichlet([1, 1], size=12)
    played = {}
    for deal in every_deal(game):
        for table, seat in walk(Table(game, deal)):
            chances = plan.action_probabilities(table.state)
            played[oracle.information_set(table.state, seat)] = {a: float(p) for a, p in chances.items()}
    assert len(played) == 12
    ours = sum(oracle.payoffs(oracle.best_response(played), played))
    assert ours == pytest.approx(exploitability.nash_conv(game.engine, plan))


def test_kuhn_regrets_are_the_known_errors_and_no_others() -> None:
    game = gtbench.load_game("kuhn_poker")
    oracle = game.oracle()
    wrong = {}
    for deal in every_deal(game):
        for table, seat in walk(Table(game, deal)):
            first, second, *said = table.state.history()
            card = "JQK"[(first, second)[seat]]
            for action in table.legal(seat):
                verdict = oracle.grade(table.state, seat, action)
                assert verdict is not None
                assert verdict.exact
                if verdict.regret:
                    moves = " ".join(game.say(each) for each in [*said, action])
                    wrong[card, moves] = (Fraction(verdict.regret).limit_denominator(100), *verdict.labels)
    fold, call = (Label.DOMINATED, "wrong_fold"), (Label.DOMINATED, "wrong_call")
    assert wrong == {
        ("J", "bet bet"): (1, *call),
        ("J", "pass bet bet"): (1, *call),
        ("K", "bet pass"): (3, *fold),
        ("K", "pass bet pass"): (3, *fold),
        ("Q", "bet"): (Fraction(1, 6), "wrong_bluff"),
        ("Q", "pass bet"): (Fraction(3, 8), "wrong_bluff"),
        ("K", "pass pass"): (Fraction(3, 11), Label.DOMINATED),
    }


# The auction.


def test_the_auctions_equilibrium_is_one_by_brute_force_over_the_engine() -> None:
    game = gtbench.load_game("blind_auction", max_value=6)
    oracle: Any = game.oracle()
    earned: dict[tuple[int, int], float] = defaultdict(float)
    for own, rival in itertools.product(range(1, 7), repeat=2):
        for bid in range(own):
            state = game.engine.new_initial_state()
            for action in (own, rival, bid, oracle.bids[rival - 1]):
                state.apply_action(action)
            lots = state.chance_outcomes() if state.is_chance_node() else [(None, 1.0)]
            for lot, chance in lots:
                end = state if lot is None else state.child(lot)
                earned[own, bid] += chance * end.returns()[0] / 6
    for own in range(1, 7):
        state = game.engine.new_initial_state().child(own).child(1)
        assert oracle.action_values(state, 0) == pytest.approx({bid: earned[own, bid] for bid in range(own)})
        assert earned[own, oracle.bids[own - 1]] == pytest.approx(max(earned[own, b] for b in range(own)))


def test_the_papers_auction_has_these_equilibrium_bids_and_these_dominated_ones() -> None:
    oracle: Any = gtbench.load_game("blind_auction").oracle()
    assert oracle.bids == [0, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {value: oracle.dominated(value) for value in oracle.values} == {
        1: [], 2: [0], 3: [0], 4: [0], 5: [0, 4], 6: [0, 5], 7: [0, 6], 8: [0, 6, 7], 9: [0, 7, 8],
        10: [0, 7, 8, 9],
    }  # fmt: skip


def test_every_auction_has_an_oracle_and_each_size_is_checked() -> None:
    for highest in (2, 3, 10, 11, 60, 99, 100):
        oracle: Any = gtbench.load_game("blind_auction", max_value=highest).oracle()
        best = oracle.payoffs(oracle.best_response(oracle.default_policy), oracle.default_policy)
        assert best == pytest.approx(oracle.payoffs(oracle.default_policy, oracle.default_policy))


def test_bids_off_the_equilibrium_are_over_or_under_it() -> None:
    game = gtbench.load_game("blind_auction")
    oracle = game.oracle()
    state = game.engine.new_initial_state().child(8).child(3)
    labels = {bid: getattr(oracle.grade(state, 0, bid), "labels", None) for bid in range(8)}
    assert labels == {
        0: (Label.DOMINATED, "underbid"), 1: ("underbid",), 2: ("underbid",),
        3: ("underbid",), 4: (), 5: ("overbid",), 6: (Label.DOMINATED, "overbid"),
        7: (Label.DOMINATED, "overbid"),
    }  # fmt: skip


# Against an opponent's policy.


def test_against_a_folder_bluffing_pays_and_not_to_bluff_fails_to_exploit() -> None:
    game = gtbench.load_game("kuhn_poker")
    oracle: Any = game.oracle()
    folds = {"0 1": {0: 5}, "1 1": {0: 9}, "2 1": {0: 4}}  # counts: seat 1 gave way to every bet
    pooled = oracle.against(folds)
    state = game.engine.new_initial_state().child(0).child(2)  # a jack against a king that is not seen
    assert pooled.action_values(state, 0)[1] == pytest.approx(1)
    verdict = pooled.grade(state, 0, 0)
    assert verdict.regret > 1
    assert verdict.labels == ("failed_to_exploit",)
    assert pooled.grade(game.engine.new_initial_state().child(0).child(1), 0, 0) == verdict, "no hindsight"


def test_against_bidders_of_nothing_one_more_is_best() -> None:
    game = gtbench.load_game("blind_auction")
    oracle: Any = game.oracle()
    pooled = oracle.against({str(value): {0: 1} for value in range(1, 11)})
    state = game.engine.new_initial_state().child(9).child(2)
    assert pooled.grade(state, 0, 1).regret == 0
    assert pooled.grade(state, 0, 4).regret == pytest.approx(3)


def test_optimal_against_itself_earns_kuhns_value_and_has_no_regret() -> None:
    for name in ("kuhn_poker", "blind_auction"):
        game = gtbench.load_game(name)
        oracle = game.oracle()
        rewards = []
        for seed in range(100):
            match = gtbench.play(game, ["optimal", "optimal"], seed=seed)
            rewards.append(match.rewards[0])
            table = Table(game, game.deal(seed))
            for turn in match.turns:
                verdict = oracle.grade(table.state, turn.seat, turn.action or 0)
                assert verdict is not None
                assert verdict.regret == 0
                if not game.simultaneous:
                    table.play({turn.seat: turn.action or 0})
        if name == "kuhn_poker":
            assert np.mean(rewards) == pytest.approx(-1 / 18, abs=3 * np.std(rewards) / 100**0.5)


# The dilemma.

COOPERATES, DEFECTS = {0: 1.0}, {1: 1.0}
TIT_FOR_TAT = {"start": COOPERATES, "CC": COOPERATES, "CD": DEFECTS, "DC": COOPERATES, "DD": DEFECTS}
GRIM = {"start": COOPERATES, "CC": COOPERATES, "CD": DEFECTS, "DC": DEFECTS, "DD": DEFECTS}


def played(own: tuple[int, ...], other: np.ndarray, rounds: int = 400) -> float:
    """What a deterministic player earns, round by round; `other` by the opponent's own information sets."""
    pay, chances, total = [[5, 0], [10, 1]], {(None, None): 1.0}, 0.0
    place = {(None, None): 0, (0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 4}
    for number in range(rounds):
        after: dict[Any, float] = defaultdict(float)
        for (mine, theirs), chance in chances.items():
            move, defects = own[place[mine, theirs]], other[place[theirs, mine]]
            for answer, likely in ((0, 1 - defects), (1, defects)):
                total += chance * likely * pay[move][answer] * 0.875**number
                after[move, answer] += chance * likely
        chances = after
    return total


def test_tit_for_tat_is_no_equilibrium_of_the_dilemma_and_grim_is() -> None:
    oracle: Any = gtbench.load_game("prisoners_dilemma").oracle()
    assert oracle.payoffs(TIT_FOR_TAT, TIT_FOR_TAT)[0] == pytest.approx(40)
    best = oracle.best_response(TIT_FOR_TAT)
    assert oracle.payoffs(best, TIT_FOR_TAT)[0] == pytest.approx(10 / (1 - 0.875**2))  # 42.67: D, C, D, C
    assert oracle.payoffs(oracle.best_response(GRIM), GRIM)[0] == pytest.approx(40)


@pytest.mark.parametrize("seed", range(3))
def test_a_best_response_in_the_dilemma_is_the_best_of_the_32(seed: int) -> None:
    oracle: Any = gtbench.load_game("prisoners_dilemma").oracle()
    chances = np.random.default_rng(seed).uniform(size=5)
    names = ("start", "CC", "CD", "DC", "DD")
    opponent = {name: {0: 1 - p, 1: p} for name, p in zip(names, chances.tolist(), strict=True)}
    all_of_them = {own: played(own, chances) for own in itertools.product((0, 1), repeat=5)}
    best = oracle.best_response(opponent)
    assert oracle.payoffs(best, opponent)[0] == pytest.approx(max(all_of_them.values()))
    own = tuple(int(best[name].get(1, 0)) for name in names)
    assert all_of_them[own] == pytest.approx(max(all_of_them.values()))


def test_a_dilemma_without_a_model_of_the_opponent_is_not_graded_and_with_one_it_is() -> None:
    game = gtbench.load_game("prisoners_dilemma")
    oracle: Any = game.oracle()
    state = game.engine.new_initial_state()
    assert oracle.grade(state, 0, 0) is None
    assert oracle.against(GRIM).grade(state, 0, 0).regret == 0
    lost = oracle.against(GRIM).grade(state, 0, 1)
    assert lost.regret == pytest.approx(40 - (10 + 7))  # then both defect: 7 rounds more, on average, at 1
    assert lost.labels == ("provoked",)
    always = dict.fromkeys(TIT_FOR_TAT, COOPERATES)
    assert oracle.against(always).grade(state, 0, 0).labels == ("failed_to_exploit",)
    never = dict.fromkeys(TIT_FOR_TAT, DEFECTS)
    assert oracle.against(never).grade(state, 0, 0).labels == ("exploited",)
    state.apply_actions([0, 1])
    state.apply_action(0)  # and on it goes
    assert oracle.information_set(state, 0) == "CD"
    assert oracle.against(GRIM).grade(state, 1, 1).regret == 0, "after its own defection nothing is left"


def test_a_dilemma_that_may_reach_its_last_round_has_no_oracle() -> None:
    with pytest.raises(NoOracle, match="10 rounds"):
        gtbench.load_game("prisoners_dilemma", max_game_length=10).oracle()


# Liar's dice. With three faces the whole of it takes a second; the paper's is among the slow.


def nash_conv(oracle: Any) -> float:
    """By the oracle's own best responses."""
    return float(sum(oracle.payoffs(oracle.best_response(oracle.default_policy), oracle.default_policy)))


def slow_best(oracle: Any, plays: Any, states: dict[int, tuple[Any, float]], seat: int) -> float:
    """What the best response earns from an information set on, over whole histories of the engine, by hand.

    Args:
        oracle: Names the information sets.
        plays: How the other seat plays, by information set.
        states: For each hand of the other seat a state, and how likely it is there.
        seat: Whose best response.
    """
    state = next(iter(states.values()))[0]
    if state.is_terminal():
        return float(sum(chance * each.returns()[seat] for each, chance in states.values()))
    if state.current_player() == seat:
        return max(
            slow_best(oracle, plays, {h: (each.child(a), p) for h, (each, p) in states.items()}, seat)
            for a in state.legal_actions()
        )
    return sum(
        slow_best(oracle, plays, slow_answer(oracle, plays, states, action), seat)
        for action in state.legal_actions()
    )


def slow_answer(oracle: Any, plays: Any, states: dict[int, tuple[Any, float]], action: int) -> Any:
    """The states after a move of the other seat's, each less likely by the move's chance with that hand."""
    return {
        hand: (
            each.child(action),
            chance * plays[oracle.information_set(each, each.current_player())][action],
        )
        for hand, (each, chance) in states.items()
    }


def dealt_to(game: Game, hands: int, own: int, seat: int) -> dict[int, tuple[Any, float]]:
    """By what the other seat holds, the state after the deal and its chance, where each throw is one die."""
    start = game.engine.new_initial_state()
    pairs = {other: (own, other) if seat == 0 else (other, own) for other in range(hands)}
    return {other: (start.child(a).child(b), 1 / hands**2) for other, (a, b) in pairs.items()}


def slow_value(game: Game, oracle: Any, seat: int) -> float:
    """What the best response to the equilibrium earns."""
    hands = len(oracle._throws)
    deals = [dealt_to(game, hands, own, seat) for own in range(hands)]
    return sum(slow_best(oracle, oracle.default_policy, states, seat) for states in deals)


def test_small_liars_dice_is_solved_and_a_walk_over_the_engines_histories_agrees() -> None:
    game = gtbench.load_game("liars_dice", dice_sides=3)
    oracle: Any = game.oracle()
    assert nash_conv(oracle) == pytest.approx(0, abs=1e-9)
    value, _ = oracle.payoffs(oracle.default_policy, oracle.default_policy)
    assert slow_value(game, oracle, 0) == pytest.approx(value)
    assert slow_value(game, oracle, 1) == pytest.approx(-value)


def test_a_hidden_die_changes_no_grade() -> None:
    for grades in verdicts(gtbench.load_game("liars_dice", dice_sides=3)).values():
        for same in grades.values():
            assert len(same) == 1


def test_the_other_order_of_bids_and_two_dice_are_solved_and_too_many_are_refused() -> None:
    for settings in ({"bidding_rule": "reset-quantity", "dice_sides": 3}, {"numdice": 2, "dice_sides": 2}):
        assert nash_conv(gtbench.load_game("liars_dice", **settings).oracle()) == pytest.approx(0, abs=1e-9)
    with pytest.raises(NoOracle, match="information sets"):
        gtbench.load_game("liars_dice", numdice=2).oracle()


def test_off_the_equilibriums_path_a_dominated_move_is_an_error_whatever_is_believed() -> None:
    game = gtbench.load_game("liars_dice", dice_sides=3)  # bids: 1 one, 1 two, 1 three, 2 ones, 2 twos, ...
    oracle: Any = game.oracle()
    state = game.engine.new_initial_state().child(1).child(0)  # a two against a one
    for bid in (0, 1, 2, 3, 4):  # every bid but the last; "2 twos" faced with a one
        state.apply_action(bid)
    raised = oracle.grade(state, 1, 5)
    assert not raised.exact
    assert (raised.value, raised.regret, raised.best) == (
        pytest.approx(1), pytest.approx(2), (6,),
    ), "the last bid can only be challenged"  # fmt: skip
    assert raised.labels == (Label.DOMINATED, "wrong_fold", "wrong_bluff")
    assert oracle.grade(state, 1, 6).regret == 0


def test_off_the_path_a_move_is_worth_what_a_walk_over_the_engines_histories_says() -> None:
    game = gtbench.load_game("liars_dice", dice_sides=3)
    oracle: Any = game.oracle()
    plays, rng = oracle.policy_of(oracle.trembling), np.random.default_rng(0)
    off = 0
    for _ in range(60):
        own, seat = int(rng.integers(3)), int(rng.integers(2))
        states = dealt_to(game, 3, own, seat)
        for _ in range(seat + 2 * int(rng.integers(2))):
            state = states[0][0]
            bids = [a for a in state.legal_actions() if a < game.num_actions - 2]
            if not bids:
                break
            bid = int(rng.choice(bids))
            if state.current_player() == seat:
                states = {hand: (each.child(bid), chance) for hand, (each, chance) in states.items()}
            else:
                states = slow_answer(oracle, plays, states, bid)
        state = states[0][0]
        hand, said = oracle.hand(state, seat)
        if state.current_player() != seat or oracle.on_path(oracle.tree.places[said], hand):
            continue
        off += 1
        total = sum(chance for _, chance in states.values())
        for action, value in oracle.action_values(state, seat).items():
            after = {hand: (each.child(action), chance / total) for hand, (each, chance) in states.items()}
            assert value == pytest.approx(slow_best(oracle, plays, after, seat))
    assert off > 20


def test_every_decision_is_graded_and_optimal_errs_in_none() -> None:
    game = gtbench.load_game("liars_dice", dice_sides=3)
    oracle: Any = game.oracle()
    exact = {True: 0, False: 0}
    for deal in every_deal(game):
        for table, seat in walk(Table(game, deal)):
            for action, chance in oracle.policy(table.view(seat)).items():
                verdict = oracle.grade(table.state, seat, action)
                exact[verdict.exact] += 1
                if chance > 1e-6:
                    assert verdict.regret == 0
                    assert action in verdict.best
    assert min(exact.values()) > 100


def test_trembling_play_makes_every_move_now_and_then_and_is_near_optimal() -> None:
    oracle: Any = gtbench.load_game("liars_dice", dice_sides=3).oracle()
    plays = oracle.policy_of(oracle.trembling)
    assert len(plays) == 192
    assert all(min(chances.values()) >= 0.99 * 0.02 / len(chances) for chances in plays.values())
    # What trembling hands leave to gain is 0.02077; fewer rounds, or rounds that weigh less late, leave more.
    assert oracle.nash_conv(plays) < 0.020772


def by_information_state(game: Game, oracle: Any) -> dict[str, list[tuple[int, float]]]:
    """The oracle's equilibrium as OpenSpiel writes one, by a walk over the engine's own histories."""
    found, open_ = {}, [game.engine.new_initial_state()]
    while open_:
        state = open_.pop()
        if not state.is_terminal():
            if not state.is_chance_node():
                seat = state.current_player()
                chances = oracle.default_policy[oracle.information_set(state, seat)]
                found[state.information_state_string(seat)] = list(chances.items())
            open_ += [state.child(action) for action in state.legal_actions()]
    return found


@pytest.mark.parametrize(
    ("name", "value", "sets"),
    [
        ("kuhn_poker", -1 / 18, 12),
        ("liars_dice[dice_sides=3]", 1 / 9, 192),
        pytest.param("liars_dice", -7 / 258, 24_576, marks=pytest.mark.slow),
    ],
)
def test_open_spiel_finds_the_published_value_and_nothing_to_gain(name: str, value: float, sets: int) -> None:
    game = gtbench.load_game(name)
    plan = by_information_state(game, game.oracle())
    assert len(plan) == sets
    assert pyspiel.nash_conv(game.engine, plan) < 1e-9
    earned = pyspiel.expected_returns(
        game.engine.new_initial_state(), pyspiel.TabularPolicy(plan), -1, use_infostate_get_policy=True
    )
    assert earned == pytest.approx([value, -value], abs=1e-9)


def test_what_is_arbitrary_in_an_equilibrium_is_played_without_dominated_moves() -> None:
    game = gtbench.load_game("liars_dice", dice_sides=3)
    oracle: Any = game.oracle()
    at = [found for deal in every_deal(game) for found in walk(Table(game, deal))]
    uniform = {oracle.information_set(t.state, seat): dict.fromkeys(t.legal(seat), 1.0) for t, seat in at}
    oracle.equilibrium = oracle.plan(uniform)  # as arbitrary as can be
    dominated, played = 0, {}
    for table, seat in at:
        policy = oracle.policy(table.view(seat))
        played[oracle.information_set(table.state, seat)] = policy
        assert sum(policy.values()) == pytest.approx(1)
        hand, said = oracle.hand(table.state, seat)
        low, high = oracle.tree.outlook(oracle.tree.places[said], hand)
        for place, chance in enumerate(policy.values()):
            beaten = [
                (low[by] >= high[place]).all() and (low[by] > low[place]).any() for by in range(len(low))
            ]
            assert not (any(beaten) and chance)
            dominated += any(beaten)
    assert dominated > 100
    before = oracle.payoffs(oracle.best_response(uniform), uniform)
    after = oracle.payoffs(oracle.best_response(played), played)
    assert sum(after) < sum(before), "nobody wins more against it"


@pytest.mark.slow
def test_the_papers_liars_dice_is_solved() -> None:
    oracle: Any = gtbench.load_game("liars_dice").oracle()
    value, _ = oracle.payoffs(oracle.default_policy, oracle.default_policy)
    assert value == pytest.approx(-7 / 258, abs=1e-9)
    assert nash_conv(oracle) == pytest.approx(0, abs=1e-9)
    assert oracle.nash_conv(oracle.policy_of(oracle.trembling)) < 0.041
    liar = oracle.game.num_actions - 1
    counts = {"winning call": 0, "losing call": 0, "losing bid": 0}
    moving = [place for place, node in enumerate(oracle.tree.nodes) if node.actions]
    for place, hand in itertools.product(moving, range(6)):
        actions = oracle.tree.nodes[place].actions
        low, high = oracle.tree.outlook(place, hand)
        counts["winning call"] += actions[-1] == liar and low[-1].min() > 0
        counts["losing call"] += actions[-1] == liar and high[-1].max() < 0
        counts["losing bid"] += liar - 1 in actions and high[actions.index(liar - 1)].max() < 0
    assert 6 * len(moving) == 24_576
    assert counts == {"winning call": 18_176, "losing call": 94, "losing bid": 10_240}
