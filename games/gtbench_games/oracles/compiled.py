"""Compiling a search with numba where it is installed, by the extra `fast`; else it runs as it is."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


@cache
def fast() -> bool:
    """Whether numba is there."""
    return find_spec("numba") is not None


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code, if numba is there; it is compiled at its first call, and kept on disk.

    Where no folder for it can be written, it is compiled in each process.
    """
    if not fast():
        return function
    import numba

    made: Callable[P, R]
    try:
        made = numba.njit(cache=True)(function)
    except RuntimeError:
        made = numba.njit()(function)
    return made


def cells(size: int) -> Any:
    """A table of 64-bit numbers, all 0: numpy's for compiled code, one of plain numbers for Python."""
    import array

    import numpy as np

    return np.zeros(size, np.int64) if fast() else array.array("q", bytes(8 * size))
