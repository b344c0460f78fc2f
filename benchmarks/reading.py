"""How long it takes to read logs of many matches: CPU seconds, memory, and how both grow.

    python benchmarks/reading.py
    python benchmarks/reading.py --sizes 1000 10000 100000 --keep logs
    python benchmarks/reading.py --sizes 24500 98000 --agents 50 --commands standings head_to_head strengths

A few hundred real matches, with calls and grades, are written again and again through the log's own writer,
each time as other deals of the same tournament. Each command then runs in a process of its own.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

import gtbench
from gtbench.log.create import create_log
from gtbench.testing import LocalProvider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.log.read import RunLog

AGENTS = ("cot[confidence=true]@openai/a", "greedy", "random")
GAMES = ("tic_tac_toe", "nim", "kuhn_poker", "pig", "prisoners_dilemma")
REAL_DEALS = 10
COMMANDS = {
    "matches --last 20": ["matches", "LOG", "--last", "20"],
    "standings": ["standings", "LOG"],
    "head_to_head": ["head_to_head", "LOG"],
    "strengths": ["strengths", "LOG"],
    "mix": ["mix", "LOG"],
    "skill": ["skill", "LOG"],
    "cost": ["cost", "LOG"],
    "plan": ["plan", "LOG"],
    "profile": ["profile", "LOG"],
    "errors": ["errors", "LOG", "--label", "missed_win"],
    "resume, nothing left": ["resume", "LOG"],
    "status": ["-c", "import gtbench, sys; print(gtbench.open_log(sys.argv[1]).ledger())", "LOG"],
}
AT_ONCE = 500
"""Matches a commit."""


class Taken(NamedTuple):
    """What a command took."""

    seconds: float  # of the CPU
    megabytes: float  # at most


def played(folder: Path) -> RunLog:
    """Some hundred real matches of all games."""
    cup = gtbench.Tournament(agents=AGENTS, games=GAMES, deals=REAL_DEALS, seed=1)
    with LocalProvider():
        return gtbench.run(cup, log=folder / "real.gtbench")


def written(real: RunLog, path: Path, matches: int, agents: int) -> float:
    """Write a log of so many matches of so many agents; returned are the CPU seconds that a match took."""
    more = (f"cot[temperature={place / 100}]@openai/a" for place in range(agents - len(AGENTS)))
    whole = real.tournament.model_copy(update={"agents": (*AGENTS, *more), "deals": 1})
    settings = whole.model_copy(update={"deals": matches // whole.match_count})
    log = create_log(path, settings, real.run.keys)
    grades = dict(real._graded())  # noqa: SLF001
    played = {game: list(real.iter_matches(game)) for game in GAMES}
    began = time.process_time()
    with log.writer() as writer:
        for place, pairing in enumerate(log.pairings()):
            was = played[pairing.game][place % len(played[pairing.game])]
            turns = tuple(t.model_copy(update={"view": f"{t.view}\n{pairing.deal}"}) for t in was.turns)
            new = {name: getattr(pairing, name) for name in ("number", "deal", "pair", "agents")}
            writer.add(was.model_copy(update={**new, "turns": turns}))
            writer.grade(pairing.number, grades[was.number].turns, grades[was.number].luck)
            if place % AT_ONCE == 0:
                writer.commit()
    return (time.process_time() - began) / matches


def taken(command: Sequence[str], log: Path) -> Taken:
    """Run a command on a log in a process of its own."""
    words = [str(log) if word == "LOG" else word for word in command]
    module = [] if words[0] == "-c" else ["-m", "gtbench.cli"]
    with LocalProvider():
        process = subprocess.Popen([sys.executable, *module, *words], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} has ended with {process.returncode}")
    return Taken(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure all commands on logs of each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--agents", type=int, default=len(AGENTS), help="how many, 3 or more")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=[*COMMANDS])
    parser.add_argument("--keep", type=Path, help="a folder in which the logs stay, and are found again")
    asked = parser.parse_args()
    console = Console(highlight=False, width=200)
    with TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        logs = {size: folder / f"{size}-{asked.agents}.gtbench" for size in asked.sizes}
        missing = [size for size, path in logs.items() if not path.exists()]
        real = played(Path(scratch)) if missing else None
        for size in missing:
            if real:
                each = written(real, logs[size], size, asked.agents)
                console.print(
                    f"{size:,} matches: {logs[size].stat().st_size / 1e6:,.0f} MB, {each * 1e3:.2f} ms each"
                )
        console.print(f"{'':22}" + "".join(f"{size:>12,} matches" for size in logs) + "   exponent")
        for name in asked.commands:
            found = [taken(COMMANDS[name], path) for path in logs.values()]
            told = "".join(f"{one.seconds:9.1f} s {one.megabytes:6.0f} MB" for one in found)
            grown = ""
            if len(found) > 1:
                few, many = asked.sizes[-2:]
                grown = f"{math.log(found[-1].seconds / found[-2].seconds) / math.log(many / few):8.2f}"
            console.print(f"{name:22}{told}{grown}")


if __name__ == "__main__":
    main()
