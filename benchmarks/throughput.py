"""How fast a tournament calls its models: a thousand matches at once, gtbench beside the bare SDK.

    python benchmarks/throughput.py
    python benchmarks/throughput.py --matches 200 --latency 1 --rounds 1 --game tic_tac_toe
    python benchmarks/throughput.py --finish 6000 --matches 300 --latency 0.3

The server is `gtbench.testing.LocalProvider` in a process of its own, with a fixed latency. Both contestants
ask it through the `openai` SDK on its aiohttp transport, each in a fresh process that is tied to one core, in
turn, round after round. What is measured and what is not is told in the README.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

import gtbench
from gtbench.testing import ChatReply, LocalProvider, play_legally

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")

WARM_UP = 3
"""After so many latencies the requests are spread out, and the clock starts."""
MEASURED = 9
"""Latencies that the clock runs at least."""
PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1_000_000
WIDTH = 130
"""Columns of the terminal."""
MODEL = "openai/x"
AGENTS = (f"prompt@{MODEL}", f"cot@{MODEL}")


@dataclass(slots=True)
class Clock:
    """What one contestant took between two moments while all its matches were under way."""

    began: float = 0.0  # by the clock that all processes share
    ended: float = 0.0
    processor: float = 0.0  # seconds of CPU time
    memory: list[int] = field(default_factory=list)  # bytes: before the first call, half-way, at the end

    def start(self) -> None:
        """The clock starts."""
        self.began, self.processor = time.monotonic(), time.process_time()

    def stop(self) -> None:
        """The clock stops; a second time changes nothing."""
        if not self.ended:
            self.ended = time.monotonic()
            self.processor = time.process_time() - self.processor
            self.weigh()

    def weigh(self) -> None:
        """Note how much memory there is."""
        self.memory.append(resident())


def resident() -> int:
    """The bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def serve(pipe: Connection, latency: float) -> None:
    """The server: sends its address, and when told to stop the moments at which requests came."""
    tie(1)
    came: list[float] = []

    def reply(request: dict[str, Any]) -> str | ChatReply:
        came.append(time.monotonic())
        return play_legally(request)

    with LocalProvider(reply, latency=latency) as server:
        pipe.send(server.environment)
        pipe.recv()
        pipe.send(came)


def tie(core: int) -> None:
    """Tie this process to one of the machine's cores, where it has several."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


class Watch:
    """Starts the clock when the requests are spread out, and stops it when matches begin to lack."""

    def __init__(self, clock: Clock, enough: int, latency: float) -> None:
        self._clock, self._left, self._latency = clock, enough, latency

    def started(self, log: gtbench.RunLog) -> None:
        """Play begins."""
        self._clock.weigh()
        loop = asyncio.get_running_loop()
        loop.call_later(WARM_UP * self._latency, self._clock.start)
        loop.call_later((WARM_UP + MEASURED / 2) * self._latency, self._clock.weigh)

    def ended(self, outcome: object) -> None:
        """A match has ended."""
        self._left -= 1
        if self._left == 0:
            self._clock.stop()


def play(options: argparse.Namespace) -> Clock:
    """A tournament, with so many matches under way from its first moment."""
    clock = Clock()
    calls = sum(len(match.calls) for match in warm_up(options.game)) / SAMPLE
    needed = (WARM_UP + MEASURED) * options.matches / calls
    deals = -(-int(needed + options.matches) // 2)
    cup = gtbench.Tournament(
        agents=AGENTS, games=(options.game,), deals=deals, concurrency=options.matches, seed=1
    )
    watch = Watch(clock, 2 * deals - options.matches, options.latency)
    with tempfile.TemporaryDirectory() as folder:
        gtbench.run(cup, log=Path(folder) / "run.gtbench", watcher=watch)
    return clock


FINISHED = 1000
"""After so many matches each, memory is weighed where they are played for that."""


class Scales:
    """Weighs the process each time that so many matches have ended."""

    def __init__(self) -> None:
        self.memory: list[int] = []  # bytes
        self._ended = 0

    def started(self, log: gtbench.RunLog) -> None:
        """Play begins."""

    def ended(self, outcome: object) -> None:
        """A match has ended."""
        self._ended += 1
        if self._ended % FINISHED == 0:
            self.memory.append(resident())


def finish(options: argparse.Namespace) -> list[int]:
    """A long tournament: the memory after each thousand matches, all of which are followed by more."""
    warm_up(options.game)
    cup = gtbench.Tournament(
        agents=AGENTS,
        games=(options.game,),
        deals=(options.finish + options.matches) // 2,
        concurrency=options.matches,
        seed=1,
    )
    scales = Scales()
    with tempfile.TemporaryDirectory() as folder:
        gtbench.run(cup, log=Path(folder) / "run.gtbench", watcher=scales)
    return scales.memory[: options.finish // FINISHED]


def bare(options: argparse.Namespace) -> Clock:
    """The same prompts through the SDK alone, as many at once."""
    clock = Clock()
    calls = itertools.cycle([call for match in warm_up(options.game) for call in match.calls])

    async def main() -> None:
        from openai import AsyncOpenAI, DefaultAioHttpClient

        async with AsyncOpenAI(max_retries=0, http_client=DefaultAioHttpClient()) as client:

            async def ask_on() -> None:
                for call in calls:
                    messages: Any = [message.model_dump() for message in call.messages]
                    settings: Any = call.settings
                    await client.chat.completions.create(
                        model="x", messages=messages, **settings, timeout=600
                    )

            _ = client.chat.completions  # loads a large part of the SDK, which is no matter of matches
            clock.weigh()
            tasks = [asyncio.create_task(ask_on()) for _ in range(options.matches)]
            await asyncio.sleep(WARM_UP * options.latency)
            clock.start()
            await asyncio.sleep(MEASURED / 2 * options.latency)
            clock.weigh()
            await asyncio.sleep(MEASURED / 2 * options.latency)
            clock.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    return clock


SAMPLE = 20
"""Matches played before the clock starts: they load what is needed, and tell how many calls a match takes."""


def warm_up(game: str) -> list[gtbench.Match]:
    """A few matches; without latency they take no time that counts."""
    with LocalProvider():
        return [gtbench.play(game, AGENTS, seed=seed) for seed in range(SAMPLE)]


CONTESTANTS: dict[str, Callable[[argparse.Namespace], Clock]] = {"bare SDK": bare, "gtbench": play}


def in_process(pipe: Connection, work: Callable[[argparse.Namespace], object], options: argparse.Namespace,
               address: dict[str, str]) -> None:  # fmt: skip
    """Some work in this process, tied to a core, and what comes of it."""
    tie(0)
    os.environ.update(address)
    pipe.send(work(options))


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one contestant in one round."""

    rate: float  # calls a second
    share: float  # of the ideal rate, which is matches / latency
    milliseconds: float  # of CPU time a call
    kilobytes: float  # of memory a live match
    growth: float  # megabytes, in the second half of the time

    def __str__(self) -> str:
        return (
            f"{self.rate:6.1f} calls/s ({self.share:6.1%} of ideal)  {self.milliseconds:5.2f} ms CPU a call  "
            f"{self.kilobytes:5.1f} kB a live match  {self.growth:+5.1f} MB in the second half"
        )


