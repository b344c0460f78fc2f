"""Games that are not zero-sum: against an account of every division, and of every round, of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command

import gtbench
from gtbench.grading.plies import at_the_end
from gtbench.testing import LocalProvider
from gtbench_leaderboards.ratings.general_sum import general_sum

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.records import Match

SILENT = "negotiation[enable_utterances=false]"


def account(match: Match) -> dict[str, float]:
    """The measures of one match, by the engine's record of its deal and the rewards alone."""
    state = at_the_end(match, gtbench.load_game(match.game)).state
    _, pool, *values = ([*map(int, line.split())] for line in str(state.serialize()).split("\n")[:4])
    paid = []
    for kept in itertools.product(*(range(count + 1) for count in pool)):
        left = [count - mine for count, mine in zip(pool, kept, strict=True)]
        shares = zip((kept, left), values, strict=True)
        paid.append([sum(n * v for n, v in zip(share, worth, strict=True)) for share, worth in shares])
    own, other = match.rewards
    dominated = any(a >= own and b >= other and [a, b] != [own, other] for a, b in paid)
    most = max(a * b for a, b in paid)
    return {
        "agreed": float(match.turns[-1].move == "agree"),
        "efficient": float(not dominated),
        "welfare": (own + other) / max(a + b for a, b in paid),
        "nash": own * other / most if most else 1.0,
    }


def test_outcomes_are_the_means_of_each_matchs_own_account(tmp_path: Path) -> None:
    agents = ("random", "threshold[share=0.8]", "greedy")
    log = gtbench.run(
        gtbench.Tournament(agents=agents, games=(SILENT, "blind_auction"), deals=6, seed=0),
        log=tmp_path / "a.gtbench",
    )
    found = log.report("general_sum", games=[SILENT]).set_index(["agent", "measure"])
    assert {*found["game"]} == {SILENT}
    measured: dict[str, set[float]] = {}
    for agent in agents:
        accounts = [account(m) for m in log.matches() if m.game == SILENT and agent in m.agents]
        assert len(accounts) == 24
        for measure in accounts[0]:
            values = [one[measure] for one in accounts]
            row: Any = found.loc[agent, measure]
            assert row["mean"] == pytest.approx(sum(values) / len(values))
            assert row["matches"] == 24
            assert row["mean_low"] <= row["mean"] <= row["mean_high"]
            measured.setdefault(measure, set()).update(values)
    assert all(len(values) > 1 for values in measured.values()), "each of them tells matches apart"
    told = command("general_sum", "a.gtbench", cwd=tmp_path).stdout
    assert "Welfare and conduct" in told
    assert "negotiation" in told.partition("Welfare and conduct")[2]


def test_a_forfeited_match_and_a_zero_sum_game_have_no_outcome() -> None:
    with LocalProvider(lambda _: "I will not."):
        forfeited = gtbench.play(SILENT, ["prompt@openai/x", "random"], seed=0)
    assert forfeited.forfeited_by
    zero_sum = gtbench.play("nim", ["random", "random"], seed=0)
    assert general_sum({SILENT: [forfeited], "nim": [zero_sum]}).rows == ()


def measures(game: str, agents: tuple[str, str], rounds: int = 30) -> dict[tuple[str, str], Any]:
    matches = [
        gtbench.play(game, agents, seed=seed).model_copy(update={"number": seed, "deal": seed})
        for seed in range(rounds)
    ]
    return {(row.agent, row.measure): row for row in general_sum({game: matches}).rows}


def test_the_conduct_of_known_strategies_is_as_axelrod_describes_them() -> None:
    """Tit for tat is nice, retaliates at once and forgives at once; who always defects is none of it."""
    found = measures("prisoners_dilemma", ("tit_for_tat", "random"))
    told = {measure: found["tit_for_tat", measure].mean for measure in ("nice", "retaliation", "forgiveness")}
    assert told == {"nice": 1, "retaliation": 1, "forgiveness": 1}
    assert found["tit_for_tat", "exploitation"].mean == 0
    assert 0.3 < found["random", "retaliation"].mean < 0.7
    assert found["random", "retaliation"].mean_low < found["random", "retaliation"].mean_high
    found = measures("prisoners_dilemma", ("always_defect", "always_cooperate"))
    assert found["always_defect", "cooperation"].mean == 0
    assert found["always_defect", "nice"].mean == 0
    assert found["always_cooperate", "cooperation"].mean == 1
    assert found["always_cooperate", "retaliation"].mean == 0
    assert ("always_defect", "retaliation") not in found
    assert found["always_cooperate", "welfare"].mean == pytest.approx((0 + 10) / (2 * 5))
    found = measures("prisoners_dilemma", ("always_defect", "always_defect"))
    assert found["always_defect", "welfare"].mean == pytest.approx(2 * 1 / 10)
    assert found["always_defect", "retaliation"].mean == 1


def test_an_auction_is_efficient_where_the_object_goes_to_whom_it_is_worth_most() -> None:
    matches = [gtbench.play("blind_auction", ["random", "optimal"], seed=seed) for seed in range(60)]
    found = {(row.agent, row.measure): row for row in general_sum({"blind_auction": matches}).rows}
    values, bids = [], []
    for match in matches:
        history = at_the_end(match, gtbench.load_game("blind_auction")).state.history()
        won = 0 if match.rewards[0] > 0 or history[4] == 0 else 1
        values.append((history[won], max(history[:2])))
        bids.append(history[2] > [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5][history[0]])
    assert found["random", "efficient"].mean == pytest.approx(sum(a == b for a, b in values) / 60)
    assert found["optimal", "welfare"].mean == pytest.approx(sum(a / b for a, b in values) / 60)
    assert found["optimal", "overbid"].mean == 0
    assert 0 < found["random", "overbid"].mean < 1
    assert found["random", "overbid"].mean <= sum(bids) / 60
