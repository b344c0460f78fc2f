"""How many requests a model is asked at once and how fast, and how long a failed one is tried again.

Requests and tokens per minute are what the user says of an account (`gtbench.models.account`), or what the
provider's rate-limit headers say. As many are under way at once as the run asks for; that is halved when the
provider throttles, and grows again while it does not (additive increase, multiplicative decrease, as in TCP;
Jacobson 1988).
"""

from __future__ import annotations

import asyncio
import itertools
import math
import random
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from aiolimiter import AsyncLimiter

from gtbench.errors import ProviderFailure
from gtbench.models.waiting import THROTTLES, Bulletin
from gtbench.records import Try

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from gtbench.models.account import Account

T = TypeVar("T")

TRIES = 10
"""How often a request that fails is sent at most, throttling aside: that is waited out."""
READINGS = 3
"""After how many unreadable answers a request is given up: each of them is paid for."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between tries: drawn up to the first, then up to twice as much each time, up to the second."""

GROWTH = 0.2
"""What one sound answer adds to the requests that may be under way: a fifth in the time that one takes."""
MINUTE = 60.0
BURST = 6.0
"""Seconds of a limit that may be used up at a stroke."""
CHARACTERS_A_TOKEN = 4
"""About as many as in English, for guessing a prompt's tokens before it is sent."""
MEMORY = 0.1
"""How much the last answer counts in the guess at the length of the next."""

LIMIT_HEADERS = {
    "requests": ("x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"),
    "tokens": ("x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit"),
}
"""Where OpenAI's protocol and Anthropic's say how much a minute allows."""
LONGEST_LIMIT = 12
"""Digits of such a limit at most: a larger one is none."""


class Gate:
    """What the requests to one model pass through.

    Args:
        account: The limits that the user has set; they come before what the provider says.
        model: What the model is called.
    """

    def __init__(self, account: Account, model: str = "the model") -> None:
        self._model, self.bulletin = model, Bulletin(model)
        self._widest = float(account.at_once or math.inf)
        self._width = self._widest
        self._inside = self._epoch = 0
        self._waiting: deque[tuple[asyncio.Future[None], Callable[[], None]]] = deque()  # and what hurries it
        self._closed_until = 0.0  # by the event loop's clock
        self._set = {"requests": account.requests_per_minute, "tokens": account.tokens_per_minute}
        self._paces: dict[str, Pace] = {what: Pace(limit) for what, limit in self._set.items() if limit}
        self._length: float | None = None  # of a reply, in tokens

    @property
    def width(self) -> float:
        """How many requests may be under way at once; infinite until the provider has throttled."""
        return self._width

    @property
    def limits(self) -> dict[str, int]:
        """Requests and tokens a minute, as far as they are known."""
        return {what: pace.limit for what, pace in self._paces.items()}

    @asynccontextmanager
    async def passage(
        self, characters: int, most: int, deadline: Deadline | None = None
    ) -> AsyncIterator[None]:
        """The time of one request, of so many characters and with a reply of at most so many tokens.

        Raises:
            ProviderFailure: It would have to wait beyond its call's deadline, and is not sent.
        """
        await self._turn(characters, most, deadline or Deadline(math.inf))
        epoch = self._epoch
        try:
            yield
            self._width = min(self._widest, self._width + GROWTH)
        except ProviderFailure as error:
            if error.throttled:
                self._throttled(epoch, error.retry_after)
            raise
        finally:
            self._leave()

    async def _turn(self, characters: int, most: int, deadline: Deadline) -> None:
        """Wait for room, until the provider is no longer to be left alone, and for room in the minute.

        The call's time runs meanwhile where it has begun, or where the provider asks to be left alone.
        """
        try:
            async with asyncio.timeout(
                deadline.left() if deadline.begun or self._closed_for() else None
            ) as limit:
                await self._enter(lambda: limit.reschedule(deadline.ends()))
                try:
                    await self._wait_until_open(deadline)
                    await self._take_pace(characters, most)
                except BaseException:
                    self._leave()
                    raise
        except TimeoutError:
            reason = (
                f"{self._model} was not asked: the call's turn did not come within {deadline.seconds:g} s"
            )
            raise ProviderFailure(reason, passing=True, sent=False) from None

    def learn(self, headers: Mapping[str, str], output_tokens: int | None) -> None:
        """Take up what an answer says: the provider's limits, and how long replies are."""
        if output_tokens is not None:
            before = output_tokens if self._length is None else self._length
            self._length = before + MEMORY * (output_tokens - before)
        for what, names in LIMIT_HEADERS.items():
            said = next((headers[name] for name in names if name in headers), "")
            known = self._paces.get(what)
            limit = int(said) if said.isdecimal() and len(said) <= LONGEST_LIMIT else 0
            if limit and self._set[what] is None and (known is None or known.limit != limit):
                self._paces[what] = Pace(limit)

    async def _enter(self, hurry: Callable[[], None]) -> None:
        """Wait for room; `hurry` is called where the provider asks to be left alone meanwhile."""
        if self._inside < self._width and not self._waiting:
            self._inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, hurry))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # let in just now
                self._leave()
            raise

    def _leave(self) -> None:
        """Make room."""
        self._inside -= 1
        self._admit()

    def _admit(self) -> None:
        """Let in who waits, as far as there is room."""
        while self._waiting and self._inside < max(1.0, self._width):
            turn, _ = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)

    def _closed_for(self) -> float:
        """For how many seconds the provider still asks to be left alone."""
        return max(0.0, self._closed_until - asyncio.get_running_loop().time())

    async def _wait_until_open(self, deadline: Deadline) -> None:
        """Wait while the provider asks to be left alone, unless that is longer than the call may take."""
        while left := self._closed_for():  # it may be put off meanwhile
            if left > deadline.left():
                asks = f"{self._model} was not asked: it asks to be left alone for {left:.0f} s more"
                reason = f"{asks}, and the call may take {deadline.seconds:g} s"
                raise ProviderFailure(reason, passing=True, retry_after=left, sent=False)
            self.bulletin.waits(THROTTLES, left)
            await asyncio.sleep(left)

    async def _take_pace(self, characters: int, most: int) -> None:
        """Wait until the minute has room."""
        reply = most if self._length is None else min(most, self._length)
        guess = {"requests": 1.0, "tokens": characters / CHARACTERS_A_TOKEN + reply}
        for what, pace in list(self._paces.items()):
            await pace.take(guess[what])

    def _throttled(self, epoch: int, retry_after: float | None) -> None:
        """Halve what may be under way, once for all requests sent before; keep the wait that is asked for."""
        if epoch == self._epoch:
            self._epoch += 1
            self._width = max(1.0, min(self._width, self._inside) / 2)
        if retry_after is not None:
            until = asyncio.get_running_loop().time() + retry_after
            self._closed_until = max(self._closed_until, until)
            for turn, hurry in self._waiting:
                if not turn.done():  # else its caller waits no longer
                    hurry()


