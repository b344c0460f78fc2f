"""How fast the environments are: plies per CPU second of random legal play, gtbench beside its competitors.

    python benchmarks/environments.py
    python benchmarks/environments.py --games tic_tac_toe kuhn_poker --rounds 3 --json speed.json

Machines differ and are noisy, so all contestants play in turn, round after round, and only the ratios of
one run mean anything. What is measured and what is not is told in the README.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import gc
import itertools
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from platform import python_version
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from contestants import CONTESTANTS, AbsentError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import gtbench

if TYPE_CHECKING:
    from contestants import Play

BATCH = 8
"""Matches between two looks at the clock, which costs as much as a ply."""
WIDTH = 140
"""Columns of the terminal: ten games side by side."""
PACKAGES = ("gtbench", "open_spiel", "Shimmy", "PettingZoo", "TextArena")

Cell = tuple[str, str]
"""A game and a contestant, by their names."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One contestant's speed over another's, and what it is to be at least."""

    over: str
    under: str
    target: float | None = None


RATIOS = (
    Ratio("gtbench", "floor", 1 / 3),
    Ratio("gtbench", "floor, told"),
    Ratio("gtbench", "Shimmy", 10),
    Ratio("gtbench AEC", "Shimmy", 10),
    Ratio("gtbench AEC read", "Shimmy"),
    Ratio("gtbench", "PettingZoo"),
    Ratio("gtbench AEC", "PettingZoo"),
    Ratio("gtbench", "TextArena", 1),
    Ratio("gtbench heard", "TextArena", 1),
    Ratio("gtbench", "TextArena raw"),
)


def enter(games: list[str]) -> tuple[dict[Cell, Play], dict[Cell, str]]:
    """Every contestant in every game, and why some do not play."""
    plays, absent = {}, {}
    for name in games:
        game = gtbench.load_game(name)
        for contestant in CONTESTANTS:
            cell = (name, contestant.name)
            try:
                plays[cell] = contestant.enter(game)
            except Exception as error:  # noqa: BLE001  (whatever stops a contestant is its result)
                absent[cell] = why(error)
    return plays, absent


def why(error: Exception) -> str:
    """An error on one line."""
    text = " ".join(str(error).split())
    return text if isinstance(error, AbsentError) else f"{type(error).__name__}: {text}"


def speed(play: Play, seconds: float) -> float:
    """Plies per CPU second over at least so many seconds."""
    gc.collect()  # so that nobody clears away what another left
    plies, start = 0, process_time()
    while (spent := process_time() - start) < seconds:
        for _ in range(BATCH):
            plies += play()
    return plies / spent


def measure(
    games: list[str], rounds: int, seconds: float, console: Console
) -> tuple[dict[Cell, list[float]], dict[Cell, str]]:
    """Every round's speeds, and why some cells have none; every other round goes backwards."""
    plays, absent = enter(games)
    speeds: dict[Cell, list[float]] = {cell: [] for cell in plays}
    with console.status("") as status:
        for number in range(rounds):
            status.update(f"round {number + 1} of {rounds}")
            for cell in list(speeds)[:: -1 if number % 2 else 1]:
                try:
                    speeds[cell].append(speed(plays[cell], seconds))
                except Exception as error:  # noqa: BLE001
                    absent[cell] = why(error)
                    del speeds[cell]
    return speeds, absent


def ratio(speeds: dict[Cell, list[float]], game: str, wanted: Ratio) -> float | None:
    """The median over the rounds of a ratio within a round."""
    if (game, wanted.over) not in speeds or (game, wanted.under) not in speeds:
        return None
    pairs = zip(speeds[game, wanted.over], speeds[game, wanted.under], strict=True)
    return median(over / under for over, under in pairs)


def new_table(title: str, games: list[str]) -> Table:
    """A table with a game a column."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("")
    for game in games:
        table.add_column(game.replace("_", "\n"), justify="right", no_wrap=True)
    return table


def speed_table(games: list[str], speeds: dict[Cell, list[float]]) -> Table:
    """Median speeds, a contestant a row."""
    table = new_table("Thousand plies per CPU second", games)
    for contestant in CONTESTANTS:
        cells = [(game, contestant.name) for game in games]
        row = (f"{median(speeds[cell]) / 1000:.1f}" if cell in speeds else "-" for cell in cells)
        table.add_row(contestant.name, *row)
    return table


def ratio_table(games: list[str], speeds: dict[Cell, list[float]]) -> Table:
    """Median ratios; those that miss their target are marked."""
    table = new_table("Ratios (!: below the target)", games)
    for wanted in RATIOS:
        target = "" if wanted.target is None else f" (>= {wanted.target:.2g})"
        row = []
        for game in games:
            value = ratio(speeds, game, wanted)
            missed = value is not None and wanted.target is not None and value < wanted.target
            row.append("-" if value is None else f"[red]! {value:.2f}[/]" if missed else f"{value:.2f}")
        table.add_row(f"{wanted.over} / {wanted.under}{target}", *row)
    return table


def reasons(absent: dict[Cell, str]) -> str:
    """Why cells are empty: a line for each contestant and reason."""
    games: dict[tuple[str, str], list[str]] = {}
    for (game, contestant), reason in absent.items():
        games.setdefault((contestant, reason), []).append(game)
    return "\n".join(f"- {name}: {reason} ({', '.join(of)})" for (name, reason), of in games.items())


def installed(package: str) -> str:
    """A package with its version, for the heading."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Plies per CPU second of random play, side by side.")
    parser.add_argument("--games", nargs="+", default=list(gtbench.list_games()), help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=float, default=0.3, help="per round, contestant and game; default: %(default)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's speeds here too")
    options = parser.parse_args()

    console = Console(width=WIDTH)
    speeds, absent = measure(options.games, options.rounds, options.seconds, console)
    console.print(f"Python {python_version()}, {cpu_count()} cores, {', '.join(map(installed, PACKAGES))}")
    console.print(speed_table(options.games, speeds), ratio_table(options.games, speeds))
    console.print(reasons(absent), markup=False, soft_wrap=True)
    if options.json:
        cells = itertools.product(options.games, (contestant.name for contestant in CONTESTANTS))
        results = [
            {
                "game": game,
                "contestant": name,
                "plies_per_cpu_second": speeds.get((game, name)),
                "absent": absent.get((game, name)),
            }
            for game, name in cells
        ]
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
