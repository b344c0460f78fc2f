"""A log that was changed is told so, with the place; an honest one passes, wherever it is read."""

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
from tampered import seal_anew

import gtbench
from gtbench.errors import LogError
from gtbench.log.seals import digest
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider, play_legally
from gtbench.verify.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.testing import ChatReply
    from gtbench.verify.verify import Verdict

DATA = Path(__file__).parents[1] / "data"
AGENTS = ("cot@openai/a", "self_consistency[samples=2]@openai/a", "prompt@openai/none", "random")
GAMES = ("kuhn_poker", "tic_tac_toe")
MATCHES, VOID = 23, 5
"""How many were played, and the match that the world has broken off."""

FAULTY = "There is no answer in this."


def often_faulty(request: dict[str, Any]) -> str | ChatReply:
    """Two players: one never names a move, the other often does so only when it is asked again."""
    again = any(FAULTY in message["content"] for message in request["messages"])
    first_time = digest(json.dumps(request["messages"]))[0] % 3 == 0 and not again
    return FAULTY if request["model"] == "none" or first_time else play_legally(request)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with models, faults, a forfeit, a match that was broken off, and all of it graded."""
    path = tmp_path_factory.mktemp("logs") / "honest.gtbench"
    cup = Tournament(agents=AGENTS, games=GAMES, deals=1, seed=3)
    every = {pairing.number for pairing in cup.pairings()}
    with LocalProvider(often_faulty):
        log = gtbench.run(cup, log=path, only=every - {VOID})
    with log.writer() as writer:
        writer.add_void(VOID, "the server was away", [])
    matches = log.matches()
    assert any(match.faults for match in matches)
    assert any(match.forfeited_by for match in matches)
    return path


@pytest.fixture
def log(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(honest, tmp_path / "run.gtbench"))


def told(verdict: Verdict) -> str:
    return "\n".join(map(str, verdict.differences))


def test_an_honest_log_passes_and_says_its_seal(honest: Path) -> None:
    verdict = verify(honest)
    assert told(verdict) == ""
    assert verdict.matches == verdict.played == MATCHES
    assert not verdict.open
    assert verdict.seal == gtbench.open_log(honest).seals().head


@pytest.mark.parametrize("path", sorted(DATA.glob("format-[1-9].gtbench")), ids=lambda path: str(path.stem))
def test_a_log_of_each_format_passes(path: Path) -> None:
    verdict = verify(path)
    assert told(verdict) == ""
    assert verdict.matches == verdict.played > 0


def test_processes_find_what_one_finds(log: Path) -> None:
    change(log, "matches", 20, lambda match: match.update(deal=1))
    seal_anew(log)
    one, two = verify(log), verify(log, jobs=2)
    assert one == two
    assert told(one).startswith("match 20: the deal: the log says")


def test_a_sample_is_as_large_as_asked_for(honest: Path) -> None:
    assert verify(honest, sample=5).matches == 5
    assert verify(honest, since=MATCHES - 1).matches == 3
    assert verify(honest, sample=500, agents=False).matches == MATCHES


# What was changed, how, and what is said of it. Whoever changes a log can seal it anew, unless its head was
# published: so each is tried both ways.


def change(log: Path, table: str, key: int, how: Callable[[Any], object]) -> None:
    """Change a record in place."""
    column = "number" if table in ("matches", "grades") else "rowid"
    with closing(sqlite3.connect(log)) as database, database:
        where = f"WHERE {column} = ?"
        (text,) = database.execute(f"SELECT record FROM {table} {where}", (key,)).fetchone()  # noqa: S608
        record = json.loads(text)
        how(record)
        statement = f"UPDATE {table} SET record = ? {where}"  # noqa: S608
        database.execute(statement, (json.dumps(record, separators=(",", ":")), key))


def in_match(number: int, how: Callable[[Any], object]) -> Callable[[Path], None]:
    return lambda log: change(log, "matches", number, how)


def by(statement: str, *values: object) -> Callable[[Path], None]:
    def run(log: Path) -> None:
        with closing(sqlite3.connect(log)) as database, database:
            database.execute(statement, values)

    return run


def first_call(match: Any) -> Any:
    return next(call for turn in match["turns"] for attempt in turn["attempts"] for call in attempt["calls"])


def with_call(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """A change of a call of the first match, which has one."""
    return in_match(1, lambda match: change(first_call(match)))


def another_text(name: str) -> Callable[[Path], None]:
    """One byte more in a text that a record names, which is stored under its own digest."""

    def run(log: Path) -> None:
        with closing(sqlite3.connect(log)) as database, database:
            (record,) = database.execute("SELECT record FROM matches WHERE number = 1").fetchone()
            match = json.loads(record)
            place: Any = {
                "rules": (match["rules"], 0),
                "view": (match["turns"][0], "view"),
                "prompt": (first_call(match)["messages"][-1], "content"),
            }[name]
            holder, key = place
            (content,) = database.execute(
                "SELECT content FROM texts WHERE digest = ?", (holder[key],)
            ).fetchone()
            text = zlib.decompress(content).decode() + "!"
            holder[key] = digest(text).hex()
            database.execute("INSERT INTO texts VALUES (?, ?)", (holder[key], zlib.compress(text.encode())))
            database.execute("UPDATE matches SET record = ? WHERE number = 1", (json.dumps(match),))

    return run


def of_run(how: Callable[[Any], object]) -> Callable[[Path], None]:
    return lambda log: change(log, "run", 1, how)


def faulty_match(log: Path) -> int:
    """A match that went on after a fault."""
    return next(
        match.number
        for match in gtbench.open_log(log).iter_matches()
        if match.faults and not match.forfeited_by
    )


def forfeited(log: Path) -> int:
    return next(match.number for match in gtbench.open_log(log).iter_matches() if match.forfeited_by)


def without_its_fault(log: Path) -> None:
    def how(match: Any) -> None:
        turn = next(turn for turn in match["turns"] if len(turn["attempts"]) > 1)
        del turn["attempts"][0]

    change(log, "matches", faulty_match(log), how)


def fault_forgiven(log: Path) -> None:
    def how(match: Any) -> None:
        turn = next(turn for turn in match["turns"] if len(turn["attempts"]) > 1)
        turn["attempts"][0]["fault"] = None

    change(log, "matches", faulty_match(log), how)


def forfeit_denied(log: Path) -> None:
    change(log, "matches", forfeited(log), lambda match: match["termination"].update(kind="end", by=[]))


def doubled(log: Path) -> None:
    with closing(sqlite3.connect(log)) as database, database:
        database.execute("UPDATE matches SET record = (SELECT record FROM matches WHERE number = 2) "
                         "WHERE number = 3")  # fmt: skip
    change(log, "matches", 3, lambda match: match.update(number=3))


def another_square(match: Any) -> None:
    """Another first move in Tic-Tac-Toe."""
    action = (match["turns"][0]["action"] + 1) % 9
    match["turns"][0].update(action=action, move="abc"[action % 3] + str(action // 3 + 1))


def another_reply(match: Any) -> None:
    """Another last reply of the first turn, in the call and in the attempt, and its move as well."""
    another_square(match)
    attempt = match["turns"][0]["attempts"][-1]
    attempt["reply"] = f"Action: {match['turns'][0]['move']}"
    for call in attempt["calls"]:
        call["samples"][0]["reply"] = attempt["reply"]


DETECTED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a move": (in_match(13, another_square), "match 13: turn 1"),
    "a move that is none": (
        in_match(1, lambda match: match["turns"][0].update(action=99)),
        "match 1: turn 1",
    ),
    "a move of a player without a model": (
        in_match(18, another_square), "match 18: turn 1",
    ),
    "a reply": (in_match(13, another_reply), "match 13: turn "),
    "the reply in the call alone": (
        with_call(lambda call: call["samples"][0].update(reply="Action: none")),
        "match 1: ",
    ),
    "a fault removed with its answer": (without_its_fault, ": turn "),
    "a fault forgiven": (fault_forgiven, ": turn "),
    "a fault of another kind": (
        lambda log: change(log, "matches", forfeited(log), lambda match: [
            attempt["fault"].update(kind="illegal") for turn in match["turns"]
            for attempt in turn["attempts"] if attempt["fault"]
        ]), "the fault: the log says",
    ),
    "a reward": (in_match(2, lambda match: match.update(rewards=[0.5, -0.5])), "match 2: the rewards"),
    "what the engine paid": (
        in_match(2, lambda match: match.update(paid=[0.5, -0.5])),
        "what the engine paid",
    ),
    "the scale of payoffs": (
        in_match(2, lambda match: match["ranges"][0].update(high=9.0)), "match 2: the ranges of payoffs",
    ),
    "the worst payoff": (in_match(2, lambda match: match.update(worst=0.0)), "match 2: the worst payoff"),
    "a forfeit denied": (forfeit_denied, ": how it ended"),
    "a forfeit invented": (
        in_match(2, lambda match: match["termination"].update(kind="forfeit", by=[0])),
        "match 2: how it ended",
    ),
    "a zero-sum game that is none": (in_match(2, lambda match: match.update(zero_sum=False)), "zero-sum"),
    "parameters": (in_match(2, lambda match: match["parameters"].update(players=3)), "the parameters"),
    "the seed of a deal": (in_match(2, lambda match: match.update(seed=7)), "match 2: the seed of the deal"),
    "the deal's number": (in_match(2, lambda match: match.update(deal=1)), "match 2: the deal"),
    "the luck key": (of_run(lambda run: run["keys"].update(luck="ab" * 32)), "the seed of the deal"),
    "the players' key": (of_run(lambda run: run["keys"].update(players="ab" * 32)), "turn 1"),
    "seats swapped": (in_match(2, lambda match: match["agents"].reverse()), "match 2: the agents"),
    "an agent's name": (in_match(2, lambda match: match.update(agents=["random", "optimal"])), "the agents"),
    "an agent renamed in the plan": (
        of_run(lambda run: run["tournament"].update(agents=[*AGENTS[:3], "optimal"])), ": the agents",
    ),
    "a game less in the plan": (
        of_run(lambda run: run["tournament"].update(games=GAMES[:1])),
        "the schedule has no",
    ),
    "one deal more in the plan": (
        of_run(lambda run: run["tournament"].update(deals=2)),
        "neither played nor",
    ),
    "a pair's identity": (in_match(2, lambda match: match.update(pair="ab" * 8)), "match 2: the pair"),
    "a pair that is no number": (
        in_match(2, lambda match: match.update(pair="zz")),
        "match 2: it cannot be counted",
    ),
    "the policy": (of_run(lambda run: run["tournament"]["policy"].update(retries=3)), ": the pair"),
    "a match dropped": (by("DELETE FROM matches WHERE number = 7"), "match 7: "),
    "a void dropped": (by("DELETE FROM voids"), "match 5: neither played nor void"),
    "a match doubled": (doubled, "match 3: "),
    "a byte of the rules": (another_text("rules"), "match 1: the rules"),
    "a byte of a view": (another_text("view"), "match 1: turn 1: what the seat saw"),
    "a byte of a prompt": (another_text("prompt"), "match 1: turn 1: the prompt"),
    "tokens that do not add up": (
        with_call(lambda call: call.update(cached_tokens=10**6)),
        "from a cache than",
    ),
    "reasoning that does not add up": (
        with_call(lambda call: call.update(reasoning_tokens=10**6)), "are reasoning than there were",
    ),
    "a grade": (
        lambda log: change(log, "grades", 13, lambda grades: grades["turns"][0].update(regret=0.5)),
        "match 13: turn 1: the grade (regret)",
    ),
    "a label": (
        lambda log: change(log, "grades", 13, lambda it: it["turns"][0].update(labels=["missed_win"])),
        "match 13: turn 1: the grade (labels)",
    ),
    "the luck of a match": (
        lambda log: change(log, "grades", 1, lambda grades: grades.update(luck=[5.0, -5.0])),
        "match 1: the luck",
    ),
    "a grade removed": (by("DELETE FROM grades WHERE number = 13"), "match 13: its decisions"),
    "a column of results": (
        by("UPDATE results SET reward = 9 WHERE match = 2"),
        "match 2: its results, reward",
    ),
    "a column of decisions": (
        by("UPDATE decisions SET regret = 0.25 WHERE match = 13 AND turn = 0"),
        "match 13: its decisions, regret",
    ),
    "a row dropped": (by("DELETE FROM decisions WHERE match = 2 AND turn = 0"), "the rows in its decisions"),
    "a name in the columns": (by("UPDATE names SET name = 'best' WHERE name = 'random'"), "its results, "),
}  # fmt: skip
"""What is found by playing again, whatever the seals say."""


@pytest.mark.parametrize("what", DETECTED)
def test_what_was_changed_is_named_though_it_was_sealed_anew(what: str, log: Path) -> None:
    tamper, expected = DETECTED[what]
    tamper(log)
    seal_anew(log)
    assert expected in told(verify(log))


SEALED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a price": (
        with_call(lambda call: call.update(cost=0.0)),
        "match 1: the record: it is not what was sealed",
    ),
    "counts of tokens": (with_call(lambda call: call.update(output_tokens=1)), "match 1: the record: "),
    "which model answered": (
        with_call(lambda call: call.update(served_by="better")),
        "match 1: the record: ",
    ),
    "a temperature": (
        with_call(lambda call: call["settings"].update(temperature=9)),
        "match 1: the record: ",
    ),
    "the version": (in_match(1, lambda match: match.update(version="9")), "match 1: the record: "),
    "the date of the run": (
        of_run(lambda run: run.update(created="2020-01-01T00:00:00Z")),
        "run, record 1: it is",
    ),
    "the code of an agent": (
        of_run(lambda run: run["agents"].update(random="other")),
        "run, record 1: it is",
    ),
    "why a match was void": (
        lambda log: change(log, "voids", 1, lambda void: void.update(reason="rain")),
        "voids, record 1: it is not",
    ),
    "a match dropped": (
        by("DELETE FROM matches WHERE number = 7"),
        "match 7: the record: it was sealed, and is gone",
    ),
    "a void dropped": (by("DELETE FROM voids"), "voids, record 1: it was sealed, and is gone"),
    "a void added": (
        by("""INSERT INTO voids VALUES ('{"number":2,"reason":"x","at":"2026-01-01T00:00:00Z"}')"""),
        "voids, record 2: it was never sealed",
    ),
    "a grade": (
        lambda log: change(log, "grades", 13, lambda grades: grades["turns"][0].update(regret=0.5)),
        "match 13: the grades: it is not what was sealed",
    ),
    "a seal": (
        by("UPDATE seals SET content = zeroblob(16) WHERE place = 3"),
        "does not fit the one before it",
    ),
    "a seal dropped": (by("DELETE FROM seals WHERE place = 3"), "does not fit the one before it"),
}  # fmt: skip
"""What only the seals tell."""


@pytest.mark.parametrize("what", SEALED)
def test_what_is_not_as_it_was_sealed_is_named(what: str, log: Path) -> None:
    tamper, expected = SEALED[what]
    tamper(log)
    assert expected in told(verify(log))


def test_another_seal_is_a_difference_where_the_published_one_is_named(log: Path) -> None:
    seal = gtbench.open_log(log).seals().head
    assert not verify(log, seal=seal).differences
    with_call(lambda call: call.update(served_by="better"))(log)
    seal_anew(log)
    assert not verify(log).differences
    assert told(verify(log, seal=seal)).startswith("its seal is ")


def test_a_record_that_is_no_text_is_named(log: Path) -> None:
    by("UPDATE matches SET record = CAST(record AS BLOB) WHERE number = 2")(log)
    assert told(verify(log)) == "match 2: the record: it is no text"


PLANTED = {
    "a view": "CREATE VIEW best AS SELECT * FROM results",
    "a trigger": "CREATE TRIGGER swap AFTER INSERT ON matches BEGIN DELETE FROM voids; END",
    "a table": "CREATE TABLE more (record TEXT)",
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_planted_in_the_file_is_refused(what: str, log: Path) -> None:
    by(PLANTED[what])(log)
    with pytest.raises(LogError, match="is damaged"):
        verify(log)


def test_a_file_that_is_cut_off_is_refused(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-5000])
    with pytest.raises(LogError, match="is damaged"):
        verify(log)


def content(log: Path) -> list[Any]:
    """All that the file holds, whatever its layout."""
    with closing(sqlite3.connect(log)) as database:
        database.text_factory = bytes  # a flipped byte may leave no text
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = [name.decode() for (name,) in database.execute(tables)]
        return [sorted(map(repr, database.execute(f"SELECT * FROM {name}"))) for name in names]  # noqa: S608


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_no_flipped_byte_changes_anything_without_a_word(count: int, honest: Path, tmp_path: Path) -> None:
    whole, was, rng = honest.read_bytes(), content(honest), random.Random(count)
    path, silent = tmp_path / "flipped.gtbench", []
    for _ in range(count):
        place = rng.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << rng.randrange(8))]) + whole[place + 1 :])
        try:
            if verify(path, sample=1, agents=False).differences or content(path) == was:
                continue
            if verify(path, agents=False).differences:
                continue
        except LogError:
            continue
        silent.append(place)
    assert silent == []


@pytest.mark.parametrize(("zone", "locale"), [("Pacific/Kiritimati", "C"), ("America/Lima", "C.UTF-8")])
def test_an_honest_log_passes_elsewhere_too(zone: str, locale: str, honest: Path, tmp_path: Path) -> None:
    there = Path(shutil.copy(honest, tmp_path / "another name.gtbench"))
    done = subprocess.run(
        [sys.executable, "-m", "gtbench.cli", "verify", there.name],
        cwd=tmp_path, env={**os.environ, "TZ": zone, "LC_ALL": locale, "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{MATCHES} of {MATCHES} matches verified: nothing differs." in done.stdout


def test_an_agent_of_others_that_asks_a_model_is_no_difference_either(tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text(
        "from gtbench.records import Message\n"
        "class Asks:\n"
        "    def __init__(self, *, model):\n"
        "        self.model = model\n"
        "    async def act(self, view):\n"
        "        content = 'Legal moves: ' + ', '.join(view.legal)\n"
        "        return await self.model.ask([Message(role='user', content=content)])\n"
    )
    cup = Tournament(agents=(f"{tmp_path}/asks.py:Asks@openai/a", "random"), games=("kuhn_poker",), deals=2)
    with LocalProvider():
        path = gtbench.run(cup, log=tmp_path / "run.gtbench").path
    assert all(match.calls for match in gtbench.open_log(path).iter_matches())
    verdict = verify(path)
    assert told(verdict) == ""
    assert list(verdict.open.values()) == [4]


def test_agents_of_others_are_not_run_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "def first(view):\n"
        "    Path(__file__).with_name('ran').touch()\n"
        "    return f'Action: {view.legal[0]}'\n"
    )
    mine = f"{tmp_path}/mine.py:first"
    cup = Tournament(agents=(mine, "random"), games=("kuhn_poker",), deals=2)
    path = gtbench.run(cup, log=tmp_path / "run.gtbench").path
    (tmp_path / "ran").unlink()
    verdict = verify(path)
    assert not verdict.differences
    assert list(verdict.open.values()) == [4]
    assert "mine.py:first is not gtbench's own and is not run" in next(iter(verdict.open))
    assert not (tmp_path / "ran").exists()
