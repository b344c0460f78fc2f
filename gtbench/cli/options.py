"""The options that several verbs share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from gtbench.models.ledger import Budget

LISTS = ("--agents", "--games")
"""The options that take every word up to the next option."""

CostOption = Annotated[
    float | None, typer.Option(help="Stop before this many US dollars are passed; exit code 3.")
]
TokensOption = Annotated[int | None, typer.Option(help="Stop after this many tokens, in and out.")]
CallsOption = Annotated[int | None, typer.Option(help="Stop after this many calls, failed ones included.")]
CacheOption = Annotated[
    Path | None, typer.Option(help="A file of replies, made if it is not there: none is asked for twice.")
]
ReplayOption = Annotated[
    Path | None,
    typer.Option(
        help="Ask no model: every reply comes from this run log, with which what comes out is compared.",
        metavar="LOG",
    ),
]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Run what the log names, though you did not begin it on this machine.")
]
DealsOfOption = Annotated[
    Path | None, typer.Option(help="Play the deals of this run log, with its luck.", metavar="LOG")
]
NoGradesOption = Annotated[
    bool, typer.Option("--no-grades", help="Leave the decisions ungraded; `gtbench grade` does it later.")
]
LogOption = Annotated[
    Path | None, typer.Option(help="Where the run log is to be; runs/NAME-TIME.gtbench unless named.")
]


class ListsCommand(TyperCommand):
    """A command in which `--agents A B C` means `--agents A --agents B --agents C`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Spread the lists before the options are read."""
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word in LISTS else ""
                spread += [] if option else [word]
            else:
                spread += [option, word] if option else [word]
        return super().parse_args(ctx, spread)


def budget_of(max_cost: float | None, max_tokens: int | None, max_calls: int | None) -> Budget:
    """The caps of a run."""
    from pydantic import ValidationError

    from gtbench.models.ledger import Budget
    from gtbench.toml import complaint

    try:
        return Budget(max_cost=max_cost, max_tokens=max_tokens, max_calls=max_calls)
    except ValidationError as error:
        problem = error.errors()[0]
        flag = f"--{problem['loc'][0]}".replace("_", "-")
        raise typer.BadParameter(f"{flag}: {complaint(problem)}") from None


def default_log(name: str) -> Path:
    """A path under runs/ that no earlier run has taken."""
    return Path("runs") / f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}.gtbench"
