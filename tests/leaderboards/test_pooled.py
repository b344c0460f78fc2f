"""Regret against opponents as they were seen to play: hand-computed truths, brute force, no hindsight."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typer.testing import CliRunner

import gtbench
from gtbench.cli import app
from gtbench.game.table import Table, every_deal
from gtbench_leaderboards.play.pool import PARTS, Move, Pool, PoolGrader, Seen, combine
from gtbench_leaderboards.play.pooled import pooled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gtbench.game.oracle import Policy
    from gtbench.records import Match
    from gtbench_leaderboards.play.pool import Against, PoolGrade, Where

PASS, BET = 0, 1
JACK, QUEEN, KING = range(3)
ALTERNATES = """
def alternates(view):
    return "Action: cooperate" if view.history and "You: defect" in view.history[-1] else "Action: defect"
"""

Key = tuple[str, int]
"""An information set and a move."""


def played(game: str, pairs: list[tuple[str, str]], deals: int) -> list[Match]:
    """Each pair on each deal, in turn in either seat."""
    numbers = itertools.count(1)
    return [
        gtbench.play(game, list(pair if deal % 2 else pair[::-1]), seed=deal).model_copy(
            update={"number": next(numbers), "deal": deal}
        )
        for deal in range(deals)
        for pair in pairs
    ]


def by_move(agent: str, against: Against, matches: list[Match]) -> Mapping[Key, list[PoolGrade]]:
    """An agent's grades by information set and move."""
    game = gtbench.load_game(matches[0].game)
    oracle: Any = game.oracle()
    found: dict[Key, list[PoolGrade]] = defaultdict(list)
    for match in matches:
        table = Table(game, game.deal(match.seed))
        turns = list(enumerate(match.turns))
        while turns:
            asked = [turns.pop(0) for _ in table.to_move]
            for place, turn in asked:
                if match.agents[turn.seat] == agent and (match.number, place) in against.decisions:
                    assert turn.action is not None
                    key = oracle.information_set(table.state, turn.seat), turn.action
                    found[key].append(against.decisions[match.number, place])
            table.play({turn.seat: turn.action for _, turn in asked if turn.action is not None})
    return found


# Kuhn poker: an information set is the own card, then what was said.


def brute(name: str, action: int, pool: Policy) -> float:
    """What a move is worth, by each of the 64 pure ways to play on and each card that the other may hold."""
    game = gtbench.load_game("kuhn_poker")
    oracle: Any = game.oracle()
    card, *said = map(int, name.split())
    seat = len(said) % 2
    own = [f"{each}{words}" for each in range(3) for words in ((" 0", " 1") if seat else ("", " 0 1"))]

    def play(state: Any, plan: Mapping[str, int]) -> float:
        if state.is_terminal():
            return float(state.returns()[seat])
        if state.current_player() == seat:
            return play(state.child(plan[oracle.information_set(state, seat)]), plan)
        chances = pool[oracle.information_set(state, 1 - seat)]
        return sum(chances[a] / sum(chances.values()) * play(state.child(a), plan) for a in chances)

    starts = []
    for other in {0, 1, 2} - {card}:
        cards, chance = ((other, card) if seat else (card, other)), 1.0
        state = game.engine.new_initial_state().child(cards[0]).child(cards[1])
        for move in said:
            if state.current_player() != seat:
                chances = pool[oracle.information_set(state, 1 - seat)]
                chance *= chances[move] / sum(chances.values())
            state = state.child(move)
        starts.append((chance, state))
    plans = (dict(zip(own, moves, strict=True)) for moves in itertools.product((PASS, BET), repeat=6))
    return max(
        sum(chance * play(state, plan) for chance, state in starts) / sum(chance for chance, _ in starts)
        for plan in plans
        if plan[name] == action
    )


@pytest.mark.parametrize(("move", "won"), [(BET, 1 / 3), (PASS, 1)])
def test_the_best_response_to_one_move_only_wins_what_the_64_ways_to_play_win_at_most(
    move: int, won: float
) -> None:
    """Against bets and calls a jack loses 1, a queen is even, a king wins 2; against folds a bet wins 1."""
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    pool = always(move)
    best = [
        np.mean([max(brute(f"{card}{said}", action, pool) for action in (PASS, BET)) for card in range(3)])
        for said in ("", f" {move}")
    ]
    assert best == pytest.approx([won, won])
    assert oracle.payoffs(oracle.best_response(pool), pool) == pytest.approx(best)


