"""The folders of the user's account: gtbench's cache, its configuration, and its state.

None of them has to be there, or to be writable: nothing that a run needs stands in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def cache_folder() -> Path | None:
    """Where what takes long to compute, or to fetch, is kept; None for a user without a home."""
    return _known(lambda: platformdirs.user_cache_path("gtbench"))


def config_folder() -> Path | None:
    """Where the user says something of models; None for a user without a home."""
    return _known(lambda: platformdirs.user_config_path("gtbench"))


def state_folder() -> Path | None:
    """Where a key stands by which the user's own runs are known; None for a user without a home."""
    return _known(lambda: platformdirs.user_state_path("gtbench"))


def _known(folder: Callable[[], Path]) -> Path | None:
    """The folder, unless it stands in a home that nobody knows."""
    try:
        path = folder()
    except RuntimeError:
        return None
    return path if path.is_absolute() else None  # what platformdirs once made of such a home
