"""Skill by what games ask for: against plain counting, and the cards of the games."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from made import match, turn

from gtbench.labels import FaultKind
from gtbench.log.columns import RESULTS
from gtbench.log.columns import results as columns_of
from gtbench.records import PayoffRange
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ratio import estimate, ratios
from gtbench_leaderboards.ratings.skill import ALL, Skill, kinds_of, skills

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gtbench.records import Match

SPAN = PayoffRange(low=-1, high=1)
KINDS = {"g": [("ability", "board")], "h": [("ability", "board"), ("ability", "bluff"), ("class", "static")]}


def played(game: str, deal: int, winner: int, *faults: int, forfeits: bool = False) -> Match:
    """A match of a against b, two turns each; a seat can give faulty answers, and player_1 can forfeit."""
    turns = [turn(seat, *[FaultKind.ILLEGAL] * faults.count(seat)) for seat in (0, 1)] + [turn(0)]
    turns.append(turn(1, FaultKind.ILLEGAL, moved=False) if forfeits else turn(1))
    rewards = (1, -1) if winner == 0 else (-1, 1)
    made = match(1, deal, turns, rewards, game=game, forfeited_by=(1,) if forfeits else ())
    return made.model_copy(update={"ranges": (SPAN, SPAN)})


def rows(
    matches: Sequence[Match], kinds: Mapping[str, Sequence[tuple[str, str]]] = KINDS
) -> dict[tuple[str, str], Skill]:
    numbered = [one.model_copy(update={"number": place}) for place, one in enumerate(matches, 1)]
    frame = pd.DataFrame(
        [row for one in numbered for row in columns_of(one)], columns=[column.name for column in RESULTS]
    ).assign(luck=math.nan)
    return {(row.skill, row.agent): row for row in skills(frame, kinds)}


def test_a_skill_is_the_mean_over_the_games_that_ask_for_it() -> None:
    matches = [played("g", deal, 0) for deal in range(3)] + [played("g", 3, 1)]
    matches += [played("h", deal, deal % 2) for deal in range(40)]
    found = rows(matches)
    assert found["bluff", "a"].score == 0.5
    assert found["board", "a"].score == pytest.approx((0.75 + 0.5) / 2)
    assert found["board", "b"].score == pytest.approx((0.25 + 0.5) / 2)
    assert found[ALL, "a"].score == found["board", "a"].score
    assert (found["bluff", "a"].games, found["board", "a"].games) == (1, 2)
    assert (found["bluff", "a"].matches, found["board", "a"].matches) == (40, 44)


def test_its_interval_is_that_of_the_mean_over_these_games() -> None:
    matches = [
        played(game, deal, int(deal % 3 > 0)) for game, n in (("g", 12), ("h", 20)) for deal in range(n)
    ]
    frame = pd.DataFrame(
        [row for i, one in enumerate(matches) for row in columns_of(one.model_copy(update={"number": i}))],
        columns=[column.name for column in RESULTS],
    ).assign(luck=math.nan)
    own = [ratios(one.by_deal(one.share), one.by_deal(one.weight)) for one in by_game(frame)]
    told = estimate(own, 0)
    found = rows(matches)["board", "a"]
    assert (found.score, found.score_low, found.score_high) == (told.value, told.low, told.high)


def test_legality_stands_apart_from_play() -> None:
    """One answers illegally once a match, and forfeits every second match; all others it wins."""
    matches = [played("g", deal, 0 if deal % 2 else 1, 1, forfeits=bool(deal % 2)) for deal in range(10)]
    found = rows(matches)[ALL, "b"]
    sound, faulty = 5 * 2 + 5 * 1, 10 + 5
    assert found.legal == pytest.approx(sound / (sound + faulty))
    assert (found.score, found.played) == (0.5, 1.0)
    assert rows(matches)[ALL, "a"].legal == 1


def test_agents_stand_by_score_and_kinds_in_order() -> None:
    matches = [played(game, deal, 0) for game in "hg" for deal in range(3)]
    told = list(rows(matches))
    assert told[:2] == [(ALL, "a"), (ALL, "b")]
    assert [skill for skill, agent in told if agent == "a"] == [ALL, "board", "bluff", "static"]


def test_the_kinds_are_those_on_the_games_cards() -> None:
    """The paper's table 1."""
    assert [*kinds_of("kuhn_poker")] == [
        ("ability", "bluff"), ("ability", "math"),
        ("class", "incomplete"), ("class", "probabilistic"), ("class", "dynamic"),
    ]  # fmt: skip
    assert ("class", "deterministic") in [*kinds_of("nim[skin=stone_jars]")]
    assert [kind for kind in kinds_of("prisoners_dilemma") if kind[0] == "class"][2:] == [
        ("class", "static"), ("class", "dynamic"),
    ]  # fmt: skip
    assert [kind for kind in kinds_of("pig") if kind[0] == "ability"] == []
