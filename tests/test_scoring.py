"""What a match pays follows from how it ended, and from the policy it is scored under."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import gtbench
from gtbench.errors import BadTournament
from gtbench.game.table import Table
from gtbench.log.read import open_log
from gtbench.records import Keys, Termination
from gtbench.schedule import Tournament, round_robin
from gtbench.scoring import PROMPT, RETRIES, RunPolicy, charged, pair_identity, score

if TYPE_CHECKING:
    from gtbench.game.view import View

GOLDEN = Path(__file__).parent / "golden"
TODAY = RunPolicy()
GAMES = gtbench.list_games()


def first(view: View) -> str:
    return f"Action: {view.legal[0]}"


def wrong(_view: View) -> str:
    return "nothing"


def slow(view: View) -> str:
    import time

    time.sleep(0.3)
    return f"Action: {view.legal[0]}"


def agent(act: Any) -> Any:
    return gtbench.load_agent(f"{__file__}:{act.__name__}")


@pytest.mark.parametrize("game", GAMES)
def test_the_rewards_of_a_match_are_what_its_record_says_that_it_pays(game: str) -> None:
    for seed, agents in enumerate((["random", "random"], ["random", agent(wrong)], [agent(wrong), "random"])):
        played = gtbench.play(game, agents, seed=seed)
        assert score(played, TODAY) == played.rewards
        assert (score(played, RunPolicy(forfeits="left out")) is None) == bool(played.forfeited_by)
        assert (played.paid is None) == (bool(played.forfeited_by) and played.zero_sum)


@pytest.mark.parametrize("game", GAMES)
def test_the_best_that_a_zero_sum_game_pays_is_the_mirror_of_the_worst(game: str) -> None:
    loaded = gtbench.load_game(game)
    if loaded.zero_sum:
        assert loaded.engine.max_utility() == -loaded.forfeit_reward


def test_who_forfeits_is_charged_and_the_other_gets_what_was_paid_or_the_best() -> None:
    assert charged([0], -2, None) == (-2, 2)
    assert charged([1], 0, (7, 5)) == (7, 0)
    assert charged([0, 1], 0, (7, 5)) == (0, 0)


def test_a_match_of_an_older_log_pays_what_it_was_recorded_with() -> None:
    old = next(iter(open_log(Path(__file__).parent / "data" / "format-5.gtbench").iter_matches()))
    assert old.worst is None
    assert score(old, TODAY) == old.rewards


# How a match ends.


def test_how_a_match_ended_is_recorded_and_by_whom() -> None:
    ends = [
        ("tic_tac_toe", [agent(first)] * 2, None, Termination(kind="end")),
        ("tic_tac_toe", ["random", agent(wrong)], None, Termination(kind="forfeit", by=(1,))),
        ("prisoners_dilemma", [agent(wrong)] * 2, None, Termination(kind="forfeit", by=(0, 1))),
        ("tic_tac_toe", [agent(slow), "random"], 0.1, Termination(kind="time", by=(0,))),
        ("pig[horizon=2]", [agent(first)] * 2, None, Termination(kind="limit")),
        ("prisoners_dilemma[max_game_length=1]", [agent(first)] * 2, None, Termination(kind="limit")),
    ]  # fmt: skip
    for game, agents, seconds, right in ends:
        played = gtbench.play(game, agents, seed=3, seconds_per_move=seconds)
        assert played.termination == right
        assert played.forfeited_by == right.by


@pytest.mark.parametrize("game", GAMES)
def test_the_end_by_the_rules_is_no_limit(game: str) -> None:
    loaded = gtbench.load_game(game)
    for seed in range(5):
        table = Table(loaded, loaded.deal(seed))
        while not table.over:
            table.play({seat: table.legal(seat)[0] for seat in table.to_move})
        assert not loaded.cut_off(table.state)


def test_a_match_of_an_older_log_ended_or_was_forfeited() -> None:
    plain = gtbench.play("nim", ["random", "random"], seed=1)
    old = plain.model_dump(exclude={"termination"})
    kinds = {by: type(plain).model_validate({**old, "forfeited_by": by}).termination for by in ((), (1,))}
    assert kinds == {(): Termination(kind="end"), (1,): Termination(kind="forfeit", by=(1,))}


# Pairs and policies.


def test_a_pair_is_what_two_seatings_of_one_deal_share_under_one_policy() -> None:
    cup = Tournament(agents=("random", "greedy", "optimal"), games=("nim", "kuhn_poker"), deals=2)
    keys = Keys(luck="a" * 64, players="b" * 64)
    pairs: dict[str, list[tuple[str, ...]]] = {}
    for one in round_robin(cup, keys):
        pairs.setdefault(one.pair, []).append((one.game, str(one.deal), *one.agents))
    assert len(pairs) == 3 * 2 * 2
    for (game, deal, *agents), (again, same, *swapped) in pairs.values():
        assert (game, deal, agents) == (again, same, swapped[::-1])
    others = [pair_identity("nim", 7, ("a", "b"), policy) for policy in (TODAY, RunPolicy(prompt=0), None)]
    assert len({*others, pair_identity("nim", 8, ("a", "b"), TODAY)}) == 4


def test_a_played_match_has_the_identity_that_the_schedule_gave_its_pair(tmp_path: Path) -> None:
    cup = Tournament(agents=("random", "greedy"), games=("nim",), deals=2)
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    laid_out = {one.number: one.pair for one in log.pairings()}
    assert {match.number: match.pair for match in log.matches()} == laid_out
    assert log.results("pair")["pair"].nunique() == 2


def test_a_policy_stands_in_the_settings_and_resume_refuses_another(tmp_path: Path) -> None:
    cup = Tournament(agents=("random", "greedy"), games=("nim",), deals=2)
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench", only=[1])
    assert log.run.tournament["policy"] == {
        "retries": 1, "forfeits": "charged", "prompt": PROMPT, "ask_forced": False,
    }  # fmt: skip
    with closing(sqlite3.connect(log.path)) as database, database:
        (record,) = database.execute("SELECT record FROM run").fetchone()
        settings = json.loads(record)
        settings["tournament"]["policy"] |= {"retries": 2, "prompt": 0}
        database.execute("UPDATE run SET record = ?", (json.dumps(settings),))
    with pytest.raises(BadTournament, match=rf"retries=2, not {RETRIES}, prompt=0, not {PROMPT}\. Go on"):
        gtbench.resume(log.path)
    assert open_log(log.path).numbers() == {1}


def test_a_tournament_file_cannot_name_a_policy_that_is_not_played() -> None:
    settings = {"agents": ["random", "greedy"], "games": ["nim"], "policy": {"retries": 3}}
    with pytest.raises(BadTournament, match=f"plays under another policy: retries=3, not {RETRIES}"):
        Tournament.checked(settings, "cup.toml")


def test_a_log_of_an_older_format_says_no_policy_and_can_be_gone_on_with() -> None:
    assert open_log(Path(__file__).parent / "data" / "format-5.gtbench").tournament.policy is None


def test_no_prompt_changes_without_a_new_version_of_them() -> None:
    """Where this fails, raise `PROMPT`, unless nothing but a new game or agent was added."""
    text = b"".join(path.read_bytes() for path in sorted(GOLDEN.glob("*.txt")))
    versions = {1: "4299aa4c8771d69e", 2: "c3b41b002413629e"}
    assert versions[PROMPT] == hashlib.sha256(text).hexdigest()[:16]
