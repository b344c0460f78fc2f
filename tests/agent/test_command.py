"""Agents that are programs of any language: the protocol, and that no process outlives its match."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import gtbench as gtbench_command

import gtbench
from gtbench.agent import command
from gtbench.errors import BadOption
from gtbench.game.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

README = (Path(__file__).parents[2] / "agents" / "README.md").read_text(encoding="utf-8")
FIRST = 'printf \'{"reply": "Action: pass"}\\n\''


def documented(language: str, path: Path) -> str:
    """The program in this language in the agents' README, as a file."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    path.write_text(code)
    return str(path)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes an agent of a shell script that runs in this test's folder."""
    monkeypatch.chdir(tmp_path)

    def agent(script: str) -> str:
        name = f"{len(list(tmp_path.glob('*.sh')))}.sh"
        (tmp_path / name).write_text(script)
        return f"exec:sh {name}"

    return agent


def faults(match: gtbench.Match) -> list[str]:
    return [f"{fault.kind}: {fault.detail}" for fault in match.faults]


def running(pid: str) -> bool:
    """Whether a process is there and no zombie."""
    status = Path(f"/proc/{int(pid)}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def gone(path: Path) -> bool:
    """Whether every process whose number stands in a file has ended, or does so in a moment."""
    pids = path.read_text().split()
    for _ in range(100):
        if not any(map(running, pids)):
            return bool(pids)
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("game", gtbench.list_games())
def test_the_shell_agent_of_the_readme_plays_every_game_to_its_end(game: str, tmp_path: Path) -> None:
    agent = f"exec:/bin/sh {documented('sh', tmp_path / 'agent.sh')}"
    match = gtbench.play(game, [agent, agent], seed=2)
    assert match.faults == ()
    assert all(turn.move for turn in match.turns)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_node_agent_of_the_readme_plays_whole_matches_and_repeats_them(tmp_path: Path) -> None:
    agent = f"exec:node {documented('js', tmp_path / 'agent.js')}"
    for game in ("tic_tac_toe", "prisoners_dilemma", "negotiation"):
        match = gtbench.play(game, [agent, "random"], seed=2)
        assert match.faults == ()
        assert match.turns[0].attempts[0].reply.startswith("I like ")
        assert match.content() == gtbench.play(game, [agent, "random"], seed=2).content()


def test_a_request_holds_the_view_on_one_line(shell: Callable[[str], str], tmp_path: Path) -> None:
    agent = shell(f"""while IFS= read -r line; do
        printf '%s\\n' "$line" >> asked
        case "$line" in *'"objection": null'*) printf '{{"reply": "Action: raise"}}\\n';; *) {FIRST};; esac
    done""")
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    first, again = map(json.loads, (tmp_path / "asked").read_text().splitlines()[:2])
    game = gtbench.load_game("kuhn_poker")
    view = Table(game, game.deal(1)).view(0)
    for field in ("game", "seat", "rules", "state", "text"):
        assert first[field] == getattr(view, field)
    for field in ("history", "legal", "moves", "seen"):
        assert first[field] == list(getattr(view, field))
    assert (first["protocol"], first["type"], first["objection"]) == (1, "act", None)
    assert 0 <= first["seed"] < 2**48
    detail = match.turns[0].faults[0].detail
    objection = {"reply": "Action: raise", "fault": "unparsable", "detail": detail}
    assert again == first | {"objection": objection}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("read x; exit 3", "it ended with exit code 3 without a reply"),
        ("read x; kill -9 $$", "it was killed by SIGKILL without a reply"),
        ("exec 1>&-; sleep 60", "it closed its standard output without a reply"),
        (
            "read x; echo hello; sleep 60",
            'the line "hello" is not JSON; standard output is for replies alone',
        ),
        ("read x; echo '[1]'; sleep 60", 'the line "[1]" is no JSON object with a text "reply"'),
        ("read x; echo '{\"reply\": 7}'", 'is no JSON object with a text "reply"'),
        ('read x; echo \'{"reply": "x", "finish": "no"}\'', 'has a "finish" that is not "stop"'),
        ('read x; printf \'{"reply": "x"}\\nwell\\n\'; sleep 60', 'the line "well" was not asked for'),
        ("read x; head -c 3000000 /dev/zero | tr '\\0' x; sleep 60", "it wrote a line of more than 1048576"),
    ],
)
def test_a_program_that_breaks_the_protocol_has_crashed(
    script: str, said: str, shell: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "GRACE", 0.1)
    match = gtbench.play("kuhn_poker", [shell(script), "random"], seed=1)
    assert match.faults[-1].kind == "crashed"
    assert said in match.faults[-1].detail
    assert match.faults[-1].detail.isascii()


def test_what_a_program_wrote_to_standard_error_is_in_the_log_and_no_key(
    shell: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", "sk-planted-98765")
    monkeypatch.setenv("GTBENCH_EXEC_ENV", "PLANTED_API_KEY")
    agent = shell(
        'read x; head -c 90000 /dev/zero | tr "\\0" x >&2; echo "no card: $PLANTED_API_KEY" >&2; exit 1'
    )
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    trace = match.faults[0].trace
    assert trace.endswith("xno card: <PLANTED_API_KEY>")
    assert len(trace) <= 8000
    assert "sk-planted" not in match.model_dump_json()


def test_a_program_sees_no_variable_but_the_harmless_and_those_that_the_user_names(
    shell: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "AWS_PROFILE", "PYTHONPATH", "LC_TIME", "TZ", "MY_DATA", "MY_OTHER"):
        monkeypatch.setenv(name, f"the {name}")
    monkeypatch.setenv("GTBENCH_EXEC_ENV", "MY_DATA, MY_OTHER,NOT_THERE")
    agent = shell(f"env > seen; while read x; do {FIRST}; done")
    gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines())
    by_shell = {"PWD", "OLDPWD", "SHLVL", "_", command.MARK}
    assert seen.keys() - by_shell - command.HANDED_ON == {"LC_TIME", "MY_DATA", "MY_OTHER"}
    assert {"PATH", "HOME"} <= seen.keys()
    assert (seen["TZ"], seen["MY_OTHER"]) == ("the TZ", "the MY_OTHER")