def test_regrets_are_those_of_the_64_ways_to_play_against_what_was_seen_on_the_other_deals() -> None:
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    grader = simulated(noisy(0.5, 0), noisy(1, 1), 30, seed=4)
    assert grader.pool.responses
    known: dict[tuple[int, Move], float] = {}
    decisions = grader.decisions()
    for own in grader.own:
        if (key := (own.deal % 3, own.move)) not in known:
            model = {name: {a: p / 2 for a, p in c.items()} for name, c in oracle.default_policy.items()}
            for other in grader.pool.seen:
                if other.deal % 3 != own.deal % 3:
                    model[other.move.information_set][other.move.action] += 1
            values = [brute(own.move.information_set, action, model) for action in (PASS, BET)]
            known[key] = max(values) - values[own.move.action]
        assert decisions[own.match, own.place].regret == pytest.approx(known[key])
    assert len(known) > 30


def moves_of(grader: PoolGrader) -> Mapping[Key, list[PoolGrade]]:
    found: dict[Key, list[PoolGrade]] = defaultdict(list)
    decisions = grader.decisions()
    for one in grader.own:
        found[one.move].append(decisions[one.match, one.place])
    return found


def always(action: int) -> Policy:
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    return {name: {action: 1.0} for name in oracle.default_policy}


def simulated(own: Policy, pool: Policy, deals: int, seed: int) -> PoolGrader:
    """Moves of two ways to play Kuhn poker, in both seats of each deal."""
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    rng = np.random.default_rng(seed)
    where: Where = {}
    seen: tuple[list[Seen], list[Seen]] = [], []
    for deal, seat in itertools.product(range(deals), range(2)):
        state = oracle.game.engine.new_initial_state()
        for each in np.random.default_rng([seed, deal]).permutation(3)[:2].tolist():
            state.apply_action(each)
        while not state.is_terminal():
            mover = state.current_player()
            name = oracle.information_set(state, mover)
            where.setdefault(name, (state.clone(), mover))
            chances = (own if mover == seat else pool)[name]
            action = int(rng.choice(list(chances), p=list(chances.values())))
            place = len(state.history())
            seen[mover != seat].append(Seen(2 * deal + seat, place, deal, Move(name, action)))
            state.apply_action(action)
    return PoolGrader(Pool(oracle, where, seen[1]), seen[0])


def expected(own: Policy, pool: Policy) -> float:
    """The exact mean regret of a decision: what the best response earns more a match, by its decisions."""
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    gain = sum(oracle.payoffs(oracle.best_response(pool), pool)) - sum(oracle.payoffs(own, pool))

    def asked(state: Any, seat: int) -> float:
        """How often the seat is asked from here on."""
        if state.is_terminal():
            return 0.0
        mover = state.current_player()
        chances = (own if mover == seat else pool)[oracle.information_set(state, mover)]
        further = sum(p * asked(state.child(a), seat) for a, p in chances.items() if p)
        return float(mover == seat) + further

    deals = [
        oracle.game.engine.new_initial_state().child(one).child(other)
        for one, other in itertools.permutations(range(3), 2)
    ]
    return float(gain / np.mean([sum(asked(state, seat) for seat in (0, 1)) for state in deals]))


def noisy(mix: float, seed: int) -> Policy:
    oracle: Any = gtbench.load_game("kuhn_poker").oracle()
    rng = np.random.default_rng(seed)
    return {
        name: {
            a: (1 - mix) * p + mix * float(q)
            for (a, p), q in zip(chances.items(), rng.dirichlet([1, 1]), strict=True)
        }
        for name, chances in oracle.default_policy.items()
    }


def test_against_one_that_always_calls_an_equilibrium_folds_queens_and_bluffs_too_often() -> None:
    """A queen's call is then worth 0 and its fold -1; a jack that bets loses 2, and one that folds 1."""
    found = moves_of(simulated(noisy(0, 0), always(BET), 600, seed=1))
    wrong = {("0", BET), ("1 1", PASS), ("1 0 1", PASS)}
    assert found.keys() > wrong
    for key, all_ in found.items():
        for grade in all_:
            assert grade.regret == pytest.approx(float(key in wrong), abs=0.1), key
            assert grade.labels == (("failed_to_exploit",) if key in wrong else ()), key


def test_against_one_that_always_folds_a_pass_gives_away_what_the_bet_would_win() -> None:
    """A bet wins 1 with every card; checked down a jack loses 1, a queen comes out even, a king wins 1."""
    found = moves_of(simulated(noisy(1, 5), always(PASS), 600, seed=1))
    for card, lost in ((0, 2), (1, 1), (2, 0)):
        for said in ("", " 0"):
            assert found[f"{card}{said}", PASS]
            for grade in found[f"{card}{said}", PASS]:
                assert grade.regret == pytest.approx(lost, abs=0.1)
                assert grade.labels == (("failed_to_exploit",) if lost else ())
    best = combine([simulated(always(BET), always(PASS), 600, seed=1)])
    assert (best.lower, best.plug_in, best.low) == pytest.approx((0, 0, 0), abs=0.03), "it is a best response"


