"""What the draw of moves gave: by hand, its mean, what variance it saves, and intervals that know of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

import gtbench
from gtbench.errors import BadOption
from gtbench.game.oracle import PolicyOracle
from gtbench_leaderboards.data.moves import Option, moves, of_log
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.moves import Moves
from gtbench_leaderboards.estimate.ratio import Ratios, estimate, ratios
from gtbench_leaderboards.ratings.head_to_head import head_to_head
from gtbench_leaderboards.ratings.standings import standings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def coins(agents: int, deals: int, seed: int) -> tuple[Floats, Moves, list[tuple[int, int]]]:
    """A game of two draws: each player has a biased coin of its own, and wins as it shows a head more.

    Returns what the first of each pair got of the second, by pair and deal, in a match a deal.
    """
    rng, pairs = np.random.default_rng(seed), list(itertools.combinations(range(agents), 2))
    heads = rng.random((len(pairs), deals, 2)) < np.array(pairs)[:, None] / agents
    match = np.arange(len(pairs) * deals)
    agent = np.repeat(np.array(pairs), deals, axis=0)
    decision = np.arange(2 * len(match))
    worth = np.array([[(0.0, 0.0), (0.5, -0.5)], [(0.0, 0.0), (-0.5, 0.5)]])  # by seat and face
    found = Moves(
        match=np.repeat(match, 2), deal=np.repeat(np.tile(np.arange(deals), len(pairs)), 2),
        policy=agent.ravel(), move=2 * agent.ravel() + heads.ravel(), other=np.repeat(decision, 2),
        option=(2 * agent.ravel()[:, None] + [0, 1]).ravel(),
        worth=worth[np.tile([0, 1], len(match))].reshape(-1, 2),
    )  # fmt: skip
    return (heads[..., 0].astype(float) - heads[..., 1]) / 2, found, pairs


def corrected(got: Floats, drawn: Moves) -> Ratios:
    """The mean of each pair less what the draws gave, as ratios whose pulls know of it."""
    pairs, deals = got.shape
    given = drawn.given(pairs * deals)[:, 0].reshape(pairs, deals)
    plain = ratios(got - given, np.ones_like(got))
    target = np.repeat(np.repeat(np.arange(pairs), deals)[:, None], 2, axis=1)
    weight = np.zeros_like(target, dtype=float)
    weight[:, 0] = 1.0
    pull = plain.pull + drawn.influence(target, weight, deals) / deals
    return Ratios(plain.value, pull, plain.deals, plain.effective)


def test_what_a_draw_gave_is_its_worth_less_the_mean_over_the_agents_draws() -> None:
    got, drawn, pairs = coins(3, 4, 1)
    often = {agent: np.mean([move % 2 for move in drawn.move[drawn.policy == agent]]) for agent in range(3)}
    given = drawn.given(len(pairs) * 4).reshape(len(pairs), 4, 2)
    for place, (first, second) in enumerate(pairs):
        expected = (often[first] - often[second]) / 2
        assert got[place] - given[place, :, 0] == pytest.approx(np.full(4, expected))
        assert given[place, :, 0] == pytest.approx(-given[place, :, 1])


def test_the_mean_stays_and_the_variance_falls_as_visits_are_shared() -> None:
    """With k agents a pair has 1 / (k - 1) of the visits of each of its two."""
    plain, less = [], []
    for seed in range(300):
        got, drawn, _ = coins(6, 10, seed)
        plain.append(got.mean(axis=1))
        less.append(corrected(got, drawn).value)
    truth = np.array([(first - second) / 12 for first, second in itertools.combinations(range(6), 2)])
    error = np.std(less, axis=0) / np.sqrt(300)
    assert (np.abs(np.mean(less, axis=0) - truth) < 4 * np.maximum(error, 1e-3)).all()
    assert np.var(plain, axis=0).sum() / np.var(less, axis=0).sum() == pytest.approx(5, rel=0.15)


def test_intervals_know_that_all_matches_count_in_the_correction() -> None:
    """Those that do not are far too narrow."""
    hits, blind, tables = 0, 0, 200
    for seed in range(tables):
        got, drawn, pairs = coins(5, 20, seed)
        found = corrected(got, drawn)
        pair = pairs.index((2, 3))
        naive = ratios(got - drawn.given(got.size)[:, 0].reshape(got.shape), np.ones_like(got))
        told = estimate([found], pair, low=-1.0)
        assert told.low is not None
        assert told.high is not None
        hits += told.low <= -0.1 <= told.high
        blind += float(naive.variance[pair]) < float(found.variance[pair]) / 4
    assert 0.91 <= hits / tables <= 0.985
    assert blind == tables


def test_leaving_out_a_deal_by_hand_moves_the_estimate_as_the_pulls_say() -> None:
    got, drawn, pairs = coins(4, 30, 3)
    found = corrected(got, drawn)
    pair = 2
    for deal in (0, 7, 29):
        kept = drawn.deal != deal
        often = [np.mean(drawn.move[kept & (drawn.policy == agent)] % 2) for agent in range(4)]
        first, second = pairs[pair]
        without = (often[first] - often[second]) / 2
        assert found.value[pair] - without == pytest.approx(found.pull[pair, deal], abs=0.002)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> gtbench.RunLog:
    folder: Path = tmp_path_factory.mktemp("moves")
    cup = gtbench.Tournament(
        agents=("optimal", "random", "greedy"), games=("kuhn_poker", "blind_auction", "tic_tac_toe"),
        deals=4, seed=1,
    )  # fmt: skip
    return gtbench.run(cup, log=folder / "log")


def test_what_a_log_says_of_moves_is_what_the_oracle_says(log: gtbench.RunLog) -> None:
    options = of_log(log)
    assert set(options) == {"kuhn_poker", "blind_auction"}
    oracle = gtbench.load_game("kuhn_poker").oracle()
    assert isinstance(oracle, PolicyOracle)
    decided = log.decisions("match", "game", "action")
    assert max(one.decision for one in options["kuhn_poker"]) + 1 == (decided["game"] == "kuhn_poker").sum()
    assert sum(one.made for one in options["kuhn_poker"]) == (decided["game"] == "kuhn_poker").sum()
    for one in options["kuhn_poker"]:
        assert sum(one.worth) == pytest.approx(1.0)
    (last,) = [one for one in options["kuhn_poker"] if one.made][-1:]
    match = log.match(last.match)
    assert last.worth[0] == pytest.approx((2 + match.rewards[0]) / 4)  # the end of a match is known


def test_reports_take_moves_from_scores_where_they_are_asked_to(log: gtbench.RunLog) -> None:
    results, options = with_ranges(log), of_log(log)
    plain = {(row.game, row.agent): row for row in standings(results)}
    less = {(row.game, row.agent): row for row in standings(results, options)}
    for (game, agent), row in less.items():
        assert row.score == plain[game, agent].score
        changed = row.adjusted != plain[game, agent].adjusted
        assert changed == (game != "tic_tac_toe")
    pairs = [head_to_head(results, given) for given in (None, options)]
    for before, after in zip(*pairs, strict=True):
        assert before.direct == after.direct
        assert (before.adjusted != after.adjusted) == (after.game != "tic_tac_toe")
    assert log.report("head_to_head", adjusted=True)["adjusted"].notna().any()
    with pytest.raises(BadOption, match="leave one of them out"):
        log.report("standings", by="method", adjusted=True)


def test_decisions_of_matches_that_do_not_count_are_left_out(log: gtbench.RunLog) -> None:
    (game, *_) = by_game(with_ranges(log).query("game == 'kuhn_poker'"))
    strange = Option(0, 10**6, "nobody", 1, 0, True, (0.5, 0.5))
    assert moves([strange], game) is None
    assert moves([], game) is None
