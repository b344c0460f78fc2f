"""Waiting for a model: how long its server asks to be left alone, and how the user is told of it."""

from __future__ import annotations

import logging
import math
import re
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gtbench.errors import ProviderFailure

log = logging.getLogger("gtbench")

UNSAID = 4.0
"""Seconds of waiting that are not worth telling."""
BETWEEN = 30.0
"""Seconds between two lines on one model."""

THROTTLES = "asks for fewer requests"

RESETS = {
    "x-ratelimit-remaining-requests": "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-tokens": "x-ratelimit-reset-tokens",
    "x-ratelimit-remaining": "x-ratelimit-reset",
    "anthropic-ratelimit-requests-remaining": "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-remaining": "anthropic-ratelimit-tokens-reset",
}
"""Where a server says that nothing is left of a limit, and when there will be again."""
NOTHING = re.compile(r"0{1,9}(\.0{1,9})?")
EPOCH = 1e9
"""From here on a number is no length of time, but a time in seconds since 1970, or in milliseconds."""
MILLISECONDS = 1e12
_LENGTH = re.compile(
    r"(?:([\d.]{1,12})d)?(?:([\d.]{1,12})h)?(?:([\d.]{1,12})m)?(?:([\d.]{1,12})s)?(?:([\d.]{1,12})ms)?"
)
_SECONDS = (86400.0, 3600.0, 60.0, 1.0, 0.001)


def asked(headers: Mapping[str, str], now: float) -> float | None:
    """For how many seconds a server asks to be left alone, if it does.

    Args:
        headers: Of its answer.
        now: The time, in seconds since 1970.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    if said := headers.get("retry-after"):
        return _seconds(said, now)
    ends = [headers.get(end) for left, end in RESETS.items() if NOTHING.fullmatch(headers.get(left, ""))]
    waits = [wait for end in ends if end and (wait := _seconds(end, now)) is not None]
    return max(waits, default=None)


def _seconds(said: str, now: float) -> float | None:
    """The seconds that a header says: a number, a length such as "6m0s", or a time."""
    if (number := _number(said)) is not None:
        if number < EPOCH:
            return number
        return max(0.0, number / (1000 if number >= MILLISECONDS else 1) - now)
    if (length := _LENGTH.fullmatch(said.strip())) and any(length.groups()):
        parts = [_number(part) or 0.0 for part in length.groups()]
        return sum(part * unit for part, unit in zip(parts, _SECONDS, strict=True))
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return max(0.0, read(said).timestamp() - now)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _number(text: str | None) -> float | None:
    """A number that is not negative, if a header holds one."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


class Bulletin:
    """Tells the user, now and then, that a model is waited for.

    A wait of a moment is not told; nothing else stays untold for longer than the wait before it.

    Args:
        model: The model.
        clock: Seconds that only grow.
    """

    def __init__(self, model: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._model, self._clock = model, clock
        self._since: float | None = None  # when the first request failed since the last answer
        self._told: float | None = None  # when that was told last

    def failed(self, error: ProviderFailure, number: int, seconds: float) -> None:
        """The try `number` of a request has failed; the next follows in so many seconds."""
        what = str(error).removeprefix(f"{self._model} ").partition(":")[0]
        self.waits(f"{THROTTLES if error.throttled else what}, try {number}", seconds, error.took)

    def waits(self, why: str, seconds: float, took: float = 0.0) -> None:
        """A call waits for so many seconds; `took` is how long the server was away before."""
        now = self._clock()
        self._since = now - took if self._since is None else self._since
        if now + seconds - self._since < UNSAID or (self._told is not None and now - self._told < BETWEEN):
            return
        self._told = now
        log.info("%s: %s, next in %d s", self._model, why, math.ceil(seconds))

    def answered(self) -> None:
        """The model has answered."""
        if self._told is not None:
            log.info("%s: answers again", self._model)
        self._since = self._told = None
