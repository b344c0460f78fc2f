"""What a run's profile says of players whose errors are known: one has none, one as many as the tree says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from exact import random_hidden, random_pig, random_play

import gtbench
from gtbench.errors import NoOracle
from gtbench.grading.grade import grade_match
from gtbench.labels import COSTLESS
from gtbench_leaderboards.data.decisions import of_records
from gtbench_leaderboards.errors.profile import profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWIN = "gtbench_agents.optimal:Optimal"
"""Optimal by another name, to play itself in a tournament."""

SOLVED = [
    "tic_tac_toe", "nim", "nim[opening=random,pile_sizes=random]", "pig", "pig[diceoutcomes=2,winscore=10]",
    "kuhn_poker", "blind_auction", "liars_dice[dice_sides=3]", "connect_four[columns=4,rows=4]",
    "breakthrough[rows=4]",
]  # fmt: skip
LARGE = ["connect_four", "breakthrough", "liars_dice", "pig[winscore=100]"]
OPEN = ["negotiation", "prisoners_dilemma"]
"""Games in which no way to play is known to be best, so that `optimal` does not play them."""


def test_every_game_is_among_them() -> None:
    tried = {gtbench.load_game(name).name for name in [*SOLVED, *OPEN]}
    assert tried == set(gtbench.list_games())
    assert {gtbench.load_game(name).name for name in LARGE} <= tried


@pytest.mark.parametrize("game", [*SOLVED, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_optimal_has_no_regret_against_itself_and_random_and_no_error_that_costs(
    game: str, tmp_path: Path
) -> None:
    cup = gtbench.Tournament(agents=("optimal", TWIN, "random"), games=(game,), deals=3, seed=0)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    assert log.grades().keys() == log.numbers()
    errors = log.report("errors")
    sound_players = errors["agent"].isin(["optimal", TWIN])
    assert "random" in {*errors["agent"]}
    assert {*errors["error"][sound_players]} <= COSTLESS, "what is worth as much may still win later"
    assert (errors["regret"][sound_players] == 0).all()
    sound = log.profile().set_index(["agent", "game"]).loc[["optimal", TWIN]]
    assert (sound["decisions"] > 0).all()
    assert (sound[["faulty", "forfeits"]] == 0).all(axis=None)
    assert (sound["accuracy"].dropna() == 1).all()
    regret = sound.xs(game, level="game")["regret"]
    assert len(regret) == 2
    assert (regret == 0).all()
    assert (sound["graded"] == 1).all()


@pytest.mark.parametrize("game", OPEN)
def test_where_no_play_is_known_to_be_best_optimal_says_so(game: str) -> None:
    with pytest.raises(NoOracle, match=f"optimal cannot play {game}: "):
        gtbench.play(game, ["optimal", "random"], seed=0)


# Random play.

KUHN = {
    "0": (5 / 6, 1 / 6), "1": (1, 0), "2": (1 / 2, 1 / 2),  # seat 0: jack, queen, king
    "0pb": (1, 0), "1pb": (1 / 2, 1 / 2), "2pb": (0, 1),
    "0p": (2 / 3, 1 / 3), "1p": (1, 0), "2p": (0, 1),  # seat 1
    "0b": (1, 0), "1b": (2 / 3, 1 / 3), "2b": (0, 1),
}  # fmt: skip
"""Kuhn's equilibrium with alpha = 1/6: the chance to pass and to bet, by OpenSpiel's information states."""

BIDS = (0, 1, 2, 2, 3, 3, 4, 4, 5, 5)
"""The auction's equilibrium by value."""


def kuhn() -> tuple[float, float]:
    engine = gtbench.load_game("kuhn_poker").engine
    return random_hidden(engine, lambda state: dict(enumerate(KUHN[state.information_state_string()])))


def auction() -> tuple[float, float]:
    def plan(state: Any) -> dict[int, float]:
        bid = BIDS[state.history()[state.current_player()] - 1]
        return {action: float(action == bid) for action in state.legal_actions()}

    return random_hidden(gtbench.load_game("blind_auction").engine, plan)


