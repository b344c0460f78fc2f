"""How long one text from outside may be: what a server answers, or what a log or a cache unfolds to."""

from __future__ import annotations

import os
import sys

from gtbench.errors import BadOption

VARIABLE = "GTBENCH_MAX_REPLY_MB"
"""The variable that says how many million bytes."""
MEGABYTES = 16.0
"""Unless it is set."""
MEGABYTE = 1_000_000


def largest() -> int:
    """The bytes of the longest text that is taken.

    Raises:
        BadOption: The variable holds no such number.
    """
    said = os.environ.get(VARIABLE) or MEGABYTES
    try:
        found = int(float(said) * MEGABYTE)
    except (ValueError, OverflowError):
        found = 0
    if not 0 < found < sys.maxsize:  # no text of more can be asked for
        raise BadOption(f"{VARIABLE}={said} is no number of megabytes: {VARIABLE}={MEGABYTES:g}, say")
    return found


def too_large() -> str:
    """What is said of a text that is longer."""
    return f"it holds more than {largest() / MEGABYTE:g} MB; {VARIABLE} allows more"
