"""What a call costs, in US dollars: the user's own prices first, then the library `genai-prices`.

The user's table is a TOML file, `prices.toml` in gtbench's configuration folder or wherever GTBENCH_PRICES
points, with one table a model:

    ["openai/my-model"]
    input = 0.15          # dollars per million tokens
    cached = 0.075        # of input tokens read from the provider's cache; as `input` unless said
    output = 0.60

The library's prices are those of the providers' own addresses: another server's are not guessed at.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gtbench.errors import UserError

VARIABLE = "GTBENCH_PRICES"
MILLION = 1_000_000
PROVIDERS = {"gemini": "google", "vertex_ai": "google", "bedrock": "aws", "xai": "x-ai"}
"""Where litellm's name of a provider is not the price library's."""


class Price(BaseModel):
    """Dollars per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cached: Annotated[float, Field(ge=0)] | None = None


def cost(
    model: str, endpoint: str, *, input_tokens: int, cached_tokens: int, output_tokens: int
) -> float | None:
    """What one call costs, or None where no price is known.

    Args:
        model: `PROVIDER/MODEL`.
        endpoint: The server's address, empty where the SDK chooses it.
        input_tokens: All that was sent, the cached ones included.
        cached_tokens: Those of them that the provider read from its cache.
        output_tokens: All that was answered, reasoning included.

    Raises:
        UserError: The user's table cannot be read.
    """
    own = _own_prices(os.environ.get(VARIABLE)).get(model)
    if own:
        cached = own.input if own.cached is None else own.cached
        dollars = (
            (input_tokens - cached_tokens) * own.input + cached_tokens * cached + output_tokens * own.output
        )
        return dollars / MILLION
    from genai_prices import Usage, calc_price  # 0.2 s

    provider, _, name = model.removeprefix("litellm/").partition("/")
    usage = Usage(input_tokens=input_tokens, cache_read_tokens=cached_tokens, output_tokens=output_tokens)
    try:
        if endpoint:
            price = calc_price(usage, name, provider_api_url=endpoint)
        else:
            price = calc_price(usage, name, provider_id=PROVIDERS.get(provider, provider))
    except LookupError:
        return None
    return float(price.total_price)


@cache
def _own_prices(named: str | None) -> dict[str, Price]:
    """The user's table, empty where there is none."""
    path = Path(named) if named else platformdirs.user_config_path("gtbench") / "prices.toml"
    if not named and not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Price]).validate_python(table)
    except OSError as error:
        raise UserError(f"the prices in {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"the prices in {path} are not TOML: {error}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise UserError(f"the prices in {path}: {where}: {problem['msg'].lower()}") from None