def test_an_equilibrium_gives_away_what_a_pool_lets_one_win_and_nothing_to_another_equilibrium() -> None:
    equal, weak = noisy(0, 0), always(PASS)
    assert expected(equal, equal) == pytest.approx(0, abs=1e-12)
    assert expected(equal, weak) > 0.5
    found = combine([simulated(equal, weak, 300, seed=1)])
    sound = combine([simulated(equal, equal, 300, seed=1)])
    assert found.low is not None
    assert found.plug_in is not None
    assert 0.3 < found.low <= expected(equal, weak)
    assert found.plug_in == pytest.approx(expected(equal, weak), rel=0.2)
    assert sound.low == 0
    labels = Counter(label for grade in sound.decisions.values() for label in grade.labels)
    assert labels.total() <= 0.03 * len(sound.decisions)


@pytest.mark.slow
@pytest.mark.parametrize(("of_own", "of_pool", "least"), [(0.5, 0.5, 18), (0, 1, 14)])
def test_the_interval_holds_the_truth(of_own: float, of_pool: float, least: int) -> None:
    """Less often where an equilibrium player never tries what would show a weakness."""
    inside = 0
    for seed in range(20):
        own, pool = noisy(of_own, 2 * seed), noisy(of_pool, 2 * seed + 1)
        found = combine([simulated(own, pool, 100, seed)])
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= expected(own, pool) <= found.high
    assert inside >= least


# The dilemma: information sets are the own last move and the opponent's. With 7/8 to go on, D C D C ...
# against tit-for-tat is worth 10 / (1 - 49/64) = 42.67 where it will cooperate, 7/8 of that where it will
# defect.

WELL = 10 / (1 - 0.875**2)


