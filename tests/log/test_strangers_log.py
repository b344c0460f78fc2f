"""What a stranger's log can hold: it is told in one line, in bounded memory, and nothing of it is run."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench
from tampered import seal_anew

import gtbench as gym
from gtbench.elicit import elicit
from gtbench.errors import BadOption, LogError, UserError, WorldError
from gtbench.largest import MEGABYTE, largest
from gtbench.log.format import UNFOLDED
from gtbench.log.read import open_log
from gtbench.models.memory import ReplyCache
from gtbench.records import FORMAT, Call, Sample
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = 400 * MEGABYTE
"""What a process that opens a bomb may take beside what it had before."""

READS = f"""
import re, resource, sys
from pathlib import Path
from gtbench.errors import UserError
from gtbench.log.read import open_log
from gtbench.models.memory import ReplyCache
import gtbench_leaderboards.ratings.standings, numpy, pandas
size = 1024 * int(re.search(r"VmSize:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
resource.setrlimit(resource.RLIMIT_AS, (size + {ROOM}, size + {ROOM}))
try:
    path = Path(sys.argv[1])
    print(eval(sys.argv[2]))
except UserError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with matches, calls and grades."""
    path = tmp_path_factory.mktemp("sound") / "run.gtbench"
    agents = ("cot[claims=theory,confidence=true]@openai/a", "random")
    games = ("kuhn_poker", "prisoners_dilemma", "negotiation", "nim")
    with LocalProvider():
        settings = {"agents": agents, "games": games, "deals": 1, "seed": 0}  # else matches may be long
        return gym.run(Tournament.checked(settings, "test"), log=path).path


@pytest.fixture
def log(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "strange.gtbench"))


def change(log: Path, *statements: str, **values: object) -> None:
    """Change what a log's tables hold."""
    with closing(sqlite3.connect(log)) as database, database:
        for statement in statements:
            database.execute(statement, values if ":" in statement else {})


def rewritten(log: Path, **settings: Any) -> Path:
    """The log, whose run's record says something else."""
    with closing(sqlite3.connect(log)) as database, database:
        (text,) = database.execute("SELECT record FROM run").fetchone()
        database.execute("UPDATE run SET record = ?", (json.dumps(json.loads(text) | settings),))
    seal_anew(log)
    return log


def read_in_little_memory(path: Path, what: str = "len(open_log(path).matches())") -> str:
    """What an expression comes to, or the error's line."""
    words = [sys.executable, "-c", READS, str(path), what]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    return ended.stdout.strip() or ended.stderr


def bomb(megabytes: int) -> bytes:
    """Very little that unfolds to so many megabytes."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)) + packer.flush()


def test_a_text_that_unfolds_to_more_than_a_reply_may_hold_is_refused_in_little_memory(log: Path) -> None:
    assert int(read_in_little_memory(log)) > 0
    change(log, "UPDATE texts SET content = :bomb", bomb=bomb(300))
    assert log.stat().st_size < 300 * MEGABYTE
    line = f"{log}: match 1 is damaged: it holds more than 16 MB; GTBENCH_MAX_REPLY_MB allows more"
    assert read_in_little_memory(log) == line


def test_many_texts_that_unfold_to_more_than_the_file_can_mean_are_refused(log: Path) -> None:
    with closing(sqlite3.connect(log)) as database, database:
        digests = [digest for (digest,) in database.execute("SELECT digest FROM texts")]
        database.execute("UPDATE texts SET content = ?", (bomb(15),))
    assert UNFOLDED * log.stat().st_size + largest() < 0.6 * ROOM < len(digests) * 15 * MEGABYTE
    said = read_in_little_memory(log)
    assert said.endswith("is damaged: the log's texts are more than 100 times as long as its file")


def test_a_text_that_several_matches_share_is_unfolded_once(log: Path) -> None:
    first, second, *_ = open_log(log).matches()
    assert first.rules[0] is second.rules[0]


def test_a_cached_reply_that_unfolds_without_end_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "replies.cache"
    cache = ReplyCache(path)
    cache.put(
        Call(model="a", messages=(), settings={}, samples=(Sample(reply="b", finish="stop"),), key="key")
    )
    cache.close()
    change(path, "UPDATE calls SET record = :bomb", bomb=bomb(300))
    assert read_in_little_memory(path, "ReplyCache(path).get('key')") == (
        f"{path} is damaged, remove it: it holds more than 16 MB; GTBENCH_MAX_REPLY_MB allows more"
    )


def test_how_long_a_text_may_be_is_a_setting(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(log, "UPDATE texts SET content = :bomb", bomb=bomb(1))
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.5")
    with pytest.raises(LogError, match=r"it holds more than 0\.5 MB; GTBENCH_MAX_REPLY_MB allows more"):
        open_log(log).matches()
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "1")
    assert len(open_log(log).match(1).rules[0]) == MEGABYTE
    for nonsense in ("sixteen", "-1", "nan", "inf", "1e400"):
        monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", nonsense)
        with pytest.raises(BadOption, match=f"GTBENCH_MAX_REPLY_MB={nonsense} is no number of megabytes"):
            largest()


def test_no_text_is_written_that_could_not_be_read_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    match = open_log(log).match(1).model_copy(update={"number": 99, "rules": ("x" * 2000, "y")})
    monkeypatch.setenv("GTBENCH_MAX_REPLY_MB", "0.001")
    with (
        open_log(log).writer() as writer,
        pytest.raises(WorldError, match=r"cannot be written: it holds more than 0\.001 MB"),
    ):
        writer.add(match)


def test_how_much_is_left_of_a_tournament_is_known_without_laying_it_out(log: Path) -> None:
    found = open_log(log)
    settings = dict(found.run.tournament)
    assert found.coverage() == f"{len(found.matches())} of {len(found.pairings())} matches played."
    agents = [*found.tournament.agents, *(f"a{number}" for number in range(3000))]
    left_out = [(agent, "nim") for agent in (*agents[:3000], "somebody else")]
    rewritten(log, tournament=settings | {"agents": agents, "deals": 100_000, "left_out": left_out})
    said = read_in_little_memory(log, "open_log(path).coverage()[:60]")
    assert said.startswith(f"8 of {2 * 100_000 * (3 * 3002 * 3001 // 2 + 1)} matches played. Left out: ")
    refused = gtbench("resume", str(rewritten(log, tournament=settings | {"deals": 10**18})), cwd=log.parent)
    assert refused.stderr.startswith(f"error: {log} is damaged: its settings: Input should be less than")


def test_a_tournament_of_more_matches_than_can_be_laid_out_is_refused(tmp_path: Path, log: Path) -> None:
    agents = [f"threshold[share={number / 10_000}]" for number in range(300)]
    (tmp_path / "cup.toml").write_text(f'agents = {agents}\ngames = ["negotiation"]\ndeals = 12')
    refused = "it has 1,076,400 matches, and a tournament has at most 1,000,000: name fewer agents, games or"
    done = gtbench("run", "cup.toml", cwd=tmp_path)
    assert done.stderr == f"error: cup.toml: {refused} deals\n"
    rewritten(log, tournament={"agents": agents, "games": ["negotiation"], "deals": 12})
    before = log.read_bytes()
    for words in (("resume", str(log)), ("run", "--replay", str(log))):
        done = gtbench(*words, cwd=tmp_path)
        assert done.stderr == f"error: {log}: {refused} deals\n"
    assert log.read_bytes() == before


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A log of what an agent was asked."""
    path = tmp_path / "asked.gtbench"
    elicit.elicit("random", "kuhn_poker", log=path, samples=2)
    return path


def test_questions_that_are_left_are_counted_one_by_one_by_nobody(asked: Path) -> None:
    settings = open_log(asked).run.elicitation
    rewritten(
        asked, elicitation=settings | {"samples": 10_000, "information_sets": [f"x{n}" for n in range(9999)]}
    )
    said = read_in_little_memory(asked, "open_log(path).coverage(), open_log(path).answers()")
    assert said.startswith("('0 of 99990000 questions answered. The rest: gtbench resume ")
    assert said.endswith("', ())")
    done = gtbench("resume", str(asked), cwd=asked.parent)
    assert done.stderr == f"error: {asked} asks about 'x0', which is no information set of kuhn_poker today\n"
    rewritten(asked, elicitation=settings | {"samples": 10**18})
    for verb in ("resume", "exploitability", "standings"):
        done = gtbench(verb, str(asked), cwd=asked.parent)
        assert done.stderr == (
            f"error: {asked} is damaged: its settings: Input should be less than or equal to 10000\n"
        )
    done = gtbench("elicit", "random", "kuhn_poker", "--samples", "10001", cwd=asked.parent)
    assert done.stderr == "error: samples is a whole number from 1 to 10000, not 10001\n"


@pytest.mark.parametrize("key", ["luck", "players"])
@pytest.mark.parametrize("value", ["0" * 65, "\u00e9" * 40, "sixteen"])
def test_a_key_that_is_none_is_damage(key: str, value: str, log: Path) -> None:
    with closing(sqlite3.connect(log)) as database, database:
        (text,) = database.execute("SELECT record FROM run").fetchone()
        record = json.loads(text)
        record["keys"][key] = value
        database.execute("UPDATE run SET record = ?", (json.dumps(record),))
    with pytest.raises(LogError, match="the run's settings is damaged"):
        open_log(log)


ENDLESS = """CREATE VIEW matches AS WITH RECURSIVE n(number, record) AS
(SELECT 1, '{}' UNION ALL SELECT number + 1, '{}' FROM n) SELECT * FROM n"""
PLANTED = {
    "a view": ("ALTER TABLE matches RENAME TO kept", ENDLESS),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON matches BEGIN DELETE FROM voids; END",),
    "a generated column": (
        "ALTER TABLE run ADD COLUMN more TEXT AS (printf('%.*c', 900000000, 'x')) VIRTUAL",
    ),
    "a check": ("DROP TABLE voids", "CREATE TABLE voids (record TEXT CHECK (length(randomblob(9e8)) > 0))"),
    "an index of an expression": ("CREATE INDEX i ON matches (hex(record))",),
    "a virtual table": ("CREATE VIRTUAL TABLE more USING fts5(x)",),
}


@pytest.mark.parametrize("statements", PLANTED.values(), ids=PLANTED)
def test_a_log_that_holds_more_than_plain_tables_is_refused_unread(
    statements: tuple[str, ...], log: Path
) -> None:
    change(log, *statements)
    before = log.read_bytes()
    for verb in ("standings", "resume", "grade"):
        done = gtbench(verb, str(log), cwd=log.parent)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"error: {log} is damaged: it holds ")
        assert line.endswith("which is none of gtbench's")
    assert log.read_bytes() == before
    cache = log.with_name("replies.cache")
    ReplyCache(cache).close()
    change(cache, "CREATE VIEW more AS SELECT * FROM calls")
    with pytest.raises(UserError, match="it holds view 'more', which is none of gtbench's"):
        ReplyCache(cache)


KILLED = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA cache_size = 1")
database.executemany("INSERT INTO matches VALUES (?, ?)", [(n, "x" * 5000) for n in range(100, 300)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_journal_beside_a_log_that_names_another_file_has_nothing_removed(log: Path) -> None:
    precious, journal = log.with_name("precious"), Path(f"{log}-journal")
    precious.write_text("of the user's")
    subprocess.run([sys.executable, "-c", KILLED, log], check=False)
    name = bytes(precious)
    lock_page = (1 << 30) // 4096 + 1
    journal.write_bytes(
        journal.read_bytes()
        + lock_page.to_bytes(4)
        + name
        + len(name).to_bytes(4)
        + sum(name).to_bytes(4)
        + bytes.fromhex("d9d505f920a163d7")
    )
    done = gtbench("standings", str(log), cwd=log.parent)
    assert done.stderr == (
        f"error: {log} is damaged: {journal} is no journal of its own: it names another file\n"
    )
    assert precious.read_text() == "of the user's"


def test_tables_that_are_one_are_damage_on_one_line(log: Path) -> None:
    change(log, "PRAGMA writable_schema = 1", "UPDATE sqlite_master SET rootpage = 2")
    done = gtbench("matches", str(log), cwd=log.parent)
    assert done.stderr.startswith(f"error: {log} is damaged: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("found", [-1, 0, 1, 2, 3, 4, 5, 6, 7, FORMAT + 1, 2**31 - 1])
def test_a_format_that_is_not_a_logs_own_is_told_in_one_line(found: int, log: Path) -> None:
    change(log, f"PRAGMA user_version = {found}")
    before, version = log.read_bytes(), gym.__version__
    line = f"is damaged: it calls itself a log of format {found}, whose tables are others"
    if found > FORMAT:
        line = f"has log format {found}, but gtbench {version} reads up to {FORMAT}: upgrade gtbench"
    for verb in ("resume", "matches", "grade"):
        assert gtbench(verb, str(log), cwd=log.parent).stderr == f"error: {log} {line}\n"
    assert log.read_bytes() == before


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_no_log(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "pipe.gtbench"
    make(path)
    with pytest.raises(LogError, match="is no file, and so no run log"):
        open_log(path)


STRANGE: tuple[Any, ...] = (
    None, True, -1, 1e308, float("nan"), 10**30, "", "9" * 5000, "\x1b[2J\u202e", "../../etc/passwd",
    "nim[pile_sizes=999999999]", -(2**63), 3.5, [], {}, [[]], [1, 2, 3, 4], {"a": {"b": 1}},
)  # fmt: skip
VERBS = (
    ("standings",), ("profile",), ("matches",), ("replay", "1"), ("exploitability",), ("grade",),
    ("errors", "--label", "illegal"), ("site", "-o", "site"), ("resume",),
)  # fmt: skip


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a record."""
    if at:
        yield at
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield from places(value, (*at, key))


@pytest.mark.parametrize("table", ["matches", "run", "grades"])
def test_whatever_stands_in_a_record_every_verb_ends_without_a_traceback(table: str, log: Path) -> None:
    luck = random.Random(table)
    with closing(sqlite3.connect(log)) as database:
        rows = database.execute(f"SELECT rowid, record FROM {table}").fetchall()  # noqa: S608
    for _ in range(30):
        row, text = luck.choice(rows)
        record = json.loads(text)
        *way, last = luck.choice([*places(record)])
        node = record
        for key in way:
            node = node[key]
        node[last] = luck.choice(STRANGE)
        strange = Path(shutil.copy(log, log.with_name("changed.gtbench")))
        statement = f"UPDATE {table} SET record = :text WHERE rowid = :row"  # noqa: S608
        change(strange, statement, text=json.dumps(record), row=row)
        verb, *rest = luck.choice(VERBS)
        done = gtbench(verb, str(strange), *rest, cwd=log.parent)
        assert done.returncode in (0, 1), (verb, way, last, node[last], done.stderr)
        if done.returncode:
            assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 1


@pytest.mark.parametrize("record", ["null", "1", "1.5", "true", '"x"', "[]", '["x"]', '[{"number": 2}]'])
def test_a_record_that_is_no_object_is_told_so_in_plain_words(record: str, log: Path) -> None:
    change(log, "UPDATE matches SET record = :record WHERE number = 2", record=record)
    with pytest.raises(LogError) as caught:
        open_log(log).matches()
    assert str(caught.value) == f"{log}: match 2 is damaged: it is no JSON object"
    change(log, "UPDATE run SET record = :record", record=record)
    with pytest.raises(LogError) as caught:
        open_log(log)
    assert str(caught.value) == f"{log}: the run's settings is damaged: it is no JSON object"


@pytest.mark.parametrize(
    "record", ["[" * 100_000, "{" * 100_000, '{"number": ' + "9" * 100_000, "", "null", "1"]
)
def test_a_record_that_is_none_is_told_in_one_line(record: str, log: Path) -> None:
    change(log, "UPDATE matches SET record = :record WHERE number = 2", record=record)
    with pytest.raises(LogError, match=r"match 2 is damaged: ") as caught:
        open_log(log).matches()
    assert "\n" not in str(caught.value)
    change(log, "UPDATE run SET record = :record", record=record)
    with pytest.raises(LogError, match="the run's settings is damaged"):
        open_log(log)
