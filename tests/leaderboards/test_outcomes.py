"""How good negotiations ended for both: against an account of every division of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench as command

import gtbench
from gtbench.testing import LocalProvider
from gtbench_leaderboards.ratings.outcomes import final, outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from gtbench.records import Match

SILENT = "negotiation[enable_utterances=false]"


def account(match: Match) -> dict[str, float]:
    """The measures of one match, by the engine's record of its deal and the rewards alone."""
    state = final(match, gtbench.load_game(match.game))
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
    found = log.report("outcomes").set_index(["agent", "measure"])
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
    told = command("outcomes", "a.gtbench", cwd=tmp_path).stdout
    assert "What was reached together" in told
    assert "negotiation" in told.partition("What was reached together")[2]


def test_a_forfeited_match_and_a_zero_sum_game_have_no_outcome() -> None:
    with LocalProvider(lambda _: "I will not."):
        forfeited = gtbench.play(SILENT, ["prompt@openai/x", "random"], seed=0)
    assert forfeited.forfeited_by
    assert outcomes([forfeited, gtbench.play("nim", ["random", "random"], seed=0)]).rows == ()