class Pace:
    """So much a minute, in bursts of a few seconds' worth."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        burst = max(1.0, limit * BURST / MINUTE)
        self._bucket = AsyncLimiter(burst, burst * MINUTE / limit)

    async def take(self, amount: float) -> None:
        """Wait until so much is left."""
        while amount > 0:
            part = min(amount, self._bucket.max_rate)
            await self._bucket.acquire(part)
            amount -= part


class Deadline:
    """The seconds that a call has for all its tries, from the first that is sent."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: float | None = None

    @property
    def begun(self) -> bool:
        """Whether the clock runs."""
        return self._ends is not None

    def ends(self) -> float:
        """When it passes, by the event loop's clock, which the first call starts."""
        if self._ends is None:
            self._ends = asyncio.get_running_loop().time() + self.seconds
        return self._ends

    def left(self) -> float:
        """Seconds until it passes; the first call starts the clock."""
        return self.ends() - asyncio.get_running_loop().time()


async def persist(
    once: Callable[[], Awaitable[T]], deadline: Deadline, tries: int | None, bulletin: Bulletin
) -> tuple[T, tuple[Try, ...]]:
    """The outcome of a request, tried again while its failure may pass, and the failures before.

    Args:
        once: One try; what it raises as a `ProviderFailure` may carry a `Try` of its own.
        deadline: After it no further try begins.
        tries: How often it is sent at most; None is `TRIES`, and as often as the provider throttles it.
        bulletin: Tells of the waiting.

    Raises:
        ProviderFailure: It was given up; `tries` holds each that was made. A try that the deadline has cut
            off says little of the model: the failure before it is told, if there was any.
    """
    failed: list[Try] = []
    unread = 0
    told: ProviderFailure | None = None
    for number in itertools.count(1):
        try:
            answer = await once()
        except ProviderFailure as error:
            failed.extend(error.tries or ((Try(reason=str(error)),) if error.sent else ()))
            pause = max(_drawn(number), error.retry_after or 0.0)
            unread += error.unreadable
            told = error if told is None or not error.cut_off else told
            waited_out = error.throttled and tries is None
            enough = (number >= (tries or TRIES) and not waited_out) or unread >= READINGS
            if enough or not error.passing or deadline.left() <= pause:
                told.tries = tuple(failed)
                raise told from told.__cause__
            bulletin.failed(error, number, pause)
        else:
            bulletin.answered()
            return answer, tuple(failed)
        await asyncio.sleep(pause)
    raise AssertionError  # it counts for ever


def _drawn(number: int) -> float:
    """The pause after so many tries; drawn, so that calls that failed together do not come back together."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(number - 1, 16)))