def dice(name: str) -> tuple[float, float]:
    game = gtbench.load_game(name)
    oracle: Any = game.oracle()
    slips = oracle.policy_of(oracle.trembling)

    def plan(plays: Any, state: Any) -> dict[int, float]:
        found: dict[int, float] = plays[oracle.information_set(state, state.current_player())]
        return found

    return random_hidden(game.engine, partial(plan, oracle.default_policy), partial(plan, slips), slack=0.05)


def perfect(name: str) -> tuple[float, float]:
    return random_play(gtbench.load_game(name).engine.new_initial_state())


EXPECTED: dict[str, Callable[[], tuple[float, float]]] = {
    **{
        name: lambda name=name: perfect(name)  # type: ignore[misc]
        for name in (
            "tic_tac_toe", "nim", "connect_four[columns=4,rows=3]", "breakthrough[columns=2,rows=4]",
        )
    },
    "pig": lambda: random_pig(20, 6, 1000),
    "pig[diceoutcomes=2,winscore=10]": lambda: random_pig(10, 2, 1000),
    "kuhn_poker": kuhn,
    "blind_auction": auction,
    "liars_dice[dice_sides=3]": lambda: dice("liars_dice[dice_sides=3]"),
}  # fmt: skip


def test_random_plays_loss_in_liars_dice_is_the_sum_of_the_grades_over_the_whole_tree() -> None:
    name = "liars_dice[dice_sides=3]"
    game = gtbench.load_game(name)
    oracle = game.oracle()

    def over(state: Any, chance: float) -> tuple[float, float]:
        if state.is_terminal():
            return 0.0, 0.0
        legal, seat = state.legal_actions(), state.current_player()
        if state.is_chance_node():
            parts = [over(state.child(a), chance * p) for a, p in state.chance_outcomes()]
        else:
            verdicts = [oracle.grade(state, seat, action) for action in legal]
            here = [chance / len(legal) * verdict.regret for verdict in verdicts if verdict]
            parts = [
                (sum(here), chance * (len(legal) > 1)),
                *(over(state.child(a), chance / len(legal)) for a in legal),
            ]
        return sum(lost for lost, _ in parts), sum(asked for _, asked in parts)

    assert over(game.engine.new_initial_state(), 1.0) == pytest.approx(dice(name))


SEED = 1
"""By chance one interval of twenty does not hold what it should; with this seed all do."""


RUNS = 100

SLOW = {"liars_dice[dice_sides=3]"}
"""Whose exact expectation takes a walk of the whole tree."""


@pytest.mark.parametrize(
    "game", [pytest.param(game, marks=pytest.mark.slow) if game in SLOW else game for game in EXPECTED]
)
def test_the_interval_of_random_plays_mean_regret_holds_the_exact_expectation(
    game: str, tmp_path: Path
) -> None:
    lost, graded = EXPECTED[game]()
    agents = ("random", "gtbench_agents.random:Random")
    cup = gtbench.Tournament(agents=agents, games=(game,), deals=80, seed=SEED)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench")
    rows = log.profile().set_index(["agent", "game"]).xs(game, level="game")
    for agent in agents:
        row = rows.loc[agent]
        assert row["regret_low"] < lost / graded < row["regret_high"]
        assert row["regret_high"] - row["regret_low"] < lost / graded, "the interval says something"


@pytest.mark.slow
@pytest.mark.parametrize("game", ["kuhn_poker", "tic_tac_toe"])
def test_nineteen_of_twenty_intervals_hold_the_exact_expectation(game: str) -> None:
    lost, graded = EXPECTED[game]()
    oracle, held = gtbench.load_game(game).oracle(), 0
    for run in range(RUNS):
        seeds = range(run * 20, run * 20 + 20)
        played = [gtbench.play(game, ["random", "random"], seed=seed) for seed in seeds]
        matches = [match.model_copy(update={"number": match.seed, "deal": match.seed}) for match in played]
        row, _ = profile(of_records(matches, {m.number: grade_match(m, oracle) for m in matches})).rows
        assert row.regret_low is not None
        assert row.regret_high is not None
        held += row.regret_low < lost / graded < row.regret_high
    assert 0.9 * RUNS <= held <= 0.99 * RUNS
