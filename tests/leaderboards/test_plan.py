"""How many deals tell a gap: against simulation, textbook values and plain counting."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from command import gtbench as command
from made import call, match, turn

from gtbench.errors import BadOption
from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.log.create import create_log
from gtbench.records import PayoffRange
from gtbench.schedule import Tournament
from gtbench_leaderboards.estimate.planning import Spread, deals_needed, power, resolution, spread
from gtbench_leaderboards.estimate.ranks import difference
from gtbench_leaderboards.estimate.ratio import Ratios, ratios
from gtbench_leaderboards.ratings.plan import Planned, plan, plan_ahead, report
from gtbench_leaderboards.ratings.plan_ahead import Measured, Taken, measured, taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gtbench.records import Call, Match

ONE = Spread(np.array([0.09]), np.array([1.0]))


def scored(rng: np.random.Generator, gap: float, deals: int) -> Ratios:
    """Two agents that won or lost a pair of matches on each deal, the first the oftener by a gap."""
    luck = rng.uniform(-0.3, 0.3, deals)
    wins = rng.random((2, deals)) < 0.5 + gap / 2 + np.array([[1], [-1]]) * luck
    share = wins.mean(axis=0)
    return ratios(np.array([share, 1 - share]), np.ones((2, deals)))


@pytest.mark.parametrize(("gap", "wanted"), [(0.3, 0.8), (0.15, 0.9)])
def test_the_deals_needed_tell_the_gap_as_often_as_promised(gap: float, wanted: float) -> None:
    rng = np.random.default_rng(1)
    of = spread([scored(rng, gap, 20_000)], 0, 1)
    assert of is not None
    needed = deals_needed(gap, of, wanted=wanted)
    assert needed is not None
    told = [difference([scored(rng, gap, needed)], 0, 1) for _ in range(1500)]
    share = np.mean([one.p <= 0.05 and (one.estimate.value or 0) > 0 for one in told])
    assert share == pytest.approx(wanted, abs=0.03)


def test_for_few_deals_the_power_is_that_of_students_t() -> None:
    """Cohen (1988, table 2.4.1): a paired design tells d = 0.5 with power .80 by 34 pairs, d = 0.8 by 15."""
    unit = Spread(np.array([1.0]), np.array([1.0]))
    assert deals_needed(0.5, unit, wanted=0.8) == 34
    assert deals_needed(0.8, unit, wanted=0.8) == 15


def test_for_many_deals_it_is_the_normal_approximation() -> None:
    for gap in (0.005, 0.01, 0.02):
        found = deals_needed(gap, ONE, wanted=0.8)
        assert found == pytest.approx((1.959964 + 0.841621) ** 2 * 0.09 / gap**2, rel=0.002)


def test_more_deals_than_anybody_plays_are_not_told() -> None:
    assert deals_needed(1e-5, ONE) is None


def test_the_resolution_is_the_gap_for_which_the_deals_are_needed() -> None:
    for gap in (0.02, 0.1, 0.3):
        needed = deals_needed(gap, ONE)
        assert needed is not None
        told = resolution(needed, ONE)
        assert told == pytest.approx(gap, rel=0.02)
        assert power(gap, needed, ONE) >= 0.8 > power(gap, needed - 1, ONE)


def test_two_games_bring_what_both_bring() -> None:
    both = Spread(np.array([0.09, 0.09]), np.array([1.0, 1.0]))
    assert both.error(50)[0] == pytest.approx(math.sqrt(0.09 / 100))
    assert both.error(50)[1] == pytest.approx(98)
    lopsided = Spread(np.array([0.09, 0.0001]), np.array([1.0, 1.0]))
    assert lopsided.error(50)[0] == pytest.approx(math.sqrt((0.09 + 0.0001) / 50) / 2)
    assert lopsided.error(50)[1] == pytest.approx(49, rel=0.01)


def test_the_variance_is_that_by_which_a_difference_is_tested() -> None:
    found = scored(np.random.default_rng(4), 0.2, 40)
    of, told = spread([found], 0, 1), difference([found], 0, 1)
    assert of is not None
    assert told.estimate.value is not None
    error, freedom = of.error(40)
    from scipy import stats

    assert told.p == pytest.approx(2 * stats.t.sf(abs(told.estimate.value) / error, freedom))


def test_nothing_is_planned_by_deals_that_were_all_alike_or_by_one() -> None:
    alike = ratios(np.array([[0.7] * 9, [0.3] * 9]), np.ones((2, 9)))
    assert spread([alike], 0, 1) is None
    assert spread([scored(np.random.default_rng(1), 0.1, 1)], 0, 1) is None


# The report.


def played(
    deals: int = 12, agents: Sequence[str] = ("a", "b", "c"), price: float | None = 0.5, game: str = "g"
) -> list[Match]:
    """A league in which the earlier agent wins more often, with calls that differ by agent."""
    rng = np.random.default_rng(3)
    found: list[Match] = []
    for deal in range(deals):
        for i, first in enumerate(agents):
            for j, second in enumerate(agents):
                if i == j:
                    continue
                won = rng.random() < 0.5 + 0.1 * (j - i)
                made = match(
                    len(found) + 1,
                    deal,
                    [turn(0, calls=_calls(i, price)), turn(1, calls=_calls(j, price))],
                    (1, -1) if won else (-1, 1),
                    game=game,
                    agents=(first, second),
                )
                span = PayoffRange(low=-1, high=1)
                found.append(made.model_copy(update={"ranges": (span, span)}))
    return found


def _calls(place: int, price: float | None) -> list[Call]:
    return [call(10, input_tokens=100, cost=price)] * (place + 1)


def frame(matches: Sequence[Match]) -> pd.DataFrame:
    rows = [row for one in matches for row in columns_of(one)]
    return pd.DataFrame(rows, columns=[column.name for column in RESULTS]).assign(luck=math.nan)


def row(rows: Sequence[Planned], agent: str, other: str, game: str = "g") -> Planned:
    (found,) = [one for one in rows if (one.game, one.agent, one.other) == (game, agent, other)]
    return found


def test_what_is_still_to_play_is_counted_as_the_log_was_played() -> None:
    """A and b: on a deal two matches against each other, and two of each against c."""
    found = row(plan(frame(played()), gap=0.1, pair=("a", "b")), "a", "b")
    assert found.needed is not None
    assert found.more == found.needed - 12
    assert found.matches == found.more * 6
    assert found.calls == found.more * (2 * (1 + 2) + 2 * (1 + 3) + 2 * (2 + 3))
    assert found.tokens == found.calls * 110
    assert found.cost == pytest.approx(found.calls * 0.5)


def test_a_cost_that_is_not_known_is_not_told() -> None:
    found = row(plan(frame(played(price=None)), gap=0.1, pair=("a", "b")), "a", "b")
    assert found.cost is None
    assert found.calls


def test_a_log_that_can_tell_the_gap_needs_no_more() -> None:
    found = row(plan(frame(played(deals=60)), gap=0.9, pair=("a", "c")), "a", "c")
    assert found.told == "yes"
    assert found.resolution is not None
    assert found.resolution < 0.9
    assert (found.more, found.matches, found.calls, found.cost) == (0, 0, 0, 0)


def test_neighbours_stand_beside_each_other_by_score() -> None:
    rows = plan(frame(played(deals=60)))
    assert [(one.agent, one.other) for one in rows] == [("a", "b"), ("b", "c")]
    assert all(one.difference is not None and one.difference > 0 for one in rows)


def test_overall_is_planned_over_all_games_a_deal_of_each() -> None:
    games = frame([*played(deals=20), *played(deals=12, game="h")])
    games["match"] = np.arange(len(games)) // 2
    rows = plan(games, gap=0.1, pair=("a", "b"))
    overall, first, second = (row(rows, "a", "b", game) for game in ("overall", "g", "h"))
    assert overall.deals == 12
    assert overall.needed is not None
    assert first.needed is not None
    assert second.needed is not None
    assert overall.needed == pytest.approx((first.needed + second.needed) / 4, rel=0.05)
    assert overall.matches == (overall.needed - 20) * 6 + (overall.needed - 12) * 6


def test_a_gap_or_power_that_is_none_is_one_line(tmp_path: Path) -> None:
    log = create_log(tmp_path / "a.gtbench", Tournament(agents=("random", "greedy"), games=("nim",)))
    for gap, wanted in ((0.0, 0.8), (1.0, 0.8), (0.1, 1.0), (0.1, 0.01)):
        with pytest.raises(BadOption, match=r"gap lies between 0 and 1, power between 0\.05 and 1"):
            report(log, gap, wanted)
    with pytest.raises(BadOption, match="name two agents"):
        report(log, first="random")
    with pytest.raises(BadOption, match="agents of a LOG"):
        report(None, first="random", second="greedy", games=("nim",), agents=("random", "greedy"))


# Before anything was played.


def test_random_play_tells_how_often_a_seat_is_asked() -> None:
    """A random match of tic-tac-toe has 7.65 moves, one of Kuhn poker 2 and with chance 1/4 a third."""
    assert measured("tic_tac_toe").decisions == pytest.approx(7.65 / 2, rel=0.05)
    assert measured("kuhn_poker", 400).decisions == pytest.approx(2.25 / 2, rel=0.03)


def test_random_play_tells_how_much_differences_vary() -> None:
    """Matches of tic-tac-toe are independent of each other; the first wins .585 of them and loses .288."""
    found = measured("tic_tac_toe", 400).of
    assert found is not None
    won, lost = 0.585, 0.288
    assert found.variances[0] == pytest.approx((won + lost - (won - lost) ** 2) / 2, rel=0.12)


def test_a_match_takes_what_the_strategy_asks_and_the_price_says() -> None:
    game = Measured(None, decisions=3.0, characters=3400.0)
    read = 3400 / 4 + 150
    assert taken("random", game) == Taken(0, 0, 0)
    one = taken("cot@openai/gpt-4o-mini", game)
    assert (one.calls, one.tokens) == (3, 3 * (read + 300))
    assert one.cost == pytest.approx(3 * (read * 0.15 + 300 * 0.60) / 1e6)  # its price of 2024
    assert taken("self_consistency[samples=7]@openai/gpt-4o-mini", game).calls == 3 * 7
    assert taken("tot@openai/gpt-4o-mini", game).calls == 3 * 13
    assert taken("tot[width=1,depth=4]@openai/gpt-4o-mini", game).calls == 3 * (4 + 1)
    assert taken("prompt@openai/nobody-knows-it", game).cost is None


def test_a_plan_without_a_log_is_that_of_its_parts() -> None:
    agents = ("cot@openai/gpt-4o-mini", "random")
    rows = plan_ahead(("kuhn_poker", "nim"), agents, gap=0.1, power=0.9)
    assert [one.game for one in rows] == ["overall", "kuhn_poker", "nim"]
    overall, kuhn, nim = rows
    of = measured("nim").of
    assert of is not None
    assert nim.needed == deals_needed(0.1, of, wanted=0.9)
    asked = taken(agents[0], measured("nim"))
    assert (nim.more, nim.matches) == (nim.needed, 2 * (nim.needed or 0))
    assert nim.calls == round((nim.matches or 0) * asked.calls)
    assert nim.tokens == round((nim.matches or 0) * asked.tokens)
    assert nim.cost == pytest.approx((nim.matches or 0) * (asked.cost or 0))
    assert kuhn.needed is not None
    assert nim.needed is not None
    assert overall.needed == pytest.approx((kuhn.needed + nim.needed) / 4, rel=0.05)
    assert overall.matches == (overall.needed or 0) * 2 * 2


def test_a_plan_can_be_made_without_a_log(tmp_path: Path) -> None:
    done = command(
        "plan", "--games", "kuhn_poker", "--agents", "random", "greedy", "--gap", ".2", cwd=tmp_path
    )
    assert "Plan: kuhn_poker" in done.stdout
    assert "Nothing was played yet" in " ".join(done.stdout.split())
    (row,) = plan_ahead(("kuhn_poker",), ("random", "greedy"), gap=0.2)
    assert re.search(
        rf"random +greedy +0 +- +- +no +- +{row.needed} +{row.more} +{row.matches} ", done.stdout
    )
    for words in ((), ("--games", "nim"), ("--games", "nim", "--agents", "random")):
        done = command("plan", *words, cwd=tmp_path)
        assert done.stderr == "error: name a LOG, or --games and at least two --agents\n"
    assert "Missing argument 'LOG'" in command("standings", cwd=tmp_path).stderr
