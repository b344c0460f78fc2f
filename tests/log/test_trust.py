"""A stranger's log is data: reading it runs nothing, and what it names begins only where the user says so."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from command import Done, gtbench
from processes import at_once
from tampered import seal_anew

from gtbench.agent.loading import digest
from gtbench.elicit import elicit
from gtbench.errors import Untrusted
from gtbench.log import trust
from gtbench.log.create import create_log
from gtbench.log.read import open_log
from gtbench.schedule import Tournament
from gtbench.testing import LocalProvider
from gtbench.tournament.run import run

if TYPE_CHECKING:
    from pathlib import Path

BOT = """
import json, sys
open("ran", "a").close()
for line in sys.stdin:
    print(json.dumps({"reply": "Action: " + json.loads(line)["view"]["legal"][0]}), flush=True)
"""
PLAYER = """
open("imported", "a").close()
def first(view):
    return f"Action: {view.legal[0]}"
"""
AGENTS = ("./player.py:first", "players:first", f"exec:{sys.executable} bot.py", "random")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three agents of its own, in which this process is."""
    for name, source in (("bot.py", BOT), ("player.py", PLAYER), ("players.py", PLAYER)):
        (tmp_path / name).write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "players", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    return tmp_path


def begun(folder: Path, *agents: str, only: set[int] | None = None) -> Path:
    """A log that has been begun here, and what its code has left behind swept up."""
    settings = {"agents": agents, "games": ["kuhn_poker"], "deals": 1, "concurrency": 1}
    tournament = Tournament.checked(settings, "test")
    path = run(tournament, log=folder / "cup.gtbench", only=only or {1, 2, 3, 4}).path
    return swept(folder, path)


def swept(folder: Path, path: Path) -> Path:
    for name in ("ran", "imported"):
        (folder / name).unlink(missing_ok=True)
    sys.modules.pop("players", None)
    return path


def traces(folder: Path) -> list[str]:
    """What the agents' code leaves behind when it runs."""
    return [name for name in ("ran", "imported") if (folder / name).exists()]


def as_stranger(*words: str, folder: Path) -> Done:
    """The command line of another user, who has this folder."""
    return gtbench(*words, cwd=folder, XDG_STATE_HOME=str(folder / "other"))


@pytest.mark.parametrize("words", [("resume",), ("run", "--replay"), ("resume", "--no-grades")])
def test_what_a_strangers_log_names_is_listed_and_nothing_of_it_runs(
    words: tuple[str, ...], folder: Path
) -> None:
    path = begun(folder, *AGENTS)
    refused = as_stranger(*words, str(path), folder=folder)
    assert refused.returncode == 1
    assert traces(folder) == []
    line, *listed = refused.stderr.splitlines()
    assert line.startswith(f"error: {path} was not begun here by you")
    assert "add --trust if you trust them" in line
    assert listed == [
        f"  ./player.py:first ({digest('player.py')})",
        f"  players:first ({digest('players.py')})",
        f"  {AGENTS[2]} ({sys.executable} {digest(sys.executable)}, bot.py {digest('bot.py')})",
    ]
    assert list(folder.glob("runs/*")) == []


def test_with_trust_it_runs_and_whoever_began_it_needs_none(folder: Path) -> None:
    path = begun(folder, *AGENTS)
    assert gtbench("resume", str(path), cwd=folder).returncode == 0
    assert traces(folder) == ["ran", "imported"]
    assert len(open_log(path).numbers()) == 12
    path = swept(folder, path).rename(folder / "moved.gtbench")
    (folder / "cup.gtbench").unlink(missing_ok=True)
    path = begun(folder, *AGENTS)
    assert as_stranger("resume", str(path), "--trust", folder=folder).returncode == 0
    assert traces(folder) == ["ran", "imported"]


VERBS: tuple[tuple[str, ...], ...] = (
    ("standings",), ("matches",), ("replay", "1"), ("profile",), ("errors", "--label", "illegal"), ("grade",),
    ("exploitability",), ("site", "-o", "site"), ("judge",),
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_to_read_or_grade_a_strangers_log_runs_nothing(verb: tuple[str, ...], folder: Path) -> None:
    path = begun(folder, *AGENTS)
    done = as_stranger(verb[0], str(path), *verb[1:], folder=folder)
    assert done.returncode == (verb == ("judge",)), done.stderr  # there is no judgement to be shown
    assert traces(folder) == []


def test_agents_of_installed_packages_need_no_trust(folder: Path) -> None:
    path = begun(folder, "random", "greedy", only={1})
    assert as_stranger("resume", str(path), folder=folder).returncode == 0


def rewritten(path: Path, change: dict[str, Any]) -> Path:
    """A log whose run's record is another."""
    with closing(sqlite3.connect(path)) as database, database:
        (record,) = database.execute("SELECT record FROM run").fetchone()
        database.execute("UPDATE run SET record = ?", (json.dumps(json.loads(record) | change),))
    seal_anew(path)
    return path


@pytest.mark.parametrize("mark", ["", "\u00e9", "-", "0" * 64])
def test_a_mark_that_is_not_ones_own_counts_for_nothing(mark: str, folder: Path) -> None:
    path = rewritten(begun(folder, *AGENTS), {"mark": mark})
    for state in ("own", "/dev/null"):
        done = gtbench("resume", str(path), cwd=folder, XDG_STATE_HOME=str(folder / state))
        assert done.returncode == 1
        assert "was not begun here by you" in done.stderr
    assert traces(folder) == []


def test_a_mark_is_for_those_settings_agents_and_folder_alone(folder: Path) -> None:
    path = begun(folder, "./player.py:first", "random", only={1})
    there = open_log(path).run
    changed = {**there.tournament, "agents": ["./bot.py:first", "random"]}
    refused = gtbench("resume", str(rewritten(path, {"tournament": changed})), cwd=folder)
    assert "  ./bot.py:first (it is not known which code that was)" in refused.stderr
    rewritten(path, {"tournament": there.tournament})
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "player.py").write_text(PLAYER)
    assert "was not begun here by you" in gtbench("resume", str(path), cwd=elsewhere).stderr
    assert traces(folder) == traces(elsewhere) == []
    assert gtbench("resume", str(path), cwd=folder).returncode == 0


