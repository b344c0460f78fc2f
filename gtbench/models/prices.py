"""What a call costs, in US dollars: the user's own prices first, then those of the library `genai-prices`.

The library's prices are those of the providers' own addresses: another server's are not guessed at.
"""

from __future__ import annotations

import re

from gtbench.models.account import account

MILLION = 1_000_000
REGIONAL = re.compile(r"(?<=https://)[\w-]+\.(api\.openai\.com(?=[:/]))")
"""OpenAI's addresses for a region, whose prices the library has as those of all."""
PROVIDERS = {"gemini": "google", "vertex_ai": "google", "bedrock": "aws", "xai": "x-ai"}
"""Where litellm's name of a provider is not the price library's."""


def cost(
    model: str,
    endpoint: str,
    *,
    input_tokens: int,
    output_tokens: int,
    cached_tokens: int = 0,
    written_tokens: int = 0,
) -> float | None:
    """What one call costs, or None where no price is known.

    Args:
        model: `PROVIDER/MODEL`.
        endpoint: The server's address, empty where the SDK chooses it.
        input_tokens: All that was sent, the cached ones included.
        output_tokens: All that was answered, reasoning included.
        cached_tokens: Those of the input that the provider read from its cache.
        written_tokens: Those that it wrote into its cache; the user's own prices have none for them.

    Raises:
        UserError: The user's file of models cannot be read.
    """
    own = account(model)
    if own.input is not None and own.output is not None:
        cached = own.input if own.cached is None else own.cached
        dollars = (
            (input_tokens - cached_tokens) * own.input + cached_tokens * cached + output_tokens * own.output
        )
        return dollars / MILLION
    from genai_prices import Usage, calc_price  # 0.2 s

    endpoint = REGIONAL.sub(r"\1", endpoint)
    provider, _, name = model.removeprefix("litellm/").partition("/")
    usage = Usage(
        input_tokens=input_tokens,
        cache_read_tokens=cached_tokens,
        cache_write_tokens=written_tokens,
        output_tokens=output_tokens,
    )
    try:
        if endpoint:
            price = calc_price(usage, name, provider_api_url=endpoint)
        else:
            price = calc_price(usage, name, provider_id=PROVIDERS.get(provider, provider))
    except LookupError:
        return None
    return float(price.total_price)
