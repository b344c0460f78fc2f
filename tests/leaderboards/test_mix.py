"""Mixtures against known optima and OpenSpiel; cycles and fragility against leagues that are known."""

from __future__ import annotations

import itertools
import math
import sys
import types
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made import match

from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.records import PayoffRange
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ratio import estimate
from gtbench_leaderboards.ratings.fragility import first_by_score, fragile
from gtbench_leaderboards.ratings.head_to_head import head_to_head
from gtbench_leaderboards.ratings.mix import Mixed, _margins, _rows, sure_cycles
from gtbench_leaderboards.ratings.mixtures import alpha_rank, maximal_lottery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]

ROCK = np.array([[0.0, 1.0, -1.0], [-1.0, 0.0, 1.0], [1.0, -1.0, 0.0]])
SPAN = PayoffRange(low=0, high=1)


def drawn(agents: int, seed: int = 0) -> Floats:
    half = np.random.default_rng(seed).uniform(-0.3, 0.3, (agents, agents))
    return half - half.T


def cloned(margins: Floats, agent: int) -> Floats:
    """The same with a second agent of a kind, at the end."""
    order = [*range(len(margins)), agent]
    return margins[np.ix_(order, order)]


@pytest.mark.parametrize("agents", [2, 3, 6, 20])
@pytest.mark.parametrize("seed", range(3))
def test_nobody_beats_the_maximal_lottery(agents: int, seed: int) -> None:
    margins = drawn(agents, seed)
    mixture = maximal_lottery(margins)
    assert mixture.sum() == pytest.approx(1)
    assert mixture.min() >= 0
    assert (margins @ mixture).max() < 1e-6


def test_the_lottery_of_rock_paper_scissors_is_even_and_of_equals_as_wide_as_can_be() -> None:
    assert maximal_lottery(ROCK) == pytest.approx([1 / 3] * 3)
    assert maximal_lottery(np.zeros((4, 4))) == pytest.approx([1 / 4] * 4, abs=1e-6)
    skewed = ROCK * np.array([[0, 3, 2], [3, 0, 1], [2, 1, 0]])  # each in proportion to the others' margin
    assert maximal_lottery(skewed) == pytest.approx([1 / 6, 2 / 6, 3 / 6])


def test_whom_nobody_beats_is_the_lottery_and_in_the_end_the_population() -> None:
    margins = drawn(5)
    margins[2], margins[:, 2] = 0.3, -0.3
    margins[2, 2] = 0
    assert maximal_lottery(margins) == pytest.approx([0, 0, 1, 0, 0])
    assert alpha_rank(margins, alpha=1000)[2] == pytest.approx(1)


@pytest.mark.parametrize("agent", range(4))
def test_a_clone_moves_nobody_elses_margin_and_shares_its_own_place(agent: int) -> None:
    margins = drawn(4, 3)
    before, after = maximal_lottery(margins), maximal_lottery(cloned(margins, agent))
    others = [place for place in range(4) if place != agent]
    assert after[others] == pytest.approx(before[others], abs=1e-5)
    assert after[agent] + after[4] == pytest.approx(before[agent], abs=1e-5)
    assert (cloned(margins, agent) @ after)[:4] == pytest.approx(margins @ before, abs=1e-6)


