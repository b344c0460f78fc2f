"""What is registered: one line a pack, ours as a stranger's; what is wrong with a pack is one line too."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import command
import pytest
from test_public_face import HEAVY

import gtbench
import gtbench.check
from gtbench import registry
from gtbench.catalogue import labels_of
from gtbench.errors import CheckFailed
from gtbench.labels import ABOUT
from gtbench.registry import KINDS, Pack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(gtbench.__file__).parent.parent

PACKS = "from gtbench.registry import Pack\nPACK = Pack(agents={%s})"


def install(site: Path, name: str, source: str) -> None:
    """A distribution of one module with a pack, as pip would leave it."""
    (site / f"{name}.py").write_text(source)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[gtbench]\n{name} = {name}:PACK\n")


def python(*words: str, site: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*sys.path, str(site)])
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def check(name: str, site: Path) -> str:
    """What `gtbench check` says against an agent, on one line and without a traceback."""
    done = python("-m", "gtbench.cli", "check", name, site=site)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("error: ").rstrip("\n")


def test_each_pack_of_ours_has_one_line_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {group: sorted(lines) for group, lines in project["entry-points"].items()} == {
        "gtbench": ["agents", "games", "leaderboards", "models"]
    }


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_listed_is_there_and_its_origin_is_known(kind: str) -> None:
    assert registry.names(kind)
    for name in registry.names(kind):
        assert registry.load(kind, name) is not None
        assert registry.distribution(kind, name) == f"gtbench {version('gtbench')}"
    assert registry.distribution(kind, "nobody") == ""


def test_a_game_and_its_skins_are_listed_under_their_own_names_and_bring_an_oracle() -> None:
    for name in gtbench.list_games():
        plain = gtbench.load_game(name)
        assert (plain.name, plain.skin) == (name, "")
        for skin in plain.skins():
            skinned = gtbench.load_game(name, skin=skin)
            assert (skinned.name, skinned.skin) == (name, skin)
            assert (skinned.skins(), skinned.oracle_class) == (plain.skins(), plain.oracle_class)
        assert registry.imported(name, plain.oracle_class).__name__.endswith("Oracle")


def test_the_core_compares_with_no_name_of_a_game_and_of_no_error_of_one() -> None:
    """But in what documents and help show as an example."""
    games = gtbench.list_games()
    own = {str(label) for label in labels_of(*games) if label not in ABOUT}
    found = {
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in (ROOT / "gtbench").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in {*games, *own}
    }
    assert found == set()


def test_a_game_of_another_name_inherits_neither_oracle_nor_skins() -> None:
    class Other(type(gtbench.load_game("nim"))):  # type: ignore[misc]
        name = "other"

    class Own(Other):
        name = "own"
        oracle_class = "somewhere:Oracle"

    assert (Other.oracle_class, Other.skins()) == ("", ())
    assert Own.oracle_class == "somewhere:Oracle"


def test_looking_for_names_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys; from gtbench import registry\nfor kind in registry.KINDS: registry.names(kind)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = set(python("-c", script, site=tmp_path).stdout.split())
    assert "gtbench_games" in loaded
    assert not (HEAVY | {"numpy", "pydantic", "asyncio"}) & loaded


def test_our_own_names_come_first_and_a_strangers_after_them(tmp_path: Path) -> None:
    install(tmp_path, "aaa", PACKS % "'aardvark': 'aaa:Aardvark'")
    script = "from gtbench import registry; print(*registry.names('agents'))"
    assert python("-c", script, site=tmp_path).stdout.split() == [*registry.names("agents"), "aardvark"]


def test_one_name_in_two_packs_is_one_line_that_names_both(tmp_path: Path) -> None:
    install(tmp_path, "usurper", PACKS % "'random': 'usurper:Mine'")
    line = f"gtbench {version('gtbench')} and by usurper 1.0: uninstall one of them"
    assert check("random", tmp_path) == f"the agent 'random' is registered by {line}"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import nowhere", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'; "),
        ("", "cannot be loaded: AttributeError: module 'odd' has no attribute 'PACK'; "),
        ("PACK = {'agents': {}}", "is no gtbench.registry.Pack; "),
    ],
)
def test_a_pack_that_is_none_is_one_line_that_names_its_distribution(
    source: str, line: str, tmp_path: Path
) -> None:
    install(tmp_path, "odd", source)
    whole = f"odd 1.0 registers the pack odd:PACK, which {line}update or uninstall it"
    assert check("random", tmp_path) == whole


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("odd:Nobody", "lost is registered by odd 1.0 as odd:Nobody, which is not there: "),
        (
            "nowhere:Thing",
            "lost is registered by odd 1.0 as nowhere:Thing, which needs the package 'nowhere', ",
        ),
        ("no place", "lost is registered by odd 1.0 as no place, which cannot be loaded: ValueError: "),
    ],
)
def test_a_thing_that_is_not_where_its_pack_says_is_one_line(where: str, line: str, tmp_path: Path) -> None:
    install(tmp_path, "odd", PACKS % f"'lost': '{where}'")
    assert check("lost", tmp_path).startswith(line)


def test_a_pack_that_is_wrong_keeps_nobody_from_pettingzoo(tmp_path: Path) -> None:
    install(tmp_path, "odd", "import nowhere")
    done = python("-c", "import gtbench, pettingzoo; print(pettingzoo.__name__)", site=tmp_path)
    assert done.stdout == "pettingzoo\n"
    assert "UserWarning: PettingZoo knows no game of gtbench: odd 1.0 registers the pack" in done.stderr


BROKEN = """
from gtbench.registry import Pack
from gtbench_games.tic_tac_toe import TicTacToe