def against_server(
    work: Callable[[argparse.Namespace], T], options: argparse.Namespace
) -> tuple[T, list[float]]:
    """What comes of some work against a fresh server, and the moments at which requests came there."""
    with child(serve, options.latency) as server:
        with child(in_process, work, options, server.recv()) as contestant:
            try:
                found: T = contestant.recv()
            except EOFError:
                raise SystemExit(f"{work.__name__} failed: see above") from None
        server.send("stop")
        return found, server.recv()


def measure(name: str, options: argparse.Namespace) -> Result:
    """One contestant against a fresh server."""
    clock, came = against_server(CONTESTANTS[name], options)
    calls = sum(clock.began <= moment < clock.ended for moment in came)
    rate = calls / (clock.ended - clock.began)
    before, half_way, at_end = clock.memory
    return Result(
        rate=rate,
        share=rate * options.latency / options.matches,
        milliseconds=1000 * clock.processor / calls,
        kilobytes=(at_end - before) / options.matches / 1000,
        growth=(at_end - half_way) / MEGABYTE,
    )


class child:  # noqa: N801
    """A process that runs a function, and a pipe to it."""

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(self._theirs, *arguments))

    def __enter__(self) -> Connection:
        self._process.start()
        self._theirs.close()  # so that the pipe ends with the process, whatever ends that
        return self._pipe

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self._process.terminate()
        self._process.join()


def main() -> None:
    """Measure in turn, and print each round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--matches", type=int, default=1000, help="matches at once")
    parser.add_argument("--latency", type=float, default=3.0, help="seconds of each answer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--game", default="kuhn_poker")
    parser.add_argument(
        "--finish", type=int, default=0, help="instead: finish so many matches, and weigh after each thousand"
    )
    options = parser.parse_args()
    tell = Console(highlight=False, width=WIDTH).print
    if options.finish:
        memory, _ = against_server(finish, options)
        tell(
            f"{options.matches} matches of {options.game} at once, {options.finish} in all: MB of memory held"
        )
        for number, held in enumerate(memory, start=1):
            tell(f"after {number * FINISHED:6} matches {held / MEGABYTE:6.1f}")
        return
    tell(
        f"{options.matches} matches of {options.game} at once, {options.latency:g} s latency: "
        f"ideal {options.matches / options.latency:.1f} calls a second"
    )
    found: dict[str, list[Result]] = {name: [] for name in CONTESTANTS}
    for _ in range(options.rounds):
        for name, results in found.items():
            results.append(measure(name, options))
            tell(f"{name:9} {results[-1]}")
    ratios = [
        ours.milliseconds / theirs.milliseconds
        for ours, theirs in zip(found["gtbench"], found["bare SDK"], strict=True)
    ]
    share = median(result.share for result in found["gtbench"])
    tell(
        f"medians of gtbench: {share:.1%} of ideal (target 95 %), "
        f"{median(ratios):.2f} times the bare SDK's CPU time a call (target 1.3)"
    )


if __name__ == "__main__":
    main()