def test_in_the_dilemma_each_opponent_is_answered_by_what_it_was_seen_to_do(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(ALTERNATES, encoding="utf-8")
    alternates = f"{tmp_path / 'ours.py'}:alternates"
    others = ("random", "always_defect", "always_cooperate", alternates)
    pairs = [*(("tit_for_tat", other) for other in others), ("always_cooperate", "always_defect")]
    matches = played("prisoners_dilemma", pairs, deals=20)
    against = pooled({"prisoners_dilemma": matches})

    best = against[alternates, "prisoners_dilemma"]
    assert (best.lower, best.plug_in) == (0, 0), "the best response to tit-for-tat"

    kept = WELL - (5 + 0.875 * WELL)  # to cooperate once where a defection is not punished yet: 1/3
    punished = 0.875 * WELL - (1 + 0.875 * 0.875 * WELL)  # to defect once more where it is: 11/3
    assert (kept, punished) == pytest.approx((1 / 3, 11 / 3))
    random = by_move("random", against["random", "prisoners_dilemma"], matches)
    for own, other, lost, label in (
        ("C", 0, kept, "failed_to_exploit"), ("D", 1, punished, "provoked")
    ):  # fmt: skip
        for grade in random[f"{own}C", other] + random[f"{own}D", other]:
            assert grade.regret == pytest.approx(lost, abs=0.4)
            assert grade.labels in ((label,), ()) if label == "failed_to_exploit" else ((label,),)
        assert not any(grade.regret for grade in random[f"{own}C", 1 - other] + random[f"{own}D", 1 - other])

    kind = against["always_cooperate", "prisoners_dilemma"]
    hard = {match.number for match in matches if set(match.agents) == {"always_cooperate", "always_defect"}}
    for (number, _), grade in kind.decisions.items():
        if number in hard:
            assert (grade.regret, grade.low, grade.high) == pytest.approx((1, 1, 1)), "0 instead of 1"
            assert grade.labels == ("exploited",)
        else:
            assert set(grade.labels) <= {"failed_to_exploit"}
    cruel = against["always_defect", "prisoners_dilemma"]
    assert not any(grade.regret for (n, _), grade in cruel.decisions.items() if n in hard)


# No hindsight.


def test_neither_end_sees_what_was_seen_on_its_decisions_own_part_of_the_deals() -> None:
    grader = simulated(noisy(0.5, 0), noisy(1, 1), 9, seed=4)  # so few that nothing is drawn again
    pool = grader.pool
    for part in range(PARTS):
        seen = [
            replace(one, move=one.move._replace(action=1 - one.move.action))
            if one.deal % PARTS == part
            else one
            for one in pool.seen
        ]
        turned = PoolGrader(Pool(pool.oracle, pool.where, seen), grader.own)
        assert np.array_equal(turned.losses[:, :, part], grader.losses[:, :, part], equal_nan=True)
        for other in {*range(PARTS)} - {part}:
            for end in (0, 1):
                assert not np.allclose(turned.losses[0, end, other], grader.losses[0, end, other])


@pytest.mark.parametrize("name", ["kuhn_poker", "blind_auction"])
def test_what_the_opponent_holds_changes_no_grade_of_the_match(name: str) -> None:
    game = gtbench.load_game(name)
    matches = played(name, [("optimal", "random")], deals=15)
    before = pooled({name: matches})["optimal", name].decisions

    def held(seed: int) -> tuple[int, int]:
        return tuple(Table(game, game.deal(seed)).state.history()[:2])

    changed = 0
    for place, match in enumerate(matches):
        seat = match.agents.index("optimal")
        own, other = held(match.seed)[seat], held(match.seed)[1 - seat]
        bid = max((turn.action or 0) for turn in match.turns) if game.simultaneous else -1
        seeds = (
            s
            for s in range(500)
            if held(s)[seat] == own and held(s)[1 - seat] not in range(bid + 1) and held(s)[1 - seat] != other
        )
        if (seed := next(seeds, None)) is None:
            continue
        swapped = [*matches[:place], match.model_copy(update={"seed": seed}), *matches[place + 1 :]]
        after = pooled({name: swapped})["optimal", name].decisions
        turns = [(number, turn) for number, turn in before if number == match.number]
        assert turns
        assert [after[turn] for turn in turns] == [before[turn] for turn in turns]
        changed += after != before
        if changed == 2:
            return
    pytest.fail("what it held counts for other deals")


@pytest.mark.parametrize("name", ["kuhn_poker", "blind_auction", "prisoners_dilemma"])
def test_a_response_paid_by_another_opponent_earns_what_it_earns_in_whole_matches(name: str) -> None:
    """The value of its best first moves, by information set, and a second computation of whole matches."""
    game = gtbench.load_game(name)
    oracle: Any = game.oracle()
    rng = np.random.default_rng(3)
    one, other = (
        {
            name: dict(zip(chances, rng.dirichlet(np.ones(len(chances))).tolist(), strict=True))
            for name, chances in oracle.default_policy.items()
        }
        for _ in range(2)
    )
    by, response = oracle.best_response(one), oracle.against(one)
    paid = response.paid_by(other)
    starts = []
    for deal in every_deal(game) if name != "prisoners_dilemma" else (game.deal(0),):
        state = Table(game, deal).state
        best = max(by[oracle.information_set(state, 0)].items(), key=lambda item: item[1])[0]
        starts.append(paid.action_values(state, 0)[best])
    assert np.mean(starts) == pytest.approx(oracle.payoffs(by, other)[0])
    assert oracle.payoffs(by, other)[0] <= oracle.payoffs(oracle.best_response(other), other)[0]


# In a log.


def test_a_profile_shows_it_apart_and_examples_are_found(tmp_path: Path) -> None:
    cup = gtbench.Tournament(
        agents=("always_defect", "tit_for_tat"), games=("prisoners_dilemma",), deals=12, seed=0
    )
    path = tmp_path / "cup.gtbench"
    log = gtbench.run(cup, log=path)
    rows = log.profile().set_index(["agent", "game"])
    hard: Any = rows.loc["always_defect", "prisoners_dilemma"]
    assert hard["pool_decisions"] == hard["decisions"]
    assert hard["pool_low"] <= hard["pool_regret"] <= hard["pool_high"]
    assert log.profile("seat")["pool_decisions"].isna().all()
    one_by_one = log.report("pooled")
    assert one_by_one[one_by_one["agent"] == "always_defect"]["regret"].mean() == pytest.approx(
        hard["pool_regret"]
    )
    runner = CliRunner()
    shown = runner.invoke(app, ["profile", str(path)]).output
    assert "tit_for_tat against the pool of its opponents" in shown
    found = runner.invoke(app, ["errors", str(path), "--label", "exploited", "--show", "1"]).output
    assert "regret 1, 95 % 1..1" in found
    assert "best against them: defect" in found
    assert "0 decisions" in runner.invoke(app, ["errors", str(path), "--label", "missed_win"]).output


def test_too_few_deals_grade_nothing_or_have_no_interval() -> None:
    matches = played("kuhn_poker", [("optimal", "random")], deals=6)
    assert not pooled({"kuhn_poker": matches[:2]})["optimal", "kuhn_poker"].decisions
    few = pooled({"kuhn_poker": matches})["optimal", "kuhn_poker"]
    assert few.plug_in is not None
    assert few.low is None
    assert {grade.labels for grade in few.decisions.values()} == {()}
