"""Packages of somebody else's: installed by pip without a network, found, checked, and at play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import command
import pytest
from command import gtbench as in_process

import gtbench
from gtbench.labels import UNKNOWN

PACKAGE = Path(__file__).parent / "third_party" / "gtbench-copycat"


def run(*words: str, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which sees the packages that are installed in a folder."""
    paths = filter(None, [str(site or ""), os.environ.get("PYTHONPATH")])
    path = {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=cwd, env=os.environ | path, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in `third_party` and one that `gtbench new agent` has written."""
    folder = tmp_path_factory.mktemp("third")
    written = run("gtbench.cli", "new", "agent", "my_agent", cwd=folder)
    assert written.returncode == 0, written.stderr
    assert "gtbench check my_agent" in written.stdout
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    target = folder / "site"
    packages = (str(PACKAGE), str(folder / "my_agent"))
    installed = run("pip", "install", "--quiet", *offline, "--target", str(target), *packages, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    return target


@pytest.mark.parametrize(
    ("agent", "checked"), [("copycat", "kuhn_poker, prisoners"), ("my_agent", "tic_tac_toe, ")]
)
def test_an_agent_of_somebody_elses_is_found_and_checked(agent: str, checked: str, site: Path) -> None:
    done = run("gtbench.cli", "check", agent, cwd=site.parent, site=site)
    assert done.returncode == 0, done.stderr
    assert checked in done.stdout
    assert "it does, and says so" in done.stdout
    assert done.stdout.endswith(f"{agent} holds all that every agent must.\n")


def test_an_agent_of_somebody_elses_plays_a_tournament_and_the_log_says_which_it_was(site: Path) -> None:
    agents = ("copycat[shy=true]", "copycat", "my_agent[loud=true]")
    words = ("--games", "kuhn_poker", "prisoners_dilemma", "--deals", "2", "--log", "cup.gtbench")
    done = run("gtbench.cli", "run", "--agents", *agents, *words, cwd=site.parent, site=site)
    assert done.returncode == 0, done.stderr
    script = (
        "import gtbench; log = gtbench.open_log('cup.gtbench'); print(len(log.matches()), log.run.agents, "
        "log.frame()['faults'].sum())"
    )
    told = subprocess.run(  # a log is read without the packages whose agents it holds
        [sys.executable, "-c", script], cwd=site.parent, capture_output=True, text=True, check=True
    ).stdout
    assert told.startswith("24 ")
    assert "'copycat[shy=true]': 'gtbench-copycat 1.2.3'" in told
    assert "'my_agent[loud=true]': 'my-agent 0.1.0'" in told
    assert told.endswith(" 0\n")


def test_a_game_a_model_and_a_report_of_somebody_elses_are_used_as_our_own(site: Path) -> None:
    games = ("noughts", "noughts[skin=sums]", "kuhn_poker")
    agents = ("optimal", "prompt@parrot/pass")
    words = ("--games", *games, "--deals", "1", "--skip-unplayable", "--log", "own.gtbench")
    done = run("gtbench.cli", "run", "--agents", *agents, *words, cwd=site.parent, site=site)
    assert done.returncode == 0, done.stderr
    (site.parent / "told.py").write_text(
        "import gtbench\nfrom gtbench import registry\nlog = gtbench.open_log('own.gtbench')\n"
        "lengths = log.report('lengths')\n"
        "print(lengths['matches'].sum(), len(log.grades()), *sorted(set(log.frame()['game'])))\n"
        "print(type(gtbench.load_game('noughts').oracle()).__name__)\n"
        "print(registry.distribution('games', 'noughts'))"
    )
    told = run("told", cwd=site.parent, site=site)
    assert told.stdout == (
        "12 6 kuhn_poker noughts noughts[skin=sums]\nNoughtsOracle\ngtbench-copycat 1.2.3\n"
    ), told.stderr


def test_a_report_of_somebody_elses_has_its_verb_its_options_its_page_and_every_format(site: Path) -> None:
    agents = ("random", "copycat")
    words = ("--games", "kuhn_poker", "--deals", "8", "--seed", "1", "--log", "long.gtbench")
    done = run("gtbench.cli", "run", "--agents", *agents, *words, cwd=site.parent, site=site)
    assert done.returncode == 0, done.stderr

    def told(*words: str) -> str:
        done = run("gtbench.cli", *words, cwd=site.parent, site=site)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "lengths         How long the matches of each agent are." in told("--help")
    helped = " ".join(told("lengths", "--help").split())
    assert "--at-least AT_LEAST Leave out matches with fewer turns. [default: 1]" in helped
    rows = json.loads(told("lengths", "long.gtbench", "--format", "json"))["rows"]
    lengths = [len(match.turns) for match in gtbench.open_log(site.parent / "long.gtbench").matches()]
    mean = sum(lengths) / len(lengths)
    assert rows == [{"agent": agent, "matches": len(lengths), "turns": mean} for agent in agents]
    long = sum(length > min(lengths) for length in lengths)
    fewer = json.loads(
        told("lengths", "long.gtbench", "--at-least", f"{min(lengths) + 1}", "--format", "json")
    )
    assert 0 < long < len(lengths)
    assert {row["matches"] for row in fewer["rows"]} == {long}
    shown = f"{mean:.2f}"
    assert f"\nrandom        16   {shown}\n" in told("lengths", "long.gtbench")
    assert f"| random | 16 | {shown} |" in told("lengths", "long.gtbench", "--format", "md")
    assert rf"random & 16 & {shown} \\" in told("lengths", "long.gtbench", "--format", "latex")
    assert f"random,16,{mean!r}\n" in told("lengths", "long.gtbench", "--format", "csv")
    assert "copycat" not in told("lengths", "long.gtbench", "--agents", "random")
    told("site", "long.gtbench", "-o", "lengths")
    page = " ".join((site.parent / "lengths" / "report-lengths.html").read_text().split())
    assert f'<td class="agent">random</td> <td class="n">16</td> <td class="n">{shown}</td>' in page
    assert 'href="report-lengths.html"' in (site.parent / "lengths" / "index.html").read_text()


@pytest.fixture(scope="module")
def hexed(site: Path) -> Path:
    """The folder of a log of somebody else's game, hex.gtbench."""
    agents = ("random", "prompt@parrot/a1")
    words = ("--games", "hex", "--deals", "2", "--seed", "1", "--log", "hex.gtbench")
    done = run("gtbench.cli", "run", "--agents", *agents, *words, cwd=site.parent, site=site)
    assert done.returncode == 0, done.stderr
    return site.parent


def test_a_game_of_somebody_elses_with_an_oracle_errors_and_words_of_its_own_is_graded_as_ours(
    hexed: Path, site: Path
) -> None:
    meaning = "the middle was free and wins, and a losing cell was taken"
    errors = run("gtbench.cli", "errors", "hex.gtbench", cwd=hexed, site=site)
    assert "left_middle" in errors.stdout, errors.stderr
    assert f"left_middle: {meaning}." in " ".join(errors.stdout.split())
    shown = run("gtbench.cli", "errors", "hex.gtbench", "--label", "left_middle", cwd=hexed, site=site)
    assert f"left_middle: {meaning}. 4 decisions." in shown.stdout, shown.stderr
    assert "-- error of reasoning: calculation_error: the number of stones is 3. (it is 0)" in shown.stdout


def test_without_its_pack_a_report_names_an_error_and_says_that_its_meaning_is_not_known(hexed: Path) -> None:
    assert "hex" not in gtbench.list_games()
    shown = command.gtbench("errors", "hex.gtbench", "--label", "left_middle", cwd=hexed)
    assert f"left_middle: {UNKNOWN.meaning}. 4 decisions." in shown.stdout
    errors = command.gtbench("errors", "hex.gtbench", cwd=hexed).stdout
    row = next(line.split() for line in errors.splitlines() if line.split()[:2] == ["left_middle", "hex"])
    assert (row[2], row[-1]) == ("2", "-")  # nobody knows to which of the paper's five it comes near
    assert f"left_middle: {UNKNOWN.meaning}." in " ".join(errors.split())
    pages = command.gtbench("site", "hex.gtbench", "-o", "pages", cwd=hexed)
    assert pages.returncode == 0, pages.stderr
    index = (hexed / "pages" / "index.html").read_text()
    assert f"left_middle: {UNKNOWN.meaning}." in index
    assert "Error of play: won_to_lost, left_middle" in (hexed / "pages" / "match-2.html").read_text()


def test_a_game_of_somebody_elses_is_checked_as_ours(site: Path) -> None:
    done = run("gtbench.cli", "check", "hex", "--positions", "300", cwd=site.parent, site=site)
    assert done.stdout.endswith("hex holds all that every game must.\n"), done.stderr
    assert (
        "ok  Its own errors of play are words with a meaning, and its oracle names no others: 1 labels"
        in (done.stdout)
    )


def test_a_wrong_option_of_somebody_elses_agent_gets_one_line(site: Path) -> None:
    words = ("--agents", "copycat[shi=true]", "random", "--games", "kuhn_poker")
    done = run("gtbench.cli", "run", *words, cwd=site.parent, site=site)
    assert done.stderr == "error: copycat has no option 'shi'; did you mean 'shy'?\n"
    assert done.returncode == 1


def test_the_written_packages_own_test_passes(site: Path) -> None:
    done = run("pytest", "-q", "-p", "no:cacheprovider", cwd=site.parent / "my_agent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("my_agent", "./my_agent exists already"),
        ("My-Agent", "'My-Agent' is no name for an agent: use small letters, digits and _, as in my_agent"),
        ("../up", "is no name for an agent"),
        ("class", "is no name for an agent"),
        ("random", "'random' is taken"),
        ("json", "'json' is taken"),
        ("numpy", "'numpy' is taken"),
        ("open_spiel", "'open_spiel' is taken"),
    ],
)
def test_a_name_that_will_not_do_gets_one_line_and_writes_nothing(name: str, line: str, site: Path) -> None:
    before = sorted(site.parent.rglob("*"))
    done = in_process("new", "agent", name, cwd=site.parent)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert line in done.stderr
    assert sorted(site.parent.rglob("*")) == before
