"""Searches as machine code: plain functions of whole numbers, compiled with numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code; it is compiled at its first call, and kept on disk.

    It is kept beside the module, or in the user's cache folder where nothing can be written there. Where that
    cannot be written either, it is compiled in each process.
    """
    made: Callable[P, R]
    try:
        made = numba.njit(cache=True)(function)
    except RuntimeError:
        made = numba.njit()(function)
    return made