class Unmade(TicTacToe):
    name = "unmade"

    def name_moves(self):
        raise ZeroDivisionError("two lines\\nof it")

class Mute(TicTacToe):
    name = "mute"

    def write_rules(self, seat):
        return {}["rules"] if self.moves else ""

class Named(TicTacToe):
    name = "other"

class Masked(TicTacToe):
    name = "masked"
    skin_classes = {"veil": "broken:Named"}

PACK = Pack(
    games={
        "unmade": "broken:Unmade", "mute": "broken:Mute", "renamed": "broken:Named",
        "masked": "broken:Masked", "lost": "broken:Nowhere", "number": "broken:BROKEN",
    },
    models={"gone": "broken:Gone"},
)
BROKEN = 1
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pack of which nearly nothing works, seen by this process."""
    install(tmp_path, "broken", BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    caches = (registry._packs, registry._found)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()
    sys.modules.pop("broken", None)


TROUBLES = {
    "unmade": "the game unmade, of broken 1.0, cannot be made: ZeroDivisionError: two lines of it",
    "mute": "the game mute, of broken 1.0, cannot be made: KeyError: 'rules'",
    "renamed": "the game renamed, of broken 1.0, calls itself 'other': list it under its own name",
    "lost": "lost is registered by broken 1.0 as broken:Nowhere, which is not there: ",
    "number": "the game number, of broken 1.0, is no subclass of gtbench.Game",
    "masked[skin=veil]": "the game masked, of broken 1.0, lists a skin 'veil' that calls itself '' of ",
}


@pytest.mark.usefixtures("broken")
def test_a_broken_game_is_one_line_that_names_its_pack_and_the_others_are_listed(tmp_path: Path) -> None:
    done = command.gtbench("games", cwd=tmp_path)
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert listed >= {*gtbench.list_games()} - TROUBLES.keys()
    assert not listed & TROUBLES.keys()
    told = dict(zip([name for name in TROUBLES if "[" not in name], done.stderr.splitlines(), strict=True))
    for name, told_of_it in told.items():
        assert told_of_it.startswith(f"left out: {TROUBLES[name]}")


@pytest.mark.usefixtures("broken")
def test_a_broken_provider_is_one_line_too(tmp_path: Path) -> None:
    done = command.gtbench("models", cwd=tmp_path)
    assert done.returncode == 0
    assert "openrouter" in done.stdout
    assert done.stderr.startswith("left out: gone is registered by broken 1.0 as broken:Gone, which is not")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("name", TROUBLES)
def test_that_a_game_cannot_be_made_is_a_finding_of_check_and_one_line_elsewhere(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckFailed) as found:
        gtbench.check.check_game(name)
    assert str(found.value).startswith(TROUBLES[name])
    checked = command.gtbench("check", name, cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (1, "")
    assert checked.stderr == f"error: {found.value}\n"
    assert ("name_moves" in checked.stderr) == (name == "unmade")  # the author reads where it failed
    words = ("--agents", "random", "greedy", "--games", name, "--log", "log.gtbench")
    played = command.gtbench("run", *words, cwd=tmp_path)
    assert (played.returncode, played.stderr.count("\n")) == (1, 1)
    assert played.stderr.startswith(f"error: {TROUBLES[name]}")


def test_a_game_that_fails_while_it_is_checked_is_a_finding_with_the_place() -> None:
    class Failing(type(gtbench.load_game("tic_tac_toe"))):  # type: ignore[misc]
        def observe(self, state: Any, seat: int) -> str:
            return str(1 / len(state.legal_actions()))

    with pytest.raises(CheckFailed, match=r"tic_tac_toe: ZeroDivisionError: .*\n\nTraceback") as found:
        gtbench.check.check_game(Failing(), positions=100)
    assert "in observe" in str(found.value)


def test_a_pack_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Pack().games = {}  # type: ignore[misc]
