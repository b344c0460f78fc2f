"""What a factor changes, and how far play survives other words: against effects that are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made import match
from scipy import stats

from gtbench.errors import BadOption
from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.log.create import create_log
from gtbench.records import PayoffRange
from gtbench.schedule import Tournament
from gtbench_leaderboards.data.factors import level
from gtbench_leaderboards.data.skins import DISGUISED, ORIGINAL, by_skin
from gtbench_leaderboards.ratings.contrasts import Contrast, contrasts, over_models, report
from gtbench_leaderboards.ratings.robustness import Robustness, robustness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gtbench.log.columns import Row

ANCHOR = "random"
SPAN = PayoffRange(low=0, high=1)


def league(scores: Mapping[str, Mapping[str, float]], deals: int = 30, noise: float = 0.1) -> pd.DataFrame:
    """Agents that each play against one that they all meet, and get these scores by game in the mean.

    A deal's luck is the same for all, and the same in each game; so is its own noise, but by agent.
    """
    rng = np.random.default_rng(1)
    luck = rng.uniform(-noise, noise, deals)
    rows: list[Row] = []
    for agent, games in scores.items():
        own = rng.uniform(-noise, noise, (len(games), deals))
        for place, (game, score) in enumerate(games.items()):
            for deal in range(deals):
                got = score + luck[deal] - luck.mean() + own[place, deal] - own[place].mean()
                made = match(len(rows) // 2 + 1, deal, (), (got, 1 - got), game=game, agents=(agent, ANCHOR))
                rows += columns_of(made.model_copy(update={"ranges": (SPAN, SPAN)}))
    return pd.DataFrame(rows, columns=[column.name for column in RESULTS]).assign(luck=math.nan)


def levels(agents: Sequence[str], factor: str) -> dict[str, tuple[str, str]]:
    found = {agent: level(agent, factor, {}) for agent in agents}
    return {agent: told for agent, told in found.items() if told}


def row(rows: Sequence[Contrast], first: str, second: str, game: str = "g") -> Contrast:
    (found,) = [one for one in rows if (one.first, one.second, one.game) == (first, second, game)]
    return found


METHODS = {
    "cot@x/a": {"g": 0.7, "h": 0.5},
    "prompt@x/a": {"g": 0.5, "h": 0.45},
    "cot@x/b": {"g": 0.4, "h": 0.35},
    "prompt@x/b": {"g": 0.3, "h": 0.4},
    "cot@x/c": {"g": 0.6, "h": 0.6},
    "prompt@x/c": {"g": 0.6, "h": 0.5},
    "cot@x/alone": {"g": 0.99, "h": 0.99},
}


def test_a_methods_difference_is_the_mean_over_models_that_were_asked_both_ways() -> None:
    rows = contrasts(league(METHODS), levels([*METHODS], "method"), "method")
    in_g, in_h, both = (row(rows, "cot", "prompt", game) for game in ("g", "h", "overall"))
    assert in_g.difference == pytest.approx((0.2 + 0.1 + 0) / 3)
    assert in_h.difference == pytest.approx((0.05 - 0.05 + 0.1) / 3)
    assert both.difference == pytest.approx(np.mean([0.1, 0.1 / 3]))
    assert (in_g.groups, in_g.better) == (3, 2)
    assert (both.groups, both.better) == (3, 3)


def test_its_interval_over_models_is_students_over_the_models_means() -> None:
    found = row(
        contrasts(league(METHODS), levels([*METHODS], "method"), "method"), "cot", "prompt", "overall"
    )
    gaps = [0.125, 0.025, 0.05]
    told = stats.t.interval(0.95, 2, np.mean(gaps), stats.sem(gaps))
    assert (found.models_low, found.models_high) == pytest.approx(told)
    assert over_models([0.1, 0.2]).why == "too few"
    assert over_models([0.1, 0.2]).low is None


def test_its_interval_by_deal_is_paired_and_shrinks_with_deals() -> None:
    """The luck of a deal is in both levels, and drops out."""
    few, many = (
        row(contrasts(league(METHODS, deals), levels([*METHODS], "method"), "method"), "cot", "prompt")
        for deals in (20, 180)
    )
    widths = [(one.difference_high or 0) - (one.difference_low or 0) for one in (few, many)]
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.25)
    sd = 0.1 / math.sqrt(3) * math.sqrt(2 / 3)  # of the mean of three differences of two uniform noises
    assert widths[1] == pytest.approx(2 * 1.97 * sd / math.sqrt(180), rel=0.15)


def test_the_interval_by_deal_holds_an_effect_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    who = ("cot@x/a", "prompt@x/a")
    table, held = league({agent: {"g": 0.5} for agent in who}, 12), 0
    mine = [(table["agent"] == agent).to_numpy() for agent in who]
    for _ in range(120):
        shift = rng.uniform(-0.2, 0.2, (3, 12))  # of a deal for both, and of a deal for each
        for own, effect in ((0, 0.05), (1, 0.0)):
            table.loc[mine[own], "reward"] = 0.5 + shift[2] + shift[own] + effect
        found = row(contrasts(table, levels(who, "method"), "method"), "cot", "prompt")
        held += (found.difference_low or 0) <= 0.05 <= (found.difference_high or 0)
    assert held / 120 == pytest.approx(0.95, abs=0.05)


def test_agents_of_one_level_count_by_their_mean() -> None:
    scores = {"tot[width=3]@x/a": {"g": 0.6}, "tot[width=9]@x/a": {"g": 0.8}, "cot@x/a": {"g": 0.5}}
    found = row(contrasts(league(scores), levels([*scores], "method"), "method"), "cot", "tot")
    assert found.difference == pytest.approx(0.5 - 0.7)
    assert found.groups == 1


def test_a_game_that_a_level_has_not_played_is_left_out() -> None:
    scores = {"cot@x/a": {"g": 0.6, "h": 0.9}, "prompt@x/a": {"g": 0.5}}
    rows = contrasts(league(scores), levels([*scores], "method"), "method")
    assert [one.game for one in rows] == ["g"]


def test_levels_stand_by_size_and_what_is_not_known_last() -> None:
    scores = {f"cot@x/m-{size}": {"g": 0.5} for size in ("500m", "7b", "70b")}
    rows = contrasts(league(scores), levels([*scores], "size"), "size")
    assert [(one.first, one.second) for one in rows] == [("70b", "7b"), ("70b", "500m"), ("7b", "500m")]
    scores = {"cot@x/m-4bit": {"g": 0.4}, "cot@x/m": {"g": 0.5}, "cot@x/m-8bit": {"g": 0.5}}
    rows = contrasts(league(scores), levels([*scores], "quantisation"), "quantisation")
    assert {one.second for one in rows} == {"4bit", "not stated"}
    assert row(rows, "4bit", "not stated").difference == pytest.approx(-0.1)


# Skins.

SKINNED = {
    "cot@x/a": {"g": 0.8, "g[skin=s]": 0.55, "h": 0.5},
    "cot@x/b": {"g": 0.6, "g[skin=s]": 0.5, "h": 0.5},
    "cot@x/c": {"g": 0.4, "g[skin=s]": 0.4, "h": 0.5},
    "mcts": {"g": 0.2, "g[skin=s]": 0.3, "h": 0.5},
    "cot@x/half": {"g": 0.2},
}


def by_agent(table: pd.DataFrame, game: str = "g") -> dict[str, Robustness]:
    return {one.agent: one for one in robustness(table) if one.game == game}


def test_the_gap_is_the_score_in_other_words_less_the_originals() -> None:
    found = by_agent(league(SKINNED))
    assert (found["cot@x/a"].original, found["cot@x/a"].disguised) == pytest.approx((0.8, 0.55))
    assert found["cot@x/a"].gap == pytest.approx(-0.25)
    assert found["mcts"].gap == pytest.approx(0.1)
    assert "cot@x/half" not in found
    assert {one.game for one in robustness(league(SKINNED))} == {"g"}


def test_the_gap_is_paired_by_deal() -> None:
    """Without noise of its own an agent's gap is the same on each deal, whatever the deal's luck."""
    table = league({"cot@x/a": {"g": 0.7, "g[skin=s]": 0.5}})
    one = by_agent(table)["cot@x/a"]
    assert one.gap_low is not None
    assert one.gap_high is not None
    assert one.original_low is not None
    assert one.original_high is not None
    luckless = 0.1 / math.sqrt(3) * math.sqrt(2) * 2 * 2.045 / math.sqrt(30)
    assert one.gap_high - one.gap_low == pytest.approx(luckless, rel=0.2)


def test_effective_robustness_is_the_distance_from_the_line_of_the_others() -> None:
    found = by_agent(league(SKINNED))
    assert len(found) == 5  # whom all play against is one of them
    for agent, one in found.items():
        others = [(other.original, other.disguised) for name, other in found.items() if name != agent]
        slope, start = stats.linregress(*np.array(others, dtype=float).T)[:2]
        assert one.original is not None
        assert one.disguised is not None
        assert one.expected == pytest.approx(start + slope * one.original)
        assert one.expected is not None
        assert one.effective == pytest.approx(one.disguised - one.expected)


def test_an_agent_on_the_line_of_the_others_is_as_robust_as_they_are() -> None:
    """The line is y = 0.2 + x / 2; one lies below it, which the agent that all play against gains."""
    scores = {f"cot@x/{i}": {"g": x, "g[skin=s]": 0.2 + x / 2} for i, x in enumerate((0.3, 0.4, 0.6, 0.7))}
    scores["cot@x/rote"] = {"g": 0.5, "g[skin=s]": 0.25}
    one = by_agent(league(scores))["cot@x/rote"]
    anchor = 1 - 0.5, 1 - (4 * 0.45 + 0.25) / 5
    slope, start = stats.linregress([0.3, 0.4, 0.6, 0.7, anchor[0]], [0.35, 0.4, 0.5, 0.55, anchor[1]])[:2]
    assert one.expected == pytest.approx(start + slope * 0.5)
    assert one.effective is not None
    assert one.effective < -0.2
    assert one.effective_high is not None
    assert one.effective_high < -0.1


def test_there_is_no_line_through_two_others_or_equal_ones() -> None:
    few = {agent: SKINNED[agent] for agent in ("cot@x/a", "cot@x/b")}
    assert all(one.effective is None and one.expected is None for one in by_agent(league(few)).values())
    level_ = {f"cot@x/{i}": {"g": 0.5, "g[skin=s]": 0.4} for i in range(5)}
    assert all(one.effective is None for one in by_agent(league(level_)).values())


def test_overall_is_the_mean_over_the_games_that_have_a_skin() -> None:
    scores = {
        agent: games | {"h[skin=t]": 0.4, "h": 0.5} for agent, games in SKINNED.items() if len(games) > 1
    }
    found = by_agent(league(scores), "overall")
    assert found["cot@x/a"].gap == pytest.approx((-0.25 - 0.1) / 2)


def test_the_skin_is_a_factor_of_the_agents_with_a_model() -> None:
    table, who = by_skin(league(SKINNED))
    assert set(who.values()) >= {("cot@x/a", ORIGINAL), ("cot@x/a", DISGUISED), ("mcts", ORIGINAL)}
    own = {name: told for name, told in who.items() if told[0].startswith("cot@x/")}
    found = row(contrasts(table, own, "skin"), DISGUISED, ORIGINAL)
    assert found.difference == pytest.approx((-0.25 - 0.1 + 0) / 3)
    assert (found.groups, found.better) == (3, 0)


def test_a_log_without_two_levels_says_what_to_do(tmp_path: Path) -> None:
    log = create_log(tmp_path / "a.gtbench", Tournament(agents=("random", "greedy"), games=("nim",)))
    with pytest.raises(BadOption, match=r"no two agents differ in method alone: .* --factors FILE"):
        report(log, "method")
    with pytest.raises(BadOption, match="holds no game both in its original words and in a skin"):
        report(log, "skin")
