"""Logs of every format there was, as they were written then: each is read whole, and gone on with.

The same tournament was played by the last gtbench of each format from 2 on, but for format 5: a seventh match
was void after one call. Of formats that hold them, there are grades, and what a judge said of two turns.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tampered import seal_anew

import gtbench
from gtbench.errors import LogError
from gtbench.log.format import GRADED, JUDGED, SEALED
from gtbench.records import FORMAT
from gtbench.scoring import PROMPT
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[1] / "data"
FORMATS = range(1, FORMAT + 1)
DIGEST = re.compile("[0-9a-f]{32}")


def kept(number: int) -> Path:
    return DATA / f"format-{number}.gtbench"


@pytest.fixture
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A log of a format, of one's own, whose run can be gone on with: it is one under today's prompts."""
    path = Path(shutil.copy(kept(request.param), tmp_path / "old.gtbench"))
    with closing(sqlite3.connect(path)) as database, database:
        settings = json.loads(*database.execute("SELECT record FROM run").fetchone())
        if policy := settings["tournament"].get("policy"):
            policy["prompt"] = PROMPT
            database.execute("UPDATE run SET record = ?", (json.dumps(settings),))
    return path


def change(log: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(log)) as database, database:
        database.execute(statement, values)


def texts(node: Any) -> Iterator[str]:
    """Every text in a record but the digests that stand for requests."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from () if name == "key" else texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def records(log: gtbench.RunLog) -> list[Any]:
    """All that a log holds."""
    grades = [grade for turns in log.grades().values() for grade in turns]
    return [*log.matches(), *log._broken_off(), *log.judging(), *log.asked(), *grades]


def format_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("number", FORMATS)
def test_a_log_of_each_format_is_kept_and_holds_what_that_format_can(number: int) -> None:
    log = gtbench.open_log(kept(number))
    assert log.run.format == format_of(kept(number)) == number
    assert len(log.grades()) == (len(log.matches()) if number >= GRADED else 0)
    if number not in (1, 5):
        assert log.numbers() == {1, 2, 3, 5, 6, 7, 8}
        (void,) = log.voids()
        assert (void.number, len(void.calls), len(void.failed)) == (4, 1, 1)
        assert len(log.judging()) == (2 if number >= JUDGED else 0)


@pytest.mark.parametrize("log", FORMATS, indirect=True)
def test_a_log_of_each_format_is_read_whole_and_left_as_it_is(log: Path) -> None:
    before, found = log.read_bytes(), gtbench.open_log(log)
    for record in records(found):
        assert not [text for text in texts(record.model_dump()) if DIGEST.fullmatch(text)]
    for match in found.matches():
        assert all(rules.count("\n") > 3 for rules in match.rules)
        assert all("\n" in turn.view for turn in match.turns)
        assert all(call.messages[0].content.startswith("You are a player in") for call in match.calls)
    assert len(found.standings()) > 2
    assert len(found.frame()) == 2 * len(found.matches())
    assert log.read_bytes() == before


@pytest.mark.parametrize("log", FORMATS, indirect=True)
def test_a_log_of_each_format_is_gone_on_with_and_keeps_what_it_held(log: Path) -> None:
    plays = {pairing.number: (pairing.deal, pairing.seed, pairing.agents)
             for pairing in gtbench.open_log(log).pairings()}  # fmt: skip
    change(log, "DELETE FROM matches WHERE number = 2")
    if format_of(log) >= GRADED:
        change(log, "DELETE FROM grades WHERE number = 2")
    if format_of(log) >= SEALED:
        seal_anew(log)
    before = gtbench.open_log(log)
    held, spent = records(before), before.ledger().spent
    with LocalProvider() as server:
        after = gtbench.resume(log)
    assert format_of(log) == FORMAT
    assert [record for record in held if record not in records(after)] == []
    assert {match.number: (match.deal, match.seed, match.agents) for match in after.matches()} == plays
    assert set(after.grades()) == set(plays)
    assert after.voids() == ()
    assert after.ledger().spent.calls == spent.calls + len(server.requests) > spent.calls
    assert gtbench.open_log(log).matches() == after.matches()


def test_a_void_match_of_format_1_is_kept_too(tmp_path: Path) -> None:
    log = Path(shutil.copy(kept(1), tmp_path / "old.gtbench"))
    calls = [call.model_dump(mode="json") for call in gtbench.open_log(log).match(1).calls]
    void = {"number": 2, "reason": "away", "at": "2026-11-24T14:14:31Z", "calls": calls}
    change(log, "INSERT INTO voids VALUES (?)", json.dumps(void))
    change(log, "DELETE FROM matches WHERE number = 2")
    before = gtbench.open_log(log).voids()
    assert [(one.number, one.reason, len(one.calls)) for one in before] == [(2, "away", len(calls))]
    with gtbench.open_log(log).writer():
        pass
    assert format_of(log) == FORMAT
    assert gtbench.open_log(log).voids() == before


# Damage.

DAMAGE: dict[str, tuple[str, object]] = {
    "a match that is none": ("UPDATE matches SET record = replace(record, 'rewards', 'awards')", None),
    "a void match that is none": ("UPDATE voids SET record = replace(record, 'reason', 'season')", None),
    "grades that are none": ("UPDATE grades SET record = replace(record, 'turns', 'churns')", None),
    "a text that is missing": ("DELETE FROM texts", None),
    "a text that is not compressed": ("UPDATE texts SET content = ?", b"plain"),
    "a text that is no bytes": ("UPDATE texts SET content = ?", "plain"),
    "a text that is cut off": ("UPDATE texts SET content = substr(content, 1, 20)", None),
    "a text that is empty": ("UPDATE texts SET content = ?", b""),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.parametrize("log", [JUDGED, FORMAT], indirect=True)
def test_a_damaged_log_is_told_in_one_line_and_not_written_to_by_resume(what: str, log: Path) -> None:
    statement, value = DAMAGE[what]
    change(log, statement, *([] if value is None else [value]))
    before = log.read_bytes()
    with LocalProvider() as server, pytest.raises(LogError, match="is damaged") as caught:
        gtbench.resume(log)
    assert "\n" not in str(caught.value)
    assert log.read_bytes() == before
    assert server.requests == []
