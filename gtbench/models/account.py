"""What the user says of models: what they cost, and how much of them an account may use.

A TOML file, `models.toml` in gtbench's configuration folder or wherever GTBENCH_MODELS points, with one table
a model; every key may be left out, but that a price has both its parts:

    ["openai/my-model"]
    input = 0.15                 # dollars per million tokens
    cached = 0.075               # of input tokens read from the provider's cache; as `input` unless said
    output = 0.60
    requests_per_minute = 500
    tokens_per_minute = 200_000  # input and output
    at_once = 64                 # requests under way

Keys are no part of it: they come from the environment, or from a `.env` file.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gtbench.errors import UserError
from gtbench.folders import config_folder
from gtbench.text import line
from gtbench.toml import complaint, read_toml

VARIABLE = "GTBENCH_MODELS"

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Limit = Annotated[int, Field(ge=1, le=10**12)]


class Account(BaseModel):
    """What the user says of one model; None is nothing said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Price | None = None  # dollars per million tokens
    output: Price | None = None
    cached: Price | None = None
    requests_per_minute: Limit | None = None
    tokens_per_minute: Limit | None = None
    at_once: Limit | None = None

    @model_validator(mode="after")
    def _whole_price(self) -> Self:
        if (self.input is None) != (self.output is None) or (self.cached is not None and self.input is None):
            raise ValueError("a price has both input and output")
        return self


def account(model: str) -> Account:
    """What the user says of a model by its `PROVIDER/MODEL`.

    Raises:
        UserError: The user's file cannot be read.
    """
    return _table(os.environ.get(VARIABLE)).get(model, Account())


@cache
def _table(named: str | None) -> dict[str, Account]:
    """The user's file, empty where there is none."""
    path = Path(named) if named else _usual()
    if path is None:
        return {}
    source = f"{VARIABLE}={path}" if named else str(path)
    try:
        return TypeAdapter(dict[str, Account]).validate_python(read_toml(path, UserError, source))
    except ValidationError as error:
        problem = error.errors()[0]
        where = line(".".join(map(str, problem["loc"])))
        raise UserError(f"{source}: {where}: {complaint(problem)}") from None


def where() -> str:
    """The file in which the user says something of models, whether it is there or not, in words."""
    return os.environ.get(VARIABLE) or str(_in_configuration() or f"the file that {VARIABLE} names")


def _usual() -> Path | None:
    """The file in the configuration folder, if there is one."""
    path = _in_configuration()
    return path if path and os.path.exists(path) else None  # noqa: PTH110  (pathlib's raises where it may not look)


def _in_configuration() -> Path | None:
    """The file in the configuration folder; None for a user without a home."""
    folder = config_folder()
    return folder / "models.toml" if folder else None