@pytest.mark.parametrize("agents", [2, 3, 12])
def test_alpha_rank_is_openspiels(agents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSpiel's draws, and so needs matplotlib, which is left out; what it computes is its own."""
    drawing = "open_spiel.python.egt.alpharank_visualizer"
    monkeypatch.setitem(sys.modules, drawing, types.ModuleType(drawing))
    from open_spiel.python.egt import alpharank

    margins = drawn(agents, agents)
    theirs = alpharank.compute([margins / 2], m=50, alpha=10.0)[2]
    assert alpha_rank(margins) == pytest.approx(theirs, abs=1e-9)


def test_one_agent_is_all_there_is_and_equals_share_the_population() -> None:
    assert alpha_rank(np.zeros((1, 1))) == pytest.approx([1])
    assert alpha_rank(np.zeros((3, 3))) == pytest.approx([1 / 3] * 3)


# Leagues.


def league(
    share: Callable[[int, int, int], float], agents: int = 3, deals: int = 30, games: Sequence[str] = ("g",)
) -> pd.DataFrame:
    """Every two agents in both seatings on each deal; what the first of two by place has of it."""
    rows, number = [], 0
    for game, deal in itertools.product(games, range(deals)):
        for pair in itertools.combinations(range(agents), 2):
            for seats in (pair, pair[::-1]):
                number += 1
                got = share(*pair, deal)
                rewards = (got, 1 - got) if seats == pair else (1 - got, got)
                names = ("abcdefgh"[seats[0]], "abcdefgh"[seats[1]])
                made = match(number, deal, (), rewards, game=game, agents=names)
                rows += columns_of(
                    made.model_copy(update={"ranges": (SPAN, SPAN), "pair": f"{(number + 1) // 2:016x}"})
                )
    return pd.DataFrame(rows, columns=[column.name for column in RESULTS]).assign(luck=math.nan)


def games_of(table: pd.DataFrame) -> list[Results]:
    return list(by_game(table))


def noisy(margins: Floats, noise: float = 0.2, seed: int = 1) -> Callable[[int, int, int], float]:
    rng = np.random.default_rng(seed)
    return lambda i, j, _: float(np.clip(0.5 + margins[i, j] / 2 + rng.uniform(-noise, noise), 0, 1))


def mixed(table: pd.DataFrame, agents: int = 3) -> dict[str, Mixed]:
    found = [_margins(game, range(agents)) for game in games_of(table)]
    return {row.agent: row for row in _rows(found, "abcdefgh"[:agents])}


def test_margins_are_those_of_head_to_head() -> None:
    table = league(noisy(drawn(4, 2)), 4, games=("g", "h"))
    for game in games_of(table):
        matrix = _margins(game, range(4)).matrix
        for row in head_to_head(table):
            if row.game == game.game:
                i, j = "abcd".index(row.agent), "abcd".index(row.other)
                assert matrix[i, j] == pytest.approx(row.direct)
                assert matrix[j, i] == pytest.approx(-(row.direct or 0))


def test_the_margin_of_an_agent_is_what_it_scores_more_than_the_lottery() -> None:
    table = league(noisy(0.4 * ROCK), 3, 60, games=("g", "h"))
    found = mixed(table)
    matrix = np.mean([_margins(game, range(3)).matrix for game in games_of(table)], axis=0)
    np.fill_diagonal(matrix, 0.0)
    shares = np.array([found[agent].lottery for agent in "abc"])
    assert [found[agent].margin for agent in "abc"] == pytest.approx(list(matrix @ shares))
    assert shares == pytest.approx(maximal_lottery(matrix))
    assert [found[agent].alpha_rank for agent in "abc"] == pytest.approx(list(alpha_rank(matrix)))


def test_its_interval_is_that_of_head_to_head_where_one_agent_is_the_lottery() -> None:
    table = league(noisy(np.array([[0, 0.3, 0.4], [-0.3, 0, 0], [-0.4, 0, 0]])))
    found, rows = mixed(table), {(row.agent, row.other): row for row in head_to_head(table)}
    assert found["a"].margin_why == "it is the lottery"
    direct = rows["a", "b"]
    assert direct.direct_low is not None
    assert direct.direct_high is not None
    told = (found["b"].margin_low, found["b"].margin, found["b"].margin_high)
    assert told == pytest.approx((-direct.direct_high, -(direct.direct or 0), -direct.direct_low))


def test_a_game_in_which_two_have_not_met_does_not_count_for_them() -> None:
    table = league(noisy(0.3 * ROCK), games=("g", "h"))
    apart = (table["game"] == "h") & table["agent"].isin(["a", "b"]) & table["opponent"].isin(["a", "b"])
    found = mixed(table[~apart])
    games = games_of(table[~apart])
    pair = _margins(games[0], range(3)).matrix[0, 1]
    both = [_margins(game, range(3)) for game in games]
    assert np.isnan(both[1].matrix[0, 1])
    third = np.mean([one.matrix[0, 2] for one in both])
    assert found["a"].margin == pytest.approx(pair * found["b"].lottery + third * found["c"].lottery)
    told = [one.against(np.tile(np.array([0.0, 0.0, 1.0]), (3, 1))) for one in both]
    assert estimate(told, 0, low=-1.0).value == pytest.approx(third)


def test_a_cycle_is_told_where_it_is_sure() -> None:
    sure = [_margins(game, range(3)) for game in games_of(league(noisy(0.4 * ROCK)))]
    assert sure_cycles(sure) == [(0, 1, 2)]
    other = [_margins(game, range(3)) for game in games_of(league(noisy(-0.4 * ROCK)))]
    assert sure_cycles(other) == [(0, 2, 1)]


def test_noise_and_an_order_make_no_cycle() -> None:
    ordered = np.array([[0, 0.3, 0.3], [-0.3, 0, 0.3], [-0.3, -0.3, 0]])
    assert sure_cycles([_margins(game, range(3)) for game in games_of(league(noisy(ordered)))]) == []
    told = 0
    for seed in range(20):
        table = league(noisy(np.zeros((3, 3)), 0.4, seed), deals=12)
        told += bool(sure_cycles([_margins(game, range(3)) for game in games_of(table)]))
    assert told == 0


def test_as_few_pairs_as_an_exhaustive_search_leaves_out_change_who_is_first() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        won = rng.integers(0, 2, 8)
        won[:5], won[5] = 1, 0
        table = league(lambda _i, _j, deal, won=won: float(won[deal]), 2, 8)  # type: ignore[misc]
        found = fragile(games_of(table), 0, 1)
        fewest = next(n for n in range(9) if sum(won) - n < (8 - n) / 2)
        assert found is not None
        assert (found.left_out, found.of) == (fewest, 8)


def test_what_is_left_out_really_changes_the_order() -> None:
    table = league(noisy(np.array([[0, 0.1, 0.1], [-0.1, 0, 0.05], [-0.1, -0.05, 0]]), 0.4), games=("g", "h"))
    found = fragile(games_of(table), 0, 1)
    assert found is not None
    assert 0 < found.left_out < found.of == 2 * 30 * 3
    text = first_by_score(games_of(table), range(3))
    assert text.startswith("First by score is a; without ")
    assert f"{found.left_out} of {found.of} pairs of matches ({found.left_out / found.of:.1%})" in text


def test_who_wins_all_is_first_whatever_is_left_out() -> None:
    assert fragile(games_of(league(lambda *_: 1.0, 2, 5)), 0, 1) is None
    assert first_by_score(games_of(league(lambda *_: 1.0, 2, 5)), range(2)).startswith(
        "a is first by score, w"
    )
