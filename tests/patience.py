"""For tests of what comes of failures, without waiting for them to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.models import limits, sdk

if TYPE_CHECKING:
    import pytest


def give_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try a call, and a second for a throttled one."""
    monkeypatch.setattr(limits, "TRIES", 1)
    monkeypatch.setattr(sdk, "DEADLINE", 1.0)
