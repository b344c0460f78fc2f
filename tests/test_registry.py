"""What is registered: one line a pack, ours as a stranger's; what is wrong with a pack is one line too."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from test_public_face import HEAVY

import gtbench
from gtbench import registry
from gtbench.registry import KINDS, Pack

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
        ("odd:Nobody", "lost is registered as odd:Nobody, which is not there: "),
        ("nowhere:Thing", "lost needs the package 'nowhere', which is not installed"),
        ("no place", "lost is registered as no place, which cannot be loaded: ValueError: "),
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


def test_a_pack_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Pack().games = {}  # type: ignore[misc]