def test_a_program_runs_where_its_name_was_said_whatever_others_make_of_the_process(
    shell: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "here")
    spec = gtbench.load_agent(shell(f"pwd > $TZ; while read x; do {FIRST}; done"))
    monkeypatch.setenv("TZ", "elsewhere")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    match = gtbench.play("kuhn_poker", [spec, "random"], seed=1)
    assert match.faults == ()
    assert (tmp_path / "here").read_text().strip() == str(tmp_path)


def test_after_a_crash_the_same_question_goes_to_a_new_process(shell: Callable[[str], str]) -> None:
    agent = shell(f"read x; [ -e tried ] || {{ touch tried; exit 1; }}; {FIRST}; read x; {FIRST}")
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    assert [fault.kind for fault in match.faults] == ["crashed"]
    assert match.forfeited_by == ()


def test_a_refusal_and_a_cut_off_reply_are_told_apart(shell: Callable[[str], str]) -> None:
    said = ['{"reply": "no", "finish": "refused"}', '{"reply": "ac", "finish": "length"}']
    agent = shell("; ".join(f"read x; echo '{line}'" for line in said))
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1)
    assert [fault.kind for fault in match.faults] == ["refused", "truncated"]


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        (f"while read x; do {FIRST}; done", []),  # ends by itself
        (f"trap '' TERM; sleep 60 & echo $! >> pids; while read x; do {FIRST}; done; sleep 60", []),
        ("sleep 60 & echo $! >> pids; sleep 60", ["timed_out"]),
        ("sleep 60 & echo $! >> pids; read x; exit 1", ["crashed", "crashed"]),
    ],
)
def test_no_process_outlives_its_match(
    script: str,
    kinds: list[str],
    shell: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "GRACE", 0.3)
    agent = shell(f"echo $$ >> pids; {script}")
    started = time.perf_counter()
    match = gtbench.play("kuhn_poker", [agent, "random"], seed=1, seconds_per_move=0.5)
    assert time.perf_counter() - started < 10
    assert [fault.kind for fault in match.faults] == kinds
    assert gone(tmp_path / "pids")


def test_what_a_program_has_begun_is_looked_for_once_a_process(
    shell: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr(command, "_kill_marked", looked.append)
    crashed = gtbench.play("kuhn_poker", [shell("read x; exit 1"), "random"], seed=1)
    assert len(looked) == len(crashed.faults) == 2
    gtbench.play("kuhn_poker", [shell(f"while read x; do {FIRST}; done"), "random"], seed=1)
    assert len(looked) == 3


def test_each_match_and_seat_has_a_process_of_its_own(shell: Callable[[str], str], tmp_path: Path) -> None:
    agent = shell(f"echo $$ >> pids; while read x; do {FIRST}; done")
    cup = gtbench.Tournament(agents=(agent, "random"), games=("kuhn_poker",), deals=3, seed=0)
    log = gtbench.run(cup, log=tmp_path / "cup.gtbench")
    assert len(log.numbers()) == 6
    asked = sum(
        any(log.match(n).agents[turn.seat] == agent for turn in log.match(n).turns) for n in log.numbers()
    )
    assert len(set((tmp_path / "pids").read_text().split())) == asked
    assert gone(tmp_path / "pids")


@pytest.mark.parametrize("concurrency", ["1", "8"])
def test_a_program_that_never_starts_is_one_line_with_its_reason(concurrency: str, tmp_path: Path) -> None:
    """Node is there, and its file is not: no fault of any player."""
    words = ["run", "--agents", "exec:node my_agent.js", "random", "--games", "kuhn_poker", "--deals", "2"]
    done = gtbench_command(*words, "--concurrency", concurrency, "--log", "cup.gtbench", cwd=tmp_path)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    said = "cannot be run: it ended with exit code 1 without a reply, and had read nothing: "
    assert error.startswith(f"error: exec:node my_agent.js {said}")
    assert "Cannot find module" in error
    assert list(tmp_path.iterdir()) == []  # nothing was played


@pytest.mark.parametrize("wait", ["", "sleep 0.1; "])
def test_who_ends_before_a_question_of_any_length_was_read_never_was_a_player(
    wait: str, shell: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = command._Process.ask
    monkeypatch.setattr(
        command._Process, "ask", lambda self, request: ask(self, request | {"x": "x" * 300_000})
    )
    with pytest.raises(
        BadOption, match="it ended with exit code 5 without a reply, and had read nothing: no"
    ):
        gtbench.play("kuhn_poker", [shell(f"{wait}echo no >&2; exit 5"), "random"], seed=1)


def test_a_program_that_cannot_be_run_is_the_users_to_fix(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no program\n")
    broken.chmod(0o755)
    with pytest.raises(BadOption, match="cannot be run: Exec format error"):
        gtbench.play("kuhn_poker", [f"exec:{broken}", "random"], seed=1)
