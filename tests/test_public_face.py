"""The one public door: its names, what it loads, and that the arrows point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gtbench

ROOT = Path(gtbench.__file__).parent
HEAVY = {
    "openai",
    "anthropic",
    "litellm",
    "pandas",
    "numba",
    "ray",
    "xllamacpp",
    "pyspiel",
    "open_spiel",
    "pettingzoo",
}

LAYERS = [
    ["errors", "text", "memo", "largest", "files", "database", "folders", "signals", "toml", "_version"],
    ["records", "labels", "luck", "pulse", "svg", "raster", "screen"],
    ["names", "registry", "questions", "loop", "clock", "terminal"],
    ["aio", "game"],
    ["catalogue"],
    ["zoo", "table", "reply", "models"],
    ["door", "options"],
    ["command"],
    ["env", "agent", "oracle"],
    ["ask"],
    ["match", "reasoning", "grading"],
    ["check"],
    ["log_format", "log_lock"],
    ["schedule"],
    ["log_writer", "trust", "forecast"],
    ["store"],
    ["commits", "replaying"],
    ["clerk"],
    ["tournament", "judging", "elicit"],
    ["cli"],
]
"""Modules of the core, from the bottom up: a module imports none above its own layer."""


def test_every_public_name_is_there_once_and_in_order() -> None:
    assert gtbench.__all__ == sorted(gtbench.__all__)
    assert len(set(gtbench.__all__)) == len(gtbench.__all__)
    for name in gtbench.__all__:
        assert getattr(gtbench, name) is not None
        assert name in dir(gtbench)
    modules = {path.stem for path in ROOT.iterdir()}
    assert not modules & set(gtbench.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = gtbench.nothing


def test_importing_gtbench_loads_nothing_heavy() -> None:
    script = "import sys, gtbench; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_asking_for_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, gtbench.cli\nsys.argv = ['gtbench', '--help']\n"
        "try: gtbench.cli.main()\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not (HEAVY | {"numpy", "pydantic", "asyncio"}) & set(done.stdout.split("LOADED")[1].split())


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports when it is loaded: type checking and functions left out."""
    found: set[str] = set()
    stack: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "gtbench":
            names = (
                [alias.name for alias in node.names]
                if node.module == "gtbench"
                else [node.module.split(".")[1]]
            )
            found.update(names)
        stack += ast.iter_child_nodes(node)
    return found


def test_arrows_point_one_way() -> None:
    layer = {module: height for height, modules in enumerate(LAYERS) for module in modules}
    paths = [path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.parent != ROOT]
    for path in paths:
        module = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if module == "testing":
            continue
        for imported in imports(path) - {module}:
            assert layer[imported] <= layer[module], f"{path} imports {imported}"


def test_the_core_never_imports_a_pack() -> None:
    for path in ROOT.rglob("*.py"):
        for pack in ("gtbench_games", "gtbench_agents", "gtbench_leaderboards"):
            assert f"import {pack}" not in path.read_text(encoding="utf-8")
            assert f"from {pack}" not in path.read_text(encoding="utf-8")
