"""What several tests share."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gtbench
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write the golden files anew")


def pytest_configure() -> None:
    for name in (
        "COLUMNS",
        "LINES",
    ):  # which pytest-xdist sets, and a terminal may: what is printed goes by them
        os.environ.pop(name, None)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with its golden file, byte for byte."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--write-golden"):
            path.write_text(text, encoding="ascii")
        kept = path.read_text(encoding="ascii")
        change = "\n".join(
            difflib.unified_diff(kept.splitlines(), text.splitlines(), "golden", "now", lineterm="")
        )
        assert text == kept, f"{name} has changed; if that is meant, run pytest --write-golden\n{change}"

    return compare


@pytest.fixture
def provider() -> Iterator[LocalProvider]:
    """A local server that speaks the OpenAI protocol and plays legal moves."""
    with LocalProvider() as server:
        yield server


@pytest.fixture(scope="session")
def litellm_loaded() -> None:
    """LiteLLM loads most of itself at its first call, which takes longer than some tests wait for one."""
    with LocalProvider():
        gtbench.play("kuhn_poker", ["prompt@litellm/openai/x", "random"], seed=1)


@pytest.fixture(autouse=True)
def _with_litellm(request: pytest.FixtureRequest) -> None:
    """Load it before a test that is about it."""
    if "litellm" in request.node.name:
        request.getfixturevalue("litellm_loaded")
