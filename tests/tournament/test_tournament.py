"""Whole tournaments against a real HTTP server: schedules, workers, crashes, and going on after them."""

from __future__ import annotations

import gc
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from patience import give_up_soon
from tampered import seal_anew

import gtbench
from gtbench.errors import BadOption, BudgetSpent, LogError, MissingKey, ProviderRejection, UnknownName
from gtbench.labels import FaultKind
from gtbench.log.create import create_log
from gtbench.models import pool
from gtbench.models.ledger import Budget
from gtbench.records import FORMAT
from gtbench.running import YOUNG
from gtbench.schedule import Tournament, round_robin
from gtbench.testing import PLAYERS_OWN, WORLDS, ChatReply, Faults, LocalProvider, Trouble, play_legally

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from gtbench.records import Match

AGENTS = ("prompt@openai/a", "cot@openai/b", "random")
GAMES = ("tic_tac_toe", "kuhn_poker", "prisoners_dilemma")
EACH = {"policy": {"ask_forced": True}}
"""Every turn takes its calls, so that matches of one kind take equally many."""
LARGEST_CALL = 600  # tokens of the longest prompt and reply of those games, as the server counts


def tournament(**settings: object) -> Tournament:
    return Tournament.checked({"agents": AGENTS, "games": GAMES, "deals": 2, "seed": 0} | settings, "test")


