"""The innocent are not charged: whatever one player's code does, it alone pays, and the run ends as ever.

Each is a whole run, in which the guilty plays beside others at once.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import gtbench as gtbench_command
from scripted import Scripted

import gtbench
from gtbench.models.request import Chat, Sampling
from gtbench.pulse import LONGEST_BEAT, Holder, Pulse
from gtbench.records import Message
from gtbench.running import run_to_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from gtbench.log.read import RunLog
    from gtbench.models.request import Request
    from gtbench.records import Call

AGENTS = Path(__file__).parents[1] / "guilty.py"
OTHERS = ("waits", "computes")
"""The innocent: one that awaits, and one that has threads."""


@pytest.fixture
def cup(tmp_path: Path) -> Callable[..., RunLog]:
    """Plays agents of `guilty.py` against each other and `random`, all matches at once."""

    def play(*names: str, seconds: float = 30.0) -> RunLog:
        agents = [name if name == "random" else f"{AGENTS}:{name}" for name in names]
        played = gtbench.Tournament(
            agents=tuple(agents),
            games=("kuhn_poker",),
            deals=1,
            seconds_per_move=seconds,
            concurrency=100,
        )
        return gtbench.run(played, log=tmp_path / "cup.gtbench")

    return play


def charged(log: RunLog) -> dict[str, set[str]]:
    """The kinds of fault of each agent that has any."""
    found: dict[str, set[str]] = {}
    for match in log.matches():
        for turn in match.turns:
            name = match.agents[turn.seat].rpartition(":")[2]
            for fault in turn.faults:
                found.setdefault(name, set()).add(str(fault.kind))
    return found


@pytest.mark.parametrize("guilty", ["blocks", "its_tasks_block", "Slow"])
def test_while_one_player_holds_up_the_loop_nobody_elses_clock_runs_and_it_is_named(
    guilty: str,
    cup: Callable[..., RunLog],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gtbench.pulse.LONG", 0.5)
    log = cup(guilty, *OTHERS, seconds=0.7)
    assert charged(log) == ({guilty: {"timed_out"}} if guilty != "Slow" else {})
    assert len(log.numbers()) == 6
    assert not log.voids()
    assert held_up(caplog) == {f"{AGENTS}:{guilty}"}


@pytest.mark.slow
def test_a_thread_that_lets_no_other_run_pays_for_it_alone(
    cup: Callable[..., RunLog], caplog: pytest.LogCaptureFixture
) -> None:
    guilty = "keeps_all_threads_from_running"
    assert charged(cup(guilty, "waits", seconds=1.5)) == {guilty: {"timed_out"}}
    assert held_up(caplog) == {f"{AGENTS}:{guilty}"}


def held_up(caplog: pytest.LogCaptureFixture) -> set[str]:
    """Who was said to have held up the loop."""
    said = [record.getMessage() for record in caplog.records]
    return {text.split()[1] for text in said if " held up all matches for " in text}


def test_a_clock_counts_the_time_in_which_the_loop_answers_and_a_holder_all_of_its_own() -> None:
    now = [100.0]
    pulse = Pulse(lambda: now[0])
    begun = pulse.time()
    for _ in range(10):
        now[0] += LONGEST_BEAT / 2
        pulse.count()
    assert pulse.time() - begun == pytest.approx(5 * LONGEST_BEAT)
    now[0] += 3600
    assert pulse.time() - begun == pytest.approx(6 * LONGEST_BEAT)
    pulse.count()
    assert pulse.time() - begun == pytest.approx(6 * LONGEST_BEAT)


def test_who_holds_up_the_loop_again_is_named_again_only_where_it_was_for_much_longer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    pulse, slow, other = Pulse(lambda: now[0]), Holder("slow"), Holder("other")
    for holder, seconds in [(slow, 0.9), (slow, 3), (slow, 5.9), (other, 2), (slow, 6.1)]:
        before = pulse.hand(holder)
        now[0] += seconds
        pulse.hand(before)
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "warning: slow held up all matches for 3.0 s",
        "warning: other held up all matches for 2.0 s",
        "warning: slow held up all matches for 6.1 s",
    ]


def test_one_who_holds_up_the_loop_for_ever_is_named_meanwhile_with_the_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gtbench.pulse.LONG", 0.05)
    monkeypatch.setattr("gtbench.pulse.STUCK", 0.1)
    pulse = Pulse()
    with pulse.watched():
        before = pulse.hand(Holder("stuck"))
        for _ in range(200):
            if caplog.records:
                break
            time.sleep(0.05)
        pulse.hand(before)
    assert caplog.records[0].getMessage().startswith("warning: stuck held up all matches for ")
    assert f"so far, at {__file__}:" in caplog.records[0].getMessage()


@pytest.mark.parametrize(
    "guilty",
    [
        "says_nothing_of_itself", "has_thousands_of_causes", "has_a_deep_group", "says_a_lot", "recurses",
        "runs_out_of_memory", "exits", "exits_in_its_words", "exits_in_a_task", "interrupts",
        "raises_a_world_error", "raises_a_spent_budget", "raises_a_user_error", "leaves_as_a_person",
        "yields", "yields_and_awaits", "returns_a_coroutine", "cannot_be_shown", "cancels_itself",
        "has_an_odd_finish", "cancels_all", "stops_the_loop", "Exits", "Interrupts", "CancelsAll",
        "StopsTheLoop", "FailsAsUser",
    ],
)  # fmt: skip
def test_whatever_a_player_raises_or_returns_is_its_own_fault_and_the_run_goes_on(
    guilty: str, cup: Callable[..., RunLog]
) -> None:
    log = cup(guilty, *OTHERS)
    assert charged(log) == {guilty: {"crashed"}}
    assert len(log.numbers()) == 6
    assert not log.voids()
    faults = [fault for match in log.matches() for fault in match.faults]
    assert all(fault.detail.startswith("The player's own code failed: ") for fault in faults)
    assert all(len(fault.detail) < 400 and len(fault.trace) <= 8000 for fault in faults)


@pytest.mark.parametrize(
    "guilty", ["ClosesByExit", "ClosesNever", "ClosesBlocking", "ClosesOddly", "ClosesAll"]
)
def test_an_agent_that_does_not_close_costs_nobody_a_match(
    guilty: str,
    cup: Callable[..., RunLog],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gtbench.agent.spec.SECONDS_TO_CLOSE", 0.2)
    monkeypatch.setattr("gtbench.pulse.SECONDS_TO_STOP", 0.2)
    log = cup(guilty, "random")
    assert charged(log) == {}
    assert len(log.numbers()) == 2
    assert any(f"{guilty} did not close" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("innocent", ["Tidy", "plays_while_it_thinks"])
def test_a_player_may_do_what_it_likes_with_its_own_tasks_and_loops(
    innocent: str, cup: Callable[..., RunLog], caplog: pytest.LogCaptureFixture
) -> None:
    log = cup(innocent, "random")
    assert charged(log) == {}
    assert len(log.numbers()) == 2
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("guilty", "told"),
    [
        ("leaves_a_task_that_exits", "the player called for the end of the process, with exit code 3"),
        ("leaves_a_task_that_fails", "ValueError: late late"),
        ("leaves_a_future_that_fails", "ValueError: late"),
        ("leaves_a_call_that_fails", "ValueError: invalid literal"),
        ("leaves_a_call_that_stops_the_loop", "RuntimeError: the event loop is not the player's to stop"),
    ],
)
def test_code_that_is_left_behind_and_fails_is_one_line_and_the_run_goes_on(
    guilty: str, told: str, cup: Callable[..., RunLog], caplog: pytest.LogCaptureFixture
) -> None:
    log = cup(guilty, *OTHERS)
    assert charged(log) == {}
    assert len(log.numbers()) == 6
    who = "an agent or a model" if "future" in guilty else f"{AGENTS}:{guilty}"
    begin = f"warning: code that {who} has left behind failed: "
    assert caplog.messages
    for record in caplog.records:
        assert (record.name, record.exc_info) == ("gtbench", None)
        assert record.getMessage().startswith(begin)
        assert told in record.getMessage()
        assert "\n" not in record.getMessage()


def test_who_ends_the_loop_is_named_and_all_that_is_finished_stays_in_the_log(tmp_path: Path) -> None:
    guilty = f"{AGENTS}:leaves_a_call_that_exits"
    words = ["run", "--agents", f"{AGENTS}:waits", "random", guilty, "--games", "kuhn_poker", "--deals", "1"]
    done = gtbench_command(*words, "--concurrency", "1", "--log", "cup.gtbench", cwd=tmp_path)
    assert done.returncode == 1
    assert f"error: {guilty} has ended the run: SystemExit: 3; " in done.stderr
    assert "Every finished match is in the log. Go on with: gtbench resume cup.gtbench" in done.stderr
    assert "Traceback" not in done.stderr
    log = gtbench.open_log(tmp_path / "cup.gtbench")
    assert log.numbers()
    assert not any(guilty in match.agents for match in log.matches())


def test_an_interrupt_is_heard_also_while_a_players_code_runs(tmp_path: Path) -> None:
    (tmp_path / "pressed.py").write_text(
        textwrap.dedent("""\
            import asyncio
            import signal


            async def presses(view):
                signal.raise_signal(signal.SIGINT)
                await asyncio.sleep(600)
        """)
    )
    words = ["run", "--agents", "./pressed.py:presses", "random", "--games", "kuhn_poker", "--deals", "1"]
    done = gtbench_command(*words, "--log", "cup.gtbench", cwd=tmp_path)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-2:] == [
        "interrupted",
        "Every finished match is in the log. Go on with: gtbench resume cup.gtbench",
    ]


@pytest.mark.parametrize("guilty", ["clings", "leaves_a_task_that_clings"])
def test_nothing_is_said_at_the_end_of_a_script_of_what_does_not_stop(guilty: str, tmp_path: Path) -> None:
    script = f"""\
        import gtbench

        agents = ("{AGENTS}:{guilty}", "random")
        cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=1, seconds_per_move=0.5)
        print(len(gtbench.run(cup, log="cup.gtbench").numbers()))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, timeout=60, capture_output=True,
        check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


