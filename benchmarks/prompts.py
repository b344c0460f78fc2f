"""How long prompts are: tokens (cl100k) of what a model reads, in each game and skin.

    python benchmarks/prompts.py
    python benchmarks/prompts.py --games nim pig --matches 20 --json tokens.json

Random matches on the same deals with the same luck of the moves, so that two versions of gtbench are measured
on the same positions. What is measured is what the agent `prompt` asks: the system text, and the user prompt
at every decision. "History" and "list" are the parts of a user prompt before and after the state. The
encoding is the one that LiteLLM brings along, so that nothing is fetched.
"""
# ruff: noqa: INP001  (plain scripts, no package)

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

import gtbench
from gtbench.game.base import SEATS
from gtbench.game.table import Table
from gtbench_agents.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gtbench.game.view import View

COLUMNS = ("system", "first", "median", "longest", "history", "list")


def tokens() -> Callable[[str], int]:
    """How many tokens a text has."""
    (package,) = cast("Any", find_spec("litellm")).submodule_search_locations
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(Path(package) / "litellm_core_utils" / "tokenizers"))
    import tiktoken

    encoding = tiktoken.get_encoding("cl100k_base")
    return lambda text: len(encoding.encode(text))


def decisions(game: gtbench.Game, matches: int) -> Iterator[tuple[int, View]]:
    """The decisions of random matches: how many moves came before, and what the seat sees."""
    for seed in range(matches):
        table, rng = Table(game, game.deal(seed)), random.Random(seed)
        while table.to_move:
            yield from ((len(table.plies), table.view(seat)) for seat in table.to_move)
            table.play({seat: rng.choice(table.legal(seat)) for seat in table.to_move})


def measured(game: gtbench.Game, matches: int, count: Callable[[str], int]) -> dict[str, float]:
    """The tokens of a game's prompts, by column."""
    model = SimpleNamespace(model=SimpleNamespace(model="none", takes=frozenset()))
    agent = Prompt(model=cast("Any", model), game=game, rng=random.Random(0))
    system, first, whole, history, listed = [], [], [], [], []
    for plies, view in decisions(game, matches):
        question = agent.question(view)
        before, after = view.text.split(view.state, 1)
        whole.append(count(question))
        history.append(count(before))
        listed.append(count(after))
        if plies < len(SEATS):
            first += whole[-1:] if plies == 0 else []
            system.append(count(agent.messages(view, question)[0].content))
    found = statistics.mean(system), statistics.mean(first), statistics.median(whole), max(whole)
    return dict(zip(COLUMNS, (*found, statistics.mean(history), statistics.mean(listed)), strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--games", nargs="+", default=gtbench.list_games())
    parser.add_argument("--matches", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    count, found = tokens(), {}
    for name in arguments.games:
        plain = gtbench.load_game(name)
        for game in (plain, *(gtbench.load_game(name, skin=skin) for skin in plain.skins())):
            found[str(game)] = measured(game, arguments.matches, count)
    grid = Grid(title=f"Tokens of prompts, {arguments.matches} random matches a game")
    for column in ("game", *COLUMNS):
        grid.add_column(column, justify="left" if column == "game" else "right")
    for name, row in found.items():
        grid.add_row(escape(name), *(f"{row[column]:.0f}" for column in COLUMNS))
    Console(width=110).print(grid)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
