"""One writer a log, whoever he is: real processes that begin together, other names of a file, kills."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import gtbench as command
from processes import at_once, holding

import gtbench
from gtbench.elicit import elicit
from gtbench.errors import LogError, UserError
from gtbench.log.create import create_log
from gtbench.models.memory import ReplyCache
from gtbench.records import Call, Sample
from gtbench.schedule import Elicitation, Tournament

if TYPE_CHECKING:
    from collections.abc import Callable

TRIALS = 12
MATCHES = 2


def tournament(seed: int = 0) -> Tournament:
    settings = {"agents": ("random", "always_defect"), "games": ("prisoners_dilemma",), "deals": 1}
    return Tournament.checked(settings | {"seed": seed}, "test")


def test_of_runs_begun_together_on_one_new_log_exactly_one_is_played_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    gtbench.run(tournament(), log=tmp_path / "warm.gtbench")  # what the runs load is loaded before they fork
    for trial in range(TRIALS):
        path = tmp_path / f"{trial}" / "run.gtbench"

        def play(path: Path = path) -> int:
            return len(gtbench.run(tournament(), log=path).numbers())

        first, second, third = sorted(at_once(play, play, play))
        assert first == str(MATCHES)
        for refused in (second, third):
            assert refused.startswith(f"LogError: {path} exists already: name another --log, or go on with: ")
        assert len(gtbench.open_log(path).matches()) == MATCHES
        assert list(path.parent.iterdir()) == [path]


def test_of_elicitations_begun_together_exactly_one_is_asked(tmp_path: Path) -> None:
    elicit.elicit("always_defect", "prisoners_dilemma", log=tmp_path / "warm.gtbench", samples=1)
    for trial in range(TRIALS // 3):
        path = tmp_path / f"{trial}" / "asked.gtbench"

        def ask(path: Path = path) -> int:
            asked = elicit.elicit("always_defect", "prisoners_dilemma", log=path, samples=1)
            return len(asked.log.answers())

        answered, refused = sorted(at_once(ask, ask))
        assert int(answered) == len(gtbench.open_log(path).answers()) > 0
        assert refused.startswith(f"LogError: {path} exists already")


def test_of_those_who_go_on_with_a_log_together_one_plays_and_the_others_are_refused(tmp_path: Path) -> None:
    gtbench.run(tournament(), log=tmp_path / "warm.gtbench")
    for trial in range(TRIALS):
        path = create_log(tmp_path / f"{trial}.gtbench", tournament()).path
        other = tmp_path / f"{trial}-too.gtbench"
        other.hardlink_to(path)

        def go_on(path: Path = path) -> int:
            return len(gtbench.resume(path).numbers())

        def go_on_elsewhere(other: Path = other) -> int:
            os.environ["XDG_CACHE_HOME"] = os.environ["HOME"] = str(tmp_path / "elsewhere")
            return len(gtbench.resume(other).numbers())

        said = at_once(go_on, go_on_elsewhere)
        refused = [text for text in said if text != str(MATCHES)]
        assert len(refused) < 2, said
        assert all("is being written by another gtbench, process " in text for text in refused)
        assert len(gtbench.open_log(path).matches()) == MATCHES


@pytest.mark.parametrize("how", ["by its name", "by a hard link", "by a symbolic link"])
def test_a_second_writer_is_refused_whatever_the_log_is_called_and_told_who_writes(
    how: str, tmp_path: Path
) -> None:
    path = create_log(tmp_path / "run.gtbench", tournament()).path
    name = path if how == "by its name" else tmp_path / "sub" / "other.gtbench"
    name.parent.mkdir(exist_ok=True)
    if how == "by a hard link":
        name.hardlink_to(path)
    elif how == "by a symbolic link":
        name.symlink_to(path)
    elsewhere = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with holding(path, **elsewhere) as (process, _):
        line = f"{name} is being written by another gtbench, process {process.pid} of this machine"
        with pytest.raises(LogError, match=line) as caught, gtbench.open_log(name).writer():
            pass
        assert "\n" not in str(caught.value)
        assert gtbench.open_log(name).numbers() == frozenset()  # reading is free
    with gtbench.open_log(name).writer():
        pass


def elicitation() -> Elicitation:
    sets = tuple(elicit.information_sets(gtbench.load_game("prisoners_dilemma")))
    return Elicitation(agent="random", game="prisoners_dilemma", information_sets=sets, samples=1)


@pytest.mark.parametrize("settings", [tournament, elicitation])
def test_to_go_on_with_a_log_that_is_being_written_is_refused_and_not_told_again(
    settings: Callable[[], Tournament | Elicitation], tmp_path: Path
) -> None:
    path = create_log(tmp_path / "run.gtbench", settings()).path
    with holding(path) as (process, _):
        done = command("resume", path.name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: run.gtbench is being written by another gtbench, process {process.pid} of this machine or "
        "of another that has the file: wait for it to end\n"
    )


def test_a_writer_that_is_killed_leaves_no_lock_though_a_program_that_it_started_lives_on(
    tmp_path: Path,
) -> None:
    path = create_log(tmp_path / "run.gtbench", tournament()).path
    with holding(path) as (process, child):
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.kill(child, 0)  # it is there
        with gtbench.open_log(path).writer():
            pass


def second(path: Path) -> str:
    """What SQLite tells another process that would like to write."""
    script = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)"
        ".execute('BEGIN IMMEDIATE')"
    )
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)
    return ended.stderr.strip().rpartition("\n")[2]


def opened_again(path: Path) -> None:
    assert gtbench.open_log(path).matches() == ()


def refused(path: Path) -> None:
    with pytest.raises(LogError, match=f"process {os.getpid()} of"), gtbench.open_log(path).writer():
        pass


@pytest.mark.parametrize("do", [opened_again, refused])
def test_what_else_a_writing_process_does_with_its_log_drops_none_of_sqlites_locks(
    do: Callable[[Path], None], tmp_path: Path
) -> None:
    log = create_log(tmp_path / "run.gtbench", tournament())
    with log.writer() as writer:
        writer._database.execute("BEGIN IMMEDIATE")
        assert second(log.path) == "sqlite3.OperationalError: database is locked"
        do(log.path)
        assert second(log.path) == "sqlite3.OperationalError: database is locked"
        writer._database.rollback()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_log_that_goes_away_while_it_is_written_is_told_and_what_came_in_its_place_stays(
    how: str, tmp_path: Path
) -> None:
    log = gtbench.run(tournament(), log=tmp_path / "run.gtbench")
    match = log.matches()[0].model_copy(update={"number": 99})
    other = create_log(tmp_path / "other.gtbench", tournament()).path
    before = other.read_bytes()

    def write() -> None:
        with log.writer() as writer:
            if how == "removed":
                log.path.unlink()
            else:
                other.rename(log.path)
            writer.add(match)

    with pytest.raises(LogError, match=r"was removed, or replaced by another file, while it was written: "):
        write()
    assert log.path.exists() == (how == "replaced")
    assert how == "removed" or log.path.read_bytes() == before


def test_a_run_that_cannot_begin_removes_its_own_log_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "run.gtbench"
    mine = create_log(path, tournament())
    with holding(path):
        mine.discard()
        assert path.exists()
    path.unlink()
    theirs = create_log(path, tournament())
    mine.discard()
    assert gtbench.open_log(path).run == theirs.run
    theirs.discard()
    assert list(tmp_path.iterdir()) == []
    gtbench.run(tournament(), log=path).discard()
    assert len(gtbench.open_log(path).numbers()) == MATCHES


def test_on_a_file_system_without_hard_links_a_log_is_made_once_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", none_here)
    for trial in range(TRIALS):
        path = tmp_path / f"{trial}" / "run.gtbench"

        def make(path: Path = path) -> str:
            return str(create_log(path, tournament(seed=os.getpid())).tournament.seed)

        made, refused = sorted(at_once(make, make))
        assert refused.startswith(f"LogError: {path} exists already")
        assert gtbench.open_log(path).tournament.seed == int(made)
        assert list(path.parent.iterdir()) == [path]


def call(key: str) -> Call:
    return Call(
        model="openai/a", messages=(), settings={}, samples=(Sample(reply=key, finish="stop"),), key=key
    )


def test_processes_that_begin_a_cache_of_replies_together_all_keep_theirs(tmp_path: Path) -> None:
    for trial in range(TRIALS):
        path = tmp_path / f"{trial}.cache"

        def keep(path: Path = path) -> None:
            cache = ReplyCache(path)
            for number in range(5):
                cache.put(call(f"{os.getpid()}-{number}"))
            cache.close()

        assert at_once(keep, keep, keep) == ["None"] * 3
        database = sqlite3.connect(path)
        assert database.execute("SELECT count(*) FROM calls").fetchone() == (15,)
        database.close()


def test_a_cache_of_several_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "replies.cache"
    ReplyCache(path).close()
    (tmp_path / "too.cache").hardlink_to(path)
    with pytest.raises(UserError, match=r"has other names too \(hard links\): use a copy of it"):
        ReplyCache(path)
