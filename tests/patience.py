"""For tests of what comes of failures, without waiting for them to pass; and of what other processes do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gtbench.models import limits
from gtbench.models.request import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which something will not happen any more, however busy the machine is."""


def until(happened: Callable[[], object], what: str) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"this did not happen in {PATIENCE:g} s: {what}")
        time.sleep(0.02)


def give_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try a call, however long an answer takes; a throttled one would have to wait longer than it may."""
    monkeypatch.setattr(limits, "TRIES", 1)
    monkeypatch.setattr(limits, "_drawn", lambda _: DEADLINE)