@pytest.mark.parametrize(
    ("guilty", "kinds"),
    [
        ("clings", {"clings": {"timed_out"}}),
        ("leaves_a_task_that_clings", {}),
        ("leaves_threads", {}),
        ("fills_all_threads", {"fills_all_threads": {"timed_out"}}),
        ("changes_the_process", {}),
    ],
)
def test_the_process_ends_and_the_log_is_whole_whatever_players_leave_behind(
    guilty: str, kinds: dict[str, set[str]], tmp_path: Path
) -> None:
    words = ["run", "--agents", f"{AGENTS}:{guilty}", f"{AGENTS}:waits", "random", "--games", "kuhn_poker"]
    words += ["--deals", "2", "--seconds-per-move", "1", "--log", "cup.gtbench"]
    code = "import sys; from gtbench import cli; sys.argv[0] = 'gtbench'; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tmp_path, timeout=60, capture_output=True, check=False,
        text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stdout) == (0, False), done.stderr
    log = gtbench.open_log(tmp_path / "cup.gtbench")
    assert len(log.numbers()) == 12
    assert charged(log) == kinds


def test_a_model_that_is_waited_for_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where no player asks it, but a judge: while it is waited for, the loop answers."""

    class Slow(Scripted):
        async def complete(self, request: Request) -> Call:
            await asyncio.sleep(0.4)
            return await super().complete(request)

    async def ask() -> float:
        chat = Chat(Slow("one", "two"), Sampling(), 0)
        await chat.sample([Message(role="user", content="?")], 2)
        return Pulse.here().held_up

    monkeypatch.setattr("gtbench.pulse.LONG", 0.2)
    assert run_to_end(ask()) < 0.2
    assert caplog.messages == []


def test_a_folder_that_an_agent_has_changed_is_changed_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "moves.py").write_text(
        textwrap.dedent("""\
            import os

            os.chdir("elsewhere")


            class Moves:
                def __init__(self):
                    os.chdir("elsewhere")

                async def act(self, view):
                    os.chdir("elsewhere")
                    return f"Action: {view.legal[0]}"

                async def aclose(self):
                    os.chdir("elsewhere")


            def in_a_thread(view):
                os.chdir("elsewhere")
                return f"Action: {view.legal[0]}"
        """)
    )
    monkeypatch.chdir(tmp_path)
    agents = ("./moves.py:Moves", "./moves.py:in_a_thread")
    cup = gtbench.Tournament(agents=agents, games=("kuhn_poker",), deals=2, concurrency=1)
    log = gtbench.run(cup, log="cup.gtbench")
    assert Path.cwd() == tmp_path
    assert (tmp_path / "cup.gtbench").exists()
    assert charged(log) == {}


def test_the_folder_is_looked_after_at_every_decision_and_not_at_every_step(
    cup: Callable[..., RunLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[object] = []
    for name in ("fchdir", "chdir"):
        monkeypatch.setattr(f"os.{name}", went.append)
    get = os.getcwd

    def got() -> str:
        went.append(get())
        return get()

    monkeypatch.setattr("os.getcwd", got)
    log = cup("waits_often", "random")
    assert sum(len(match.turns) for match in log.matches()) <= len(went) < 300