def test_an_agent_with_absolute_paths_is_known_again_from_any_folder(folder: Path) -> None:
    path = begun(
        folder, f"exec:{sys.executable} {folder / 'bot.py'}", f"{folder / 'player.py'}:first", only={1}
    )
    (folder / "elsewhere").mkdir()
    assert gtbench("resume", str(path), cwd=folder / "elsewhere").returncode == 0


def test_where_no_key_can_be_kept_a_log_is_not_marked_and_a_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    path = begun(folder, *AGENTS)
    assert open_log(path).run.mark == ""
    assert "was not begun here by you" in gtbench("resume", str(path), cwd=folder).stderr
    assert gtbench("resume", str(path), "--trust", cwd=folder).returncode == 0


def test_the_key_is_its_users_alone_and_one_for_processes_that_begin_together(folder: Path) -> None:
    keys = at_once(*[trust._key] * 4)
    assert len(set(keys)) == 1
    assert keys[0] == str(trust._key())
    (key,) = (folder / "own" / "gtbench").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("option", ["base_url=URL", "x_api_base=URL"])
def test_a_server_that_a_strangers_log_names_is_sent_nothing(option: str, folder: Path) -> None:
    with LocalProvider() as server:
        address = server.environment["OPENAI_BASE_URL"]
        agent = f"prompt[{option.replace('URL', address)}]@openai/a"
        path = begun(folder, agent, "random", only={1})
        asked = len(server.requests)
        refused = as_stranger("resume", str(path), folder=folder)
        assert refused.returncode == 1
        assert address in refused.stderr
        assert len(server.requests) == asked
        assert as_stranger("run", "--replay", str(path), folder=folder).stderr.count("not begun here") == 0


@pytest.mark.parametrize(
    "model", ["litellm/huggingface/http://127.0.0.1:9/v1", "local/./own.gguf", "local/~/own.gguf"]
)
def test_a_model_that_is_an_address_or_a_file_needs_trust_too(model: str, folder: Path) -> None:
    path = begun(folder, "random", "greedy", only={1})
    there = open_log(path).run.tournament
    rewritten(path, {"tournament": {**there, "agents": [f"prompt@{model}", "random"]}})
    refused = gtbench("resume", str(path), cwd=folder)
    assert refused.stderr.splitlines()[1] == f"  prompt@{model} (it is not known which code that was)"
    assert "was not begun here by you" not in gtbench("resume", str(path), "--trust", cwd=folder).stderr


def test_weights_beside_a_log_are_those_of_its_folder_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"agents": ["prompt@local/own.gguf", "random"], "games": ["kuhn_poker"]}
    log = create_log(folder / "cup.gtbench", Tournament.checked(settings, "test"))
    trust.require_trust(log.run, log.tournament.agents, log.path)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    with pytest.raises(Untrusted, match="was not begun here by you"):
        trust.require_trust(log.run, log.tournament.agents, log.path)


@pytest.mark.parametrize(
    "game", ["./player.py:first", "players:first", "exec:touch ran", "kuhn_poker[skin=./player.py:first]"]
)
def test_a_game_or_skin_is_named_by_what_is_installed_and_by_no_file_or_module(
    game: str, folder: Path
) -> None:
    path = begun(folder, "random", "greedy", only={1})
    there = open_log(path).run.tournament
    with closing(sqlite3.connect(path)) as database, database:
        (text,) = database.execute("SELECT record FROM matches").fetchone()
        changed = json.dumps(json.loads(text) | {"game": game})
        database.execute("UPDATE matches SET record = ?", (changed,))
    rewritten(path, {"tournament": {**there, "games": [game]}})
    for verb in (*VERBS, ("resume", "--trust"), ("run", "--trust", "--replay")):
        words = (*verb, str(path)) if verb[0] == "run" else (verb[0], str(path), *verb[1:])
        done = gtbench(*words, cwd=folder)
        assert done.returncode in (0, 1), done.stderr
        assert traces(folder) == [], words
    done = gtbench("resume", str(path), "--trust", cwd=folder)
    assert done.stderr.startswith(("error: unknown game", "error: kuhn_poker has no skin"))


def test_the_code_of_an_agent_that_is_asked_is_not_run_either(folder: Path) -> None:
    path = folder / "asked.gtbench"
    elicit.elicit("./player.py:first", "kuhn_poker", log=path, samples=1)
    swept(folder, path)
    refused = as_stranger("resume", str(path), folder=folder)
    assert "  ./player.py:first (" in refused.stderr
    assert traces(folder) == []


def test_what_a_log_names_is_shown_without_what_drives_a_terminal(folder: Path) -> None:
    path = create_log(
        folder / "cup.gtbench",
        Tournament.checked({"agents": ["random", "greedy"], "games": ["kuhn_poker"]}, "test"),
    ).path
    agents = ["exec:sh -c '\x1b]0;owned\x07\u202e\n  random (harmless)'", "random"]
    rewritten(path, {"tournament": {"agents": agents, "games": ["kuhn_poker"]}})
    refused = gtbench("resume", str(path), cwd=folder)
    assert refused.stderr.isascii()
    assert "\x1b" not in refused.stderr
    assert len(refused.stderr.splitlines()) == 2
