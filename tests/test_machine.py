"""The machine's own settings: each works, or is one line that names it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import Done
from command import gtbench as in_process

import gtbench
from gtbench import folders
from gtbench.models import local
from gtbench.models.request import Request, Sampling
from gtbench.records import Message
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Callable

TREE = Path(gtbench.__file__).parent.parent
TINY = {"agents": ["random", "greedy"], "games": ["kuhn_poker"], "deals": 1}
KUHN = ("--games", "kuhn_poker", "--deals", "1", "--log", "x.gtbench")


def one_line(done: Done, *said: str) -> None:
    """What the user can fix is one line, which says all this."""
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 600
    assert [what for what in said if what not in done.stderr] == [], done.stderr


# Files in TOML.

PLAYERS = b'agents = ["random", "greedy"]\ngames = ["kuhn_poker"]\n'
NO_TOML = {
    "digits": (b"deals = " + b"9" * 5000, "holds a number of too many digits"),
    "nested": (b"x = " + b"[" * 5000, "is nested too deeply"),
    "closed": (b"x = " + b"[" * 5000 + b"]" * 5000, "is nested too deeply"),
    "utf-16": ('x = "y"'.encode("utf-16"), "is no text in UTF-8"),
    "latin-1": ('x = "\xe9"'.encode("latin-1"), "is no text in UTF-8"),
    "nul": (b'x = "\0"', "is not TOML: Illegal character"),
    "binary": (bytes(range(256)), "is no text in UTF-8"),
    "key": (b"a" + b".a" * 50_000 + b" = 1", "holds a key of more than 50 parts"),
    "table": (b"[a" + b" . 'a'.\"a\"" * 25 + b"]", "holds a key of more than 50 parts"),
    "large": (b"#" * 1_000_001, "cannot be read: It holds more than 1 MB"),
}
WRONG: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "hexadecimal": (b"deals = 0x" + b"f" * 5000, ("deals: ", "(it is a number of too many digits)")),
    "deep": (b"deals = " + b"[" * 90 + b"]" * 90, ("deals: input should be a valid integer",)),
    "long": (b'deals = "' + b"x" * 100_000 + b'"', ("deals: input should be a valid integer",)),
}
PRICES = {
    "hexadecimal": (b"output = 0x" + b"f" * 5000, "output"),
    "infinite": (b"output = inf", "output: input should be a finite number"),
    "nan": (b"output = nan", "output: input should be a finite number"),
    "limit": (b"output = 1\ntokens_per_minute = 1" + b"0" * 4000, "tokens_per_minute: "),
    "table": (b"output = {x = 1}", "output: input should be a valid number"),
}


@pytest.mark.parametrize("name", NO_TOML)
def test_what_is_no_toml_is_one_line(name: str, tmp_path: Path) -> None:
    content, said = NO_TOML[name]
    (tmp_path / "own.toml").write_bytes(content)
    one_line(in_process("run", "own.toml", cwd=tmp_path), "own.toml", said)
    done = in_process("doctor", "openai/x", cwd=tmp_path, OPENAI_API_KEY="k", GTBENCH_MODELS="own.toml")
    assert done.returncode == 1
    assert done.stdout.startswith("error  openai/x: GTBENCH_MODELS=own.toml ")
    assert said in done.stdout


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_or_a_device_is_no_file_of_ours(make: Callable[[Path], None], tmp_path: Path) -> None:
    log = gtbench.run(Tournament.checked(TINY, "test"), log=tmp_path / "cup.gtbench").path
    for name in ("odd.toml", ".env", "player.py", "cup.gtbench-journal"):
        make(tmp_path / name)
    said = "cannot be read: It is no file, but a pipe or a device"
    one_line(in_process("run", "odd.toml", cwd=tmp_path), f"odd.toml {said}")
    one_line(in_process("run", "--agents", "random", "./player.py:x", *KUHN, cwd=tmp_path), said.lower())
    one_line(in_process("matches", "odd.toml", cwd=tmp_path), "odd.toml is no file, and so no run log")
    flags = ("--agents", "random", "greedy", *KUHN)
    refused = in_process("run", *flags, "--cache", "odd.toml", cwd=tmp_path)
    one_line(refused, "the cache odd.toml is no file: name another")
    one_line(in_process("matches", str(log), cwd=tmp_path), f"{log}-journal is no file, and so no journal")
    done = in_process("models", cwd=tmp_path)
    if (tmp_path / ".env").is_fifo():  # of which python-dotenv takes pipes
        one_line(done, f".env {said}")
    (tmp_path / ".env").unlink()
    asked = in_process("doctor", "openai/x", cwd=tmp_path, OPENAI_API_KEY="k", GTBENCH_MODELS="odd.toml")
    assert f"GTBENCH_MODELS=odd.toml {said}" in asked.stdout


def test_a_run_log_and_a_tournament_file_are_told_apart(tmp_path: Path) -> None:
    log = gtbench.run(Tournament.checked(TINY, "test"), log=tmp_path / "cup.gtbench").path
    with closing(sqlite3.connect(log)) as database, database:
        database.execute("INSERT INTO texts VALUES ('long', zeroblob(2000000))")
    one_line(
        in_process("run", "cup.gtbench", cwd=tmp_path),
        "cup.gtbench is a run log, no tournament file: go on with it by gtbench resume cup.gtbench, or play "
        "it again by gtbench run --replay cup.gtbench",
    )
    (tmp_path / "cup.toml").write_bytes(PLAYERS)
    for words in (("resume",), ("standings",), ("run", "--replay"), ("judge",)):
        done = in_process(*words, "cup.toml", cwd=tmp_path)
        one_line(done, "cup.toml is a tournament file, no run log: gtbench run cup.toml plays it")
    (tmp_path / "prices.toml").write_text("input = 1\n")
    refused = in_process("resume", "prices.toml", cwd=tmp_path)
    one_line(refused, "prices.toml is no run log of gtbench, or its beginning is damaged")


@pytest.mark.parametrize("name", WRONG)
def test_what_a_tournament_cannot_be_is_one_line(name: str, tmp_path: Path) -> None:
    content, said = WRONG[name]
    (tmp_path / "cup.toml").write_bytes(PLAYERS + content)
    one_line(in_process("run", "cup.toml", cwd=tmp_path), "cup.toml: ", *said)


@pytest.mark.parametrize("name", PRICES)
def test_what_a_price_or_limit_cannot_be_is_one_line(name: str, tmp_path: Path) -> None:
    content, said = PRICES[name]
    (tmp_path / "own.toml").write_bytes(b'["openai/x"]\ninput = 1\n' + content)
    flags = ("--agents", "random", "prompt@openai/x", *KUHN)
    settings = {"OPENAI_API_KEY": "k", "GTBENCH_MODELS": "own.toml"}
    one_line(in_process("run", *flags, cwd=tmp_path, **settings), "GTBENCH_MODELS=own.toml: openai/x", said)


def test_a_tournament_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "cup.toml").write_bytes(b"\xef\xbb\xbf" + PLAYERS + b"deals = 1\n")
    assert in_process("run", "cup.toml", cwd=tmp_path).returncode == 0


# A .env file.


@pytest.mark.parametrize(
    "content", ["OPENAI_API_KEY=k\n".encode("utf-16"), b"OPENAI_API_KEY=k\0\n", bytes(range(256)) * 9]
)
def test_a_dotenv_file_that_is_no_text_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content)
    done = in_process("run", "--agents", "random", "prompt@openai/x", *KUHN, cwd=tmp_path)
    one_line(done, f"{tmp_path / '.env'} is no text in UTF-8: save it as UTF-8")
    one_line(in_process("models", cwd=tmp_path), ".env")


def test_a_dotenv_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to("/proc/self/mem")  # which gives nobody its first byte
    one_line(in_process("models", cwd=tmp_path), ".env cannot be read: Input/output error")


def test_a_dotenv_file_that_sends_the_shells_key_elsewhere_says_so_once(tmp_path: Path) -> None:
    with LocalProvider() as server:
        (tmp_path / ".env").write_text(f"OPENAI_BASE_URL={server.url}\n")
        words = ("doctor", "openai/x", "openai/y")
        done = in_process(*words, cwd=tmp_path, OPENAI_API_KEY="sk-of-the-shell")
        assert done.returncode == 0, done.stdout
        host = server.url.removeprefix("http://").removesuffix("/v1")
        said = f"warning: OPENAI_BASE_URL is set by {tmp_path}/.env, so that the OPENAI_API_KEY of your shell"
        assert done.stderr == f"{said} is sent to {host}\n"
        (tmp_path / ".env").write_text(f"OPENAI_BASE_URL={server.url}\nOPENAI_API_KEY=its-own\n")
        assert in_process(*words, cwd=tmp_path).stderr == ""
    assert in_process("models", cwd=tmp_path, OPENAI_BASE_URL="http://127.0.0.1:9").stderr == ""


# Folders of the user's account.


@pytest.fixture
def no_folders(tmp_path: Path) -> dict[str, str]:
    """An account whose home is no folder, so that not even root can write into it."""
    (tmp_path / "home").write_text("")
    kept = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    return dict.fromkeys(kept, str(tmp_path / "home"))


def test_without_a_home_a_run_goes_on(tmp_path: Path, no_folders: dict[str, str]) -> None:
    flags = ("--agents", "random", "greedy", "--games", "pig", "--deals", "1", "--log", "x.gtbench")
    done = in_process("run", *flags, cwd=tmp_path, **no_folders)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    assert len(gtbench.open_log(tmp_path / "x.gtbench").grades()) == 2


def test_weights_that_cannot_be_kept_are_fetched_for_one_run(
    tmp_path: Path,
    no_folders: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = local.fetch("smollm2-135m")

    def bring(_: local.Weights, scratch: Path) -> Path:
        return Path(shutil.copy(good, scratch))

    monkeypatch.setattr(local, "_download", bring)
    for name, value in no_folders.items():
        monkeypatch.setenv(name, value)
    folder = f"the cache folder {tmp_path / 'home'}/gtbench/weights cannot be written: Not a directory"
    one_line(in_process("models", "fetch", "smollm2-135m", cwd=tmp_path), folder)
    with caplog.at_level(logging.INFO, "gtbench"):
        model = local.connect("smollm2-135m")
        asked = Request((Message(role="user", content="Say yes."),), Sampling(max_tokens=2), 1)
        assert asyncio.run(model.complete(asked)).output_tokens
        asyncio.run(model.aclose())
    assert f"warning: {folder}; the weights of smollm2-135m are fetched for this run alone" in caplog.messages


def test_a_home_that_nobody_knows_is_no_folder_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)  # of a container's user, whom no list of users has
    known = (folders.cache_folder(), folders.config_folder(), folders.state_folder())
    assert known == (None, None, None)
    flags = ("--agents", "random", "greedy", "--games", "pig", "--deals", "1", "--log", "x.gtbench")
    assert in_process("run", *flags, cwd=tmp_path).returncode == 0
    one_line(in_process("models", "fetch", "smollm2-135m", cwd=tmp_path), "set HOME or XDG_CACHE_HOME")


def test_a_search_is_compiled_also_where_it_cannot_be_kept(tmp_path: Path) -> None:
    """In a process of its own, which may write neither beside the sources nor into the cache."""
    shutil.copy(TREE / "games/gtbench_games/oracles/compiled.py", tmp_path / "compiled.py")
    script = "import search; print(search.double(21))"
    (tmp_path / "search.py").write_text("from compiled import compiled\ndouble = compiled(lambda x: 2 * x)\n")
    (tmp_path / "__pycache__").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"HOME": str(tmp_path / "search.py"), "XDG_CACHE_HOME": str(tmp_path / "search.py")},
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("42\n", 0), done.stderr
