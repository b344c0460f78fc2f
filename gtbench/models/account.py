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
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gtbench.errors import UserError

VARIABLE = "GTBENCH_MODELS"

Price = Annotated[float, Field(ge=0)]
Limit = Annotated[int, Field(ge=1)]


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
    path = Path(named) if named else platformdirs.user_config_path("gtbench") / "models.toml"
    if not named and not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Account]).validate_python(table)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        said = problem["msg"].removeprefix("Value error, ").lower()
        raise UserError(f"{path}: {where}: {said}") from None
