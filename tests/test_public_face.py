"""The one public door: its names, what it loads, and that the arrows point one way."""

from __future__ import annotations

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