class Recorder:
    """Remembers what a run told it."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def started(self, log: gtbench.RunLog) -> None:
        assert log.matches() == ()

    def ended(self, outcome: object) -> None:
        self.seen.append(outcome)


def contents(log: gtbench.RunLog) -> list[str]:
    return [match.content() for match in log.matches()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> gtbench.RunLog:
    """A run with many workers, from its beginning to its end."""
    with LocalProvider(latency=0.002):
        return gtbench.run(
            tournament(concurrency=20), log=tmp_path_factory.mktemp("whole") / "whole.gtbench", graded=False
        )


def test_each_pair_plays_each_deal_of_each_game_in_both_seatings() -> None:
    pairings = round_robin(tournament(deals=3))
    assert [pairing.number for pairing in pairings] == list(range(1, 3 * 3 * 6 + 1))
    seatings = Counter((p.game, p.deal, p.agents) for p in pairings)
    assert set(seatings.values()) == {1}
    assert set(seatings) == set(itertools.product(GAMES, range(3), itertools.permutations(AGENTS, 2)))
    assert len({(p.deal, p.seed) for p in pairings}) == 3


@pytest.mark.parametrize("left_out", [(), (("random", "kuhn_poker"),)])
def test_any_first_part_of_a_schedule_is_balanced(left_out: tuple[tuple[str, str], ...]) -> None:
    """So that a run that stops anywhere can be scored: all seats, opponents and games have had their turn."""
    agents = (*AGENTS, "greedy")
    pairings = round_robin(tournament(agents=agents, deals=3, left_out=left_out))
    games, seats = Counter[tuple[str, int]](), Counter[tuple[str, str, int]]()
    together = Counter[tuple[str, frozenset[str]]]()
    pairs = Counter(p.game for p in pairings if p.deal == 0)
    for first, second in zip(pairings[::2], pairings[1::2], strict=True):
        for one in (first, second):
            games[one.game, one.deal] += 1
            together[one.game, frozenset(one.agents)] += 1
            for seat, agent in enumerate(one.agents):
                seats[one.game, agent, seat] += 1
        assert all(count == seats[game, agent, 1 - seat] for (game, agent, seat), count in seats.items())
        begun = [games[game, deal] / pairs[game] for deal in range(3) for game in GAMES]
        assert sum(0 < share < 1 for share in begun) <= 1  # one deal of one game at a time
        assert begun == sorted(begun, reverse=True)
        for game in GAMES:
            played = [count for (name, _), count in together.items() if name == game]
            assert max(played, default=0) - min(played, default=0) <= 2
    assert len({*begun}) == 1


def test_the_seed_of_a_tournament_gives_other_deals() -> None:
    seeds = {p.seed for seed in range(20) for p in round_robin(tournament(deals=10, seed=seed))}
    assert len(seeds) == 200


def test_a_full_tournament_over_http(tmp_path: Path) -> None:
    watcher = Recorder()
    with LocalProvider() as server:
        log = gtbench.run(tournament(), log=tmp_path / "run.gtbench", watcher=watcher)
    matches = log.matches()
    assert len(matches) == len(watcher.seen) == 36
    assert [m.number for m in matches] == list(range(1, 37))
    assert sum(len(m.calls) for m in matches) == len(server.requests)
    logged = Counter(json.dumps([m.model_dump() for m in c.messages]) for x in matches for c in x.calls)
    assert logged == Counter(json.dumps(request["messages"]) for request in server.requests)
    assert all(c.input_tokens and c.output_tokens for m in matches for c in m.calls)
    frame = log.frame()
    assert len(frame) == 72
    assert frame["calls"].sum() == len(server.requests)
    assert frame.loc[frame["agent"] == "random", "calls"].sum() == 0
    assert list(tmp_path.iterdir()) == [log.path]


def test_both_seatings_of_a_deal_meet_the_same_luck(tmp_path: Path) -> None:
    cup = tournament(agents=["random", "greedy", "mcts[simulations=4]"], games=GAMES[1:], deals=4)
    log = gtbench.run(cup, log=tmp_path / "run.gtbench", graded=False)
    dilemma = [m for m in log.matches() if m.game == "prisoners_dilemma"]
    for deal in range(4):
        assert len({len(m.turns) for m in dilemma if m.deal == deal}) == 1
    kuhn = [m for m in log.matches() if m.game == "kuhn_poker"]
    for deal in range(4):
        cards = {tuple(line.split(",")[0] for line in m.final.splitlines()) for m in kuhn if m.deal == deal}
        assert len(cards) == 1


def test_one_worker_and_twenty_write_equal_logs(whole: gtbench.RunLog, tmp_path: Path) -> None:
    assert whole.tournament.concurrency == 20
    with LocalProvider():
        one = gtbench.run(tournament(concurrency=1), log=tmp_path / "one.gtbench", graded=False)
    assert len(one.matches()) == 36
    assert contents(one) == contents(whole)


def test_every_game_skin_and_variant_has_the_same_matches_with_one_worker_and_sixteen(tmp_path: Path) -> None:
    names = gtbench.list_games()
    games = [*names, *(f"{name}[skin={gtbench.load_game(name).skins()[0]}]" for name in names)]
    games += [f"{name}[{variant}]" for name in names for variant in gtbench.load_game(name).variants]
    logs = []
    for workers in (1, 16):
        with LocalProvider():
            cup = tournament(agents=["prompt@openai/a", "random"], games=games, deals=1, concurrency=workers)
            logs.append(gtbench.run(cup, log=tmp_path / f"{workers}.gtbench", graded=False))
    assert contents(logs[0]) == contents(logs[1])
    matches = logs[0].matches()
    assert len(matches) == 2 * len(games)
    assert not any(match.faults for match in matches)


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """The command line in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gtbench.cli", *words],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_matches(path: Path, count: int) -> None:
    """Until the log holds that many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists():
            try:
                if len(gtbench.open_log(path).numbers()) >= count:
                    return
            except LogError:  # it is being made
                pass
        time.sleep(0.02)
    pytest.fail(f"no {count} matches within a minute")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(
    whole: gtbench.RunLog, tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "run.gtbench"
    flags = ["--agents", *AGENTS, "--games", *GAMES, "--deals", "2", "--seed", "0", "--concurrency", "4"]
    with LocalProvider(latency=0.03) as server:
        process = start("run", *flags, "--log", str(path), **server.environment)
        wait_for_matches(path, 6)
        process.send_signal(how)
        _, errors = process.communicate(timeout=30)
        stopped_at = gtbench.open_log(path).numbers()
        assert 6 <= len(stopped_at) < 36
        if how is signal.SIGINT:
            assert process.returncode == 130
            assert f"Go on with: gtbench resume {path}" in errors
            assert "Traceback" not in errors
        first_part = contents(gtbench.open_log(path))

        resumed = start("resume", str(path), **server.environment)
        output, errors = resumed.communicate(timeout=120)
        assert resumed.returncode == 0, errors
        assert f"The log is {path}" in output
    finished = contents(gtbench.open_log(path))
    assert finished == contents(whole)
    assert [finished[number - 1] for number in sorted(stopped_at)] == first_part


def test_resuming_a_finished_run_plays_nothing(tmp_path: Path) -> None:
    with LocalProvider() as server:
        log = gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench")
        asked = len(server.requests)
        assert contents(gtbench.resume(log.path)) == contents(log)
        assert len(server.requests) == asked


def test_matches_that_the_world_broke_off_are_void_and_played_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    down = threading.Event()
    down.set()

    def reply(request: dict[str, object]) -> ChatReply | str:
        broken = down.is_set() and request["model"] == "a"
        return ChatReply("overloaded", status=503) if broken else play_legally(request)

    with LocalProvider(reply):
        log = gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench")
        assert {m.agents for m in log.matches()} == set(itertools.permutations(AGENTS[1:], 2))
        voids = log.voids()
        assert len(voids) == 12
        assert all("overloaded" in void.reason for void in voids)
        down.clear()
        gtbench.resume(log.path)
    assert log.numbers() == set(range(1, 19))
    assert log.voids() == ()
    with LocalProvider():
        whole = gtbench.run(tournament(deals=1), log=tmp_path / "whole.gtbench")
    assert contents(log) == contents(whole)


def test_a_wrong_key_stops_the_run_with_one_line_and_keeps_what_was_played(tmp_path: Path) -> None:
    def reply(request: dict[str, object]) -> ChatReply | str:
        return ChatReply("bad key", status=401) if request["model"] == "b" else play_legally(request)

    path = tmp_path / "run.gtbench"
    for agents in (("cot@openai/b", "prompt@openai/a"), ("prompt@openai/a", "random", "cot@openai/b")):
        settings = tournament(concurrency=1, agents=agents)
        with (
            LocalProvider(reply) as server,
            pytest.raises(ProviderRejection, match=r"does not accept the key.*bad key"),
        ):
            gtbench.run(settings, log=path)
        if len(agents) == 2:  # nothing was answered, and an empty log would be in the way of the next try
            assert list(tmp_path.iterdir()) == []
    log = gtbench.open_log(path)
    assert log.numbers() == {1, 2}
    assert log.ledger().spent.calls == sum(request["model"] == "a" for request in server.requests)


def test_a_log_of_nothing_but_what_was_broken_off_is_kept_for_it_was_paid_for(tmp_path: Path) -> None:
    """One model answers, and the other's key is wrong: the only match is void after a call."""

    def reply(request: dict[str, object]) -> ChatReply | str:
        return ChatReply("bad key", status=401) if request["model"] == "b" else play_legally(request)

    settings = tournament(concurrency=1, agents=("prompt@openai/a", "prompt@openai/b"), games=["tic_tac_toe"])
    with LocalProvider(reply), pytest.raises(ProviderRejection):
        gtbench.run(settings, log=tmp_path / "run.gtbench")
    log = gtbench.open_log(tmp_path / "run.gtbench")
    assert log.numbers() == set()
    (void,) = log.voids()
    assert (void.number, [call.model for call in void.calls]) == (1, ["openai/a"])
    assert log.ledger().spent.calls == 1
    assert log.ledger().spent.tokens == sum(call.input_tokens + call.output_tokens for call in void.calls) > 0


