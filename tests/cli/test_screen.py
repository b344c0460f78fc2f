"""What a log, a file's name or an agent says never drives the terminal, whichever verb shows it."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import sqlite3
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from command import gtbench
from pydantic_core import from_json, to_json
from rich.progress import Progress

from gtbench import screen
from gtbench.log.format import LONG
from gtbench.schedule import Tournament
from gtbench.testing import ChatReply, LocalProvider
from gtbench.tournament.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = "\x1b]0;x\x07 \x1b[2J \x9b2J \u202e \x00 \u200b \r \x1b]8;;http://x\x1b\\y \u2066 \x7f"
"""Sets a title, empties the screen, turns the direction, hides, goes back to the line's beginning, links."""
OURS = re.compile(r"\x1b\[[\d;]*m")
"""Bold and dim, which gtbench writes itself on a terminal."""
OF_A_BAR = re.compile(r"\x1b\[(?:[\d;]*m|2K|1A|\?25[lh])|\r(?=\x1b\[2K)")
"""What rich draws a bar with."""
OUTSIDE = {
    "reply", "content", "view", "rules", "final", "served_by", "endpoint", "model", "fingerprint", "reason",
    "detail", "trace", "move", "text", "evidence", "best", "judge", "quotes", "version", "agents",
    "information_set", "stop", "argument",
}  # fmt: skip
"""The fields of a log that a stranger fills as he likes."""


def is_harmless(written: str) -> bool:
    """Whether each character can be seen, or is the end of a line or a tab."""
    return all(c.isprintable() or c in "\n\t" for c in written) and "\u202e" not in written


def spoilt(node: Any, name: str = "") -> Any:
    """A record of which each text that comes from outside ends in what is hostile."""
    if isinstance(node, dict):
        return {key: spoilt(value, key if name != "agents" else name) for key, value in node.items()}
    if isinstance(node, list):
        return [spoilt(value, name) for value in node]
    return f"{node}{HOSTILE}" if isinstance(node, str) and name in OUTSIDE and name not in LONG else node


def spoil(path: Path) -> None:
    """Make a log hostile by hand."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for table in ("run", "matches", "voids", "grades", "judgements", "answers"):
            for row, record in database.execute(f"SELECT rowid, record FROM {table}").fetchall():  # noqa: S608
                hostile = to_json(spoilt(from_json(record))).decode()
                change = f"UPDATE {table} SET record = ? WHERE rowid = ?"  # noqa: S608
                database.execute(change, (hostile, row))
        for digest, content in database.execute("SELECT digest, content FROM texts").fetchall():
            text = f"{zlib.decompress(content).decode()}{HOSTILE}\nerror: forged"
            changed = (zlib.compress(text.encode()), digest)
            database.execute("UPDATE texts SET content = ? WHERE digest = ?", changed)


@pytest.fixture(scope="module")
def hostile_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of a stranger: two agents, played and void matches, a fault, a grade, a judgement."""
    path = tmp_path_factory.mktemp("logs") / "hostile.gtbench"
    tournament = Tournament(agents=("cot@openai/x", "random"), games=("tic_tac_toe",), deals=1)
    said = "I block the line on the left, since that wins the match at once.\nAction: b2"
    with LocalProvider(lambda _: said) as server:
        run(tournament, log=path)
        judged = gtbench(
            "judge", str(path), "--model", "openai/j", "--votes", "1", cwd=path.parent, **server.environment
        )
    assert judged.returncode in (0, 1), judged.stderr
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        void = (
            '{"number":2,"reason":"the server said no","at":"2026-01-01T00:00:00Z","failed":[{"reason":"x"}]}'
        )
        database.execute("DELETE FROM matches WHERE number = 2")
        database.execute("INSERT INTO voids VALUES (?)", (void,))
    spoil(path)
    return path


READING = (
    "matches LOG", "replay LOG 1", "replay LOG 9", "standings LOG", "profile LOG", "profile LOG --by model",
    "errors LOG", "errors LOG --label factual_error", "grade LOG", "judge LOG", "exploitability LOG",
    "resume LOG", "site LOG -o site",
)  # fmt: skip


@pytest.mark.parametrize("words", READING)
def test_a_strangers_log_drives_no_terminal(words: str, hostile_log: Path, tmp_path: Path) -> None:
    done = gtbench(*words.replace("LOG", str(hostile_log)).split(), cwd=tmp_path)
    assert is_harmless(done.stdout)
    assert is_harmless(done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr


def on_a_terminal(words: list[str], folder: Path) -> str:
    """What `gtbench WORDS` writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gtbench.cli", *words],
        cwd=folder,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while chunk := os.read(ours, 65536):
            written += chunk
    os.close(ours)
    process.wait(60)
    return written.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("words", ["matches LOG", "replay LOG 1"])
def test_on_a_real_terminal_nothing_is_obeyed_but_what_gtbench_draws(
    words: str, hostile_log: Path, tmp_path: Path
) -> None:
    written = on_a_terminal(words.replace("LOG", str(hostile_log)).split(), tmp_path)
    assert r"\x1b]0;x\x07" in written
    assert is_harmless(OURS.sub("", written))


def test_on_a_real_terminal_a_hostile_server_drives_nothing_under_the_progress_bar(tmp_path: Path) -> None:
    said = ChatReply(HOSTILE, status=500, error_code=HOSTILE)
    agents = ["prompt[tries=2]@openai/x", "random"]
    words = ["run", "--agents", *agents, "--games", "kuhn_poker", "--deals", "1", "--log", "x.gtbench"]
    with LocalProvider(lambda _: said):
        written = on_a_terminal(words, tmp_path)
    assert r"\x1b]0;x" in written
    assert "2 matches are void" in written
    assert is_harmless(OF_A_BAR.sub("", written))


def test_a_files_name_drives_no_terminal(tmp_path: Path) -> None:
    for words in (
        ["matches", f"{HOSTILE}.gtbench".replace("\x00", "")],
        [f"--{HOSTILE}"],
        ["replay", "a", "1", HOSTILE],
    ):
        done = gtbench(*words, cwd=tmp_path)
        assert done.returncode in (1, 2)
        assert r"\x1b" in done.stderr
        assert is_harmless(done.stdout + done.stderr)


def test_what_an_agent_prints_drives_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(
        "import sys, warnings\n"
        "def loud(view):\n"
        f"    print({HOSTILE!r})\n"
        f"    sys.stderr.write({HOSTILE!r})\n"
        f"    raise ValueError({HOSTILE!r})\n"
    )
    flags = [
        "--agents",
        "./loud.py:loud",
        "random",
        "--games",
        "kuhn_poker",
        "--deals",
        "1",
        "--log",
        "x.gtbench",
    ]
    done = gtbench("run", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert r"\x1b]0;x" in done.stdout
    assert is_harmless(done.stdout + done.stderr)


def test_a_traceback_drives_no_terminal() -> None:
    program = f"from gtbench import screen\nscreen.guard()\nraise ValueError({HOSTILE!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert rb"\x1b]0;x" in done.stderr
    assert is_harmless(done.stderr.decode())


def _bar(console: Any) -> None:
    with Progress(console=console) as bar:
        bar.add_task(HOSTILE)


@pytest.mark.parametrize("draw", [lambda c: c.print(HOSTILE), _bar], ids=["text", "bar"])
def test_what_is_drawn_with_rich_is_shown(draw: Callable[[Any], None]) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        draw(screen.console())
    assert r"\x1b]0;x" in out.getvalue()
    assert is_harmless(out.getvalue())
