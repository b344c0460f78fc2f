"""The README's promises: its Python runs, its commands and options exist, the demo is what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import gtbench as command

import gtbench
from gtbench import names, registry
from gtbench.agent.spec import load_agent
from gtbench.check import check_game
from gtbench.cli.exits import ExitCode
from gtbench.labels import FaultKind
from gtbench.schedule import Tournament, load_tournament, round_robin
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
    "agents/README.md", "games/README.md", "leaderboards/README.md",
]  # fmt: skip
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def runs(code: str, folder: Path, **environment: str) -> None:
    """Demand that a piece of Python runs by itself, without a warning, and says something."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=folder, env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("number", range(2))
def test_the_readmes_python_runs_on_any_model(number: int, tmp_path: Path, provider: LocalProvider) -> None:
    embedded = "local/smollm2-135m"
    assert [block.count(embedded) for block in blocks("python")] == [1, 0]
    runs(blocks("python")[number].replace(embedded, "openai/x"), tmp_path, **provider.environment)


@pytest.mark.slow
def test_the_readmes_python_runs_as_it_stands(tmp_path: Path) -> None:
    runs(blocks("python")[0], tmp_path)


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("group", [[], ["new"], ["models"]])
def test_help_tells_every_verb_whole(
    group: list[str], columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    told = command(*group, "--help", cwd=tmp_path).stdout
    _, _, verbs = told.partition("Commands:\n")
    assert verbs
    for line in filter(None, verbs.splitlines()):
        assert line.endswith(".") or line.startswith("Reports: ")
        assert not line.endswith("..")


def test_the_readme_and_help_tell_every_exit_code(tmp_path: Path) -> None:
    told = [int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)]
    assert told == sorted(ExitCode)
    (codes,) = re.findall(r"Exit codes: (.*?)\.", command("--help", cwd=tmp_path).stdout, re.DOTALL)
    assert sorted(map(int, re.findall(r"\d+", codes))) == sorted(ExitCode)


def test_a_command_ends_with_the_codes_of_the_list(tmp_path: Path) -> None:
    run = ("run", "--agents", "random", "greedy", "--games", "nim", "--deals", "1")
    assert command(*run, cwd=tmp_path).returncode == ExitCode.DONE
    assert command("standings", "nothing", cwd=tmp_path).returncode == ExitCode.WRONG
    assert command("run", "--agents", "random", cwd=tmp_path).returncode == ExitCode.USAGE


def test_no_exit_code_is_written_anywhere_else() -> None:
    for path in (ROOT / "gtbench" / "cli").glob("*.py"):
        assert not re.search(r"(exit|Exit)\(\s*\d", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_prose_is_wrapped_and_the_readmes_cells_are_short(name: str) -> None:
    text = re.sub(
        r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    lines = text.splitlines()
    assert [line for line in lines if len(line) > 122 and not line.startswith("|")] == []
    if name == "README.md":
        cells = [cell.strip() for line in lines if line.startswith("|") for cell in line.split("|")]
        assert [cell for cell in cells if len(cell) > 110] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_links_to_is_there(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    files = [link for link in links if not link.startswith("https://")]
    assert [file for file in files if not (ROOT / name).parent.joinpath(file).exists()] == []


def test_every_make_command_that_is_told_is_one_and_each_is_told_to_contributors() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    told = {
        name: set(re.findall(r"(?:\$ |`)make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8")))
        for name in DOCUMENTS
    }
    assert set().union(*told.values()) <= known
    assert told["CONTRIBUTING.md"] == known - {"help", "clean"}


def test_the_citation_has_the_packages_name_and_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"title: {project['name']}" in citation
    assert f"license: {project['license']}" in citation
    assert f"  {project['description']}" in citation


def test_the_readmes_tournament_file_is_one() -> None:
    settings, _ = blocks("toml")
    assert Tournament.checked(tomllib.loads(settings), "README").deals == 25


def test_the_readme_names_every_fault_agent_and_provider() -> None:
    for name in [*FaultKind, *registry.names("agents"), *registry.names("models")]:
        assert f"`{name}`" in README


def test_the_gallery_lists_every_game() -> None:
    gallery = (ROOT / "games" / "README.md").read_text(encoding="utf-8")
    for name in gtbench.list_games():
        game = gtbench.load_game(name)
        for fact in (f"`{name}`", game.title.split("(")[0], game.paper_class, f"`{game.engine_name}`"):
            assert fact.casefold() in gallery.casefold()
        for word in (*game.defaults, *game.skins()):
            assert f"`{word}`" in gallery


def test_the_gallerys_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python", (ROOT / "games" / "README.md").read_text(encoding="utf-8"))
    exec(code, {})  # noqa: S102
    said = capsys.readouterr()
    findings = check_game("kuhn_poker")
    assert said.out.splitlines() == [f"{finding.name} - {finding.evidence}" for finding in findings]
    assert findings
    assert said.err == ""


def test_the_agents_in_the_agents_readme_play(monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict[str, type] = {}
    for code in blocks("python", (ROOT / "agents" / "README.md").read_text(encoding="utf-8")):
        exec(code, scope)  # noqa: S102
    monkeypatch.setattr(registry, "load", load_from(scope, registry.load))
    with LocalProvider() as server:
        match = gtbench.play("kuhn_poker", ["first", "polite[thanks=true]@openai/x"], seed=1)
        twice = gtbench.play("kuhn_poker", ["twice[times=3]@openai/x", "first"], seed=1)
    searched = gtbench.play("tic_tac_toe", ["winner", "first"], seed=1)
    careful = gtbench.play("tic_tac_toe", ["cautious[patience=2]", "first"], seed=1)
    assert match.faults == searched.faults == careful.faults == twice.faults == ()
    assert sum(len(call.samples) for call in twice.turns[0].attempts[0].calls) == 3
    assert searched.rewards == (1, -1)
    assert match.turns[0].move == "pass"
    assert server.requests[0]["messages"][0]["content"].endswith("Thanks!")


def load_from(
    scope: dict[str, type], otherwise: Callable[[str, str], object]
) -> Callable[[str, str], object]:
    """A registry that knows these agents."""
    mine = {name.casefold(): thing for name, thing in scope.items()}
    return lambda kind, name: mine.get(name) if kind == "agents" else otherwise(kind, name)


def test_the_demo_is_a_tournament_of_two_llm_agents_and_random_over_three_games() -> None:
    tournament = load_tournament(Path(str(files("gtbench.cli") / "demo.toml")))
    models = [load_agent(agent).model for agent in tournament.agents]
    assert models.count("local/smollm2-135m") == 2
    assert "random" in tournament.agents
    plain = [names.parse(game)[0] for game in tournament.games]
    assert plain == ["tic_tac_toe", "kuhn_poker", "prisoners_dilemma"]
    assert len(round_robin(tournament)) >= 30


@pytest.mark.slow
def test_the_demo_plays_to_its_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gtbench.cli", "demo", "--log", "demo.gtbench"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=360)
    assert done.returncode == 0, done.stderr
    for words in ("Standings: overall", "B = prompt[", "Faults of random", "The log is demo.gtbench"):
        assert words in done.stdout
    log = gtbench.open_log(tmp_path / "demo.gtbench")
    assert len(log.matches()) >= 30
    frame = log.frame()
    asked = frame[frame["agent"] != "random"]
    assert (asked["calls"] >= asked["decisions"]).all()
    assert (asked.loc[asked["calls"] > 0, "input_tokens"] > 0).all()