def test_a_missing_key_is_named_before_a_log_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKey, match="OPENAI_API_KEY"):
        gtbench.run(tournament(), log=tmp_path / "run.gtbench")
    assert list(tmp_path.iterdir()) == []


def test_a_log_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench")
    with log.writer(), pytest.raises(LogError, match="is being written by another gtbench"), log.writer():
        pass


def test_what_a_full_disk_kept_out_is_written_whole_once_there_is_room(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench")
    copy = create_log(tmp_path / "copy.gtbench", log.tournament)
    with copy.writer() as writer:
        writer._database.execute("PRAGMA max_page_count = 10")
        for match in log.matches():
            writer.add(match)
        with pytest.raises(LogError, match="database or disk is full"):
            writer.commit()
        writer._database.execute("PRAGMA max_page_count = 100000")
    assert copy.matches() == log.matches()


class Collector:
    """Notes at the end of each match how often garbage is searched for."""

    def __init__(self) -> None:
        self.thresholds: list[tuple[int, int, int]] = []

    def started(self, log: gtbench.RunLog) -> None:
        """Play begins."""

    def ended(self, outcome: object) -> None:
        self.thresholds.append(gc.get_threshold())


def test_while_a_run_lasts_the_collector_of_garbage_is_called_rarely(tmp_path: Path) -> None:
    before, watcher = gc.get_threshold(), Collector()
    with LocalProvider():
        gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench", watcher=watcher)
    assert set(watcher.thresholds) == {(YOUNG, *before[1:])}
    assert gc.get_threshold() == before


def test_a_log_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    with LocalProvider():
        log = gtbench.run(tournament(deals=1), log=tmp_path / "run.gtbench")
        match = log.match(1)
        with log.writer() as writer:
            writer.add(match.model_copy(update={"number": 99}))
            writer.commit()
            assert gtbench.open_log(log.path).match(99).turns == match.turns


def test_a_log_that_exists_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.gtbench"
    path.write_text("something of the user's")
    with pytest.raises(LogError, match=r"exists already: name another --log, or go on with: gtbench resume"):
        gtbench.run(tournament(), log=path)
    assert path.read_text() == "something of the user's"


def finished_log(path: Path) -> Path:
    with LocalProvider():
        return gtbench.run(tournament(deals=1), log=path).path


def test_a_log_that_cannot_be_used_is_named_and_not_touched(tmp_path: Path) -> None:
    good = finished_log(tmp_path / "good.gtbench").read_bytes()
    newer = bytearray(good)
    newer[60:64] = (99).to_bytes(4)
    cases = {
        "text.gtbench": (b"hello", "is no run log of gtbench"),
        "empty.gtbench": (b"", "is no run log of gtbench"),
        "newer.gtbench": (
            bytes(newer),
            f"has log format 99, but gtbench .* reads up to {FORMAT}: upgrade gtbench",
        ),
        "cut.gtbench": (good[: len(good) // 2], "is damaged"),
        "noise.gtbench": (good[:200] + b"\xff" * 4000 + good[4200:], "is damaged"),
    }
    for name, (content, line) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        for attempt in (lambda p=path: gtbench.open_log(p).matches(), lambda p=path: gtbench.resume(p)):
            with pytest.raises(LogError, match=line) as caught:
                attempt()
            assert "\n" not in str(caught.value)
        assert path.read_bytes() == content
        assert sorted(tmp_path.glob(f"{name}*")) == [path]
    with pytest.raises(LogError, match="cannot be read: No such file"):
        gtbench.open_log(tmp_path / "none.gtbench")


def test_another_programs_database_is_no_run_log(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE run (record TEXT)")
    database.close()
    with pytest.raises(LogError, match="is no run log of gtbench"):
        gtbench.open_log(path)


def test_a_log_whose_writer_was_killed_in_the_middle_of_a_commit_is_whole(tmp_path: Path) -> None:
    log = gtbench.open_log(finished_log(tmp_path / "run.gtbench"))
    before = contents(log)
    script = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA cache_size = 1")
database.executemany("INSERT INTO matches VALUES (?, ?)", [(n, "x" * 5000) for n in range(100, 300)])
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, str(log.path)], check=False)
    assert (tmp_path / "run.gtbench-journal").stat().st_size > 0
    assert contents(gtbench.open_log(log.path)) == before
    assert list(tmp_path.iterdir()) == [log.path]


def test_a_log_with_a_damaged_record_is_not_touched(tmp_path: Path) -> None:
    path = finished_log(tmp_path / "run.gtbench")
    database = sqlite3.connect(path)
    database.execute("UPDATE matches SET record = replace(record, 'rewards', 'awards') WHERE number = 3")
    database.execute("DELETE FROM matches WHERE number = 5")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(LogError, match="match 3 is damaged"):
        gtbench.resume(path)
    assert path.read_bytes() == before


def test_a_log_can_be_read_without_the_packages_of_its_players(tmp_path: Path) -> None:
    path = finished_log(tmp_path / "run.gtbench")
    database = sqlite3.connect(path)
    for table in ("run", "matches"):
        database.execute(f"UPDATE {table} SET record = replace(record, 'random', 'somebodys')")  # noqa: S608
    database.execute("UPDATE names SET name = 'somebodys' WHERE name = 'random'")
    database.commit()
    database.close()
    seal_anew(path)
    log = gtbench.open_log(path)
    assert "somebodys" in set(log.standings()["agent"])
    with pytest.raises(UnknownName, match="unknown agent 'somebodys'"):
        gtbench.resume(path)


def test_a_log_says_how_much_of_its_schedule_it_holds(tmp_path: Path) -> None:
    path = finished_log(tmp_path / "run.gtbench")
    assert gtbench.open_log(path).coverage() == "18 of 18 matches played."
    database = sqlite3.connect(path)
    database.execute("DELETE FROM matches WHERE number > 10")
    database.commit()
    database.close()
    with gtbench.open_log(path).writer() as writer:
        writer.add_void(4, "played since", [])
        writer.add_void(11, "down", [])
    expected = f"10 of 18 matches played, 1 void. The rest: gtbench resume {path}"
    assert gtbench.open_log(path).coverage() == expected


@pytest.mark.parametrize("place", ["afile/run.gtbench", "/proc/nowhere/run.gtbench", "n" * 300, "afolder"])
def test_a_place_that_cannot_hold_a_log_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "afile").write_text("")
    (tmp_path / "afolder").mkdir()
    with LocalProvider(), pytest.raises(LogError, match=r"cannot be written|is a folder") as caught:
        gtbench.run(tournament(deals=1), log=tmp_path / place)
    assert "\n" not in str(caught.value)


def test_a_second_interrupt_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.gtbench"
    flags = ["--agents", *AGENTS, "--games", *GAMES, "--deals", "4", "--seed", "0", "--concurrency", "4"]
    with LocalProvider(latency=0.03) as server:
        process = start("run", *flags, "--log", str(path), **server.environment)
        wait_for_matches(path, 3)
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "was never retrieved" not in errors
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_in_a_notebook_stops_the_run(tmp_path: Path) -> None:
    script = """
import asyncio, sys, gtbench
async def cell():
    agents, games = ("prompt@openai/a", "random"), ("tic_tac_toe",)
    gtbench.run(gtbench.Tournament(agents=agents, games=games, deals=99, concurrency=1), log=sys.argv[1])
try:
    asyncio.run(cell())
except KeyboardInterrupt:
    print("stopped")
"""
    path = tmp_path / "run.gtbench"
    with LocalProvider(latency=0.03) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            env=os.environ | server.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for_matches(path, 2)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert output == "stopped\n"
    assert len(gtbench.open_log(path).numbers()) < 60


def test_a_match_that_is_not_there_is_named(tmp_path: Path) -> None:
    log = gtbench.open_log(finished_log(tmp_path / "run.gtbench"))
    with pytest.raises(LogError, match="has no match 999; `gtbench matches LOG` lists them"):
        log.match(999)


@pytest.mark.parametrize("cap", [{"max_calls": 25}, {"max_tokens": 9_000}, {"max_cost": 0.009}])
@pytest.mark.parametrize("workers", [1, 8])
def test_a_run_stops_at_its_cap_and_goes_on_under_a_higher_one(
    cap: dict[str, float],
    workers: int,
    whole: gtbench.RunLog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prices = tmp_path / "models.toml"
    prices.write_text("".join(f'["openai/{name}"]\ninput = 1.0\noutput = 1.0\n' for name in "ab"))
    monkeypatch.setenv("GTBENCH_MODELS", str(prices))
    path = tmp_path / "run.gtbench"
    with LocalProvider(latency=0.01) as server:
        with pytest.raises(BudgetSpent, match=rf"{next(iter(cap))}=.*: \d+ calls, "):
            gtbench.run(tournament(concurrency=workers), log=path, budget=Budget(**cap), graded=False)
        log = gtbench.open_log(path)
        spent = log.ledger().spent
        assert spent.calls == len(server.requests)  # matches that were broken off count too
        assert spent.cost == pytest.approx(spent.tokens / 1e6)
        used = {"max_calls": spent.calls, "max_tokens": spent.tokens, "max_cost": spent.cost}
        largest = {"max_calls": 1, "max_tokens": LARGEST_CALL, "max_cost": LARGEST_CALL / 1e6}
        ((name, limit),) = cap.items()
        assert limit / 2 < used[name] < limit + workers * largest[name]  # no more than was on its way
        calls = [call for match in log.matches() for call in match.calls]
        assert max(call.input_tokens + call.output_tokens for call in calls) < LARGEST_CALL
        before = len(log.numbers())
        with pytest.raises(BudgetSpent):
            gtbench.resume(path, budget=Budget(**cap) if name == "max_calls" else Budget(max_calls=1))
        assert len(server.requests) == spent.calls
        gtbench.resume(path, graded=False)
        assert len(log.numbers()) == 36 > before
        assert log.ledger().spent.calls == len(server.requests)
    assert contents(log) == contents(whole)


@pytest.mark.parametrize("workers", [1, 8])
def test_a_run_stops_with_both_matches_of_every_pair_that_it_began(workers: int, tmp_path: Path) -> None:
    settings = {"games": ["blind_auction"], "agents": AGENTS[:2], "deals": 20, "concurrency": workers} | EACH
    with LocalProvider(latency=0.01) as server:
        with pytest.raises(BudgetSpent, match="max_calls=27 has no room for more matches: 24 calls, "):
            gtbench.run(tournament(**settings), log=tmp_path / "run.gtbench", budget=Budget(max_calls=27))
        assert len(server.requests) == 24
        log = gtbench.open_log(tmp_path / "run.gtbench")
        assert sorted(log.numbers()) == list(range(1, 13))
        assert log.voids() == ()
        with pytest.raises(BudgetSpent, match="max_calls=33 has no room"):
            gtbench.resume(log.path, budget=Budget(max_calls=33))
        assert len(log.numbers()) == 16


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize(("cap", "calls"), [(45, 42), (48, 48), (16, 10)])
def test_a_cap_holds_where_matches_cost_differently(
    workers: int, cap: int, calls: int, tmp_path: Path
) -> None:
    """A deal is a pair of matches of four calls, one of one and one of three; no more pairs than fit.

    A kind of which nothing is known yet is taken for the dearest.
    """
    agents = ("prompt@anthropic/a", "self_consistency[samples=3]@anthropic/b", "random")
    settings = {"games": ["blind_auction"], "agents": agents, "deals": 9, "concurrency": workers} | EACH
    with LocalProvider() as server:
        with pytest.raises(BudgetSpent, match=f"max_calls={cap} has no room for more matches: {calls} calls"):
            gtbench.run(tournament(**settings), log=tmp_path / "run.gtbench", budget=Budget(max_calls=cap))
        assert len(server.requests) == calls
    log = gtbench.open_log(tmp_path / "run.gtbench")
    assert log.numbers() == set(range(1, len(log.numbers()) + 1))
    assert len(log.numbers()) % 2 == 0
    assert log.voids() == ()


def test_a_cap_on_cost_needs_a_price(tmp_path: Path) -> None:
    with (
        LocalProvider(),
        pytest.raises(BadOption, match="no price is known of openai/a, openai/b; name one in"),
    ):
        gtbench.run(tournament(), log=tmp_path / "run.gtbench", budget=Budget(max_cost=1))
    assert list(tmp_path.iterdir()) == []


def test_calls_of_matches_that_the_world_broke_off_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    monkeypatch.setattr(pool, "OUTAGE", 99)

    def reply(request: dict[str, Any]) -> ChatReply | str:
        down = "Rounds played: 2" in json.dumps(request)
        return ChatReply(body={"choices": []}) if down else play_legally(request)

    with LocalProvider(reply) as server:
        log = gtbench.run(tournament(games=["prisoners_dilemma"]), log=tmp_path / "run.gtbench")
    assert log.voids()
    assert all(void.calls for void in log.voids())
    failed = sum("Rounds played: 2" in json.dumps(request) for request in server.requests)
    assert log.ledger().spent.calls == len(server.requests)
    assert log.ledger().failed == failed
    assert all(void.failed for void in log.voids())


OWN_FAULTS = {
    FaultKind.TRUNCATED: "length", FaultKind.REFUSED: "refused", FaultKind.TOO_LONG: "too_long",
}  # fmt: skip
"""How a reply ended that is charged as such a fault."""


def only(log: gtbench.RunLog, numbers: Collection[int], path: Path) -> gtbench.RunLog:
    """A log of some of another's matches."""
    made = create_log(path, log.tournament)
    with made.writer() as writer:
        for match in log.matches():
            if match.number in numbers:
                writer.add(match)
    return made


def uncounted(match: Match) -> str:
    """All of a match but how many tokens it took, which a server may not say."""
    return re.sub(r'"(input|output)_tokens":\d+', "", match.content())


UNREAD = (Trouble.IN_BLOCKS, Trouble.OTHER_CHARSET)
"""Unusual forms that litellm does not read: an answer in them is asked for again."""


@pytest.mark.usefixtures("litellm_loaded")
def test_two_hundred_matches_through_a_fifth_of_all_kinds_of_trouble(tmp_path: Path) -> None:
    """Each is played, or void by a named provider; only what is the model's doing is charged; all is billed.

    Requests to one provider are given up after two tries, so that some matches are void.
    """
    agents = ["prompt[timeout=2,tries=2]@openai/a", "prompt[timeout=2,tries=3]@anthropic/b",
              "prompt[timeout=2]@litellm/openai/c", "random"]  # fmt: skip
    settings = {"agents": agents, "games": ["kuhn_poker"], "deals": 17, "concurrency": 64}
    with LocalProvider() as server:
        calm = gtbench.run(tournament(**settings), log=tmp_path / "calm.gtbench", graded=False)
        spent = calm.ledger().spent
        assert (spent.calls, spent.tokens) == (server.answered, server.tokens)
    with LocalProvider(faults=Faults(0.2, seed=3, kinds=tuple(Trouble), spared={"c": UNREAD})) as server:
        stormy = gtbench.run(tournament(**settings), log=tmp_path / "stormy.gtbench", graded=False)
    assert set(server.troubles) == set(Trouble)
    assert 0.15 < sum(server.troubles.values()) / len(server.requests) < 0.25
    matches, voids = stormy.matches(), stormy.voids()
    assert stormy.numbers() | {void.number for void in voids} == set(range(1, 205))
    assert not stormy.numbers() & {void.number for void in voids}
    assert voids
    assert all(re.match(r"(openai/a|anthropic/b|litellm/openai/c) ", void.reason) for void in voids)

    faulty = [a for m in matches for turn in m.turns for a in turn.attempts if a.fault]
    assert all(OWN_FAULTS[a.fault.kind] == a.finish == a.calls[-1].finish for a in faulty if a.fault)
    ends = Counter(call.finish for call in stormy.calls())
    assert ends["length"] == server.troubles[Trouble.TRUNCATED]
    assert ends["refused"] == server.troubles[Trouble.REFUSED] + server.troubles[Trouble.MODERATED]
    assert ends["too_long"] == server.troubles[Trouble.TOO_LONG]
    assert len(faulty) == sum(call.finish != "stop" for m in matches for call in m.calls)

    ledger = stormy.ledger()
    assert ledger.spent.calls == len(server.requests)
    assert ledger.spent.calls - ledger.failed == server.answered
    assert ledger.spent.tokens == server.tokens
    assert {call.model for call in stormy.calls() if call.retries} == {call.model for call in calm.calls()}

    plain = {match.number: uncounted(match) for match in calm.matches()}
    expected = {match.number: match.content() for match in calm.matches()}
    sound = [match for match in matches if not match.faults]
    counted = [match for match in sound if all(call.input_tokens for call in match.calls)]
    assert len(counted) > 100
    assert {m.number: m.content() for m in counted} == {m.number: expected[m.number] for m in counted}
    assert {match.number: uncounted(match) for match in sound} == {m.number: plain[m.number] for m in sound}
    uncertain = server.troubles[Trouble.STRANGE_COUNTS]
    assert sum(not call.input_tokens and call.finish == "stop" for call in stormy.calls()) == uncertain
    both = {match.number for match in sound}
    one, other = (only(log, both, tmp_path / f"both_{log.path.name}").standings() for log in (calm, stormy))
    pd.testing.assert_frame_equal(one, other)
    with LocalProvider():
        gtbench.resume(stormy.path, graded=False)
    assert stormy.numbers() == set(range(1, 205))
    assert all(uncounted(m) == plain[m.number] for m in stormy.matches() if not m.faults)


@pytest.mark.parametrize("model", ["openai/a", "openai/o3-pro", "anthropic/b", "litellm/anthropic/b"])
def test_what_is_the_models_own_doing_is_charged_to_its_player(model: str, tmp_path: Path) -> None:
    settings = {"agents": [f"prompt@{model}", "random"], "games": ["kuhn_poker"], "deals": 25}
    faults = Faults(0.3, seed=1, kinds=tuple(sorted(PLAYERS_OWN)))
    with LocalProvider(faults=faults) as server:
        log = gtbench.run(tournament(**settings), log=tmp_path / "run.gtbench")
    found = Counter(str(fault.kind) for match in log.matches() for fault in match.faults)
    met = Counter({str(kind): count for kind, count in server.troubles.items()})
    met["refused"] += met.pop("moderated")
    assert found == met
    assert len(found) == 3
    assert len(log.numbers()) == 50
    assert log.ledger().spent.calls == server.answered == len(server.requests)


def test_a_plan_of_troubles_is_the_same_again_and_as_dense_as_it_says() -> None:
    plan = [Faults(0.2, seed=1).at(n) for n in range(5000)]
    assert plan == [Faults(0.2, seed=1).at(n) for n in range(5000)]
    assert sum(trouble is not None for trouble in plan) == pytest.approx(1000, abs=120)
    assert {trouble for trouble in plan if trouble} == set(WORLDS)
    assert {Faults(1, kinds=(Trouble.RESET,)).at(n) for n in range(50)} == {Trouble.RESET}
    assert {Faults(0).at(n) for n in range(50)} == {None}
